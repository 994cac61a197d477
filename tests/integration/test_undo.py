"""A run taken back: what goes, what stays because somebody worked on it, and that no night does it all again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from firms import DAY, Firm
from shell import Shell

from sf_lifecycle.localorg import Fault
from sf_lifecycle.state import State, open_state

ON = ("--as-of", str(DAY))
KEYED = "Lifecycle_Key__c IS NOT NULL AND IsDeleted = 0"
Facts = dict[str, Any]


@pytest.fixture
def night(
    take_firm: Callable[..., tuple[Firm, Facts]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Firm, Shell, Facts]:
    """A firm after its first night, and what the run said."""
    monkeypatch.setenv("COLUMNS", "300")

    def first_night(firm: Firm) -> Facts:
        firm.only("switch-free", "research-dates")
        return dict(Shell(capsys, firm.config).wants(0, "run", "nightly", *ON, "--json").json)

    firm, facts = take_firm("written", first_night, accounts=60)
    return firm, Shell(capsys, firm.config), facts


def state(firm: Firm) -> State:
    return open_state(firm.workspace().settings.storage.state_url)


def ours(firm: Firm, table: str) -> list[dict[str, Any]]:
    return firm.rows(f'SELECT * FROM "{table}" WHERE {KEYED} ORDER BY Lifecycle_Key__c')


def accounts(firm: Firm) -> list[dict[str, Any]]:
    fields = "Id, Lifecycle_Stage__c, Lifecycle_Reason__c, Lifecycle_Position__c, Lifecycle_Not_Approached__c"
    return firm.rows(f'SELECT {fields} FROM "Account" ORDER BY Id')


def content(rows: list[dict[str, Any]], *but: str) -> list[dict[str, Any]]:
    """Records without what the org gives each anew."""
    system = {"Id", "CreatedDate", "LastModifiedDate", "SystemModstamp", "CampaignId", *but}
    return [{name: value for name, value in row.items() if name not in system} for row in rows]


def notes(facts: Facts) -> str:
    return "\n".join(facts["notes"])


# ---------------------------------------------------------------- the whole of a run


def test_a_night_nobody_touched_is_taken_back_whole(
    make_firm: Callable[..., Firm], capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    firm = make_firm(60)
    firm.only("switch-free", "research-dates")
    shell = Shell(capsys, firm.config)
    before = accounts(firm)
    run = shell.wants(0, "run", "nightly", *ON, "--json").json
    assert accounts(firm) != before
    facts = shell.wants(0, "undo", run["run"], "--yes", "--by", "anna", "--why", "wrong list", "--json").json
    assert (facts["status"], facts["undoes"]) == ("done", run["run"])
    assert facts["deleted"] == {name: run["created"][name] for name in ("Task", "CampaignMember", "Campaign")}
    assert facts["updated"] == run["updated"]
    assert accounts(firm) == before
    assert [ours(firm, table) for table in ("Task", "CampaignMember", "Campaign")] == [[], [], []]
    assert "flows" in notes(facts)
    with state(firm) as found:
        undo = found.run(facts["run"])
        hold = found.held(firm.org.org_id, "nightly")
        stones = found.tombstones(firm.org.org_id)
        assert found.history(firm.org.org_id, DAY + dt.timedelta(days=1)).num_rows == 0
    assert undo is not None
    assert (undo.kind, undo.undoes) == ("undo", run["run"])
    assert hold is not None
    assert (hold.who, hold.why, hold.run_id) == ("anna", "wrong list", facts["run"])
    assert set(stones["cause"]) == {"undone"}


def test_the_job_is_held_until_a_person_releases_it(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    made, mailed = content(ours(firm, "Task")), content(ours(firm, "CampaignMember"))
    assert mailed
    said = shell.wants(0, "undo", run["run"], "--yes").said
    assert "sf-lifecycle release nightly" in said
    ended = shell.wants(3, "run", "nightly", *ON)
    assert "held" in ended.said
    assert ours(firm, "Task") == []
    shell.wants(0, "release", "nightly", "--why", "the list is right now")
    again = shell.wants(0, "run", "nightly", *ON, "--json").json
    assert again["created"]["Task"] == run["created"]["Task"]
    assert content(ours(firm, "Task")) == made
    assert content(ours(firm, "CampaignMember")) == mailed
    assert shell.wants(0, "run", "nightly", *ON, "--json").json["status"] == "nothing"


def test_an_undo_can_be_undone(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    tables = ("Task", "CampaignMember", "Campaign")
    made = [content(ours(firm, table)) for table in tables], accounts(firm), statuses(firm)
    undo = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    back = shell.wants(0, "undo", undo["run"], "--yes", "--json").json
    assert back["created"]["Task"] == run["created"]["Task"]
    assert ([content(ours(firm, table)) for table in tables], accounts(firm), statuses(firm)) == made
    with state(firm) as found:
        assert found.tombstones(firm.org.org_id).empty
    shell.wants(0, "release", "nightly")
    assert shell.wants(0, "run", "nightly", *ON, "--json").json["status"] == "nothing"


def statuses(firm: Firm) -> list[dict[str, Any]]:
    return firm.rows(
        'SELECT c.Lifecycle_Key__c AS k, s.Label, s.IsDefault, s.HasResponded FROM "CampaignMemberStatus" s '
        'JOIN "Campaign" c ON c.Id = s.CampaignId WHERE c.IsDeleted = 0 AND s.IsDeleted = 0 '
        "AND c.Lifecycle_Key__c IS NOT NULL ORDER BY 1, 2"
    )


@pytest.mark.slow
def test_undone_twice_writes_nothing_the_second_time(night: tuple[Firm, Shell, Facts]) -> None:
    _, shell, run = night
    shell.wants(0, "undo", run["run"], "--yes")
    facts = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    assert (facts["status"], facts["deleted"], facts["updated"]) == ("nothing", {}, {})
    assert "as it was before, gone" in notes(facts)
    (first, *_) = shell.wants(0, "undo", "--json").json
    assert first["undoes"] == run["run"]


# ---------------------------------------------------------------- what changed since


def test_what_people_worked_on_stays_and_is_said(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    closed, moved, owned, answered = ours(firm, "Task")[:4]
    firm.change('UPDATE "Task" SET "Status" = \'Completed\', "IsClosed" = 1 WHERE "Id" = ?', closed["Id"])
    firm.change('UPDATE "Task" SET "ActivityDate" = \'2026-12-31\' WHERE "Id" = ?', moved["Id"])
    other = next(task["OwnerId"] for task in ours(firm, "Task") if task["OwnerId"] != owned["OwnerId"])
    firm.change('UPDATE "Task" SET "OwnerId" = ? WHERE "Id" = ?', other, owned["Id"])
    firm.change('UPDATE "Task" SET "Lifecycle_Outcome__c" = \'Reached\' WHERE "Id" = ?', answered["Id"])
    facts = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    assert {task["Id"] for task in ours(firm, "Task")} == {closed["Id"], moved["Id"], answered["Id"]}
    assert "1 Task, changed since: ActivityDate" in notes(facts)
    assert "Status" in notes(facts)
    assert closed["Id"] in notes(facts)
    assert "Lifecycle_Outcome__c" in notes(facts)


@pytest.mark.slow
def test_fields_go_back_one_by_one(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    account = accounts(firm)[0]
    firm.change('UPDATE "Account" SET "Lifecycle_Reason__c" = \'typed by a person\' WHERE "Id" = ?', account["Id"])
    facts = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    now = accounts(firm)[0]
    assert now["Lifecycle_Reason__c"] == "typed by a person"
    assert now["Lifecycle_Stage__c"] is None
    assert "1 Account, changed since: Lifecycle_Reason__c" in notes(facts)
    assert facts["updated"]["Account"] == run["updated"]["Account"]


@pytest.mark.slow
def test_a_campaign_that_communications_uses_stays(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    member = ours(firm, "CampaignMember")[0]
    firm.change('UPDATE "CampaignMember" SET "Status" = \'Responded\', "HasResponded" = 1 WHERE "Id" = ?', member["Id"])
    facts = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    assert [each["Id"] for each in ours(firm, "CampaignMember")] == [member["Id"]]
    assert [each["Id"] for each in ours(firm, "Campaign")] == [member["CampaignId"]]
    assert "1 CampaignMember, the person responded" in notes(facts)
    assert "1 Campaign, it has members that stay" in notes(facts)
    assert "CampaignMemberStatus, its campaign stays" in notes(facts)


@pytest.mark.slow
def test_a_member_status_of_theirs_keeps_the_campaign(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    campaign = ours(firm, "Campaign")[0]["Id"]
    other = firm.rows("SELECT Id FROM \"User\" WHERE IsActive = 1 AND Name = 'Sales Desk'")[0]["Id"]
    firm.change(
        'UPDATE "CampaignMemberStatus" SET "CreatedById" = ? WHERE "CampaignId" = ? AND "Label" = \'Sent\'',
        other,
        campaign,
    )
    facts = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    assert campaign in {each["Id"] for each in ours(firm, "Campaign")}
    assert "it has member statuses that stay" in notes(facts)


def others(firm: Firm) -> str:
    return str(firm.rows("SELECT Id FROM \"User\" WHERE IsActive = 1 AND Name = 'Sales Desk'")[0]["Id"])


@pytest.mark.slow
def test_a_campaign_that_somebody_worked_on_stays(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    campaign, other = ours(firm, "Campaign")[0]["Id"], others(firm)
    firm.change(
        'UPDATE "Campaign" SET "Description" = \'A letter and a call\', "BudgetedCost" = 5000, "LastModifiedById" = ? '
        'WHERE "Id" = ?',
        other,
        campaign,
    )
    facts = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    assert campaign in {each["Id"] for each in ours(firm, "Campaign")}
    assert "1 Campaign, somebody else has changed it since" in notes(facts)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "field_name", "said"),
    [
        ("Opportunity", "CampaignId", "opportunities"),
        ("Campaign", "ParentId", "child campaigns"),
        ("Task", "WhatId", "tasks"),
    ],
)
def test_a_campaign_that_people_hung_something_on_stays(
    night: tuple[Firm, Shell, Facts], table: str, field_name: str, said: str
) -> None:
    firm, shell, run = night
    campaign = ours(firm, "Campaign")[0]["Id"]
    mine = {each["Id"] for name in ("Task", "Campaign") for each in ours(firm, name)}
    (theirs, *_) = [each["Id"] for each in firm.rows(f'SELECT Id FROM "{table}"') if each["Id"] not in mine]
    firm.change(f'UPDATE "{table}" SET "{field_name}" = ?, "IsDeleted" = 0 WHERE "Id" = ?', campaign, theirs)
    facts = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    assert campaign in {each["Id"] for each in ours(firm, "Campaign")}
    assert f"1 Campaign, it has {said} that are not ours" in notes(facts)


def test_who_opted_out_while_an_undo_waited_is_not_approached(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    undo = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    assert shell.wants(0, "undo", undo["run"], "--json").json["status"] == "waiting"
    firm.change('UPDATE "Contact" SET "DoNotCall" = 1, "HasOptedOutOfEmail" = 1')
    back = shell.wants(4, "approve", "nightly", "--json").json
    assert [task for task in ours(firm, "Task") if task["WhoId"]] == []
    assert ours(firm, "CampaignMember") == []
    reasons = {each["reason"] for each in back["skipped"]}
    assert "the person may not be approached any more (DoNotCall)" in reasons
    assert "the person may not be approached any more (HasOptedOutOfEmail)" in reasons
    assert shell.wants(0, "plans", "--json").json == []


@pytest.mark.slow
def test_an_undo_that_was_refused_may_be_asked_for_again(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    shell.wants(0, "undo", run["run"])
    shell.wants(0, "reject", "nightly", "--why", "ask the manager first")
    shell.wants(0, "undo", run["run"])
    assert len(shell.wants(0, "plans", "--json").json) == 1
    shell.wants(0, "approve", "nightly")
    assert ours(firm, "Task") == []


@pytest.mark.slow
def test_an_undo_that_maintenance_cut_short_waits_again(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    shell.wants(0, "undo", run["run"])
    firm.org.org.faults.add(Fault(kind="maintenance", skip=1, times=None))
    shell.wants(5, "approve", "nightly")
    firm.org.org.faults.clear()
    (plan,) = shell.wants(0, "plans", "--json").json
    assert plan["status"] == "waiting"
    shell.wants(0, "approve", "nightly")
    assert [ours(firm, table) for table in ("Task", "CampaignMember", "Campaign")] == [[], [], []]


@pytest.mark.slow
def test_the_same_plan_is_written_again_after_an_undo(
    make_firm: Callable[..., Firm], capsys: Any, monkeypatch: Any, tmp_path: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    firm = make_firm(60)
    firm.only("switch-free")
    shell = Shell(capsys, firm.config)
    first, second = (str(tmp_path / name) for name in ("a.jsonl", "b.jsonl"))
    shell.wants(0, "plan", "nightly", *ON, "--out", first)
    applied = shell.wants(0, "apply", first, "--json").json
    made = content(ours(firm, "Task"))
    shell.wants(0, "undo", applied["run"], "--yes")
    shell.wants(0, "release", "nightly")
    shell.wants(0, "plan", "nightly", *ON, "--out", second)
    again = shell.wants(0, "apply", second, "--json").json
    assert again["created"] == applied["created"]
    assert content(ours(firm, "Task")) == made
    assert "has written this plan already" in shell.wants(0, "apply", second).said


@pytest.mark.slow
def test_who_opted_out_meanwhile_is_not_approached_again(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    called = next(task for task in ours(firm, "Task") if task["WhoId"])
    undo = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    firm.change('UPDATE "Contact" SET "DoNotCall" = 1 WHERE "Id" = ?', called["WhoId"])
    back = shell.wants(0, "undo", undo["run"], "--yes", "--json").json
    assert called["WhoId"] not in {task["WhoId"] for task in ours(firm, "Task")}
    assert "the person may not be approached any more (DoNotCall)" in notes(back)


# ---------------------------------------------------------------- asking, waiting, naming


@pytest.mark.slow
def test_without_a_terminal_it_waits_for_a_yes(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    made = ours(firm, "Task")
    ended = shell.wants(0, "undo", run["run"][:15])
    assert "to the recycle bin" in ended.said
    assert "undone" in ended.said
    assert "sf-lifecycle approve" in ended.said
    assert ours(firm, "Task") == made
    with state(firm) as found:
        assert found.held(firm.org.org_id, "nightly") is None
    (plan,) = shell.wants(0, "plans", "--json").json
    assert "undo" in plan["path"]
    assert plan["writes"]["delete"]["Task"] == len(made)
    facts = shell.wants(0, "approve", plan["digest"], "--by", "anna", "--json").json
    assert facts["undoes"] == run["run"]
    assert ours(firm, "Task") == []
    with state(firm) as found:
        assert found.held(firm.org.org_id, "nightly") is not None
    assert "has written this plan already" in shell.wants(0, "approve", plan["path"]).said


@pytest.mark.slow
def test_what_moved_while_the_undo_waited_is_left_alone(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    shell.wants(0, "undo", run["run"])
    task = ours(firm, "Task")[0]["Id"]
    firm.change('UPDATE "Task" SET "Priority" = \'High\' WHERE "Id" = ?', task)
    ended = shell.wants(4, "approve", "nightly")
    assert "Priority" in ended.said
    assert [each["Id"] for each in ours(firm, "Task")] == [task]


@pytest.mark.slow
def test_runs_are_listed_and_named(night: tuple[Firm, Shell, Facts]) -> None:
    _, shell, run = night
    assert run["run"] in shell.wants(0, "undo").said
    assert "there is no run" in shell.wants(2, "undo", "1999").said
    shell.wants(0, "run", "nightly", *ON)
    (only,) = shell.wants(0, "undo", "--json").json
    assert (only["id"], only["undone_by"]) == (run["run"], None)
    year = run["run"][:4]
    assert f"2 runs begin with '{year}'" in shell.wants(2, "undo", year).said
    for nothing in ("", " ", "20"):
        assert "at least 4 characters" in shell.wants(2, "undo", nothing).said


@pytest.mark.slow
def test_a_run_that_is_still_going_has_the_org(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    with state(firm) as found:
        other = found.start_run(job="nightly", org_id=firm.org.org_id, as_of=DAY, mapping="telecom", model="tele2")
        with found.claim(firm.org.org_id, other.id):
            shell.wants(3, "undo", run["run"], "--yes")
    assert ours(firm, "Task") != []


# ---------------------------------------------------------------- when things go wrong


@pytest.mark.slow
def test_a_lost_org_leaves_the_job_held_and_the_rest_to_the_next_undo(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    firm.org.org.faults.add(Fault(kind="maintenance", skip=1, times=None))
    assert shell("undo", run["run"], "--yes").code in (4, 5)
    with state(firm) as found:
        assert found.held(firm.org.org_id, "nightly") is not None
        assert found.history(firm.org.org_id, DAY + dt.timedelta(days=1)).num_rows > 0
    firm.org.org.faults.clear()
    shell.wants(0, "undo", run["run"], "--yes")
    assert [ours(firm, table) for table in ("Task", "CampaignMember", "Campaign")] == [[], [], []]
    with state(firm) as found:
        assert found.history(firm.org.org_id, DAY + dt.timedelta(days=1)).num_rows == 0


@pytest.mark.slow
def test_values_that_were_forgotten_are_said(night: tuple[Firm, Shell, Facts]) -> None:
    firm, shell, run = night
    with state(firm) as found:
        found.expire_values(firm.org.org_id, dt.datetime.now(dt.UTC) + dt.timedelta(days=1))
    facts = shell.wants(0, "undo", run["run"], "--yes", "--json").json
    assert facts["status"] == "nothing"
    assert "storage.values_days" in notes(facts)
    assert ours(firm, "Task") != []

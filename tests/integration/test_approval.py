"""Plans that wait: left for a person, approved and written row by row, rejected, expired, applied once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from firms import DAY, Firm
from shell import Shell

from sf_lifecycle.localorg import Fault
from sf_lifecycle.state import State, open_state

ON = ("--as-of", str(DAY))
OURS = 'SELECT count(*) AS n FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL AND IsDeleted = 0'


@pytest.fixture
def waiting(
    take_firm: Callable[..., tuple[Firm, None]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Firm, Shell, dict[str, Any]]:
    """A firm whose first night has left a plan, and what `plans` says of it."""
    monkeypatch.setenv("COLUMNS", "300")

    def first_night(firm: Firm) -> None:
        firm.only("switch-free", "research-dates")
        firm.edit("jobs/nightly.toml", '"automatic"', '"required"')
        assert Shell(capsys, firm.config).wants(0, "run", "nightly", *ON, "--json").json["status"] == "waiting"

    firm, _ = take_firm("waiting", first_night, accounts=60)
    shell = Shell(capsys, firm.config)
    (plan,) = shell.wants(0, "plans", "--json").json
    return firm, shell, plan


def tasks(firm: Firm) -> int:
    return int(firm.rows(OURS)[0]["n"])


def state(firm: Firm) -> State:
    return open_state(firm.workspace().settings.storage.state_url)


# ---------------------------------------------------------------- waiting


@pytest.mark.slow
def test_a_plan_that_waits_says_what_it_would_write(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    assert (plan["status"], plan["job"], plan["as_of"]) == ("waiting", "nightly", str(DAY))
    assert plan["writes"]["create"]["Task"] > 0
    assert tasks(firm) == 0
    said = shell.wants(0, "plans").said
    assert plan["digest"].removeprefix("sha256:")[:8] in said
    assert f"create {plan['writes']['create']['Task']} Task" in said
    assert "min ago" in said


@pytest.mark.slow
def test_a_later_plan_takes_the_place_of_an_earlier_one(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    firm.change('UPDATE "Account" SET "Name" = "Name" || \' BV\', "SystemModstamp" = ?', now())
    shell.wants(0, "run", "nightly", *ON)
    (later,) = shell.wants(0, "plans", "--json").json
    assert later["digest"] != plan["digest"]
    ended = shell.wants(3, "approve", plan["path"])
    assert "took its place" in ended.said
    assert "sf-lifecycle run nightly" in ended.said
    assert tasks(firm) == 0
    assert {each["status"] for each in shell.wants(0, "plans", "--all", "--json").json} == {"waiting", "expired"}


# ---------------------------------------------------------------- approved


@pytest.mark.parametrize("name", [pytest.param("job", marks=pytest.mark.slow), "digest", "file"])
def test_a_plan_is_approved_by_name_and_written(waiting: tuple[Firm, Shell, dict[str, Any]], name: str) -> None:
    firm, shell, plan = waiting
    named = {"job": "nightly", "digest": plan["digest"].removeprefix("sha256:")[:8], "file": plan["path"]}[name]
    facts = shell.wants(0, "approve", named, "--by", "anna", "--why", "looks right", "--json").json
    assert facts["status"] == "done"
    assert facts["skipped"] == []
    assert facts["created"]["Task"] == plan["writes"]["create"]["Task"] == tasks(firm)
    with state(firm) as found:
        known = found.saved_plan(firm.org.org_id, plan["digest"])
    assert known is not None
    assert (known.status, known.who, known.why, known.run_id) == ("applied", "anna", "looks right", facts["run"])
    assert shell.wants(0, "plans", "--json").json == []
    assert shell.wants(0, "run", "nightly", *ON, "--json").json["status"] == "nothing"


def test_applied_twice_does_nothing_and_says_which_run_did_it(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    _, shell, plan = waiting
    first = shell.wants(0, "approve", "nightly", "--json").json
    for command in ("apply", "approve"):
        second = shell.wants(0, command, plan["path"], "--json").json
        assert (second["run"], second["status"], second["api_calls"]) == (first["run"], "nothing", 0)
        assert first["run"] in shell.wants(0, command, plan["path"]).said
    assert len(shell.wants(0, "runs", "--json").json) == 2


@pytest.mark.slow
def test_a_plan_partly_applied_is_applied_again_for_the_rest(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    rule = Fault(kind="row_error", object="Task", operation="insert", code="CUSTOM_VALIDATION", message="no", times=1)
    firm.org.org.faults.add(rule)
    first = shell.wants(4, "approve", "nightly", "--json").json
    wanted = plan["writes"]["create"]["Task"]
    assert first["created"]["Task"] == wanted - 1
    (left,) = shell.wants(0, "plans", "--json").json
    assert left["status"] == "approved"
    again = shell.wants(0, "approve", plan["path"], "--json").json
    assert again["created"] == {"Task": 1}
    assert tasks(firm) == wanted
    assert shell.wants(0, "approve", plan["path"], "--json").json["run"] == again["run"]


@pytest.mark.slow
def test_maintenance_leaves_the_plan_as_it_was_saved(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    row, document = outreach(plan), Path(plan["path"]).read_bytes()
    firm.change('UPDATE "Contact" SET "DoNotCall" = 1, "SystemModstamp" = ? WHERE "Id" = ?', now(), row["set"]["WhoId"])
    firm.org.org.faults.add(Fault(kind="maintenance", object="Task", operation="insert", times=None))
    shell.wants(5, "approve", "nightly", "--allow", "moved_ground", "--by", "anna")
    firm.org.org.faults.clear()
    assert Path(plan["path"]).read_bytes() == document
    (left,) = shell.wants(0, "plans", "--json").json
    assert (left["digest"], left["status"]) == (plan["digest"], "waiting")
    assert "maintenance" in left["why"]
    shell.wants(4, "approve", "nightly", "--allow", "moved_ground")
    assert tasks(firm) > 0
    assert shell.wants(0, "plans", "--json").json == []


def half_written(firm: Firm, shell: Shell) -> None:
    rule = Fault(kind="row_error", object="Task", operation="insert", code="CUSTOM_VALIDATION", message="no", times=1)
    firm.org.org.faults.add(rule)
    shell.wants(4, "approve", "nightly")


@pytest.mark.slow
def test_a_plan_partly_written_is_found_by_its_job(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    half_written(firm, shell)
    assert shell.wants(0, "approve", "nightly", "--json").json["created"] == {"Task": 1}
    assert tasks(firm) == plan["writes"]["create"]["Task"]


@pytest.mark.slow
def test_the_rest_of_a_plan_is_rejected(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, _ = waiting
    half_written(firm, shell)
    assert "the rest is not written" in shell.wants(0, "reject", "nightly", "--why", "enough").said
    assert shell.wants(0, "plans", "--json").json == []


@pytest.mark.slow
def test_a_later_plan_takes_the_place_of_one_partly_written(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    half_written(firm, shell)
    shell.wants(0, "run", "nightly", *ON)
    (left,) = shell.wants(0, "plans", "--json").json
    assert left["digest"] != plan["digest"]
    assert left["writes"] == {"create": {"Task": 1}}


@pytest.mark.slow
def test_an_approved_plan_that_was_undone_can_be_approved_again(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    for _ in range(2):
        applied = shell.wants(0, "approve", "nightly", "--json").json
        shell.wants(0, "undo", applied["run"], "--yes")
        shell.wants(0, "release", "nightly")
        assert tasks(firm) == 0
        assert shell.wants(0, "run", "nightly", *ON, "--json").json["waiting"]
        assert len(shell.wants(0, "plans", "--json").json) == 1
    shell.wants(0, "approve", "nightly")
    assert tasks(firm) == plan["writes"]["create"]["Task"]


@pytest.mark.slow
def test_an_empty_plan_is_closed_when_it_is_applied(
    waiting: tuple[Firm, Shell, dict[str, Any]], tmp_path: Path
) -> None:
    _, shell, _ = waiting
    shell.wants(0, "approve", "nightly")
    shell.wants(0, "plan", "nightly", *ON, "--out", str(tmp_path / "empty.jsonl"))
    shell.wants(0, "apply", str(tmp_path / "empty.jsonl"))
    assert shell.wants(0, "plans", "--json").json == []


# ---------------------------------------------------------------- the ground moved


def outreach(plan: dict[str, Any]) -> dict[str, Any]:
    """A Task of the plan for a contact, as its document has it."""
    lines = [json.loads(line) for line in Path(plan["path"]).read_text().splitlines()]
    return next(line for line in lines if line.get("object") == "Task" and line["set"].get("WhoId"))


def skipped_of(facts: dict[str, Any], ref: str) -> dict[str, Any]:
    return next(each for each in facts["skipped"] if each["ref"] == ref)


def test_a_person_who_may_no_longer_be_called_is_not(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    row = outreach(plan)
    firm.change('UPDATE "Contact" SET "DoNotCall" = 1, "SystemModstamp" = ? WHERE "Id" = ?', now(), row["set"]["WhoId"])
    facts = shell.wants(4, "approve", "nightly", "--allow", "moved_ground", "--json").json
    assert facts["status"] == "partial"
    assert "another person" in skipped_of(facts, row["ref"])["reason"]
    assert facts["created"]["Task"] == plan["writes"]["create"]["Task"] - len(facts["skipped"])
    keys = {each["k"] for each in firm.rows('SELECT Lifecycle_Key__c AS k FROM "Task"')}
    assert row["ref"] not in keys
    called = {each["w"] for each in firm.rows('SELECT WhoId AS w FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL')}
    assert row["set"]["WhoId"] not in called
    with state(firm) as found:  # every row of the plan has its place: skipped ones are told, not tried again
        known = found.saved_plan(firm.org.org_id, plan["digest"])
    assert known is not None
    assert known.status == "applied"


@pytest.mark.slow
def test_an_owner_who_changed_is_said(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    row = outreach(plan)
    other = firm.rows(
        "SELECT Id FROM \"User\" WHERE IsActive = 1 AND UserType = 'Standard' AND Id <> ? AND Id IN "
        '(SELECT OwnerId FROM "Account") LIMIT 1',
        row["set"]["OwnerId"],
    )[0]["Id"]
    firm.change('UPDATE "Account" SET "OwnerId" = ?, "SystemModstamp" = ? WHERE "Id" = ?', other, now(), row["about"])
    facts = shell.wants(4, "approve", "nightly", "--allow", "moved_ground", "--json").json
    assert "owner changed" in skipped_of(facts, row["ref"])["reason"]


def test_where_too_much_moved_the_whole_is_refused(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    firm.change('UPDATE "Contact" SET "DoNotCall" = 1, "HasOptedOutOfEmail" = 1, "SystemModstamp" = ?', now())
    ended = shell.wants(3, "approve", "nightly")
    assert "moved_ground" in ended.said
    assert "nothing was written" in ended.said
    assert tasks(firm) == 0
    (left,) = shell.wants(0, "plans", "--json").json
    assert (left["digest"], left["status"]) == (plan["digest"], "waiting")


@pytest.mark.slow
def test_other_rules_make_another_plan(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, _ = waiting
    firm.edit("mappings/telecom/plays/switch-free.toml", "[task]", '[task]\npriority = "High"')
    ended = shell.wants(3, "approve", "nightly")
    assert "rules_changed" in ended.said
    assert tasks(firm) == 0


def now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


# ---------------------------------------------------------------- rejected, mistaken


def test_a_rejected_plan_is_never_written(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, plan = waiting
    assert shell.wants(2, "reject", "nightly").code == 2  # a reason is asked for
    said = shell.wants(0, "reject", "nightly", "--why", "too early", "--by", "anna").said
    assert "Rejected" in said
    for command in ("apply", "approve"):
        ended = shell.wants(3, command, plan["path"])
        assert "rejected by anna" in ended.said
        assert "too early" in ended.said
    assert tasks(firm) == 0
    assert shell.wants(0, "plans").said == "No plan waits"
    assert "anna" in shell.wants(0, "plans", "--all").said
    assert "was rejected by anna" in shell.wants(2, "reject", plan["path"], "--why", "again").said


@pytest.mark.slow
def test_what_a_person_said_no_to_today_does_not_wait_again(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, _ = waiting
    shell.wants(0, "reject", "nightly", "--why", "too early", "--by", "anna")
    facts = shell.wants(0, "run", "nightly", *ON, "--json").json
    assert (facts["status"], facts["waiting"]) == ("waiting", None)
    assert "rejected by anna" in "".join(facts["notes"])
    assert "too early" in "".join(facts["notes"])
    ended = shell.wants(0, "run", "nightly", *ON)
    assert "approve" not in ended.said
    assert "rejected by anna" in ended.said
    assert shell.wants(0, "plans", "--json").json == []
    with state(firm) as found:  # what guards compare with is of runs that wrote
        assert set(found.observed(firm.org.org_id, "nightly")) <= {"heartbeat"}
        assert {each.status for each in found.saved_plans(firm.org.org_id)} == {"rejected"}
    assert tasks(firm) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["", " ", "sha256:", "abc"])
@pytest.mark.parametrize("command", [("approve",), ("reject", "--why", "no")])
def test_too_little_of_a_name_means_no_plan(
    waiting: tuple[Firm, Shell, dict[str, Any]], command: tuple[str, ...], name: str
) -> None:
    firm, shell, _ = waiting
    assert "at least 4 characters" in shell.wants(2, *command, name).said
    assert tasks(firm) == 0


@pytest.mark.parametrize("command", [("approve",), ("reject", "--why", "no")])
def test_a_plan_that_is_none(waiting: tuple[Firm, Shell, dict[str, Any]], command: tuple[str, ...]) -> None:
    _, shell, _ = waiting
    assert "sf-lifecycle plans" in shell.wants(2, *command, "nothing-like-it").said
    assert "there is no guard" in shell.wants(2, "approve", "nightly", "--allow", "everything").said


@pytest.mark.slow
def test_a_held_job_writes_no_plan_either(waiting: tuple[Firm, Shell, dict[str, Any]]) -> None:
    firm, shell, _ = waiting
    with state(firm) as found:
        (run,) = found.runs()
        found.hold(firm.org.org_id, "nightly", run.id, who="anna", why="something is odd")
    ended = shell.wants(3, "approve", "nightly")
    assert "held" in ended.said
    assert "sf-lifecycle release nightly" in ended.said
    assert tasks(firm) == 0
    assert "may write again" in shell.wants(0, "release", "nightly", "--why", "explained").said
    assert "is not held" in shell.wants(0, "release", "nightly").said
    assert shell.wants(2, "release", "nightli").code == 2
    shell.wants(0, "approve", "nightly")
    assert tasks(firm) > 0

"""Whatever is wrong, or odd, ends in a clear message or a right result, and nothing is written that is not booked."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from firms import DAY, SECRET, Firm, open_firm
from shell import Shell

from sf_lifecycle.localorg import Fault
from sf_lifecycle.state import open_state

ON = ("--as-of", str(DAY))
ACCOUNTS = 60
ROWS = "composite/sobjects"
OURS = '"Lifecycle_Key__c" IS NOT NULL'


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A wide terminal, and no pauses between tries."""
    monkeypatch.setenv("COLUMNS", "300")
    with stamina.set_testing(testing=True, attempts=2):
        yield


@pytest.fixture
def small(make_firm: Callable[..., Firm]) -> Firm:
    """Before its first night, with two plays."""
    firm = make_firm(ACCOUNTS)
    firm.only("switch-window", "research-dates")
    return firm


@pytest.fixture
def shell(small: Firm, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys, small.config)


def written(firm: Firm) -> dict[str, list[dict[str, Any]]]:
    """All we wrote, by key: what matters to people, and no Ids that depend on the order of arrival."""
    return {
        "tasks": firm.rows(
            "SELECT Lifecycle_Key__c, Subject, Description, ActivityDate, OwnerId, WhatId, WhoId, Lifecycle_Reason__c "
            f'FROM "Task" WHERE {OURS} ORDER BY 1'
        ),
        "members": firm.rows(
            "SELECT m.Lifecycle_Key__c, m.ContactId, m.Status, c.Lifecycle_Key__c AS campaign "
            f'FROM "CampaignMember" m JOIN "Campaign" c ON c.Id = m.CampaignId WHERE m.{OURS} ORDER BY 1'
        ),
        "campaigns": firm.rows(f'SELECT Lifecycle_Key__c, Name, OwnerId FROM "Campaign" WHERE {OURS} ORDER BY 1'),
        "statuses": firm.rows(
            'SELECT c.Lifecycle_Key__c, s.Label FROM "CampaignMemberStatus" s JOIN "Campaign" c ON c.Id = s.CampaignId '
            f"WHERE c.{OURS} ORDER BY 1, 2"
        ),
        "accounts": firm.rows(
            'SELECT Id, Lifecycle_Stage__c, Lifecycle_Position__c, Lifecycle_Reason__c FROM "Account" ORDER BY Id'
        ),
    }


def assert_booked(firm: Firm) -> None:
    """Every record of ours in the org is in the ledger as done or met there, and no row is left open."""
    with open_state(firm.workspace().settings.storage.state_url) as state:
        assert state.unsettled(firm.org.org_id) == []
        rows = [write for run in state.runs(limit=100) for write in state.ledger(run.id)]
    booked = {write.record_id for write in rows if write.status in ("done", "exists")}
    for table in ("Task", "Campaign", "CampaignMember"):
        assert {row["Id"] for row in firm.rows(f'SELECT Id FROM "{table}" WHERE {OURS}')} <= booked


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """What a night without any trouble leaves in the org."""
    firm = open_firm(tmp_path_factory.mktemp("calm") / "firm", accounts=ACCOUNTS)
    firm.only("switch-window", "research-dates")
    with firm.org:
        firm.run()
        return written(firm)


# ---------------------------------------------------------------- no org, no login, not this org


def test_a_wrong_secret(small: Firm, shell: Shell) -> None:
    small.edit("config.toml", SECRET, "wrong-" + SECRET)
    ended = shell.wants(5, "run", "nightly", *ON)
    assert "invalid" in ended.said
    assert "salesforce.client_secret" in ended.said
    assert "No run yet" in shell.wants(0, "runs").said


def test_an_org_that_is_not_there(small: Firm, shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    small.edit("config.toml", small.org.url, f"http://127.0.0.1:{port}")
    ended = shell.wants(5, "run", "nightly", *ON)
    assert f"127.0.0.1:{port}" in ended.said
    assert "retry_scheduled" not in ended.said
    assert len(ended.err.splitlines()) <= 2


def test_an_org_without_our_fields(make_firm: Callable[..., Firm], capsys: pytest.CaptureFixture[str]) -> None:
    firm = make_firm(None, metadata=None)
    ended = Shell(capsys, firm.config).wants(2, "run", "nightly", *ON)
    assert "Lifecycle_Provider_Contract__c" in ended.said
    assert "mappings/telecom/objects.toml" in ended.said
    problems = [line for line in ended.err.splitlines() if line][:-1]
    assert problems[0].startswith("mappings/telecom/objects.toml: ")
    # Only what the org does not show: not the rules and plays that read it.
    assert "features." not in ended.said
    assert "plays/" not in ended.said
    assert "account has no" not in ended.said
    assert (
        "deploy salesforce/ and assign the permission set Lifecycle_Worker, or point the mapping at your own field; "
        "if the field exists, field-level security hides it"
    ) in ended.said


def test_an_empty_org(make_firm: Callable[..., Firm], capsys: pytest.CaptureFixture[str]) -> None:
    firm = make_firm(None)
    firm.only("switch-window", "research-dates")
    shell = Shell(capsys, firm.config)
    ended = shell.wants(2, "run", "nightly", *ON)
    assert "owners.fallback: no user of the org has Alias 'sdesk'" in ended.said
    firm.edit("mappings/telecom/lifecycle.toml", '"sdesk"', '"admin"')
    firm.edit("mappings/telecom/lifecycle.toml", '"comms"', '"admin"')
    assert "Nothing to write" in shell.wants(0, "run", "nightly", *ON).said
    assert "Nobody is on this list" in shell.wants(0, "list", "nightly", "switch-window", *ON).said


def test_another_org_than_the_folder_is_of(small: Firm, shell: Shell, make_firm: Callable[..., Firm]) -> None:
    shell.wants(0, "pull")
    other = make_firm(None)
    small.edit("config.toml", small.org.url, other.org.url)
    ended = shell.wants(2, "run", "nightly", *ON)
    assert "salesforce.org_id" in ended.said
    assert other.org.org_id in ended.said
    small.edit("config.toml", small.org.org_id, other.org.org_id)
    ended = shell.wants(5, "run", "nightly", *ON)
    assert "storage.state_url" in ended.said
    for file in small.folder.glob("var/state.db*"):
        file.unlink()
    ended = shell.wants(2, "pull")
    assert "storage.data_dir" in ended.said


# ---------------------------------------------------------------- files


def test_no_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(capsys, tmp_path / "config.toml")
    for command in (("check",), ("run", "nightly"), ("list", "nightly", "x"), ("why", "x"), ("runs",), ("serve",)):
        assert "sf-lifecycle init" in shell.wants(2, *command).said


def test_typing_errors_are_all_told_with_their_place(small: Firm, shell: Shell) -> None:
    small.edit("mappings/telecom/plays/switch-window.toml", 'account.decision_maker"\n', 'account.decison_maker"\n')
    ended = shell.wants(2, "check")
    assert "mappings/telecom/plays/switch-window.toml: contact: " in ended.said
    assert "did you mean `decision_maker`?" in ended.said
    small.edit("jobs/nightly.toml", "create_tasks ", "create_taks ")
    small.edit("mappings/telecom/lifecycle.toml", "per_owner_per_week", "per_owner_a_week")
    small.edit("config.toml", "timeout_seconds", "timeout_second")
    ended = shell.wants(2, "run", "nightly", *ON)
    assert "jobs/nightly.toml: guards.create_taks: " in ended.said
    assert "did you mean `create_tasks`?" in ended.said
    assert "mappings/telecom/lifecycle.toml: capacity.per_owner_a_week: " in ended.said
    assert "config.toml: salesforce.timeout_second: " in ended.said
    assert "problems in 3 files" in ended.said


def test_toml_that_is_none(small: Firm, shell: Shell) -> None:
    small.edit("jobs/nightly.toml", "[guards]", "[guards")
    assert "jobs/nightly.toml" in shell.wants(2, "check").said


def test_a_fallback_owner_nobody_has_heard_of(small: Firm, shell: Shell) -> None:
    small.edit("mappings/telecom/lifecycle.toml", '"sdesk"', '"sdeks"')
    ended = shell.wants(2, "run", "nightly", *ON)
    assert "mappings/telecom/lifecycle.toml: owners.fallback: no user of the org has Alias 'sdeks'" in ended.said
    assert "did you mean `sdesk`?" in ended.said


def test_a_data_folder_that_cannot_be_written(small: Firm, shell: Shell) -> None:
    (small.folder / "taken").write_text("a file")
    small.edit("config.toml", 'data_dir = "var"', 'data_dir = "taken/here"')
    for command in (("pull",), ("run", "nightly", *ON)):
        ended = shell.wants(2, *command)
        assert "taken" in ended.said
        assert "storage.data_dir" in ended.said


def test_a_mirror_that_is_garbage(small: Firm, shell: Shell) -> None:
    mirror = small.folder / "var/mirror.duckdb"
    mirror.parent.mkdir(exist_ok=True)
    mirror.write_bytes(b"no database at all" * 999)
    ended = shell.wants(2, "list", "nightly", "switch-window", *ON)
    assert "mirror.duckdb" in ended.said
    assert "pull" in ended.said
    ended = shell.wants(0, "pull")
    assert "set aside" in ended.said
    shell.wants(0, "list", "nightly", "switch-window", *ON)


def test_a_state_that_is_garbage(small: Firm, shell: Shell) -> None:
    state = small.folder / "var/state.db"
    state.parent.mkdir(exist_ok=True)
    state.write_bytes(b"no database at all" * 999)
    for command in (("runs",), ("run", "nightly", *ON)):
        assert "storage.state_url" in shell.wants(2, *command).said


# ---------------------------------------------------------------- odd data

NAMES = (
    '=HYPERLINK("http://x","y")',
    "{{ 7*7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    'O\'Brien "& Sons" \\ GmbH',
    "Two\nlines",
    "Bell 🔔 Ünïcode",
    "<b>bold</b> [red]",
    "x" * 255,
)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm with every oddity there is, after its night."""
    firm = open_firm(tmp_path_factory.mktemp("odd") / "firm", accounts=ACCOUNTS)
    accounts = [row["Id"] for row in firm.rows('SELECT Id FROM "Account" ORDER BY Id')]
    for number, account in enumerate(accounts):
        firm.change('UPDATE "Account" SET Name = ? WHERE Id = ?', NAMES[number % len(NAMES)], account)
    inactive = firm.rows('SELECT * FROM "User" WHERE IsActive = 0')[0]
    alone = inactive | {"Id": "005Lo0000000zzzIAA", "ManagerId": None, "Alias": "gone", "Username": "gone@firm.example"}
    columns, marks = ", ".join(f'"{name}"' for name in alone), ", ".join("?" * len(alone))
    firm.change(f'INSERT INTO "User" ({columns}) VALUES ({marks})', *alone.values())
    firm.change('UPDATE "Account" SET OwnerId = ? WHERE Id IN (?, ?)', inactive["Id"], *accounts[:2])
    firm.change('UPDATE "Account" SET OwnerId = ? WHERE Id IN (?, ?)', alone["Id"], *accounts[2:4])
    contracts = [row["Id"] for row in firm.rows('SELECT Id FROM "Lifecycle_Provider_Contract__c" ORDER BY Id')]
    dates = ("1900-01-01", "4000-12-31", None, "1700-01-01", "2026-11-23")
    for number, contract in enumerate(contracts):
        if number % 3:
            day = dates[number // 3 % len(dates)]
            firm.change('UPDATE "Lifecycle_Provider_Contract__c" SET End_Date__c = ? WHERE Id = ?', day, contract)
    firm.change('UPDATE "Lifecycle_Provider_Contract__c" SET Notice_Days__c = 99999 WHERE Id = ?', contracts[1])
    firm.change(
        'UPDATE "Lifecycle_Provider_Contract__c" SET Notice_Days__c = -5, Provider__c = NULL WHERE Id = ?', contracts[2]
    )
    own = [row["Id"] for row in firm.rows('SELECT Id FROM "Contract" ORDER BY Id')]
    for number, contract in enumerate(own):
        firm.change('UPDATE "Contract" SET EndDate = ? WHERE Id = ?', dates[number % len(dates)], contract)
    night = firm.run()
    assert night.status == "done", night.applied
    yield firm
    firm.org.close()


def test_names_are_data_and_never_code(odd: Firm) -> None:
    tasks = odd.rows(
        f'SELECT t.Subject, t.Description, a.Name FROM "Task" t JOIN "Account" a ON a.Id = t.WhatId WHERE t.{OURS}'
    )
    assert {task["Name"] for task in tasks} >= set(NAMES[:4])
    for task in tasks:
        name = " ".join(task["Name"].split())
        assert task["Subject"].startswith(name[:200])
        assert "\n" not in task["Subject"]
        assert "49" not in task["Subject"].replace("(", "")
        assert "xxxxxxxxx" not in task["Description"] or task["Name"] == "x" * 255
        assert not re.search(r"\b(nan|None|NaT|undefined)\b", task["Description"])


def test_odd_dates_are_dates(odd: Firm) -> None:
    positions = odd.rows('SELECT End_Date__c AS day, Position__c AS position FROM "Lifecycle_Provider_Contract__c"')
    by_day: dict[str | None, set[str]] = {}
    for row in positions:
        by_day.setdefault(row["day"], set()).add(row["position"])
    assert by_day[None] == {"unknown"}
    assert "locked" not in by_day["1900-01-01"]
    assert "free" not in by_day["4000-12-31"]
    assert not odd.rows(
        f'SELECT 1 FROM "Task" WHERE {OURS} AND (ActivityDate < ? OR ActivityDate > ?)', str(DAY), "2028-01-01"
    )


def test_every_task_is_somebodys_who_works(odd: Firm) -> None:
    owners = odd.rows(
        f'SELECT DISTINCT u.IsActive, u.UserType FROM "Task" t JOIN "User" u ON u.Id = t.OwnerId WHERE t.{OURS}'
    )
    assert owners == [{"IsActive": 1, "UserType": "Standard"}]
    orphans = odd.rows(f'SELECT 1 FROM "Task" t LEFT JOIN "User" u ON u.Id = t.OwnerId WHERE t.{OURS} AND u.Id IS NULL')
    assert orphans == []


def test_an_odd_firm_is_settled_too(odd: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    assert_booked(odd)
    shell = Shell(capsys, odd.config)
    assert "Nothing to write" in shell.wants(0, "run", "nightly", *ON).said


# ---------------------------------------------------------------- the org says no


def test_rows_that_the_org_refuses_are_told_together_and_done_next_time(
    small: Firm, shell: Shell, undisturbed: dict[str, list[dict[str, Any]]]
) -> None:
    refusal = "Fill in the reason for the call"
    code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    fault = Fault(kind="row_error", object="Task", operation="insert", code=code, message=refusal, times=5)
    small.org.org.faults.add(fault)
    ended = shell.wants(4, "run", "nightly", *ON)
    assert f"failed: 5 Task: {refusal} (for example " in ended.said
    (run,) = shell.wants(0, "runs", "--json").json
    assert run["status"] == "partial"
    assert refusal in run["message"]
    assert_booked(small)
    again = shell.wants(0, "run", "nightly", *ON, "--json").json
    assert again["created"] == {"Task": 5}
    assert keys_of(written(small)["tasks"]) == keys_of(undisturbed["tasks"])


def keys_of(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Lifecycle_Key__c"] for row in rows]


@pytest.mark.parametrize(
    ("fault", "code", "why"),
    [
        (Fault(kind="limit_exceeded", method="POST", path=ROWS, skip=2, times=None), 5, "REQUEST_LIMIT_EXCEEDED"),
        (Fault(kind="unavailable", method="POST", path=ROWS, object="Task", times=None), 4, "unknown: "),
        pytest.param(
            Fault(kind="expired_session", method="PATCH", path=ROWS, times=None),
            5,
            "INVALID_SESSION_ID",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["limit", "down", "session"],
)
def test_an_org_lost_midway_comes_to_the_same_end_next_time(
    small: Firm, shell: Shell, undisturbed: dict[str, list[dict[str, Any]]], fault: Fault, code: int, why: str
) -> None:
    small.org.org.faults.add(fault)
    ended = shell.wants(code, "run", "nightly", *ON)
    assert why in ended.said
    assert ("The org stopped the run" in ended.said) == (code == 5)
    small.org.org.faults.clear()
    shell.wants(0, "run", "nightly", *ON)
    assert written(small) == undisturbed
    assert_booked(small)


def test_lost_replies_make_nothing_twice(
    small: Firm, shell: Shell, undisturbed: dict[str, list[dict[str, Any]]]
) -> None:
    for name in ("Task", "Campaign", "CampaignMember"):
        small.org.org.faults.add(Fault(kind="lost_reply", method="POST", path="composite/sobjects", object=name))
    shell.wants(0, "run", "nightly", *ON)
    assert written(small) == undisturbed
    assert_booked(small)


def test_an_org_lost_while_reading_leaves_nothing(small: Firm, shell: Shell) -> None:
    small.org.org.faults.add(Fault(kind="limit_exceeded", path="/query", skip=8, times=None))
    ended = shell.wants(5, "run", "nightly", *ON)
    assert "REQUEST_LIMIT_EXCEEDED" in ended.said
    (run,) = shell.wants(0, "runs", "--json").json
    assert run["status"] == "failed"
    assert not small.rows(f'SELECT 1 FROM "Task" WHERE {OURS}')


# ---------------------------------------------------------------- secrets


def test_secrets_are_nowhere_on_disk(odd: Firm) -> None:
    files = [path for path in (odd.folder / "var").rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        data = path.read_bytes()
        assert SECRET.encode() not in data
        assert odd.org.token.encode() not in data

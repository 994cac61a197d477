"""Every command against a running org, as people and programs use them: what they print, and how they end."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from firms import DAY, Firm, open_firm
from shell import Shell

from sf_lifecycle import session
from sf_lifecycle.errors import UsageError
from sf_lifecycle.look import look
from sf_lifecycle.plans import save_plan
from sf_lifecycle.salesforce import identity
from sf_lifecycle.whys import find_account

ON = ("--as-of", str(DAY))
NAMES = (
    '=HYPERLINK("http://x","y")',
    'O\'Brien "& Sons"',
    "Two\nlines",
    "Bell 🔔, comma",
    "+31 20 Telecom",
    "@SUM(A1)",
)
ACCOUNTS = 60


@dataclasses.dataclass(frozen=True, kw_only=True)
class Night:
    """A firm of odd names after its first night, and the plan of that night."""

    firm: Firm
    plan: Any


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    firm = open_firm(tmp_path_factory.mktemp("night") / "firm", accounts=ACCOUNTS)
    for number, account in enumerate(firm.rows('SELECT Id FROM "Account" ORDER BY Id')):
        name = f"{NAMES[number % len(NAMES)]} {number // len(NAMES)}"
        name = "Twin BV" if number >= ACCOUNTS - 2 else name
        firm.change('UPDATE "Account" SET "Name" = ? WHERE "Id" = ?', name, account["Id"])
    firm.only("switch-window", "research-dates")
    yield Night(firm=firm, plan=firm.run().plan)
    firm.org.close()


@pytest.fixture
def shell(night: Night, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A wide terminal in the firm's folder; what is tried here writes nothing."""
    monkeypatch.setenv("COLUMNS", "300")
    return Shell(capsys, night.firm.config)


@pytest.fixture
def new_shell(
    make_firm: Callable[..., Firm], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[Firm, Shell]:
    """The same firm before its first night, with two plays."""
    monkeypatch.setenv("COLUMNS", "300")
    firm = make_firm(ACCOUNTS)
    firm.only("switch-window", "research-dates")
    return firm, Shell(capsys, firm.config)


# ---------------------------------------------------------------- demo


def test_demo_says_what_it_did_and_does_it_again_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make_firm: Callable[..., Firm]
) -> None:
    folder = tmp_path / "demo"
    shell = Shell(capsys, folder / "config.toml")
    made = shell.demo("--accounts", "60", "--seed", "7", *ON, "--json", "--dir", str(folder)).json
    assert made.keys() == {"accounts", "first_run", "second_run"}
    assert made["accounts"] == 60
    first, second = made["first_run"], made["second_run"]
    assert first.keys() >= {"status", "created", "updated", "api_calls"}
    assert first["created"].keys() == {"Task", "CampaignMember", "Campaign"}
    assert all(number > 0 for number in (*first["created"].values(), first["updated"]["Account"], first["api_calls"]))
    assert first["status"] == "done"
    assert second["writes"] == 0
    assert second["api_calls"] > 0
    # The same seed and day: the same firm, and the same night, in another org.
    other = make_firm(60)
    other.run()
    with sqlite3.connect(folder / "org.db") as con:
        con.row_factory = sqlite3.Row
        for table in ("Account", "Contact", "Task", "CampaignMember"):
            fields = "Id, Name" if table in ("Account", "Contact") else "Id, Lifecycle_Key__c, Lifecycle_Reason__c"
            sql = f'SELECT {fields} FROM "{table}" ORDER BY Id'
            assert [dict(row) for row in con.execute(sql)] == other.rows(sql)
    con.close()


def test_demo_leaves_other_peoples_folders_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    ended = Shell(capsys, tmp_path / "config.toml").demo("--accounts", "5", "--dir", str(tmp_path))
    assert ended.code == 2
    assert "--dir" in ended.said
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


# ---------------------------------------------------------------- run, plan, apply


def test_run_writes_and_says_so(new_shell: tuple[Firm, Shell]) -> None:
    firm, shell = new_shell
    facts = shell.wants(0, "run", "nightly", *ON, "--json").json
    assert facts["status"] == "done"
    assert facts["created"]["Task"] == len(firm.rows('SELECT 1 FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL'))
    assert facts["updated"]["Account"] > 0
    assert {trouble["status"] for trouble in facts["troubles"]} <= {"exists"}


def test_a_second_run_of_a_day_has_nothing_to_do(shell: Shell) -> None:
    ended = shell.wants(0, "run", "nightly", *ON)
    assert "Nothing to write" in ended.said
    assert "0 records written" in ended.said


def test_a_dry_run_shows_the_plan_and_writes_nothing(new_shell: tuple[Firm, Shell]) -> None:
    firm, shell = new_shell
    facts = shell.wants(0, "run", "nightly", *ON, "--dry-run", "--json").json
    assert facts["create"]["Task"] > 0
    assert facts["digest"].startswith("sha256:")
    assert not firm.rows('SELECT 1 FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL')
    assert shell.wants(0, "runs", "--json").json == []


def test_a_saved_plan_is_applied_as_it_is_and_once(new_shell: tuple[Firm, Shell], tmp_path: Path) -> None:
    firm, shell = new_shell
    file = tmp_path / "plan.jsonl"
    planned = shell.wants(0, "plan", "nightly", *ON, "--out", str(file), "--json").json
    assert planned["saved"] == str(file)
    assert file.stat().st_mode & 0o777 == 0o600
    first = shell.wants(0, "apply", str(file), "--json").json
    assert first["created"] == planned["create"] | {"CampaignMemberStatus": first["created"]["CampaignMemberStatus"]}
    assert first["updated"] == planned["update"]
    before = firm.rows('SELECT Id, SystemModstamp FROM "Account"'), firm.rows('SELECT Id, SystemModstamp FROM "Task"')
    second = shell.wants(0, "apply", str(file), "--json").json
    assert (second["created"], second["updated"], second["status"]) == ({}, {}, "nothing")
    assert before == (
        firm.rows('SELECT Id, SystemModstamp FROM "Account"'),
        firm.rows('SELECT Id, SystemModstamp FROM "Task"'),
    )
    runs = shell.wants(0, "runs", "--json").json
    assert {run["plan_digest"] for run in runs} == {planned["digest"]}


def test_a_plan_is_saved_as_the_very_file_or_in_the_folder_there_is(shell: Shell, night: Night, tmp_path: Path) -> None:
    for name in ("tonight", "plan.json", "deep/down.plan"):
        file = tmp_path / name
        assert save_plan(night.plan, file) == file
        assert file.is_file()
    inside = save_plan(night.plan, tmp_path)
    assert inside.parent == tmp_path
    assert inside.name.startswith(f"nightly-{DAY}-")
    assert inside.suffix == ".jsonl"
    with pytest.raises(UsageError, match="cannot be saved"):
        save_plan(night.plan, tmp_path / "tonight" / "below")
    planned = shell.wants(0, "plan", "nightly", *ON, "--out", str(tmp_path / "again"), "--json").json
    assert planned["saved"] == str(tmp_path / "again")
    assert (tmp_path / "again").is_file()
    assert not list(tmp_path.glob("*.partial"))


def test_rows_whose_ground_moved_are_left_alone(new_shell: tuple[Firm, Shell], tmp_path: Path) -> None:
    firm, shell = new_shell
    file = tmp_path / "plan.jsonl"
    shell.wants(0, "plan", "nightly", *ON, "--out", str(file))
    moved = firm.rows('SELECT Id FROM "Account" ORDER BY Id LIMIT 1')[0]["Id"]
    firm.change('UPDATE "Account" SET "Lifecycle_Reason__c" = \'typed by a person\' WHERE "Id" = ?', moved)
    ended = shell.wants(4, "apply", str(file))
    assert "1 Account" in ended.said
    assert "Lifecycle_Reason__c" in ended.said
    kept = firm.rows('SELECT "Lifecycle_Reason__c" AS why FROM "Account" WHERE "Id" = ?', moved)
    assert kept == [{"why": "typed by a person"}]


def test_an_edited_plan_is_refused(shell: Shell, tmp_path: Path, night: Night) -> None:
    file = save_plan(night.plan, tmp_path / "plan.jsonl")
    text = file.read_text()
    file.write_text(text.replace('"why"', '"whY"', 1))
    assert "make it again" in shell.wants(2, "apply", str(file)).said
    lines = text.splitlines(keepends=True)
    file.write_text("".join(lines[:1] + lines[2:]))
    assert "changed or cut short" in shell.wants(2, "apply", str(file)).said
    file.write_bytes(b"\xff\xfe not a plan")
    assert "is no plan" in shell.wants(2, "apply", str(file)).said
    assert "cannot be read" in shell.wants(2, "apply", str(tmp_path / "none.jsonl")).said
    assert "cannot be read" in shell.wants(2, "apply", str(tmp_path)).said


def test_a_plan_of_another_org_is_refused_before_a_write(
    new_shell: tuple[Firm, Shell], night: Night, tmp_path: Path
) -> None:
    firm, shell = new_shell
    file = save_plan(night.plan, tmp_path / "plan.jsonl")
    ended = shell.wants(5, "apply", str(file))
    assert night.firm.org.org_id in ended.said
    assert not firm.rows('SELECT 1 FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL')
    (run,) = shell.wants(0, "runs", "--json").json
    assert run["status"] == "failed"


def test_another_day_is_never_written_to_a_real_org(
    new_shell: tuple[Firm, Shell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm, shell = new_shell
    # No server on this machine can be a real org, and the settings know it.
    monkeypatch.setattr(identity, "is_loopback", lambda _host: False)
    monkeypatch.setattr(session, "check_identity", lambda _settings, _identity: None)
    long_ago = str(DAY - dt.timedelta(days=400))
    file = tmp_path / "plan.jsonl"
    shell.wants(0, "plan", "nightly", "--as-of", long_ago, "--out", str(file))
    for command in (("apply", str(file)), ("run", "nightly", "--as-of", long_ago)):
        ended = shell.wants(2, *command)
        assert "is not today" in ended.said
    assert not firm.rows('SELECT 1 FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL')


def test_a_job_that_needs_approval_leaves_its_plan(new_shell: tuple[Firm, Shell]) -> None:
    firm, shell = new_shell
    firm.edit("jobs/nightly.toml", '"automatic"', '"required"')
    waiting = shell.wants(0, "run", "nightly", *ON, "--json").json
    assert waiting["status"] == "waiting"
    assert not firm.rows('SELECT 1 FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL')
    assert "waits for a person" in shell.wants(0, "runs").said
    written = shell.wants(0, "apply", waiting["waiting"], "--json").json
    assert written["status"] == "done"
    assert written["created"]["Task"] == len(firm.rows('SELECT 1 FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL'))


def test_a_guard_refuses_by_name_and_is_lifted_by_name(new_shell: tuple[Firm, Shell]) -> None:
    firm, shell = new_shell
    firm.edit("jobs/nightly.toml", "[guards]", "[guards]\nupdate_records = { most = 3 }")
    ended = shell.wants(3, "run", "nightly", *ON)
    assert "nothing was written" in ended.said
    assert "60 Account records to update is over 3" in ended.said
    assert "--allow update_records" in ended.said
    assert not firm.rows('SELECT 1 FROM "Task" WHERE Lifecycle_Key__c IS NOT NULL')
    (run,) = shell.wants(0, "runs", "nightly", "--json").json
    assert run["status"] == "refused"
    assert "is over 3" in run["message"]


def test_a_guard_that_there_is_not(shell: Shell) -> None:
    ended = shell.wants(2, "run", "nightly", "--allow", "create_task")
    assert "did you mean `create_tasks`?" in ended.said


# ---------------------------------------------------------------- pull, runs


def test_pull(shell: Shell, night: Night) -> None:
    facts = shell.wants(0, "pull", "--json").json
    assert facts["rows"]["Account"] == ACCOUNTS
    assert facts["api_calls"] > 0
    assert "API calls" in shell.wants(0, "pull", "nightly").said


def test_pull_of_a_job_that_there_is_not(shell: Shell) -> None:
    assert "did you mean `nightly`?" in shell.wants(2, "pull", "nigthly").said


def test_runs(shell: Shell) -> None:
    runs = shell.wants(0, "runs", "--json").json
    assert [run["started"] for run in runs] == sorted((run["started"] for run in runs), reverse=True)
    assert runs[-1]["counts"]["done"]["create"]["Task"] > 0
    assert len(shell.wants(0, "runs", "--most", "1", "--json").json) == 1
    assert "did you mean `nightly`?" in shell.wants(2, "runs", "nigthly").said


# ---------------------------------------------------------------- list


def test_list_as_csv_runs_nothing_and_loses_nothing(shell: Shell, night: Night) -> None:
    text = shell.wants(0, "list", "nightly", "research-dates", *ON, "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["rank"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    names = {row["Id"]: row["Name"] for row in night.firm.rows('SELECT Id, Name FROM "Account"')}
    assert {names[row["account"]][0] for row in rows} >= {"=", "+", "B", "O", "T"}
    for row in rows:
        name = names[row["account"]]
        assert row["name"] == (f"'{name}" if name.startswith(("=", "+", "@")) else name)


def test_list_as_a_spreadsheet_holds_texts(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    shell.wants(0, "list", "nightly", "switch-window", *ON, "--format", "xlsx", "--out", str(file))
    sheet = openpyxl.load_workbook(file).active
    head, *rows = sheet.iter_rows()
    assert [cell.value for cell in head][:3] == ["rank", "account", "name"]
    kinds = {cell.data_type for row in rows for cell in row}
    assert "f" not in kinds
    for row in rows:
        by_name = {title.value: cell for title, cell in zip(head, row, strict=True)}
        assert by_name["name"].data_type == "s"
        assert by_name["rank"].data_type == "n"
        assert by_name["due"].value is None or by_name["due"].is_date


def test_list_as_a_table(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    # Nobody is left out of this one, and its names are on one line.
    ended = shell.wants(0, "list", "nightly", "research-dates", *ON, "--most", "6")
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "--most" in ended.said
    assert "Two lines" in ended.said


def test_an_empty_list_and_one_that_leaves_nobody_out(
    new_shell: tuple[Firm, Shell], capsys: pytest.CaptureFixture[str]
) -> None:
    firm, shell = new_shell
    firm.change('DELETE FROM "Lifecycle_Provider_Contract__c" WHERE "Product_Line__c" IS NOT NULL')
    shell.wants(0, "pull")
    assert "Nobody is on this list" in shell.wants(0, "list", "nightly", "switch-window", *ON).said
    assert shell.wants(0, "list", "nightly", "switch-window", *ON, "--format", "csv").out.startswith("rank,account,")


def test_list_of_what_there_is_not(shell: Shell) -> None:
    assert "did you mean `switch-window`?" in shell.wants(2, "list", "nightly", "switch-windw").said
    assert "did you mean `nightly`?" in shell.wants(2, "list", "nigtly", "switch-window").said
    assert "2026-12-31" in shell.wants(2, "list", "nightly", "switch-window", "--as-of", "31-12-2026").said
    shell.wants(2, "list", "nightly", "switch-window", "--format", "pdf")
    shell.wants(2, "list", "nightly", "switch-window", *ON, "--format", "csv", "--out", "/no/such/folder/list.csv")


def test_looking_before_anything_was_pulled(new_shell: tuple[Firm, Shell]) -> None:
    _, shell = new_shell
    for command in (("list", "nightly", "switch-window"), ("why", "Acme")):
        assert "sf-lifecycle pull" in shell.wants(2, *command).said
    assert "No run yet" in shell.wants(0, "runs").said


def test_looking_at_what_was_mapped_after_the_last_pull(shell: Shell, night: Night) -> None:
    path = night.firm.folder / "mappings/telecom/objects.toml"
    before = path.read_text(encoding="utf-8")
    account = night.firm.rows('SELECT Id FROM "Account" ORDER BY Id')[0]["Id"]
    looks = (
        ("list", "nightly", "switch-window", *ON),
        ("why", account, *ON),
        ("simulate", "nightly", "--months", "1", *ON),
    )
    try:
        night.firm.edit(
            "mappings/telecom/objects.toml", "[account.fields]\nname  ", '[account.fields]\nrating = "Rating"\nname  '
        )
        for command in looks:
            told = "the mirror has no Rating of Account and no Rating of Lead yet: run `sf-lifecycle pull`"
            assert told in shell.wants(2, *command).said
        said = shell.wants(0, "check").said
        assert (
            "Note: who may be approached is not counted: the mirror has no Rating of Account and no Rating of Lead"
            in said
        )
        path.write_text(
            before + '\n[[asset]]\nobject = "Asset"\nparent = "AccountId"\n[asset.fields]\nat = "InstallDate"\n'
        )
        for command in looks:
            assert "the mirror has no Asset yet: run" in shell.wants(2, *command).said
        path.write_text(before, encoding="utf-8")
        written = 'Lifecycle_Segment__c = "stage"\nLifecycle_Stage_Since__c'
        night.firm.edit("mappings/telecom/lifecycle.toml", "Lifecycle_Stage_Since__c", written)
        for command in looks:
            assert "the mirror has no Lifecycle_Segment__c of Account yet: run" in shell.wants(2, *command).said
        night.firm.edit("mappings/telecom/lifecycle.toml", written, "Lifecycle_Stage_Since__c")
    finally:
        path.write_text(before, encoding="utf-8")
    shell.wants(0, *looks[0])


# ---------------------------------------------------------------- why


def test_why_by_id_and_by_name(shell: Shell, night: Night) -> None:
    account = night.firm.rows("SELECT Id, Name FROM \"Account\" WHERE Name LIKE 'O%' ORDER BY Id")[0]
    answer = shell.wants(0, "why", account["Id"], *ON, "--json").json
    assert answer["account"] == account["Id"]
    assert answer["name"] == account["Name"]
    page = shell.wants(0, "why", account["Name"].upper(), *ON).said
    assert f"{account['Name']} ({account['Id']}) on {DAY}" in page
    assert "stage: " in page
    workspace = night.firm.workspace()
    purposes = {name: play.purpose for name, play in workspace.mappings["telecom"].plays.items()}
    served = workspace.models[workspace.jobs["nightly"].model].stages[answer["stage"]]
    for play, purpose in answer["not_served"].items():
        assert purpose == purposes[play]
        assert purpose not in served
        assert f"{play} ({purpose})" in page
    assert (f"The stage {answer['stage']} does not serve: " in page) == bool(answer["not_served"])
    assert all(purposes[play] in served for play in answer["not_for"])


def test_how_an_account_may_be_named(night: Night) -> None:
    known = {row["Name"]: row["Id"] for row in night.firm.rows('SELECT Id, Name FROM "Account"')}
    twins = [row["Id"] for row in night.firm.rows("SELECT Id FROM \"Account\" WHERE Name = 'Twin BV'")]
    lead = night.firm.rows('SELECT Id, Company FROM "Lead" WHERE IsConverted = 0 ORDER BY Id')[0]
    with look(night.firm.workspace(), "nightly", DAY) as view:
        for name in ('O\'Brien "& Sons" 1', "Two\nlines 1"):
            for asked in (known[name], known[name][:15], name, name.upper(), f" {name.replace(chr(10), ' ')} "):
                assert find_account(view, asked) == known[name]
        assert find_account(view, lead["Company"]) == lead["Id"]
        with pytest.raises(UsageError, match=f"2 accounts are called 'twin bv': {twins[0]}, {twins[1]}; name one by"):
            find_account(view, "twin bv")
        with pytest.raises(UsageError, match='did you mean `O\'Brien "& Sons" 1`'):
            find_account(view, 'O\'Brian "& Sons" 1')
        for nobody in ("Qqqq", "001000000000000AAA", "' OR 1=1 --", ""):
            with pytest.raises(UsageError, match="no account"):
                find_account(view, nobody)


def test_why_of_nobody(shell: Shell) -> None:
    assert "give its Id or its whole name" in shell.wants(2, "why", "Qqqq").said


# ---------------------------------------------------------------- all of them


def test_check_and_init_say_json_or_text(shell: Shell) -> None:
    assert shell.wants(0, "check", "--json").json["ok"] is True
    assert "The configuration is right" in shell.wants(0, "check").said


@pytest.mark.parametrize(
    "command",
    ["", "demo", "init", "check", "pull", "plan", "apply", "run", "list", "why", "runs", "serve", "org", "org serve"],
)
def test_help_fits_a_terminal(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sf_lifecycle.cli import main

    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as end:
        main([*command.split(), "--help"])
    out = capsys.readouterr().out
    assert end.value.code == 0
    assert "Usage: sf-lifecycle" in out
    assert "[[" not in out
    assert max(map(len, out.splitlines())) <= 80
    assert "-h" in out


def test_a_run_can_be_copied_from_a_narrow_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    runs = shell.wants(0, "runs").out
    (run,) = shell.wants(0, "runs", "--most", "1", "--json").json
    assert run["id"] in runs  # whole, to be copied


def test_json_is_json_everywhere(shell: Shell) -> None:
    for command in (("check",), ("runs",), ("list", "nightly", "research-dates", *ON)):
        ended = shell.wants(0, *command, "--json")
        json.loads(ended.out)
        assert ended.err == ""

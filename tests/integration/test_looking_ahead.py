"""Looking ahead and back over a running org: what the commands tell, what they refuse, and that they write nothing."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from firms import DAY, Firm, open_firm, serve_folder
from shell import Shell

ON = ("--as-of", str(DAY))
BEFORE, AFTER = str(DAY - dt.timedelta(days=3)), str(DAY + dt.timedelta(days=40))
ACCOUNTS = 60
PLAYS = ("switch-window", "research-dates", "renewal", "neglected")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """A firm after its first night, one name of which is no name for a page."""
    firm = open_firm(tmp_path_factory.mktemp("ahead") / "firm", accounts=ACCOUNTS)
    firm.change('UPDATE "User" SET "Name" = ? WHERE "Alias" = ?', "<b>Desk</b> & Sons", "sdesk")
    firm.only(*PLAYS)
    firm.run()
    yield firm
    firm.org.close()


@pytest.fixture
def shell(night: Firm, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "300")
    return Shell(capsys, night.config)


def everything(firm: Firm) -> dict[str, object]:
    """The org's rows and state's, and the mirror's bytes: what no look may change."""
    tables = [row["name"] for row in firm.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    org = {name: firm.rows(f'SELECT * FROM "{name}"') for name in tables if name in ("Account", "Task", "Campaign")}
    org["CampaignMember"] = firm.rows('SELECT * FROM "CampaignMember"')
    with sqlite3.connect(firm.folder / "var" / "state.db") as con:
        names = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        state = {name: con.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    con.close()
    mirror = hashlib.sha256((firm.folder / "var" / "mirror.duckdb").read_bytes()).hexdigest()
    return {"org": org, "state": state, "mirror": mirror}


# ---------------------------------------------------------------- simulate


def test_a_simulation_writes_nothing_and_tells_the_weeks(shell: Shell, night: Firm) -> None:
    before = everything(night)
    ended = shell.wants(0, "simulate", "nightly", "--months", "2", *ON, "--format", "csv")
    assert everything(night) == before
    rows = list(csv.DictReader(io.StringIO(ended.out, newline="")))
    assert {row["kind"] for row in rows} >= {"stage", "made", "waiting", "left out", "tasks"}
    weeks = sorted({dt.date.fromisoformat(row["week"]) for row in rows})
    assert weeks[0] == DAY
    assert {week.weekday() for week in weeks[1:]} == {0}
    assert {row["name"] for row in rows if row["kind"] == "made"} == set(PLAYS)
    parties = dict.fromkeys(weeks, 0)
    for row in rows:
        if row["kind"] == "stage":
            parties[dt.date.fromisoformat(row["week"])] += int(row["number"])
    assert len(set(parties.values())) == 1
    open_now = night.rows('SELECT "ActivityDate" FROM "Task" WHERE "Lifecycle_Key__c" IS NOT NULL AND "IsClosed" = 0')
    first = sum(int(row["number"]) for row in rows if row["kind"] == "tasks" and row["week"] == str(DAY))
    soon = str(DAY + dt.timedelta(days=7))
    assert first == sum(str(task["ActivityDate"]) < soon for task in open_now) > 0


def test_a_simulation_for_people_says_first_what_it_assumes(shell: Shell) -> None:
    lines = shell.wants(0, "simulate", "nightly", "--months", "1", *ON).out.splitlines()
    assert lines[0].startswith(f"Look ahead of job nightly: 5 weeks, {DAY} to ")
    assert "every Task is done on its day, nobody answers, no record changes" in lines[1]
    assert "Nothing was written" in lines[1]


def test_a_simulation_as_a_page(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "ahead.html"
    shell.wants(0, "simulate", "nightly", "--months", "1", *ON, "--format", "html", "--out", str(file))
    text = file.read_text(encoding="utf-8")
    assert text.count("<svg") >= 2
    assert "<b>Desk" not in text


def test_a_simulation_for_programs(shell: Shell) -> None:
    facts = shell.wants(0, "simulate", "nightly", "--months", "1", *ON, "--json").json
    assert facts.keys() == {"job", "as_of", "until", "assumption", "numbers"}
    assert facts["numbers"][0].keys() == {"week", "kind", "name", "rep", "number"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("nigthly",), "did you mean `nightly`?"),
        (("nightly", "--months", "0"), "months"),
        (("nightly", "--months", "37"), "months"),
        (("nightly", "--months", "many"), "months"),
        (("nightly", "--format", "pdf"), "format"),
        (("nightly", "--format", "csv", "--out", "/no/such/folder/x.csv"), "there is no folder /no/such/folder"),
        (("nightly", "--format", "html", "--out", "/"), "is a folder"),
        (("nightly", "--out", "x.txt"), "a table is for the terminal"),
        (("nightly", "--as-of", "23-11-2026"), "2026-12-31"),
        (("nightly", "--as-of", "9999-06-01"), "past the year 9999"),
        (("nightly", "--as-of", BEFORE), f"{BEFORE} is past; the records are those of {DAY}"),
    ],
)
def test_what_cannot_be_simulated_is_said(shell: Shell, options: tuple[str, ...], said: str) -> None:
    assert said in shell.wants(2, "simulate", *options).said


# ---------------------------------------------------------------- past and future days


def test_lists_and_plans_of_a_past_day_are_refused_with_the_way_out(shell: Shell) -> None:
    for command in (("list", "nightly", "switch-window"), ("plan", "nightly"), ("run", "nightly", "--dry-run")):
        said = shell.wants(2, *command, "--as-of", BEFORE).said
        assert f"{BEFORE} is past; the records are those of {DAY}" in said
        assert f"why ACCOUNT --as-of {BEFORE}" in said


@pytest.mark.slow
def test_a_day_to_come_is_a_look_ahead_and_says_so_first(shell: Shell, night: Firm) -> None:
    account = night.rows('SELECT "Id" FROM "Account" ORDER BY "Id"')[0]["Id"]
    for command in (("list", "nightly", "switch-window"), ("why", account), ("plan", "nightly")):
        ended = shell.wants(0, *command, "--as-of", AFTER)
        assert ended.out.startswith(f"A look ahead to {AFTER}, over the records of {DAY}"), command
        assert not shell.wants(0, *command, *ON).out.startswith("A look ahead")


def test_why_of_a_past_day_tells_what_was_written_down(shell: Shell, night: Firm) -> None:
    task = night.rows('SELECT * FROM "Task" WHERE "Lifecycle_Key__c" IS NOT NULL AND "WhatId" IS NOT NULL')[0]
    page = shell.wants(0, "why", task["WhatId"], "--as-of", BEFORE).out
    assert page.startswith(f"From memory: {BEFORE} is past, and the records are those of {DAY}.")
    assert "No stage is known for that day" in page
    assert "We had made no Task" in page
    later = DAY + dt.timedelta(days=2)
    night.run(later)  # from now on the records are of this day
    try:
        answer = shell.wants(0, "why", task["WhatId"], *ON, "--json").json
        assert answer["said"].startswith("From memory")
        assert answer["stage"] == answer["course"]["passages"][-1]["word"]
        assert answer["course"]["passages"][0]["entered"] == str(DAY)
        assert task["Id"] in {made["id"] for made in answer["made"]}
        assert {made["day"] for made in answer["made"]} == {str(DAY)}
        assert task["Subject"] in shell.wants(0, "why", task["WhatId"], *ON).said
    finally:
        with sqlite3.connect(night.folder / "var" / "state.db") as con:
            con.execute("UPDATE runs SET as_of = ? WHERE as_of = ?", (str(DAY), str(later)))
        con.close()


def test_before_the_first_run_of_a_local_org_any_day_will_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    firm = open_firm(tmp_path / "firm", accounts=5)
    try:
        firm.only("research-dates")
        shell = Shell(capsys, firm.config)
        shell.wants(0, "pull")
        for day in ("2020-01-06", str(DAY)):
            assert not shell.wants(0, "list", "nightly", "research-dates", "--as-of", day).out.startswith("A look")
    finally:
        firm.org.close()


# ---------------------------------------------------------------- why


def test_why_tells_history_people_contracts_and_what_is_ours(shell: Shell, night: Firm) -> None:
    task = night.rows('SELECT * FROM "Task" WHERE "Lifecycle_Key__c" IS NOT NULL AND "WhatId" IS NOT NULL')[0]
    answer = shell.wants(0, "why", task["WhatId"], *ON, "--json").json
    (passage,) = answer["course"]["passages"]
    assert (passage["entered"], passage["left"], passage["time"]) == (str(DAY), None, 1)
    assert passage["word"] == answer["stage"]
    assert task["Id"] in {each["id"] for each in answer["ours"] if each["object"] == "Task"}
    people = night.rows('SELECT "Id" FROM "Contact" WHERE "AccountId" = ?', task["WhatId"])
    assert {each["id"] for each in answer["people"]} == {row["Id"] for row in people}
    for person in answer["people"]:
        assert {"may_call", "may_email"} <= set(person["labels"])
        assert all(word and because for word, because in person["labels"].values())
    contracts = night.rows('SELECT "Id" FROM "Lifecycle_Provider_Contract__c" WHERE "Account__c" = ?', task["WhatId"])
    assert {row["Id"] for row in contracts} <= {each["id"] for each in answer["contracts"]}
    page = shell.wants(0, "why", task["WhatId"], *ON).out
    for heading in ("Stages until now", "Open Tasks and memberships of ours", "Highest reached"):
        assert heading in page
    if answer["next_change"]:
        assert answer["next_change"] > str(DAY)
        assert f"Next change by itself: {answer['next_change']}" in page


# ---------------------------------------------------------------- the funnel


def test_who_may_be_approached_is_told_where_lists_are(shell: Shell) -> None:
    for command in (("check",), ("list", "nightly", "switch-window", *ON), ("plan", "nightly", *ON)):
        said = shell.wants(0, *command).said
        assert "Who may be approached" in said, command
        assert (
            re.search(rf"\({ACCOUNTS}\d? accounts, \d+ Leads\) and \d+ people", said) or f"({ACCOUNTS} accounts" in said
        )
        assert "by call" in said
        assert "by mail" in said
    funnels = shell.wants(0, "check", "--json").json["funnels"]
    for channel in funnels["telecom"]["channels"]:
        stopped = [number for _, number in channel["stopped"]]
        assert stopped == sorted(stopped, reverse=True)
        assert channel["people"] + sum(stopped) == funnels["telecom"]["people"]
        assert 0 < channel["parties"] <= channel["people"]


def test_who_was_left_out_and_why_goes_into_a_file(shell: Shell, tmp_path: Path) -> None:
    command = ("list", "nightly", "switch-window", *ON)
    whole = list(csv.DictReader(io.StringIO(shell.wants(0, *command, "--format", "csv").out, newline="")))
    file = tmp_path / "out.csv"
    shell.wants(0, *command, "--left-out", "--format", "csv", "--out", str(file))
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))
    assert rows == [row for row in whole if row["state"] == "left out"]
    assert rows
    assert all(row["account"] and row["left_out_because"] for row in rows)


# ---------------------------------------------------------------- metadata


def test_one_job_line_switches_the_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    firm = open_firm(tmp_path / "firm", accounts=5, data=tmp_path / "org.db")
    firm.org.close()
    shell = Shell(capsys, firm.config)
    assert "Nothing to write" in shell.wants(0, "metadata").said
    text = (firm.folder / "mappings/models/tele2.toml").read_text("utf-8")
    own = text.replace('"suspect"', '"unknown firm"')
    assert own != text
    (firm.folder / "mappings/models/own.toml").write_text(own, "utf-8")
    firm.edit("jobs/nightly.toml", 'model         = "tele2"', 'model         = "own"')
    firm.only("research-dates")
    said = shell.wants(0, "check").said
    assert "Account.Lifecycle_Stage__c does not offer 'unknown firm'" in said
    assert "sf-lifecycle metadata nightly" in said
    said = shell.wants(0, "metadata", "nightly").said
    assert "Account.Lifecycle_Stage__c: new 'unknown firm'; gone 'suspect'" in said
    assert "does not offer" not in shell.wants(0, "check").said
    assert shell.wants(0, "metadata", "nightly", "--json").json[0]["changed"] is False
    again = serve_folder(firm.folder, accounts=None, data=tmp_path / "org.db")
    try:
        assert again.run().exit_code == 0
        words = {row["w"] for row in again.rows('SELECT DISTINCT "Lifecycle_Stage__c" AS w FROM "Account"')}
        assert words
        assert "suspect" not in words
    finally:
        again.org.close()
    assert "did you mean `nightly`?" in shell.wants(2, "metadata", "nigthly").said
    assert "is a file" in shell.wants(2, "metadata", "--out", str(firm.config)).said

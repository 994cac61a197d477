"""`state …` and `forget` as people give them."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
from typer.testing import CliRunner, Result

from sf_lifecycle.cli import forget as forgetting, state as commands
from sf_lifecycle.cli.demo_folder import make_demo_folder, point_at
from sf_lifecycle.errors import LifecycleError, OrgError, Refused, UsageError
from sf_lifecycle.localorg import LocalOrg, serve_in_thread
from sf_lifecycle.mirror import open_mirror
from sf_lifecycle.state import Failure, Intent, SavedPlan, Settlement, State, Tombstone, open_state

DAY = dt.date(2026, 11, 23)
OLD = "00D000000000001AAA"
PERSON, FIRM = "003000000000001AAA", "001000000000001AAA"
NAME = "Wilhelmina Zonderling"


@dataclass(frozen=True, kw_only=True)
class Bound:
    org_id: str = OLD
    kind: str = "local"
    name: str = "Acme"


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    folder = tmp_path_factory.mktemp("org") / "demo"
    make_demo_folder(folder)
    served = serve_in_thread(
        metadata=folder / "salesforce",
        client_id="local-worker",
        client_secret="local-secret",
        timezone="Europe/Amsterdam",
        sample=None,
        as_of=DAY,
    )
    yield served
    served.close()


@pytest.fixture
def folder(tmp_path: Path, org: LocalOrg, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of that org; state lies in it and belongs to nobody yet."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "work"
    make_demo_folder(made)
    point_at(made, url=org.url, org_id=org.org_id, listen="127.0.0.1:0")
    return made


class Terminal:
    """Runs commands over a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.app = typer.Typer()
        self.app.add_typer(commands.app, name="state")
        forgetting.register(self.app)

    def __call__(self, *argv: str) -> Result:
        result = CliRunner().invoke(self.app, [*argv, "--config", str(self.folder / "config.toml")])
        if result.exception is not None and not isinstance(result.exception, SystemExit | LifecycleError):
            raise result.exception
        return result

    def said(self, *argv: str) -> str:
        result = self(*argv)
        assert result.exit_code == 0, result
        return " ".join(result.stdout.split())

    def json(self, *argv: str) -> Any:
        return json.loads(self(*argv, "--json").stdout)

    def refused(self, *argv: str) -> str:
        error = self(*argv).exception
        assert isinstance(error, LifecycleError), error
        return str(error)

    def state(self) -> State:
        from sf_lifecycle.config.workspace import load_workspace

        return open_state(load_workspace(self.folder / "config.toml", environ={}).settings.storage.state_url)

    @property
    def data(self) -> Path:
        from sf_lifecycle.config.workspace import load_workspace

        return load_workspace(self.folder / "config.toml", environ={}).settings.storage.data_dir


@pytest.fixture
def terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("COLUMNS", "200")  # what is said does not depend on how wide a terminal the tests run in
    return Terminal(folder)


def fill(terminal: Terminal, org: Bound, *, person: str = PERSON) -> str:
    """A run, a Task about a person, a row set aside, one that failed once, a hold, two plans that wait."""
    with terminal.state() as state:
        state.check_binding(org)
        run = state.start_run(job="nightly", org_id=org.org_id, as_of=DAY, mapping="telecom", model="tele2").id
        after = {"Subject": f"Ring {NAME}", "WhoId": person}
        seqs = state.intend(run, [Intent(object="Task", operation="create", ref="a", after=after)])
        state.settle(run, seqs, [Settlement(status="done", record_id="00T000000000001AAA")])
        state.finish_run(run, status="partial", counts={}, calls=3, message="two rows failed")
        for refs in (["b", "c"], *[["b"]] * 4):
            rows = [Failure(ref=ref, digest="v", code="INVALID", message="[red]no[/red]") for ref in refs]
            state.note_outcomes(org.org_id, "Task", "create", rows, [])
        state.bury(org.org_id, run, [Tombstone(key="a", object="Task", cause="done", on=DAY, account=person)])
        state.hold(org.org_id, "nightly", run, who="ann", why="undone")
        plans = terminal.data / "plans"
        plans.mkdir(parents=True, exist_ok=True)
        for digest, text in (("sha256:aa", f'{{"about": "{person}"}}\n'), ("sha256:bb", "{}\n")):
            path = plans / f"{digest[-2:]}.jsonl"
            path.write_text(text)
            made = dt.datetime(2026, 11, 23, 3, tzinfo=dt.UTC)
            plan = SavedPlan(digest=digest, job="nightly", as_of=DAY, path=str(path), status="waiting", made=made)
            state.keep_plan(org.org_id, plan)
    return run


def test_nothing_is_remembered_at_first(terminal: Terminal) -> None:
    for command in (["show"], ["aside"], ["retry"]):
        assert "nothing is remembered yet" in terminal.refused("state", *command)
    assert "nothing is remembered yet" in terminal.refused("forget", PERSON, "--yes")


def test_show_says_what_waits_for_a_person(terminal: Terminal) -> None:
    run = fill(terminal, Bound())
    said = terminal.said("state", "show")
    for text in (
        f"State of Acme ({OLD}, local)",
        "Ledger 1 1 done, 0 of which nobody knows yet",
        "Tombstones 1 1 done",
        "Rows that failed 2 1 set aside",
        f"{run} nightly run 2026-11-23 partial two rows failed",
        "Job nightly is held since",
        "by ann: undone",
        "A plan of job nightly for 2026-11-23 waits for a person's word: sha256:aa",
    ):
        assert text in said
    facts = terminal.json("state", "show")
    assert facts["org"] == {"org_id": OLD, "kind": "local", "name": "Acme"}
    assert (facts["counts"]["ledger"], facts["set_aside"]) == (1, 1)
    assert [each["run_id"] for each in facts["holds"]] == [run]
    assert [each["digest"] for each in facts["waiting"]] == ["sha256:aa", "sha256:bb"]


def test_rows_that_failed_are_listed_and_tried_again(terminal: Terminal) -> None:
    fill(terminal, Bound())
    said = terminal.said("state", "aside")
    assert "b Task: create INVALID: [red]no[/red] 5" in said
    assert [(each["ref"], each["attempts"], each["set_aside"]) for each in terminal.json("state", "aside")] == [
        ("b", 5, True),
        ("c", 1, False),
    ]
    assert "no row x failed" in terminal.refused("state", "retry", "b", "x")
    assert terminal.said("state", "retry", "b") == "1 rows are sent again by the next run."
    assert terminal.json("state", "retry") == {"rows": 1}
    assert terminal.said("state", "retry") == "No row failed: nothing to try again."
    assert terminal.said("state", "aside") == "No row failed that was not done since."


def test_adopt_after_a_refresh(terminal: Terminal, org: LocalOrg) -> None:
    fill(terminal, Bound())
    open_mirror(terminal.data, org_id=OLD, kind="local")
    assert "add --yes" in terminal.refused("state", "adopt")
    said = terminal.said("state", "adopt", "--yes")
    assert f"State belongs to Acme ({OLD}, local)" in said
    assert f"({org.org_id}, local)" in said
    assert "Plans that waited have expired" in said
    assert "set aside as" in said
    assert not (terminal.data / "mirror.duckdb").exists()
    assert (terminal.data / "mirror.unusable").exists()
    assert terminal.json("state", "show")["org"]["org_id"] == org.org_id
    assert "already; nothing was changed" in terminal.said("state", "adopt", "--yes")
    with terminal.state() as state:
        assert {plan.status for plan in state.saved_plans(org.org_id)} == {"expired"}


def test_adopt_for_programs(terminal: Terminal, org: LocalOrg) -> None:
    fill(terminal, Bound())
    done = terminal.json("state", "adopt", "--yes")
    assert (done["from"], done["to"], done["mirror_set_aside"]) == (OLD, org.org_id, None)
    assert (done["rows"]["runs"], done["rows"]["asides"]) == (1, 2)


def test_adopt_is_for_the_same_kind_of_org_alone(terminal: Terminal) -> None:
    fill(terminal, Bound(kind="sandbox"))
    open_mirror(terminal.data, org_id=OLD, kind="sandbox")
    error = terminal("state", "adopt").exception
    assert isinstance(error, OrgError)
    assert error.code == "WRONG_ORG"
    assert (terminal.data / "mirror.duckdb").exists()


class Keyboard(io.StringIO):
    """A person at a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_person_is_asked_first(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard("y\n"))
    commands.ask("Hand everything over?", yes=False)
    monkeypatch.setattr(sys, "stdin", Keyboard("n\n"))
    with pytest.raises(typer.Exit):
        commands.ask("Hand everything over?", yes=False)
    assert "Nothing was changed." in capsys.readouterr().out


def test_a_forgotten_person_is_in_no_file(terminal: Terminal) -> None:
    fill(terminal, Bound())
    mirror = open_mirror(terminal.data, org_id=OLD, kind="local")
    with duckdb.connect(str(mirror.path)) as con:
        con.execute('create table mirror.mirror."Contact" (_key bigint, _id varchar, "Name" varchar)')
        con.execute("insert into mirror.mirror._ids values (?, 1)", [PERSON])
        con.execute('insert into mirror.mirror."Contact" values (1, ?, ?)', [PERSON, NAME])
        fields = json.dumps({"fields": []})
        con.execute("insert into mirror.mirror._pulls by name select 'Contact' as object, ? as columns", [fields])
    (terminal.data / "mirror.unusable").write_text(NAME)
    assert "add --yes" in terminal.refused("forget", PERSON)
    done = terminal.json("forget", PERSON[:15], "--yes")
    assert done["ids"] == [PERSON]
    assert (done["gone"]["ledger"], done["gone"]["mirror"], done["gone"]["plans"]) == (1, 1, 1)
    assert [path.name for path in sorted((terminal.data / "plans").iterdir())] == ["bb.jsonl"]
    with terminal.state() as state:
        assert {plan.digest: plan.status for plan in state.saved_plans(OLD)} == {
            "sha256:aa": "expired",
            "sha256:bb": "waiting",
        }
    files = [path for path in terminal.data.rglob("*") if path.is_file()]
    assert [path for path in files if NAME.encode() in path.read_bytes()] == []
    assert "comes back with the next pull" in terminal.said("forget", PERSON, "--yes")


def test_what_nobody_knows_of_yet_has_to_be_forgotten_again(terminal: Terminal) -> None:
    fill(terminal, Bound())
    with terminal.state() as state:
        run = state.start_run(job="nightly", org_id=OLD, as_of=DAY, mapping="telecom", model="tele2").id
        state.intend(run, [Intent(object="Task", operation="create", ref="z", after={"WhoId": PERSON})])
        with state.claim(OLD, run):
            assert isinstance(terminal("forget", PERSON, "--yes").exception, Refused)
    result = terminal("forget", PERSON, "--yes")
    assert result.exit_code == 4
    assert "forget again" in result.stdout


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("Zonderling", "no Salesforce Id"),
        ("003000000000001AAB", "no Salesforce Id"),
        ("00T000000000001EAA", "no Id of an account"),
    ],
)
def test_only_people_and_accounts_are_forgotten(terminal: Terminal, bad: str, says: str) -> None:
    assert says in terminal.refused("forget", bad, "--yes")


def test_ids_are_made_whole() -> None:
    assert forgetting.whole_ids(["001000000000001", FIRM, PERSON]) == [FIRM, PERSON]
    with pytest.raises(UsageError):
        forgetting.whole_ids(["001000000000ABC" + "AAA"])

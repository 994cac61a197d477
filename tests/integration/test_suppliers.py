"""An energy supplier and a software vendor: other mappings, other records, the same program; whole nights over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import suppliers_energie
import suppliers_saas
from firms import serve_folder
from shell import Shell
from suppliers import DAY, MEANT, MODELS, NOON, Supplier, make_folder

from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import LifecycleError
from sf_lifecycle.look import look
from sf_lifecycle.report import RunReport
from sf_lifecycle.stages import work_out

FILLED: dict[str, Callable[[Supplier], dict[str, str]]] = {
    "energie": suppliers_energie.fill,
    "saas": suppliers_saas.fill,
}
# Account → its stage in tele2, efficy, servicenow, profit4sf, flywheel.
STAGES = {"energie": suppliers_energie.STAGES, "saas": suppliers_saas.STAGES}
TASKS = {"energie": suppliers_energie.TASKS, "saas": suppliers_saas.TASKS}


def open_supplier(folder: Path, name: str) -> Supplier:
    made = make_folder(folder, name)
    served = serve_folder(made, accounts=None, now=lambda: NOON)
    supplier = Supplier(name=name, org=served.org, folder=made)
    FILLED[name](supplier)
    return supplier


@pytest.fixture(scope="module", params=["energie", "saas"])
def night(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Supplier, RunReport]]:
    """A supplier after its first night, for tests that change nothing."""
    supplier = open_supplier(tmp_path_factory.mktemp("supplier") / request.param, request.param)
    yield supplier, supplier.run()
    supplier.org.close()


@pytest.fixture(params=["energie", "saas"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Supplier]:
    """A supplier before its first night."""
    supplier = open_supplier(tmp_path / "supplier", request.param)
    yield supplier
    supplier.org.close()


def test_a_first_night_gives_every_firm_its_stage_and_every_rep_their_tasks(night: tuple[Supplier, RunReport]) -> None:
    supplier, first = night
    assert (first.status, first.notes) == ("done", ())
    assert supplier.stages() == {name: stages[0] for name, stages in STAGES[supplier.name].items()}
    made = {(row["Lifecycle_Play__c"], row["Subject"], row["ActivityDate"]) for row in supplier.tasks()}
    assert made == {(play, subject, day) for play, subject, day in TASKS[supplier.name]}
    assert all(row["Lifecycle_Reason__c"] for row in supplier.tasks())
    assert {row["OwnerId"] for row in supplier.tasks()} == {list(supplier.users.values())[-1]}


def test_a_second_night_writes_nothing(night: tuple[Supplier, RunReport]) -> None:
    supplier, _ = night
    second = supplier.run()
    assert (second.status, second.writes) == ("nothing", 0)


def test_a_rep_reads_why_in_the_mappings_own_language(night: tuple[Supplier, RunReport]) -> None:
    supplier, _ = night
    expected = CALL[supplier.name]
    call = next(row for row in supplier.tasks() if row["Subject"] == expected["subject"])
    lines = [line.replace("\xa0", " ") for line in call["Description"].splitlines()]
    assert lines[0] == call["Lifecycle_Reason__c"] == expected["because"]
    assert call["Lifecycle_Basis__c"] == expected["basis"]
    assert expected["line"] in lines
    waves = supplier.rows("SELECT Campaign.Name, Contact.Name FROM CampaignMember ORDER BY Campaign.Name")
    assert [row["Campaign.Name"] for row in waves] == expected["waves"]


CALL: dict[str, dict[str, Any]] = {
    "energie": {
        "subject": "Bakkerij Vonk: Elektriciteit bij Noordstroom opzegbaar tot 15 december 2026",
        "because": "Elektriciteit bij Noordstroom is opzegbaar tot 15 december 2026; ook andere contracten",
        "basis": "Rechtspersoon (BV): geen toestemming nodig",
        "line": "- Gas bij Noordstroom: opzegbaar tot 15 januari 2027, loopt tot 14 februari 2027, € 300,00 per maand.",
        "waves": ["Overstapvenster december 2026", "Overstapvenster januari 2027"],
    },
    "saas": {
        "subject": "Elm Energy: Planner can be ended until 17 December 2026",
        "because": "Planner can be ended until 17 December 2026; it runs to 15 February 2027",
        "basis": "Customer of ours",
        "line": "- Ledger: runs to 28 February 2027, 40 seats, 20,000.00 a year.",
        "waves": ["Time to compare December 2026", "Time to compare November 2026"],
    },
}


def test_another_model_is_one_line_of_the_job(night: tuple[Supplier, RunReport]) -> None:
    """Looked at from the mirror, so that nothing is written."""
    supplier, _ = night
    model = {"energie": "flywheel", "saas": "profit4sf"}[supplier.name]
    names = {row["Id"]: row["Name"] for row in supplier.rows("SELECT Id, Name FROM Account")}
    supplier.model(model)
    with look(load_workspace(supplier.config, environ={}), supplier.name, DAY) as view:
        stages = work_out(view.prepared, view.ground, view.as_of).computed.stages
    supplier.model("tele2")
    found = {names[row["_id"]]: row["word"] for row in stages.select(["_id", "word"]).to_pylist()}
    assert found == {name: words[MODELS.index(model)] for name, words in STAGES[supplier.name].items()}


def test_why_and_check_speak_of_a_mapping_they_never_heard_of(
    night: tuple[Supplier, RunReport], capsys: pytest.CaptureFixture[str]
) -> None:
    supplier, _ = night
    shell = Shell(capsys, supplier.config)
    checked = shell.wants(0, "check")
    assert "The configuration is right" in checked.said
    assert "does not offer" not in checked.said
    assert "16 parties" in checked.said
    name = min(STAGES[supplier.name])
    why = shell.wants(0, "why", name, "--as-of", str(DAY))
    assert name in why.said
    for part in WHY[supplier.name]:
        assert part in why.said


WHY = {
    "energie": (
        "positie: venster: Elektriciteit bij Noordstroom is opzegbaar tot 15 december 2026",
        "gereserveerd: niemand: Niemand heeft daar het woord",
        "Next change by itself: 2026-12-16",
    ),
    "saas": (
        "position: window: Nimbus renews around 10 January 2027",
        "reserved: nobody: Nobody has the word there",
        "Next change by itself: 2026-12-27",
    ),
}


def test_check_needs_no_org(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Types from the firm's own SFDX source."""
    for name in FILLED:
        folder = make_folder(tmp_path / name, name)
        checked = Shell(capsys, folder / "config.toml").wants(0, "check")
        assert "the SFDX source in salesforce" in checked.said
        notes = [line for line in checked.said.split("Note: ")[1:] if "the day has a say in it" not in line]
        assert notes == []  # but for occasions that a day chooses, which are told


@pytest.mark.parametrize("name", FILLED)
def test_check_needs_no_source_either(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a folder as `init` makes it the fields are known by the types that the mapping gives them."""
    from sf_lifecycle.cli.working_folder import make_working_folder

    make_working_folder(tmp_path / "fresh")
    (tmp_path / f"fresh/jobs/{name}.toml").write_text(f'mapping = "{name}"\nmodel = "efficy"\n', encoding="utf-8")
    checked = Shell(capsys, tmp_path / "fresh/config.toml").wants(0, "check")
    assert "2 jobs checked" in checked.said
    assert f"sf-lifecycle metadata {name}" in checked.said  # its words are not in the picklists yet


@pytest.mark.slow
def test_a_window_that_passes_takes_its_task_back(fresh: Supplier) -> None:
    """Nights go by and nobody does a thing: Tasks stay as they are until their facts are gone."""
    fresh.run()
    before = {row["Id"]: row for row in fresh.tasks()}
    play = {"energie": "overstap-venster", "saas": "competitor-window"}[fresh.name]
    fresh.run(DAY + dt.timedelta(days=9))
    now = {row["Id"]: row for row in fresh.tasks()}
    assert {key: now[key] for key in before} == before
    fresh.run(DAY + dt.timedelta(days=23))  # past the last day of the first of them
    firm = {"energie": "Bakkerij Vonk", "saas": "Birch Books"}[fresh.name]
    left = [row for row in fresh.tasks() if row["Lifecycle_Play__c"] == play and row["What.Name"] == firm]
    assert {row["Id"] for row in left} & set(before) == LEFT[fresh.name](before, play, firm)


# The bakery's gas can still be ended: its call stays. The other's only deadline has passed.
LEFT: dict[str, Callable[[dict[str, dict[str, object]], str, str], set[str]]] = {
    "energie": lambda before, play, firm: {
        key for key, row in before.items() if row["Lifecycle_Play__c"] == play and row["What.Name"] == firm
    },
    "saas": lambda before, play, firm: set(),
}


def test_a_field_the_worker_may_not_read_is_named(fresh: Supplier) -> None:
    """Without its second permission set the worker cannot tell one contract from another: nothing is guessed."""
    with fresh.org.org.store.write() as con:
        second = "SELECT Id FROM PermissionSet WHERE Name LIKE 'Lifecycle\\_Worker\\_%' ESCAPE '\\'"
        con.execute(f"DELETE FROM PermissionSetAssignment WHERE PermissionSetId IN ({second})")
    with pytest.raises(LifecycleError) as raised:
        fresh.run()
    assert {"energie": "Soort__c", "saas": "MainCompetitors__c"}[fresh.name] in str(raised.value)
    assert fresh.tasks() == []


@pytest.mark.slow
def test_two_months_can_be_looked_at(night: tuple[Supplier, RunReport], capsys: pytest.CaptureFixture[str]) -> None:
    supplier, _ = night
    shell = Shell(capsys, supplier.config)
    ahead = shell.wants(0, "simulate", supplier.name, "--months", "2", "--as-of", str(DAY))
    assert {"energie": "Overstapvenster", "saas": "Time to compare"}[supplier.name] in ahead.said


@pytest.mark.slow
def test_each_model_runs_for_real_and_then_rests(fresh: Supplier) -> None:
    for number, model in enumerate(MODELS):
        fresh.model(model)
        assert fresh.run(allow=MEANT).status == "done"
        assert fresh.stages() == {name: stages[number] for name, stages in STAGES[fresh.name].items()}
        assert fresh.run().writes == 0


@pytest.mark.slow
def test_two_quiet_months_move_no_task(fresh: Supplier) -> None:
    """Nobody does a thing: a Task stays as it was made, or goes for good."""
    fields = "Lifecycle_Key__c, Subject, ActivityDate, OwnerId, Description"
    seen: dict[str, dict[str, Any]] = {}
    gone: set[str] = set()
    for days in range(0, 64, 7):
        fresh.run(DAY + dt.timedelta(days=days), allow=MEANT | {"clear_values", "remove_members"})
        found = fresh.rows(f"SELECT {fields} FROM Task WHERE Lifecycle_Key__c >= '0'")
        now = {row["Lifecycle_Key__c"]: row for row in found}
        assert not gone & set(now), days
        assert {key: now[key] for key in seen if key in now} == {key: row for key, row in seen.items() if key in now}
        gone |= set(seen) - set(now)
        seen |= now
    assert gone

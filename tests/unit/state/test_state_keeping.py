"""What is not kept: values after a time, and a person's data when they ask."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from state_clock import START, Clock

from sf_lifecycle.errors import UsageError
from sf_lifecycle.state import Failure, Intent, SavedPlan, Settlement, State, Tombstone, WriteStatus, open_state

ORG, OTHER = "00D000000000001AAA", "00D000000000002AAA"
MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
PERSON, FIRM, ELSE = "003000000000001AAA", "001000000000001AAA", "001000000000002AAA"
NAME = "Wilhelmina Zonderling"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def start(state: State, org_id: str = ORG) -> str:
    return state.start_run(job="nightly", org_id=org_id, as_of=MONDAY, mapping="telecom", model="tele2").id


def write(state: State, run: str, row: Intent, status: WriteStatus = "done", record_id: str | None = None) -> None:
    seqs = state.intend(run, [row])
    known = {"Subject": f"Ring {NAME}"} if status == "done" else None
    outcome = Settlement(status=status, record_id=record_id, message=f"about {NAME}", read_back=known)
    state.settle(run, seqs, [outcome])


def task(key: str, who: str = PERSON, firm: str = FIRM) -> Intent:
    after = {"Lifecycle_Key__c": key, "Subject": f"Ring {NAME}", "WhoId": who, "WhatId": firm}
    return Intent(object="Task", operation="create", ref=key, after=after)


def label(state: State, run: str, record_id: str, day: dt.date, word: str, was: str | None = None) -> None:
    columns = ["set", "label", "id", "word", "previous", "since", "highest", "why"]
    row = ("account", "stage", record_id, word, was, day, word, f"{NAME} said so")
    state.record_labels(ORG, run, day, pd.DataFrame([row], columns=columns, dtype=object))


def values(state: State, run: str) -> list[tuple[object, ...]]:
    return [(dict(row.before), dict(row.after), row.read_back, row.message) for row in state.ledger(run)]


GONE: tuple[object, ...] = ({}, {}, None, "")


def test_values_older_than_that_are_blanked_and_the_rows_stay(state: State, clock: Clock) -> None:
    old = start(state)
    write(state, old, task("a"), record_id="00T1")
    write(state, old, task("b"), "failed")
    clock.now += 10 * DAY
    young = start(state)
    write(state, young, task("c"), record_id="00T3")
    assert state.expire_values(ORG, START + DAY) == 2
    assert values(state, old) == [GONE, GONE]
    assert [(row.ref, row.status, row.record_id) for row in state.ledger(old)] == [
        ("a", "done", "00T1"),
        ("b", "failed", None),
    ]
    (kept,) = values(state, young)
    assert kept[1] == dict(task("c").after)
    assert state.last_read_back(ORG, "Task", ["00T1", "00T3"]) == {"00T3": {"Subject": f"Ring {NAME}"}}
    assert state.makers(ORG, "Task") == {"00T1": "nightly", "00T3": "nightly"}
    first, second = state.run(old), state.run(young)
    assert first is not None
    assert second is not None
    assert (first.values_gone, second.values_gone) == (clock.now, None)
    assert state.expire_values(ORG, START + DAY) == 0


def test_a_row_nobody_knows_of_keeps_its_values_until_it_is_settled(state: State, clock: Clock) -> None:
    run = start(state)
    write(state, run, task("a"), "unknown")
    state.intend(run, [task("b")])
    assert state.expire_values(ORG, START + DAY) == 0
    clock.now += 10 * DAY
    state.settle(run, [1, 2], [Settlement(status="done", record_id="00T1"), Settlement(status="failed")])
    assert state.expire_values(ORG, START + DAY) == 0, "settled only now"
    assert state.expire_values(ORG, clock.now + DAY) == 2
    known = state.run(run)
    assert known is not None
    assert known.values_gone is not None


def test_another_orgs_values_are_not_ours_to_blank(state: State) -> None:
    run = start(state, OTHER)
    write(state, run, task("a"))
    assert state.expire_values(ORG, START + 9 * DAY) == 0
    assert values(state, run) != [GONE]


def test_reasons_of_words_left_long_ago_go(state: State) -> None:
    label(state, start(state), FIRM, MONDAY, "prospect")
    label(state, start(state), FIRM, MONDAY + 3 * DAY, "customer", "prospect")
    assert state.expire_values(ORG, START + 3 * DAY) == 0
    assert state.expire_values(ORG, START + 4 * DAY) == 1
    assert state.history(ORG, MONDAY + 4 * DAY)["word"].to_pylist() == ["customer"]
    assert state.history(ORG, MONDAY + 2 * DAY)["word"].to_pylist() == ["prospect"]


def test_old_saved_plans_go(state: State) -> None:
    for digest, made in (("sha256:old", START), ("sha256:new", START + 2 * DAY)):
        plan = SavedPlan(digest=digest, job="nightly", as_of=MONDAY, path="p.jsonl", status="waiting", made=made)
        state.keep_plan(ORG, plan)
    assert state.expire_values(ORG, START + DAY) == 1
    assert [plan.digest for plan in state.saved_plans(ORG)] == ["sha256:new"]


def plant(state: State) -> tuple[str, str]:
    """A person in every corner of state; returns their run and one that is about somebody else."""
    run, other = start(state), start(state)
    write(state, run, task("a"), record_id="00T000000000001AAA")
    # Says nothing of the person but the name: known by the Task that it changes.
    moved = Intent(
        object="Task",
        operation="update",
        ref="00T000000000001AAA",
        record_id="00T000000000001AAA",
        before={"Subject": f"Ring {NAME}"},
        after={"Subject": f"Visit {NAME}"},
    )
    write(state, other, moved, record_id="00T000000000001AAA")
    person = Intent(object="Contact", operation="update", ref=PERSON, record_id=PERSON, after={"Title": NAME})
    write(state, run, person, record_id=PERSON)
    write(state, run, task("b"), "failed")
    label(state, run, PERSON, MONDAY, "prospect")
    failed = [
        Failure(ref="b", digest="v", code="X", message=NAME),
        Failure(ref=PERSON, digest="v", code="X", message=NAME),
    ]
    told = Failure(ref="c", digest="v", code="DUPLICATE", message=f"{NAME} is there already: {PERSON[:15]}")
    state.note_outcomes(ORG, "Task", "create", [*failed, told], [])
    state.bury(ORG, run, [Tombstone(key="a", object="Task", cause="done", on=MONDAY, account=PERSON)])
    return run, other


def elsewhere(state: State) -> str:
    """Somebody else, who stays."""
    run = start(state)
    write(state, run, task("z", "003000000000009AAA", ELSE), record_id="00T000000000009AAA")
    label(state, run, ELSE, MONDAY - DAY, "prospect")
    state.note_outcomes(ORG, "Task", "update", [Failure(ref="00T9", digest="v", code="X", message="no")], [])
    state.bury(ORG, run, [Tombstone(key="z", object="Task", cause="done", on=MONDAY, account=ELSE)])
    return run


def test_a_forgotten_person_is_in_no_row(state: State) -> None:
    run, other = plant(state)
    gone = state.forget(ORG, [PERSON])
    assert gone == {"ledger": 4, "open": 0, "labels": 1, "set_aside": 3, "tombstones": 1}
    assert values(state, run) == [GONE] * 3
    assert values(state, other) == [GONE]
    assert [row.status for row in state.ledger(run)] == ["done", "done", "failed"]
    assert state.history(ORG, MONDAY + DAY).num_rows == 0
    assert state.all_asides(ORG) == []
    assert state.tombstones(ORG)[["key", "account"]].to_dict("records") == [{"key": "a", "account": None}]
    assert state.forget(ORG, [PERSON])["labels"] == 0


def test_nobody_else_is_forgotten(state: State) -> None:
    run = elsewhere(state)
    before = values(state, run)
    plant(state)
    state.forget(ORG, [PERSON, FIRM])
    assert values(state, run) == before
    assert state.history(ORG, MONDAY + DAY)["id"].to_pylist() == [ELSE]
    assert [each.ref for each in state.all_asides(ORG)] == ["00T9"]
    assert set(state.tombstones(ORG)["account"]) == {None, ELSE}


def test_ids_that_differ_in_capitals_are_different_people(state: State) -> None:
    run = start(state)
    write(state, run, task("a", who="003000000000abcAAA"))
    assert state.forget(ORG, ["003000000000ABCAAA"])["ledger"] == 0
    assert state.forget(ORG, ["003000000000abcAAA"])["ledger"] == 1


def test_rows_nobody_knows_of_wait_for_the_next_run(state: State) -> None:
    run = start(state)
    state.intend(run, [task("a")])
    assert state.forget(ORG, [PERSON])["open"] == 1
    state.settle(run, [1], [Settlement(status="done", record_id="00T1")])
    assert state.forget(ORG, [PERSON]) == {"ledger": 1, "open": 0, "labels": 0, "set_aside": 0, "tombstones": 0}
    assert values(state, run) == [GONE]


def traces(folder: Path, text: str) -> list[str]:
    """Files under `folder` that hold the text."""
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_no_trace_is_left_in_the_files(tmp_path: Path) -> None:
    with open_state(f"sqlite:///{tmp_path}/state.db") as state:
        plant(state)
        state.intend(start(state), [Intent(object="Task", operation="create", ref="z", after={"Subject": "Ring Ada"})])
        assert traces(tmp_path, NAME)
        state.forget(ORG, [PERSON])
        assert traces(tmp_path, NAME) == []
        assert traces(tmp_path, "Ring Ada")


def test_values_that_expired_are_not_in_the_files(tmp_path: Path) -> None:
    with open_state(f"sqlite:///{tmp_path}/state.db") as state:
        write(state, start(state), task("a"), record_id="00T1")
        state.expire_values(ORG, dt.datetime.now(dt.UTC) + DAY)
    assert traces(tmp_path, NAME) == []


def test_a_database_that_somebody_reads_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sf_lifecycle.state.database.BUSY_TIMEOUT_MS", 50)
    url = f"sqlite:///{tmp_path}/state.db"
    with open_state(url) as state:
        plant(state)
        engine = sa.create_engine(url)
        with engine.begin() as reader:
            reader.exec_driver_sql("BEGIN")
            reader.exec_driver_sql("SELECT count(*) FROM writes").all()
            with pytest.raises(UsageError, match="may still be read in the database's files"):
                state.forget(ORG, [PERSON])
        engine.dispose()
        assert state.forget(ORG, [PERSON])["labels"] == 0
    assert traces(tmp_path, NAME) == []

"""What the ledger tells of records: who made them, and what is written to them again and again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from state_clock import START, Clock

from sf_lifecycle.state import Intent, Rewritten, Settlement, State, WriteStatus
from sf_lifecycle.state.database import open_database

ORG, OTHER = "00D000000000001AAA", "00D000000000002AAA"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def night(
    state: State,
    clock: Clock,
    values: Mapping[str, Mapping[str, Any]],
    *,
    operation: str = "update",
    status: WriteStatus = "done",
    job: str = "nightly",
    org_id: str = ORG,
) -> str:
    """Write these values (record Id → field → value) a day later."""
    clock.now += dt.timedelta(days=1)
    run = state.start_run(job=job, org_id=org_id, as_of=clock.now.date(), mapping="telecom", model="tele2").id
    kind = {"00T": "Task", "001": "Account"}
    rows = [
        Intent(object=kind[record_id[:3]], operation=operation, ref=f"key-{record_id}", after=after)
        for record_id, after in values.items()
    ]
    state.settle(run, state.intend(run, rows), [Settlement(status=status, record_id=i) for i in values])
    return run


def test_who_made_a_record_is_known(state: State, clock: Clock) -> None:
    night(state, clock, {"00T1": {}, "00T2": {}, "001A": {}}, operation="create")
    night(state, clock, {"00T3": {}}, operation="create", job="weekly")
    night(state, clock, {"00T4": {}})
    night(state, clock, {"00T5": {}}, operation="create", status="exists")
    night(state, clock, {"00T6": {}}, operation="create", org_id=OTHER)
    assert state.makers(ORG, "Task") == {"00T1": "nightly", "00T2": "nightly", "00T3": "weekly"}
    assert state.makers(ORG, "Account") == {"001A": "nightly"}
    assert state.makers(ORG, "Campaign") == {}


def test_the_key_of_a_record_is_the_one_we_gave_it_last(state: State, clock: Clock) -> None:
    night(state, clock, {"00Ta": {}, "00Tb": {}}, operation="create")
    night(state, clock, {"00Ta": {"Lifecycle_Key__c": "play:c"}, "00Tb": {"Subject": "x"}})
    assert state.made(ORG, "Task") == {"00Ta": "play:c", "00Tb": "key-00Tb"}
    night(state, clock, {"00Tb": {}}, operation="delete")
    assert state.made(ORG, "Task") == {"00Ta": "play:c"}
    assert state.made(OTHER, "Task") == {}


def test_a_value_written_twice_to_one_field_is_told(state: State, clock: Clock) -> None:
    night(state, clock, {"001A": {"Stage": "prospect", "Reason": "a"}, "001B": {"Stage": "prospect"}})
    night(state, clock, {"001A": {"Stage": "prospect", "Reason": "b"}, "001B": {"Stage": "customer"}})
    told = Rewritten(object="Account", record_id="001A", field="Stage", value="prospect", times=2)
    assert state.rewritten(ORG, since=START) == [told]
    assert state.rewritten(ORG, at_least=3, since=START) == []
    assert state.rewritten(OTHER, since=START) == []
    night(state, clock, {"001A": {"Stage": "prospect"}})
    assert [each.times for each in state.rewritten(ORG, at_least=3, since=START)] == [3]


def test_a_value_that_goes_to_and_fro_is_no_quarrel(state: State, clock: Clock) -> None:
    for stage in ("prospect", "customer", "prospect", "customer"):
        night(state, clock, {"001A": {"Stage": stage, "Reason": "same"}})
    assert [(each.field, each.times) for each in state.rewritten(ORG, since=START)] == [("Reason", 4)]


def test_a_value_that_is_cleared_again_and_again_counts_too(state: State, clock: Clock) -> None:
    night(state, clock, {"001A": {"Day": None, "Ready": True, "Score": 1.5}})
    night(state, clock, {"001A": {"Day": None, "Ready": True, "Score": 1.5}})
    assert [(each.field, each.value) for each in state.rewritten(ORG, since=START)] == [
        ("Day", None),
        ("Ready", True),
        ("Score", 1.5),
    ]


def test_created_with_a_value_and_set_to_it_again(state: State, clock: Clock) -> None:
    night(state, clock, {"00T1": {"Priority": "High"}}, operation="create")
    night(state, clock, {"00T1": {"Priority": "High"}})
    assert [each.field for each in state.rewritten(ORG, since=START)] == ["Priority"]


def test_what_did_not_reach_the_org_was_not_overwritten(state: State, clock: Clock) -> None:
    night(state, clock, {"001A": {"Stage": "prospect"}})
    night(state, clock, {"001A": {"Stage": "prospect"}}, status="failed")
    night(state, clock, {"001A": {"Stage": "prospect"}}, operation="delete")
    assert state.rewritten(ORG, since=START) == []


def test_what_is_long_ago_counts_no_more(state: State, clock: Clock) -> None:
    night(state, clock, {"001A": {"Stage": "prospect"}})
    night(state, clock, {"001A": {"Stage": "prospect"}})
    night(state, clock, {"001A": {"Stage": "prospect"}})
    assert [each.times for each in state.rewritten(ORG, since=START + dt.timedelta(days=2))] == [2]
    assert state.rewritten(ORG, since=START + dt.timedelta(days=3)) == []


def test_neither_question_reads_the_whole_ledger(url: str) -> None:
    if url.startswith("postgresql"):
        pytest.skip("how SQLite plans a query")
    database = open_database(url)
    asked: list[tuple[str, Any]] = []
    sa.event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, values, *_: asked.append((statement, values)),
    )
    with State(database, Clock()) as state:
        state.makers(ORG, "Task")
        state.rewritten(ORG, since=START)
    database = open_database(url)
    with database.read() as connection:
        for statement, values in asked:
            if "writes" in statement:
                plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
                assert not [step for step in plan if step.startswith("SCAN writes")], plan
    database.close()

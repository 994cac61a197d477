"""The ledger: intents before, outcomes after."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from sf_lifecycle.state import Intent, Settlement, State

ORG = "00D000000000001AAA"


def start(state: State, org_id: str = ORG) -> str:
    as_of = dt.date(2026, 11, 22)
    return state.start_run(job="nightly", org_id=org_id, as_of=as_of, mapping="telecom", model="tele2").id


def task(key: str) -> Intent:
    return Intent(object="Task", operation="create", ref=key, after={"Lifecycle_Key__c": key, "Subject": "Ring 'em 🔔"})


def test_rows_are_numbered_through_a_run(state: State) -> None:
    run, other = start(state), start(state)
    assert state.intend(run, [task("a"), task("b")]) == [1, 2]
    assert state.intend(run, [task("c")]) == [3]
    assert state.intend(other, [task("d")]) == [1]
    assert state.intend(run, []) == []


def test_a_row_keeps_what_was_before_and_what_became_of_it(state: State) -> None:
    run = start(state)
    update = Intent(
        object="Account",
        operation="update",
        ref="001A",
        record_id="001A",
        before={"Lifecycle_Stage__c": "prospect", "Lifecycle_Reason__c": None},
        after={"Lifecycle_Stage__c": None, "Lifecycle_Reason__c": "why"},
    )
    seqs = state.intend(run, [task("a"), update])
    done = Settlement(status="done", record_id="00T1", read_back={"Subject": "Ring"}, attempts=2)
    state.settle(run, seqs, [done, Settlement(status="failed", code="ENTITY_IS_DELETED", message="entity is deleted")])
    first, second = state.ledger(run)
    assert (first.status, first.record_id, first.read_back, first.attempts) == ("done", "00T1", {"Subject": "Ring"}, 2)
    assert first.after["Subject"] == "Ring 'em 🔔"
    assert first.settled_at is not None
    assert first.settled_at >= first.sent_at
    assert (second.before, second.after) == (dict(update.before), dict(update.after))
    assert (second.record_id, second.code) == ("001A", "ENTITY_IS_DELETED")


def test_each_row_needs_its_outcome(state: State) -> None:
    run = start(state)
    seqs = state.intend(run, [task("a"), task("b")])
    with pytest.raises(ValueError, match="zip"):
        state.settle(run, seqs, [Settlement(status="done")])
    assert {row.status for row in state.ledger(run)} == {"intent"}


def test_what_nobody_knows_of_is_found_again(state: State) -> None:
    killed, elsewhere = start(state), start(state, "00D000000000002AAA")
    first, second, third, _ = state.intend(killed, [task("a"), task("b"), task("c"), task("d")])
    state.settle(killed, [first, second, third], [Settlement(status=s) for s in ("done", "unknown", "exists")])
    state.intend(elsewhere, [task("x")])
    assert [(row.ref, row.status) for row in state.unsettled(ORG)] == [("b", "unknown"), ("d", "intent")]


def test_the_last_read_back_of_a_record_counts(state: State) -> None:
    first, second = start(state), start(state)
    seqs = state.intend(first, [task("a"), task("b"), task("c")])
    state.settle(
        first,
        seqs,
        [
            Settlement(status="done", record_id="00T1", read_back={"Subject": "old"}),
            Settlement(status="exists", record_id="00T2", code="DIFFERENT"),
            Settlement(status="done", record_id="00T3"),
        ],
    )
    (seq,) = state.intend(second, [Intent(object="Task", operation="update", ref="00T1", record_id="00T1")])
    state.settle(second, [seq], [Settlement(status="done", record_id="00T1", read_back={"Subject": "new"})])
    assert state.last_read_back(ORG, "Task", ["00T1", "00T2", "00T3"]) == {"00T1": {"Subject": "new"}}
    assert state.last_read_back(ORG, "CampaignMember", ["00T1"]) == {}


def test_whom_a_person_chose_is_not_whom_we_gave_it_to(state: State) -> None:
    given, reworded, moved = ({"OwnerId": owner, "Subject": subject} for owner, subject in ("ab", "bc", "cd"))
    seen = []
    for after, found in (({"OwnerId": "a"}, given), ({"Subject": "c"}, reworded), ({"OwnerId": "c"}, moved)):
        run = start(state)
        (seq,) = state.intend(
            run, [Intent(object="Task", operation="update", ref="00T1", record_id="00T1", after=after)]
        )
        state.settle(run, [seq], [Settlement(status="done", record_id="00T1", read_back=found)])
        seen.append(state.last_read_back(ORG, "Task", ["00T1"])["00T1"])
    assert seen == [given, reworded | {"OwnerId": "a"}, moved]


def test_a_long_ledger_is_read_in_pages(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sf_lifecycle.state.ledger.PAGE", 3)
    run = start(state)
    state.intend(run, [task(str(i)) for i in range(7)])
    assert [row.ref for row in state.ledger(run)] == [str(i) for i in range(7)]


def test_a_write_belongs_to_a_run(state: State) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        state.intend("no-such-run", [task("a")])

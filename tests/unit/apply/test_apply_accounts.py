"""Whatever the org answers: each row has one outcome, nothing is made twice, the next runs put right what is open."""

from __future__ import annotations

import random
from typing import Any

import pytest
from apply_paper import ORG_ID, PaperOrg, changed_tasks, deleted_tasks, fresh_state, new_tasks, plan_of, start
from hypothesis import HealthCheck, given, settings, strategies as st

from sf_lifecycle.apply import ApplyReport, Effort, apply_plan, recover
from sf_lifecycle.apply.report import Tally, Unaccounted
from sf_lifecycle.errors import OrgError
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.state import Settlement, State, Write

ENDS = {"done", "exists", "failed", "unknown"}
CHANCES = st.sampled_from([0.0, 0.05, 0.3, 0.8])


def carry_out(plan: Plan, org: PaperOrg, state: State, *, rows: int = 200, **options: Any) -> ApplyReport:
    """Apply, and hold report, ledger and org against each other."""
    run = start(state)
    effort = Effort(rows=rows, bulk_rows=rows * 3, sleep=lambda _: None)
    report = apply_plan(plan, org.as_org(), state, run, effort=effort, **options)
    writes = list(state.ledger(run.id))
    assert {write.status for write in writes} <= ENDS
    assert len(writes) == sum(section.sent + section.set_aside for section in report.sections)
    for section in report.sections:
        mine = [write for write in writes if (write.object, write.operation) == (section.object, section.operation)]
        assert section.sent == section.done + section.exists + section.failed + section.unknown
        assert section.sent + section.set_aside == len(mine) <= section.planned
        assert section.done == sum(write.status == "done" for write in mine)
        if report.error is None:
            assert section.sent + section.set_aside == section.planned
    assert org.blind == [], "nothing is sent again before it is read back"
    for write in writes:
        hold_against(org, write)
    return report


def hold_against(org: PaperOrg, write: Write) -> None:
    """What the ledger says of a row is so."""
    held = org.records.get(write.object, {})
    match write.operation, write.status:
        case "create", "done":
            record = held[str(write.record_id)]
            assert record["Lifecycle_Key__c"] == write.ref
            assert write.read_back is not None
        case "create", "exists":
            assert org.keys()[write.ref] == 1
        case "create", "failed":
            assert org.keys()[write.ref] == 0
        case "update", "done":
            assert write.after.items() <= held[write.ref].items()
        case "delete", "done" | "exists":
            assert held[write.ref]["IsDeleted"]
        case "delete", "failed":
            assert not held[write.ref]["IsDeleted"]


@given(
    count=st.integers(1, 25),
    rows=st.integers(1, 10),
    bad_row=CHANCES,
    bad_call=CHANCES,
    seed=st.integers(0, 10_000),
    way=st.sampled_from(["rest", "bulk"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_org_answers_the_books_balance_and_the_next_runs_converge(
    count: int, rows: int, bad_row: float, bad_call: float, seed: int, way: str
) -> None:
    org = PaperOrg(dice=random.Random(seed), bad_row=bad_row, bad_call=bad_call)
    options: dict[str, Any] = {"rows": rows, "transport": {"Task": way}}
    with fresh_state() as state:
        plan = plan_of(new_tasks(count))
        carry_out(plan, org, state, **options)
        heal(org, state)
        carry_out(plan, org, state, **options)
        assert set(org.keys().values()) == {1}
        assert len(org.keys()) == count
        made = [row for row in org.records["Task"].values() if not row["IsDeleted"]]
        third = max(1, count // 3)
        ids = [row["Id"] for row in made[third:]]
        plan = plan_of(deleted_tasks(made[:third]), changed_tasks(ids[:third], status="Deferred"))
        org.bad_row, org.bad_call = bad_row, bad_call
        carry_out(plan, org, state, **options)
        heal(org, state)
        report = carry_out(plan, org, state, **options)
        assert report.status == "done"
        assert sum(row["IsDeleted"] for row in made) == third
        stones = state.tombstones(ORG_ID)
        assert sorted(stones["key"]) == sorted(row["Lifecycle_Key__c"] for row in made[: third + len(ids[:third])])


def heal(org: PaperOrg, state: State) -> None:
    """The org is well again, the next run settles what is open, and a person has refused rows tried again."""
    org.bad_row = org.bad_call = 0
    recover(org.as_org(), state)
    assert state.unsettled(ORG_ID) == []
    state.retry_asides(ORG_ID, None)


def test_a_row_without_an_outcome_is_a_bug_and_told_as_one() -> None:
    tally = Tally("Task", "create", 2)
    with pytest.raises(Unaccounted, match="2 rows sent, 1 have an outcome"):
        tally.add(["a", "b"], [Settlement(status="done")])
    with pytest.raises(Unaccounted, match="2 rows sent, 1 have an outcome"):
        tally.add(["a", "b"], [Settlement(status="done"), Settlement(status="intent")])


def test_an_answer_that_lacks_a_row_leaves_the_batch_open(monkeypatch: pytest.MonkeyPatch) -> None:
    org = PaperOrg()
    send = org.create
    monkeypatch.setattr(org, "create", lambda name, records: send(name, records)[:-1])
    with fresh_state() as state:
        run = start(state)
        with pytest.raises(ValueError, match="shorter"):
            apply_plan(plan_of(new_tasks(3)), org.as_org(), state, run)
        assert {write.status for write in state.ledger(run.id)} == {"intent"}
        assert recover(org.as_org(), state).done == 3


def test_a_recovery_that_the_org_interrupts_goes_on_next_time() -> None:
    org = PaperOrg(bad_call=1, dice=random.Random(3))
    with fresh_state() as state:
        for _ in range(5):
            carry_out(plan_of(new_tasks(4)), org, state)
        org.bad_call = 3  # every query fails
        if state.unsettled(ORG_ID):
            with pytest.raises(OrgError):
                recover(org.as_org(), state)
        org.bad_call = 0
        recover(org.as_org(), state)
        assert state.unsettled(ORG_ID) == []


# Order, and never two requests at once


def test_rows_of_one_account_are_neighbours_and_in_one_request_where_they_fit() -> None:
    org = PaperOrg()
    with fresh_state() as state:
        section = new_tasks(20)
        shuffled = section.rows.sample(frac=1, random_state=1)
        section = type(section)(object="Task", operation="create", fields=section.fields, rows=shuffled)
        carry_out(plan_of(section), org, state, rows=5)
    where: dict[str, set[int]] = {}
    records = {row["Lifecycle_Key__c"]: row["WhatId"] for row in org.records["Task"].values()}
    for number, (_, _, keys) in enumerate(org.requests):
        assert len(keys) <= 5
        for key in keys:
            where.setdefault(records[key], set()).add(number)
    assert all(len(requests) == 1 for requests in where.values())


def test_bulk_portions_are_as_large_as_they_may_be() -> None:
    org = PaperOrg()
    with fresh_state() as state:
        carry_out(plan_of(new_tasks(25)), org, state, rows=4, transport={"Task": "bulk"})
    assert [len(keys) for _, _, keys in org.requests] == [12, 12, 1]


def test_changed_tasks_of_a_plan_that_waited_are_compared_first() -> None:
    org = PaperOrg()
    with fresh_state() as state:
        carry_out(plan_of(new_tasks(4)), org, state)
        ids = list(org.records["Task"])
        for ref in ids:
            org.records["Task"][ref]["Subject"] = "?"
        org.records["Task"][ids[0]]["Subject"] = "a rep's"
        report = carry_out(plan_of(changed_tasks(ids)), org, state, waited=True)
        assert (report.sections[0].done, report.sections[0].failed) == (3, 1)
        assert report.troubles[0].code == "GROUND_MOVED"

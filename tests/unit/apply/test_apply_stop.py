"""A stop is heard between any two requests that write, not only between batches."""

from __future__ import annotations

import pytest
from apply_paper import (
    ORG_ID,
    REFUSALS,
    PaperOrg,
    changed_tasks,
    deleted_tasks,
    fresh_state,
    new_tasks,
    plan_of,
    start,
)

from sf_lifecycle.apply import ApplyReport, Effort, apply_plan
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.salesforce import UNKNOWN, RowOutcome
from sf_lifecycle.state import State, Write

TOO_MANY = REFUSALS[3][:2]


def carry_out(
    plan: Plan, org: PaperOrg, state: State, *, requests: int, transport: str = "rest"
) -> tuple[ApplyReport, list[Write]]:
    """Stopped after so many requests that write."""
    run, before = start(state), len(org.requests)
    report = apply_plan(
        plan,
        org.as_org(),
        state,
        run,
        should_stop=lambda: len(org.requests) - before >= requests,
        effort=Effort(rows=8, sleep=lambda _: None),
        transport={"Task": transport},
    )
    assert len(org.requests) - before <= requests
    return report, list(state.ledger(run.id))


@pytest.mark.parametrize("transport", ["rest", "bulk"])
@pytest.mark.parametrize("requests", [1, 2, 3, 4, 6])
def test_a_batch_that_is_halved_stops_in_between(requests: int, transport: str) -> None:
    org = PaperOrg(most=1)
    with fresh_state() as state:
        report, writes = carry_out(plan_of(new_tasks(8)), org, state, requests=requests, transport=transport)
        assert (report.status, report.error) == ("stopped", None)
        assert len(org.requests) == requests
        assert len(writes) == 8
        made = set(org.keys())
        assert {write.ref for write in writes if write.status == "done"} == made
        left = [write for write in writes if write.ref not in made]
        assert {(write.status, write.code) for write in left} == {("failed", "NOT_SENT")}
        assert {write.message for write in left} == {"the run was stopped before it was sent"}
        assert state.all_asides(ORG_ID) == []
        org.most = None
        report, _ = carry_out(plan_of(new_tasks(8)), org, state, requests=99)
        assert report.status == "done"
        assert len(org.keys()) == 8


def test_a_stop_that_comes_when_nothing_is_left_stops_nothing() -> None:
    org = PaperOrg()
    with fresh_state() as state:
        report, _ = carry_out(plan_of(new_tasks(8)), org, state, requests=1)
        assert (report.status, report.written) == ("done", 8)


def test_a_row_that_waits_for_a_lock_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    org = PaperOrg()
    with fresh_state() as state:
        monkeypatch.setattr(org, "bad_row", 1)
        monkeypatch.setattr(org.dice, "choice", lambda _: REFUSALS[1])
        report, writes = carry_out(plan_of(new_tasks(2)), org, state, requests=2)
        assert report.status == "stopped"
        assert {(write.status, write.code, write.attempts) for write in writes} == {("failed", "NOT_SENT", 2)}


def test_a_row_whose_answer_was_lost_stays_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    org = PaperOrg()
    lost = RowOutcome(ok=False, id=None, code=UNKNOWN, message="lost")

    def losing(name: str, records: list[object]) -> list[RowOutcome]:
        org.requests.append(("create", name, ()))
        return [lost for _ in records]

    monkeypatch.setattr(org, "create", losing)
    with fresh_state() as state:
        report, writes = carry_out(plan_of(new_tasks(2)), org, state, requests=1)
        assert report.status == "stopped"
        assert {(write.status, write.attempts) for write in writes} == {("unknown", 1)}
        assert len(state.unsettled(ORG_ID)) == 2


def test_what_a_stop_kept_standing_is_not_buried_and_updates_count_as_unwritten() -> None:
    org = PaperOrg()
    with fresh_state() as state:
        carry_out(plan_of(new_tasks(8)), org, state, requests=99)
        rows = list(org.records["Task"].values())
        org.most = 1
        report, writes = carry_out(plan_of(deleted_tasks(rows)), org, state, requests=5)
        gone = {row["Lifecycle_Key__c"] for row in rows if row["IsDeleted"]}
        assert (report.status, len(gone)) == ("stopped", 2)
        assert {write.code for write in writes if write.status == "failed"} == {"NOT_SENT"}
        assert set(state.tombstones(ORG_ID)["key"]) == gone
        standing = [row["Id"] for row in rows if not row["IsDeleted"]]
        report, writes = carry_out(plan_of(changed_tasks(standing)), org, state, requests=1)
        assert (report.status, {write.code for write in writes}) == ("stopped", {"NOT_SENT"})


def test_a_row_that_was_refused_by_itself_before_the_stop_keeps_its_refusal() -> None:
    org = PaperOrg(most=0)
    with fresh_state() as state:
        report, writes = carry_out(plan_of(new_tasks(2)), org, state, requests=2)
        assert report.status == "stopped"
        assert sorted(write.code for write in writes) == [TOO_MANY[0], "NOT_SENT"]

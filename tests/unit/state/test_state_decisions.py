"""What people decide: holds, plans that wait, guards lifted once; and which kinds of run there are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from state_clock import START, Clock, ticking

from sf_lifecycle.errors import UsageError
from sf_lifecycle.state import Hold, RunStatus, SavedPlan, State

ORG, OTHER = "00D000000000001AAA", "00D000000000002AAA"
MONDAY = dt.date(2026, 11, 23)


@pytest.fixture
def clock() -> Clock:
    return ticking()


def start(state: State, **more: str) -> str:
    about: dict[str, Any] = {"job": "nightly", "org_id": ORG, "mapping": "telecom", "model": "tele2"} | more
    return state.start_run(as_of=MONDAY, **about).id


def end(state: State, status: RunStatus, **more: str) -> None:
    state.finish_run(start(state, **more), status=status, counts={}, calls=0)


def plan(digest: str = "sha256:ab12cd34", **more: object) -> SavedPlan:
    about: dict[str, Any] = {
        "job": "nightly",
        "as_of": MONDAY,
        "path": f"plans/{digest[-8:]}.jsonl",
        "status": "waiting",
    }
    return SavedPlan(**({"digest": digest, "made": START} | about | more))


def test_a_job_is_held_until_it_is_released(state: State) -> None:
    first, second = start(state), start(state)
    assert state.held(ORG, "nightly") is None
    assert not state.release(ORG, "nightly", who="ann", why="nothing to release")
    state.hold(ORG, "nightly", first, who="bob", why="undone")
    state.hold(ORG, "nightly", first, who="bob", why="undone again")
    state.hold(ORG, "nightly", second, who="ann", why="undone as well")
    held = state.held(ORG, "nightly")
    assert isinstance(held, Hold)
    assert (held.run_id, held.who, held.why, held.job) == (second, "ann", "undone as well", "nightly")
    assert [each.run_id for each in state.holds(ORG)] == [second, first]
    assert state.held(ORG, "weekly") is None
    assert state.held(OTHER, "nightly") is None
    assert state.release(ORG, "nightly", who="ann", why="the mapping is right now")
    assert state.held(ORG, "nightly") is None
    state.hold(ORG, "nightly", first, who="bob", why="once more")
    assert state.held(ORG, "nightly") is not None


def test_runs_have_a_kind(state: State) -> None:
    undone = start(state)
    undo = state.start_run(
        job="nightly", org_id=ORG, as_of=MONDAY, mapping="telecom", model="tele2", kind="undo", undoes=undone
    )
    assert (undo.kind, undo.undoes, undo.allowed, undo.values_gone) == ("undo", undone, {}, None)
    assert state.run(undo.id) == undo
    run = state.run(undone)
    assert run is not None
    assert (run.kind, run.undoes) == ("run", "")


def test_only_runs_that_carried_out_a_plan_count_as_completed(state: State) -> None:
    for status in ("done", "partial", "nothing", "waiting", "failed", "refused", "busy", "stopped"):
        end(state, status)
    end(state, "done", kind="apply")
    end(state, "done", kind="undo")
    end(state, "done", job="weekly")
    end(state, "done", org_id=OTHER)
    start(state)
    assert state.completed_runs(ORG, "nightly") == 3
    assert state.completed_runs(ORG, "never") == 0


def test_who_lifted_a_guard_and_why_is_kept(state: State) -> None:
    run_id = start(state)
    state.note_allowed(run_id, {"update_records", "create_records"}, who="ann", why="new play, looked through")
    run = state.run(run_id)
    assert run is not None
    assert run.allowed == {
        "guards": ["create_records", "update_records"],
        "who": "ann",
        "why": "new play, looked through",
    }


def test_a_plan_is_found_by_part_of_its_digest(state: State) -> None:
    for digest in ("sha256:ab12cd34", "sha256:ab99ef56", "sha256:0012cd34ff"):
        state.keep_plan(ORG, plan(digest))
    found = state.saved_plan(ORG, "sha256:ab12cd34")
    assert found == plan("sha256:ab12cd34")
    assert state.saved_plan(ORG, "ab12") == found
    assert state.saved_plan(ORG, "sha256:ab12") == found
    assert state.saved_plan(ORG, "ef56") == plan("sha256:ab99ef56")
    assert state.saved_plan(ORG, "12cd34f") is None
    assert state.saved_plan(ORG, "%") is None
    assert state.saved_plan(OTHER, "ab12") is None
    with pytest.raises(UsageError, match="several saved plans"):
        state.saved_plan(ORG, "ab")


def test_plans_are_listed_newest_first(state: State) -> None:
    later = START + dt.timedelta(hours=1)
    state.keep_plan(ORG, plan("sha256:a"))
    state.keep_plan(ORG, plan("sha256:b", made=later))
    state.decide_plan(ORG, "sha256:a", "rejected", who="ann", why="too many")
    assert [each.digest for each in state.saved_plans(ORG)] == ["sha256:b", "sha256:a"]
    assert [each.digest for each in state.saved_plans(ORG, "waiting")] == ["sha256:b"]
    (rejected,) = state.saved_plans(ORG, "rejected")
    assert (rejected.who, rejected.why, rejected.decided is not None) == ("ann", "too many", True)


def test_a_plan_is_approved_then_applied_and_never_again(state: State) -> None:
    made, applied = start(state), start(state)
    state.keep_plan(ORG, plan("sha256:a", run_id=made))
    state.decide_plan(ORG, "sha256:a", "approved", who="ann")
    state.decide_plan(ORG, "sha256:a", "approved", who="bob")
    known = state.saved_plan(ORG, "sha256:a")
    assert known is not None
    assert (known.status, known.who, known.run_id) == ("approved", "ann", made)
    state.decide_plan(ORG, "sha256:a", "applied", who="ann", run_id=applied)
    known = state.saved_plan(ORG, "sha256:a")
    assert known is not None
    assert (known.status, known.run_id) == ("applied", applied)
    with pytest.raises(UsageError, match="was applied already by ann"):
        state.decide_plan(ORG, "sha256:a", "rejected", who="bob")


def test_a_persons_word_stands_when_the_same_plan_is_made_again(state: State) -> None:
    state.keep_plan(ORG, plan("sha256:a"))
    state.keep_plan(ORG, plan("sha256:a", path="plans/elsewhere.jsonl"))
    known = state.saved_plan(ORG, "sha256:a")
    assert known is not None
    assert known.path == "plans/elsewhere.jsonl"
    state.decide_plan(ORG, "sha256:a", "rejected", who="ann")
    state.keep_plan(ORG, plan("sha256:a"))
    known = state.saved_plan(ORG, "sha256:a")
    assert known is not None
    assert (known.status, known.path) == ("rejected", "plans/elsewhere.jsonl")
    state.keep_plan(ORG, plan("sha256:b"))
    state.decide_plan(ORG, "sha256:b", "expired", who="")
    with pytest.raises(UsageError, match="plan sha256:b has expired; make a new plan"):
        state.decide_plan(ORG, "sha256:b", "approved", who="bob")
    with pytest.raises(UsageError, match="was rejected already"):
        state.decide_plan(ORG, "sha256:a", "approved", who="bob")


def test_what_was_applied_may_be_wanted_again(state: State) -> None:
    state.keep_plan(ORG, plan("sha256:a"))
    state.decide_plan(ORG, "sha256:a", "applied", who="ann")
    known = state.keep_plan(ORG, plan("sha256:a", path="plans/again.jsonl"))
    assert (known.status, known.who, known.decided, known.path) == ("waiting", "", None, "plans/again.jsonl")


def test_a_no_stands_until_a_person_asks_anew(state: State) -> None:
    state.keep_plan(ORG, plan("sha256:a"))
    state.decide_plan(ORG, "sha256:a", "rejected", who="ann", why="too many")
    known = state.keep_plan(ORG, plan("sha256:a"))
    assert (known.status, known.who, known.why) == ("rejected", "ann", "too many")
    assert state.keep_plan(ORG, plan("sha256:a"), asked_anew=True).status == "waiting"


def test_an_approved_plan_may_wait_again(state: State) -> None:
    state.keep_plan(ORG, plan("sha256:a"))
    state.decide_plan(ORG, "sha256:a", "approved", who="ann")
    state.decide_plan(ORG, "sha256:a", "waiting", who="", why="the org went into maintenance")
    known = state.saved_plan(ORG, "sha256:a")
    assert known is not None
    assert (known.status, known.decided, known.why) == ("waiting", None, "the org went into maintenance")


def test_there_must_be_a_plan_to_decide_about(state: State) -> None:
    with pytest.raises(UsageError, match="no saved plan sha256:never"):
        state.decide_plan(ORG, "sha256:never", "approved", who="ann")

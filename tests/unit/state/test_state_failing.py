"""Rows that failed: counted per values sent, forgotten when they succeed or when a person says so."""

from __future__ import annotations

import datetime as dt
import time

import pytest
import sqlalchemy as sa
from state_clock import START, Clock

from sf_lifecycle.state import Failure, State

ORG, OTHER = "00D000000000001AAA", "00D000000000002AAA"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def failure(ref: str, digest: str = "v1", message: str = "a rule says no") -> Failure:
    return Failure(ref=ref, digest=digest, code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message=message)


def fail(state: State, *failures: Failure, succeeded: tuple[str, ...] = ()) -> None:
    state.note_outcomes(ORG, "Task", "create", failures, succeeded)


def attempts(state: State, *refs: str) -> dict[str, int]:
    return {ref: each.attempts for ref, each in state.asides(ORG, "Task", "create", refs).items()}


def test_attempts_are_counted_while_the_values_are_the_same(state: State, clock: Clock) -> None:
    fail(state, failure("a"), failure("b"))
    clock.now += dt.timedelta(days=1)
    fail(state, failure("a", message="another rule says no"))
    (aside,) = state.asides(ORG, "Task", "create", ["a", "never"]).values()
    assert (aside.attempts, aside.message) == (2, "another rule says no")
    assert (aside.object, aside.operation, aside.ref, aside.digest) == ("Task", "create", "a", "v1")
    assert (aside.since, aside.last) == (START, clock.now)
    assert attempts(state, "a", "b") == {"a": 2, "b": 1}


def test_other_values_make_a_fresh_row(state: State, clock: Clock) -> None:
    fail(state, failure("a"))
    fail(state, failure("a"))
    clock.now += dt.timedelta(days=1)
    fail(state, failure("a", "v2"))
    (aside,) = state.asides(ORG, "Task", "create", ["a"]).values()
    assert (aside.attempts, aside.digest, aside.since) == (1, "v2", clock.now)


def test_success_is_the_end_of_it(state: State) -> None:
    fail(state, failure("a"), failure("b"))
    fail(state, failure("b"), succeeded=("a", "c"))
    assert attempts(state, "a", "b", "c") == {"b": 2}


def test_success_of_another_kind_changes_nothing(state: State) -> None:
    fail(state, failure("a"))
    state.note_outcomes(ORG, "Task", "update", [failure("x")], ["a"])
    state.note_outcomes(OTHER, "Task", "create", [failure("x")], ["a"])
    assert attempts(state, "a", "x") == {"a": 1}


def test_a_good_night_writes_nothing(state: State, url: str) -> None:
    if url.startswith("postgresql"):
        pytest.skip("SQLite's counter of changes")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        before = connection.exec_driver_sql("PRAGMA data_version").scalar()
        fail(state, succeeded=tuple(map(str, range(200))))
        assert connection.exec_driver_sql("PRAGMA data_version").scalar() == before
        fail(state, failure("a"))
        assert connection.exec_driver_sql("PRAGMA data_version").scalar() != before
    engine.dispose()


def test_a_person_may_have_them_tried_again(state: State) -> None:
    fail(state, *map(failure, "abcd"))
    state.note_outcomes(OTHER, "Task", "create", [failure("a")], [])
    assert [each.ref for each in state.all_asides(ORG)] == ["a", "b", "c", "d"]
    assert state.retry_asides(ORG, ["a", "never"]) == 1
    assert state.retry_asides(ORG, []) == 0
    assert attempts(state, *"abcd") == {"b": 1, "c": 1, "d": 1}
    assert state.retry_asides(ORG, None) == 3
    assert (state.all_asides(ORG), len(state.all_asides(OTHER))) == ([], 1)


@pytest.mark.slow
def test_a_rule_that_refuses_a_million_rows(state: State) -> None:
    rows = [failure(f"switch-window:{n:016x}") for n in range(1_000_000)]
    began = time.monotonic()
    fail(state, *rows)
    fail(state, *rows)
    assert attempts(state, rows[7].ref) == {rows[7].ref: 2}
    assert len(state.asides(ORG, "Task", "create", [each.ref for each in rows])) == 1_000_000
    assert time.monotonic() - began < 180

"""Which failures are tried again, how long, and which of a row's refusals are its own."""

from __future__ import annotations

import time

import pytest

from sf_lifecycle.salesforce.decide import Move, row_is_to_blame, row_stops_all
from sf_lifecycle.salesforce.errors import Fault, Reached
from sf_lifecycle.salesforce.retry import CallFailed, Patience, with_patience

QUICK = Patience(attempts=4, first_wait=0.01, longest_wait=0.02, jitter=0.005)


class Failing:
    """Fails so many times, with one move, then answers."""

    def __init__(self, move: Move, times: int = 99) -> None:
        self.move, self.times, self.tries = move, times, 0

    def __call__(self) -> str:
        self.tries += 1
        if self.tries > self.times:
            return "answer"
        raise CallFailed(Fault(reached=Reached.ANSWERED, status=503, code="SERVER_UNAVAILABLE"), self.move, "Asking")


@pytest.mark.parametrize("move", [Move.AGAIN, Move.BACK_OFF])
def test_what_passes_is_tried_again_so_often_and_no_more(move: Move) -> None:
    assert with_patience(QUICK, Failing(move, times=3)) == "answer"
    stubborn = Failing(move)
    with pytest.raises(CallFailed):
        with_patience(QUICK, stubborn)
    assert stubborn.tries == QUICK.attempts


@pytest.mark.parametrize("move", [Move.UNKNOWN, Move.REFUSED, Move.STOP, Move.RELOGIN])
def test_nothing_else_is_tried_again(move: Move) -> None:
    failing = Failing(move)
    with pytest.raises(CallFailed):
        with_patience(QUICK, failing)
    assert failing.tries == 1


def test_a_bug_is_not_tried_again() -> None:
    tries = []

    def once() -> None:
        tries.append(1)
        raise KeyError("bug")

    with pytest.raises(KeyError):
        with_patience(QUICK, once)
    assert len(tries) == 1


def test_no_try_begins_after_the_deadline() -> None:
    patience = Patience(attempts=50, total_seconds=0.2, first_wait=0.05, longest_wait=0.08, jitter=0)
    failing, began = Failing(Move.AGAIN), time.monotonic()
    with pytest.raises(CallFailed):
        with_patience(patience, failing)
    assert time.monotonic() - began < 0.2
    assert failing.tries < 6
    patience = Patience(attempts=50, total_seconds=5, first_wait=10, longest_wait=60)
    failing, began = Failing(Move.BACK_OFF), time.monotonic()
    with pytest.raises(CallFailed):
        with_patience(patience, failing)
    assert (failing.tries, time.monotonic() - began < 1) == (1, True), "a wait beyond the deadline is not begun"


def test_waits_double_up_to_a_cap_are_longer_for_a_busy_org_and_never_the_same() -> None:
    steady = Patience(first_wait=0.5, longest_wait=4, jitter=0, busy_factor=4)
    assert [steady.wait(Move.AGAIN, tries) for tries in range(1, 6)] == [0.5, 1, 2, 4, 4]
    assert [steady.wait(Move.BACK_OFF, tries) for tries in range(1, 4)] == [2, 4, 4]
    for move in (Move.AGAIN, Move.BACK_OFF):
        waits = {Patience(jitter=1).wait(move, 9) for _ in range(40)}
        assert len(waits) > 5
        assert all(30 <= wait < 31 for wait in waits)


@pytest.mark.parametrize(
    ("code", "message", "its_own"),
    [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "VAT number required", True),
        ("REQUIRED_FIELD_MISSING", "", True),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "", True),
        ("DUPLICATES_DETECTED", "", True),
        ("INACTIVE_OWNER_OR_USER", "", True),
        ("ENTITY_IS_DELETED", "", True),
        ("JSON_PARSER_ERROR", "", True),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "", True),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger: System.NullPointerException", True),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger: UNABLE_TO_LOCK_ROW, unable to obtain", False),
        ("UNABLE_TO_LOCK_ROW", "", False),
        ("ENTITY_IS_LOCKED", "", False),
        ("UNKNOWN", "", False),
        ("UNKNOWN_EXCEPTION", "", False),
        ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "", False),
        ("STORAGE_LIMIT_EXCEEDED", "", False),
        ("REQUEST_LIMIT_EXCEEDED", "", False),
        ("INVALID_FIELD", "No such column", False),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "", False),
        ("", "", False),
    ],
)
def test_only_what_will_be_the_same_tomorrow_is_the_rows_own(code: str, message: str, its_own: bool) -> None:
    assert row_is_to_blame(code, message) is its_own


def test_some_refusals_of_a_row_hold_for_all_rows() -> None:
    assert row_stops_all("STORAGE_LIMIT_EXCEEDED")
    assert not row_stops_all("FIELD_CUSTOM_VALIDATION_EXCEPTION")

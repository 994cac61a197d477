"""The rows of one call, one after the other: each stands alone, unless the org's automation lets all of them fall."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from .errors import ApiError
from .fault import BATCH_RETRIES

if TYPE_CHECKING:
    from .org import Org

Given = TypeVar("Given")
Made = TypeVar("Made")


class _Undone(Exception):
    """Ends the transaction of a call that comes to nothing."""


def carry_out(
    org: Org, rows: Iterable[Given], work: Callable[[Given], Made], *, object_name: str, operation: str
) -> list[Made | ApiError]:
    """An outcome for each row. Call inside `org.store.write()`."""
    outcomes: list[Made | ApiError] = []
    try:
        with org.store.write():
            for row in rows:
                outcomes.append(_one(org, row, work))
            failed = sum(isinstance(outcome, ApiError) for outcome in outcomes)
            some = 0 < failed < len(outcomes)
            if some and org.faults.on_call(BATCH_RETRIES, object_name, operation, rows=failed):
                raise _Undone
    except _Undone:
        return [outcome if isinstance(outcome, ApiError) else too_many_retries() for outcome in outcomes]
    return outcomes


def too_many_retries() -> ApiError:
    """What good rows are told when bad ones made the triggers run again too often."""
    return ApiError(
        "UNKNOWN_EXCEPTION", "Too many batch retries in the presence of Apex triggers and partial failures."
    )


def _one(org: Org, row: Given, work: Callable[[Given], Made]) -> Made | ApiError:
    try:
        with org.store.write():
            return work(row)
    except ApiError as refused:
        return refused

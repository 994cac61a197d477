"""From Salesforce's answer for one row to what is done next. Pure."""

from __future__ import annotations

from enum import StrEnum

from sf_lifecycle.salesforce import UNKNOWN, RowOutcome, row_is_transient
from sf_lifecycle.state import Settlement

DUPLICATE = "DUPLICATE_VALUE"
ALREADY_A_MEMBER = "already a campaign member"


class Verdict(StrEnum):
    """What an answer means."""

    DONE = "done"
    EXISTS = "exists"
    """A record with this key, or this member, is there: read it, compare, never write over it."""
    UNKNOWN = "unknown"
    """The answer is lost: read back before anything is sent again."""
    AGAIN = "again"
    """A lock: nothing is wrong with the row."""
    FAILED = "failed"


def judge(outcome: RowOutcome, operation: str) -> Verdict:
    """By the error code; the one message looked at is Salesforce's own for a member who is one already."""
    if outcome.ok:
        return Verdict.DONE
    if outcome.code == UNKNOWN:
        return Verdict.UNKNOWN
    if operation == "create" and (outcome.code == DUPLICATE or ALREADY_A_MEMBER in outcome.message.lower()):
        return Verdict.EXISTS
    return Verdict.AGAIN if row_is_transient(outcome.code, outcome.message) else Verdict.FAILED


def settlement(verdict: Verdict, outcome: RowOutcome, attempts: int) -> Settlement:
    """How the row stands if nothing more becomes known of it. The Id of another's record is not taken for ours."""
    status: dict[Verdict, Settlement] = {
        Verdict.DONE: Settlement(status="done", record_id=outcome.id, attempts=attempts),
        Verdict.UNKNOWN: Settlement(
            status="unknown", code=outcome.code, message=outcome.message or "the answer was lost", attempts=attempts
        ),
    }
    failed = Settlement(status="failed", code=outcome.code, message=_with_fields(outcome), attempts=attempts)
    return status.get(verdict, failed)


def _with_fields(outcome: RowOutcome) -> str:
    unnamed = [name for name in outcome.fields if name not in outcome.message]
    return f"{outcome.message} ({', '.join(unnamed)})" if unnamed else outcome.message

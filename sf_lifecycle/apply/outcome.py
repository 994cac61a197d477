"""From Salesforce's answer for one row to what is done next. Pure."""

from __future__ import annotations

from enum import StrEnum

from sf_lifecycle.salesforce import UNKNOWN, RowOutcome, row_is_transient, row_wants_smaller_batch
from sf_lifecycle.state import Settlement, WriteStatus

DUPLICATE = "DUPLICATE_VALUE"
ALREADY_A_MEMBER = "already a campaign member"
NO_SUCH_RECORD = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"})
UNREADABLE = "JSON_PARSER_ERROR"  # one value that the org cannot read refuses the whole request


class Verdict(StrEnum):
    """What an answer means."""

    DONE = "done"
    EXISTS = "exists"
    """A record with this key, or this member, is there: read it, compare, never write over it."""
    UNKNOWN = "unknown"
    """The answer is lost: read back before anything is sent again."""
    GONE = "gone"
    """What should be deleted may have gone already: look."""
    AGAIN = "again"
    """A lock: nothing is wrong with the row."""
    SMALLER = "smaller"
    """Too many rows at once for the org's automation, or in bad company: nothing was done, fewer may pass."""
    FAILED = "failed"


UNSURE = frozenset({Verdict.UNKNOWN, Verdict.EXISTS, Verdict.GONE})  # until the org was asked what it has


def judge(outcome: RowOutcome, operation: str) -> Verdict:
    """By the error code; the one message looked at is Salesforce's own for a member who is one already."""
    if outcome.ok:
        return Verdict.DONE
    if outcome.code == UNKNOWN:
        return Verdict.UNKNOWN
    if operation == "create" and (outcome.code == DUPLICATE or ALREADY_A_MEMBER in outcome.message.lower()):
        return Verdict.EXISTS
    if operation == "delete" and outcome.code in NO_SUCH_RECORD:
        return Verdict.GONE
    if row_is_transient(outcome.code, outcome.message):
        return Verdict.AGAIN
    if outcome.code == UNREADABLE or row_wants_smaller_batch(outcome.code, outcome.message):
        return Verdict.SMALLER
    return Verdict.FAILED


def settlement(verdict: Verdict, outcome: RowOutcome, attempts: int) -> Settlement:
    """How the row stands if nothing more becomes known of it. The Id of another's record is not taken for ours."""
    if verdict is Verdict.DONE:
        return Settlement(status="done", record_id=outcome.id, attempts=attempts)
    status: WriteStatus = "unknown" if verdict in UNSURE else "failed"
    message = _with_fields(outcome) or ("the answer was lost" if verdict is Verdict.UNKNOWN else "")
    return Settlement(status=status, code=outcome.code, message=message, attempts=attempts)


def _with_fields(outcome: RowOutcome) -> str:
    unnamed = [name for name in outcome.fields if name not in outcome.message]
    return f"{outcome.message} ({', '.join(unnamed)})" if unnamed else outcome.message

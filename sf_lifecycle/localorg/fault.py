"""Faults on order: what goes wrong in a real org, when a test asks for it.

A fault is a rule that matches requests, rows, calls or Bulk jobs, and says how often it strikes.

| kind | strikes | what happens |
|---|---|---|
| `expired_session` | a request | 401 INVALID_SESSION_ID, and the session is gone |
| `unavailable` | a request | 503 with a page in HTML |
| `limit_exceeded` | a request | 403 REQUEST_LIMIT_EXCEEDED, the daily limit |
| `concurrent_limit` | a request | 403 REQUEST_LIMIT_EXCEEDED, too many long requests at once |
| `maintenance` | a write or a Bulk request | refused: the org is read-only |
| `query_timeout` | a query | 400 QUERY_TIMEOUT |
| `request_error` | a request | `status`, `code` and `message` |
| `lost_request` | a request | the connection drops and nothing is done |
| `lost_reply` | a request | done, then the connection drops |
| `truncated` | a request | done; half of the reply arrives, then the connection drops |
| `stalled` | a request | done; half of the reply arrives, the rest `seconds` later |
| `slow_reply` | a request | done at once; the reply comes `seconds` later |
| `slow_request` | a request | done only `seconds` later, also where nobody waits for it any more |
| `row_error` | a row | refused with `code`, `message` and `fields`; a row lock where none are given |
| `entity_locked` | a row updated or deleted | refused with ENTITY_IS_LOCKED: an approval holds the record |
| `overwrite` | a row written | automation: after the write `field` holds `value` |
| `chunk_limit` | a call of more than `rows` rows | every row fails with a LimitException |
| `batch_retries` | a call in which `rows` rows or more fail | the others fail too: "Too many batch retries …" |
| `bulk_fails` | a Bulk job | it fails after the share `after` of its rows; the others are not processed |
| `bulk_aborted` | a Bulk job | somebody aborts it after the share `after` of its rows |
| `bulk_slow` | a Bulk job | it stays InProgress for `seconds` before its first row |

What narrows a rule, each empty or absent for "all": `method` and `path` (a part of it) of requests; `object` and
`operation` (insert, update, upsert, delete, query, read) of all of them; `where` of rows: field -> value the record has
once it is written, `Id` included. `skip` lets the first matches pass, `times` ends the rule (absent: after one; null:
never), `chance` strikes only that share of the matches, drawn with `seed`, so that the same order of calls is struck
the same way again. The first rule that strikes wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

EXPIRED_SESSION = "expired_session"
UNAVAILABLE = "unavailable"
LIMIT_EXCEEDED = "limit_exceeded"
CONCURRENT_LIMIT = "concurrent_limit"
MAINTENANCE = "maintenance"
QUERY_TIMEOUT = "query_timeout"
REQUEST_ERROR = "request_error"
LOST_REQUEST = "lost_request"
LOST_REPLY = "lost_reply"
TRUNCATED = "truncated"
STALLED = "stalled"
SLOW_REPLY = "slow_reply"
SLOW_REQUEST = "slow_request"
ROW_ERROR = "row_error"
ENTITY_LOCKED = "entity_locked"
OVERWRITE = "overwrite"
CHUNK_LIMIT = "chunk_limit"
BATCH_RETRIES = "batch_retries"
BULK_FAILS = "bulk_fails"
BULK_ABORTED = "bulk_aborted"
BULK_SLOW = "bulk_slow"

_REFUSALS = frozenset([UNAVAILABLE, LIMIT_EXCEEDED, CONCURRENT_LIMIT, MAINTENANCE, QUERY_TIMEOUT, REQUEST_ERROR])
_BROKEN = frozenset([LOST_REQUEST, LOST_REPLY, TRUNCATED, STALLED, SLOW_REPLY, SLOW_REQUEST])
REQUEST_KINDS = frozenset([EXPIRED_SESSION]) | _REFUSALS | _BROKEN
ROW_KINDS = frozenset([ROW_ERROR, ENTITY_LOCKED, OVERWRITE])
CALL_KINDS = frozenset([CHUNK_LIMIT, BATCH_RETRIES])
JOB_KINDS = frozenset([BULK_FAILS, BULK_ABORTED, BULK_SLOW])
KINDS = REQUEST_KINDS | ROW_KINDS | CALL_KINDS | JOB_KINDS

_LOCKED = ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One rule; the table above says what the fields mean. ValueError for one that makes no sense."""

    kind: str
    times: int | None = 1
    skip: int = 0
    chance: float = 1.0
    seed: int = 1
    method: str = ""
    path: str = ""
    object: str = ""
    operation: str = ""
    where: Mapping[str, Any] | None = None
    code: str = _LOCKED[0]
    message: str = _LOCKED[1]
    fields: tuple[str, ...] = ()
    status: int = 400
    field: str = ""
    value: Any = None
    rows: int = 0
    after: float = 0.0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind: {self.kind}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"times: {self.times} is less than 1; leave it out, or null for always")
        if not 0 < self.chance <= 1:
            raise ValueError(f"chance: {self.chance} is not above 0 and at most 1")
        if not 0 <= self.after <= 1:
            raise ValueError(f"after: {self.after} is not a share between 0 and 1")
        if self.seconds < 0 or self.skip < 0 or self.rows < 0:
            raise ValueError("seconds, skip and rows cannot be negative")


def fault_from_json(data: Mapping[str, Any]) -> Fault:
    """ValueError (or TypeError, for a value of the wrong type) for what is no rule."""
    known = {f.name for f in fields(Fault)}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    if "kind" not in data:
        raise ValueError(f"a fault needs its kind: {', '.join(sorted(KINDS))}")
    return Fault(**{**data, "fields": tuple(data.get("fields", ()))})

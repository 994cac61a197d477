"""Many SOQL queries in one call: each subrequest of `/composite/batch` is answered apart, the call counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce.decide import decide
from sf_lifecycle.salesforce.errors import fault_of_answer
from sf_lifecycle.salesforce.query import Row, flatten, rest_of_rows
from sf_lifecycle.salesforce.retry import CallFailed
from sf_lifecycle.salesforce.transport import Transport, batch

MOST_QUERIES = 25
_WHAT = "A query"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One query. `all_rows` adds deleted and archived ones."""

    soql: str
    all_rows: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one query gave: its first page, or `error`. `next`: where the rest waits, for `query_rest`.

    `total`: rows in all; of a `SELECT COUNT()` the count.
    """

    rows: list[Row]
    total: int
    next: str | None = None
    error: OrgError | None = None


def query_many(transport: Transport, queries: Sequence[Asked], *, what: str = _WHAT) -> list[Answer]:
    """The queries' answers in their order, 25 to a call. One that fails spoils no other; raises only where a whole
    call fails.
    """
    found: list[Answer] = []
    for start in range(0, len(queries), MOST_QUERIES):
        urls = [_url(transport, each) for each in queries[start : start + MOST_QUERIES]]
        found += [_answer(status, body, what) for status, body in batch(transport, urls, what=what)]
    return found


def query_rest(transport: Transport, following: str, *, what: str = _WHAT) -> list[Row]:
    """The pages after the first. OrgError INVALID_QUERY_LOCATOR where the org has forgotten the cursor."""
    return rest_of_rows(transport, following, what=what)


def _url(transport: Transport, asked: Asked) -> str:
    path = "queryAll" if asked.all_rows else "query"
    return f"v{transport.version}/{path}?q={quote(asked.soql, safe='')}"


def _answer(status: int, body: Any, what: str) -> Answer:
    if status == 200 and isinstance(body, dict) and isinstance(body.get("records"), list):
        following = None if body.get("done", True) else str(body["nextRecordsUrl"])
        rows = [flatten(record) for record in body["records"]]
        return Answer(rows=rows, total=int(body["totalSize"]), next=following)
    fault = fault_of_answer(status, body)
    failed = CallFailed(fault, decide(fault, repeatable=True), what)
    return Answer(rows=[], total=0, error=failed.as_org_error())

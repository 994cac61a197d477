"""Creates, updates and deletes: REST collections of at most 200 records, one outcome a row in the order they were sent.

Nothing here is sent twice unless it certainly was not done: a lost answer makes every row of the call UNKNOWN, and
whoever sent them reads back before sending again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sf_lifecycle.salesforce.decide import Move
from sf_lifecycle.salesforce.errors import Fault
from sf_lifecycle.salesforce.retry import CallFailed
from sf_lifecycle.salesforce.transport import Transport, as_json

MOST_RECORDS = 200
UNKNOWN = "UNKNOWN"
_PATH = "composite/sobjects"


@dataclass(frozen=True, kw_only=True)
class RowOutcome:
    """What became of one row. `code` UNKNOWN: sent, and the answer is lost; `id` is the record's where it is known."""

    ok: bool
    id: str | None
    code: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()


def create_rows(transport: Transport, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[RowOutcome]:
    """Inserts. Rows refused have no id."""
    return _send(transport, "POST", f"Creating {object_name}", _body(object_name, records), [None] * len(records))


def update_rows(transport: Transport, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[RowOutcome]:
    """Updates by `Id`; ValueError where a record has none. None clears a field, a field left out is left alone."""
    ids = [str(record.get("Id") or "") for record in records]
    if not all(ids):
        raise ValueError("every record of an update needs its Id")
    return _send(transport, "PATCH", f"Updating {object_name}", _body(object_name, records), ids)


def delete_rows(transport: Transport, ids: Sequence[str]) -> list[RowOutcome]:
    """Deletes to the recycle bin."""
    params = {"ids": ",".join(ids), "allOrNone": "false"}
    return _send(transport, "DELETE", "Deleting", {"params": params}, list(ids))


def _body(object_name: str, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    rows = [{"attributes": {"type": object_name}, **record} for record in records]
    return {"body": {"allOrNone": False, "records": rows}}


def _send(
    transport: Transport, method: str, what: str, options: Mapping[str, Any], ids: Sequence[str | None]
) -> list[RowOutcome]:
    if len(ids) > MOST_RECORDS:
        raise ValueError(f"{len(ids)} records in one call; Salesforce takes {MOST_RECORDS}")
    if not ids:
        return []
    try:
        answer = transport.attempt(method, _PATH, what=what, read=as_json, repeatable=False, **options)
    except CallFailed as failure:
        if failure.move is Move.UNKNOWN:
            return [_lost(row_id, failure.fault) for row_id in ids]
        if failure.move is Move.REFUSED:
            return [_refused(row_id, failure.fault) for row_id in ids]
        raise failure.as_org_error() from failure
    if not isinstance(answer, list) or len(answer) != len(ids):
        return [_row(row_id, UNKNOWN, "the answer does not have a row for each record") for row_id in ids]
    return [_outcome(result, row_id) for result, row_id in zip(answer, ids, strict=True)]


def _outcome(result: Mapping[str, Any], row_id: str | None) -> RowOutcome:
    found = result.get("id") or row_id
    if result.get("success") is True:
        return RowOutcome(ok=True, id=found)
    errors = result.get("errors") or [{}]
    first = errors[0]
    message = "; ".join(str(error.get("message", "")) for error in errors)
    code = str(first.get("statusCode") or first.get("errorCode") or "NO_CODE")
    fields = tuple(str(name) for error in errors for name in error.get("fields") or ())
    return RowOutcome(ok=False, id=found, code=code, message=message, fields=fields)


def _lost(row_id: str | None, fault: Fault) -> RowOutcome:
    return _row(row_id, UNKNOWN, ": ".join(part for part in (fault.code, fault.message) if part))


def _refused(row_id: str | None, fault: Fault) -> RowOutcome:
    """The call was refused as a whole for what one of its rows holds: no row was done."""
    code = fault.code or f"HTTP_{fault.status}"
    return RowOutcome(ok=False, id=row_id, code=code, message=fault.message, fields=fault.fields)


def _row(row_id: str | None, code: str, message: str) -> RowOutcome:
    return RowOutcome(ok=False, id=row_id, code=code, message=message)

"""What changed or was deleted in a stretch of time."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..clock import stamp
from ..errors import ApiError
from ..schema import SObject
from .calls import Call, Reply

_UPDATED_DAYS, _DELETED_DAYS = 30, 15
_MOST_IDS = 600_000


def updated(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    start, end = _window(call, _UPDATED_DAYS)
    rows = _select(call, sobject, "0", start, end)
    return Reply(body={"ids": [r[0] for r in rows], "latestDateCovered": _shown(end)})


def deleted(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    start, end = _window(call, _DELETED_DAYS)
    rows = _select(call, sobject, "1", start, end)
    return Reply(
        body={
            "deletedRecords": [{"id": r[0], "deletedDate": f"{r[1][:-1]}+0000"} for r in rows],
            "earliestDateAvailable": _shown(call.org.now() - timedelta(days=_DELETED_DAYS)),
            "latestDateCovered": _shown(end),
        }
    )


def _select(call: Call, sobject: SObject, flag: str, start: datetime, end: datetime) -> list[tuple[str, str]]:
    if sobject.get("IsDeleted") is None or sobject.get("SystemModstamp") is None:
        raise ApiError("INVALID_TYPE_FOR_OPERATION", f"entity type {sobject.name} does not support replication")
    sql, params = call.access.row_filter(sobject.name) or ("1", ())
    with call.org.store.read() as con:
        rows = con.execute(
            f'SELECT "Id", "SystemModstamp" FROM "{sobject.name}" WHERE "IsDeleted" = {flag}'
            f' AND "SystemModstamp" >= ? AND "SystemModstamp" < ? AND {sql} ORDER BY "Id" LIMIT {_MOST_IDS + 1}',
            (stamp(start), stamp(end), *params),
        ).fetchall()
    if len(rows) > _MOST_IDS:
        raise ApiError("EXCEEDED_ID_LIMIT", "too many ids: choose a shorter time")
    return [(row[0], row[1]) for row in rows]


def _window(call: Call, days: int) -> tuple[datetime, datetime]:
    start, end = _moment(call, "start"), _moment(call, "end")
    if end <= start:
        raise ApiError("INVALID_REPLICATION_DATE", "startDate must be before endDate")
    if start < call.org.now() - timedelta(days=days):
        raise ApiError("INVALID_REPLICATION_DATE", f"startDate cannot be more than {days} days ago")
    return start, end


def _moment(call: Call, name: str) -> datetime:
    text = call.query.get(name, "").replace(" ", "+")  # a plus sign that was not encoded
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ApiError("INVALID_REPLICATION_DATE", f"{name}: not a date and time with an offset: {text}")
    return found


def _shown(moment: datetime) -> str:
    return stamp(moment)[:-1] + "+0000"

"""Versions, resources, limits, record counts."""

from __future__ import annotations

from typing import Any

from ..errors import ApiError
from .calls import Call, Reply

FIRST_VERSION, LAST_VERSION = 31, 68
_RETIRED = range(21, FIRST_VERSION)
_SEASONS = ("Winter", "Spring", "Summer")
_STORAGE_MB, _ROW_KB = 10_240, 2


def versions() -> list[dict[str, str]]:
    return [
        {"label": _label(v), "url": f"/services/data/v{v}.0", "version": f"{v}.0"}
        for v in range(FIRST_VERSION, LAST_VERSION + 1)
    ]


def _label(version: int) -> str:
    """v65 is Winter '26; three releases a year, Winter bearing the next year's number."""
    since = version - 65
    return f"{_SEASONS[since % 3]} '{26 + since // 3:02d}"


def check_version(version: str) -> None:
    """ApiError for an API version that is retired, or not there."""
    number = int(float(version))
    if number in _RETIRED:
        raise ApiError("UNSUPPORTED_API_VERSION", f"API version {version} is retired", status=410)
    if not FIRST_VERSION <= number <= LAST_VERSION:
        raise ApiError("NOT_FOUND", "The requested resource does not exist", status=404)


def resources(call: Call) -> Reply:
    names = ("sobjects", "query", "queryAll", "composite", "limits", "jobs")
    return Reply(body={name: f"{call.base}/{name}" for name in names})


def limits(call: Call) -> Reply:
    meter = call.org.meter
    used_mb = _rows(call) * _ROW_KB // 1024
    return Reply(
        body={
            "ConcurrentAsyncGetReportInstances": _limit(200, 200),
            "DailyApiRequests": _limit(meter.limit, meter.limit - meter.used),
            "DailyBulkApiBatches": _limit(15_000, 15_000),
            "DailyBulkV2QueryJobs": _limit(10_000, 10_000),
            "DailyBulkV2QueryFileStorageMB": _limit(976_562, 976_562),
            "DataStorageMB": _limit(_STORAGE_MB, max(0, _STORAGE_MB - used_mb)),
            "FileStorageMB": _limit(_STORAGE_MB, _STORAGE_MB),
            "MassEmail": _limit(5000, 5000),
            "SingleEmail": _limit(5000, 5000),
        }
    )


def _limit(most: int, remaining: int) -> dict[str, Any]:
    return {"Max": most, "Remaining": remaining}


def record_count(call: Call) -> Reply:
    """Counts whatever the user's sharing: that is what they are good for."""
    wanted = [n.strip() for n in call.query.get("sObjects", "").split(",") if n.strip()]
    objects = [o for n in wanted if (o := call.org.schema.get(n)) is not None and call.access.object_readable(n)]
    if not wanted:
        objects = [o for o in call.org.schema.objects.values() if call.access.object_readable(o.name)]
    return Reply(body={"sObjects": [{"count": _count(call, o.name), "name": o.name} for o in objects]})


def _count(call: Call, name: str) -> int:
    """Living, unarchived rows. All rows less the deleted ones, because both counts have an index to run over."""
    sobject = call.org.store.object(name)
    sql = f'SELECT count(*) FROM "{sobject.name}"'
    with call.org.store.read() as con:
        if sobject.get("IsArchived"):
            return int(con.execute(f'{sql} WHERE "IsDeleted" = 0 AND "IsArchived" = 0').fetchone()[0])
        total = int(con.execute(sql).fetchone()[0])
        if sobject.get("IsDeleted"):
            total -= int(con.execute(f'{sql} WHERE "IsDeleted" = 1').fetchone()[0])
        return total


def _rows(call: Call) -> int:
    """About how many rows there are in all: the last row numbers, which cost nothing to read."""
    with call.org.store.read() as con:
        tables = [o.name for o in call.org.schema.objects.values()]
        return sum(con.execute(f'SELECT max(rowid) FROM "{t}"').fetchone()[0] or 0 for t in tables)

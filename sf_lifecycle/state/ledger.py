"""The ledger: every write intended before it is sent, settled after, with the values before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from sf_lifecycle.state.bulk import IDS
from sf_lifecycle.state.schema import runs, writes
from sf_lifecycle.state.values import Intent, Settlement, Write

PAGE = 5_000
OWNER = "OwnerId"


def intend(connection: Connection, run_id: str, rows: Sequence[Intent], now: dt.datetime) -> list[int]:
    """The rows' sequence numbers, in their order."""
    last = connection.scalar(select(func.max(writes.c.seq)).where(writes.c.run_id == run_id)) or 0
    values: list[dict[str, Any]] = [
        {
            "run_id": run_id,
            "seq": seq,
            "object": row.object,
            "operation": row.operation,
            "ref": row.ref,
            "record_id": row.record_id,
            "before": dict(row.before),
            "after": dict(row.after),
            "status": "intent",
            "code": "",
            "message": "",
            "attempts": 0,
            "sent_at": now,
        }
        for seq, row in enumerate(rows, start=last + 1)
    ]
    if values:
        connection.execute(insert(writes), values)
    return [value["seq"] for value in values]


_SETTLE = (
    update(writes)
    .where(writes.c.run_id == bindparam("of_run"), writes.c.seq == bindparam("of_seq"))
    .values(
        status=bindparam("status"),
        record_id=func.coalesce(bindparam("record_id"), writes.c.record_id),
        code=bindparam("code"),
        message=bindparam("message"),
        attempts=bindparam("attempts"),
        read_back=bindparam("read_back"),
        settled_at=bindparam("settled_at"),
    )
)


def settle(
    connection: Connection, run_id: str, seqs: Sequence[int], outcomes: Sequence[Settlement], now: dt.datetime
) -> None:
    """One outcome for each row. A record's Id once known is not forgotten."""
    values: list[dict[str, Any]] = [
        {
            "of_run": run_id,
            "of_seq": seq,
            "status": outcome.status,
            "record_id": outcome.record_id,
            "code": outcome.code,
            "message": outcome.message,
            "attempts": outcome.attempts,
            "read_back": None if outcome.read_back is None else dict(outcome.read_back),
            "settled_at": None if outcome.status == "intent" else now,
        }
        for seq, outcome in zip(seqs, outcomes, strict=True)
    ]
    if values:
        connection.execute(_SETTLE, values)


def unsettled(connection: Connection, org_id: str) -> list[Write]:
    """Rows of which nobody knows whether they reached the org, oldest first."""
    query = (
        select(writes)
        .join(runs, runs.c.id == writes.c.run_id)
        .where(runs.c.org_id == org_id, writes.c.status.in_(("intent", "unknown")))
        .order_by(writes.c.run_id, writes.c.seq)
    )
    return [_write(row) for row in connection.execute(query).mappings()]


def page(connection: Connection, run_id: str, after: int) -> list[Write]:
    """At most PAGE rows of a run in the order of sending, those behind sequence number `after`."""
    query = select(writes).where(writes.c.run_id == run_id, writes.c.seq > after).order_by(writes.c.seq).limit(PAGE)
    return [_write(row) for row in connection.execute(query).mappings()]


def last_read_back(
    connection: Connection, org_id: str, object_name: str, ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """Record Id → what the org held right after our last write; records we never read back are not in it.

    The owner is that of the last write that gave one: whom a person chose since then is not whom we chose.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(ids), IDS):
        query = (
            select(writes.c.record_id, writes.c.after, writes.c.read_back)
            .join(runs, runs.c.id == writes.c.run_id)
            .where(writes.c.record_id.in_(ids[start : start + IDS]), writes.c.object == object_name)
            .where(runs.c.org_id == org_id, writes.c.read_back.is_not(None))
            .order_by(runs.c.started, writes.c.run_id, writes.c.seq)
        )
        for row in connection.execute(query):
            earlier = found.get(row.record_id, {})
            given = OWNER in row.after or OWNER not in earlier
            found[row.record_id] = row.read_back if given else {**row.read_back, OWNER: earlier[OWNER]}
    return found


def _write(row: RowMapping) -> Write:
    return Write(**dict(row))

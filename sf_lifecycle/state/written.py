"""What the ledger tells of records: which job made them, and what was written to them again and again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from sqlalchemy import Connection, Text, func, literal_column, or_, select, type_coerce

from sf_lifecycle.state.schema import runs, writes
from sf_lifecycle.state.values import Rewritten

KEY = "Lifecycle_Key__c"

# Spelled out, not bound: only then does the database see that its indexes over a part of the rows will do.
_DONE = writes.c.status == literal_column("'done'")
_MADE = _DONE & (writes.c.operation == literal_column("'create'"))


def makers(connection: Connection, org_id: str, object_name: str) -> dict[str, str]:
    """Record Id → the job that created it, for every record of this object that we created."""
    query = (
        select(writes.c.record_id, runs.c.job)
        .join(runs, runs.c.id == writes.c.run_id)
        .where(_MADE, writes.c.object == object_name, runs.c.org_id == org_id, writes.c.record_id.is_not(None))
    )
    return {row.record_id: row.job for row in connection.execute(query)}


def rewritten(connection: Connection, org_id: str, *, at_least: int = 2, since: dt.datetime) -> list[Rewritten]:
    """Values written to a field of a record at least so often, and no other in between, in runs since `since`.

    A stage that goes to and fro is no quarrel: each of its values is written once before the other. Only rows of those
    runs are looked at, and the values of none but the records written more than once.
    """
    recent = select(runs.c.id).where(runs.c.org_id == org_id, runs.c.started >= since)
    sent = (_DONE, writes.c.run_id.in_(recent), writes.c.operation.in_(("create", "update")))
    often = select(writes.c.record_id).where(*sent, writes.c.record_id.is_not(None))
    often = often.group_by(writes.c.record_id).having(func.count() >= at_least)
    rows = connection.execute(
        select(writes.c.object, writes.c.record_id, writes.c.after)
        .join(runs, runs.c.id == writes.c.run_id)
        .where(*sent, writes.c.record_id.in_(often))
        .order_by(runs.c.started, writes.c.run_id, writes.c.seq)
    )
    last: dict[tuple[str, str, str], tuple[bytes, int]] = {}
    for row in rows:
        for name, value in row.after.items():
            field, said = (row.object, row.record_id, name), _canonical(value)
            before, times = last.get(field, (b"", 0))
            last[field] = (said, times + 1 if said == before else 1)
    return [
        Rewritten(object=kind, record_id=record_id, field=name, value=orjson.loads(value), times=number)
        for (kind, record_id, name), (value, number) in sorted(last.items())
        if number >= at_least
    ]


def _canonical(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def made(connection: Connection, org_id: str, object_name: str) -> dict[str, str]:
    """Record Id → the key that our last write gave it, for every record that we created and did not delete."""
    of_org = (writes.c.object == object_name, runs.c.org_id == org_id, writes.c.record_id.is_not(None))
    joined = writes.join(runs, runs.c.id == writes.c.run_id)
    created = select(writes.c.record_id, writes.c.ref).select_from(joined).where(_MADE, *of_org)
    found = {row.record_id: row.ref for row in connection.execute(created)}
    later = (
        select(writes.c.record_id, writes.c.operation, writes.c.after)
        .select_from(joined)
        .where(_DONE, *of_org)
        .where(or_(writes.c.operation == "delete", type_coerce(writes.c.after, Text).like(f'%"{KEY}"%')))
        .where(writes.c.operation != "create")
        .order_by(runs.c.started, writes.c.run_id, writes.c.seq)
    )
    for row in connection.execute(later):
        if row.operation == "delete":
            found.pop(row.record_id, None)
        elif row.record_id in found and row.after.get(KEY):
            found[row.record_id] = row.after[KEY]
    return found

"""What the ledger tells of one account: what was made for it, when, and whether it was taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, or_, select, type_coerce

from sf_lifecycle.state.schema import runs, writes

_OURS = ("Task", "CampaignMember")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A record that we made. `values`: what was written, empty once they are kept no longer; `taken_back`: the as-of
    day on which we deleted it.
    """

    object: str
    id: str
    day: dt.date
    job: str
    values: Mapping[str, Any]
    taken_back: dt.date | None = None


def made_about(connection: Connection, org_id: str, ids: Collection[str], until: dt.date) -> list[Made]:
    """Tasks and memberships that runs for days up to `until` made and that name one of `ids`; oldest first."""
    if not ids:
        return []
    done = (writes.c.status == "done", runs.c.org_id == org_id, runs.c.as_of <= until)
    text = type_coerce(writes.c.after, Text)
    columns = (writes.c.object, writes.c.record_id, runs.c.as_of, runs.c.job, writes.c.after)
    query = (
        select(*columns)
        .join(runs, runs.c.id == writes.c.run_id)
        .where(*done, writes.c.operation == "create", writes.c.object.in_(_OURS))
        .where(writes.c.record_id.is_not(None), or_(*(text.like(f'%"{id_}"%') for id_ in sorted(ids))))
        .order_by(runs.c.as_of, runs.c.started, writes.c.run_id, writes.c.seq)
    )
    rows = connection.execute(query).all()
    gone = (
        select(writes.c.record_id, runs.c.as_of)
        .join(runs, runs.c.id == writes.c.run_id)
        .where(*done, writes.c.operation == "delete", writes.c.record_id.in_([row.record_id for row in rows]))
    )
    back = {row.record_id: row.as_of for row in connection.execute(gone)} if rows else {}
    return [
        Made(
            object=row.object,
            id=row.record_id,
            day=row.as_of,
            job=row.job,
            values=row.after,
            taken_back=back.get(row.record_id),
        )
        for row in rows
    ]

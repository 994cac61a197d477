"""Activities grow old: closed Tasks and past Events of a year ago leave queries and stay for queryAll."""

from __future__ import annotations

from datetime import datetime, timedelta

from .clock import stamp
from .store import Store

_AGE = timedelta(days=365)


def archive(store: Store, moment: datetime) -> None:
    """Archive what is due. Salesforce moves SystemModstamp then, not LastModifiedDate."""
    limit = moment - _AGE
    day, created, now = limit.date().isoformat(), stamp(limit), stamp(moment)
    old = '("ActivityDate" <= ? OR ("ActivityDate" IS NULL AND "CreatedDate" <= ?))'
    with store.write() as con:
        for name, closed in (("Task", '"IsClosed" = 1'), ("Event", "1")):
            con.execute(
                f'UPDATE "{name}" SET "IsArchived" = 1, "SystemModstamp" = ?'
                f' WHERE "IsArchived" = 0 AND "IsDeleted" = 0 AND {closed} AND {old}',
                (now, day, created),
            )

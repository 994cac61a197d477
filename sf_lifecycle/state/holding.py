"""Jobs that may not write until a person says so."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from sf_lifecycle.state.schema import holds
from sf_lifecycle.state.values import Hold

_HOLD = [holds.c[name] for name in Hold.__dataclass_fields__]


def hold(connection: Connection, now: dt.datetime, org_id: str, job: str, run_id: str, *, who: str, why: str) -> None:
    """Hold a job because of a run; once for each run."""
    if connection.scalar(select(holds.c.id).where(_open(org_id, job), holds.c.run_id == run_id).limit(1)) is not None:
        return
    values = {"org_id": org_id, "job": job, "run_id": run_id, "since": now, "who": who, "why": why}
    connection.execute(insert(holds).values(values | {"released_by": "", "released_why": ""}))


def held(connection: Connection, org_id: str, job: str) -> Hold | None:
    """The job's latest hold that nobody released, if any."""
    row = connection.execute(_newest_first(org_id).where(holds.c.job == job).limit(1)).mappings().one_or_none()
    return None if row is None else Hold(**dict(row))


def read(connection: Connection, org_id: str) -> list[Hold]:
    """Every open hold, newest first."""
    return [Hold(**dict(row)) for row in connection.execute(_newest_first(org_id)).mappings()]


def release(connection: Connection, now: dt.datetime, org_id: str, job: str, *, who: str, why: str) -> bool:
    """Release all of a job's holds; False where it had none."""
    values = {"released": now, "released_by": who, "released_why": why}
    return connection.execute(update(holds).where(_open(org_id, job)).values(values)).rowcount > 0


def _newest_first(org_id: str) -> Select[tuple[object, ...]]:
    open_ones = select(*_HOLD).where(holds.c.org_id == org_id, holds.c.released.is_(None))
    return open_ones.order_by(holds.c.since.desc(), holds.c.id.desc())


def _open(org_id: str, job: str) -> ColumnElement[bool]:
    return (holds.c.org_id == org_id) & (holds.c.job == job) & holds.c.released.is_(None)

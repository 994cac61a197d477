"""Keys whose record is done, deleted or gone: what must not be made again by accident."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import pandas as pd
from sqlalchemy import Connection, delete, func, select

from sf_lifecycle.state.bulk import IDS, columns_of, portions, send, upsert
from sf_lifecycle.state.schema import tombstones
from sf_lifecycle.state.values import Tombstone

COLUMNS = ("key", "object", "cause", "on", "record_id", "account")


def bury(connection: Connection, org_id: str, run_id: str | None, stones: Sequence[Tombstone]) -> None:
    """Remember keys. Of a key already buried the first cause stays, with the later day and whatever was not known."""
    rows = ((stone.key, stone.object, stone.cause, stone.on, stone.record_id, stone.account) for stone in stones)
    send(connection, _statement(connection), tombstones, COLUMNS, rows, {"org_id": org_id, "run_id": run_id})


def _statement(connection: Connection) -> object:
    statement = upsert(connection, tombstones)
    new, old = statement.excluded, tombstones.c
    later = func.max if connection.dialect.name == "sqlite" else func.greatest
    filled = {name: func.coalesce(old[name], new[name]) for name in ("record_id", "account")}
    return statement.on_conflict_do_update(
        index_elements=list(tombstones.primary_key.columns), set_={"on": later(old["on"], new["on"]), **filled}
    )


def read(connection: Connection, org_id: str) -> pd.DataFrame:
    """All of an org by object and key: key, object, cause, on (date), record_id, account; objects, null is None."""
    query = select(*(tombstones.c[name] for name in COLUMNS)).where(tombstones.c.org_id == org_id)
    query = query.order_by(tombstones.c.object, tombstones.c.key)
    columns = dict(zip(COLUMNS, columns_of(connection, query), strict=True))
    if connection.dialect.name == "sqlite":
        columns["on"] = tuple(map(dt.date.fromisoformat, columns["on"]))
    return pd.DataFrame({name: pd.Series(list(values), dtype=object) for name, values in columns.items()})


def unbury(connection: Connection, org_id: str, object_name: str, keys: Collection[str]) -> int:
    """Forget keys of one object that are made again; how many there were. A Task and a member may share a key."""
    of_org = delete(tombstones).where(tombstones.c.org_id == org_id, tombstones.c.object == object_name)
    some = portions(sorted(keys), IDS)
    return sum(connection.execute(of_org.where(tombstones.c.key.in_(part))).rowcount for part in some)


def raise_dead(connection: Connection, org_id: str, object_name: str, record_ids: Collection[str]) -> int:
    """Forget stones "deleted" of records that live (somebody undeleted them); how many there were. All other stay.

    One look at the deleted ones, however many live: there is no index by record Id.
    """
    living = frozenset(record_ids)
    if not living:
        return 0
    stone = tombstones.c
    deleted = (stone.org_id == org_id, stone.object == object_name, stone.cause == "deleted")
    found = connection.execute(select(stone.key, stone.record_id).where(*deleted, stone.record_id.is_not(None)))
    some = portions(sorted(key for key, record_id in found if record_id in living), IDS)
    return sum(connection.execute(delete(tombstones).where(*deleted, stone.key.in_(part))).rowcount for part in some)

"""How many rows of an object one request may carry, where the org's limits taught us."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, select

from sf_lifecycle.state.bulk import upsert
from sf_lifecycle.state.schema import batch_sizes


def read(connection: Connection, org_id: str, object_name: str, operation: str) -> int | None:
    """Rows per request, or None where nothing was learned."""
    table = batch_sizes
    of_kind = (table.c.org_id == org_id) & (table.c.object == object_name) & (table.c.operation == operation)
    return connection.scalar(select(table.c.rows).where(of_kind))


def remember(
    connection: Connection, now: dt.datetime, org_id: str, object_name: str, operation: str, rows: int
) -> None:
    """Rows per request from now on."""
    known = {"org_id": org_id, "object": object_name, "operation": operation, "rows": rows, "since": now}
    statement = upsert(connection, batch_sizes).values(known)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(batch_sizes.primary_key.columns), set_={"rows": rows, "since": now}
        )
    )

"""What guards remember of earlier runs. It lives here, so that deleting the mirror resets no guard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from sf_lifecycle.state.schema import observations, runs


def observe(connection: Connection, org_id: str, job: str, run_id: str, values: Mapping[str, Any]) -> None:
    """Keep JSON values under their names; each run keeps its own."""
    if not values:
        return
    table = observations
    of_run = (table.c.org_id == org_id) & (table.c.job == job) & (table.c.run_id == run_id)
    connection.execute(delete(table).where(of_run, table.c.name.in_(list(values))))
    rows = [
        {"org_id": org_id, "job": job, "run_id": run_id, "name": name, "value": value} for name, value in values.items()
    ]
    connection.execute(insert(table), rows)


def observed(connection: Connection, org_id: str, job: str) -> dict[str, Any]:
    """Name → the value last observed."""
    query = (
        select(observations.c.name, observations.c.value)
        .join(runs, runs.c.id == observations.c.run_id)
        .where(observations.c.org_id == org_id, observations.c.job == job)
        .order_by(runs.c.started, runs.c.id)
    )
    return {row.name: row.value for row in connection.execute(query)}

"""How much is remembered."""

from __future__ import annotations

from sqlalchemy import Connection, func, literal_column, select

from sf_lifecycle.state.schema import asides, label_history, merges, runs, tombstones, writes
from sf_lifecycle.state.values import Counts


def count(connection: Connection, org_id: str) -> Counts:
    """Rows of an org."""
    of_org = select(func.count()).select_from(writes.join(runs, runs.c.id == writes.c.run_id))
    of_org = of_org.where(runs.c.org_id == org_id)
    done = writes.c.status == literal_column("'done'")
    unsettled = writes.c.status.in_((literal_column("'intent'"), literal_column("'unknown'")))
    words = select(tombstones.c.cause, func.count()).where(tombstones.c.org_id == org_id).group_by(tombstones.c.cause)
    one = {
        name: connection.scalar(select(func.count()).select_from(table).where(table.c.org_id == org_id)) or 0
        for name, table in {"runs": runs, "labels": label_history, "failing": asides, "merges": merges}.items()
    }
    return Counts(
        **one,
        ledger=connection.scalar(of_org) or 0,
        done=connection.scalar(of_org.where(done)) or 0,
        open=connection.scalar(of_org.where(unsettled)) or 0,
        tombstones={row[0]: row[1] for row in connection.execute(words.order_by(tombstones.c.cause))},
    )

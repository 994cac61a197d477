"""How long values are kept: as long as an undo may need them, then no longer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, not_, or_, select, update

from sf_lifecycle.state.schema import label_history as history, runs, saved_plans, writes

BLANK: Mapping[str, Any] = {"before": {}, "after": {}, "read_back": None, "message": ""}
OPEN = ("intent", "unknown")
HOLDS_VALUES = or_(writes.c.before != {}, writes.c.after != {}, writes.c.read_back.is_not(None), writes.c.message != "")


def expire(connection: Connection, now: dt.datetime, org_id: str, before: dt.datetime) -> int:
    """Blank what was settled, left or made before then; how many rows held something.

    The ledger's values and messages, reasons of words left since, and saved plans (their rows; the files are the
    caller's). Rows of which nobody knows the outcome keep theirs.
    """
    gone = _ledger(connection, now, org_id, before)
    left = (history.c.left.is_not(None), history.c.left < before.astimezone(dt.UTC).date())
    reasons = update(history).where(history.c.org_id == org_id, history.c.why.is_not(None), *left).values(why=None)
    plans = delete(saved_plans).where(saved_plans.c.org_id == org_id, saved_plans.c.made < before)
    return gone + connection.execute(reasons).rowcount + connection.execute(plans).rowcount


def _ledger(connection: Connection, now: dt.datetime, org_id: str, before: dt.datetime) -> int:
    """Run by run; a run without values left is never looked at again."""
    old = select(runs.c.id).where(runs.c.org_id == org_id, runs.c.values_gone.is_(None), runs.c.started < before)
    settled = and_(writes.c.status.not_in(OPEN), writes.c.settled_at < before)
    gone = 0
    for run_id in connection.scalars(old.order_by(runs.c.id)).all():
        of_run = writes.c.run_id == run_id
        gone += connection.execute(update(writes).where(of_run, settled, HOLDS_VALUES).values(dict(BLANK))).rowcount
        if not connection.scalar(select(exists().where(of_run, not_(settled)))):
            connection.execute(update(runs).where(runs.c.id == run_id).values(values_gone=now))
    return gone

"""Runs: begun, ended, looked up."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from sf_lifecycle.state.schema import runs
from sf_lifecycle.state.values import Run, RunStatus


def new_id(now: dt.datetime) -> str:
    """Sorts by time, is told apart by its tail, and can be typed: 20261122T033000-ab12cd (UTC)."""
    return f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def start(connection: Connection, run: Run) -> None:
    connection.execute(insert(runs).values(vars(run)))


def note_plan(connection: Connection, run_id: str, plan_digest: str, rules_digest: str) -> None:
    values = {"plan_digest": plan_digest, "rules_digest": rules_digest}
    connection.execute(update(runs).where(runs.c.id == run_id).values(values))


def finish(
    connection: Connection,
    run_id: str,
    *,
    now: dt.datetime,
    status: RunStatus,
    counts: Mapping[str, Any],
    calls: int,
    message: str,
) -> None:
    values = {"status": status, "counts": dict(counts), "calls": calls, "message": message, "ended": now}
    connection.execute(update(runs).where(runs.c.id == run_id).values(values))


def note_allowed(connection: Connection, run_id: str, guards: Collection[str], *, who: str, why: str) -> None:
    """Which guards were lifted for this run alone, by whom and why."""
    allowed = {"guards": sorted(guards), "who": who, "why": why}
    connection.execute(update(runs).where(runs.c.id == run_id).values(allowed=allowed))


def completed(connection: Connection, org_id: str, job: str) -> int:
    """How many runs of a job came to their end and wrote something: a night of nothing proves no plan right."""
    of_job = (runs.c.org_id == org_id) & (runs.c.job == job)
    ended = runs.c.kind.in_(("run", "apply")) & runs.c.status.in_(("done", "partial"))
    return connection.scalar(select(func.count()).select_from(runs).where(of_job, ended)) or 0


def find(connection: Connection, *, run_id: str | None = None, job: str | None = None, limit: int = 20) -> list[Run]:
    """Newest first."""
    query = select(runs).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(limit)
    if run_id is not None:
        query = query.where(runs.c.id == run_id)
    if job is not None:
        query = query.where(runs.c.job == job)
    return [_run(row) for row in connection.execute(query).mappings()]


def _run(row: RowMapping) -> Run:
    return Run(**dict(row))

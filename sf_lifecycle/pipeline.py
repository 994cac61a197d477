"""One run of one job, told in order. Read this first: each line is a room."""

from __future__ import annotations

from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.mirror import PullReport
from sf_lifecycle.report import RunReport, report
from sf_lifecycle.request import Request, Watch
from sf_lifecycle.session import open_session
from sf_lifecycle.stages import make_plan, parts, prepare, work_out
from sf_lifecycle.value_sets import refuse_unoffered


def run(workspace: Workspace, request: Request, watch: Watch) -> RunReport:
    """Pull, work out, plan, guard, apply: one job, one day. With `dry_run` everything but the writing.

    Raises ConfigError, OrgError or Refused; what was written until then is in the ledger.
    """
    with open_session(workspace, request, watch) as session:
        job, mapping = parts(workspace, request.job)
        schema = session.describe(mapping)
        refuse_unoffered(workspace, request.job, schema)
        with session.stage("compile"):
            prepared = prepare(workspace, request.job, schema)
        session.recover()
        mirror, _ = session.pull(mapping, schema)
        with mirror.connect() as con:
            with session.stage("work out"):
                ground = session.ground(con, mapping)
                worked = work_out(prepared, ground, session.as_of)
            session.remember(ground, worked)
            with session.stage("plan"):
                plan = session.ramp(make_plan(prepared, ground, schema, worked), job)
            session.guard(plan, job, ground, worked)
        applied = session.apply(plan, job)
        session.tidy()
        return report(session, plan, worked, applied)


def pull(workspace: Workspace, job_name: str, watch: Watch, *, full: bool = False) -> PullReport:
    """Bring the mirror up to date for a job's mapping; nothing else."""
    request = Request(job=job_name, dry_run=True, full=full)
    with open_session(workspace, request, watch) as session:
        _, mapping = parts(workspace, job_name)
        _, pulled = session.pull(mapping, session.describe(mapping))
        return pulled

"""One run's doors: the org, the mirror, state. Opened together, checked against each other, closed whatever happens."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from sf_lifecycle.apply import ApplyReport, apply_plan, recover
from sf_lifecycle.brakes import calls_spent
from sf_lifecycle.config.job import Job
from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.schema_cache import write_schema
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import LifecycleError, LoginRefused, OrgError, OrgUnavailable, Refused, UsageError
from sf_lifecycle.guarding import Guarding
from sf_lifecycle.heartbeat import beat
from sf_lifecycle.mirror import Mirror, PullReport, open_mirror, plan_pull, pull, schema_for
from sf_lifecycle.observe import ground_of, raise_living, stones_of
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.plan.ramp import ramped
from sf_lifecycle.plans import drop_old, leave_waiting, told, wait_again
from sf_lifecycle.request import Request, Stopped, Watch, is_busy, today
from sf_lifecycle.salesforce import Org, check_identity, connect
from sf_lifecycle.stages import Ground, Worked
from sf_lifecycle.state import Claim, Run, RunStatus, State, open_state

MAINTENANCE = "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
OUT_OF_REACH = (OrgUnavailable, LoginRefused)  # nothing more is asked of an org that does not answer


class Session:
    """The doors of one run, and the stages that go through them. Made by `open_session`.

    `why_stopped`: what ended the writing between two batches, empty while nothing did. `notes`: what a person should
    see of the run beyond its plan.
    """

    def __init__(
        self,
        *,
        workspace: Workspace,
        request: Request,
        watch: Watch,
        org: Org,
        state: State,
        run: Run | None = None,
        claim: Claim | None = None,
    ) -> None:
        self.workspace, self.request, self.watch = workspace, request, watch
        self.org, self.state, self.run, self.claim = org, state, run, claim
        self.as_of = request.as_of or today(workspace)
        self.guards = Guarding(request, org, state, run)
        self.seconds: dict[str, float] = {}
        self.pulled: PullReport | None = None
        self.waiting: Path | None = None
        self.why_stopped = ""
        self.error: OrgError | None = None
        self.notes = self.guards.notes

    @property
    def lost(self) -> bool:
        """Did another run take the org over, this one having been thought dead?"""
        return self.claim is not None and self.claim.lost.is_set()

    def should_stop(self) -> bool:
        """Asked between requests that write: somebody wants it, calls are spent, or the org is no longer ours."""
        if not self.why_stopped:
            self.why_stopped = self._why_stop()
        return bool(self.why_stopped)

    def _why_stop(self) -> str:
        if self.claim is not None and not self.claim.check():
            return "another run took over the org"
        if self.watch.should_stop():
            return "it was told to stop"
        limit = self.workspace.job(self.request.job).guards.api_calls.most_share_of_day
        lifted = "api_calls" in self.request.allow
        try:
            return ("" if lifted else calls_spent(self.org, limit)) or self.guards.brake.pulled()
        except OrgError as error:
            self.error = error
            return str(error)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Tell the watcher, and time it."""
        self.watch.stage(name)
        began = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began

    def describe(self, mapping: Mapping) -> OrgSchema:
        """The org's own description of what the mapping names; kept for commands that have no org.

        Raises ConfigError with what the org does not show: everything that reads it would fail as well.
        """
        with self.stage("describe"):
            schema = schema_for(self.org, mapping)
            plan_pull(mapping, schema)
            write_schema(self.workspace.settings.storage.data_dir, schema)
        return schema

    def recover(self) -> None:
        """Settle what earlier runs left open: rows of which nobody knows whether they reached the org."""
        if self.run is not None:
            with self.stage("recover"):
                recover(self.org, self.state)

    def pull(self, mapping: Mapping, schema: OrgSchema) -> tuple[Mirror, PullReport]:
        """Bring the mirror up to date."""
        settings, identity = self.workspace.settings, self.org.identity
        with self.stage("pull"):
            mirror = open_mirror(settings.storage.data_dir, org_id=identity.org_id, kind=identity.kind)
            self.pulled = pull(
                self.org,
                mirror,
                mapping,
                schema,
                now=dt.datetime.now(dt.UTC),
                settings=settings.pull,
                bulk_from_rows=settings.salesforce.bulk_from_rows,
                full=self.request.full,
                progress=self.watch.progress,
            )
            return mirror, self.pulled

    def ground(self, con: duckdb.DuckDBPyConnection, mapping: Mapping) -> Ground:
        """What the day's computation stands on."""
        run_id = self.run.id if self.run else ""
        if self.run is not None:
            raise_living(con, self.state, self.run.org_id)
        return ground_of(con, self.state, mapping, self.as_of, job=self.request.job, run_id=run_id)

    def ramp(self, plan: Plan, job: Job) -> Plan:
        """The part of the plan that a job's first runs in a real org write."""
        org_id, kind = plan.header.org_id, plan.header.kind
        if kind not in job.ramp.kinds or self.state.completed_runs(org_id, job.name) >= job.ramp.runs:
            return plan
        return ramped(plan, job.ramp.rows_per_run)

    def guard(self, plan: Plan, job: Job, seen: Ground | None = None, worked: Worked | None = None) -> None:
        """Raises Refused where a guard says no and nobody lifted it for this run; a dry run keeps what was said.

        Without `seen` and `worked` (a saved plan) only the limits on what is written are looked at again.
        """
        with self.stage("guard"):
            self.guards.check(plan, job, seen, worked, self.pulled)

    def apply(self, plan: Plan, job: Job, *, approved: bool = False) -> ApplyReport | None:
        """Carry out the plan, batch by batch; or leave it waiting where the job wants a person's word first.

        A plan that writes nothing to the org needs nobody's word. Refused where the org's own pause switch is on.
        """
        if self.run is None:
            return None
        self.state.note_plan(self.run.id, plan_digest=plan.digest, rules_digest=plan.header.rules_digest)
        if job.approval == "required" and not (approved or plan.is_empty):
            self.keep(plan)
            return None
        if not plan.is_empty:
            self.guards.refuse_paused()
        with self.stage("apply"):
            applied = apply_plan(
                plan,
                self.org,
                self.state,
                self.run,
                should_stop=self.should_stop,
                progress=self.watch.progress,
                waited=approved,
                transport=job.transport,
            )
        if self.error is not None and applied.error is None:
            applied = replace(applied, status="failed", error=self.error)
        self.guards.remember(applied, self.workspace.jobs)
        if applied.error is not None and applied.error.code == MAINTENANCE:
            self.keep(plan, approved=approved)
        return applied

    def keep(self, plan: Plan, *, approved: bool = False) -> None:
        """Save the plan, to be carried out when a person says so; one that was `approved` waits again as it was saved.

        Where a person said no to the very same plan nothing waits, and that is said.
        """
        if self.run is None:
            return
        if approved:
            kept = wait_again(self.state, plan, self.run.id, "the org went into maintenance")
        else:
            kept = leave_waiting(self.workspace, self.state, plan, self.run.id)
        if kept is not None and kept.status == "rejected":
            self.notes.append(f"nothing is written, and nothing waits: {told(kept)}")
        elif kept is not None:
            self.waiting = Path(kept.path)

    def remember(self, ground: Ground, worked: Worked) -> None:
        """What the mirror showed and will show no longer one day: Tasks done or deleted, records merged."""
        if self.run is not None:
            self.state.bury(ground.org_id, self.run.id, stones_of(worked))
            self.state.remember_merges(ground.org_id, ground.merges)

    def tidy(self) -> None:
        """Forget values that no undo may need any more, and the plans of those days."""
        if self.run is not None:
            before = dt.datetime.now(dt.UTC) - dt.timedelta(days=self.workspace.settings.storage.values_days)
            drop_old(self.workspace, before)
            self.state.expire_values(self.run.org_id, before)

    def beat(self, status: str, message: str, rows: dict[str, int]) -> None:
        """Update the job's record in Salesforce; what went wrong with that is a note, and no more."""
        if self.run is not None:
            now = dt.datetime.now(dt.UTC)
            said = beat(self.org, self.state, self.run, status=status, message=message, now=now, rows=rows)
            if said:
                self.notes.append(said)


@contextmanager
def open_session(workspace: Workspace, request: Request, watch: Watch) -> Iterator[Session]:
    """The doors of one run, in the right order: right org first, then one run at a time, then the record that it began.

    Whatever ends the run is written into its record; the error goes on.
    """
    settings = workspace.settings
    job = workspace.job(request.job)
    _make_data_dir(settings.storage.data_dir)
    watch.stage("connect")
    with connect(settings.salesforce) as org, open_state(settings.storage.state_url) as state:
        check_identity(settings.salesforce, org.identity)
        state.check_binding(org.identity)
        as_of = request.as_of or today(workspace)
        if request.dry_run:
            yield Session(workspace=workspace, request=request, watch=watch, org=org, state=state)
            return
        if as_of != today(workspace) and org.identity.kind != "local":
            raise UsageError(
                f"{as_of} is not today; a plan for another day is never written to this org: add --dry-run"
            )
        run = state.start_run(
            job=job.name,
            org_id=org.identity.org_id,
            as_of=as_of,
            mapping=job.mapping,
            model=job.model,
            kind=request.kind,
            undoes=request.undoes,
        )
        watch.began(run.id)
        doors: Session | None = None
        try:
            with state.claim(org.identity.org_id, run.id) as claim:
                doors = Session(
                    workspace=workspace, request=request, watch=watch, org=org, state=state, run=run, claim=claim
                )
                doors.guards.refuse_held()
                yield doors
        except BaseException as error:
            status = _ended_by(error)
            message = str(error) if isinstance(error, LifecycleError) else type(error).__name__
            state.finish_run(run.id, status=status, counts={}, calls=org.calls.spent, message=message[:2000])
            if doors is not None and isinstance(error, LifecycleError) and not isinstance(error, OUT_OF_REACH):
                doors.beat(status, message, {})
            raise


def _ended_by(error: BaseException) -> RunStatus:
    match error:
        case Stopped() | KeyboardInterrupt():
            return "stopped"
        case Refused():
            return "busy" if is_busy(error) else "refused"
        case _:
            return "failed"


def _make_data_dir(folder: Path) -> None:
    """Before anything else is done: a run that cannot keep what it reads is none."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # names, phone numbers: nobody else's business
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}; see storage.data_dir in config.toml") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} cannot be written; see storage.data_dir in config.toml")

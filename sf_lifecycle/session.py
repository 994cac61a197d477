"""One run's doors: the org, the mirror, state. Opened together, checked against each other, closed whatever happens."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sf_lifecycle.apply import ApplyReport, apply_plan, recover
from sf_lifecycle.config.job import Job
from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.schema_cache import write_schema
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import LifecycleError, Refusal, Refused, UsageError
from sf_lifecycle.mirror import Mirror, PullReport, open_mirror, plan_pull, pull_all, schema_for
from sf_lifecycle.observe import memory_of, observe
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.plan.guards import check
from sf_lifecycle.plans import plans_dir, save_plan
from sf_lifecycle.request import Request, Stopped, Unwatched, Watch, is_busy, today
from sf_lifecycle.salesforce import Org, check_identity, connect
from sf_lifecycle.stages import Ground, Worked
from sf_lifecycle.state import Claim, Run, RunStatus, State, open_state

__all__ = ["Request", "Session", "Stopped", "Unwatched", "Watch", "is_busy", "open_session", "today"]


class Session:
    """The doors of one run, and the stages that go through them. Made by `open_session`."""

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
        self.seconds: dict[str, float] = {}
        self.pulled: PullReport | None = None
        self.refusals: tuple[Refusal, ...] = ()
        self.waiting: Path | None = None

    @property
    def lost(self) -> bool:
        """Did another run take the org over, this one having been thought dead?"""
        return self.claim is not None and self.claim.lost.is_set()

    def should_stop(self) -> bool:
        """Asked between batches: somebody wants it, or the org is no longer ours to write to."""
        return self.lost or self.watch.should_stop()

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
            self.pulled = pull_all(
                self.org,
                mirror,
                mapping,
                schema,
                now=dt.datetime.now(dt.UTC),
                bulk_from_rows=settings.salesforce.bulk_from_rows,
                progress=self.watch.progress,
            )
            return mirror, self.pulled

    def guard(self, plan: Plan, job: Job, seen: Ground | None = None, worked: Worked | None = None) -> None:
        """Raises Refused where a guard says no and nobody lifted it for this run; a dry run keeps what was said.

        Without `seen` and `worked` (a saved plan) only the limits on what is written are looked at again.
        """
        with self.stage("guard"):
            remembered = self.state.observed(plan.header.org_id, job.name)
            observed = observe(seen, worked, self.pulled, remembered, self.org.calls)
            self.refusals = tuple(each for each in check(plan, job, observed) if each.guard not in self.request.allow)
            if self.run is None:
                return
            if self.refusals:
                raise Refused(self.refusals)
            if seen is not None:
                memory = memory_of(observed, plan.header.rules_digest)
                self.state.observe(plan.header.org_id, job.name, self.run.id, memory)

    def apply(self, plan: Plan, job: Job, *, approved: bool = False) -> ApplyReport | None:
        """Carry out the plan, batch by batch; or leave it waiting where the job wants a person's word first.

        A plan that writes nothing to the org needs nobody's word.
        """
        if self.run is None:
            return None
        self.state.note_plan(self.run.id, plan_digest=plan.digest, rules_digest=plan.header.rules_digest)
        if job.approval == "required" and not (approved or plan.is_empty):
            self.waiting = save_plan(plan, plans_dir(self.workspace))
            return None
        with self.stage("apply"):
            return apply_plan(
                plan,
                self.org,
                self.state,
                self.run,
                should_stop=self.should_stop,
                progress=self.watch.progress,
                waited=approved,
            )


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
            job=job.name, org_id=org.identity.org_id, as_of=as_of, mapping=job.mapping, model=job.model
        )
        watch.began(run.id)
        try:
            with state.claim(org.identity.org_id, run.id) as claim:
                yield Session(
                    workspace=workspace, request=request, watch=watch, org=org, state=state, run=run, claim=claim
                )
        except BaseException as error:
            status = _ended_by(error)
            message = str(error) if isinstance(error, LifecycleError) else type(error).__name__
            state.finish_run(run.id, status=status, counts={}, calls=org.calls.spent, message=message[:2000])
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
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}; see storage.data_dir in config.toml") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{folder} cannot be written; see storage.data_dir in config.toml")

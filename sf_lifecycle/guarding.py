"""What may refuse a run: the guards and what they remember from run to run, the pause switch, a job on hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sf_lifecycle.apply import ApplyReport
from sf_lifecycle.brakes import TICKED, Brake, way_out
from sf_lifecycle.config.job import Job
from sf_lifecycle.errors import OrgError, Refusal, Refused
from sf_lifecycle.mirror import PullReport
from sf_lifecycle.observe import RULES, less, memory_of, observe, wanted_of
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.plan.guards import check
from sf_lifecycle.request import Request
from sf_lifecycle.salesforce import Org
from sf_lifecycle.stages import Ground, Worked
from sf_lifecycle.state import Run, State

PAUSED, HELD, BRAKE = "paused", "held", "brake"  # refusals; `--allow brake` alone lifts one


class Guarding:
    """The guards of one run (None for a dry run, which is refused nothing).

    `refusals`: what the guards said no to and nobody lifted. `lifted`: guards that a person let pass. `notes`: what a
    person should see of it.
    """

    def __init__(self, request: Request, org: Org, state: State, run: Run | None) -> None:
        self._request, self._org, self._state, self._run = request, org, state, run
        self.refusals: tuple[Refusal, ...] = ()
        self.lifted: list[str] = []
        self.notes: list[str] = []
        self.brake = self._brake()
        self._memory: dict[str, object] = {}

    def _brake(self) -> Brake:
        """The pause switch; `--allow brake` says that it was taken out for good."""
        if self._run is None:
            return Brake(self._org)
        remembered = self._state.observed(self._run.org_id, self._run.job)
        return Brake(self._org, seen=bool(remembered.get(BRAKE)) and BRAKE not in self._request.allow)

    def refuse_held(self) -> None:
        """A job whose run was undone writes nothing until a person releases it."""
        if self._run is None or self._request.kind == "undo":
            return
        held = self._state.held(self._run.org_id, self._run.job)
        if held is not None:
            message = f"job {held.job} is held since {held.since:%Y-%m-%d %H:%M} UTC by {held.who}: {held.why}"
            released = f"when what was wrong is mended: sf-lifecycle release {held.job}"
            raise Refused([Refusal(guard=HELD, message=message, way_out=released)])

    def refuse_paused(self) -> None:
        """Refused where somebody in the org pulled its pause switch."""
        if pulled := self.brake.pulled():
            guard = PAUSED if pulled == TICKED else BRAKE
            raise Refused([Refusal(guard=guard, message=pulled, way_out=way_out(pulled))])

    def check(
        self, plan: Plan, job: Job, seen: Ground | None, worked: Worked | None, pulled: PullReport | None
    ) -> None:
        """Raises Refused where a guard says no and nobody lifted it for this run; a dry run keeps what was said.

        Without `seen` and `worked` (a saved plan) only the limits on what is written are looked at again.
        """
        org_id, released = plan.header.org_id, self._request.kind == "apply"
        remembered = self._state.observed(org_id, job.name)
        observed = observe(
            seen,
            worked,
            pulled,
            {**remembered, RULES: ""} if released else remembered,
            self._org.calls,
            # A plan that a person released was read by one: what only asks for that is not asked again.
            whole_runs=None if released else self._state.completed_runs(org_id, job.name),
            storage_mb=self._storage(plan),
            mirror_hours=_hours_since(seen.pulled_at if seen else ""),
        )
        refusals = check(plan, job, observed)
        self.refusals = tuple(each for each in refusals if each.guard not in self._request.allow)
        if self._run is None:
            return
        self.lifted = sorted({each.guard for each in refusals} & self._request.allow)
        if self.lifted:
            self._state.note_allowed(self._run.id, self.lifted, who=self._request.who, why=self._request.why)
        if self.refusals:
            raise Refused(self.refusals)
        if seen is not None:
            self._memory = memory_of(observed, plan.header.rules_digest) | (wanted_of(worked) if worked else {})

    def _storage(self, plan: Plan) -> tuple[int, int] | None:
        """The org's data storage (most, left) in MB where the plan would take some; None where nobody may know."""
        if not plan.totals("create"):
            return None
        try:
            return self._org.limits().get("DataStorageMB")
        except OrgError as error:
            self.notes.append(f"the org's storage could not be read: {error.message}")
            return None

    def remember(self, applied: ApplyReport, jobs: Iterable[str]) -> None:
        """What guards compare with the next time: of runs that came to their end, so that what a person let pass once
        is asked about again where nothing came of it. What we took out ourselves is no loss to wonder at, for any job.
        """
        if self._run is None:
            return
        run = self._run
        if applied.status in ("done", "partial"):
            self._state.observe(run.org_id, run.job, run.id, {**self._memory, BRAKE: self.brake.seen})
        removed = applied.done("delete")
        for job in jobs if removed else ():
            remembered = self._state.observed(run.org_id, job)
            self._state.observe(run.org_id, job, run.id, less(remembered, removed))


def _hours_since(moment: str) -> float:
    """Hours since an ISO 8601 moment with its zone; none where there is no moment."""
    if not moment:
        return 0.0
    return (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(moment)).total_seconds() / 3600

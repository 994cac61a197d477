"""Carries out exactly one plan, in its order, row by row. It has no rules of its own about what to write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sf_lifecycle.apply.batches import split
from sf_lifecycle.apply.ground import standing
from sf_lifecycle.apply.records import Row, rows_of
from sf_lifecycle.apply.references import References
from sf_lifecycle.apply.report import ApplyReport, Tally, conclude
from sf_lifecycle.apply.sending import Effort, Sending
from sf_lifecycle.errors import OrgError
from sf_lifecycle.plan.changes import Header, Plan, Section
from sf_lifecycle.salesforce import Org, OrgIdentity
from sf_lifecycle.state import Intent, Run, Settlement, State

Progress = Callable[[str, int, int], None]


def apply_plan(
    plan: Plan,
    org: Org,
    state: State,
    run: Run,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    effort: Effort | None = None,
    waited: bool = False,
) -> ApplyReport:
    """Write the plan to the org it is for, and remember its words. OrgError (WRONG_ORG) before anything is written.

    A plan that `waited` since it was made has each update held against the org first: what is so already, and what
    somebody changed since, is not sent.
    `should_stop` is asked before each batch; what is left then stays unsent. `progress` hears the section ("create
    Task"), rows done with, and rows in all. An org that fails us midway ends the work: `error` in the report, each row
    sent settled in the ledger.
    """
    check_org(plan.header, org.identity, run)
    state.check_binding(org.identity)
    spent = org.calls.spent
    work = _Work(
        org=org,
        state=state,
        run=run,
        should_stop=should_stop,
        progress=progress,
        effort=effort or Effort(),
        waited=waited,
    )
    for section in plan.sections:
        work.carry_out(section)
    header = plan.header
    labels = state.record_labels(header.org_id, run.id, header.as_of, plan.labels, work.unwritten)
    sections = tuple(tally.report() for tally in work.tallies)
    return ApplyReport(
        status=conclude(sections, stopped=work.stopped, error=work.error),
        sections=sections,
        troubles=tuple(trouble for tally in work.tallies for trouble in tally.troubles()),
        calls=org.calls.spent - spent,
        labels=labels,
        error=work.error,
    )


def check_org(header: Header, identity: OrgIdentity, run: Run) -> None:
    """The plan, the run and the org are of one org, and of one kind."""
    if (header.org_id, header.kind) == (identity.org_id, identity.kind) and run.org_id == identity.org_id:
        return
    raise OrgError(
        f"the plan is for the {header.kind} org {header.org_id}, run {run.id} for {run.org_id}; "
        f"this is the {identity.kind} org {identity.name!r} ({identity.org_id})",
        code="WRONG_ORG",
        way_out="plan again against this org, or check salesforce.instance_url",
    )


@dataclass(kw_only=True)
class _Work:
    """A plan being carried out."""

    org: Org
    state: State
    run: Run
    should_stop: Callable[[], bool]
    progress: Progress | None
    effort: Effort
    waited: bool
    references: References = field(default_factory=References)
    tallies: list[Tally] = field(default_factory=list)
    unwritten: set[str] = field(default_factory=set)
    stopped: bool = False
    error: OrgError | None = None

    def carry_out(self, section: Section) -> None:
        tally = Tally(section.object, section.operation, len(section))
        self.tallies.append(tally)
        # Members of one campaign are more than a batch, and one request at a time anyway: no groups.
        groups = [None] * len(section) if section.object == "CampaignMember" else section.rows["about"].tolist()
        for span in split(groups, self.effort.rows):
            self.stopped = self.stopped or self.should_stop()
            if self.stopped or self.error is not None:
                break
            self._batch(section, span, tally)
            if self.progress is not None:
                self.progress(f"{section.operation} {section.object}", tally.sent, tally.planned)
        if section.operation == "update":
            self.unwritten.update(section.rows["ref"].iloc[tally.sent :])

    def _batch(self, section: Section, span: range, tally: Tally) -> None:
        rows = rows_of(section, span)
        try:
            self.references.read_missing(self.org, rows)
            held = self._held(section, rows)
        except OrgError as error:
            self.error = error
            return
        resolved = [self.references.resolve(row) for row in rows]
        rows = [row for row, _ in resolved]
        known = [_not_sent(reason) if reason else kept for (_, reason), kept in zip(resolved, held, strict=True)]
        sendable = [i for i, outcome in enumerate(known) if outcome is None]
        seqs = self.state.intend(self.run.id, [_intent(section, row) for row in rows])
        sending = Sending(self.org, section.object, section.operation, [rows[i] for i in sendable], self.effort)
        self.error = sending.run()
        sent = iter(sending.settlements())
        outcomes = [next(sent) if outcome is None else outcome for outcome in known]
        self.state.settle(self.run.id, seqs, outcomes)
        tally.add([row.ref for row in rows], outcomes)
        if section.operation == "create":
            self.references.learn(rows, outcomes)
        else:
            as_planned = ("done", "exists")
            self.unwritten.update(r.ref for r, o in zip(rows, outcomes, strict=True) if o.status not in as_planned)

    def _held(self, section: Section, rows: list[Row]) -> Sequence[Settlement | None]:
        if self.waited and section.operation == "update":
            return standing(self.org, section.object, rows)
        return [None] * len(rows)


def _intent(section: Section, row: Row) -> Intent:
    return Intent(
        object=section.object,
        operation=section.operation,
        ref=row.ref,
        record_id=row.ref if section.operation == "update" else None,
        before=row.before,
        after=row.values,
    )


def _not_sent(reason: str) -> Settlement:
    return Settlement(status="failed", code="UNRESOLVED", message=reason, attempts=0)

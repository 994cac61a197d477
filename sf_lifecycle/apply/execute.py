"""Carries out exactly one plan, in its order, row by row. It has no rules of its own about what to write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sf_lifecycle.apply import doors, stones
from sf_lifecycle.apply.asides import Asides, Parts, not_sent
from sf_lifecycle.apply.batches import split
from sf_lifecycle.apply.effort import Effort
from sf_lifecycle.apply.ground import Ground
from sf_lifecycle.apply.records import Row, rows_of
from sf_lifecycle.apply.references import References
from sf_lifecycle.apply.report import ApplyReport, Tally, conclude
from sf_lifecycle.apply.sending import Sending
from sf_lifecycle.apply.sizes import Size
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
    transport: Mapping[str, str] = doors.NO_CHOICE,
) -> ApplyReport:
    """Write the plan to the org it is for, and remember its words. OrgError (WRONG_ORG) before anything is written.

    What takes back something of ours is held against the org first; of a plan that `waited` since it was made, each
    update: what is so already, and what somebody changed since, is not sent.
    `transport`: object → "rest" or "bulk", "rest" where it is not named; ValueError for what members cannot take.
    `should_stop` is asked before each request that writes; what is left then stays unsent. `progress` hears the
    section ("create Task"), rows done with, and rows in all. An org that fails us midway ends the work: `error` in the
    report, each row sent settled in the ledger.
    """
    doors.check_transport(transport)
    check_org(plan.header, org.identity, run)
    state.check_binding(org.identity)
    spent = org.calls.spent
    work = _Work(
        org=org,
        state=state,
        run=run,
        header=plan.header,
        should_stop=should_stop,
        progress=progress,
        effort=effort or Effort(),
        waited=waited,
        transport=transport,
        asides=Asides(state, plan.header.org_id),
        ground=Ground(org, state),
    )
    for section in plan.sections:
        work.carry_out(section)
    header = plan.header
    labels = 0  # an undo has no words of its own: that it names none does not mean that the day holds none
    if not header.undoes:
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
    header: Header
    should_stop: Callable[[], bool]
    progress: Progress | None
    effort: Effort
    waited: bool
    transport: Mapping[str, str]
    asides: Asides
    ground: Ground
    references: References = field(default_factory=References)
    tallies: list[Tally] = field(default_factory=list)
    unwritten: set[str] = field(default_factory=set)
    makers: dict[str, frozenset[str]] = field(default_factory=dict)
    stopped: bool = False
    error: OrgError | None = None

    def carry_out(self, section: Section) -> None:
        """Fresh rows, then those refused before in batches of their own; those set aside are only written down."""
        tally = Tally(section.object, section.operation, len(section))
        self.tallies.append(tally)
        parts = self.asides.part(section)
        size = Size(self.state, self.header.org_id, section.object, section.operation, self.effort.rows)
        for part in (parts.fresh, parts.again):
            self._send(part, size, tally)
        size.close()
        self._leave(parts, tally)

    def _send(self, section: Section, size: Size, tally: Tally) -> None:
        # Members of one campaign are more than a batch, and one request at a time anyway: no groups.
        groups = [None] * len(section) if section.object == "CampaignMember" else section.rows["about"].tolist()
        taken = 0
        for span in split(groups, self.effort.bulk_rows if self._is_bulk(section) else self.effort.rows):
            self.stopped = self.stopped or self.should_stop()
            if self.stopped or self.error is not None or not self._batch(section, span, size, tally):
                break
            taken = span.stop
            if self.progress is not None:
                self.progress(f"{section.operation} {section.object}", tally.sent, tally.planned)
        if section.operation == "update":
            self.unwritten.update(section.rows["ref"].iloc[taken:])

    def _leave(self, parts: Parts, tally: Tally) -> None:
        """Rows that are set aside have their place in the ledger too, so that nobody looks for them in vain."""
        section = parts.left
        for span in split([None] * len(section), self.effort.bulk_rows):
            rows = rows_of(section, span)
            outcomes = [not_sent(parts.known[i]) for i in span]
            self.state.settle(self.run.id, self.state.intend(self.run.id, _intents(section, rows)), outcomes)
            if section.operation == "create":
                self.references.learn(rows, outcomes)
        if len(section):
            refs = section.rows["ref"].tolist()
            tally.leave(refs, parts.since, parts.known[0].message)
            self.unwritten.update(refs if section.operation == "update" else ())

    def _batch(self, section: Section, span: range, size: Size, tally: Tally) -> bool:
        """Whether the rows were taken up; not so where the org could not be asked what they rest on."""
        planned = rows_of(section, span)
        try:
            self.references.read_missing(self.org, planned)
            planned, held = self._held(section, planned)
            resolved = [self.references.resolve(row) for row in planned]
            rows = [row for row, _ in resolved]
            known = [_unresolved(reason) if reason else kept for (_, reason), kept in zip(resolved, held, strict=True)]
            self._hold_campaigns(section, rows, known)
        except OrgError as error:
            self.error = error
            return False
        self._carry(section, rows, known, size, tally, planned)
        return True

    def _carry(
        self,
        section: Section,
        rows: Sequence[Row],
        known: Sequence[Settlement | None],
        size: Size,
        tally: Tally,
        planned: Sequence[Row],
    ) -> None:
        """Written down, sent, settled. `known`: what became already of rows that are not sent."""
        kind, org_id = (section.object, section.operation), self.header.org_id
        sendable = [row for row, outcome in zip(rows, known, strict=True) if outcome is None]
        seqs = self.state.intend(self.run.id, _intents(section, rows))
        stones.bury(self.state, org_id, self.run.id, *kind, sendable, self.header.as_of)
        bulk, stop = self._is_bulk(section), self.should_stop
        sending = Sending(
            self.org,
            *kind,
            sendable,
            effort=self.effort,
            size=size,
            bulk=bulk,
            should_stop=stop,
            remembered=lambda ids: self.state.last_read_back(org_id, section.object, ids),
            is_known=lambda record_id: record_id in self._makers(section.object),
        )
        self.error = sending.run()
        self.stopped = sending.stopped
        came = sending.settlements()
        stones.unbury(self.state, org_id, *kind, sendable, came)
        sent = iter(came)
        outcomes = [next(sent) if outcome is None else outcome for outcome in known]
        tally.add([row.ref for row in rows], outcomes)
        self.state.settle(self.run.id, seqs, outcomes)
        if self.error is None:  # else refusals may be the org's, not the rows'
            self.asides.note(section, planned, outcomes)
        if section.operation == "create":
            self.references.learn(rows, outcomes)
        else:
            as_planned = ("done", "exists")
            self.unwritten.update(r.ref for r, o in zip(rows, outcomes, strict=True) if o.status not in as_planned)

    def _held(self, section: Section, rows: list[Row]) -> tuple[list[Row], list[Settlement | None]]:
        """Rows with their keys, and what became already of those that must not be sent."""
        keyed, judged = self.ground.untouched(section, rows)
        if self.waited and section.operation == "update":
            stands = self.ground.standing(section, keyed, by_field=bool(self.header.undoes))
            judged = [first or then for first, then in zip(judged, stands, strict=True)]
        return keyed, judged

    def _hold_campaigns(self, section: Section, rows: Sequence[Row], known: list[Settlement | None]) -> None:
        """Members that are about to be sent stay where their campaign has moved on."""
        places = [i for i, outcome in enumerate(known) if outcome is None]
        for i, moved in zip(places, self.ground.campaigns(section, [rows[i] for i in places]), strict=True):
            known[i] = moved

    def _makers(self, object_name: str) -> Collection[str]:
        """Ids of records that the ledger has as made by us; asked once, and only where a record is met."""
        if object_name not in self.makers:
            self.makers[object_name] = frozenset(self.state.makers(self.header.org_id, object_name))
        return self.makers[object_name]

    def _is_bulk(self, section: Section) -> bool:
        return self.transport.get(section.object) == doors.BULK


def _intents(section: Section, rows: Sequence[Row]) -> list[Intent]:
    return [
        Intent(
            object=section.object,
            operation=section.operation,
            ref=row.ref,
            record_id=None if section.operation == "create" else row.ref,
            before=row.before,
            after=row.values,
        )
        for row in rows
    ]


def _unresolved(reason: str) -> Settlement:
    return Settlement(status="failed", code="UNRESOLVED", message=reason, attempts=0)

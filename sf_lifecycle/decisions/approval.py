"""Plans that wait for a person's word: listed, approved and written row by row, or rejected."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, replace
from pathlib import Path

from sf_lifecycle.apply import check_org
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.decisions.held import held, told as reasons
from sf_lifecycle.decisions.undoing import is_undone, take_back_what_stands, wrote
from sf_lifecycle.decisions.word import Word, close, decide, run_of
from sf_lifecycle.errors import Refusal, Refused, UsageError
from sf_lifecycle.plan.changes import Header, Plan
from sf_lifecycle.plan.recheck import GUARD, Rechecked, recheck, refused, unsettled
from sf_lifecycle.plans import check_name, contents, read_plan, saved, short, told
from sf_lifecycle.report import RunReport, report
from sf_lifecycle.request import Request, Watch, today
from sf_lifecycle.session import Session, open_session
from sf_lifecycle.stages import Prepared, make_plan, parts, prepare, work_out
from sf_lifecycle.state import Bound, PlanStatus, SavedPlan, State, open_state

RULES, APPROVAL = "rules_changed", "approval"
OPEN: tuple[PlanStatus, ...] = ("waiting", "approved")  # it may still be written, or the rest of it


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A saved plan as people look through them. `writes`: operation → object → rows; None where its file is gone."""

    saved: SavedPlan
    status: PlanStatus
    writes: MappingABC[str, MappingABC[str, int]] | None


def list_plans(workspace: Workspace, *, every: bool = False) -> list[Listed]:
    """Plans that can still be written, newest first; with `every` also those that were decided."""
    with open_state(workspace.settings.storage.state_url) as state:
        bound = state.bound()
        found = state.saved_plans(bound.org_id) if bound else []
    listed = [
        Listed(saved=each, status=_status_today(workspace, each, bound.kind), writes=contents(Path(each.path)))
        for each in found
        if bound
    ]
    return [each for each in listed if every or each.status in OPEN]


def approve(workspace: Workspace, plan: str, word: Word, watch: Watch) -> RunReport:
    """Write a plan that waits. `plan`: its file, a part of its digest, or the job whose only plan it is.

    Raises as `apply_plan_file`; UsageError where no plan is meant, or several.
    """
    return apply_plan_file(workspace, _find(workspace, plan), word, watch)


def apply_plan_file(workspace: Workspace, path: Path, word: Word, watch: Watch) -> RunReport:
    """Carry out a saved plan, row by row, in its org and on its day. One that was applied already does nothing.

    Refused where it was rejected or replaced, where the rules changed, where too much of its ground moved, or a guard
    says no; UsageError where its day is over.
    """
    plan = read_plan(path)
    head = plan.header
    with open_state(workspace.settings.storage.state_url) as state:
        known = state.saved_plan(head.org_id, plan.digest)
        if known is not None and known.status == "applied":
            if not is_undone(state, known.run_id):
                return _applied_before(plan, known)
            known = None  # what it wrote was taken back: it may be written again
        _check_standing(workspace, state, plan, known)
    request = Request(
        job=head.job,
        as_of=head.as_of,
        allow=word.allow,
        who=word.who,
        why=word.why,
        kind="undo" if head.undoes else "apply",
        undoes=head.undoes,
    )
    with open_session(workspace, request, watch) as session:
        check_org(head, session.org.identity, run_of(session))
        if known is None:
            session.state.keep_plan(head.org_id, saved(plan, path))
        session.recover()
        if head.undoes:
            return take_back_what_stands(session, plan)
        return write_what_stands(session, plan)


def write_what_stands(session: Session, plan: Plan) -> RunReport:
    """The day worked out again, the plan held against it row by row, and what still stands written."""
    job, mapping = parts(session.workspace, plan.header.job)
    schema = session.describe(mapping)
    with session.stage("compile"):
        prepared = prepare(session.workspace, job.name, schema)
    _check_rules(session, plan, prepared)
    mirror, _ = session.pull(mapping, schema)
    with mirror.connect() as con:
        with session.stage("work out"):
            ground = session.ground(con, mapping)
            worked = work_out(prepared, ground, session.as_of)
        session.remember(ground, worked)
        with session.stage("recheck"):
            fresh = make_plan(prepared, ground, schema, worked)
            checked = recheck(plan, fresh, held(ground, plan, unsettled(plan, fresh)), reasons(worked))
            _check_moved(session, plan, checked)
        session.guard(checked.plan, job, ground, worked)
    decide(session, plan, "approved")
    applied = session.apply(checked.plan, job, approved=True)
    close(session, plan, applied)
    return report(session, checked.plan, worked, applied, skipped=checked.skipped)


def reject(workspace: Workspace, plan: str, word: Word) -> tuple[SavedPlan, bool]:
    """A plan will not be written, and why. UsageError where it was decided already, or is none that waits.

    With it: was a part of it written before?
    """
    path = _find(workspace, plan)
    with open_state(workspace.settings.storage.state_url) as state:
        bound = state.bound()
        found = _by_path(state, bound.org_id, path) if bound else None
        if bound is None or found is None:
            raise UsageError(f"{path} waits for nobody; `sf-lifecycle plans` lists the plans that do")
        if found.status not in OPEN:
            raise UsageError(f"{told(found)}; there is nothing left to reject")
        state.decide_plan(bound.org_id, found.digest, "rejected", who=word.who, why=word.why)
        run = state.run(found.run_id) if found.run_id else None
        begun = found.status == "approved" or (run is not None and wrote(run))
        return replace(found, status="rejected", who=word.who, why=word.why), begun


def _find(workspace: Workspace, text: str) -> Path:
    """The document that a person means by a file, a part of a digest, or a job's name."""
    if Path(text).is_file() or text.endswith(".jsonl"):
        return Path(text)
    with open_state(workspace.settings.storage.state_url) as state:
        bound = state.bound()
        if bound is not None:
            open_ = _of_job(workspace, state, bound, text)
            if len(open_) > 1:
                listed = ", ".join(f"{short(each.digest)} for {each.as_of}" for each in open_)
                raise UsageError(f"several plans of {text} wait: {listed}; name one")
            if open_:
                return Path(open_[0].path)
            check_name(text, "a plan")
            if (found := state.saved_plan(bound.org_id, text)) is not None:
                return Path(found.path)
    check_name(text, "a plan")
    raise UsageError(f"no plan '{text}' waits; `sf-lifecycle plans` lists those that do")


def _of_job(workspace: Workspace, state: State, bound: Bound, job: str) -> list[SavedPlan]:
    """The job's plans that wait, and those that were approved and not written to the end; of today, where there are."""
    found = [each for status in OPEN for each in state.saved_plans(bound.org_id, status) if each.job == job]
    return [each for each in found if _status_today(workspace, each, bound.kind) in OPEN] or found


def _by_path(state: State, org_id: str, path: Path) -> SavedPlan | None:
    resolved = str(path.resolve())
    known = next((each for each in state.saved_plans(org_id) if each.path == resolved), None)
    return known or state.saved_plan(org_id, read_plan(path).digest)


def _status_today(workspace: Workspace, plan: SavedPlan, kind: str) -> PlanStatus:
    """A plan is for its day; only a local org may live on another."""
    is_over = kind != "local" and plan.as_of != today(workspace)
    return "expired" if is_over and plan.status in OPEN else plan.status


def _check_standing(workspace: Workspace, state: State, plan: Plan, known: SavedPlan | None) -> None:
    """Raises where the plan's time is over, or somebody said no."""
    head = plan.header
    if known is not None and known.status in ("rejected", "expired"):
        raise Refused([Refusal(guard=APPROVAL, message=told(known), way_out=_anew(head))])
    if head.kind != "local" and head.as_of != today(workspace):
        if known is not None:
            state.decide_plan(head.org_id, plan.digest, "expired", who="", why=f"it was for {head.as_of}")
        raise UsageError(f"the plan is for {head.as_of}, which is not today; {_anew(head)}")


def _anew(head: Header) -> str:
    return f"make a new one with `sf-lifecycle {f'undo {head.undoes}' if head.undoes else f'run {head.job}'}`"


def _applied_before(plan: Plan, known: SavedPlan) -> RunReport:
    """A plan applied twice does nothing the second time, and says so."""
    when = f" on {known.decided:%Y-%m-%d %H:%M} UTC" if known.decided else ""
    note = f"run {known.run_id} has written this plan already{when}; nothing was done"
    return RunReport(
        run_id=known.run_id,
        status="nothing",
        plan=replace(plan, notes=(note,)),
        worked=None,
        applied=None,
        pulled=None,
        refusals=(),
        waiting=None,
        calls=0,
        seconds={},
    )


def _check_rules(session: Session, plan: Plan, prepared: Prepared) -> None:
    head, now = plan.header, prepared.rules_digest
    if now == head.rules_digest or RULES in session.request.allow:
        return
    message = f"mapping or model changed since the plan was made ({head.rules_digest} then, {now} now)"
    way_out = f"{_anew(head)}, or write what is the same under both with --allow {RULES}"
    raise Refused([Refusal(guard=RULES, message=message, way_out=way_out)])


def _check_moved(session: Session, plan: Plan, checked: Rechecked) -> None:
    refusal = refused(plan, checked, session.workspace.job(plan.header.job))
    if refusal is not None and GUARD not in session.request.allow:
        raise Refused([refusal])

"""A run taken back: planned from the ledger, carried out like any plan, its job held until a person releases it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sf_lifecycle.apply.undo import plan_undo, still_stands
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.decisions.word import Word, close, decide, run_of
from sf_lifecycle.errors import UsageError
from sf_lifecycle.plan.changes import CAUSES, Plan
from sf_lifecycle.plan.recheck import Skipped
from sf_lifecycle.plans import check_name, leave_waiting
from sf_lifecycle.report import RunReport, report
from sf_lifecycle.request import Request, Watch
from sf_lifecycle.session import Session, open_session
from sf_lifecycle.stages import parts
from sf_lifecycle.state import Hold, Run, State, open_state

LOOKED_THROUGH = 1_000  # runs


def undoable(workspace: Workspace, most: int = 20) -> list[tuple[Run, str]]:
    """The last runs that wrote something, newest first, each with the run that took it back (or an empty text)."""
    with open_state(workspace.settings.storage.state_url) as state:
        runs = state.runs(limit=LOOKED_THROUGH)
    undone = _undone(runs)
    return [(run, undone.get(run.id, "")) for run in runs if wrote(run)][:most]


def is_undone(state: State, run_id: str | None) -> bool:
    """Was what this run wrote taken back since?"""
    return run_id in _undone(state.runs(limit=LOOKED_THROUGH))


def undo_run(workspace: Workspace, run: str, word: Word, watch: Watch, *, yes: bool) -> RunReport:
    """Plan the way back from a run; with `yes` carry it out, else leave it waiting for a person's word.

    `run`: its Id, or what only one begins with. Guards do not apply: what is taken back was let through before.
    """
    with open_state(workspace.settings.storage.state_url) as state:
        found = find_run(state, run)
    request = Request(job=found.job, who=word.who, why=word.why, kind="undo", undoes=found.id)
    with open_session(workspace, request, watch) as session:
        session.recover()
        with session.stage("plan"):
            plan = plan_undo(session.org, session.state, found, as_of=session.as_of)
        if plan.is_empty:
            return take_back(session, plan)
        kept = leave_waiting(workspace, session.state, plan, run_of(session).id)
        if yes:
            decide(session, plan, "approved")
            return take_back(session, plan)
        session.waiting = Path(kept.path)
        return report(session, plan, None, None)


def take_back_what_stands(session: Session, plan: Plan) -> RunReport:
    """Carry out an undo that waited: the way back planned anew, and of the saved plan written what is still in it.

    So nobody is approached who said no meanwhile, and nothing goes that somebody has begun to work with.
    """
    with session.stage("plan"):
        undone = find_run(session.state, plan.header.undoes)
        checked = still_stands(session.org, session.state, undone, plan)
    decide(session, plan, "approved")
    return take_back(session, checked.plan, checked.skipped)


def take_back(session: Session, plan: Plan, skipped: tuple[Skipped, ...] = ()) -> RunReport:
    """Carry out an undo. The job is held before anything is written: else the next night would do it all again."""
    head, state, run = plan.header, session.state, run_of(session)
    job, _ = parts(session.workspace, head.job)
    if not plan.is_empty:
        why = session.request.why or f"run {head.undoes} was undone"
        state.hold(head.org_id, head.job, run.id, who=session.request.who, why=why)
    applied = session.apply(plan, job, approved=True)
    if applied is not None and applied.status in ("done", "partial"):
        state.withdraw_labels(head.org_id, head.undoes)
        _stand_again(state, head.org_id, run.id)
    close(session, plan, applied)
    return report(session, plan, None, applied, skipped=skipped)


def find_run(state: State, text: str) -> Run:
    """A run by its Id, or by what only one begins with. UsageError where there is none, or more."""
    if (whole := state.run(text)) is not None:
        return whole
    check_name(text, "a run")
    found = [run for run in state.runs(limit=LOOKED_THROUGH) if run.id.startswith(text)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"there is no run '{text}'; `sf-lifecycle undo` lists those that wrote something")
    some = ", ".join(run.id for run in found[:3])
    raise UsageError(f"{len(found)} runs begin with '{text}' ({some}); give more of the Id")


def release_job(workspace: Workspace, job: str, word: Word) -> Hold | None:
    """Let a held job write again; the hold it was under, or None."""
    with open_state(workspace.settings.storage.state_url) as state:
        bound = state.bound()
        hold = state.held(bound.org_id, job) if bound else None
        if bound is None or hold is None:
            workspace.job(job)  # one that is configured no more may still be held
            return None
        state.release(bound.org_id, job, who=word.who, why=word.why)
        return hold


def _stand_again(state: State, org_id: str, run_id: str) -> None:
    """Tasks that are open again have no tombstone any more."""
    opened = {
        str(write.record_id)
        for write in state.ledger(run_id)
        if (write.object, write.operation, write.status) == ("Task", "update", "done") and "Status" in write.after
    }
    if opened:
        stones = state.tombstones(org_id)
        ours = stones["record_id"].isin(opened) & stones["cause"].isin(CAUSES)
        state.unbury(org_id, "Task", stones.loc[ours & stones["object"].eq("Task"), "key"].tolist())


def _undone(runs: Sequence[Run]) -> dict[str, str]:
    """Run → the last run that took it back."""
    return {run.undoes: run.id for run in reversed(runs) if run.undoes and wrote(run)}


def wrote(run: Run) -> bool:
    """Did the run write anything, as far as one can tell before it ended?"""
    done: Any = run.counts.get("done", {})
    return run.status == "running" or any(number for objects in done.values() for number in objects.values())

"""What a run leaves behind: its record in state, the job's record in Salesforce, and a value for whoever asked."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sf_lifecycle.apply import ApplyReport
from sf_lifecycle.errors import Refusal
from sf_lifecycle.mirror import PullReport
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.plan.recheck import Skipped
from sf_lifecycle.session import OUT_OF_REACH, Session
from sf_lifecycle.stages import Worked
from sf_lifecycle.state import RunStatus

DONE, PARTLY = 0, 4
OPERATIONS = ("create", "update", "delete")


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """What a run did. `applied` is None for a dry run, and where the plan waits for a person (`waiting`: its file).

    `status` is `planned` for a dry run and `waiting` for approval, else as in the run's record. `skipped`: rows of a
    saved plan whose ground moved. `notes`: sentences a person should see.
    """

    run_id: str | None
    status: str
    plan: Plan
    worked: Worked | None
    applied: ApplyReport | None
    pulled: PullReport | None
    refusals: tuple[Refusal, ...]
    waiting: Path | None
    calls: int
    seconds: MappingABC[str, float]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 everything asked for was done, 4 rows failed or the run was stopped, 5 the org was lost."""
        if self.applied is not None and self.applied.error is not None:
            return self.applied.error.exit_code
        return DONE if self.status in ("done", "nothing", "planned", "waiting") else PARTLY

    def done(self) -> dict[str, dict[str, int]]:
        """Operation → object → records written."""
        return {kind: self.applied.done(kind) if self.applied else {} for kind in OPERATIONS}

    @property
    def writes(self) -> int:
        """Business records written."""
        return self.applied.written if self.applied else 0


def report(
    session: Session,
    plan: Plan,
    worked: Worked | None,
    applied: ApplyReport | None,
    skipped: tuple[Skipped, ...] = (),
) -> RunReport:
    """Close the run's record, update the job's in Salesforce, and say what was done."""
    status = _status(applied, skipped)
    if applied is None or not isinstance(applied.error, OUT_OF_REACH):
        session.beat(status, _outcome(session, applied), _rows(applied))
    made = RunReport(
        run_id=session.run.id if session.run else None,
        status=status if session.run else "planned",
        plan=plan,
        worked=worked,
        applied=applied,
        pulled=session.pulled,
        refusals=session.guards.refusals,
        waiting=session.waiting,
        calls=session.org.calls.spent,
        seconds=dict(session.seconds),
        skipped=skipped,
        notes=(*([f"stopped: {session.why_stopped}"] if status == "stopped" else []), *session.notes),
    )
    if session.run is not None:
        session.state.finish_run(
            session.run.id, status=status, counts=_counts(made), calls=made.calls, message=_message(session, made)
        )
    return made


def _status(applied: ApplyReport | None, skipped: tuple[Skipped, ...]) -> RunStatus:
    if applied is None:
        return "waiting"
    if applied.status == "done" and skipped:
        return "partial"
    return "nothing" if applied.status == "done" and not applied.written else applied.status


def _rows(applied: ApplyReport | None) -> dict[str, int]:
    """What the job's record in Salesforce counts."""
    if applied is None:
        return {}
    return {
        "created": sum(applied.done("create").values()),
        "updated": sum(applied.done("update").values()) + sum(applied.done("delete").values()),
        "failed": sum(section.failed + section.unknown for section in applied.sections),
    }


def _counts(made: RunReport) -> dict[str, Any]:
    counts: dict[str, Any] = {"done": made.done(), "plays": made.plan.counts}
    return counts | ({"skipped": len(made.skipped)} if made.skipped else {})


def _message(session: Session, made: RunReport) -> str:
    parts = [_outcome(session, made.applied)]
    if session.guards.lifted:
        parts.append(f"guards lifted by {session.request.who}: {', '.join(session.guards.lifted)}")
    if made.waiting:
        parts.append(f"the plan waits for a person: {made.waiting}")
    if made.skipped:
        parts.append(f"{len(made.skipped)} rows skipped: their ground moved")
    return "; ".join([*filter(None, parts), *session.notes])[:2000]


def _outcome(session: Session, applied: ApplyReport | None) -> str:
    """How the writing ended, in words; empty where there is nothing to tell. No names: it stands in Salesforce too."""
    if applied is None:
        return "the plan waits for a person" if session.waiting else ""
    parts = [session.why_stopped] if applied.status == "stopped" else []
    parts += [str(applied.error)] if applied.error else []
    failing = [each for each in applied.troubles if each.status != "exists"]
    return "; ".join([*parts, *(f"{each.rows} {each.object}: {each.message}" for each in failing)])

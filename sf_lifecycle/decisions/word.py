"""A person's word, and what state keeps of it."""

from __future__ import annotations

from dataclasses import dataclass

from sf_lifecycle.apply import ApplyReport
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.session import Session
from sf_lifecycle.state import PlanStatus, Run


@dataclass(frozen=True, kw_only=True)
class Word:
    """Who gave it, why, and the guards lifted for it alone."""

    who: str
    why: str = ""
    allow: frozenset[str] = frozenset()


def run_of(session: Session) -> Run:
    """The session's run: a decision is always carried out by one."""
    if session.run is None:
        raise RuntimeError("a decision is carried out by a run")
    return session.run


def decide(session: Session, plan: Plan, status: PlanStatus) -> None:
    """Write down what becomes of a plan, by whom and in which run."""
    request = session.request
    session.state.decide_plan(
        plan.header.org_id, plan.digest, status, who=request.who, why=request.why, run_id=run_of(session).id
    )


def close(session: Session, plan: Plan, applied: ApplyReport | None) -> None:
    """A plan of which every row has its place is applied; any other may be applied again on its day."""
    known = session.state.saved_plan(plan.header.org_id, plan.digest)
    if known is not None and applied is not None and applied.status == "done":
        decide(session, plan, "applied")

"""Plans on disk that wait for a person's word, and what was decided."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Connection, or_, select, update

from sf_lifecycle.errors import UsageError
from sf_lifecycle.state.bulk import upsert
from sf_lifecycle.state.schema import saved_plans
from sf_lifecycle.state.values import PlanStatus, SavedPlan

_PLAN = [saved_plans.c[name] for name in SavedPlan.__dataclass_fields__]
_OPEN = ("waiting", "expired", "applied")
# What may come of a plan. One that was approved waits again where the org went into maintenance midway.
_NEXT: dict[str, tuple[PlanStatus, ...]] = {
    "waiting": ("approved", "rejected", "applied", "expired"),
    "approved": ("waiting", "rejected", "applied", "expired"),
    "rejected": (),
    "applied": (),
    "expired": (),
}


def keep(connection: Connection, org_id: str, plan: SavedPlan, *, asked_anew: bool = False) -> SavedPlan:
    """Remember a saved plan; what stands of it now.

    The same plan made again replaces one that waits or expired, and one that was applied: what it wrote is wanted
    again. A person's yes or no stands, but for a no where a person asks for the same again (`asked_anew`).
    """
    values = {name: getattr(plan, name) for name in SavedPlan.__dataclass_fields__}
    statement = upsert(connection, saved_plans).values({"org_id": org_id, **values})
    new = {name: statement.excluded[name] for name in values if name != "digest"}
    keys = list(saved_plans.primary_key.columns)
    replaced = (*_OPEN, "rejected") if asked_anew else _OPEN
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=new, where=saved_plans.c.status.in_(replaced))
    )
    stands = select(*_PLAN).where(saved_plans.c.org_id == org_id, saved_plans.c.digest == plan.digest)
    return SavedPlan(**dict(connection.execute(stands).mappings().one()))


def find(connection: Connection, org_id: str, digest: str) -> SavedPlan | None:
    """By its digest, the beginning of it (with or without "sha256:") or the end, as in its file's name.

    UsageError where several plans have it.
    """
    for same in (saved_plans.c.digest == digest, _partly(digest)):
        query = select(*_PLAN).where(saved_plans.c.org_id == org_id, same).limit(2)
        rows = connection.execute(query).mappings().all()
        if len(rows) > 1:
            raise UsageError(f"several saved plans have '{digest}' in their digest; give more of it")
        if rows:
            return SavedPlan(**dict(rows[0]))
    return None


def _partly(digest: str) -> ColumnElement[bool]:
    whole = saved_plans.c.digest
    begins = (whole.startswith(prefix + digest, autoescape=True) for prefix in ("", "sha256:"))
    return or_(*begins, whole.endswith(digest, autoescape=True))


def read(connection: Connection, org_id: str, status: PlanStatus | None = None) -> list[SavedPlan]:
    """Newest first; only those of one status where it is given."""
    query = select(*_PLAN).where(saved_plans.c.org_id == org_id)
    if status is not None:
        query = query.where(saved_plans.c.status == status)
    query = query.order_by(saved_plans.c.made.desc(), saved_plans.c.digest)
    return [SavedPlan(**dict(row)) for row in connection.execute(query).mappings()]


def decide(
    connection: Connection,
    now: dt.datetime,
    org_id: str,
    digest: str,
    status: PlanStatus,
    *,
    who: str,
    why: str = "",
    run_id: str | None = None,
) -> None:
    """Write down what becomes of the plan with this whole digest. UsageError where something else was decided before.

    A decision taken twice is taken once: the first one's who and when stay.
    """
    of_plan = (saved_plans.c.org_id == org_id) & (saved_plans.c.digest == digest)
    known = connection.execute(select(saved_plans).where(of_plan).with_for_update()).one_or_none()
    if known is None:
        raise UsageError(f"there is no saved plan {digest}")
    if known.status == status:
        return
    if status not in _NEXT[known.status]:
        by = f" by {known.who}" if known.who else ""
        been = "has expired" if known.status == "expired" else f"was {known.status} already{by}"
        raise UsageError(f"plan {digest} {been}; make a new plan")
    decided = None if status == "waiting" else now
    values = {"status": status, "decided": decided, "who": who, "why": why, "run_id": run_id or known.run_id}
    connection.execute(update(saved_plans).where(of_plan).values(values))

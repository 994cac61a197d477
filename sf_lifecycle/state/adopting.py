"""State handed over to the same org under its new Id: what a sandbox refresh makes of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, Table, delete, select, update

from sf_lifecycle.errors import OrgError
from sf_lifecycle.state.claims import refuse_while_held
from sf_lifecycle.state.schema import (
    asides,
    batch_sizes,
    bindings,
    claims,
    holds,
    label_history,
    merges,
    observations,
    runs,
    saved_plans,
    tombstones,
)
from sf_lifecycle.state.values import Identity

OF_AN_ORG: tuple[Table, ...] = (
    runs,
    label_history,
    observations,
    tombstones,
    asides,
    batch_sizes,
    merges,
    holds,
    saved_plans,
)


def adopt(connection: Connection, now: dt.datetime, identity: Identity, *, from_org_id: str) -> dict[str, int]:
    """Rewrite the org's Id everywhere and bind to it; rows by table. Plans not carried out yet expire: they name Ids.

    OrgError (WRONG_ORG) where state is not bound to `from_org_id`, or `identity` is another kind of org. Refused while
    a run writes.
    """
    _check(connection, identity, from_org_id)
    refuse_while_held(connection, from_org_id, now)
    connection.execute(delete(claims).where(claims.c.org_id == from_org_id))
    open_plans = saved_plans.c.status.in_(("waiting", "approved"))
    ended = {"status": "expired", "decided": now, "why": f"the org's Id changed to {identity.org_id}"}
    connection.execute(update(saved_plans).where(saved_plans.c.org_id == from_org_id, open_plans).values(ended))
    moved = {}
    for table in OF_AN_ORG:
        of_org = update(table).where(table.c.org_id == from_org_id)
        moved[table.name] = connection.execute(of_org.values(org_id=identity.org_id)).rowcount
    bound = {"org_id": identity.org_id, "name": identity.name, "bound_at": now}
    connection.execute(update(bindings).values(bound))
    return moved


def _check(connection: Connection, identity: Identity, from_org_id: str) -> None:
    bound = connection.execute(select(bindings).with_for_update()).one_or_none()
    if bound is None or bound.org_id != from_org_id:
        whose = "to no org yet" if bound is None else f"to {bound.org_id}"
        raise OrgError(
            f"state belongs {whose}, not to {from_org_id}",
            code="WRONG_ORG",
            way_out="look with `sf-lifecycle state show`",
        )
    if bound.kind != identity.kind:
        raise OrgError(
            f"state belongs to a {bound.kind} org, {identity.name!r} ({identity.org_id}) is a {identity.kind} org",
            code="WRONG_ORG",
            way_out="another kind of org needs its own storage.state_url and storage.data_dir",
        )

"""State is of one org: the first one it meets. A refreshed sandbox has another Id, and is another org."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, insert, select

from sf_lifecycle.errors import OrgError
from sf_lifecycle.state.schema import bindings
from sf_lifecycle.state.values import Bound, Identity


def bind(connection: Connection, identity: Identity, now: dt.datetime) -> None:
    """Bind at first use. OrgError WRONG_ORG where state is bound to another org, or to another kind of org."""
    bound = connection.execute(select(bindings)).one_or_none()
    if bound is None:
        values = {"id": 1, "org_id": identity.org_id, "kind": identity.kind, "name": identity.name, "bound_at": now}
        connection.execute(insert(bindings).values(values))
        return
    if (bound.org_id, bound.kind) != (identity.org_id, identity.kind):
        raise OrgError(
            f"state belongs to the {bound.kind} org {bound.name!r} ({bound.org_id}), "
            f"this is the {identity.kind} org {identity.name!r} ({identity.org_id})",
            code="WRONG_ORG",
            way_out="after a sandbox refresh: sf-lifecycle state adopt; else check salesforce.instance_url; "
            "another org needs its own storage.state_url and storage.data_dir",
        )


def bound(connection: Connection) -> Bound | None:
    """The org that state belongs to; None before it met one."""
    row = connection.execute(select(bindings)).one_or_none()
    return None if row is None else Bound(org_id=row.org_id, kind=row.kind, name=row.name)

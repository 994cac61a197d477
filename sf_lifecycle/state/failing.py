"""Rows that failed, with how often: a row that failed too often is set aside by whoever sends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Select, case, delete, exists, literal_column, select

from sf_lifecycle.state.bulk import IDS, portions, send, upsert
from sf_lifecycle.state.schema import asides
from sf_lifecycle.state.values import Aside, Failure

_FAILURE = ("ref", "digest", "code", "message")
_ASIDE = [asides.c[name] for name in Aside.__dataclass_fields__]


def any_known(connection: Connection, org_id: str, object_name: str, operation: str) -> bool:
    """Did any such row fail before? On most nights none did, and a success is nothing to write down."""
    return bool(connection.scalar(select(exists(_of_kind(org_id, object_name, operation)))))


def note(
    connection: Connection,
    now: dt.datetime,
    org_id: str,
    object_name: str,
    operation: str,
    failures: Sequence[Failure],
    succeeded: Collection[str],
) -> None:
    """One more attempt for each failure, the first where its values are new; rows that succeeded are forgotten."""
    same = {"org_id": org_id, "object": object_name, "operation": operation, "since": now, "last": now}
    rows = ((each.ref, each.digest, each.code, each.message) for each in failures)
    send(connection, _statement(connection), asides, _FAILURE, rows, same | {"attempts": 1})
    if succeeded and any_known(connection, org_id, object_name, operation):
        _forget(connection, org_id, succeeded, object_name, operation)


def _statement(connection: Connection) -> object:
    statement = upsert(connection, asides)
    new, old = statement.excluded, asides.c
    again = old.digest == new.digest
    counted = {
        "attempts": case((again, old.attempts + literal_column("1")), else_=literal_column("1")),
        "since": case((again, old.since), else_=new.since),
    }
    latest = {name: new[name] for name in ("digest", "code", "message", "last")}
    return statement.on_conflict_do_update(index_elements=list(asides.primary_key.columns), set_={**counted, **latest})


def among(
    connection: Connection, org_id: str, object_name: str, operation: str, refs: Sequence[str]
) -> dict[str, Aside]:
    """Those of `refs` that failed before, whatever the number of times."""
    of_kind = _of_kind(org_id, object_name, operation)
    found: dict[str, Aside] = {}
    for some in portions(refs, IDS):
        rows = connection.execute(of_kind.where(asides.c.ref.in_(some))).mappings()
        found.update((row["ref"], Aside(**dict(row))) for row in rows)
    return found


def read(connection: Connection, org_id: str) -> list[Aside]:
    """All of an org, those that failed longest first."""
    query = select(*_ASIDE).where(asides.c.org_id == org_id)
    query = query.order_by(asides.c.since, asides.c.object, asides.c.operation, asides.c.ref)
    return [Aside(**dict(row)) for row in connection.execute(query).mappings()]


def retry(connection: Connection, org_id: str, refs: Collection[str] | None) -> int:
    """Forget that these (None: all) failed, so that they are tried as fresh ones; how many there were."""
    if refs is None:
        return connection.execute(delete(asides).where(asides.c.org_id == org_id)).rowcount
    return _forget(connection, org_id, refs)


def _forget(
    connection: Connection, org_id: str, refs: Collection[str], object_name: str = "", operation: str = ""
) -> int:
    of_org = delete(asides).where(asides.c.org_id == org_id)
    if object_name:
        of_org = of_org.where(asides.c.object == object_name, asides.c.operation == operation)
    some = portions(sorted(refs), IDS)
    return sum(connection.execute(of_org.where(asides.c.ref.in_(part))).rowcount for part in some)


def _of_kind(org_id: str, object_name: str, operation: str) -> Select[tuple[object, ...]]:
    return select(*_ASIDE).where(
        asides.c.org_id == org_id, asides.c.object == object_name, asides.c.operation == operation
    )

"""What Tasks and Events have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ApiError
from .base import Context

_LEAD, _CONTACT = "00Q", "003"
_WITH_ACCOUNT = ("Opportunity", "Contract", "Case", "Asset")


def check_parties(row: Mapping[str, Any]) -> None:
    """A Lead as WhoId excludes any WhatId (the exact text is not known)."""
    if str(row.get("WhoId") or "").startswith(_LEAD) and row.get("WhatId"):
        raise ApiError(
            "FIELD_INTEGRITY_EXCEPTION",
            "Related To ID: a lead cannot be associated with a related record: remove the WhatId or the WhoId",
            ("WhatId",),
        )


def derive_account(ctx: Context, row: Mapping[str, Any]) -> str | None:
    """The account an activity counts for: the WhatId's, else the contact's."""
    what = row.get("WhatId")
    if what:
        target = ctx.store.schema.of_id(what)
        if target is not None and target.name == "Account":
            return str(what)
        if target is not None:
            column = "AccountId" if target.name in _WITH_ACCOUNT else None
            if column is None:
                column = next(
                    (f.name for f in target.fields.values() if f.master_detail and f.reference_to == ("Account",)), None
                )
            if column is not None:
                return _value(ctx, target.name, column, what)
    who = row.get("WhoId")
    return _value(ctx, "Contact", "AccountId", who) if who and str(who).startswith(_CONTACT) else None


def _value(ctx: Context, object_name: str, column: str, record_id: str) -> str | None:
    row = ctx.con.execute(f'SELECT "{column}" FROM "{object_name}" WHERE "Id" = ?', (record_id,)).fetchone()
    return None if row is None else row[0]


def bump_last_activity(ctx: Context, *rows: Mapping[str, Any]) -> None:
    """LastActivityDate of the records concerned: the latest due date of closed Tasks and day of Events.

    It moves SystemModstamp, not LastModifiedDate.
    """
    parents = {str(row[name]) for row in rows for name in ("AccountId", "WhatId", "WhoId") if row.get(name)}
    refresh_last_activity(ctx, sorted(parents))


def refresh_last_activity(ctx: Context, parents: Iterable[str]) -> None:
    for parent in parents:
        target = ctx.store.schema.of_id(parent)
        if target is None or target.get("LastActivityDate") is None:
            continue
        columns = {"Account": ("AccountId", "WhatId"), "Contact": ("WhoId",), "Lead": ("WhoId",)}.get(
            target.name, ("WhatId",)
        )
        of_parent = " OR ".join(f'"{c}" = ?1' for c in columns)
        latest = ctx.con.execute(
            f'SELECT max(day) FROM (SELECT "ActivityDate" AS day FROM "Task" WHERE "IsDeleted" = 0 AND "IsClosed" = 1'
            f' AND ({of_parent}) UNION ALL SELECT "ActivityDate" FROM "Event" WHERE "IsDeleted" = 0 AND ({of_parent}))',
            (parent,),
        ).fetchone()[0]
        ctx.con.execute(
            f'UPDATE "{target.name}" SET "LastActivityDate" = ?2, "SystemModstamp" = ?3'
            ' WHERE "Id" = ?1 AND "LastActivityDate" IS NOT ?2',
            (parent, latest, ctx.now),
        )

"""Accounts: those of one person, in an org that has them, and the contact that each of them brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import ApiError, required_missing
from ..persons import SHARED
from ..seeding import person_name
from .base import Context, Row, Rule, one

_REQUIRED = "LastName"


class AccountRule(Rule):
    def given(self, ctx: Context, row: Row) -> None:
        if not _knows_persons(ctx):
            return
        if not _is_person(ctx, row):
            _only_of_firms(ctx, row)
            return
        if row.get("Name") is not None:
            raise _bad_names(["Name"])
        if row.get(_REQUIRED) is None:
            raise required_missing((_REQUIRED,))
        row["IsPersonAccount"] = 1
        row["Name"] = person_name(row.get("FirstName"), row[_REQUIRED])
        if row.get("RecordTypeId") is None:
            row["RecordTypeId"] = one(ctx, 'SELECT "Id" FROM "RecordType" WHERE "IsPersonType" = 1 ORDER BY "Id"')

    def after_insert(self, ctx: Context, row: Row) -> None:
        if not row.get("IsPersonAccount"):
            return
        pairs = _pairs(ctx)
        values = {theirs: row[ours] for ours, theirs in pairs.items() if row.get(ours) is not None}
        contact = ctx.create("Contact", {**values, "AccountId": row["Id"], "IsPersonAccount": 1})
        held = ctx.store.get("Contact", contact) or {}
        shown = {ours: held[theirs] for ours, theirs in pairs.items()}  # defaults of the contact's fields among them
        row |= {**shown, "PersonContactId": contact}
        _set(ctx, row["Id"], {**shown, "PersonContactId": contact})

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        if not _knows_persons(ctx):
            return
        person = bool(old["IsPersonAccount"])
        if changes.get("RecordTypeId") is not None and _is_person(ctx, changes) != person:
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", "Record Type ID: of another kind of account", ("RecordTypeId",))
        if not person:
            _only_of_firms(ctx, changes)
            return
        if "Name" in changes:
            raise _bad_names(["Name"])
        if _REQUIRED in changes and changes[_REQUIRED] is None:
            raise required_missing((_REQUIRED,))
        if "FirstName" in changes or _REQUIRED in changes:
            new = {**old, **changes}
            changes["Name"] = person_name(new.get("FirstName"), new[_REQUIRED])

    def after_update(self, ctx: Context, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        if not new.get("IsPersonAccount"):
            return
        changed = {theirs: new[ours] for ours, theirs in _pairs(ctx).items() if new[ours] != old[ours]}
        if changed:
            ctx.change("Contact", new["PersonContactId"], changed)


def follow_contact(ctx: Context, contact: Mapping[str, Any]) -> None:
    """The account of a person says what its contact says."""
    account = ctx.store.get("Account", contact["AccountId"]) or {}
    pairs = {**_pairs(ctx), "Name": "Name"}
    moved = {ours: contact[theirs] for ours, theirs in pairs.items() if account.get(ours) != contact[theirs]}
    if account.get("PersonContactId") == contact["Id"] and moved:
        by = {"LastModifiedDate": ctx.now, "LastModifiedById": ctx.access.user_id, "SystemModstamp": ctx.now}
        _set(ctx, account["Id"], {**moved, **by})


def _set(ctx: Context, account: str, values: Mapping[str, Any]) -> None:
    assignments = ", ".join(f'"{name}" = ?' for name in values)
    ctx.con.execute(f'UPDATE "Account" SET {assignments} WHERE "Id" = ?', (*values.values(), account))


def _knows_persons(ctx: Context) -> bool:
    return ctx.store.object("Account").get("IsPersonAccount") is not None


def _is_person(ctx: Context, row: Mapping[str, Any]) -> bool:
    """By its record type, else by having a last name."""
    if row.get("RecordTypeId") is None:
        return row.get(_REQUIRED) is not None
    return bool(one(ctx, 'SELECT "IsPersonType" FROM "RecordType" WHERE "Id" = ?', row["RecordTypeId"]))


def _pairs(ctx: Context) -> dict[str, str]:
    """Field of the account -> field of its contact, where the two hold one value."""
    account, contact = ctx.store.object("Account"), ctx.store.object("Contact")
    shown = {f.name: f.mirrors for f in account.fields.values() if f.mirrors and f.stored}
    return shown | {name: name for name in SHARED if account.get(name) and contact.get(name)}


def _only_of_firms(ctx: Context, row: Mapping[str, Any]) -> None:
    account = ctx.store.object("Account")
    wrong = [n for n, value in row.items() if value is not None and (f := account.get(n)) is not None and f.mirrors]
    if wrong:
        raise _bad_names(wrong)


def _bad_names(names: Iterable[str]) -> ApiError:
    found = tuple(names)
    return ApiError(
        "INVALID_FIELD_FOR_INSERT_UPDATE", f"Account: bad field names on insert/update call: {', '.join(found)}", found
    )

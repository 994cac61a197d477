"""People's names, and assets, which belong to a person or a firm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ApiError, no_access
from ..seeding import person_name
from .account import follow_contact
from .base import Context, Row, Rule, one


class PersonRule(Rule):
    """Name is put together from the first and last name."""

    def before_insert(self, ctx: Context, row: Row) -> None:
        row["Name"] = person_name(row.get("FirstName"), row.get("LastName"))

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        if "FirstName" in changes or "LastName" in changes:
            new = {**old, **changes}
            changes["Name"] = person_name(new.get("FirstName"), new.get("LastName"))


class ContactRule(PersonRule):
    """The contact of a person account lives and moves with it alone."""

    goes_along = True

    def before_insert(self, ctx: Context, row: Row) -> None:
        super().before_insert(ctx, row)
        if not row.get("IsPersonAccount"):
            _to_a_firm(ctx, row)

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        super().before_update(ctx, old, changes)
        if not old.get("IsPersonAccount"):
            _to_a_firm(ctx, changes)
        elif any(name in changes and changes[name] != old[name] for name in ("AccountId", "RecordTypeId")):
            raise no_access()

    def after_update(self, ctx: Context, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        if new.get("IsPersonAccount"):
            follow_contact(ctx, new)

    def before_delete(self, ctx: Context, old: Mapping[str, Any]) -> None:
        if old.get("IsPersonAccount"):
            raise no_access()


def _to_a_firm(ctx: Context, row: Mapping[str, Any]) -> None:
    """A person account has its own contact and no other (the exact error is not known)."""
    account = row.get("AccountId")
    if account is None or ctx.store.object("Account").get("IsPersonAccount") is None:
        return
    if one(ctx, 'SELECT "IsPersonAccount" FROM "Account" WHERE "Id" = ?', account):
        raise ApiError(
            "FIELD_INTEGRITY_EXCEPTION", "Account ID: a person account has no other contacts", ("AccountId",)
        )


class AssetRule(Rule):
    def before_insert(self, ctx: Context, row: Row) -> None:
        _has_owner(row)

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        _has_owner({**old, **changes})


def _has_owner(row: Mapping[str, Any]) -> None:
    if not (row.get("AccountId") or row.get("ContactId")):
        raise ApiError(
            "FIELD_INTEGRITY_EXCEPTION",
            "Every asset needs an account, a contact, or both.: Account ID, Contact ID",
            ("AccountId", "ContactId"),
        )

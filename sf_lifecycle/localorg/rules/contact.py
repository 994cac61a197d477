"""People's names, and assets, which belong to a person or a firm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ApiError
from ..seeding import person_name
from .base import Context, Row, Rule


class PersonRule(Rule):
    """Name is put together from the first and last name."""

    def before_insert(self, ctx: Context, row: Row) -> None:
        row["Name"] = person_name(row.get("FirstName"), row.get("LastName"))

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        if "FirstName" in changes or "LastName" in changes:
            new = {**old, **changes}
            changes["Name"] = person_name(new.get("FirstName"), new.get("LastName"))


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

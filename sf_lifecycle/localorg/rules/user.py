"""Users: a full name, and a login row."""

from __future__ import annotations

from .base import Context, Row
from .contact import PersonRule


class UserRule(PersonRule):
    def after_insert(self, ctx: Context, row: Row) -> None:
        if ctx.store.schema.get("UserLogin") is not None:
            ctx.store.insert_many("UserLogin", [{"UserId": row["Id"]}])

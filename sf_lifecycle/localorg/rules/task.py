"""Tasks: who and what, closed or open, and the account they count for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .activities import bump_last_activity, check_parties, derive_account
from .base import Context, Row, Rule, one


class TaskRule(Rule):
    def before_insert(self, ctx: Context, row: Row) -> None:
        check_parties(row)
        row["AccountId"] = derive_account(ctx, row)
        self._derive(ctx, row, row)

    def after_insert(self, ctx: Context, row: Row) -> None:
        if row.get("IsClosed"):
            bump_last_activity(ctx, row)

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        new = {**old, **changes}
        check_parties(new)
        if "WhoId" in changes or "WhatId" in changes:
            changes["AccountId"] = derive_account(ctx, new)
        self._derive(ctx, new, changes, old)

    def after_update(self, ctx: Context, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        if old["IsClosed"] or new["IsClosed"]:
            bump_last_activity(ctx, old, new)

    def after_delete(self, ctx: Context, old: Mapping[str, Any]) -> None:
        if old["IsClosed"]:
            bump_last_activity(ctx, old)

    def after_undelete(self, ctx: Context, row: Mapping[str, Any]) -> None:
        self.after_delete(ctx, row)

    def _derive(self, ctx: Context, new: Mapping[str, Any], into: Row, old: Mapping[str, Any] | None = None) -> None:
        closed = one(ctx, 'SELECT "IsClosed" FROM "TaskStatus" WHERE "ApiName" = ? COLLATE NOCASE', new["Status"])
        into["IsClosed"] = int(bool(closed))
        into["IsHighPriority"] = int(new["Priority"] == "High")
        if into["IsClosed"] and not (old or {}).get("IsClosed"):
            into["CompletedDateTime"] = ctx.now
        elif not into["IsClosed"]:
            into["CompletedDateTime"] = None

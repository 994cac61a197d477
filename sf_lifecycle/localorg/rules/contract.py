"""Contracts: drafted first, activated by the status alone, ended by start and term."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ..errors import ApiError
from .base import Context, Row, Rule, one

_ACTIVATED = "Activated"


class ContractRule(Rule):
    def before_insert(self, ctx: Context, row: Row) -> None:
        row["StatusCode"] = _category(ctx, row["Status"])
        if row["StatusCode"] == _ACTIVATED:
            raise ApiError(
                "FAILED_ACTIVATION", "Choose a valid contract status and save your changes. Ask your admin for details."
            )
        row["EndDate"] = end_date(row)

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        new = {**old, **changes}
        if "Status" in changes:
            self._change_status(ctx, old, changes)
        if "StartDate" in changes or "ContractTerm" in changes:
            changes["EndDate"] = end_date(new)

    def before_delete(self, ctx: Context, old: Mapping[str, Any]) -> None:
        if old["StatusCode"] == _ACTIVATED:
            raise ApiError("DELETE_FAILED", "Your attempt to delete the contract failed: it is activated")

    def _change_status(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        category = _category(ctx, changes["Status"])
        was_active, becomes_active = old["StatusCode"] == _ACTIVATED, category == _ACTIVATED
        if was_active and not becomes_active:
            raise ApiError("INVALID_STATUS", "Status: an activated contract cannot go back", ("Status",))
        if becomes_active and not was_active:
            if set(changes) != {"Status"}:
                raise ApiError("FAILED_ACTIVATION", "Only the status may be changed when a contract is activated")
            changes["ActivatedById"] = ctx.access.user_id
            changes["ActivatedDate"] = ctx.now
        changes["StatusCode"] = category


def _category(ctx: Context, status: str) -> str:
    """Which statuses count as activated is data of the org (ContractStatus); unknown ones are drafts."""
    return one(ctx, 'SELECT "StatusCode" FROM "ContractStatus" WHERE "ApiName" = ? COLLATE NOCASE', status) or "Draft"


def end_date(row: Mapping[str, Any]) -> str | None:
    """Start plus the term in months, less a day; None unless both are there."""
    if not row.get("StartDate") or not row.get("ContractTerm"):
        return None
    start = date.fromisoformat(row["StartDate"])
    months = start.month - 1 + int(row["ContractTerm"])
    year, month = start.year + months // 12, months % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return (date(year, month, min(start.day, last)) - timedelta(days=1)).isoformat()

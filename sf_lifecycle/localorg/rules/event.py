"""Events: a start and an end, given in one of two ways."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ..clock import stamp
from ..errors import ApiError, required_missing
from .activities import bump_last_activity, check_parties, derive_account
from .base import Context, Row, Rule


class EventRule(Rule):
    def before_insert(self, ctx: Context, row: Row) -> None:
        check_parties(row)
        row["AccountId"] = derive_account(ctx, row)
        _times(row, row)

    def after_insert(self, ctx: Context, row: Row) -> None:
        bump_last_activity(ctx, row)

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        new = {**old, **changes}
        check_parties(new)
        if "WhoId" in changes or "WhatId" in changes:
            changes["AccountId"] = derive_account(ctx, new)
        if {"StartDateTime", "ActivityDateTime"} & changes.keys():
            given = changes.get("StartDateTime") or changes.get("ActivityDateTime")
            new |= {"StartDateTime": given, "ActivityDateTime": given}
            if "EndDateTime" not in changes:
                new["EndDateTime"] = None
        _times(new, changes)

    def after_update(self, ctx: Context, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        bump_last_activity(ctx, old, new)

    def after_delete(self, ctx: Context, old: Mapping[str, Any]) -> None:
        bump_last_activity(ctx, old)


def _times(new: Row, into: Row) -> None:
    if new.get("IsAllDayEvent"):
        day = new.get("ActivityDate") or str(new.get("StartDateTime") or "")[:10]
        if not day:
            raise required_missing(("ActivityDate",))
        start = f"{day}T00:00:00.000Z"
        into |= {"ActivityDate": day, "ActivityDateTime": None, "StartDateTime": start}
        into["EndDateTime"] = new.get("EndDateTime") or start
        return
    start = str(new.get("StartDateTime") or new.get("ActivityDateTime") or "")
    if not start:
        raise required_missing(("ActivityDateTime",))
    begun = datetime.fromisoformat(start)
    minutes, end = new.get("DurationInMinutes"), new.get("EndDateTime")
    if end is None and minutes is None:
        raise required_missing(("DurationInMinutes",))
    if end is None:
        end = stamp(begun + timedelta(minutes=int(minutes or 0)))
    length = int((datetime.fromisoformat(end) - begun).total_seconds() // 60)
    if length < 0:
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", "Event end date must be after its start", ("EndDateTime",))
    into |= {
        "StartDateTime": start,
        "ActivityDateTime": start,
        "ActivityDate": start[:10],
        "EndDateTime": end,
        "DurationInMinutes": length,
    }

"""Campaigns start with the member statuses Sent (the default) and Responded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .base import Context, Row, Rule


class CampaignRule(Rule):
    def after_insert(self, ctx: Context, row: Row) -> None:
        for order, (label, responded) in enumerate((("Sent", 0), ("Responded", 1)), start=3):
            ctx.create(
                "CampaignMemberStatus",
                {
                    "CampaignId": row["Id"],
                    "Label": label,
                    "IsDefault": 1 - responded,
                    "HasResponded": responded,
                    "SortOrder": order,
                },
            )

    def after_delete(self, ctx: Context, old: Mapping[str, Any]) -> None:
        for child in ("CampaignMember", "CampaignMemberStatus"):
            ctx.con.execute(
                f'UPDATE "{child}" SET "IsDeleted" = 1, "SystemModstamp" = ? WHERE "CampaignId" = ?',
                (ctx.now, old["Id"]),
            )

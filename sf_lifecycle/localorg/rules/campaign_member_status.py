"""A campaign has exactly one default member status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ApiError
from .base import Context, Row, Rule, one


class CampaignMemberStatusRule(Rule):
    goes_along = True

    def before_insert(self, ctx: Context, row: Row) -> None:
        self._check_label(ctx, row["CampaignId"], row["Label"], "")
        if row.get("SortOrder") is None:
            last = one(
                ctx,
                'SELECT max("SortOrder") FROM "CampaignMemberStatus" WHERE "CampaignId" = ? AND "IsDeleted" = 0',
                row["CampaignId"],
            )
            row["SortOrder"] = (last or 0) + 1

    def after_insert(self, ctx: Context, row: Row) -> None:
        if row.get("IsDefault"):
            self._only_default(ctx, row)

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        if "Label" in changes:
            self._check_label(ctx, old["CampaignId"], changes["Label"], old["Id"])
        if old["IsDefault"] and changes.get("IsDefault") == 0:
            raise ApiError(
                "FIELD_INTEGRITY_EXCEPTION", "A campaign must have exactly one default member status", ("IsDefault",)
            )

    def after_update(self, ctx: Context, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        if new["IsDefault"] and not old["IsDefault"]:
            self._only_default(ctx, new)
        if new["Label"] != old["Label"] or new["HasResponded"] != old["HasResponded"]:
            ctx.con.execute(
                'UPDATE "CampaignMember" SET "Status" = ?, "HasResponded" = ?, "SystemModstamp" = ?'
                ' WHERE "CampaignId" = ? AND "Status" = ? AND "IsDeleted" = 0',
                (new["Label"], new["HasResponded"], ctx.now, new["CampaignId"], old["Label"]),
            )

    def before_delete(self, ctx: Context, old: Mapping[str, Any]) -> None:
        if old["IsDefault"]:
            raise ApiError("DELETE_FAILED", "You can not delete the default member status of a campaign")
        used = one(
            ctx,
            'SELECT 1 FROM "CampaignMember" WHERE "CampaignId" = ? AND "Status" = ? AND "IsDeleted" = 0',
            old["CampaignId"],
            old["Label"],
        )
        if used is not None:
            raise ApiError("DELETE_FAILED", "This member status is in use")

    def _only_default(self, ctx: Context, row: Mapping[str, Any]) -> None:
        ctx.con.execute(
            'UPDATE "CampaignMemberStatus" SET "IsDefault" = 0, "SystemModstamp" = ?'
            ' WHERE "CampaignId" = ? AND "Id" <> ? AND "IsDefault" = 1',
            (ctx.now, row["CampaignId"], row["Id"]),
        )

    def _check_label(self, ctx: Context, campaign: str, label: str, own_id: str) -> None:
        other = one(
            ctx,
            'SELECT "Id" FROM "CampaignMemberStatus" WHERE "CampaignId" = ? AND "Label" = ? COLLATE NOCASE'
            ' AND "IsDeleted" = 0 AND "Id" <> ?',
            campaign,
            label,
            own_id,
        )
        if other is not None:
            raise ApiError(
                "DUPLICATE_VALUE", f"duplicate value found: Label duplicates value on record with id: {other[:15]}"
            )

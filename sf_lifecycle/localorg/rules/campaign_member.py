"""Campaign members: one person, once per campaign, with a status that the campaign knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ApiError
from .base import Context, Row, Rule

_COPIED = (
    *("Salutation", "FirstName", "LastName", "Title", "Phone", "MobilePhone", "Fax", "Email"),
    *("Description", "LeadSource", "DoNotCall", "HasOptedOutOfEmail", "HasOptedOutOfFax"),
)


class CampaignMemberRule(Rule):
    def before_insert(self, ctx: Context, row: Row) -> None:
        lead, contact = row.get("LeadId"), row.get("ContactId")
        if not (lead or contact):
            raise ApiError(
                "FIELD_INTEGRITY_EXCEPTION", "Either a lead or a contact must be specified: LeadId, ContactId", ()
            )
        if lead and contact:
            row["LeadId"] = lead = None  # the contact is kept
        column, person = ("ContactId", contact) if contact else ("LeadId", lead)
        # A person is in few campaigns, a campaign has many members: the plus keeps SQLite off the wrong index.
        known = ctx.con.execute(
            f'SELECT 1 FROM "CampaignMember" WHERE "{column}" = ? AND +"CampaignId" = ? AND "IsDeleted" = 0',
            (person, row["CampaignId"]),
        ).fetchone()
        if known is not None:
            raise ApiError("DUPLICATE_VALUE", "Already a campaign member.")
        row["Status"], row["HasResponded"] = settle_status(ctx, row["CampaignId"], row.get("Status"))
        if row["HasResponded"]:
            row["FirstRespondedDate"] = ctx.today
        self._copy(ctx, row, "Contact" if contact else "Lead", person)

    def after_insert(self, ctx: Context, row: Row) -> None:
        _count(ctx, row, members=1, responses=row["HasResponded"])

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        if "Status" not in changes:
            return
        changes["Status"], changes["HasResponded"] = settle_status(ctx, old["CampaignId"], changes["Status"])
        if changes["HasResponded"] and not old["FirstRespondedDate"]:
            changes["FirstRespondedDate"] = ctx.today

    def after_update(self, ctx: Context, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        if old["HasResponded"] != new["HasResponded"]:
            _count(ctx, new, responses=new["HasResponded"] - old["HasResponded"])

    def after_delete(self, ctx: Context, old: Mapping[str, Any]) -> None:
        _count(ctx, old, members=-1, responses=-old["HasResponded"])

    def after_undelete(self, ctx: Context, row: Mapping[str, Any]) -> None:
        _count(ctx, row, members=1, responses=row["HasResponded"])

    def _copy(self, ctx: Context, row: Row, source: str, person: Any) -> None:
        """The member's read-only copies of the person. (They are not refreshed when the person changes.)"""
        member, known = ctx.store.object("CampaignMember"), ctx.store.object(source)
        found = ctx.store.get(source, str(person)) or {}
        for name in _COPIED:
            if member.get(name) is not None and known.get(name) is not None:
                row[name] = found.get(name)
        address = "Mailing" if source == "Contact" else ""
        for part in ("Street", "City", "State", "PostalCode", "Country"):
            if member.get(part) is not None:
                row[part] = found.get(address + part)
        row["Name"] = found.get("Name")
        row["Type"] = source
        row["LeadOrContactId"] = person
        row["LeadOrContactOwnerId"] = found.get("OwnerId")
        row["CompanyOrAccount"] = found.get("Company")
        if found.get("AccountId"):
            row["CompanyOrAccount"] = (ctx.store.get("Account", found["AccountId"]) or {}).get("Name")
        for name in [n for n in row if member.get(n) is None]:
            del row[name]


def settle_status(ctx: Context, campaign: str, status: str | None) -> tuple[str | None, int]:
    """(status stored, responded). One the campaign does not have is not refused: the campaign's default is taken."""
    rows = ctx.con.execute(
        'SELECT "Label", "HasResponded", "IsDefault" FROM "CampaignMemberStatus"'
        ' WHERE "CampaignId" = ? AND "IsDeleted" = 0 ORDER BY "SortOrder"',
        (campaign,),
    ).fetchall()
    for label, responded, _ in rows:
        if status is not None and label.lower() == status.lower():
            return label, responded
    for label, responded, default in rows:
        if default:
            return label, responded
    return status, 0


def _count(ctx: Context, member: Mapping[str, Any], *, members: int = 0, responses: int = 0) -> None:
    """The campaign's counters move along; counting anew would make each member dearer than the one before."""
    column = "NumberOfLeads" if member.get("LeadId") else "NumberOfContacts"  # a converted Lead's has both
    ctx.con.execute(
        f'UPDATE "Campaign" SET "{column}" = "{column}" + ?, "NumberOfResponses" = "NumberOfResponses" + ?,'
        ' "SystemModstamp" = ? WHERE "Id" = ?',
        (members, responses, ctx.now, member["CampaignId"]),
    )

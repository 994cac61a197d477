"""Converting a Lead, as the button in its page does: an account, a contact, and an opportunity if one is wanted."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from .errors import ApiError
from .merging import members_once
from .rules import rule_for
from .rules.activities import refresh_last_activity

if TYPE_CHECKING:
    from .records import Writer

Row = dict[str, Any]

_USER = "005"
_PERSON = (
    *("Salutation", "FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone", "Fax", "LeadSource"),
    *("Description", "IndividualId", "DoNotCall", "HasOptedOutOfEmail", "HasOptedOutOfFax"),
)
_FIRM = ("Phone", "Fax", "Website", "Industry", "Rating", "AnnualRevenue", "NumberOfEmployees")
_ADDRESS = ("Street", "City", "State", "PostalCode", "Country")
_SHARED = ("CurrencyIsoCode",)


def convert(writer: Writer, lead_id: str, *, account: str | None, contact: str | None, opportunity: bool) -> Row:
    """Ids of `account`, `contact` and `opportunity` (None where none is wanted), found or made.

    Custom fields of the Lead go nowhere: which ones would is a setting that new orgs do not have. KeyError where there
    is no such Lead, account or contact; ApiError for a Lead converted before, and for a contact of another account.
    """
    lead = _living(writer, "Lead", lead_id)
    if lead["IsConverted"]:
        raise ApiError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    owner = lead["OwnerId"] if str(lead["OwnerId"]).startswith(_USER) else writer.access.user_id
    if contact is not None:
        account = _account_of(writer, contact, account)
    account = account or _new_account(writer, lead, owner)
    held = _living(writer, "Account", account)
    contact = contact or held.get("PersonContactId")
    if contact is None:
        contact = writer.create("Contact", {**_person(writer, lead), "AccountId": account, "OwnerId": owner})
    else:
        _complete(writer, contact, _person(writer, lead))
    deal = _new_opportunity(writer, lead, held, contact, owner) if opportunity else None
    _hand_over_activities(writer, lead_id, contact, account, deal)
    _hand_over_members(writer, lead_id, contact)
    _close(writer, lead_id, {"account": account, "contact": contact, "opportunity": deal})
    return {"account": account, "contact": contact, "opportunity": deal}


def _living(writer: Writer, object_name: str, record_id: str) -> Row:
    row = writer.store.get(object_name, record_id)
    if row is None or row["IsDeleted"]:
        raise KeyError(record_id)
    return row


def _account_of(writer: Writer, contact: str, account: str | None) -> str:
    found = _living(writer, "Contact", contact)["AccountId"]
    if found is None or account not in (None, found):
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", "the contact belongs to another account", ("ContactId",))
    return str(found)


def _new_account(writer: Writer, lead: Row, owner: str) -> str:
    """A firm by the Lead's company; without one, a person account where the org has them."""
    row: Row = {"OwnerId": owner, **_taken(lead, *_SHARED)}
    sobject = writer.store.object("Account")
    if lead.get("Company") is None:
        person = _person(writer, lead)
        row |= {f.name: person[f.mirrors] for f in sobject.fields.values() if f.mirrors in person}
        row |= {name: person[name] for name in ("Phone", "Fax") if name in person}
    else:
        row |= {**_taken(lead, *_FIRM), "Name": lead["Company"], "AccountSource": lead.get("LeadSource")}
        row |= {f"Billing{part}": lead.get(part) for part in _ADDRESS}
    rule_for("Account").given(writer, row)
    return writer.create("Account", row)


def _person(writer: Writer, lead: Row) -> Row:
    found = {**_taken(lead, *_PERSON, *_SHARED), **{f"Mailing{part}": lead.get(part) for part in _ADDRESS}}
    known = writer.store.object("Contact")
    return {name: value for name, value in found.items() if value is not None and known.get(name) is not None}


def _taken(lead: Row, *names: str) -> Row:
    return {name: lead[name] for name in names if lead.get(name) is not None}


def _complete(writer: Writer, contact: str, person: Mapping[str, Any]) -> None:
    """An existing contact takes only what it has not."""
    held = _living(writer, "Contact", contact)
    missing = {name: value for name, value in person.items() if held.get(name) is None}
    if missing:
        writer.change("Contact", contact, missing)


def _new_opportunity(writer: Writer, lead: Row, account: Row, contact: str, owner: str) -> str:
    """In the first stage, to be closed by the end of the quarter; the contact has the first part in it."""
    today = date.fromisoformat(writer.today)
    month = (today.month + 2) // 3 * 3
    stage = writer.con.execute(
        'SELECT "ApiName" FROM "OpportunityStage" WHERE "IsActive" = 1 AND "IsClosed" = 0 ORDER BY "SortOrder"'
    ).fetchone()[0]
    row = {
        **_taken(lead, "LeadSource", *_SHARED),
        "Name": f"{account['Name']}-",
        "AccountId": account["Id"],
        "OwnerId": owner,
        "StageName": stage,
        "CloseDate": date(today.year, month, calendar.monthrange(today.year, month)[1]).isoformat(),
    }
    made = writer.create("Opportunity", row)
    writer.create("OpportunityContactRole", {"OpportunityId": made, "ContactId": contact, "IsPrimary": 1})
    return made


def _hand_over_activities(writer: Writer, lead: str, contact: str, account: str, deal: str | None) -> None:
    """Open and closed ones keep their owners; they are about the opportunity, else the account."""
    what = deal or account
    for name in ("Task", "Event"):
        writer.con.execute(
            f'UPDATE "{name}" SET "WhoId" = ?, "WhatId" = ?, "AccountId" = ?, "LastModifiedDate" = ?,'
            ' "LastModifiedById" = ?, "SystemModstamp" = ? WHERE "WhoId" = ? AND "IsDeleted" = 0',
            (contact, what, account, writer.now, writer.access.user_id, writer.now, lead),
        )
    refresh_last_activity(writer, [p for p in (account, contact, deal) if p])


def _hand_over_members(writer: Writer, lead: str, contact: str) -> None:
    """A membership keeps its Lead, and is the contact's as well."""
    con = writer.con
    con.execute(
        'UPDATE "Campaign" SET "NumberOfConvertedLeads" = "NumberOfConvertedLeads" + 1, "SystemModstamp" = ?'
        ' WHERE "Id" IN (SELECT "CampaignId" FROM "CampaignMember" WHERE "LeadId" = ? AND "IsDeleted" = 0)',
        (writer.now, lead),
    )
    con.execute(
        'UPDATE "CampaignMember" SET "ContactId" = ?, "LeadOrContactId" = ?, "Type" = \'Contact\','
        ' "LastModifiedDate" = ?, "LastModifiedById" = ?, "SystemModstamp" = ?'
        ' WHERE "LeadId" = ? AND "IsDeleted" = 0',
        (contact, contact, writer.now, writer.access.user_id, writer.now, lead),
    )
    members_once(con)


def _close(writer: Writer, lead: str, made: Row) -> None:
    status = writer.con.execute('SELECT "ApiName" FROM "LeadStatus" WHERE "IsConverted" = 1 ORDER BY "SortOrder"')
    row: Row = {
        "IsConverted": 1,
        "IsUnreadByOwner": 0,
        "Status": next((entry[0] for entry in status), "Closed - Converted"),
        "ConvertedDate": writer.today,
        "ConvertedAccountId": made["account"],
        "ConvertedContactId": made["contact"],
        "ConvertedOpportunityId": made["opportunity"],
        "LastModifiedDate": writer.now,
        "LastModifiedById": writer.access.user_id,
        "SystemModstamp": writer.now,
    }
    assignments = ", ".join(f'"{name}" = ?' for name in row)
    writer.con.execute(f'UPDATE "Lead" SET {assignments} WHERE "Id" = ?', (*row.values(), lead))

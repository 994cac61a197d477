"""Who sees which rows: organisation-wide defaults, owners, the role hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .schema import Schema

PRIVATE, READ, READ_WRITE, BY_PARENT = "Private", "Read", "ReadWrite", "ControlledByParent"

# Private throughout: what a user may see then follows from roles and permissions alone, and a missing one shows.
STANDARD_DEFAULTS: Mapping[str, str] = {
    "account": PRIVATE,
    "asset": PRIVATE,
    "campaign": PRIVATE,
    "case": PRIVATE,
    "contact": PRIVATE,
    "contract": PRIVATE,
    "event": PRIVATE,
    "lead": PRIVATE,
    "opportunity": PRIVATE,
    "task": PRIVATE,
    "campaignmember": BY_PARENT,
    "campaignmemberstatus": BY_PARENT,
    "opportunitycontactrole": BY_PARENT,
    "opportunitylineitem": BY_PARENT,
}
# Standard objects that lean on a parent: (field, parent).
PARENTS: Mapping[str, tuple[str, str]] = {
    "campaignmember": ("CampaignId", "Campaign"),
    "campaignmemberstatus": ("CampaignId", "Campaign"),
    "opportunitycontactrole": ("OpportunityId", "Opportunity"),
    "opportunitylineitem": ("OpportunityId", "Opportunity"),
    "asset": ("AccountId", "Account"),
    "contact": ("AccountId", "Account"),
    "contract": ("AccountId", "Account"),
}

BELOW = """SELECT below_user."Id" FROM "User" AS below_user WHERE below_user."UserRoleId" IN (
WITH RECURSIVE below (id) AS (
SELECT "Id" FROM "UserRole" WHERE "ParentRoleId" = ?
UNION SELECT role."Id" FROM "UserRole" AS role JOIN below ON role."ParentRoleId" = below.id
) SELECT id FROM below)"""


def default_of(schema: Schema, name: str, overrides: Mapping[str, str]) -> str:
    """The organisation-wide default of an object; objects that are not shared at all are public to read."""
    key = name.lower()
    if key in overrides:
        return overrides[key]
    if key in STANDARD_DEFAULTS:
        return STANDARD_DEFAULTS[key]
    sobject = schema.get(name)
    if sobject is not None and sobject.custom:
        return sobject.sharing_model or READ_WRITE
    return READ


def parent_of(schema: Schema, name: str) -> tuple[str, str] | None:
    """(field, parent object) whose sharing an object follows."""
    known = PARENTS.get(name.lower())
    if known is not None:
        return known
    sobject = schema.get(name)
    master = next((f for f in sobject.fields.values() if f.master_detail), None) if sobject is not None else None
    return (master.name, master.reference_to[0]) if master is not None else None


@dataclass(frozen=True, kw_only=True)
class Owned:
    """Rows of the user and of those below in the role hierarchy; `column` holds whose they are."""

    column: str


@dataclass(frozen=True, kw_only=True)
class Follows:
    """Rows whose parent passes the parent's own rule."""

    column: str
    parent: str


def owned(column: str, user_id: str, role_id: str | None) -> tuple[str, tuple[str, ...]]:
    """A condition: the column names the user, or somebody below the user in the role hierarchy."""
    if role_id is None:
        return f"{column} = ?", (user_id,)
    return f"({column} = ? OR {column} IN ({BELOW}))", (user_id, role_id)

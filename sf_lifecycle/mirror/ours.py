"""What is pulled whatever the mapping says: the users, and the records that we wrote earlier. Tables of facts only."""

from __future__ import annotations

from dataclasses import dataclass

OUR_KEY = "Lifecycle_Key__c"
OURS = f"{OUR_KEY} >= '0'"
"""SOQL: the record carries a key of ours. A range on the External ID's index, where `!= null` would read the object."""

Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Ours:
    """A table of records that we wrote. `needed`: (API name, describe type) that a play of `part` cannot do without;
    `wanted`: taken where the org shows them, null otherwise.
    """

    table: str
    object: str
    part: str
    needed: Columns
    wanted: Columns = ()


USER = "User"
USER_KINDS = {
    "language": "text",
    "locale": "text",
    "country": "text",
    "hours_share": "number",
    "away_from": "date",
    "away_until": "date",
}
"""Key of `[owners.user]` → kind of value."""
HOLDS = {
    "text": frozenset({"string", "picklist", "combobox", "textarea"}),
    "number": frozenset({"double", "int", "percent", "currency"}),
    "date": frozenset({"date"}),
}
"""Kind of value → the describe types that hold it."""

USER_NEEDED: Columns = (("Name", "string"), ("IsActive", "boolean"), ("UserType", "picklist"))
USER_WANTED: Columns = (
    ("Alias", "string"),
    ("EmployeeNumber", "string"),
    ("FederationIdentifier", "string"),
    ("CommunityNickname", "string"),
    ("ManagerId", "reference"),
    ("UserRoleId", "reference"),
    ("LanguageLocaleKey", "picklist"),
    ("LocaleSidKey", "picklist"),
    ("TimeZoneSidKey", "picklist"),
    ("Country", "string"),
)

OUR_TASKS = Ours(
    table="_our_tasks",
    object="Task",
    part="task",
    needed=(
        ("Id", "id"),
        ("IsDeleted", "boolean"),
        ("OwnerId", "reference"),
        ("WhoId", "reference"),
        ("WhatId", "reference"),
        ("Subject", "combobox"),
        ("Description", "textarea"),
        ("Status", "picklist"),
        ("IsClosed", "boolean"),
        ("Priority", "picklist"),
        ("ActivityDate", "date"),
        ("CreatedDate", "datetime"),
        (OUR_KEY, "string"),
        ("Lifecycle_Play__c", "string"),
        ("Lifecycle_Reason__c", "string"),
        ("Lifecycle_Basis__c", "string"),
    ),
    wanted=(
        ("IsArchived", "boolean"),
        ("CompletedDateTime", "datetime"),
        ("Lifecycle_Outcome__c", "picklist"),
        ("Lifecycle_Next_Date__c", "date"),
    ),
)
OUR_CAMPAIGNS = Ours(
    table="_our_campaigns",
    object="Campaign",
    part="campaign",
    needed=(
        ("Id", "id"),
        ("IsDeleted", "boolean"),
        ("Name", "string"),
        ("Status", "picklist"),
        ("IsActive", "boolean"),
        (OUR_KEY, "string"),
        ("Lifecycle_Play__c", "string"),
    ),
    wanted=(("Type", "picklist"), ("OwnerId", "reference")),
)
OUR_MEMBERS = Ours(
    table="_our_members",
    object="CampaignMember",
    part="campaign",
    needed=(
        ("Id", "id"),
        ("IsDeleted", "boolean"),
        ("CampaignId", "reference"),
        ("ContactId", "reference"),
        ("LeadId", "reference"),
        ("Status", "picklist"),
        ("HasResponded", "boolean"),
        ("CreatedDate", "datetime"),
        (OUR_KEY, "string"),
        ("Lifecycle_Play__c", "string"),
        ("Lifecycle_Reason__c", "string"),
        ("Lifecycle_Decision_Date__c", "date"),
    ),
)
OUR_STATUSES = Ours(
    table="_our_statuses",
    object="CampaignMemberStatus",
    part="campaign",
    needed=(
        ("Id", "id"),
        ("CampaignId", "reference"),
        ("Label", "string"),
        ("IsDefault", "boolean"),
        ("HasResponded", "boolean"),
    ),
)
ALL_OURS = (OUR_TASKS, OUR_CAMPAIGNS, OUR_MEMBERS, OUR_STATUSES)

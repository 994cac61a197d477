"""A party is one thing: an account with a contact, or a Lead. Whom a record names is settled here and nowhere else.

A person account's contact is a contact like any other. A Lead is the firm and the person in one: it is its own contact.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

LEAD = "00Q"  # how the Ids of Leads begin


def is_lead_id(value: object) -> bool:
    """Is it the Id of a Lead?"""
    return isinstance(value, str) and value.startswith(LEAD)


def is_lead(ids: pd.Series[Any]) -> pd.Series[bool]:
    """The same, row by row."""
    return pd.Series([is_lead_id(each) for each in ids], index=ids.index, dtype=bool)


def who_and_what(outreaches: pd.DataFrame) -> pd.DataFrame:
    """Columns WhoId and WhatId for the Tasks of `outreaches` (columns account, contact).

    A Lead stands in WhoId and excludes any WhatId (Salesforce refuses both: FIELD_INTEGRITY_EXCEPTION).
    """
    contact, account = outreaches["contact"], outreaches["account"]
    own = is_lead(account) & contact.isna()
    who = contact.where(~own, account)
    return pd.DataFrame({"WhoId": who, "WhatId": account.where(~is_lead(who), None)})


def member_of(outreaches: pd.DataFrame) -> pd.DataFrame:
    """Columns ContactId and LeadId for memberships of `outreaches` (column member)."""
    member = outreaches["member"]
    lead = is_lead(member)
    return pd.DataFrame({"ContactId": member.where(~lead, None), "LeadId": member.where(lead, None)})


def person_of(members: pd.DataFrame) -> pd.Series[Any]:
    """Who a membership (columns ContactId, LeadId) is of; a converted Lead's is its contact's."""
    return members["ContactId"].where(members["ContactId"].notna(), members["LeadId"])

"""A party is one thing: an account with a contact, or a Lead. Whom a record names is settled here and nowhere else."""

from __future__ import annotations

import pandas as pd


def who_and_what(outreaches: pd.DataFrame) -> pd.DataFrame:
    """Columns WhoId and WhatId for the Tasks of `outreaches` (columns object, account, contact).

    A Lead stands in WhoId and excludes any WhatId (Salesforce refuses both: FIELD_INTEGRITY_EXCEPTION).
    """
    lead = outreaches["object"].eq("Lead")
    return pd.DataFrame(
        {
            "WhoId": outreaches["contact"].where(~lead, outreaches["account"]),
            "WhatId": outreaches["account"].where(~lead, None),
        }
    )


def member_of(outreaches: pd.DataFrame) -> pd.DataFrame:
    """Columns ContactId and LeadId for memberships of `outreaches` (columns object, account, member)."""
    lead = outreaches["object"].eq("Lead")
    return pd.DataFrame(
        {"ContactId": outreaches["member"].where(~lead, None), "LeadId": outreaches["account"].where(lead, None)}
    )

"""What we wrote earlier, as the outreaches it stands for: open Tasks, finished ones, memberships.

`tasks`: Id, Lifecycle_Key__c, OwnerId, WhatId, WhoId, Status, IsClosed, IsDeleted, ActivityDate, CompletedDateTime.
`members`: Id, Lifecycle_Key__c, CampaignId, ContactId, LeadId, Status, IsDeleted, CreatedDate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from sf_lifecycle.lifecycle import keys


@dataclass(frozen=True, kw_only=True)
class Past:
    """`open`: our open Tasks; `done`: those closed or deleted, with `done_on`; `members`: memberships that stand.

    All carry `key`, `outreach` and `account` (of a member null where nobody knows it); `members` also `joined_on`.
    """

    open: pd.DataFrame
    done: pd.DataFrame
    members: pd.DataFrame


def look_back(
    tasks: pd.DataFrame, members: pd.DataFrame, as_of: dt.date, *, people: MappingABC[str, str] = MappingProxyType({})
) -> Past:
    """Our records sorted into what is open, what is done, and which memberships stand. `people`: contact → account."""
    ours = _keyed(tasks)
    ours["account"] = ours["WhatId"].where(ours["WhatId"].notna(), ours["WhoId"])
    finished = ours["IsClosed"].eq(True) | ours["IsDeleted"].eq(True)
    done = ours[finished].copy()
    done["done_on"] = [_day(*row) or as_of for row in zip(done["CompletedDateTime"], done["ActivityDate"], strict=True)]
    standing = _keyed(members)
    standing = standing[~standing["IsDeleted"].eq(True)]
    accounts = standing["LeadId"].where(standing["LeadId"].notna(), standing["ContactId"].map(people))
    joined = [_day(created, None) or as_of for created in standing["CreatedDate"]]
    return Past(
        open=ours[~finished].drop_duplicates("outreach"),
        done=done,
        members=standing.assign(account=accounts, joined_on=pd.Series(joined, index=standing.index, dtype=object)),
    )


def _keyed(records: pd.DataFrame) -> pd.DataFrame:
    frame = records.rename(columns={"Lifecycle_Key__c": "key"}).sort_values(["key", "Id"], ignore_index=True)
    frame["outreach"] = frame["key"].map(keys.outreach_of).astype(object)
    return frame


def _day(completed: object, due: object) -> dt.date | None:
    if isinstance(completed, dt.datetime):
        return completed.date()
    return due if isinstance(due, dt.date) else None

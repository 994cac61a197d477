"""What we wrote earlier, as the outreaches it stands for: open Tasks, finished ones, memberships, and tombstones.

`tasks`: Id, Lifecycle_Key__c, OwnerId, WhatId, WhoId, Status, IsClosed, IsDeleted, ActivityDate, CompletedDateTime.
`members`: Id, Lifecycle_Key__c, CampaignId, ContactId, LeadId, Status, IsDeleted, CreatedDate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping as MappingABC
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.merged import survivors
from sf_lifecycle.lifecycle.tombstones import (
    ALONG,
    FINAL,
    STONE_COLUMNS,
    last_of_each,
    no_stones,
    of_object,
    standing_again,
    taken_by_us,
)

NOTHING: MappingABC[str, str] = MappingProxyType({})
TASK, MEMBER = "Task", "CampaignMember"
SEEN = ("Id", "org_key", "IsDeleted", "done_on", "account")


@dataclass(frozen=True, kw_only=True)
class Past:
    """`open`: our open Tasks, one an outreach once `one_each` was asked; `surplus`: the others of the same outreach.

    `done`: those closed or deleted by people, with `done_on`, also where only state remembers them; `members`:
    memberships that stand. All carry `key`, `outreach` and `account` as they are called after merges (`account` null
    where nobody knows it) and `org_key` as the org has it; `members` also `joined_on`.
    `left`: memberships that people removed. `along`: Tasks and memberships that went with their account or person, with
    `object` and `done_on`. `over`: key → cause, of Tasks that are not made again; `over_members`:
    the same of memberships.
    """

    open: pd.DataFrame
    done: pd.DataFrame
    members: pd.DataFrame
    left: pd.DataFrame
    surplus: pd.DataFrame
    over: MappingABC[str, str]
    over_members: MappingABC[str, str]
    along: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["object", *SEEN]))

    def one_each(self, theirs: Collection[str]) -> Past:
        """One open Task stands for an outreach: one that a person works on before others, then the oldest."""
        order = self.open.assign(ours=~self.open["Id"].isin(theirs), other=self.open["org_key"].ne(self.open["key"]))
        order = order.sort_values(["ours", "other", "key", "Id"], kind="stable")
        second = order.duplicated("outreach").reindex(self.open.index)
        return replace(self, open=self.open[~second], surplus=self.open[second])

    def without(self, tasks: pd.DataFrame, members: pd.DataFrame) -> Past:
        """As it is once these records (with `cause`) are taken back: they hold no turn and no room any more."""
        lapsed = tasks[tasks["cause"].eq("lapsed")]
        lapsed_members = members[members["cause"].eq("lapsed")]
        return replace(
            self,
            open=self.open[~self.open["Id"].isin(tasks["Id"])],
            surplus=self.surplus[~self.surplus["Id"].isin(tasks["Id"])],
            members=self.members[~self.members["Id"].isin(members["Id"])],
            over={**self.over, **dict.fromkeys(lapsed["key"], "lapsed")},
            over_members={**self.over_members, **dict.fromkeys(lapsed_members["key"], "lapsed")},
        )


def look_back(
    tasks: pd.DataFrame,
    members: pd.DataFrame,
    as_of: dt.date,
    *,
    people: MappingABC[str, str] = NOTHING,
    tombstones: pd.DataFrame | None = None,
    merges: MappingABC[str, str] = NOTHING,
    aliases: MappingABC[str, str] = NOTHING,
    absent: Collection[str] = (),
) -> Past:
    """Our records sorted into what is open, what is done, and which memberships stand.

    `people`: contact or Lead → account. `tombstones`: STONE_COLUMNS. `merges`: loser → survivor; `aliases`: what
    losers' outreaches were called → the survivor's. `absent`: accounts and people that our records name and nobody
    sees.
    """
    stones = no_stones() if tombstones is None else tombstones
    stones = stones[~standing_again(stones, {TASK: tasks, MEMBER: members})]
    buried, buried_members = (of_object(stones, name, aliases) for name in (TASK, MEMBER))
    ours = _keyed(tasks, aliases)
    ours["account"] = survivors(
        ours["WhatId"].where(ours["WhatId"].notna(), _account_of(ours["WhoId"], people)), merges
    )
    finished = ours["IsClosed"].eq(True) | ours["IsDeleted"].eq(True)
    done, along = _apart(_by_people(ours, finished, buried), ("WhatId", "WhoId"), absent, merges)
    done["done_on"] = [_day(*row) or as_of for row in zip(done["CompletedDateTime"], done["ActivityDate"], strict=True)]
    known = _remembered(buried, set(ours["org_key"]), merges)
    every = _keyed(members, aliases)
    leads = _account_of(every["LeadId"], people)
    every["account"] = survivors(leads.where(leads.notna(), every["ContactId"].map(people)), merges)
    gone = every["IsDeleted"].eq(True)
    standing = every[~gone]
    left, left_along = _apart(_by_people(every, gone, buried_members), ("ContactId", "LeadId"), absent, merges)
    went = [part.assign(object=name, done_on=as_of) for name, part in ((TASK, along), (MEMBER, left_along))]
    joined = [_day(created, None) or as_of for created in standing["CreatedDate"]]
    return Past(
        open=ours[~finished],
        surplus=ours.iloc[:0],
        done=pd.concat([done, known], ignore_index=True) if len(known) else done,
        members=standing.assign(joined_on=pd.Series(joined, index=standing.index, dtype=object)),
        left=left.assign(done_on=as_of),
        over=_over(done, buried),
        over_members=_over(left, buried_members),
        along=pd.concat([part[["object", *SEEN]] for part in went], ignore_index=True),
    )


def to_bury(past: Past, tombstones: pd.DataFrame) -> pd.DataFrame:
    """Tombstones (STONE_COLUMNS) of what was seen done or deleted by a person and state does not remember yet."""
    known = set(zip(tombstones["object"], tombstones["key"], strict=True))
    made = []
    for name, found in ((TASK, past.done), (MEMBER, past.left)):
        seen = found[found["Id"].notna()]
        new = pd.Series([(name, key) not in known for key in seen["org_key"]], index=seen.index, dtype=bool)
        made.append(_stones(name, seen[new]))
        went = past.along[past.along["object"].eq(name)]
        new = pd.Series([(name, key) not in known for key in went["org_key"]], index=went.index, dtype=bool)
        made.append(_stones(name, went[new]).assign(cause=ALONG))
    return pd.concat(made, ignore_index=True)


def _account_of(people: pd.Series[Any], accounts: MappingABC[str, str]) -> pd.Series[Any]:
    """Each person's account; who has none of their own stands for it, as a Lead does."""
    known = people.map(accounts).astype(object)
    return known.where(known.notna(), people)


def _apart(
    finished: pd.DataFrame, references: tuple[str, ...], absent: Collection[str], merges: MappingABC[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(what people finished, what was deleted along with the account or the person it was about)."""
    gone = pd.Series(False, index=finished.index)
    for name in references:
        gone |= survivors(finished[name], merges).isin(set(absent))
    gone &= finished["IsDeleted"].eq(True)
    return finished[~gone].copy(), finished[gone].copy()


def _stones(object_name: str, seen: pd.DataFrame) -> pd.DataFrame:
    stones = pd.DataFrame(
        {
            "key": seen["org_key"],
            "object": object_name,
            "cause": _seen_as(seen),
            "on": seen["done_on"],
            "record_id": seen["Id"],
            "account": seen["account"],
        },
        columns=list(STONE_COLUMNS),
    ).astype(object)
    return stones.where(stones.notna(), None).drop_duplicates("key", keep="last")


def _seen_as(finished: pd.DataFrame) -> pd.Series[str]:
    return finished["IsDeleted"].eq(True).map({True: "deleted", False: "done"}).astype(object)


def _keyed(records: pd.DataFrame, aliases: MappingABC[str, str]) -> pd.DataFrame:
    """With `org_key`, and `key` and `outreach` as they are called after merges; sorted by key and Id."""
    frame = records.rename(columns={"Lifecycle_Key__c": "org_key"})
    about = frame["org_key"].map(keys.outreach_of).astype(object)
    frame["outreach"] = survivors(about, aliases)
    other = frame["outreach"].ne(about)
    frame["key"] = frame["org_key"]
    if other.any():
        renamed = [
            keys.adopted(*pair) for pair in zip(frame.loc[other, "key"], frame.loc[other, "outreach"], strict=True)
        ]
        frame.loc[other, "key"] = pd.Series(renamed, index=frame.index[other], dtype=object)
    return frame.sort_values(["key", "Id"], ignore_index=True)


def _by_people(records: pd.DataFrame, finished: pd.Series[bool], buried: pd.DataFrame) -> pd.DataFrame:
    """What people finished: without what we took back ourselves, and without what was made again since."""
    last = last_of_each(records)
    last = last[finished.reindex(last.index)]
    aside = last["org_key"].map(keys.is_set_aside).astype(bool)
    return last[~aside & ~taken_by_us(last, buried)].copy()


def _remembered(buried: pd.DataFrame, there: Collection[str], merges: MappingABC[str, str]) -> pd.DataFrame:
    """Finished Tasks that only state remembers: purged, or archived out of sight."""
    known = buried[buried["cause"].isin(["done", "deleted"]) & ~buried["org_key"].isin(there)]
    return pd.DataFrame(
        {
            "key": known["key"],
            "org_key": known["org_key"],
            "outreach": known["key"].map(keys.outreach_of),
            "account": survivors(known["account"], merges),
            "done_on": known["on"],
            "IsDeleted": known["cause"].eq("deleted"),
        }
    ).astype(object)


def _over(done: pd.DataFrame, buried: pd.DataFrame) -> dict[str, str]:
    final = buried[buried["cause"].isin(FINAL)]
    return dict(zip(final["key"], final["cause"], strict=True)) | dict(zip(done["key"], _seen_as(done), strict=True))


def _day(completed: object, due: object) -> dt.date | None:
    if isinstance(completed, dt.datetime):
        return completed.date()
    return due if isinstance(due, dt.date) else None

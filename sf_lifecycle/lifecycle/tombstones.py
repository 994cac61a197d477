"""What state remembers of keys whose record is done, deleted or gone: which may be made again, and which never."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.merged import survivors

STONE_COLUMNS = ("key", "object", "cause", "on", "record_id", "account")
FINAL = ("done", "deleted", "lapsed")  # not made again for that occasion; after any other cause it may be
ALONG = "orphaned"  # went with its account or its person: nobody's word about the outreach, and none of ours
OURS = ("lapsed", "withdrawn", "opted out", "merged", "undone")  # the record is gone by our own doing


def no_stones() -> pd.DataFrame:
    """An empty frame of tombstones."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in STONE_COLUMNS})


def standing_again(stones: pd.DataFrame, records: Mapping[str, pd.DataFrame]) -> pd.Series[bool]:
    """Which stones are void: the very record that a person deleted, or that went along, lives again.

    `records`: sObject → our records of it (columns Id, IsDeleted).
    """
    alive = {
        (name, id_) for name, found in records.items() for id_ in found.loc[~found["IsDeleted"].eq(True), "Id"].tolist()
    }
    again = [pair in alive for pair in zip(stones["object"], stones["record_id"], strict=True)]
    return pd.Series(again, index=stones.index, dtype=bool) & stones["cause"].isin(["deleted", ALONG])


def lost(made: Mapping[str, str], tasks: pd.DataFrame, stones: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Stones for Tasks that we made, did not take back, and see no more under any key of ours: not made a second time.

    Somebody took the key off, or the recycle bin was emptied before we looked. `made`: Id → the key last written.
    """
    keys_there = set(tasks["Lifecycle_Key__c"]) | set(stones.loc[stones["object"].eq("Task"), "key"])
    there = set(tasks["Id"])
    gone = sorted((key, id_) for id_, key in made.items() if id_ not in there and key not in keys_there)
    rows = [(key, "Task", "deleted", as_of, id_, None) for key, id_ in gone if not keys.is_set_aside(key)]
    return pd.DataFrame(rows, columns=list(STONE_COLUMNS), dtype=object).drop_duplicates("key", ignore_index=True)


def of_object(stones: pd.DataFrame, object_name: str, aliases: Mapping[str, str]) -> pd.DataFrame:
    """The tombstones of one sObject; `key` as it is called after merges, `org_key` as it was written."""
    mine = stones[stones["object"].eq(object_name)].rename(columns={"key": "org_key"})
    about = mine["org_key"].map(keys.outreach_of).astype(object)
    now = survivors(about, aliases)
    named = [keys.adopted(key, outreach) for key, outreach in zip(mine["org_key"], now, strict=True)]
    return mine.assign(key=pd.Series(named, index=mine.index, dtype=object))


def last_of_each(records: pd.DataFrame) -> pd.DataFrame:
    """Without records in the recycle bin whose key was made again: the later one says what became of it."""
    by = ["CreatedDate", "Id"] if "CreatedDate" in records.columns else ["Id"]
    order = records.sort_values(by, kind="stable", na_position="first")
    earlier = order["IsDeleted"].eq(True) & order.duplicated("org_key", keep="last")
    return records[~earlier.reindex(records.index)]


def taken_by_us(records: pd.DataFrame, buried: pd.DataFrame) -> pd.Series[bool]:
    """Which deleted records we took back ourselves, or went along, as state remembers; a person deleted the others."""
    ours = buried[buried["cause"].isin([*OURS, ALONG])].drop_duplicates("org_key").set_index("org_key")["record_id"]
    named = records["org_key"].map(ours)
    same = records["org_key"].isin(set(ours.index)) & (named.isna() | named.eq(records["Id"]))
    return records["IsDeleted"].eq(True) & same

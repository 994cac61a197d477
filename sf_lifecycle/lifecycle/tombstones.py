"""What state remembers of keys whose record is done, deleted or gone: which may be made again, and which never."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.merged import survivors

STONE_COLUMNS = ("key", "object", "cause", "on", "record_id", "account")
FINAL = ("done", "deleted", "lapsed")  # not made again for that occasion; after any other cause it may be
OURS = ("lapsed", "withdrawn", "opted out", "merged", "undone")  # the record is gone by our own doing


def no_stones() -> pd.DataFrame:
    """An empty frame of tombstones."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in STONE_COLUMNS})


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
    """Which deleted records we took back ourselves, as state remembers; a person deleted the others."""
    ours = buried[buried["cause"].isin(OURS)].drop_duplicates("org_key").set_index("org_key")["record_id"]
    named = records["org_key"].map(ours)
    same = records["org_key"].isin(set(ours.index)) & (named.isna() | named.eq(records["Id"]))
    return records["IsDeleted"].eq(True) & same

"""Why nobody can be approached for an outreach: nobody on record, or what stops most of those who are."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.answers import channels
from sf_lifecycle.lifecycle.outreach import MEMBER
from sf_lifecycle.lifecycle.queries import VERBS

NOBODY_ON_RECORD = "no person on record"
NOBODY_FITS = "nobody on record is whom the play asks for"
UNASKED = "no contact who may be approached"


def why_nobody(rows: pd.DataFrame, mapping: Mapping, people: MappingABC[str, pa.Table]) -> pd.Series[str]:
    """The reason of each of `rows` (columns play, part, account). `people`: channel → each one's word, why, account."""
    member = rows["part"].eq(MEMBER) | rows["play"].isin({n for n, play in mapping.plays.items() if play.task is None})
    task, wave = (channels(mapping, rows["play"], part=part) for part in ("task", "campaign"))
    channel = wave.where(member, task)
    found = pd.Series(UNASKED, index=rows.index, dtype=object)
    for name, mine in rows["account"].groupby(channel):
        if name in people:
            most = _most_frequent(people[str(name)], mine, VERBS[str(name)])
            found.loc[mine.index] = mine.map(most).astype(object).fillna(NOBODY_ON_RECORD)
    return found


def _most_frequent(people: pa.Table, accounts: pd.Series[str], verb: str) -> dict[str, str]:
    """Account → what stops most of its people, as a sentence; accounts without people are not in it."""
    wanted = pa.array(accounts.dropna().unique().tolist(), pa.string())
    near = people.filter(pc.is_in(people["account"], wanted))
    fits = dict.fromkeys(near["account"].unique().to_pylist(), NOBODY_FITS)
    stopped = near.filter(pc.not_equal(near["word"], "yes"))
    stopped = stopped.set_column(stopped.column_names.index("why"), "why", stopped["why"].cast(pa.string()))
    counted = stopped.group_by(["account", "why"]).aggregate([("word", "count")])
    counted = counted.sort_by([("account", "ascending"), ("word_count", "descending"), ("why", "ascending")])
    said: dict[str | None, str] = {}
    for account, why in zip(
        reversed(counted["account"].to_pylist()), reversed(counted["why"].to_pylist()), strict=True
    ):
        fits[account] = said.setdefault(why, f"nobody may be {verb}: {why}" if why else f"nobody may be {verb}")
    return fits

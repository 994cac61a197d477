"""From a play's rows to its outreaches: rows with one key are one outreach, led by the best-ranked.

An outreach frame has one row per outreach and the columns COLUMNS; dates are datetime64[s], everything else objects.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sf_lifecycle.config.mapping import Mapping, Play
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.calendar import Days, WorkingDays
from sf_lifecycle.lifecycle.frames import object_frame
from sf_lifecycle.lifecycle.merged import aliases
from sf_lifecycle.lifecycle.queries import SPOKEN, TEXT
from sf_lifecycle.lifecycle.standing import outreaches

COLUMNS = (
    "play", "priority", "position", "outreach", "key", "account", "object", "name", "stage", "rank", "occasion",
    "owner", "contact", "contact_may", "contact_basis", "target", "limit", "script",
    "wave", "member", "member_may", "member_basis", "spoken", "state", "reason",
)  # fmt: skip
DATES = ("target", "limit")

# States of an outreach on a list.
OPEN, PLANNED, WAITING, LEFT_OUT = "open", "planned", "waiting", "left out"


@dataclass(frozen=True, kw_only=True)
class PlayList:
    """A play's outreaches, best first, and the rows behind them (`outreach` + the texts' values), in rank order.

    `aliases`: what outreaches about records merged since were called → what they are called now.
    """

    play: str
    outreaches: pd.DataFrame
    rows: pd.DataFrame
    aliases: MappingABC[str, str] = field(default_factory=dict)


def play_list(
    name: str,
    mapping: Mapping,
    stages: MappingABC[str, tuple[str, ...]],
    table: pa.Table,
    days: WorkingDays,
    merges: MappingABC[str, str] = MappingProxyType({}),
) -> PlayList:
    """The play's list from its rows (`table`, sorted best first), for accounts in a stage its purpose serves.

    `merges`: loser → survivor, of records merged in Salesforce.
    """
    play = mapping.plays[name]
    served = [stage for stage, purposes in stages.items() if play.purpose in purposes]
    frame = to_frame(table)
    frame = frame[frame["stage"].isin(served) & frame["account"].notna()].reset_index(drop=True)
    frame["outreach"] = outreaches(name, frame)
    lead = frame.drop_duplicates("outreach", ignore_index=True)
    target, limit = _due(play, lead.get("due"), len(lead), days)
    known = {column: lead[column] for column in COLUMNS if column in lead.columns} | {
        "play": name,
        "priority": play.priority,
        "position": np.arange(len(lead)),
        "key": [keys.full(o, when) for o, when in zip(lead["outreach"], lead["occasion"], strict=True)],
        "spoken": speaks(play),
    }
    columns = {column: _objects(known.get(column), len(lead)) for column in COLUMNS}
    text_columns = [column for column in frame.columns if column.startswith(TEXT)]
    return PlayList(
        play=name,
        outreaches=pd.DataFrame({**columns, "target": target, "limit": limit}),
        rows=frame[["outreach", *text_columns]],
        aliases=aliases(name, frame, merges),
    )


def speaks(play: Play) -> bool:
    """Does the customer hear of it? Research and internal Tasks take no turn of the account's one voice."""
    return play.campaign is not None or (play.task is not None and play.task.channel in SPOKEN)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """An engine table as Python objects, null as None; `due` stays an array of days."""
    frame = object_frame(table)
    if "due" in frame:
        frame["due"] = np.asarray(table.column("due").to_numpy(), dtype="datetime64[D]").astype("datetime64[s]")
    return frame


def _due(play: Play, due: pd.Series[pd.Timestamp] | None, rows: int, days: WorkingDays) -> tuple[Days, Days]:
    """The day a Task is wanted on and the last day it makes sense (NaT: none)."""
    never = np.full(rows, np.datetime64("NaT", "s"))
    if due is None or play.task is None:
        return never, never
    dates = due.to_numpy().astype("datetime64[D]")
    count = play.task.due.business_days
    if play.task.due.before is not None:
        return days.shift(dates, -count).astype("datetime64[s]"), dates.astype("datetime64[s]")
    return days.shift(dates, count).astype("datetime64[s]"), never


def _objects(values: object, rows: int) -> pd.Series[Any]:
    """A column of Python objects from a value for each row, or one for all; pandas infers nothing."""
    column = np.empty(rows, dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object)

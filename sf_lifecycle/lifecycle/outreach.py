"""From a play's rows to its outreaches: rows with one key are one outreach, led by the best-ranked.

An outreach frame has one row per outreach and the columns COLUMNS; `day` is datetime64[s], numbers and `spoken` are
plain, everything else objects. A play for a cluster gives two kinds: its joint Task, and each firm's membership.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping as MappingABC
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Mapping, Play
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.frames import object_frame
from sf_lifecycle.lifecycle.grouping import key_columns, outreach_names
from sf_lifecycle.lifecycle.merged import aliases
from sf_lifecycle.lifecycle.queries import SPOKEN

COLUMNS = (
    "play", "part", "priority", "position", "outreach", "key", "account", "object", "name", "stage", "occasion",
    "owner", "contact", "contact_may", "day", "script",
    "wave", "member", "member_may", "joint", "spoken", "state", "reason",
)  # fmt: skip

# States of an outreach on a list.
OPEN, PLANNED, WAITING, LEFT_OUT = "open", "planned", "waiting", "left out"
# Parts of a cluster's play; other plays' outreaches have none: they may be a Task and a membership in one.
JOINT, MEMBER = "joint", "member"
OF_CLUSTER = ("occasion", "wave", "day")  # what a firm's membership shares with the joint Task

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Left:
    """Outreaches that were let go: reason, without what is behind its colon, → how many; and owner → how many, where a
    Task was asked for.
    """

    reasons: MappingABC[str, int] = field(default_factory=dict)
    owners: MappingABC[Any, int] = field(default_factory=dict)


# A play, its leading rows (best first), what they are called, aliases → which of the rows stay, and the others.
Keep = Callable[[str, pa.Table, list[str], MappingABC[str, str]], tuple[npt.NDArray[np.bool_], Left]]


@dataclass(frozen=True, kw_only=True)
class Behind:
    """The rows behind outreaches, best first: `keys`, the engine's `_key` of each; `of`, its outreach's position.

    `firm_keys` and `firm_of`: of the memberships, in the order of their positions, their own row and their cluster's
    position.
    """

    keys: Numbers
    of: Numbers
    firm_keys: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    firm_of: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class PlayList:
    """A play's outreaches, best first, and what the texts say of the rows behind those that are put into words.

    `rows`: `outreach` and the texts' values (columns `t.…`), in rank order; a membership has its cluster's rows.
    `firms`: the same of memberships' own rows, for the reason of a membership. Both are empty until they are fetched.
    `aliases`: what outreaches about records merged since were called → what they are called now. `left`: outreaches
    that are on the list, and not among `outreaches`.
    """

    play: str
    outreaches: pd.DataFrame
    behind: Behind
    rows: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"outreach": pd.Series(dtype=object)}))
    firms: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"outreach": pd.Series(dtype=object)}))
    aliases: MappingABC[str, str] = field(default_factory=dict)
    left: Left = field(default_factory=Left)


def play_list(
    name: str,
    mapping: Mapping,
    table: pa.Table,
    merges: MappingABC[str, str] = MappingProxyType({}),
    members: pa.Table | None = None,
    keep: Keep | None = None,
) -> PlayList:
    """The play's list from its rows (`table`, sorted best first), of accounts in a stage that its purpose serves.

    `members`: the rows of a cluster's firms, likewise. `merges`: loser → survivor, of records merged in Salesforce.
    `keep`: which rows become outreaches of the list, of a play that is not for clusters; None: all.
    """
    play, cluster = mapping.plays[name], mapping.plays[name].for_each in mapping.clusters
    if "account" in table.column_names:
        table = table.filter(pc.is_valid(table["account"]))
    names, of = outreach_names(name, key_columns(table), len(table))
    leading = np.unique(of, return_index=True)[1]
    rows = table.drop_columns(["_key", "_id"]).take(pa.array(leading))
    behind = Behind(keys=_row_keys(table), of=of)
    del table
    renamed: dict[str, str] = {}
    if merges:
        named = object_frame(rows.select([each for each in rows.column_names if _is_key(each)]))
        renamed = aliases(name, named.assign(outreach=names), merges)
    place, left = np.arange(len(rows)), Left()
    if keep and not cluster:
        stays, left = keep(name, rows, names, renamed)
        place = np.flatnonzero(stays)
        rows, names = rows.take(pa.array(place)), [names[each] for each in place.tolist()]
    lead = object_frame(rows)
    whole = _outreaches(name, play, lead.assign(outreach=names), place, part=JOINT if cluster else None)
    if cluster:
        whole["name"] = _named(lead)
        whole = whole if play.task else whole.iloc[:0]
        members_of = _firms(name, lead, names, members)
        if len(members_of):
            firms = _outreaches(name, play, members_of, len(names) + np.arange(len(members_of)), part=MEMBER)
            parts = {**_key_values(members_of), "key-": members_of["account"]}
            renamed |= aliases(name, pd.DataFrame({"outreach": firms["outreach"], **parts}), merges)
            own, of_cluster = (members_of[column].to_numpy(dtype=np.int64) for column in ("_key", "place"))
            behind = Behind(keys=behind.keys, of=of, firm_keys=own, firm_of=of_cluster)
            whole = pd.concat([whole, firms], ignore_index=True)
    return PlayList(play=name, outreaches=whole, behind=behind, aliases=renamed, left=left)


def nothing() -> pd.DataFrame:
    """A frame without an outreach."""
    frame = pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
    return frame.astype({"priority": np.int32, "position": np.int32, "spoken": bool, "day": "datetime64[s]"})


def speaks(play: Play) -> bool:
    """Does the customer hear of it? Research and internal Tasks take no turn of the account's one voice."""
    return play.campaign is not None or (play.task is not None and play.task.channel in SPOKEN)


def _outreaches(name: str, play: Play, lead: pd.DataFrame, position: Numbers, *, part: str | None) -> pd.DataFrame:
    """The columns COLUMNS from leading rows with their `outreach` and `position` on the whole list."""
    called = play.task is not None and play.task.channel in SPOKEN
    known: dict[str, Any] = {column: lead[column] for column in COLUMNS if column in lead.columns}
    when = {occasion: keys.occasion_digest(occasion) for occasion in _distinct(lead["occasion"])}
    named = zip(lead["outreach"], lead["occasion"], strict=True)
    known |= {
        "play": name,
        "part": part,
        "key": [f"{about}:{when[occasion]}" for about, occasion in named],
        "priority": np.full(len(lead), play.priority, dtype=np.int32),
        "position": position.astype(np.int32),
        "spoken": np.full(len(lead), called if part == JOINT else speaks(play)),
        "day": _days(lead.get("day"), len(lead)),
    }
    plain = ("priority", "position", "spoken", "day")
    return pd.DataFrame(
        {name: known[name] if name in plain else _objects(known.get(name), len(lead)) for name in COLUMNS}
    )


def _firms(name: str, clusters: pd.DataFrame, joint: list[str], members: pa.Table | None) -> pd.DataFrame:
    """One row for each firm of the clusters on the list (`joint`, what they are called), in their order, then by
    account: with `place`, its cluster's position, and what it shares with the joint Task.
    """
    if members is None or not len(joint):
        return pd.DataFrame()
    members = members.filter(pc.is_valid(members["account"]))
    abouts, of = outreach_names(name, key_columns(members), len(members))
    places = {about: place for place, about in enumerate(joint)}
    place = np.array([places.get(about, -1) for about in abouts], dtype=np.int64)[of]
    rows = object_frame(members.take(pa.array(np.flatnonzero(place >= 0)))).assign(place=place[place >= 0])
    rows = rows.sort_values(["place", "account", "_id"], kind="stable").drop_duplicates(["place", "account"])
    rows = rows.reset_index(drop=True)
    values = _key_values(rows).values()
    rows["outreach"] = [keys.outreach(name, each) for each in zip(*values, rows["account"], strict=True)]
    at = rows["place"].to_numpy(dtype=np.int64)
    shared = {column: clusters[column].to_numpy()[at] for column in OF_CLUSTER if column in clusters}
    return rows.assign(**shared, joint=np.array(joint, dtype=object)[at])


def _key_values(rows: pd.DataFrame) -> dict[str, pd.Series[Any]]:
    return {str(part): rows[part] for part in rows.columns if _is_key(str(part))}


def _is_key(column: str) -> bool:
    return column[:3] == "key" and column[3:].isdigit()


def _named(lead: pd.DataFrame) -> pd.Series[Any]:
    """A cluster is called by its key values."""
    words = [", ".join(keys.canonical(each) for each in some) for some in zip(*_key_values(lead).values(), strict=True)]
    return pd.Series(words, index=lead.index, dtype=object)


def _row_keys(table: pa.Table) -> Numbers:
    return np.asarray(table["_key"].to_numpy(), dtype=np.int64)


def _days(days: pd.Series[Any] | None, rows: int) -> npt.NDArray[np.datetime64]:
    if days is None:
        return np.full(rows, np.datetime64("NaT", "s"))
    return days.to_numpy().astype("datetime64[D]").astype("datetime64[s]")


def _distinct(values: pd.Series[Any]) -> set[Any]:
    return set(values.tolist())


def _objects(values: object, rows: int) -> pd.Series[Any]:
    """A column of Python objects from a value for each row, or one for all; pandas infers nothing."""
    column = np.empty(rows, dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object)

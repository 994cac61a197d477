"""Why something of ours is taken back: the words, the first reason that counts, and time alone as one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sf_lifecycle.config.mapping import Mapping as Rules
from sf_lifecycle.lifecycle.answers import Answers
from sf_lifecycle.lifecycle.reserved import NOBODYS, Reserved
from sf_lifecycle.lifecycle.standing import Standing

WITHDRAWN, LAPSED, OPTED_OUT, MERGED = "withdrawn", "lapsed", "opted out", "merged"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """Tonight's lists. `frame`: every outreach, owners settled; `reach`: whom each can reach; `stages`: stage →
    purposes; `standing`: what stands by itself of the outreaches our records are about; `held`: Ids of open Tasks that
    keep an occasion of their own; `reserved`: who has the word at which account; `rooted`: Ids of
    joint Tasks that stay with their firm, whichever comes first today.
    """

    frame: pd.DataFrame
    reach: pd.DataFrame
    stages: Mapping[str, tuple[str, ...]]
    standing: Standing
    held: frozenset[str] = frozenset()
    reserved: Reserved = NOBODYS
    rooted: frozenset[str] = frozenset()

    def of(self, records: pd.DataFrame) -> pd.DataFrame:
        """Each record's outreach as the lists have it (columns of `frame` and `reach`), null where it is on none."""
        mine = self.frame["outreach"].isin(set(records["outreach"]))
        rows = self.frame[mine].join(self.reach[mine]).set_index("outreach")
        return rows.reindex(records["outreach"]).set_axis(records.index)


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """Records of ours to take back, with `cause`, `why` and the columns of `Past`.

    `tasks`; `members` that leave a wave that is still planned; `opted_out`: those who stay in one that moved on, and
    may no longer be approached.
    """

    tasks: pd.DataFrame
    members: pd.DataFrame
    opted_out: pd.DataFrame


def looked_up(
    values: pd.Series[Any], known: Mapping[Any, Any] | pd.Series[Any] | Callable[[Any], Any]
) -> pd.Series[Any]:
    """Each value's entry, as Python objects also where there is no row to tell a type from."""
    return values.map(known).astype(object)


def titles_of(rules: Rules, plays: pd.Series[str]) -> pd.Series[str]:
    """What people call each play; its name where the mapping has it no longer."""
    return looked_up(plays, {name: play.title for name, play in rules.plays.items()}).fillna(plays)


def say(rows: pd.DataFrame, which: pd.Series[bool], cause: str | pd.Series[str], why: str | pd.Series[str]) -> None:
    """The first reason found is the one that counts."""
    new = which & rows["cause"].isna()
    for name, value in (("cause", cause), ("why", why)):
        rows.loc[new, name] = value if isinstance(value, str) else value[new]


def say_closed(rows: pd.DataFrame, which: pd.Series[bool], reserved: Reserved, answers: Answers) -> None:
    """Of `which` what is at accounts where nothing may stay open; over for its occasion where time alone said so."""
    closed = which & reserved.closed_at(rows["account"])
    if closed.any():
        before = answers.reserved_earlier(set(rows.loc[closed, "account"].dropna()))
        new = closed if before is None else closed & before.closed_at(rows["account"])
        reasons = looked_up(rows["account"].where(closed, None), lambda at: reserved.reason(at) if at else None)
        say(rows, closed, looked_up(new, {True: WITHDRAWN, False: LAPSED}), reasons)


def lapse_by_time(
    rows: pd.DataFrame,
    which: pd.Series[bool],
    titles: pd.Series[str],
    answers: Answers,
    able: Callable[[pd.DataFrame], pd.Series[bool]],
) -> None:
    """What would still be wanted had the days stood still was ended by time alone: it is over for its occasion.

    Else a play whose condition time makes true, false and true again would make the same key again and again. `able`:
    outreaches → which of them can reach somebody.
    """
    some = rows[which]
    wanted: set[str] = set()
    for found in answers.earlier(set(some["play"]), set(some["account"].dropna())).values() if len(some) else ():
        wanted |= set(found.outreaches.loc[able(found.outreaches), "outreach"])
    late = some.index[some["outreach"].isin(wanted)]
    rows.loc[late, "cause"] = LAPSED
    rows.loc[late, "why"] = "no longer on the list of " + titles[late] + ": its time has passed"

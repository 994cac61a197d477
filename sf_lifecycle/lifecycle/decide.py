"""All plays' outreaches, settled: who is approached, by whom, on which day, and why the others are not."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping as MappingABC
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.lifecycle.calendar import working_days
from sf_lifecycle.lifecycle.capacity import SPOKEN, kind_of, spread
from sf_lifecycle.lifecycle.keys import play_of
from sf_lifecycle.lifecycle.outreach import COLUMNS, PlayList, occasions, play_list
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.past import Past
from sf_lifecycle.lifecycle.voice import settle


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`outreaches`: every play's list with owner, due, state and reason settled. `lists`: the rows behind, by play.

    `touched`: Ids of our open Tasks a rep has worked on. `held`: Ids of those that stand for an occasion of their own,
    which is still a fact. `unresolved`: outreaches whose owner is nobody who works.
    """

    outreaches: pd.DataFrame
    lists: MappingABC[str, PlayList]
    past: Past
    touched: frozenset[str]
    held: frozenset[str]
    unresolved: int

    def counts(self) -> dict[str, dict[str, int]]:
        """Play → state or reason → outreaches, for people and guards."""
        frame = self.outreaches
        what = frame["state"].where(frame["reason"].isna() | frame["reason"].eq(""), frame["reason"])
        tally = Counter(zip(frame["play"], (text.partition(":")[0] for text in what), strict=True))
        counts: dict[str, dict[str, int]] = {play: {} for play in self.lists}
        for (play, reason), number in sorted(tally.items()):
            counts[str(play)][str(reason)] = number
        return counts


def decide(
    mapping: Mapping,
    model: Model,
    tables: MappingABC[str, pa.Table],
    standing: Callable[[str], pa.Table | None],
    *,
    plays: Collection[str],
    desk: Desk,
    past: Past,
    touched: frozenset[str],
    as_of: dt.date,
) -> Decision:
    """The decision of one day. `tables`: play → its rows, best first; `standing` gives a play's standing rows."""
    days = working_days(mapping.calendar, as_of)
    lists = {name: play_list(name, mapping, model.stages, tables[name], days) for name in plays}
    every = [found.outreaches for found in lists.values()]
    frame = pd.concat(every, ignore_index=True) if every else pd.DataFrame(columns=list(COLUMNS))
    unresolved = desk.unresolved(frame["owner"])
    frame["owner"] = desk.resolve(frame["owner"])
    frame = settle(frame, mapping, past, as_of)
    elsewhere = _elsewhere(frame, past)
    held = _held(elsewhere, lists, standing)
    moving = elsewhere[~elsewhere["task"].isin(held | touched)]
    frame["held"] = frame["outreach"].isin(set(elsewhere["outreach"]) - set(moving["outreach"]))
    frame["moved"] = frame["outreach"].isin(set(moving["outreach"])) & frame["target"].notna()
    owners = frame["outreach"].map(past.open.set_index("outreach")["OwnerId"])  # a Task that moves stays with its owner
    frame["owner"] = frame["owner"].where(~frame["moved"], owners)
    kept = past.open[~past.open["outreach"].isin(set(frame.loc[frame["moved"], "outreach"]))]
    kinds = {name: kind_of(play) for name, play in mapping.plays.items()}
    frame = spread(frame, mapping.capacity, kinds, _busy(kept, past.done, kinds, as_of), days, as_of)
    return Decision(outreaches=frame, lists=lists, past=past, touched=touched, held=held, unresolved=unresolved)


def _busy(
    kept: pd.DataFrame, done: pd.DataFrame, kinds: MappingABC[str, str], as_of: dt.date
) -> Iterator[tuple[str, dt.date, str]]:
    """(owner, due day, kind) of what fills the weeks: open Tasks, and those done in a week that is not over yet."""
    monday = as_of - dt.timedelta(days=as_of.weekday())
    for found, since in ((kept, dt.date.min), (done[~done["IsDeleted"].eq(True)], monday)):
        for owner, day, key in zip(found["OwnerId"], found["ActivityDate"], found["key"], strict=True):
            if day is not None and day >= since:
                yield owner, day, kinds.get(play_of(key), SPOKEN)


def _elsewhere(frame: pd.DataFrame, past: Past) -> pd.DataFrame:
    """Outreaches whose open Task stands for another occasion than today's: play, outreach, account, task, key."""
    open_tasks = past.open.set_index("outreach")
    found = frame[["play", "outreach", "account"]].assign(
        task=frame["outreach"].map(open_tasks["Id"]), standing=frame["outreach"].map(open_tasks["key"])
    )
    return found[found["standing"].notna() & found["standing"].ne(frame["key"])]


def _held(
    elsewhere: pd.DataFrame, lists: MappingABC[str, PlayList], standing: Callable[[str], pa.Table | None]
) -> frozenset[str]:
    """Ids of those Tasks whose own occasion is still a fact: a date came near or went by, but nothing was corrected."""
    held: set[str] = set()
    for play in (name for name in lists if name in set(elsewhere["play"])):
        table = standing(play)
        mine = elsewhere[elsewhere["play"].eq(play)]
        if table is not None:
            near = table.filter(pc.is_in(table["account"], pa.array(mine["account"].tolist(), pa.string())))
            facts = occasions(play, near)
            held |= set(mine.loc[mine["standing"].isin(facts), "task"])
    return frozenset(held)

"""All plays' outreaches, settled: who is approached, by whom, on which day, and why the others are not."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping as MappingABC
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.lifecycle.answers import Answers, channels, full_names
from sf_lifecycle.lifecycle.calendar import WorkingDays
from sf_lifecycle.lifecycle.capacity import SPOKEN, kind_of, spread
from sf_lifecycle.lifecycle.causes import Listed, TakenBack
from sf_lifecycle.lifecycle.handing_over import hands
from sf_lifecycle.lifecycle.keys import play_of
from sf_lifecycle.lifecycle.leaving_waves import members_taken_back, planned_members
from sf_lifecycle.lifecycle.outreach import COLUMNS, PlayList
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.past import Past
from sf_lifecycle.lifecycle.reach import reach
from sf_lifecycle.lifecycle.scope import Scope
from sf_lifecycle.lifecycle.standing import standing_of
from sf_lifecycle.lifecycle.taking_back import tasks_taken_back
from sf_lifecycle.lifecycle.voice import settle


@dataclass(frozen=True, kw_only=True)
class Ours:
    """Our records and what is known of them. `theirs`: Ids of open Tasks that people work on; `read_back`: Task Id →
    fields as we last read them; `campaigns`: ours as the org has them.
    """

    past: Past
    scope: Scope
    theirs: frozenset[str]
    read_back: MappingABC[str, MappingABC[str, Any]]
    campaigns: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`outreaches`: every play's list with owner, due, state and reason settled. `lists`: the rows behind, by play.

    An outreach is `held` where its open Task stays with an occasion of its own, and `moved` where it goes to today's.
    `past`: without what is taken back (`taken`). Ids of our open Tasks: `touched`, by a rep or by nobody we know of;
    `refused`, whose person may no longer be approached; `unknown`, which nobody remembers writing; `vanished`,
    untouched and of an account that the mirror does not hold; `others`, which other jobs look after; `stranded`, whose
    owner can no longer work.
    `unresolved`: outreaches whose owner is nobody who works.
    """

    outreaches: pd.DataFrame
    lists: MappingABC[str, PlayList]
    past: Past
    taken: TakenBack
    touched: frozenset[str]
    refused: frozenset[str]
    unknown: frozenset[str]
    vanished: frozenset[str]
    others: frozenset[str]
    unresolved: int
    stranded: frozenset[str] = frozenset()

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
    lists: MappingABC[str, PlayList],
    answers: Answers,
    ours: Ours,
    *,
    desk: Desk,
    days: WorkingDays,
    as_of: dt.date,
) -> Decision:
    """The decision of one day. What is taken back goes first, so that it holds no turn and no room."""
    every = [found.outreaches for found in lists.values()]
    frame = pd.concat(every, ignore_index=True) if every else pd.DataFrame(columns=list(COLUMNS))
    unresolved = desk.unresolved(frame["owner"])
    frame["wished"] = frame["owner"]
    frame["owner"] = desk.resolve(frame["owner"])
    before = ours.past
    refused = _refused(before.open, mapping, answers)
    members = planned_members(mapping, before, answers, ours.scope, ours.campaigns)
    standing = standing_of(_unsure(frame, before.open, members, mapping, lists), answers.standing)
    held = frozenset(before.open.loc[before.open["key"].isin(standing.keys), "Id"]) - refused
    listed = Listed(frame=frame, reach=reach(frame, mapping), stages=model.stages, standing=standing, held=held)
    tasks = tasks_taken_back(mapping, before, listed, answers, ours.scope, theirs=ours.theirs, as_of=as_of)
    leave, opted_out = members_taken_back(mapping, members, listed, answers, ours.scope)
    past = before.without(tasks, leave)
    frame = settle(frame, mapping, past, as_of)
    frame = _incumbents(frame, past, held | ours.theirs)
    frame["owner"] = hands(frame, past.open, ours, desk, standing)
    kinds = {name: kind_of(play) for name, play in mapping.plays.items()}
    frame = spread(frame, mapping.capacity, kinds, _busy(frame, past, kinds, as_of), days, as_of)
    known = set(answers.stages_of(before.open["account"]).index)
    return Decision(
        outreaches=frame,
        lists=lists,
        past=past,
        taken=TakenBack(tasks=tasks, members=leave, opted_out=opted_out),
        touched=ours.theirs,
        refused=refused,
        unknown=frozenset(before.open["Id"]) - set(ours.read_back),
        vanished=frozenset(before.open.loc[~before.open["account"].isin(known), "Id"]) - ours.theirs,
        others=frozenset(before.open.loc[~ours.scope.covers(before.open), "Id"]),
        unresolved=unresolved,
        stranded=frozenset(before.open.loc[before.open["OwnerId"].map(desk.gone).astype(bool), "Id"]),
    )


def _refused(open_tasks: pd.DataFrame, mapping: Mapping, answers: Answers) -> frozenset[str]:
    """Ids of open Tasks whose own person may no longer be approached through the play's channel."""
    channel = channels(mapping, full_names(mapping, open_tasks), part="task")
    return frozenset(open_tasks.loc[answers.refused(open_tasks["WhoId"], channel), "Id"])


def _unsure(
    frame: pd.DataFrame,
    open_tasks: pd.DataFrame,
    members: pd.DataFrame,
    mapping: Mapping,
    lists: MappingABC[str, PlayList],
) -> pd.DataFrame:
    """Play and account of records whose occasion, or whose owner, is another than the lists say tonight."""
    keys = set(frame["key"])
    wished = open_tasks["outreach"].map(frame.set_index("outreach")["owner"])
    tasks = open_tasks[~open_tasks["key"].isin(keys) | wished.ne(open_tasks["OwnerId"])]
    others = members[~members["key"].isin(keys) & ~members["frozen"]]
    found = [some[["account"]].assign(play=full_names(mapping, some)) for some in (tasks, others)]
    asked = pd.concat(found, ignore_index=True)
    return asked[asked["play"].isin(list(lists))]


def _incumbents(frame: pd.DataFrame, past: Past, stay: Collection[str]) -> pd.DataFrame:
    """With `held` and `moved`: the open Task stands for another occasion than today's, and stays so, or goes there."""
    open_tasks = past.open.set_index("outreach")
    task, key = (frame["outreach"].map(open_tasks[name]) for name in ("Id", "key"))
    elsewhere = key.notna() & key.ne(frame["key"])
    held = elsewhere & task.isin(list(stay))
    return frame.assign(held=held, moved=elsewhere & ~held & frame["target"].notna())


def _busy(
    frame: pd.DataFrame, past: Past, kinds: MappingABC[str, str], as_of: dt.date
) -> Iterator[tuple[str, dt.date, str]]:
    """(owner, due day, kind) of what fills the weeks: open Tasks, and those done in a week that is not over yet.

    A Task that is handed over fills its new owner's week; one that moves is given a day like a new one.
    """
    monday = as_of - dt.timedelta(days=as_of.weekday())
    kept = past.open[~past.open["outreach"].isin(set(frame.loc[frame["moved"], "outreach"]))]
    owner = kept["outreach"].map(frame.set_index("outreach")["owner"])
    kept = kept.assign(OwnerId=owner.where(owner.notna(), kept["OwnerId"]))
    done = past.done[~past.done["IsDeleted"].eq(True)]
    for found, since in ((kept, dt.date.min), (past.surplus, dt.date.min), (done, monday)):
        for user, day, key in zip(found["OwnerId"], found["ActivityDate"], found["key"], strict=True):
            if isinstance(day, dt.date) and day >= since:
                yield user, day, kinds.get(play_of(key), SPOKEN)

"""All plays' outreaches, settled: who is approached, by whom, on which day, and why the others are not."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator, Mapping as MappingABC
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.lifecycle.anchors import rooted
from sf_lifecycle.lifecycle.answers import Answers, channels, full_names
from sf_lifecycle.lifecycle.calendar import WorkingDays
from sf_lifecycle.lifecycle.capacity import SPOKEN, kind_of, spread
from sf_lifecycle.lifecycle.causes import WITHDRAWN, Listed, TakenBack
from sf_lifecycle.lifecycle.due import due_days, waits_until
from sf_lifecycle.lifecycle.handing_over import handed_over, hands
from sf_lifecycle.lifecycle.keys import play_of
from sf_lifecycle.lifecycle.leaving_waves import members_taken_back, planned_members
from sf_lifecycle.lifecycle.nobody import why_nobody
from sf_lifecycle.lifecycle.outreach import LEFT_OUT, PlayList, nothing
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.past import Past
from sf_lifecycle.lifecycle.reach import has_task, reach
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
    """`outreaches`: every play's list with owner, due, state and reason settled. `lists`: the rows behind, by play,
    without the outreaches, which stand here once.

    An outreach is `held` where its open Task stays with an occasion of its own, and `moved` where it goes to today's.
    `past`: without what is taken back (`taken`). Ids of our open Tasks: `touched`, by a rep or by nobody we know of;
    `refused`, whose person may no longer be approached; `unknown`, which nobody remembers writing; `vanished`,
    untouched and of an account that the mirror does not hold; `others`, which other jobs look after; `stranded`, whose
    owner can no longer work.
    `unresolved`: outreaches whose owner is nobody who works. `left`: play → reason → outreaches that are left out, and
    were let go before there were any `outreaches` of them.
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
    left: MappingABC[str, MappingABC[str, int]] = field(default_factory=dict)
    stranded: frozenset[str] = frozenset()

    @property
    def listed(self) -> int:
        """How many outreaches the plays' lists have."""
        return len(self.outreaches) + sum(sum(some.values()) for some in self.left.values())

    def counts(self) -> dict[str, dict[str, int]]:
        """Play → state or reason → outreaches, for people and guards."""
        frame = self.outreaches
        what = frame["state"].where(frame["reason"].isna() | frame["reason"].eq(""), frame["reason"])
        tally = Counter(zip(frame["play"], (text.partition(":")[0] for text in what), strict=True))
        tally.update({(play, why): number for play, some in self.left.items() for why, number in some.items()})
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
    kinds = {name: kind_of(play) for name, play in mapping.plays.items()}
    frame, unresolved = _owned(lists, mapping, desk, kinds, as_of)
    lists = {name: replace(found, outreaches=nothing()) for name, found in lists.items()}
    before = ours.past
    refused = _refused(before.open, mapping, answers)
    members = planned_members(mapping, before, answers, ours.scope, ours.campaigns)
    asked = _unsure(frame, before.open, members, mapping, lists)
    standing = standing_of(asked, answers.standing, answers.firms)
    held = frozenset(before.open.loc[before.open["key"].isin(standing.keys), "Id"]) - refused
    firm = rooted(frame, before.open, mapping, model.stages, answers, refused=refused, held=held)
    listed = Listed(
        frame=frame,
        reach=reach(frame, mapping),
        stages=model.stages,
        standing=standing,
        held=held,
        reserved=answers.reserved,
        rooted=firm,
    )
    tasks = tasks_taken_back(mapping, before, listed, answers, ours.scope, theirs=ours.theirs, as_of=as_of)
    leave, opted_out = members_taken_back(mapping, members, listed, answers, ours.scope)
    past = before.without(tasks, leave)
    others = frozenset(before.open.loc[~ours.scope.covers(before.open), "Id"])
    frame = settle(
        frame,
        mapping,
        past,
        as_of,
        reserved=answers.reserved,
        why_nobody=lambda rows: why_nobody(rows, mapping, answers.people),
        stay=_stays(frame, past, held) | ours.theirs | others | firm,
    )
    tasks, past = _without_a_turn(frame, mapping, tasks, past)
    frame = _incumbents(frame, past, held | ours.theirs, firm)
    frame["owner"] = _kept(frame, past, firm, desk, hands(frame, past.open, ours, desk, standing))
    frame = due_days(frame, mapping, desk, days)
    handed = handed_over(frame, past.open, desk)
    busy = _busy(frame, past, kinds, as_of, handed=[each.row for each in handed])
    frame = spread(frame, mapping.capacity, kinds, busy, desk.days, as_of, share=desk.share, handed=handed)
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
        others=others,
        unresolved=unresolved,
        left={name: found.left.reasons for name, found in lists.items() if found.left.reasons},
        stranded=frozenset(before.open.loc[before.open["OwnerId"].map(desk.gone).astype(bool), "Id"]),
    )


def _owned(
    lists: MappingABC[str, PlayList], mapping: Mapping, desk: Desk, kinds: MappingABC[str, str], as_of: dt.date
) -> tuple[pd.DataFrame, int]:
    """All outreaches, each with who takes its Task (`owner`) and whom the play asks for (`wished`); and how many are
    asked of somebody for whom nobody of their own stands in.
    """
    every = [found.outreaches for found in lists.values() if len(found.outreaches)]
    frame = pd.concat(every, ignore_index=True) if every else nothing()
    tasked = has_task(frame, mapping)
    unresolved = desk.unresolved(frame.loc[tasked, "owner"])
    others = Counter[Any]()
    for found in lists.values():
        others.update(found.left.owners)
    unresolved += sum(number for who, number in others.items() if who not in desk.stands_in)
    frame["wished"] = frame["owner"]
    taken = desk.present(desk.resolve(frame["owner"]), waits_until(frame, mapping, kinds, as_of), as_of)
    frame["owner"] = taken.astype(object).where(tasked, None)
    return frame, unresolved


def _about(frame: pd.DataFrame, outreaches: pd.Series[str]) -> pd.DataFrame:
    """Of all outreaches those that records of ours are about: a few thousand of maybe millions."""
    return frame.loc[frame["outreach"].isin(set(outreaches)), ["outreach", "key", "owner"]]


def _stays(frame: pd.DataFrame, past: Past, held: Collection[str]) -> frozenset[str]:
    """Ids of open Tasks that keep an occasion of their own, and with it all that they say."""
    elsewhere = ~past.open["key"].isin(set(_about(frame, past.open["outreach"])["key"]))
    return frozenset(past.open.loc[elsewhere & past.open["Id"].isin(list(held)), "Id"])


def _without_a_turn(
    frame: pd.DataFrame, mapping: Mapping, tasks: pd.DataFrame, past: Past
) -> tuple[pd.DataFrame, Past]:
    """Open Tasks that were to move to another account and may not begin there are taken back as well."""
    lost = frame[frame["state"].eq(LEFT_OUT) & frame["outreach"].isin(set(past.open["outreach"]))]
    if lost.empty:
        return tasks, past
    rows = past.open[past.open["outreach"].isin(set(lost["outreach"]))]
    why = "it would move to another account: " + rows["outreach"].map(lost.set_index("outreach")["reason"])
    rows = rows.assign(play=full_names(mapping, rows), cause=WITHDRAWN, why=why.astype(object))
    return pd.concat([tasks, rows]), past.without(rows, past.members.iloc[:0].assign(cause=None))


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
    ours = _about(frame, pd.concat([open_tasks["outreach"], members["outreach"]]))
    keys = set(ours["key"])
    wished = open_tasks["outreach"].map(ours.set_index("outreach")["owner"])
    tasks = open_tasks[~open_tasks["key"].isin(keys) | wished.ne(open_tasks["OwnerId"])]
    others = members[~members["key"].isin(keys) & ~members["frozen"]]
    found = [some[["account"]].assign(play=full_names(mapping, some)) for some in (tasks, others)]
    asked = pd.concat(found, ignore_index=True)
    return asked[asked["play"].isin(list(lists))]


def _kept(frame: pd.DataFrame, past: Past, firm: Collection[str], desk: Desk, owner: pd.Series[str]) -> pd.Series[str]:
    """A joint Task that stays with its firm stays with its owner, too, as long as they can work."""
    tasks = past.open[past.open["Id"].isin(list(firm)) & ~past.open["OwnerId"].map(desk.gone).astype(bool)]
    has = frame["outreach"].map(tasks.set_index("outreach")["OwnerId"])
    return owner.where(has.isna(), has)


def _incumbents(frame: pd.DataFrame, past: Past, stay: Collection[str], firm: Collection[str] = ()) -> pd.DataFrame:
    """With `held` and `moved`: the open Task stands for another occasion than today's, and stays so, or goes there."""
    open_tasks = past.open.set_index("outreach")
    task, key = (frame["outreach"].map(open_tasks[name]) for name in ("Id", "key"))
    elsewhere = key.notna() & key.ne(frame["key"])
    held = (elsewhere & task.isin(list(stay))) | task.isin(list(firm))
    return frame.assign(held=held, moved=elsewhere & ~held & frame["by_task"])


def _busy(
    frame: pd.DataFrame, past: Past, kinds: MappingABC[str, str], as_of: dt.date, *, handed: Collection[int]
) -> Iterator[tuple[str, dt.date, str]]:
    """(owner, due day, kind) of what fills the weeks: open Tasks, and those done in a week that is not over yet.

    A Task that moves, or is `handed` over (rows of `frame`), is given a day like a new one.
    """
    monday = as_of - dt.timedelta(days=as_of.weekday())
    anew = {*frame.loc[frame["moved"], "outreach"], *frame["outreach"].iloc[list(handed)]}
    kept = past.open[~past.open["outreach"].isin(anew)]
    owner = kept["outreach"].map(_about(frame, kept["outreach"]).set_index("outreach")["owner"])
    kept = kept.assign(OwnerId=owner.where(owner.notna(), kept["OwnerId"]))
    done = past.done[~past.done["IsDeleted"].eq(True)]
    for found, since in ((kept, dt.date.min), (past.surplus, dt.date.min), (done, monday)):
        for user, day, key in zip(found["OwnerId"], found["ActivityDate"], found["key"], strict=True):
            if isinstance(day, dt.date) and day >= since:
                yield user, day, kinds.get(play_of(key), SPOKEN)

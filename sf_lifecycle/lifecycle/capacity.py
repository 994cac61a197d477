"""Reps have hours: which day each new Task is due, without ever filling anyone's week beyond its measure."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping as MappingABC

import pandas as pd

from sf_lifecycle.config.mapping import Capacity, Play
from sf_lifecycle.lifecycle.calendar import WorkingDays
from sf_lifecycle.lifecycle.outreach import PLANNED, WAITING, speaks

HIGH = "High"
WORKING_DAYS_A_WEEK = 5
AHEAD_DAYS = 182  # how far ahead weeks are filled so that a cliff of end dates spreads over the weeks before it
URGENT, SPOKEN, QUIET = KINDS = ("urgent", "spoken", "quiet")
TOO_LATE = "its last day has passed"
NO_ROOM = "waits for room in the owner's week"
LATER = "its Task is made nearer its day"


class Diary:
    """One owner's working days, in order. Filled best first; a slot once taken stays taken.

    Each kind of Task has its own measure of the same week: URGENT may fill all of it, SPOKEN leaves what is kept for
    urgent ones, QUIET (research, internal) is at most its share.
    """

    def __init__(self, days: list[dt.date], capacity: Capacity) -> None:
        whole = capacity.per_owner_per_week
        spoken = max(1, whole - capacity.kept_for_urgent)
        self.weekly = {URGENT: whole, SPOKEN: spoken, QUIET: spoken}
        # An even share, so that Monday is not everything; one more for what is urgent.
        self.daily = {kind: -(-most // WORKING_DAYS_A_WEEK) + (kind == URGENT) for kind, most in self.weekly.items()}
        self.quiet_weekly = min(capacity.research_per_owner_per_week, spoken)
        self.free = {kind: list(days) for kind in KINDS if kind != QUIET or self.quiet_weekly}
        self.by_day: Counter[dt.date] = Counter()
        self.by_week: Counter[tuple[int, int]] = Counter()
        self.quiet: Counter[tuple[int, int]] = Counter()

    def take(self, day: dt.date, kind: str) -> None:
        """One more Task due on this day; days and weeks that are full for a kind are free for it no longer."""
        week = _week(day)
        self.by_day[day] += 1
        self.by_week[week] += 1
        self.quiet[week] += kind == QUIET
        for each, free in self.free.items():
            if self.by_week[week] >= self.weekly[each] or (each == QUIET and self.quiet[week] >= self.quiet_weekly):
                self.free[each] = [other for other in free if _week(other) != week]
            elif self.by_day[day] >= self.daily[each] and day in free:
                free.remove(day)

    def slot(self, kind: str, target: dt.date, limit: dt.date | None) -> dt.date | None:
        """The free day nearest before the target; else the first one after it up to the limit; else none."""
        free = self.free.get(kind, [])
        after = bisect_right(free, target)
        if after:
            return free[after - 1]
        return free[0] if free and (limit is None or free[0] <= limit) else None


def _week(day: dt.date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def kind_of(play: Play) -> str:
    """Which measure of the week a play's Tasks count against."""
    if play.task is not None and play.task.priority == HIGH:
        return URGENT
    return SPOKEN if speaks(play) else QUIET


def spread(
    outreaches: pd.DataFrame,
    capacity: Capacity,
    kinds: MappingABC[str, str],
    busy: Iterable[tuple[str, dt.date, str]],
    days: WorkingDays,
    as_of: dt.date,
) -> pd.DataFrame:
    """Waiting outreaches with a target get a `due` day, and are planned where that day is near enough.

    `outreaches` needs priority, position, play, owner (settled), target, limit, state, moved; `kinds`: play → measure;
    `busy` are (owner, due day, kind) of our open Tasks and of those done in weeks that still run. A target already past
    gets the first free slot, never one after the limit; a cliff is spread over the days before it by rank. Tasks that
    move come first and go to their day however far it is: they are made already. Returns the frame with `due` (date or
    None), `state` and `reason` settled.
    """
    frame = outreaches.assign(due=None)
    work = days.between(as_of, as_of + dt.timedelta(days=AHEAD_DAYS))
    create_until = as_of + dt.timedelta(days=capacity.lead_days)
    rows = frame[(frame["state"].eq(WAITING) | frame["moved"]) & frame["target"].notna()]
    rows = rows.sort_values(["moved", "priority", "position", "play"], ascending=[False, False, True, True])
    diaries: dict[str, Diary] = {}
    for busy_owner, day, kind in busy:
        diaries.setdefault(busy_owner, Diary(work, capacity)).take(day, kind)
    settled: list[tuple[object, dt.date | None, str]] = []
    for owner, mine in rows.groupby("owner", sort=True):
        diary = diaries.setdefault(str(owner), Diary(work, capacity))
        settled += _fill(diary, mine, kinds, work, create_until)
    if settled:
        index, due, reason = zip(*settled, strict=True)
        frame.loc[list(index), "due"] = pd.Series(list(due), index=list(index), dtype=object)
        frame.loc[list(index), "reason"] = pd.Series(list(reason), index=list(index), dtype=object)
        planned = frame["due"].notna() & frame["state"].eq(WAITING)
        frame.loc[planned, "state"] = PLANNED
    return frame


def _fill(
    diary: Diary, mine: pd.DataFrame, kinds: MappingABC[str, str], work: list[dt.date], create_until: dt.date
) -> list[tuple[object, dt.date | None, str]]:
    """One owner's outreaches, best first: (index, due day if its Task is made now, why not otherwise)."""
    done: list[tuple[object, dt.date | None, str]] = []
    columns = (mine["play"], mine["target"], mine["limit"], mine["moved"])
    for index, play, target, limit, moved in zip(mine.index, *columns, strict=True):
        until = None if pd.isna(limit) else limit.date()
        day, why = _place(diary, kinds[play], target.date(), until, work)
        near = day is not None and (moved or day <= create_until)
        done.append((index, day if near else None, "" if near else why or LATER))
    return done


def _place(
    diary: Diary, kind: str, target: dt.date, limit: dt.date | None, work: list[dt.date]
) -> tuple[dt.date | None, str]:
    """The day taken for one Task, or why there is none."""
    first, last = work[0], work[-1]
    if target > last:
        return None, LATER
    if limit is not None and limit < first:
        return None, TOO_LATE
    day = diary.slot(kind, max(target, first), limit)
    if day is None:
        return None, NO_ROOM
    diary.take(day, kind)
    return day, ""

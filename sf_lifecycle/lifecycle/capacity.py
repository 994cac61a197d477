"""Reps have hours: which day each new Task is due, without ever filling anyone's week beyond its measure."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from sf_lifecycle.config.mapping import Capacity
from sf_lifecycle.lifecycle.calendar import WorkingDays
from sf_lifecycle.lifecycle.outreach import PLANNED, WAITING

WORKING_DAYS_A_WEEK = 5
AHEAD_DAYS = 182  # how far ahead weeks are filled so that a cliff of end dates spreads over the weeks before it
NO_ROOM = "waits for room in the owner's week"
LATER = "its Task is made nearer its day"


class Diary:
    """One owner's working days, in order. Filled best first; a slot once taken stays taken."""

    def __init__(self, days: list[dt.date], per_week: int) -> None:
        self.free = list(days)
        self.per_week = per_week
        self.per_day = -(-per_week // WORKING_DAYS_A_WEEK)  # an even share, so that Monday is not everything
        self.by_day: Counter[dt.date] = Counter()
        self.by_week: Counter[tuple[int, int]] = Counter()

    def take(self, day: dt.date) -> None:
        """One more Task due on this day; days and weeks that are full are free no longer."""
        week = _week(day)
        self.by_day[day] += 1
        self.by_week[week] += 1
        if self.by_week[week] >= self.per_week:
            self.free = [other for other in self.free if _week(other) != week]
        elif self.by_day[day] >= self.per_day and day in self.free:
            self.free.remove(day)

    def slot(self, target: dt.date, limit: dt.date | None) -> dt.date | None:
        """The free day nearest before the target; else the first one after it up to the limit; else none."""
        after = bisect_right(self.free, target)
        if after:
            return self.free[after - 1]
        later = self.free[0] if self.free else None
        return later if later and (limit is None or later <= limit) else None


def _week(day: dt.date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return year, week


def spread(
    outreaches: pd.DataFrame, capacity: Capacity, busy: Iterable[tuple[str, dt.date]], days: WorkingDays, as_of: dt.date
) -> pd.DataFrame:
    """Waiting outreaches with a target get a `due` day, and are planned where that day is near enough.

    `outreaches` needs priority, position, play, owner (settled), target, limit, state; `busy` are (owner, due day) of
    our open Tasks. A target already past gets the first free slot; a cliff is spread over the days before it by rank.
    Returns the frame with `due` (date or None), `state` and `reason` settled.
    """
    frame = outreaches.assign(due=None)
    work = days.between(as_of, as_of + dt.timedelta(days=AHEAD_DAYS))
    create_until = as_of + dt.timedelta(days=capacity.lead_days)
    rows = frame[(frame["state"].eq(WAITING) | frame["moved"]) & frame["target"].notna()]
    rows = rows.sort_values(["priority", "position", "play"], ascending=[False, True, True])
    diaries: dict[str, Diary] = {}
    for busy_owner, day in busy:
        diaries.setdefault(busy_owner, Diary(days=work, per_week=capacity.per_owner_per_week)).take(day)
    settled: list[tuple[object, dt.date | None, str]] = []
    for owner, mine in rows.groupby("owner", sort=True):
        diary = diaries.setdefault(str(owner), Diary(days=work, per_week=capacity.per_owner_per_week))
        settled += _fill(diary, mine, work, create_until)
    if settled:
        index, due, reason = zip(*settled, strict=True)
        frame.loc[list(index), "due"] = pd.Series(list(due), index=list(index), dtype=object)
        frame.loc[list(index), "reason"] = pd.Series(list(reason), index=list(index), dtype=object)
        planned = frame["due"].notna() & frame["state"].eq(WAITING)
        frame.loc[planned, "state"] = PLANNED
    return frame


def _fill(
    diary: Diary, mine: pd.DataFrame, work: list[dt.date], create_until: dt.date
) -> list[tuple[object, dt.date | None, str]]:
    """One owner's outreaches, best first: (index, due day if its Task is made now, why not otherwise)."""
    first, last = work[0], work[-1]
    done: list[tuple[object, dt.date | None, str]] = []
    for index, target, limit in zip(mine.index, mine["target"], mine["limit"], strict=True):
        wanted = target.date()
        if wanted > last:
            done.append((index, None, LATER))
        else:
            past = wanted < first
            until = None if past or pd.isna(limit) else limit.date()
            day = diary.slot(max(wanted, first), until)
            if day is not None:
                diary.take(day)
            near = day is not None and day <= create_until
            done.append((index, day if near else None, "" if near else NO_ROOM if day is None else LATER))
    return done

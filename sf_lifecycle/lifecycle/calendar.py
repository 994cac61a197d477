"""Working days: weekends and public holidays of a country, and whole days of absence, as arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import holidays
import numpy as np
import numpy.typing as npt
import pandas as pd

from sf_lifecycle.config.mapping import Calendar

Days = npt.NDArray[np.datetime64]
Numbers = npt.NDArray[np.int64]
Range = tuple[dt.date | None, dt.date | None]
"""From and until, both included; None: open on that side."""

# Shifting by working days needs holidays only near the as-of date; farther dates count weekends alone.
YEARS_BACK, YEARS_AHEAD = 1, 6
AHEAD_DAYS = 182  # how far ahead weeks are filled so that a cliff of end dates spreads over the weeks before it
SATURDAY_AND_SUNDAY = "1111100"


# Compared and hashed by identity: those who share a calendar share the object.
@dataclass(frozen=True, kw_only=True, eq=False)
class WorkingDays:
    """Which days are worked. All dates are datetime64[D]; NaT stays NaT. `week`: Monday to Sunday, 1 where worked."""

    free: Days = field(default_factory=lambda: np.array([], dtype="datetime64[D]"))
    week: str = SATURDAY_AND_SUNDAY

    @cached_property
    def _calendar(self) -> np.busdaycalendar:
        return np.busdaycalendar(weekmask=self.week, holidays=self.free)

    def shift(self, days: Days, count: int | Numbers) -> Days:
        """`count` working days later (earlier where negative); a free day first rolls back to a working one."""
        missing = np.isnat(days)
        filled = np.where(missing, np.datetime64("2000-01-03", "D"), days).astype("datetime64[D]")
        moved = np.busday_offset(filled, count, roll="backward", busdaycal=self._calendar)
        return np.where(missing, np.datetime64("NaT", "D"), moved).astype("datetime64[D]")

    def between(self, first: dt.date, last: dt.date) -> list[dt.date]:
        """The working days from first to last, both included."""
        days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
        worked: list[dt.date] = days[np.is_busday(days, busdaycal=self._calendar)].astype(object).tolist()
        return worked

    def works(self, first: dt.date, last: dt.date) -> bool:
        """Is any day from first to last, both included, a working one?"""
        end = np.datetime64(last, "D") + 1
        return bool(np.busday_count(np.datetime64(first, "D"), end, busdaycal=self._calendar) > 0)

    def first(self, day: dt.date) -> dt.date:
        """The first working day from this one on."""
        found: dt.date = np.busday_offset(day, 0, roll="forward", busdaycal=self._calendar).astype(object)
        return found

    def without(self, away: Iterable[Range], as_of: dt.date) -> WorkingDays:
        """The same calendar with these ranges free as well. An open range ends with the years that we look at."""
        first, last = _horizon(as_of)
        ranges = [
            np.arange(np.datetime64(max(since or first, first), "D"), np.datetime64(min(until or last, last), "D") + 1)
            for since, until in away
        ]
        return WorkingDays(free=np.unique(np.concatenate([self.free, *ranges])), week=self.week)


def shift_by(days_of: Callable[[str], WorkingDays], owners: pd.Series[Any], dates: Days, counts: Numbers | int) -> Days:
    """Each date `counts` working days later (earlier where negative) by its owner's calendar.

    `owners` and `dates` are of one length, so is `counts` or it is one number for all. Gives datetime64[D]; NaT stays
    NaT. One array operation for all owners who share a calendar.
    """
    days = np.asarray(dates).astype("datetime64[D]")
    numbers = np.broadcast_to(np.asarray(counts, dtype=np.int64), days.shape)
    shifted = np.full(len(days), np.datetime64("NaT", "D"))
    codes, users = pd.factorize(owners, use_na_sentinel=False)
    found: dict[Hashable, int] = {}
    calendars: list[WorkingDays] = []
    number_of = np.empty(len(users), dtype=np.int64)
    for place, user in enumerate(users):
        calendar = days_of(user)
        if calendar not in found:
            found[calendar] = len(calendars)
            calendars.append(calendar)
        number_of[place] = found[calendar]
    if not calendars:
        return shifted
    which = number_of[codes]
    order = np.argsort(which, kind="stable")
    for calendar, rows in zip(calendars, np.split(order, np.cumsum(np.bincount(which))[:-1]), strict=True):
        shifted[rows] = calendar.shift(days[rows], numbers[rows])
    return shifted


def working_days(calendar: Calendar, as_of: dt.date) -> WorkingDays:
    """The working days around `as_of` in a country `holidays` knows (checked with the configuration)."""
    first, last = _horizon(as_of)
    years = range(first.year, last.year + 1)
    public = holidays.country_holidays(calendar.country, subdiv=calendar.subdivision, years=years)
    week = "".join("0" if day in public.weekend else "1" for day in range(7))
    return WorkingDays(free=np.array(sorted(public), dtype="datetime64[D]"), week=week)


def _horizon(as_of: dt.date) -> tuple[dt.date, dt.date]:
    return dt.date(as_of.year - YEARS_BACK, 1, 1), dt.date(as_of.year + YEARS_AHEAD, 12, 31)

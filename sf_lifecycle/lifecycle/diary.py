"""One owner's weeks: how many Tasks of which kind they hold, and which days still have room. Days are numbers."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

from sf_lifecycle.config.mapping import Capacity

WORKING_DAYS_A_WEEK = 5
WEEK = 7
MONDAY = 4  # the first one after the epoch, which was a Thursday
URGENT, SPOKEN, QUIET = KINDS = ("urgent", "spoken", "quiet")
"""Each of them is also bound by what binds those before it."""
_EPOCH = dt.date(1970, 1, 1).toordinal()
_THURSDAY = 3  # the epoch's day of the week, so that weeks begin on Mondays


def number_of(day: dt.date) -> int:
    """Days since 1970-01-01, as numpy counts them."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> dt.date:
    """The day of a number."""
    return dt.date.fromordinal(number + _EPOCH)


class Diary:
    """One owner's working days, in order. Filled best first; a slot once taken stays taken.

    All Tasks together fill the week; those that are not URGENT leave what is kept for urgent ones, and of these QUIET
    ones (research, internal) are at most their share. A day holds an even part of each of these. What is full depends
    on what was taken, not on the order, so that a second look on the same night finds each its slot. All follow the
    owner's share of hours (0 to 1): half hours, half the Tasks, rounded half up, and never less than one a week.
    """

    def __init__(self, days: Sequence[int], capacity: Capacity, share: Fraction) -> None:
        self.whole = max(1, _part(capacity.per_owner_per_week, share))
        self.plain = max(1, self.whole - _part(capacity.kept_for_urgent, share))
        research = capacity.research_per_owner_per_week
        self.quiet = min(max(1, _part(research, share)), self.plain) if research else 0
        # An even share, so that Monday is not everything; one more for what is urgent.
        self.whole_a_day = -(-self.whole // WORKING_DAYS_A_WEEK) + 1
        self.plain_a_day = -(-self.plain // WORKING_DAYS_A_WEEK)
        self.quiet_a_day = -(-self.quiet // WORKING_DAYS_A_WEEK)
        self.free = {kind: list(days) if share else [] for kind in KINDS if kind != QUIET or self.quiet}
        self._by_day: dict[int, int] = {}
        self._by_week: dict[int, int] = {}
        self._plain_by_day: dict[int, int] = {}
        self._plain_by_week: dict[int, int] = {}
        self._quiet_by_day: dict[int, int] = {}
        self._quiet_by_week: dict[int, int] = {}

    def take(self, day: int, kind: str) -> None:
        """One more Task due on this day; days and weeks that are full for a kind are free for it no longer."""
        week = (day + _THURSDAY) // 7
        plain = kind != URGENT
        of_day, of_week = _one_more(self._by_day, day), _one_more(self._by_week, week)
        plain_of_day = _one_more(self._plain_by_day, day, plain)
        plain_of_week = _one_more(self._plain_by_week, week, plain)
        quiet_of_day = _one_more(self._quiet_by_day, day, kind == QUIET)
        quiet_of_week = _one_more(self._quiet_by_week, week, kind == QUIET)
        full_week, full_day = of_week >= self.whole, of_day >= self.whole_a_day
        for each, free in self.free.items():
            if each == SPOKEN:
                full_week = full_week or plain_of_week >= self.plain
                full_day = full_day or plain_of_day >= self.plain_a_day
            elif each == QUIET:
                full_week = full_week or quiet_of_week >= self.quiet
                full_day = full_day or quiet_of_day >= self.quiet_a_day
            if full_week:
                monday = 7 * week - _THURSDAY
                del free[bisect_left(free, monday) : bisect_left(free, monday + 7)]
            elif full_day:
                del free[bisect_left(free, day) : bisect_right(free, day)]

    def slot(self, kind: str, target: int, limit: int) -> int | None:
        """The free day nearest before the target; else the first one after it up to the limit; else none."""
        free = self.free.get(kind, [])
        after = bisect_right(free, target)
        if after:
            return free[after - 1]
        return free[0] if free and free[0] <= limit else None


def _one_more(counts: dict[int, int], at: int, really: bool = True) -> int:
    counts[at] = number = counts.get(at, 0) + really
    return number


def _part(most: int, share: Fraction) -> int:
    """A share of a number, rounded half up."""
    return (2 * most * share.numerator + share.denominator) // (2 * share.denominator)

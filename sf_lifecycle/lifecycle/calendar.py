"""Working days: weekends and the public holidays of one country, as arrays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import holidays
import numpy as np
import numpy.typing as npt

from sf_lifecycle.config.mapping import Calendar

Days = npt.NDArray[np.datetime64]

# Shifting by working days needs holidays only near the as-of date; farther dates count weekends alone.
YEARS_BACK, YEARS_AHEAD = 1, 6


@dataclass(frozen=True, kw_only=True)
class WorkingDays:
    """Which days are worked. All dates are datetime64[D]; NaT stays NaT."""

    free: Days

    def shift(self, days: Days, count: int) -> Days:
        """`count` working days later (earlier where negative); a free day first rolls back to a working one."""
        missing = np.isnat(days)
        filled = np.where(missing, np.datetime64("2000-01-03", "D"), days).astype("datetime64[D]")
        moved = np.busday_offset(filled, count, roll="backward", holidays=self.free)
        return np.where(missing, np.datetime64("NaT", "D"), moved).astype("datetime64[D]")

    def between(self, first: dt.date, last: dt.date) -> list[dt.date]:
        """The working days from first to last, both included."""
        days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
        worked: list[dt.date] = days[np.is_busday(days, holidays=self.free)].astype(object).tolist()
        return worked


def working_days(calendar: Calendar, as_of: dt.date) -> WorkingDays:
    """The working days around `as_of` in a country `holidays` knows (checked with the configuration)."""
    years = range(as_of.year - YEARS_BACK, as_of.year + YEARS_AHEAD + 1)
    public = holidays.country_holidays(calendar.country, subdiv=calendar.subdivision, years=years)
    return WorkingDays(free=np.array(sorted(public), dtype="datetime64[D]"))

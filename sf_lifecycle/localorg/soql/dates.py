"""Date literals (`TODAY`, `LAST_N_MONTHS:3`) as ranges of days, and days as moments in UTC.

Fiscal periods are calendar ones: the org's fiscal year starts in January.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SUNDAY = 6
_UNITS = ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_FIXED = re.compile(rf"(LAST|THIS|NEXT)_({_UNIT})")
_RUN = re.compile(rf"(LAST|NEXT)_N_(DAY|{_UNIT})S:(\d+)")
_AGO = re.compile(rf"N_(DAY|{_UNIT})S_AGO:(\d+)")
_SINGLE_DAYS = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}


@dataclass(frozen=True, kw_only=True)
class DayRange:
    """Whole days: `first` belongs to it, `end` is the first day after it."""

    first: date
    end: date


def date_literal(word: str, today: date, *, week_start: int = SUNDAY) -> DayRange | None:
    """The days a date literal stands for, or None if the word is none. OverflowError beyond the calendar.

    `week_start`: 0 = Monday … 6 = Sunday, as in `date.weekday`; Salesforce takes it from the locale.
    """
    text = re.sub(r"\s+", "", word).upper()
    if text in _SINGLE_DAYS:
        return _days(today, _SINGLE_DAYS[text], 1)
    if text == "LAST_90_DAYS":
        return _days(today, -90, 91)
    if text == "NEXT_90_DAYS":
        return _days(today, 1, 90)
    if match := _FIXED.fullmatch(text):
        shift = {"LAST": -1, "THIS": 0, "NEXT": 1}[match[1]]
        return _units(match[2], today, shift, 1, week_start)
    if match := _RUN.fullmatch(text):
        return _run(match[1] == "LAST", match[2], _count(match[3]), today, week_start)
    if match := _AGO.fullmatch(text):
        count = _count(match[2])
        return _days(today, -count, 1) if match[1] == "DAY" else _units(match[1], today, -count, 1, week_start)
    return None


def _run(last: bool, unit: str, count: int, today: date, week_start: int) -> DayRange:
    if unit == "DAY":  # the past days include today, the coming ones do not
        return _days(today, -count, count + 1) if last else _days(today, 1, count)
    return _units(unit, today, -count if last else 1, count, week_start)


def _count(digits: str) -> int:
    if len(digits) > 6:
        raise OverflowError(digits)
    return int(digits)


def _days(today: date, shift: int, count: int) -> DayRange:
    first = today + timedelta(days=shift)
    return DayRange(first=first, end=first + timedelta(days=count))


def _units(unit: str, today: date, shift: int, count: int, week_start: int) -> DayRange:
    start = _STARTS[unit.removeprefix("FISCAL_")]
    return DayRange(first=start(today, shift, week_start), end=start(today, shift + count, week_start))


def _week(day: date, shift: int, week_start: int) -> date:
    return day - timedelta(days=(day.weekday() - week_start) % 7) + timedelta(weeks=shift)


def _month(day: date, shift: int, _week_start: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + shift, 12)
    return _first(year, month + 1)


def _quarter(day: date, shift: int, _week_start: int) -> date:
    year, quarter = divmod(day.year * 4 + (day.month - 1) // 3 + shift, 4)
    return _first(year, quarter * 3 + 1)


def _year(day: date, shift: int, _week_start: int) -> date:
    return _first(day.year + shift, 1)


def _first(year: int, month: int) -> date:
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(year)
    return date(year, month, 1)


_STARTS: dict[str, Callable[[date, int, int], date]] = {
    "WEEK": _week,
    "MONTH": _month,
    "QUARTER": _quarter,
    "YEAR": _year,
}


def start_of_day(day: date, zone: ZoneInfo) -> str:
    """The moment a day begins in a time zone, as the store writes moments."""
    return stored(datetime.combine(day, time.min, tzinfo=zone))


def stored(moment: datetime) -> str:
    """An aware datetime as the store writes it; milliseconds are kept so that comparisons with them are right."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

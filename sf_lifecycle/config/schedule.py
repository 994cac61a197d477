"""When a job may run: a cron line as APScheduler reads it, and the hours in which clocks change."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import Any

from apscheduler.triggers.cron import CronTrigger

from sf_lifecycle.config.found import found

_CLOCK_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
_TIMES = {"@hourly", "@daily", "@weekly", "@monthly", "@yearly", "@annually", "@midnight", "@reboot"}
# Zones' rules repeat from year to year; two years show every change of clocks there is.
_YEARS = (2026, 2027)


def schedule_trouble(schedule: str, timezone: str | None) -> tuple[str, str]:
    """What is wrong with `schedule`, and the way out; two empty texts where nothing is. `timezone` is a valid name."""
    if schedule in _TIMES:
        return f"expected five cron fields, got {found(schedule)}", 'write minute hour day month weekday: "30 3 * * *"'
    try:
        trigger = CronTrigger.from_crontab(schedule, timezone=timezone or "UTC")
    except ValueError as error:
        message = f"expected cron fields: minute hour day month weekday, got {found(schedule)} ({error})"
        return message, 'such as "30 3 * * mon-fri"'
    if re.search(r"\d", schedule.split()[4].partition("/")[0]):
        # APScheduler counts from Monday = 0, cron from Sunday = 0: a number means two different days.
        return "expected weekdays by name, got numbers, which schedulers count differently", 'such as "mon-fri"'
    if trigger.get_next_fire_time(None, dt.datetime(_YEARS[0], 1, 1, tzinfo=dt.UTC)) is None:
        return f"expected a schedule that comes up, got {found(schedule)}, which never does", ""
    if timezone is None:
        return "", ""
    hit = [hour for hour in sorted(hours_of_change(timezone)) if _fires_in(trigger, hour)]
    if hit:
        message = f"can fire between {hit[0]:02}:00 and {hit[0] + 1:02}:00, when the clocks change in {timezone}"
        return message, "choose another hour, so that no night is skipped or run twice"
    return "", ""


def write_between_trouble(value: Any) -> str:
    """What is wrong with `write_between` as written: two times of one day, "HH:MM", the first the earlier."""
    expected = 'expected two times of day such as ["06:00", "07:30"]'
    if not isinstance(value, list) or len(value) != 2:
        return f"{expected}, got {found(value)}"
    times = [item.strftime("%H:%M") if isinstance(item, dt.time) else item for item in value]
    for time in times:
        if not isinstance(time, str) or not _CLOCK_TIME.match(time):
            return f"{expected}, got {found(time)}"
    if times[0] >= times[1]:
        return f"expected the first time before the second, got {times[0]} and {times[1]}: a plan is for its day only"
    return ""


def hours_of_change(timezone: str) -> frozenset[int]:
    """The hours of the wall clock that are skipped or repeated once a year, with 02 wherever there is summer time."""
    zone = zoneinfo.ZoneInfo(timezone)
    hours: set[int] = set()
    for year in _YEARS:
        day = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
        while day.year == year:
            after = day + dt.timedelta(days=1)
            if day.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
                hours |= _skipped_or_repeated(day, after, zone)
            day = after
    return frozenset(hours | {2}) if hours else frozenset()


def _skipped_or_repeated(start: dt.datetime, end: dt.datetime, zone: zoneinfo.ZoneInfo) -> set[int]:
    """Clock hours between the readings before and after the one change within `start` to `end` (UTC)."""
    step = dt.timedelta(minutes=15)
    while start < end and start.astimezone(zone).utcoffset() == (start + step).astimezone(zone).utcoffset():
        start += step
    change = start + step
    before = change.replace(tzinfo=None) + (start.astimezone(zone).utcoffset() or dt.timedelta())
    after = change.replace(tzinfo=None) + (change.astimezone(zone).utcoffset() or dt.timedelta())
    low, high = min(before, after), max(before, after) - dt.timedelta(minutes=1)
    return {low.hour, high.hour}


def _fires_in(trigger: CronTrigger, hour: int) -> bool:
    field = next(field for field in trigger.fields if field.name == "hour")
    moment = dt.datetime(_YEARS[0], 1, 1, hour, tzinfo=dt.UTC)
    return bool(field.get_next_value(moment) == hour)

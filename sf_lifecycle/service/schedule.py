"""When a job runs. Pure: the clock is an argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from sf_lifecycle.config.job import Job
from sf_lifecycle.state import Run

# Runs that came to nothing by no fault of their own: another run had the org, or the service was stopped.
NOT_HAD = ("busy", "stopped")


def trigger(job: Job, zone: ZoneInfo) -> CronTrigger:
    """The job's cron line in the configured time zone (checked with the configuration)."""
    return CronTrigger.from_crontab(job.schedule, timezone=zone)


def last_had(runs: Iterable[Run]) -> dt.datetime | None:
    """When the newest run began that had its turn. `runs` newest first."""
    return next((run.started for run in runs if run.status not in NOT_HAD), None)


def was_missed(job: Job, zone: ZoneInfo, last_start: dt.datetime | None, now: dt.datetime) -> bool:
    """Did a time to run pass since the job last started? However many passed, it is made up once.

    A job that never ran waits for its schedule: nobody expects a first night at the moment of installing.
    """
    if job.schedule is None or last_start is None:
        return False
    due = trigger(job, zone).get_next_fire_time(None, last_start.astimezone(zone) + dt.timedelta(seconds=1))
    return due is not None and due <= now


def window(job: Job, zone: ZoneInfo, now: dt.datetime) -> tuple[dt.datetime, dt.datetime] | None:
    """The `write_between` that is open now, or else the next one: from, until (excluded). None: at any time."""
    if job.write_between is None:
        return None
    local = now.astimezone(zone)
    days = (local.date(), local.date() + dt.timedelta(days=1))
    spans = [tuple(dt.datetime.combine(day, clock, zone) for clock in job.write_between) for day in days]
    opens, closes = next((span for span in spans if now < span[1]), spans[-1])
    return opens, closes

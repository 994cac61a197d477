"""When a job runs. Pure: the clock is an argument."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from sf_lifecycle.config.job import Job


def trigger(job: Job, zone: ZoneInfo) -> CronTrigger:
    """The job's cron line in the configured time zone (checked with the configuration)."""
    return CronTrigger.from_crontab(job.schedule, timezone=zone)


def was_missed(job: Job, zone: ZoneInfo, last_start: dt.datetime | None, now: dt.datetime) -> bool:
    """Did a time to run pass since the job last started? However many passed, it is made up once.

    A job that never ran waits for its schedule: nobody expects a first night at the moment of installing.
    """
    if job.schedule is None or last_start is None:
        return False
    due = trigger(job, zone).get_next_fire_time(None, last_start.astimezone(zone) + dt.timedelta(seconds=1))
    return due is not None and due <= now


def wait_seconds(job: Job, zone: ZoneInfo, now: dt.datetime) -> float:
    """Seconds until the job may write, 0 within `write_between` or without one. A window may span midnight."""
    if job.write_between is None:
        return 0.0
    opens, closes = job.write_between
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    inside = opens <= clock < closes if opens <= closes else clock >= opens or clock < closes
    if inside:
        return 0.0
    day = local.date() if clock < opens else local.date() + dt.timedelta(days=1)
    return max(0.0, (dt.datetime.combine(day, opens, zone) - local).total_seconds())

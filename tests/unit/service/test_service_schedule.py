"""When a job runs: missed runs are made up once, writing waits for its window, summer time is no trap."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sf_lifecycle.config.job import Job
from sf_lifecycle.service.schedule import trigger, wait_seconds, was_missed

ZONE = ZoneInfo("Europe/Amsterdam")


def job(**keys) -> Job:
    return Job(name="nightly", mapping="telecom", model="tele2", **({"schedule": "30 3 * * mon-fri"} | keys))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_the_time_is_the_configured_zones_also_across_summer_time() -> None:
    due = trigger(job(), ZONE).get_next_fire_time(None, at("2026-10-23T04:00"))
    assert due is not None
    assert due.isoformat() == "2026-10-26T03:30:00+01:00"


@pytest.mark.parametrize(
    ("last", "now", "missed"),
    [
        ("2026-11-23T03:30", "2026-11-23T09:00", False),
        ("2026-11-23T03:30", "2026-11-24T03:29", False),
        ("2026-11-23T03:30", "2026-11-24T03:31", True),
        ("2026-11-16T03:30", "2026-11-24T03:31", True),
        ("2026-11-20T03:30", "2026-11-22T12:00", False),
    ],
)
def test_a_missed_time_is_seen(last: str, now: str, missed: bool) -> None:
    assert was_missed(job(), ZONE, at(last).astimezone(dt.UTC), at(now).astimezone(dt.UTC)) is missed


def test_a_first_night_waits_for_its_schedule() -> None:
    assert not was_missed(job(), ZONE, None, at("2026-11-24T12:00"))


@pytest.mark.parametrize(
    ("window", "now", "seconds"),
    [
        (None, "2026-11-24T03:30", 0),
        (("06:00", "07:30"), "2026-11-24T03:30", 9000),
        (("06:00", "07:30"), "2026-11-24T06:00", 0),
        (("06:00", "07:30"), "2026-11-24T07:30", 81000),
        (("22:00", "02:00"), "2026-11-24T23:30", 0),
        (("22:00", "02:00"), "2026-11-24T01:59", 0),
        (("22:00", "02:00"), "2026-11-24T21:00", 3600),
    ],
)
def test_writing_waits_for_its_window(window: tuple[str, str] | None, now: str, seconds: int) -> None:
    assert wait_seconds(job(write_between=window), ZONE, at(now)) == seconds

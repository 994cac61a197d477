"""When a job runs: missed runs are made up once, writing waits for its window, summer time is no trap."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sf_lifecycle.config.job import Job
from sf_lifecycle.service.schedule import last_had, trigger, was_missed, window
from sf_lifecycle.state import Run, RunStatus

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
    ("now", "opens", "closes"),
    [
        ("2026-11-24T03:30", "2026-11-24T06:00+01:00", "2026-11-24T07:30+01:00"),
        ("2026-11-24T06:00", "2026-11-24T06:00+01:00", "2026-11-24T07:30+01:00"),
        ("2026-11-24T07:29", "2026-11-24T06:00+01:00", "2026-11-24T07:30+01:00"),
        ("2026-11-24T07:30", "2026-11-25T06:00+01:00", "2026-11-25T07:30+01:00"),
        ("2026-03-28T23:00", "2026-03-29T06:00+02:00", "2026-03-29T07:30+02:00"),
    ],
)
def test_writing_waits_for_its_window(now: str, opens: str, closes: str) -> None:
    found = window(job(write_between=("06:00", "07:30")), ZONE, at(now).astimezone(dt.UTC))
    assert found == (dt.datetime.fromisoformat(opens), dt.datetime.fromisoformat(closes))


def test_without_a_window_there_is_no_waiting() -> None:
    assert window(job(), ZONE, at("2026-11-24T03:30")) is None


def run(began: str, status: RunStatus) -> Run:
    return Run(
        id=began, job="nightly", org_id="00D", as_of=dt.date(2026, 11, 24), mapping="telecom", model="tele2",
        rules_digest="", plan_digest="", started=at(began), ended=None, status=status, counts={}, calls=0, message="",
    )  # fmt: skip


@pytest.mark.parametrize("status", ["busy", "stopped"])
def test_a_run_that_did_not_get_its_turn_does_not_count(status: RunStatus) -> None:
    runs = [run("2026-11-24T03:30", status), run("2026-11-23T03:30", "failed"), run("2026-11-20T03:30", "done")]
    assert last_had(runs) == at("2026-11-23T03:30")
    assert last_had(runs[:1]) is None

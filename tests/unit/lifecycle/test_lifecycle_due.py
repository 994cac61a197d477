"""A Task's day is reckoned by the calendar of whoever has it."""

import datetime as dt

import numpy as np
import pandas as pd
from test_lifecycle_voice import mapping, play

from sf_lifecycle.lifecycle.calendar import WorkingDays
from sf_lifecycle.lifecycle.capacity import QUIET, SPOKEN, URGENT
from sf_lifecycle.lifecycle.due import due_days, waits_until
from sf_lifecycle.lifecycle.hours import People, Person
from sf_lifecycle.lifecycle.owners import Desk

ANN, BOB = "005a", "005b"
FREE = WorkingDays(free=np.array(["2026-11-26"], dtype="datetime64[D]"))  # a Thursday
DESK = Desk(
    stands_in={}, fallback=ANN, people=People(by_id={BOB: Person(days=FREE)}, everybody=WorkingDays())
)  # fmt: skip
FRIDAY = dt.date(2026, 11, 27)


def test_a_holiday_of_the_owners_moves_the_day_and_not_the_limit() -> None:
    plays = mapping(
        before=play(task={"subject": "s", "due": {"before": "day", "business_days": 1}}),
        after=play(task={"subject": "s", "due": {"after": "day", "business_days": 4}}),
    )
    rows = pd.DataFrame(
        {
            "play": ["before", "before", "after", "before"],
            "owner": np.array([ANN, BOB, BOB, None], dtype=object),
            "day": np.array([FRIDAY, FRIDAY, dt.date(2026, 11, 23), FRIDAY], dtype="datetime64[s]"),
            "by_task": [True, True, True, False],
        }
    )
    found = due_days(rows, plays, DESK, WorkingDays())
    assert [None if pd.isna(day) else day.date() for day in found["target"]] == [
        dt.date(2026, 11, 26), dt.date(2026, 11, 25), dt.date(2026, 11, 30), None,
    ]  # fmt: skip
    assert [None if pd.isna(day) else day.date() for day in found["limit"]] == [FRIDAY, FRIDAY, None, FRIDAY]


def test_how_long_work_waits_for_an_owner_who_is_away() -> None:
    """Up to its limit; without one lead_days from its own day on, or from today; research has time."""
    plays = mapping(
        before=play(task={"subject": "s", "due": {"before": "day"}}), call=play(), asked=play(), find=play()
    )
    kinds = {"before": SPOKEN, "call": SPOKEN, "asked": URGENT, "find": QUIET}
    today, past = dt.date(2026, 11, 23), dt.date(2026, 3, 2)
    rows = pd.DataFrame(
        {
            "play": ["before", "call", "call", "asked", "find", "call"],
            "day": np.array([FRIDAY, FRIDAY, past, FRIDAY, FRIDAY, None], dtype="datetime64[s]"),
        }
    )
    found = waits_until(rows, plays, kinds, today)
    later = FRIDAY + dt.timedelta(days=14)
    assert [None if pd.isna(day) else day.date() for day in found] == [
        FRIDAY, later, dt.date(2026, 12, 7), later, None, None,
    ]  # fmt: skip

"""The pure parts of looking ahead and back: days, weeks, courses, what is past."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from sf_lifecycle.courses import course
from sf_lifecycle.past_days import look_ahead, records_day, refusal, tense
from sf_lifecycle.simulation.ahead import mondays, months_later
from sf_lifecycle.state.labels import Stay

DAY = dt.date(2026, 11, 26)  # a Thursday
AMSTERDAM = "Europe/Amsterdam"


def on(day: int, month: int = 11) -> dt.date:
    return dt.date(2026, month, day)


# ---------------------------------------------------------------- weeks


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), st.integers(1, 36))
def test_the_first_day_then_mondays_until_the_end(first: dt.date, months: int) -> None:
    until = months_later(first, months)
    days = mondays(first, until)
    assert days[0] == first
    assert {day.weekday() for day in days[1:]} <= {0}
    assert all(0 < (later - day).days <= 7 for day, later in pairwise(days))
    assert days[-1] < until <= days[-1] + dt.timedelta(days=7)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2027, 12, 1), 1, dt.date(2028, 1, 1)),
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
        (dt.date(2026, 11, 23), 36, dt.date(2029, 11, 23)),
    ],
)
def test_months_later(day: dt.date, months: int, later: dt.date) -> None:
    assert months_later(day, months) == later


def test_no_month_after_the_last_one_there_is() -> None:
    with pytest.raises(OverflowError, match="past the year 9999"):
        months_later(dt.date(9999, 6, 1), 12)


# ---------------------------------------------------------------- past, present, future


def test_a_real_orgs_records_are_of_the_day_of_the_pull_in_the_configured_zone() -> None:
    late = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)  # half past midnight in Amsterdam
    assert records_day("production", late, None, AMSTERDAM) == on(23)
    assert records_day("production", late, None, "UTC") == on(22)
    assert records_day("sandbox", late, on(1), AMSTERDAM) == on(23), "a run of another day changes no record"


def test_a_local_orgs_records_are_of_the_day_of_the_last_run() -> None:
    pulled = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    assert records_day("local", pulled, dt.date(2030, 1, 7), AMSTERDAM) == dt.date(2030, 1, 7)
    assert records_day("local", pulled, None, AMSTERDAM) is None


def test_how_a_day_lies() -> None:
    assert tense(on(22), on(23)) == "past"
    assert tense(on(23), on(23)) == "present"
    assert tense(on(24), on(23)) == "future"
    assert tense(on(1), None) == "present", "before the first run of a local org any day is as good as another"


def test_what_is_said_names_the_days_and_the_way_out() -> None:
    said = refusal("list", on(20), on(23))
    assert said.startswith("list: 2026-11-20 is past; the records are those of 2026-11-23")
    assert "why ACCOUNT --as-of 2026-11-20" in said
    assert "2026-11-24" in look_ahead(on(24), on(23))


# ---------------------------------------------------------------- courses


def stay(word: str, entered: dt.date, left: dt.date | None, previous: str | None = None) -> Stay:
    highest = "customer" if word == "customer" or previous == "customer" else "prospect"
    return Stay(word=word, entered=entered, left=left, previous=previous, highest=highest, why=f"now {word}")


STAYS = [
    stay("prospect", on(1), on(8)),
    stay("customer", on(8), on(18), "prospect"),
    stay("prospect", on(18), None, "customer"),
]


def test_a_course_tells_days_returns_and_the_highest() -> None:
    found = course(STAYS, on(20))
    assert [(each.word, each.days, each.time) for each in found.passages] == [
        ("prospect", 7, 1),
        ("customer", 10, 1),
        ("prospect", 2, 2),
    ]
    assert found.days_in == {"prospect": 9, "customer": 10}
    assert (found.word, found.highest, found.returns) == ("prospect", "customer", 1)


def test_on_an_earlier_day_nothing_later_is_known() -> None:
    found = course(STAYS, on(10))
    assert [(each.word, each.left) for each in found.passages] == [("prospect", on(8)), ("customer", None)]
    assert (found.word, found.returns, found.days_in["customer"]) == ("customer", 0, 2)
    before = course(STAYS, dt.date(2026, 10, 31))
    assert (before.passages, before.word, before.highest) == ((), None, None)


@given(st.integers(0, 40))
def test_days_add_up(days: int) -> None:
    day = on(1) + dt.timedelta(days=days)
    found = course(STAYS, day)
    assert sum(found.days_in.values()) == days
    assert sum(each.left is None for each in found.passages) == 1

"""Working days by country and person; countries as people write them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from sf_lifecycle.config.mapping import Calendar
from sf_lifecycle.lifecycle.calendar import WorkingDays, shift_by, working_days
from sf_lifecycle.lifecycle.countries import country_code

AS_OF = dt.date(2026, 11, 23)
DUTCH = working_days(Calendar(country="NL"), AS_OF)
POLISH = working_days(Calendar(country="PL"), AS_OF)


def days(*texts: str) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("NL", "NL"),
        ("nl", "NL"),
        ("NLD", "NL"),
        ("Netherlands", "NL"),
        ("The Netherlands", "NL"),
        (" Nederland ", "NL"),
        ("Polska", "PL"),
        ("België", "BE"),
        ("Belgique", "BE"),
        ("OSTERREICH", "AT"),
        ("UK", "GB"),
        ("United States", "US"),
        ("Atlantis", None),
        ("", None),
        (None, None),
    ],
)
def test_countries_as_people_write_them(written: str | None, code: str | None) -> None:
    assert country_code(written) == code


def test_each_date_moves_by_its_owners_calendar() -> None:
    calendars = {"ann": DUTCH, "bob": POLISH}
    owners = pd.Series(["ann", "bob", "ann", "bob", None], dtype=object)
    dates = days("2026-04-28", "2026-11-12", "NaT", "2026-04-28", "2026-04-28")
    moved = shift_by(lambda user: calendars.get(user, WorkingDays()), owners, dates, np.array([-1, -1, -1, 1, -1]))
    # King's Day and Independence Day are skipped where they are kept.
    expected = days("2026-04-24", "2026-11-10", "NaT", "2026-04-29", "2026-04-27")
    assert np.array_equal(moved, expected, equal_nan=True)
    assert shift_by(lambda _: DUTCH, owners.iloc[:0], days(), 3).tolist() == []


def test_one_count_for_all_and_dates_of_any_unit() -> None:
    dates = days("2026-11-23", "2026-11-24").astype("datetime64[s]")
    moved = shift_by(lambda _: DUTCH, pd.Series(["ann", "bob"]), dates, 1)
    assert moved.tolist() == [dt.date(2026, 11, 24), dt.date(2026, 11, 25)]
    assert moved.dtype == np.dtype("datetime64[D]")


def test_absence_is_free_and_both_its_days_are() -> None:
    away = DUTCH.without([(dt.date(2026, 11, 25), dt.date(2026, 11, 26))], AS_OF)
    assert away.between(AS_OF, dt.date(2026, 11, 27)) == [AS_OF, dt.date(2026, 11, 24), dt.date(2026, 11, 27)]
    assert away.shift(days("2026-11-27"), -1).tolist() == [dt.date(2026, 11, 24)]
    assert not away.works(dt.date(2026, 11, 25), dt.date(2026, 11, 26))
    assert [away.first(day) for day in (AS_OF, dt.date(2026, 11, 25))] == [AS_OF, dt.date(2026, 11, 27)]
    gone = DUTCH.without([(AS_OF, None)], AS_OF)
    assert not gone.works(AS_OF, dt.date(2030, 1, 1))
    assert gone.works(dt.date(2026, 11, 20), AS_OF)
    back = DUTCH.without([(None, dt.date(2026, 11, 25))], AS_OF)
    assert back.between(dt.date(2026, 6, 1), dt.date(2026, 11, 26)) == [dt.date(2026, 11, 26)]
    elsewhere = DUTCH.without([(dt.date(1990, 1, 1), dt.date(1990, 2, 1)), (dt.date(2090, 1, 1), None)], AS_OF)
    assert elsewhere.between(AS_OF, dt.date(2026, 12, 31)) == DUTCH.between(AS_OF, dt.date(2026, 12, 31))


def test_the_weekend_is_the_countrys() -> None:
    friday, sunday = dt.date(2026, 11, 27), dt.date(2026, 11, 29)
    israeli = working_days(Calendar(country="IL"), AS_OF)
    assert not israeli.works(friday, friday)
    assert israeli.works(sunday, sunday)

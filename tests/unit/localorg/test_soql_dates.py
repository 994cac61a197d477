"""Date and datetime literals, in the time zone of the org. Now is Thursday 2026-11-19, 00:30 in Riga (UTC+2)."""

from __future__ import annotations

import datetime

import pytest
from soql_org import NOW, RIGA, SoqlOrg, soql_org

from sf_lifecycle.localorg.soql.dates import date_literal

TODAY = NOW.astimezone(RIGA).date()


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("TODAY", "2026-11-19", "2026-11-19"),
        ("yesterday", "2026-11-18", "2026-11-18"),
        ("TOMORROW", "2026-11-20", "2026-11-20"),
        ("THIS_WEEK", "2026-11-15", "2026-11-21"),
        ("LAST_WEEK", "2026-11-08", "2026-11-14"),
        ("NEXT_WEEK", "2026-11-22", "2026-11-28"),
        ("THIS_MONTH", "2026-11-01", "2026-11-30"),
        ("LAST_MONTH", "2026-10-01", "2026-10-31"),
        ("NEXT_MONTH", "2026-12-01", "2026-12-31"),
        ("THIS_QUARTER", "2026-10-01", "2026-12-31"),
        ("LAST_QUARTER", "2026-07-01", "2026-09-30"),
        ("NEXT_QUARTER", "2027-01-01", "2027-03-31"),
        ("THIS_YEAR", "2026-01-01", "2026-12-31"),
        ("LAST_YEAR", "2025-01-01", "2025-12-31"),
        ("NEXT_YEAR", "2027-01-01", "2027-12-31"),
        ("THIS_FISCAL_QUARTER", "2026-10-01", "2026-12-31"),
        ("LAST_FISCAL_YEAR", "2025-01-01", "2025-12-31"),
        ("LAST_90_DAYS", "2026-08-21", "2026-11-19"),
        ("NEXT_90_DAYS", "2026-11-20", "2027-02-17"),
        ("LAST_N_DAYS:1", "2026-11-18", "2026-11-19"),
        ("LAST_N_DAYS : 0", "2026-11-19", "2026-11-19"),
        ("NEXT_N_DAYS:2", "2026-11-20", "2026-11-21"),
        ("N_DAYS_AGO:3", "2026-11-16", "2026-11-16"),
        ("LAST_N_WEEKS:2", "2026-11-01", "2026-11-14"),
        ("NEXT_N_WEEKS:1", "2026-11-22", "2026-11-28"),
        ("N_WEEKS_AGO:1", "2026-11-08", "2026-11-14"),
        ("LAST_N_MONTHS:12", "2025-11-01", "2026-10-31"),
        ("NEXT_N_MONTHS:2", "2026-12-01", "2027-01-31"),
        ("N_MONTHS_AGO:11", "2025-12-01", "2025-12-31"),
        ("LAST_N_QUARTERS:4", "2025-10-01", "2026-09-30"),
        ("NEXT_N_QUARTERS:1", "2027-01-01", "2027-03-31"),
        ("N_QUARTERS_AGO:1", "2026-07-01", "2026-09-30"),
        ("LAST_N_YEARS:2", "2024-01-01", "2025-12-31"),
        ("NEXT_N_YEARS:1", "2027-01-01", "2027-12-31"),
        ("N_YEARS_AGO:2", "2024-01-01", "2024-12-31"),
        ("LAST_N_FISCAL_QUARTERS:1", "2026-07-01", "2026-09-30"),
        ("N_FISCAL_YEARS_AGO:1", "2025-01-01", "2025-12-31"),
        ("NEXT_N_FISCAL_YEARS:1", "2027-01-01", "2027-12-31"),
    ],
)
def test_ranges(word: str, first: str, last: str) -> None:
    found = date_literal(word, TODAY)
    assert found is not None
    assert (found.first.isoformat(), (found.end - datetime.timedelta(days=1)).isoformat()) == (first, last)


def test_weeks_may_begin_on_monday() -> None:
    found = date_literal("THIS_WEEK", TODAY, week_start=0)
    assert found is not None
    assert found.first == datetime.date(2026, 11, 16)


@pytest.fixture
def org() -> SoqlOrg:
    made = soql_org()
    for day in ("2026-11-18", "2026-11-19", "2026-11-20"):
        made.add("Account", Name=f"signed {day[-2:]}", Signed__c=day)
    made.add("Account", Name="last minute of the 18th", Seen__c="2026-11-18T21:59:00.000Z")
    made.add("Account", Name="first of the 19th", Seen__c="2026-11-18T22:00:00.000Z")
    made.add("Account", Name="first of the 20th", Seen__c="2026-11-19T22:00:00.000Z")
    return made


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Signed__c = TODAY", ["signed 19"]),
        ("Signed__c < TODAY", ["signed 18"]),
        ("Signed__c <= TODAY", ["signed 18", "signed 19"]),
        ("Signed__c > TODAY", ["signed 20"]),
        ("Signed__c >= TODAY", ["signed 19", "signed 20"]),
        ("Signed__c != TODAY AND Signed__c != null", ["signed 18", "signed 20"]),
        ("Signed__c IN (YESTERDAY, TOMORROW)", ["signed 18", "signed 20"]),
        ("Signed__c = 2026-11-19", ["signed 19"]),
        ("Seen__c = TODAY", ["first of the 19th"]),
        ("Seen__c < TODAY", ["last minute of the 18th"]),
        ("Seen__c > TODAY", ["first of the 20th"]),
        ("Seen__c = 2026-11-19T00:00:00+02:00", ["first of the 19th"]),
        ("Seen__c >= 2026-11-18T22:00:00.000Z", ["first of the 19th", "first of the 20th"]),
        ("Seen__c > 2026-11-18T22:00:00.001Z", ["first of the 20th"]),
    ],
)
def test_conditions(org: SoqlOrg, where: str, names: list[str]) -> None:
    assert org.names(where) == names


def test_a_day_is_as_long_as_it_is_when_clocks_change() -> None:
    org = soql_org()
    org.add("Account", Name="in the 25th hour", Seen__c="2026-10-25T21:30:00.000Z")
    compiled = org.compile("SELECT Name FROM Account WHERE Seen__c = N_DAYS_AGO:25")
    assert compiled.params == ("2026-10-24T21:00:00.000Z", "2026-10-25T22:00:00.000Z")
    assert len(org.records("SELECT Name FROM Account WHERE Seen__c = N_DAYS_AGO:25")) == 1

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from sf_lifecycle.salesforce import soql


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", r"'it\'s'"),
        ("a\\b", r"'a\\b'"),
        ("x' OR Name != '", r"'x\' OR Name != \''"),
        ("two\nlines\ttab", r"'two\nlines\ttab'"),
        ('say "hi" 😀', "'say \\\"hi\\\" 😀'"),
        (None, "null"),
        (True, "TRUE"),
        (5, "5"),
        (Decimal("1E+3"), "1000"),
        (dt.date(4000, 12, 31), "4000-12-31"),
        (dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))), "2026-01-31T10:00:00Z"),
    ],
)
def test_values_are_quoted(value: soql.Literal, text: str) -> None:
    assert soql.literal(value) == text


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        soql.literal(dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the very thing to refuse


def test_a_query_is_built() -> None:
    text = soql.select("Task", ["Id", "Owner.Name"], where=soql.compare("Key__c", ">=", "0"), order="Id", limit=5)
    assert text == "SELECT Id, Owner.Name FROM Task WHERE Key__c >= '0' ORDER BY Id LIMIT 5"


@pytest.mark.parametrize("name", ["Name FROM User", "a;b", "", "1a", "a..b", "Name--", "count()"])
def test_nothing_but_names_gets_in(name: str) -> None:
    with pytest.raises(ValueError, match="not an API name"):
        soql.select("Account", [name])
    with pytest.raises(ValueError, match="not an API name"):
        soql.select(name, ["Id"])


def test_a_field_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        soql.select("Account", ["Id", "id"])


def test_long_lists_are_split_and_hold_every_value_once() -> None:
    values = [f"00100000000{n:04d}AAA" for n in range(1000)]
    conditions = list(soql.in_lists("AccountId", [*values, values[0]]))
    assert all(len(each) <= soql.MAX_WHERE_LENGTH for each in conditions)
    found = [value.strip("' ") for each in conditions for value in each.partition("(")[2].rstrip(")").split(",")]
    assert found == values


def test_an_empty_list_asks_nothing() -> None:
    assert list(soql.in_lists("Id", [])) == []

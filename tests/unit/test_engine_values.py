"""What expressions are worth, one meaning a case."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from engine_world import TODAY, value

DAY = dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("today()", TODAY),
        ("days_until(founded)", -295),
        ("days_since(founded)", 295),
        ("add_days(founded, 1)", dt.date(2026, 2, 1)),
        ("add_days(founded, -employees)", dt.date(2026, 1, 26)),
        ("add_days(founded, 0.4)", DAY),
        ("add_days(founded, satisfaction)", None),
        ("add_days(founded, 1000000000)", DAY + dt.timedelta(days=40_000)),
        ("add_months(founded, 1)", dt.date(2026, 2, 28)),
        ("add_months(founded, -2)", dt.date(2025, 11, 30)),
        ("months_between(founded, date '2026-02-28')", 1),
        ("months_between(founded, '2026-02-27')", 0),
        ("months_between('2026-02-28', founded)", -1),
        ("date_trunc('week', founded)", dt.date(2026, 1, 26)),
        ("date_trunc('month', founded)", dt.date(2026, 1, 1)),
        ("date_trunc('quarter', add_months(founded, 5))", dt.date(2026, 4, 1)),
        ("date_trunc('YEAR', founded)", dt.date(2026, 1, 1)),
        ("year(founded) * 10000 + month(founded) * 100 + day(founded)", 20260131),
        ("quarter(founded)", 1),
        ("if(employees > 3, 'many', 'few')", "many"),
        ("if(satisfaction > 3, 'many', 'few')", "few"),
        ("if(employees > 3, 1)", 1),
        ("case when employees < 3 then 'a' when employees = 5 then 'b' else 'c' end", "b"),
        ("case when employees < 3 then 'a' end", None),
        ("coalesce(satisfaction, employees, 7)", Decimal(5)),
        ("coalesce(satisfaction, 0.5)", Decimal("0.5")),
        ("nullif(employees, 5)", None),
        ("nullif(name, 'FIRM 1')", None),
        ("least(founded, '2025-01-01')", dt.date(2025, 1, 1)),
        ("greatest(satisfaction, employees)", Decimal(5)),
        ("greatest(founded, today())", TODAY),
        ("abs(-employees)", 5),
        ("round(revenue, 1)", Decimal("1234.6")),
        ("round(revenue)", Decimal(1235)),
        ("round(-0.5)", Decimal(-1)),
        ("floor(-revenue)", Decimal(-1235)),
        ("ceil(revenue)", Decimal(1235)),
        ("lower(name)", "firm 1"),
        ("upper(left(name, 2))", "FI"),
        ("right(name, 1)", "1"),
        ("length(trim('  a '))", 1),
        ("employees + 1", 6),
        ("employees - 1 - 1", 3),
        ("employees - (1 - 1)", 5),
        ("2 + 3 * employees", 17),
        ("(2 + 3) * employees", 25),
        ("-(-employees)", 5),
        ("- -1", 1),
        ("employees - -1", 6),
        ("revenue * 0.1", Decimal("123.456")),
        ("revenue + 0.005", Decimal("1234.565")),
        ("employees / 2", Decimal("2.5")),
        ("employees / 0", None),
        ("1 / employees", Decimal("0.2")),
        ("satisfaction + 1", None),
    ],
)
def test_value(expression: str, expected: Any) -> None:
    found = value(expression, Founded__c=DAY, Employees__c=5, Revenue__c=Decimal("1234.56"))
    assert found == expected
    assert not isinstance(found, float)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = 'FIRM 1'", True),
        ("name <> 'firm 2'", True),
        ("name in ('x', 'firm 1')", True),
        ("name not in ('x', 'firm 1')", False),
        ("name like 'firm%'", True),
        ("name not like '%2'", True),
        ("contains(name, 'IRM')", True),
        ("starts_with(name, 'fi')", True),
        ("industry = 'LOJALNOŚĆ'", True),
        ("industry = 'Lojalnos\u0301c\u0301'", True),
        ("includes(products, 'fixed')", True),
        ("includes(products, 'TV')", False),
        ("includes(products, 'TV', 'Mobile')", True),
        ("founded = '2026-01-31'", True),
        ("founded > date '2026-01-30'", True),
        ("founded between '2026-01-01' and '2026-01-31'", True),
        ("founded not between '2026-01-01' and '2026-01-31'", False),
        ("created > '2026-03-01'", False),
        ("created >= '2026-03-01T23:30:00Z'", True),
        ("created < '2026-03-02T00:31:00+01:00'", True),
        ("employees between 5 and 6.5", True),
        ("employees in (1, 5.0)", True),
        ("satisfaction > 3", None),
        ("satisfaction > 3 or employees > 3", True),
        ("satisfaction > 3 and employees > 3", None),
        ("satisfaction > 3 and employees < 3", False),
        ("not satisfaction > 3", None),
        ("satisfaction is null", True),
        ("not satisfaction is null", False),
        ("satisfaction is not null", False),
        ("hidden", None),
        ("hidden is true", False),
        ("hidden is not true", True),
        ("hidden is null", True),
        ("hidden = false", None),
        ("(employees > 3) is true", True),
        ("park = 'x'", None),
        ("park in ('x')", None),
        ("includes(products, 'Fixed') and not includes(products, 'TV')", True),
        ("id = id", True),
        ("parent_id = id", None),
        ("object = 'account'", True),
        ("1000000000 + 1000000000 > employees", True),
        ("employees * 999999999999999999 * 999999999999999999 * 999999999999999999 > 0", None),
        ("revenue * revenue * revenue * revenue * revenue * revenue > 0", True),
    ],
)
def test_condition(condition: str, expected: bool | None) -> None:
    found = value(
        condition,
        Founded__c=DAY,
        Employees__c=5,
        Revenue__c=Decimal("1234.56"),
        Industry="Lojalność",
        Products__c="Mobile;Fixed",
        CreatedDate=dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC).replace(tzinfo=None),
    )
    assert found is expected


def test_a_moment_has_its_day_in_the_configured_zone() -> None:
    late = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC).replace(tzinfo=None)
    assert value("date(created)", CreatedDate=late) == dt.date(2026, 3, 1)
    assert value("date(created)", CreatedDate=late, timezone="Europe/Amsterdam") == dt.date(2026, 3, 2)
    assert value("created > '2026-03-01'", CreatedDate=late, timezone="Europe/Amsterdam") is True


def test_dates_beyond_the_calendar_are_unknown() -> None:
    deep = "founded"
    for _ in range(8):
        deep = f"add_days({deep}, 40000)"
    found = value(f"add_months({deep}, 100000)", Founded__c=dt.date(4000, 1, 1))
    assert found == dt.date(4984, 4, 3) or found is None or found.year <= 9999


@pytest.mark.parametrize(
    ("parameters", "expression", "expected"),
    [
        ({"limit": 4}, "employees > limit", True),
        ({"limit": Decimal("4.5")}, "employees - limit", Decimal("0.5")),
        ({"day": dt.date(2026, 1, 1)}, "founded > day", True),
        ({"day": "2026-01-01"}, "founded > day", True),
        ({"words": ["x", "firm 1"]}, "name in words", True),
        ({"words": ["x", "firm 1"]}, "name not in (words)", False),
        ({"slack": {"by": "industry", "values": {"retail": 1, "Energy": 2}, "default": 9}}, "slack", 1),
        ({"slack": {"by": "industry", "values": {"Energy": 2}, "default": 9}}, "slack + 1", 10),
        ({"slack": {"by": "industry", "values": {"Energy": 2}}}, "slack", None),
        ({"slack": {"by": "employees", "values": {"5": "five"}, "default": "other"}}, "slack", "five"),
        ({"slack": {"by": "employees > 3", "values": {"true": 1.5}, "default": 0}}, "slack", Decimal("1.5")),
    ],
)
def test_parameters(parameters: Any, expression: str, expected: Any) -> None:
    assert value(expression, parameters=parameters, Employees__c=5, Founded__c=DAY, Industry="Retail") == expected

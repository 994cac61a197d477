"""Amounts in an org with several currencies are worth what they are in the corporate one, to the last digit."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal, getcontext, localcontext
from typing import Any

import pytest
from engine_world import ROLES, SCHEMA, TODAY, A, D, account, deal, field, mapping, mirror, model, record_id, select

from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.engine import build, corporate_currency

CODE = field("CurrencyIsoCode", "picklist", picklist=("EUR", "PLN", "USD"))
RATES = {"EUR": "1", "PLN": "4", "USD": "1.075"}


def with_codes(*names: str) -> OrgSchema:
    objects = {
        name: replace(info, fields={**info.fields, CODE.name: CODE}) if name in names else info
        for name, info in SCHEMA.objects.items()
    }
    return replace(SCHEMA, objects=objects)


CODES = with_codes("Account", "Deal__c")


def read(
    rows: dict[str, list[dict[str, Any]]],
    *,
    schema: OrgSchema = CODES,
    rates: dict[str, str] | None = None,
    of: dict[str, Any] | None = None,
    **columns: str,
) -> list[dict[str, Any]]:
    program = build(mapping(**(of or {})), model(), schema, [select(**columns)])
    con = mirror(rows, schema=schema, rates=RATES if rates is None else rates)
    with con, program.run(con, as_of=TODAY) as run:
        found: list[dict[str, Any]] = run.fetch("q").to_pylist()
        return found


def firm(amount: str | None, code: str | None, number: int = 1) -> dict[str, Any]:
    return account(number, Revenue__c=Decimal(amount) if amount else None, CurrencyIsoCode=code)


@pytest.mark.parametrize(
    ("amount", "code", "expected"),
    [
        ("10.00", "EUR", "10.00"),
        ("10.00", "PLN", "2.50"),
        ("-10.00", "PLN", "-2.50"),
        ("0.02", "PLN", "0.00"),  # 0.005: half to even
        ("0.06", "PLN", "0.02"),  # 0.015
        ("0.10", "PLN", "0.02"),  # 0.025
        ("-0.06", "PLN", "-0.02"),
        ("9999999999999999.99", "PLN", "2500000000000000.00"),
        ("1.00", "USD", "0.93"),
        ("10.00", "XXX", None),
        ("10.00", None, None),
        (None, "PLN", None),
    ],
)
def test_an_amount_in_the_corporate_currency(amount: str | None, code: str | None, expected: str | None) -> None:
    rows = {"Account": [firm(amount, code)]}
    assert read(rows, x="revenue")[0]["x"] == (Decimal(expected) if expected else None)


def test_the_scale_and_the_type_stay() -> None:
    found = read({"Account": [firm("10.00", "PLN")]}, x="revenue")[0]["x"]
    assert found.as_tuple().exponent == -2
    program = build(mapping(), model(), CODES)
    assert (
        program.reading.typed["account", "revenue"].type
        == build(mapping(), model(), SCHEMA).reading.typed["account", "revenue"].type
    )


def test_amounts_that_do_not_fit_are_unknown() -> None:
    rows = {"Account": [firm("9999999999999999.99", "USD")]}
    assert read(rows, rates={"EUR": "1", "USD": "0.5"}, x="revenue")[0]["x"] is None


def test_sums_and_ranks_are_in_one_currency() -> None:
    rows = {
        "Account": [firm(None, None, 1), firm(None, None, 2)],
        "Deal__c": [
            deal(1, 1, Monthly__c=Decimal("100.00"), CurrencyIsoCode="PLN"),
            deal(2, 1, Monthly__c=Decimal("30.00"), CurrencyIsoCode="EUR"),
            deal(3, 2, Monthly__c=Decimal("60.00"), CurrencyIsoCode="EUR"),
        ],
    }
    features = {
        "features": {
            "account": {
                "worth": {"from": "deal", "value": "sum(monthly)"},
                "best": {"from": "deal", "pick": "monthly desc"},
            }
        }
    }
    found = read(rows, of=features, worth="worth", best="best.id")
    assert [row["worth"] for row in found] == [Decimal("55.00"), Decimal("60.00")]
    assert [row["best"] for row in found] == [record_id(D, 2), record_id(D, 3)]


def test_many_sums_are_exact() -> None:
    deals = [deal(n, 1, Monthly__c=Decimal("0.10"), CurrencyIsoCode="USD") for n in range(1, 1001)]
    features = {"features": {"account": {"worth": {"from": "deal", "value": "sum(monthly)"}}}}
    rows = {"Account": [firm(None, None)], "Deal__c": deals}
    with localcontext(getcontext()):
        one = (Decimal("0.10") / Decimal("1.075")).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    assert read(rows, of=features, worth="worth")[0]["worth"] == one * 1000


def test_as_the_record_has_it() -> None:
    fields = ROLES["account"][0]["fields"] | {
        "revenue": {"field": "Revenue__c", "currency": "own"},
        "worth": "Revenue__c",
    }
    roles = {**ROLES, "account": [{**ROLES["account"][0], "fields": fields}]}
    found = read({"Account": [firm("10.00", "PLN")]}, of={"roles": roles}, own="revenue", worth="worth")
    assert (found[0]["own"], found[0]["worth"]) == (Decimal("10.00"), Decimal("2.50"))


def test_a_source_is_narrowed_in_the_corporate_currency() -> None:
    roles = {**ROLES, "account": [{**ROLES["account"][0], "where": "revenue >= 5"}]}
    rows = {"Account": [firm("10.00", "PLN", 1), firm("10.00", "EUR", 2)]}
    assert [row["_id"] for row in read(rows, of={"roles": roles}, x="name")] == [record_id(A, 2)]


def test_an_org_with_one_currency() -> None:
    assert (
        read({"Account": [account(1, Revenue__c=Decimal("7.00"))]}, schema=SCHEMA, rates={}, x="revenue")[0]["x"] == 7
    )


def test_the_corporate_code() -> None:
    with mirror({}, rates=RATES) as con:
        assert corporate_currency(con) == "EUR"
    with mirror({}) as con:
        assert corporate_currency(con) is None
        assert con.execute("select count(*) from mirror._rates").fetchall() == [(0,)]

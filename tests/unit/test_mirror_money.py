"""What is pulled of currencies and rates, and of Leads that became accounts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from test_mirror_plan import by_table, mapping_of, paths, places, source
from test_mirror_pull_memory import NOW, MemoryOrg, objects

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.config.settings import PullSettings
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.mirror import Mirror, MirrorReader, money_without_rate, open_mirror, plan_pull, pull, schema_for
from sf_lifecycle.salesforce import Org

CODE = FieldInfo(name="CurrencyIsoCode", type="picklist")
REVENUE = FieldInfo(name="AnnualRevenue", type="currency", scale=2)
CURRENCIES = ObjectInfo(
    name="CurrencyType",
    fields={
        name: FieldInfo(name=name, type=kind, scale=6)
        for name, kind in [("IsoCode", "picklist"), ("ConversionRate", "double"), ("IsCorporate", "boolean")]
    },
)
ROLES = {"account": [source("Account", name="Name", revenue="AnnualRevenue")]}


def schema(*fields: FieldInfo, currencies: bool = True) -> OrgSchema:
    found = objects()
    account = found["Account"]
    found["Account"] = replace(account, fields={**account.fields, **{info.name: info for info in fields}})
    found["Deal"] = ObjectInfo(
        name="Deal",
        fields={
            "Id": FieldInfo(name="Id", type="id"),
            "AccountId": FieldInfo(
                name="AccountId", type="reference", reference_to=("Account",), relationship_name="Account"
            ),
        },
    )
    return OrgSchema(objects=found | ({"CurrencyType": CURRENCIES} if currencies else {}), source="memory")


def test_codes_are_pulled_beside_amounts() -> None:
    found = by_table(plan_pull(mapping_of(ROLES), schema(REVENUE, CODE)))
    assert paths(found["Account"]) == ["Id", "Name", "AnnualRevenue", "CurrencyIsoCode"]
    by_path = {**ROLES, "deal": [source("Deal", worth="Account.AnnualRevenue")]}
    found = by_table(plan_pull(mapping_of(by_path), schema(REVENUE, CODE)))
    assert paths(found["Deal"]) == ["Id", "Account.AnnualRevenue", "Account.CurrencyIsoCode"]


def test_no_codes_where_no_amount_is_compared() -> None:
    plain = {"account": [source("Account", name="Name")]}
    assert paths(by_table(plan_pull(mapping_of(plain), schema(REVENUE, CODE)))["Account"]) == ["Id", "Name"]
    own: dict[str, Any] = {
        "account": [{"object": "Account", "fields": {"revenue": {"field": "AnnualRevenue", "currency": "own"}}}]
    }
    assert paths(by_table(plan_pull(mapping_of(own), schema(REVENUE)))["Account"]) == ["Id", "AnnualRevenue"]
    single = by_table(plan_pull(mapping_of(ROLES), schema(REVENUE, currencies=False)))
    assert paths(single["Account"]) == ["Id", "Name", "AnnualRevenue"]


@pytest.mark.parametrize(
    ("shown", "currencies", "missing"),
    [((REVENUE,), True, "Account.CurrencyIsoCode"), ((REVENUE, CODE), False, "CurrencyType with its rates")],
)
def test_money_whose_worth_cannot_be_told_is_refused(
    shown: tuple[FieldInfo, ...], currencies: bool, missing: str
) -> None:
    with pytest.raises(ConfigError, match='currency = "own"') as caught:
        plan_pull(mapping_of(ROLES), schema(*shown, currencies=currencies))
    assert places(caught) == ["mappings/telecom/objects.toml: account.fields.revenue"]
    assert f"does not show {missing}" in str(caught.value)


@dataclass
class MoneyOrg(MemoryOrg):
    """An org with several currencies."""

    shown: OrgSchema = field(default_factory=lambda: schema(REVENUE, CODE))
    rates: list[dict[str, Any]] = field(default_factory=list)

    def describe(self, names: Any) -> OrgSchema:
        return replace(self.shown, objects={n: info for n, info in self.shown.objects.items() if n in names})

    def query(self, text: str, *, all_rows: bool = False) -> list[dict[str, Any]]:
        self.calls.sent()
        assert text == "SELECT IsoCode, ConversionRate, IsCorporate FROM CurrencyType"
        return self.rates


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return open_mirror(tmp_path, org_id="00D000000000001AAA", kind="local")


def run(org: MoneyOrg, mirror: Mirror, mapping: Mapping, *, full: bool = False) -> str:
    real = cast("Org", org)
    known, settings = schema_for(real, mapping), PullSettings()
    report = pull(real, mirror, mapping, known, now=NOW, settings=settings, bulk_from_rows=9, full=full)
    return next(each.mode for each in report.objects if each.table == "Account")


def rate(iso: str, value: Any, *, corporate: bool = False) -> dict[str, Any]:
    return {"IsoCode": iso, "ConversionRate": value, "IsCorporate": corporate}


def account(number: int, amount: str | None, code: str | None) -> dict[str, Any]:
    worth = Decimal(amount) if amount else None
    return {"Id": f"001{number:015d}", "Name": f"firm {number}", "AnnualRevenue": worth, "CurrencyIsoCode": code}


def test_rates_are_read_at_every_pull_and_amounts_only_where_they_changed(mirror: Mirror) -> None:
    org = MoneyOrg(rates=[rate("EUR", 1, corporate=True), rate("PLN", Decimal("4.25")), rate("XAG", 0)])
    stamps = [FieldInfo(name="SystemModstamp", type="datetime"), FieldInfo(name="IsDeleted", type="boolean")]
    org.shown = schema(REVENUE, CODE, *stamps)
    org.rows["Account"] = [account(1, "10.00", "PLN"), account(2, "3.00", "GBP"), account(3, None, "GBP")]
    mapping = mapping_of(ROLES)
    assert run(org, mirror, mapping, full=True) == "full"
    org.rates = [rate("EUR", 1, corporate=True), rate("PLN", Decimal("4.5"))]
    assert run(org, mirror, mapping) == "unchanged"
    with mirror.connect() as con:
        assert con.execute("select * from mirror._rates order by iso").fetchall() == [
            ("EUR", Decimal("1.000000"), True),
            ("PLN", Decimal("4.500000"), False),
        ]
        assert con.execute('select "CurrencyIsoCode" from mirror."Account" order by _key').fetchall()[0] == ("PLN",)
        assert money_without_rate(con, mapping) == {"Account.AnnualRevenue": 1}


def test_an_org_with_one_currency_has_no_rates(mirror: Mirror) -> None:
    org = MoneyOrg(shown=schema(REVENUE, currencies=False), rows={"Account": [account(1, "10.00", None)]})
    mapping = mapping_of(ROLES)
    run(org, mirror, mapping)
    with mirror.connect() as con:
        assert con.execute("select * from mirror._rates").fetchall() == []
        assert money_without_rate(con, mapping) == {}


CONVERTED = [
    FieldInfo(name="IsConverted", type="boolean"),
    FieldInfo(name="ConvertedAccountId", type="reference", reference_to=("Account",)),
]


@pytest.mark.parametrize("fields", [CONVERTED, CONVERTED[:1]])
def test_a_converted_lead_lives_on_as_its_account(mirror: Mirror, fields: list[FieldInfo]) -> None:
    lead = ObjectInfo(
        name="Lead",
        fields={
            info.name: info
            for info in [FieldInfo(name="Id", type="id"), FieldInfo(name="Company", type="string"), *fields]
        },
    )
    org = MoneyOrg(shown=replace(schema(currencies=False), objects={**schema(currencies=False).objects, "Lead": lead}))
    into = "001000000000000001"
    org.rows["Lead"] = [
        {"Id": "00Q000000000000001", "Company": "a", "IsConverted": True, "ConvertedAccountId": into},
        {"Id": "00Q000000000000002", "Company": "b", "IsConverted": False, "ConvertedAccountId": None},
        {"Id": "00Q000000000000003", "Company": "c", "IsConverted": True, "ConvertedAccountId": None},
    ]
    both = {"account": [source("Account", name="Name"), {**source("Lead", name="Company")}]}
    run(org, mirror, mapping_of(both | {"contact": [{**source("Lead", name="Company"), "parent": "Id"}]}))
    with mirror.connect() as con:
        merged = MirrorReader(con).merged()
    assert merged == ({"00Q000000000000001": into} if len(fields) == 2 else {})

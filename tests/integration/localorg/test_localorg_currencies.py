"""An org with several currencies: the object, the code on every record, the refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from localorg_peer import PROJECT, Client

from sf_lifecycle.localorg import LocalOrg, serve_in_thread

RATES = {"EUR": "1", "PLN": "4.30", "JPY": "162.5"}


@pytest.fixture(scope="module")
def money() -> Iterator[LocalOrg]:
    with serve_in_thread(metadata=PROJECT, currencies=RATES) as org:
        yield org


@pytest.fixture
def clerk(money: LocalOrg) -> Iterator[Client]:
    client = Client(url=money.url, token=money.admin_token)
    yield client
    client.session.close()


@pytest.fixture
def reader(money: LocalOrg) -> Iterator[Client]:
    client = Client(url=money.url, token=money.token)
    yield client
    client.session.close()


def field(client: Client, object_name: str, name: str) -> dict[str, Any] | None:
    fields = client.get(f"/sobjects/{object_name}/describe").json()["fields"]
    return next((f for f in fields if f["name"] == name), None)


def test_the_worker_reads_the_rates(reader: Client) -> None:
    soql = "SELECT IsoCode, ConversionRate, DecimalPlaces, IsActive, IsCorporate FROM CurrencyType ORDER BY IsoCode"
    assert reader.query(soql) == [
        {"IsoCode": "EUR", "ConversionRate": 1.0, "DecimalPlaces": 2, "IsActive": True, "IsCorporate": True},
        {"IsoCode": "JPY", "ConversionRate": 162.5, "DecimalPlaces": 0, "IsActive": True, "IsCorporate": False},
        {"IsoCode": "PLN", "ConversionRate": 4.3, "DecimalPlaces": 2, "IsActive": True, "IsCorporate": False},
    ]
    assert reader.query("SELECT SystemModstamp FROM CurrencyType")[0]["SystemModstamp"]


@pytest.mark.parametrize(
    "object_name", ["Account", "Contact", "Lead", "Opportunity", "Campaign", "Task", "Contract", "User", "Deal__c"]
)
def test_records_have_a_code(clerk: Client, object_name: str) -> None:
    code = field(clerk, object_name, "CurrencyIsoCode")
    assert code is not None
    assert (code["type"], code["length"], code["restrictedPicklist"], code["nillable"]) == ("picklist", 3, True, True)
    assert (code["createable"], code["updateable"], code["defaultedOnCreate"]) == (True, True, True)
    assert code["permissionable"] is False
    assert [(v["value"], v["defaultValue"]) for v in code["picklistValues"]] == [
        ("EUR", True),
        ("JPY", False),
        ("PLN", False),
    ]


def test_only_users_have_a_default(clerk: Client, reader: Client) -> None:
    assert field(reader, "User", "DefaultCurrencyIsoCode") is not None
    assert field(clerk, "Account", "DefaultCurrencyIsoCode") is None
    assert field(reader, "Account", "CurrencyIsoCode") is not None  # no permission is needed


def test_who_gives_no_code_gets_the_users_own(money: LocalOrg, clerk: Client) -> None:
    account = clerk.make("Account", Name="plain")
    assert clerk.value("Account", account, "CurrencyIsoCode") == "EUR"
    money.org.people.set_user(money.org.admin_id, {"DefaultCurrencyIsoCode": "PLN"})
    try:
        assert clerk.value("Account", clerk.make("Account", Name="z"), "CurrencyIsoCode") == "PLN"
        yen = clerk.make("Account", Name="y", CurrencyIsoCode="jpy")
        assert clerk.value("Account", yen, "CurrencyIsoCode") == "JPY"
        clerk.patch(f"/sobjects/Account/{yen}", {"CurrencyIsoCode": None})
        assert clerk.value("Account", yen, "CurrencyIsoCode") == "PLN"
    finally:
        money.org.people.set_user(money.org.admin_id, {"DefaultCurrencyIsoCode": "EUR"})


def test_a_code_out_of_use_is_refused(money: LocalOrg, clerk: Client) -> None:
    old = clerk.make("Account", Name="old", CurrencyIsoCode="PLN", AnnualRevenue=43)
    money.org.people.set_currency("PLN", active=False)
    try:
        for code in ("PLN", "USD"):
            reply = clerk.post("/sobjects/Account", {"Name": "new", "CurrencyIsoCode": code})
            assert reply.status_code == 400
            assert reply.json() == [
                {
                    "message": f"Currency ISO Code: bad value for restricted picklist field: {code}",
                    "errorCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    "fields": ["CurrencyIsoCode"],
                }
            ]
        assert clerk.value("Account", old, "CurrencyIsoCode") == "PLN"
        assert clerk.query("SELECT IsActive FROM CurrencyType WHERE IsoCode = 'PLN'") == [{"IsActive": False}]
        told = field(clerk, "Lead", "CurrencyIsoCode")
        assert told is not None
        assert [v["value"] for v in told["picklistValues"]] == ["EUR", "JPY"]
    finally:
        money.org.people.set_currency("PLN", active=True)


def test_rates_move_and_codes_come(money: LocalOrg, clerk: Client) -> None:
    money.org.people.set_currency("JPY", rate="170.25")
    money.org.people.set_currency("SEK", rate="11.2")
    rows = clerk.query("SELECT IsoCode, ConversionRate FROM CurrencyType WHERE IsoCode IN ('JPY', 'SEK')")
    assert {r["IsoCode"]: r["ConversionRate"] for r in rows} == {"JPY": 170.25, "SEK": 11.2}
    assert clerk.make("Account", Name="s", CurrencyIsoCode="SEK")
    money.org.people.set_currency("SEK", active=False)
    money.org.people.set_currency("JPY", rate="162.5")
    wrong: list[Callable[[], None]] = [
        lambda: money.org.people.set_currency("NOK"),
        lambda: money.org.people.set_currency("NOK", rate="0"),
        lambda: money.org.people.set_currency("EUR", rate="2"),
        lambda: money.org.people.set_currency("EUR", active=False),
    ]
    for each in wrong:
        with pytest.raises(ValueError, match=r"NOK|EUR"):
            each()
    assert clerk.query("SELECT Id FROM CurrencyType WHERE IsoCode = 'NOK'") == []


def test_nobody_writes_rates_by_api(clerk: Client) -> None:
    (row,) = clerk.query("SELECT Id FROM CurrencyType WHERE IsoCode = 'PLN'")
    assert clerk.patch(f"/sobjects/CurrencyType/{row['Id']}", {"ConversionRate": 9}).status_code == 400


def test_bulk_knows_codes(clerk: Client) -> None:
    rows = "Name,AnnualRevenue,CurrencyIsoCode\nbulk a,10,PLN\nbulk b,20,\nbulk c,30,USD\n"
    done = clerk.ingest("Account", rows)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (3, 1)
    asked = "SELECT Name, AnnualRevenue, CurrencyIsoCode FROM Account WHERE Name LIKE 'bulk %' ORDER BY Name"
    job = clerk.post("/jobs/query", {"operation": "query", "query": asked}).json()
    clerk.ended(f"/jobs/query/{job['id']}")
    lines = clerk.get(f"/jobs/query/{job['id']}/results").text.splitlines()
    assert [line.replace('"', "") for line in lines] == [
        "Name,AnnualRevenue,CurrencyIsoCode",
        "bulk a,10.0,PLN",
        "bulk b,20.0,EUR",
    ]


def test_an_org_with_one_currency_knows_no_codes(local: LocalOrg, admin: Client) -> None:
    reply = admin.get("/query", params={"q": "SELECT IsoCode FROM CurrencyType"})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALID_TYPE")
    reply = admin.get("/query", params={"q": "SELECT CurrencyIsoCode FROM Account"})
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    assert admin.get("/sobjects/CurrencyType/describe").status_code == 404
    assert admin.post("/sobjects/Account", {"Name": "x", "CurrencyIsoCode": "EUR"}).status_code == 400
    assert field(admin, "User", "DefaultCurrencyIsoCode") is None
    with pytest.raises(ValueError, match="one currency"):
        local.org.people.set_currency("EUR", rate="1")

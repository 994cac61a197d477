"""The program's own client against an org with several currencies, person accounts and individuals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from localorg_peer import Client

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.localorg import LocalOrg, serve_in_thread
from sf_lifecycle.salesforce import Org, connect

SHIPPED = Path(__file__).parents[3] / "salesforce"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalOrg]:
    rates = {"EUR": "1", "PLN": "4.3"}
    with serve_in_thread(metadata=SHIPPED, currencies=rates, person_accounts=True, individuals=True) as found:
        yield found


@pytest.fixture(scope="module")
def org(server: LocalOrg) -> Iterator[Org]:
    settings = {
        "instance_url": server.url,
        "kind": "local",
        "login": "client_credentials",
        "client_id": server.client_id,
        "client_secret": server.client_secret,
    }
    with connect(SalesforceSettings.model_validate(settings)) as found:
        yield found


@pytest.fixture
def clerk(server: LocalOrg) -> Iterator[Client]:
    client = Client(url=server.url, token=server.admin_token)
    yield client
    client.session.close()


@pytest.mark.parametrize("bulk", [False, True])
def test_money_comes_with_its_code(org: Org, clerk: Client, bulk: bool) -> None:
    name = f"Firma {bulk}"
    clerk.make("Account", Name=name, AnnualRevenue=430, CurrencyIsoCode="PLN")
    found = org.describe(["Account", "CurrencyType"])
    account = found.objects["Account"].fields
    assert found.objects["CurrencyType"].fields["ConversionRate"].scale == 6
    fields = [(each, account[each]) for each in ("Id", "AnnualRevenue", "CurrencyIsoCode", "IsPersonAccount")]
    (table,) = org.query_arrow("Account", fields, f"Name = '{name}'", bulk=bulk)
    (row,) = table.to_pylist()
    assert (row["AnnualRevenue"], row["CurrencyIsoCode"], row["IsPersonAccount"]) == (Decimal(430), "PLN", False)
    rates = {r["IsoCode"]: r["ConversionRate"] for r in org.query("SELECT IsoCode, ConversionRate FROM CurrencyType")}
    assert rates == {"EUR": Decimal(1), "PLN": Decimal("4.3")}


def test_a_task_for_a_person(org: Org, clerk: Client) -> None:
    account = clerk.make("Account", LastName="Bakker", FirstName="Anna")
    (row,) = org.query(f"SELECT PersonContactId, Name FROM Account WHERE Id = '{account}'")
    task = {"WhoId": row["PersonContactId"], "WhatId": account, "Subject": "call"}
    made, wrong = org.create("Task", [task, {**task, "CurrencyIsoCode": "USD"}])
    assert made.ok
    assert wrong.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    (held,) = org.query(f"SELECT AccountId, Who.Name, CurrencyIsoCode FROM Task WHERE Id = '{made.id}'")
    assert held == {"AccountId": account, "Who.Name": "Anna Bakker", "CurrencyIsoCode": "EUR"}


def test_a_task_for_a_lead_that_was_converted(server: LocalOrg, org: Org, clerk: Client) -> None:
    lead = clerk.make("Lead", LastName="Visser", Company="Visser BV")
    (made,) = org.create("Task", [{"WhoId": lead, "Subject": "call"}])
    converted = server.org.people.convert_lead(lead, opportunity=False)
    (task,) = org.query(f"SELECT WhoId, WhatId, AccountId FROM Task WHERE Id = '{made.id}'")
    assert task == {
        "WhoId": converted["contact"],
        "WhatId": converted["account"],
        "AccountId": converted["account"],
    }
    (late,) = org.create("Task", [{"WhoId": lead, "Subject": "too late"}])
    assert (late.ok, late.code) == (False, "CANNOT_UPDATE_CONVERTED_LEAD")
    (row,) = org.query(f"SELECT ConvertedAccountId FROM Lead WHERE Id = '{lead}' AND IsConverted = TRUE")
    assert row == {"ConvertedAccountId": converted["account"]}

"""Person accounts: an account that is one person, and the contact that comes with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from localorg_peer import PROJECT, Client
from requests import Response

from sf_lifecycle.localorg import LocalOrg, serve_in_thread


@pytest.fixture(scope="module")
def shop() -> Iterator[LocalOrg]:
    with serve_in_thread(metadata=PROJECT, person_accounts=True, individuals=True) as org:
        yield org


@pytest.fixture
def clerk(shop: LocalOrg) -> Iterator[Client]:
    client = Client(url=shop.url, token=shop.admin_token)
    yield client
    client.session.close()


@pytest.fixture
def reader(shop: LocalOrg) -> Iterator[Client]:
    client = Client(url=shop.url, token=shop.token)
    yield client
    client.session.close()


def person(client: Client, last_name: str = "Bakker", **more: Any) -> tuple[str, str]:
    """(account, contact)."""
    account = client.make("Account", LastName=last_name, **more)
    return account, client.value("Account", account, "PersonContactId")


def contact_of(client: Client, account: str, fields: str) -> dict[str, Any]:
    (row,) = client.query(f"SELECT {fields} FROM Contact WHERE AccountId = '{account}'")
    return row


def refused(reply: Response) -> tuple[int, str]:
    return reply.status_code, reply.json()[0]["errorCode"]


def test_a_last_name_makes_a_person(clerk: Client) -> None:
    account, contact = person(
        clerk, FirstName="Anna", PersonEmail="a@x.example", PersonDoNotCall=True, Phone="1", PersonMailingCity="Delft"
    )
    row = clerk.get(f"/sobjects/Account/{account}").json()
    assert (row["Name"], row["IsPersonAccount"], row["PersonContactId"]) == ("Anna Bakker", True, contact)
    assert row["Consent__pc"] == "Unknown"  # the contact's default
    assert row["PersonMailingAddress"]["city"] == "Delft"
    assert contact_of(
        clerk, account, "Id, Name, FirstName, Email, DoNotCall, Phone, MailingCity, IsPersonAccount, OwnerId"
    ) == {
        "Id": contact,
        "Name": "Anna Bakker",
        "FirstName": "Anna",
        "Email": "a@x.example",
        "DoNotCall": True,
        "Phone": "1",
        "MailingCity": "Delft",
        "IsPersonAccount": True,
        "OwnerId": row["OwnerId"],
    }
    (found,) = clerk.query(
        f"SELECT RecordType.DeveloperName, RecordType.IsPersonType, PersonContact.Email FROM Account"
        f" WHERE Id = '{account}'"
    )
    assert found["RecordType"]["IsPersonType"] is True
    assert found["RecordType"]["DeveloperName"] == "PersonAccount"
    assert found["PersonContact"]["Email"] == "a@x.example"


def test_a_firm_stays_a_firm(clerk: Client) -> None:
    account = clerk.make("Account", Name="Bakkerij BV")
    row = clerk.get(f"/sobjects/Account/{account}").json()
    assert (row["IsPersonAccount"], row["PersonContactId"], row["RecordTypeId"]) == (False, None, None)
    assert refused(clerk.post("/sobjects/Account", {"Name": "BV", "PersonEmail": "a@x.example"})) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )
    reply = clerk.patch(f"/sobjects/Account/{account}", {"LastName": "Bakker"})
    assert refused(reply) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert refused(clerk.post("/sobjects/Account", {"Phone": "1"})) == (400, "REQUIRED_FIELD_MISSING")


def test_a_persons_name_is_made_of_its_parts(clerk: Client) -> None:
    reply = clerk.post("/sobjects/Account", {"Name": "Anna Bakker", "LastName": "Bakker"})
    assert reply.json()[0]["message"] == "Account: bad field names on insert/update call: Name"
    account, contact = person(clerk, FirstName="Anna")
    assert refused(clerk.patch(f"/sobjects/Account/{account}", {"Name": "B"}))[0] == 400
    assert refused(clerk.patch(f"/sobjects/Account/{account}", {"LastName": None})) == (400, "REQUIRED_FIELD_MISSING")
    assert clerk.patch(f"/sobjects/Account/{account}", {"LastName": "Visser"}).status_code == 204
    assert clerk.value("Account", account, "Name") == clerk.value("Contact", contact, "Name") == "Anna Visser"
    (kind,) = clerk.query("SELECT Id FROM RecordType WHERE SobjectType = 'Account' AND IsPersonType = TRUE")
    reply = clerk.post("/sobjects/Account", {"RecordTypeId": kind["Id"], "FirstName": "Anna"})
    assert refused(reply) == (400, "REQUIRED_FIELD_MISSING")


def test_changes_go_through_both_ways(shop: LocalOrg, clerk: Client) -> None:
    account, contact = person(clerk)
    seen = clerk.value("Contact", contact, "SystemModstamp")
    values = {"PersonEmail": "new@x.example", "Consent__pc": "Given", "Phone": "2", "OwnerId": shop.org.worker_id}
    assert clerk.patch(f"/sobjects/Account/{account}", values).status_code == 204
    row = contact_of(clerk, account, "Email, Consent__c, Phone, OwnerId, SystemModstamp")
    assert (row["Email"], row["Consent__c"], row["Phone"]) == ("new@x.example", "Given", "2")
    assert row["OwnerId"] == shop.org.worker_id
    assert row["SystemModstamp"] >= seen
    assert clerk.patch(f"/sobjects/Contact/{contact}", {"FirstName": "Bo", "MobilePhone": "3"}).status_code == 204
    account_row = clerk.get(f"/sobjects/Account/{account}").json()
    assert (account_row["Name"], account_row["FirstName"], account_row["PersonMobilePhone"]) == ("Bo Bakker", "Bo", "3")


def test_the_contact_lives_with_its_account(shop: LocalOrg, clerk: Client) -> None:
    account, contact = person(clerk)
    firm = clerk.make("Account", Name="Firm")
    assert refused(clerk.delete(f"/sobjects/Contact/{contact}")) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert refused(clerk.patch(f"/sobjects/Contact/{contact}", {"AccountId": firm}))[0] == 403
    assert refused(clerk.post("/sobjects/Contact", {"LastName": "Second", "AccountId": account}))[0] == 400
    other = clerk.make("Contact", LastName="Other", AccountId=firm)
    assert refused(clerk.patch(f"/sobjects/Contact/{other}", {"AccountId": account}))[0] == 400
    assert clerk.delete(f"/sobjects/Account/{account}").status_code == 204
    assert clerk.query(f"SELECT Id FROM Contact WHERE Id = '{contact}'") == []
    shop.org.people.undelete(account)
    assert clerk.value("Account", account, "PersonContactId") == contact
    assert contact_of(clerk, account, "Id") == {"Id": contact}


def test_tasks_and_memberships_are_the_contacts(clerk: Client) -> None:
    account, contact = person(clerk)
    task = clerk.make("Task", WhoId=contact, Subject="by the person")
    both = clerk.make("Task", WhoId=contact, WhatId=account)
    rows = clerk.query(f"SELECT Id, AccountId FROM Task WHERE WhoId = '{contact}' ORDER BY Id")
    assert rows == [{"Id": task, "AccountId": account}, {"Id": both, "AccountId": account}]
    assert refused(clerk.post("/sobjects/Task", {"WhoId": account}))[0] == 400
    campaign = clerk.make("Campaign", Name="c")
    member = clerk.make("CampaignMember", CampaignId=campaign, ContactId=contact)
    assert clerk.value("CampaignMember", member, "CompanyOrAccount") == "Bakker"


def test_the_worker_sees_of_a_person_what_it_sees_of_contacts(clerk: Client, reader: Client) -> None:
    account, contact = person(clerk, PersonEmail="a@x.example", PersonTitle="Owner")
    asked = f"SELECT IsPersonAccount, PersonContactId, LastName, PersonEmail FROM Account WHERE Id = '{account}'"
    assert reader.query(asked) == [
        {"IsPersonAccount": True, "PersonContactId": contact, "LastName": "Bakker", "PersonEmail": "a@x.example"}
    ]
    hidden = reader.get("/query", params={"q": "SELECT PersonTitle FROM Account"})
    assert refused(hidden) == (400, "INVALID_FIELD")
    names = {f["name"] for f in reader.get("/sobjects/Account/describe").json()["fields"]}
    assert "PersonEmail" in names
    assert "PersonTitle" not in names


def test_persons_merge_with_persons(shop: LocalOrg, clerk: Client) -> None:
    (master, kept), (loser, gone) = person(clerk, "Stays"), person(clerk, "Goes")
    task = clerk.make("Task", WhoId=gone)
    shop.org.people.merge("Account", master, [loser])
    assert clerk.query(f"SELECT WhoId, AccountId FROM Task WHERE Id = '{task}'") == [
        {"WhoId": kept, "AccountId": master}
    ]
    assert contact_of(clerk, master, "Id") == {"Id": kept}
    (lost,) = clerk.query(f"SELECT IsDeleted, MasterRecordId FROM Contact WHERE Id = '{gone}'", every=True)
    assert lost == {"IsDeleted": True, "MasterRecordId": kept}
    with pytest.raises(ValueError, match="person accounts only"):
        shop.org.people.merge("Account", master, [clerk.make("Account", Name="Firm")])


def test_bulk_makes_persons_and_firms(clerk: Client) -> None:
    done = clerk.ingest("Account", "Name,FirstName,LastName\n,Jo,Jansen\nJansen BV,,\nBoth,,Jansen\n")
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (3, 1)
    rows = clerk.query("SELECT Name, IsPersonAccount FROM Account WHERE Name LIKE '%Jansen%' ORDER BY Name")
    assert rows == [{"Name": "Jansen BV", "IsPersonAccount": False}, {"Name": "Jo Jansen", "IsPersonAccount": True}]


def test_data_protection_details(clerk: Client) -> None:
    individual = clerk.make("Individual", LastName="Bakker", HasOptedOutSolicit=True, ShouldForget=True)
    account, contact = person(clerk, PersonIndividualId=individual)
    (row,) = clerk.query(
        "SELECT Individual.HasOptedOutSolicit, Individual.HasOptedOutTracking, Individual.ShouldForget FROM Contact"
        f" WHERE Id = '{contact}'"
    )
    assert {k: v for k, v in row["Individual"].items() if k != "attributes"} == {
        "HasOptedOutSolicit": True,
        "HasOptedOutTracking": False,
        "ShouldForget": True,
    }
    lead = clerk.make("Lead", LastName="L", Company="C", IndividualId=individual)
    assert clerk.query(f"SELECT Id FROM Lead WHERE Individual.ShouldForget = TRUE AND Id = '{lead}'")
    (row,) = clerk.query(f"SELECT PersonIndividual.ShouldForget FROM Account WHERE Id = '{account}'")
    assert row["PersonIndividual"]["ShouldForget"] is True


def test_an_org_without_knows_nothing_of_them(admin: Client) -> None:
    for soql in (
        "SELECT IsPersonAccount FROM Account",
        "SELECT LastName FROM Account",
        "SELECT IndividualId FROM Contact",
        "SELECT Individual.ShouldForget FROM Lead",
    ):
        assert admin.get("/query", params={"q": soql}).status_code == 400
    assert admin.get("/query", params={"q": "SELECT Id FROM Individual"}).json()[0]["errorCode"] == "INVALID_TYPE"
    assert refused(admin.post("/sobjects/Lead", {"LastName": "L"})) == (400, "REQUIRED_FIELD_MISSING")

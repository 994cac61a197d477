"""A Lead that becomes an account and a contact, and what goes along."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from localorg_peer import PROJECT, Client

from sf_lifecycle.localorg import LocalOrg, serve_in_thread
from sf_lifecycle.localorg.errors import ApiError

PEOPLE = "/services/localorg/people"
OUTCOME = "IsConverted, ConvertedDate, ConvertedAccountId, ConvertedContactId, ConvertedOpportunityId, Status"


def test_a_lead_becomes_a_firm_with_a_contact(local: LocalOrg, admin: Client, new_user: Callable[..., str]) -> None:
    owner, other = new_user("Reps"), new_user("Reps")
    lead = admin.make(
        "Lead",
        LastName="Bakker",
        FirstName="Anna",
        Company="Bakkerij BV",
        Email="a@x.example",
        City="Delft",
        DoNotCall=True,
        OwnerId=owner,
    )
    task = admin.make("Task", WhoId=lead, OwnerId=other, Subject="open")
    done = admin.make("Task", WhoId=lead, OwnerId=owner, Status="Completed", ActivityDate="2026-10-01")
    made = local.org.people.convert_lead(lead, opportunity=False)
    account, contact = made["account"], made["contact"]
    assert made["opportunity"] is None
    (row,) = admin.query(f"SELECT {OUTCOME} FROM Lead WHERE Id = '{lead}'")
    day = row.pop("ConvertedDate")
    assert day == local.org.now().date().isoformat()
    assert row == {
        "IsConverted": True,
        "ConvertedAccountId": account,
        "ConvertedContactId": contact,
        "ConvertedOpportunityId": None,
        "Status": "Closed - Converted",
    }
    (firm,) = admin.query(f"SELECT Name, OwnerId, BillingCity, LastActivityDate FROM Account WHERE Id = '{account}'")
    assert firm == {"Name": "Bakkerij BV", "OwnerId": owner, "BillingCity": "Delft", "LastActivityDate": "2026-10-01"}
    (held,) = admin.query(f"SELECT Name, Email, DoNotCall, MailingCity, AccountId FROM Contact WHERE Id = '{contact}'")
    assert held == {
        "Name": "Anna Bakker",
        "Email": "a@x.example",
        "DoNotCall": True,
        "MailingCity": "Delft",
        "AccountId": account,
    }
    moved = admin.query(f"SELECT Id, WhoId, WhatId, AccountId, OwnerId FROM Task WHERE AccountId = '{account}'")
    assert {m.pop("Id"): m for m in moved} == {
        each: {"WhoId": contact, "WhatId": account, "AccountId": account, "OwnerId": whose}
        for each, whose in ((task, other), (done, owner))
    }


def test_nobody_changes_it_afterwards(local: LocalOrg, admin: Client) -> None:
    lead = admin.make("Lead", LastName="L", Company="C")
    local.org.people.convert_lead(lead, opportunity=False)
    for reply in (
        admin.patch(f"/sobjects/Lead/{lead}", {"Title": "x"}),
        admin.post("/sobjects/Task", {"WhoId": lead}),
        admin.post("/sobjects/CampaignMember", {"CampaignId": admin.make("Campaign", Name="c"), "LeadId": lead}),
    ):
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")
    with pytest.raises(ApiError, match="CANNOT_UPDATE_CONVERTED_LEAD"):
        local.org.people.convert_lead(lead)
    with pytest.raises(KeyError):
        local.org.people.convert_lead("00Q000000000zzzAAA")


def test_an_opportunity_takes_the_tasks(local: LocalOrg, admin: Client) -> None:
    lead = admin.make("Lead", LastName="L", Company="Deals BV")
    task = admin.make("Task", WhoId=lead)
    made = local.org.people.convert_lead(lead)
    deal = made["opportunity"]
    (row,) = admin.query(f"SELECT Name, AccountId, StageName, IsClosed FROM Opportunity WHERE Id = '{deal}'")
    assert row == {
        "Name": "Deals BV-",
        "AccountId": made["account"],
        "StageName": "Prospecting",
        "IsClosed": False,
    }
    roles = admin.query(f"SELECT ContactId, IsPrimary FROM OpportunityContactRole WHERE OpportunityId = '{deal}'")
    assert roles == [{"ContactId": made["contact"], "IsPrimary": True}]
    assert admin.query(f"SELECT WhatId, AccountId FROM Task WHERE Id = '{task}'") == [
        {"WhatId": deal, "AccountId": made["account"]}
    ]


def test_into_an_account_and_a_contact_that_are_there(local: LocalOrg, admin: Client) -> None:
    account, elsewhere = admin.make("Account", Name="Known"), admin.make("Account", Name="Elsewhere")
    contact = admin.make("Contact", LastName="Known", AccountId=account, Title="Owner")
    lead = admin.make("Lead", LastName="L", Company="Other name", Title="Boss", Phone="1")
    with pytest.raises(ApiError, match="another account"):
        local.org.people.convert_lead(lead, elsewhere, contact)
    made = local.org.people.convert_lead(lead, contact=contact, opportunity=False)
    assert (made["account"], made["contact"]) == (account, contact)
    (row,) = admin.query(f"SELECT LastName, Title, Phone FROM Contact WHERE Id = '{contact}'")
    assert row == {"LastName": "Known", "Title": "Owner", "Phone": "1"}  # only what was empty
    assert admin.value("Account", account, "Name") == "Known"
    second = admin.make("Lead", LastName="Second", Company="C")
    made = local.org.people.convert_lead(second, account, opportunity=False)
    assert made["account"] == account
    assert admin.value("Contact", str(made["contact"]), "AccountId") == account


def test_memberships_are_of_both(local: LocalOrg, admin: Client) -> None:
    campaign, twice = admin.make("Campaign", Name="one"), admin.make("Campaign", Name="twice")
    contact = admin.make("Contact", LastName="C", AccountId=admin.make("Account", Name="A"))
    lead = admin.make("Lead", LastName="L", Company="C")
    member = admin.make("CampaignMember", CampaignId=campaign, LeadId=lead)
    older = admin.make("CampaignMember", CampaignId=twice, ContactId=contact)
    admin.make("CampaignMember", CampaignId=twice, LeadId=lead)
    local.org.people.convert_lead(lead, contact=contact, opportunity=False)
    (row,) = admin.query(f"SELECT LeadId, ContactId, Type FROM CampaignMember WHERE Id = '{member}'")
    assert row == {"LeadId": lead, "ContactId": contact, "Type": "Contact"}
    (count,) = admin.query(f"SELECT NumberOfLeads, NumberOfConvertedLeads FROM Campaign WHERE Id = '{campaign}'")
    assert count == {"NumberOfLeads": 1, "NumberOfConvertedLeads": 1}
    assert admin.query(f"SELECT Id FROM CampaignMember WHERE CampaignId = '{twice}'") == [{"Id": older}]
    assert admin.delete(f"/sobjects/CampaignMember/{member}").status_code == 204
    assert admin.value("Campaign", campaign, "NumberOfLeads") == 0


def test_over_http(admin: Client) -> None:
    lead = admin.make("Lead", LastName="L", Company="C")
    done = admin.post(PEOPLE, {"do": "convert_lead", "lead": lead, "opportunity": False})
    assert done.status_code == 200
    assert admin.value("Lead", lead, "ConvertedAccountId") == done.json()["done"]["account"]
    assert admin.post(PEOPLE, {"do": "convert_lead", "lead": lead}).status_code == 400


def test_a_lead_without_a_company_becomes_a_person() -> None:
    with serve_in_thread(metadata=PROJECT, person_accounts=True, currencies={"EUR": "1", "PLN": "4.3"}) as org:
        client = Client(url=org.url, token=org.admin_token)
        lead = client.make("Lead", LastName="Bakker", FirstName="Anna", Email="a@x.example", CurrencyIsoCode="PLN")
        task = client.make("Task", WhoId=lead)
        made = org.org.people.convert_lead(lead)
        (row,) = client.query(
            "SELECT Name, IsPersonAccount, PersonContactId, PersonEmail, CurrencyIsoCode FROM Account"
            f" WHERE Id = '{made['account']}'"
        )
        assert row == {
            "Name": "Anna Bakker",
            "IsPersonAccount": True,
            "PersonContactId": made["contact"],
            "PersonEmail": "a@x.example",
            "CurrencyIsoCode": "PLN",
        }
        assert client.value("Task", task, "WhoId") == made["contact"]
        again = client.make("Lead", LastName="Bakker", Title="Owner")
        assert org.org.people.convert_lead(again, made["account"])["contact"] == made["contact"]
        assert client.value("Account", str(made["account"]), "PersonTitle") == "Owner"
        client.session.close()

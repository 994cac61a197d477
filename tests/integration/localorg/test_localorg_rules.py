"""What single objects do beyond the common rules."""

from __future__ import annotations

from typing import Any

import pytest
from localorg_peer import Client


def error_of(reply: Any) -> tuple[int, str]:
    return reply.status_code, reply.json()[0]["errorCode"]


@pytest.fixture
def account(admin: Client) -> str:
    return admin.make("Account", Name="Firm")


def test_closing_a_task_counts_as_activity(admin: Client, account: str) -> None:
    contact = admin.make("Contact", FirstName="Jo", LastName="Bos", AccountId=account)
    assert admin.value("Contact", contact, "Name") == "Jo Bos"
    task = admin.make("Task", WhoId=contact, ActivityDate="2026-03-01", Priority="High")
    row = admin.get(f"/sobjects/Task/{task}").json()
    assert (row["AccountId"], row["IsClosed"], row["IsHighPriority"]) == (account, False, True)
    assert admin.value("Account", account, "LastActivityDate") is None
    admin.patch(f"/sobjects/Task/{task}", {"Status": "Completed"})
    row = admin.get(f"/sobjects/Task/{task}").json()
    assert row["IsClosed"] is True
    assert row["CompletedDateTime"] is not None
    assert admin.value("Account", account, "LastActivityDate") == "2026-03-01"
    assert admin.value("Contact", contact, "LastActivityDate") == "2026-03-01"
    admin.patch(f"/sobjects/Task/{task}", {"Status": "In Progress"})
    assert admin.value("Task", task, "CompletedDateTime") is None
    assert admin.value("Account", account, "LastActivityDate") is None


def test_a_lead_as_who_excludes_what(admin: Client, account: str) -> None:
    lead = admin.make("Lead", LastName="L", Company="C")
    assert admin.value("Lead", lead, "Status") == "Open - Not Contacted"
    assert error_of(admin.post("/sobjects/Task", {"WhoId": lead, "WhatId": account})) == (
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    )
    task = admin.make("Task", WhoId=lead)
    assert error_of(admin.patch(f"/sobjects/Task/{task}", {"WhatId": account})) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert error_of(admin.post("/sobjects/Task", {"WhoId": account})) == (400, "MALFORMED_ID")


def test_a_converted_lead_is_closed(admin: Client, local: Any) -> None:
    (lead,) = local.org.store.insert_many("Lead", [{"LastName": "L", "Company": "C", "IsConverted": True}])
    assert error_of(admin.patch(f"/sobjects/Lead/{lead}", {"Company": "D"})) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")


def test_events_have_a_start_and_an_end(admin: Client, account: str) -> None:
    event = admin.make("Event", WhatId=account, StartDateTime="2026-05-01T09:00:00Z", DurationInMinutes=45)
    row = admin.get(f"/sobjects/Event/{event}").json()
    assert (row["EndDateTime"], row["ActivityDate"]) == ("2026-05-01T09:45:00.000+0000", "2026-05-01")
    assert admin.value("Account", account, "LastActivityDate") == "2026-05-01"
    assert error_of(admin.post("/sobjects/Event", {"Subject": "x"})) == (400, "REQUIRED_FIELD_MISSING")


def test_campaign_members(admin: Client, account: str) -> None:
    campaign = admin.make("Campaign", Name="C")
    contact = admin.make("Contact", LastName="M", AccountId=account, Email="m@x.nl")
    statuses = admin.query(
        "SELECT Label, IsDefault, HasResponded FROM CampaignMemberStatus"
        f" WHERE CampaignId = '{campaign}' ORDER BY SortOrder"
    )
    assert statuses == [
        {"Label": "Sent", "IsDefault": True, "HasResponded": False},
        {"Label": "Responded", "IsDefault": False, "HasResponded": True},
    ]
    member = admin.make("CampaignMember", CampaignId=campaign, ContactId=contact, Status="Planned")
    row = admin.get(f"/sobjects/CampaignMember/{member}").json()
    assert (row["Status"], row["HasResponded"], row["Email"], row["CompanyOrAccount"]) == (
        "Sent",
        False,
        "m@x.nl",
        "Firm",
    )
    again = admin.post("/sobjects/CampaignMember", {"CampaignId": campaign, "ContactId": contact})
    assert again.json() == [{"message": "Already a campaign member.", "errorCode": "DUPLICATE_VALUE"}]
    assert error_of(admin.post("/sobjects/CampaignMember", {"CampaignId": campaign})) == (
        400,
        "FIELD_INTEGRITY_EXCEPTION",
    )
    admin.patch(f"/sobjects/CampaignMember/{member}", {"Status": "responded"})
    assert admin.value("CampaignMember", member, "HasResponded") is True
    assert admin.value("CampaignMember", member, "FirstRespondedDate") is not None
    assert admin.value("Campaign", campaign, "NumberOfResponses") == 1
    assert error_of(admin.patch(f"/sobjects/CampaignMember/{member}", {"ContactId": contact})) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )
    admin.delete(f"/sobjects/CampaignMember/{member}")
    assert admin.value("Campaign", campaign, "NumberOfContacts") == 0


def test_a_campaign_has_one_default_status(admin: Client) -> None:
    campaign = admin.make("Campaign", Name="C")
    planned = admin.make("CampaignMemberStatus", CampaignId=campaign, Label="Planned", IsDefault=True)
    defaults = admin.query(
        f"SELECT Label FROM CampaignMemberStatus WHERE CampaignId = '{campaign}' AND IsDefault = true"
    )
    assert defaults == [{"Label": "Planned"}]
    assert admin.patch(f"/sobjects/CampaignMemberStatus/{planned}", {"IsDefault": False}).status_code == 400
    assert error_of(admin.delete(f"/sobjects/CampaignMemberStatus/{planned}")) == (400, "DELETE_FAILED")
    double = admin.post("/sobjects/CampaignMemberStatus", {"CampaignId": campaign, "Label": "planned"})
    assert error_of(double) == (400, "DUPLICATE_VALUE")


def test_campaigns_need_a_marketing_user(new_user: Any, as_user: Any) -> None:
    rep = as_user(new_user("Reps"))
    assert error_of(rep.post("/sobjects/Campaign", {"Name": "x"})) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert rep.get("/sobjects/Campaign/describe").json()["createable"] is False
    marketing = as_user(new_user("Reps", UserPermissionsMarketingUser=True))
    assert marketing.post("/sobjects/Campaign", {"Name": "x"}).status_code == 201


def test_contracts_are_activated_by_their_status_alone(admin: Client, account: str) -> None:
    assert error_of(admin.post("/sobjects/Contract", {"AccountId": account, "Status": "Activated"})) == (
        400,
        "FAILED_ACTIVATION",
    )
    contract = admin.make("Contract", AccountId=account, StartDate="2026-01-31", ContractTerm=1)
    row = admin.get(f"/sobjects/Contract/{contract}").json()
    assert (row["Status"], row["StatusCode"], row["EndDate"]) == ("Draft", "Draft", "2026-02-27")
    assert len(row["ContractNumber"]) == 8
    both = {"Status": "Activated", "ContractTerm": 12}
    assert error_of(admin.patch(f"/sobjects/Contract/{contract}", both)) == (400, "FAILED_ACTIVATION")
    assert admin.patch(f"/sobjects/Contract/{contract}", {"Status": "Activated"}).status_code == 204
    assert admin.value("Contract", contract, "ActivatedDate") is not None
    assert error_of(admin.patch(f"/sobjects/Contract/{contract}", {"Status": "Draft"})) == (400, "INVALID_STATUS")
    assert admin.delete(f"/sobjects/Contract/{contract}").status_code == 400
    assert error_of(admin.patch(f"/sobjects/Contract/{contract}", {"EndDate": "2027-01-01"})) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )
    admin.patch(f"/sobjects/Contract/{contract}", {"ContractTerm": 12})
    assert admin.value("Contract", contract, "EndDate") == "2027-01-30"


def test_opportunities_follow_their_stage(admin: Client, account: str) -> None:
    deal = admin.make(
        "Opportunity", Name="O", AccountId=account, StageName="Prospecting", CloseDate="2026-05-31", Amount=1000
    )
    row = admin.get(f"/sobjects/Opportunity/{deal}").json()
    assert (row["Probability"], row["ExpectedRevenue"], row["IsClosed"], row["FiscalQuarter"]) == (
        10.0,
        100.0,
        False,
        2,
    )
    admin.patch(f"/sobjects/Opportunity/{deal}", {"StageName": "Closed Won"})
    row = admin.get(f"/sobjects/Opportunity/{deal}").json()
    assert (row["IsWon"], row["ForecastCategory"], row["ExpectedRevenue"]) == (True, "Closed", 1000.0)


def test_assets_belong_to_somebody(admin: Client, account: str) -> None:
    assert error_of(admin.post("/sobjects/Asset", {"Name": "A"})) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert admin.post("/sobjects/Asset", {"Name": "A", "AccountId": account}).status_code == 201


def test_addresses_are_read_whole_and_written_in_parts(admin: Client) -> None:
    account = admin.make("Account", Name="A", BillingCity="Gent", BillingStreet="Kaai 1")
    address = admin.get(f"/sobjects/Account/{account}").json()["BillingAddress"]
    assert (address["city"], address["street"], address["country"]) == ("Gent", "Kaai 1", None)
    assert error_of(admin.patch(f"/sobjects/Account/{account}", {"BillingAddress": {"city": "X"}})) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )


def test_merged_accounts_hand_over_their_children(admin: Client, local: Any, account: str) -> None:
    loser = admin.make("Account", Name="Loser")
    contact = admin.make("Contact", LastName="C", AccountId=loser)
    task = admin.make("Task", WhatId=loser)
    local.org.store.merge("Account", account, [loser])
    assert admin.value("Contact", contact, "AccountId") == account
    assert admin.get(f"/sobjects/Task/{task}").json()["AccountId"] == account
    assert admin.query(f"SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '{loser}'", every=True) == [
        {"IsDeleted": True, "MasterRecordId": account}
    ]

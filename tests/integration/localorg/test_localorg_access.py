"""The worker is no administrator: permissions, field-level security, sharing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from localorg_peer import Client

from sf_lifecycle.localorg import LocalOrg

DESCRIBE_KEYS = """
aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula cascadeDelete
caseSensitive compoundFieldName controllerName createable custom defaultValue defaultValueFormula
defaultedOnCreate dependentPicklist deprecatedAndHidden digits displayLocationInDecimal encrypted externalId
extraTypeInfo filterable filteredLookupInfo formulaTreatNullNumberAsZero groupable highScaleNumber
htmlFormatted idLookup inlineHelpText label length mask maskType name nameField namePointing nillable
permissionable picklistValues polymorphicForeignKey precision queryByDistance referenceTargetField
referenceTo relationshipName relationshipOrder restrictedDelete restrictedPicklist scale searchPrefilterable
soapType sortable type unique updateable writeRequiresMasterRead
"""


def field_names(client: Client, object_name: str) -> set[str]:
    return {f["name"] for f in client.get(f"/sobjects/{object_name}/describe").json()["fields"]}


def test_hidden_fields_are_absent_everywhere(admin: Client, worker: Client) -> None:
    account = admin.make("Account", Name="A", Secret__c="s", Shown__c="t", BillingCity="Gent", Phone="1")
    seen = field_names(worker, "Account")
    assert {
        "Id",
        "Name",
        "OwnerId",
        "Segment__c",
        "Shown__c",
        "BillingCity",
        "BillingAddress",
        "SystemModstamp",
    } <= seen
    assert not {"Secret__c", "Phone", "Industry", "Exact__c"} & seen
    assert "Secret__c" in field_names(admin, "Account")
    row = worker.get(f"/sobjects/Account/{account}").json()
    assert "Secret__c" not in row
    assert row["Shown__c"] == "t"
    query = worker.get("/query", params={"q": "SELECT Secret__c FROM Account"})
    assert (query.status_code, query.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    write = worker.patch(f"/sobjects/Account/{account}", {"Secret__c": "x"})
    assert write.json()[0]["message"] == "No such column 'Secret__c' on sobject of type Account"


def test_read_only_fields_are_refused_by_name(admin: Client, worker: Client) -> None:
    account = admin.make("Account", Name="A")
    admin.patch(f"/sobjects/Account/{account}", {"OwnerId": worker.get("/services/oauth2/userinfo").json()["user_id"]})
    (error,) = worker.patch(f"/sobjects/Account/{account}", {"Shown__c": "x", "Segment__c": "Small"}).json()
    assert error["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert error["fields"] == ["Shown__c"]
    assert error["message"].startswith("Unable to create/update fields: Shown__c. Please check the security settings")
    assert worker.patch(f"/sobjects/Account/{account}", {"Segment__c": "small"}).status_code == 204
    described = {f["name"]: f for f in worker.get("/sobjects/Account/describe").json()["fields"]}
    assert (described["Shown__c"]["updateable"], described["Segment__c"]["updateable"]) == (False, True)
    assert described["Segment__c"]["createable"] is False  # accounts cannot be created at all


def test_opt_outs_are_hidden_until_granted(worker: Client, admin: Client, as_user: Any, new_user: Any) -> None:
    assert "DoNotCall" in field_names(worker, "Contact")
    assert "HasOptedOutOfEmail" not in field_names(worker, "Contact")
    assert "DoNotCall" not in field_names(as_user(new_user()), "Contact")
    assert "HasOptedOutOfEmail" in field_names(admin, "Contact")


def test_objects_without_permission_are_not_there(worker: Client) -> None:
    assert worker.get("/sobjects/Opportunity/describe").status_code == 404
    names = {o["name"] for o in worker.get("/sobjects").json()["sobjects"]}
    assert {"Account", "Task", "CampaignMember", "User", "Organization"} <= names
    assert not {"Opportunity", "Lead", "Case"} & names
    assert worker.get("/query", params={"q": "SELECT Id FROM Lead"}).json()[0]["errorCode"] == "INVALID_TYPE"


def test_rights_on_objects(worker: Client, admin: Client) -> None:
    (refused,) = worker.post("/sobjects/Account", {"Name": "x"}).json()
    assert refused["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    account = admin.make("Account", Name="A")
    reply = worker.delete(f"/sobjects/Account/{account}")
    assert (reply.status_code, reply.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    user = worker.patch(
        f"/sobjects/User/{worker.get('/services/oauth2/userinfo').json()['user_id']}", {"LastName": "x"}
    )
    assert user.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"


@pytest.fixture
def people(new_user: Callable[..., str]) -> dict[str, str]:
    return {"manager": new_user("Sales"), "rep": new_user("Reps"), "colleague": new_user("Reps"), "nobody": new_user()}


def test_tasks_are_private_to_their_owner_and_those_above(
    people: dict[str, str], worker: Client, as_user: Callable[[str], Client], admin: Client
) -> None:
    task = worker.make("Task", Subject="Call", OwnerId=people["rep"])
    lost = worker.make("Task", Subject="Call", OwnerId=people["nobody"])
    sql = f"SELECT Id FROM Task WHERE Id = '{task}'"
    for user, sees in (("rep", True), ("manager", True), ("colleague", False), ("nobody", False)):
        client = as_user(people[user])
        assert (client.query(sql) != []) is sees, user
        assert client.get(f"/sobjects/Task/{task}").status_code == (200 if sees else 404)
        assert client.patch(f"/sobjects/Task/{task}", {"Subject": user}).status_code == (204 if sees else 403)
    # The worker stands at the top of the hierarchy, but nobody's users stand outside of it.
    assert worker.patch(f"/sobjects/Task/{task}", {"Subject": "ours"}).status_code == 204
    refused = worker.patch(f"/sobjects/Task/{lost}", {"Subject": "ours"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (
        403,
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    )
    rows = [{"attributes": {"type": "Task"}, "id": i, "Subject": "both"} for i in (task, lost)]
    assert [r["success"] for r in worker.patch("/composite/sobjects", {"records": rows}).json()] == [True, False]
    assert admin.delete(f"/sobjects/Task/{lost}").status_code == 204


def test_an_unseen_duplicate_has_no_id(people: dict[str, str], worker: Client) -> None:
    worker.make("Task", Key__c="hidden key", OwnerId=people["nobody"])
    (error,) = worker.post("/sobjects/Task", {"Key__c": "hidden key"}).json()
    assert error["message"] == "duplicate value found: Key__c duplicates value on record with id: <unknown>"


def test_accounts_are_private_without_view_all(
    people: dict[str, str], admin: Client, as_user: Callable[[str], Client], worker: Client
) -> None:
    account = admin.make("Account", Name="Private one", OwnerId=people["rep"])
    deal = admin.make("Deal__c", Must__c="x", Account__c=account)
    assert as_user(people["colleague"]).get(f"/sobjects/Account/{account}").status_code == 404
    assert as_user(people["colleague"]).query("SELECT Id FROM Deal__c WHERE Account__r.Name = 'Private one'") == []
    assert as_user(people["manager"]).query(f"SELECT Id FROM Deal__c WHERE Id = '{deal}'") == [{"Id": deal}]
    assert worker.get(f"/sobjects/Account/{account}").status_code == 200
    (error,) = as_user(people["colleague"]).post("/sobjects/Task", {"WhatId": account}).json()
    assert error["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"


def test_users_see_users_only_with_view_all_users(
    people: dict[str, str], worker: Client, as_user: Callable[[str], Client]
) -> None:
    assert len(worker.query("SELECT Id FROM User")) >= 6
    assert as_user(people["nobody"]).query("SELECT Id FROM User") == [{"Id": people["nobody"]}]
    below = {r["Id"] for r in as_user(people["manager"]).query("SELECT Id FROM User")}
    assert {people["rep"], people["colleague"], people["manager"]} <= below
    assert people["nobody"] not in below


def test_describe_has_every_key_of_a_real_one(worker: Client, local: LocalOrg) -> None:
    body = worker.get("/sobjects/Task/describe").json()
    by_name = {f["name"]: f for f in body["fields"]}
    keys = set(DESCRIBE_KEYS.split())
    assert all(set(f) == keys for f in body["fields"])
    key = by_name["Key__c"]
    assert (key["externalId"], key["unique"], key["length"], key["byteLength"]) == (True, True, 64, 192)
    assert "Deal__c" in by_name["WhatId"]["referenceTo"]
    assert body["recordTypeInfos"][0]["recordTypeId"] == "012000000000000AAA"
    deals = worker.get("/sobjects/Account/describe").json()["childRelationships"]
    assert {"Deals__r", "Contacts"} <= {c["relationshipName"] for c in deals}
    assert worker.get("/sobjects/Deal__c/describe").json()["keyPrefix"] == "a00"

"""Single records through simple-salesforce and plain HTTP."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from localorg_peer import Client
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_external_id


def test_simple_salesforce_round_trip(salesforce: Salesforce, admin: Client) -> None:
    account = admin.make("Account", Name="Bakker")
    made = salesforce.Task.create({"Subject": "Call", "WhatId": account, "Key__c": "round/trip 1"})
    assert made["success"] is True
    assert len(made["id"]) == 18
    task = salesforce.Task.get(made["id"])
    assert task["attributes"] == {"type": "Task", "url": f"/services/data/v65.0/sobjects/Task/{made['id']}"}
    assert (task["Subject"], task["Status"], task["Priority"], task["AccountId"]) == (
        "Call",
        "Not Started",
        "Normal",
        account,
    )
    assert task["CreatedDate"].endswith(".000+0000")
    assert salesforce.Task.update(made["id"], {"Status": "Completed"}) == 204
    key = format_external_id("Key__c", "round/trip 1")
    assert salesforce.Task.upsert(key, {"Subject": "Call again"}) == 200
    assert salesforce.Task.get(key)["Subject"] == "Call again"
    assert salesforce.Task.upsert(format_external_id("Key__c", "new one"), {"Subject": "Fresh"}) == 201
    assert salesforce.Task.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound) as gone:
        salesforce.Task.delete(made["id"])
    assert gone.value.content[0]["errorCode"] == "ENTITY_IS_DELETED"
    salesforce.query("SELECT count() FROM Account")
    assert salesforce.api_usage["api-usage"].total == 100_000


def test_simple_salesforce_pages(salesforce: Salesforce, admin: Client) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": f"Page {i}"} for i in range(200)]
    for _ in range(12):
        admin.post("/composite/sobjects", {"records": rows})
    found = salesforce.query_all("SELECT Id, Name, Owner.Name FROM Account WHERE Name LIKE 'Page %' ORDER BY Id")
    assert found["totalSize"] == len({r["Id"] for r in found["records"]}) == 2400
    few = admin.get(
        "/query", params={"q": "SELECT Id FROM Account"}, headers={"Sforce-Query-Options": "batchSize=250"}
    ).json()
    assert len(few["records"]) == 250
    assert few["nextRecordsUrl"].endswith("-250")
    lost = admin.get("/query/0r8Lo0000000009AAA-2000")
    assert (lost.status_code, lost.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_errors_reach_simple_salesforce_by_their_status(salesforce: Salesforce, admin: Client) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        salesforce.Task.create({"Nope__c": 1})
    assert refused.value.content == [
        {"message": "No such column 'Nope__c' on sobject of type Task", "errorCode": "INVALID_FIELD"}
    ]
    for name in ("One", "Two"):
        admin.make("Account", Name=name, Loose__c="same")
    admin_session = Salesforce(
        instance="x.my.salesforce.com", session_id=admin.token, session=salesforce.session, version="65.0"
    )
    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        admin_session.Account.upsert("Loose__c/same", {"Name": "x"})
    assert len(several.value.content) == 2


@pytest.fixture(scope="module")
def held(served: Any) -> Iterator[tuple[Client, str]]:
    client = Client(url=served.url, token=served.admin_token)
    yield client, client.make("Account", Name="Held")
    client.session.close()


BAD_VALUES = [
    ({"Must__c": None}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Must__c]"),
    ({"Account__c": None}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Account__c]"),
    ({"Account__c": "001xx"}, "MALFORMED_ID", "Account: id value of incorrect type: 001xx"),
    ({"Account__c": "003Lo0000000001IAA"}, "MALFORMED_ID", "Account: id value of incorrect type: 003Lo0000000001IAA"),
    ({"Account__c": "001Lo0zzzzzzzzzIAP"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
    ({"Must__c": "x" * 11}, "STRING_TOO_LONG", "Must: data value too large: xxxxxxxxxxx (max length=10)"),
    ({"Must__c": {}}, "JSON_PARSER_ERROR", None),
    ({"End__c": "2026-02-30"}, "JSON_PARSER_ERROR", None),
    ({"End__c": "2026-02-01T00:00:00Z"}, "JSON_PARSER_ERROR", None),
    ({"End__c": 20260201}, "JSON_PARSER_ERROR", None),
    ({"End__c": "1600-01-01"}, "NUMBER_OUTSIDE_VALID_RANGE", None),
    ({"Stamp__c": "2013-08-12T15:20:00+0000"}, "JSON_PARSER_ERROR", None),
    ({"Stamp__c": "2013-08-12"}, "JSON_PARSER_ERROR", None),
    ({"Amount__c": "much"}, "JSON_PARSER_ERROR", None),
    (
        {"Amount__c": 1_000_000},
        "NUMBER_OUTSIDE_VALID_RANGE",
        "Amount: value outside of valid range on numeric field: 1000000.00",
    ),
    ({"Amount__c": True}, "JSON_PARSER_ERROR", None),
    ({"Agreed__c": "perhaps"}, "JSON_PARSER_ERROR", None),
    ({"Tags__c": "a;z"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Tags: bad value for restricted picklist field: z"),
    ({"Mail__c": "nobody"}, "INVALID_EMAIL_ADDRESS", "Mail: invalid email address: nobody"),
    ({"Name": "mine"}, "INVALID_FIELD_FOR_INSERT_UPDATE", None),
    ({"Id": "a00Lo0000000001AAA"}, "INVALID_FIELD_FOR_INSERT_UPDATE", None),
    ({"CreatedDate": "2020-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", None),
    (
        {"Account__r": {"Reg__c": "nowhere"}},
        "INVALID_FIELD",
        "Foreign key external ID: nowhere not found for field Reg__c in entity Account",
    ),
]


@pytest.mark.parametrize(("change", "code", "message"), BAD_VALUES)
def test_values_that_an_org_refuses(
    held: tuple[Client, str], change: dict[str, Any], code: str, message: str | None
) -> None:
    admin, account = held
    body = {"Must__c": "yes", "Account__c": account, **change}
    if "Account__r" in change:
        del body["Account__c"]
    reply = admin.post("/sobjects/Deal__c", body)
    (error,) = reply.json()
    assert (reply.status_code, error["errorCode"]) == (400, code)
    if message is not None:
        assert error["message"] == message


def test_values_are_stored_in_one_form(held: tuple[Client, str]) -> None:
    admin, account = held
    admin.patch(f"/sobjects/Account/{account}", {"Reg__c": "KvK 1"})
    deal = admin.make(
        "Deal__c",
        Must__c="  spaced ",
        Account__r={"Reg__c": "kvk 1"},
        End__c="2026-02-28",
        Stamp__c="2026-02-28T23:30:00.123+02:00",
        Amount__c="10.005",
        Tags__c="c;a;a",
        Kind__c="Unheard of",
        Note__c="",
    )
    row = admin.get(f"/sobjects/Deal__c/{deal}").json()
    assert row["Must__c"] == "spaced"
    assert row["Account__c"] == account
    assert row["End__c"] == "2026-02-28"
    assert row["Stamp__c"] == "2026-02-28T21:30:00.000+0000"
    assert row["Amount__c"] == 10.01
    assert (row["Tags__c"], row["Kind__c"], row["Note__c"]) == ("a;c", "Unheard of", None)
    assert (row["Agreed__c"], row["Days__c"]) == (True, 30.0)
    assert row["Name"].startswith("D-000")


def test_unique_values(held: tuple[Client, str]) -> None:
    admin, _ = held
    first = admin.make("Account", Name="U", Reg__c="Same", Exact__c="Case")
    (error,) = admin.post("/sobjects/Account", {"Name": "V", "Reg__c": "SAME"}).json()
    assert error == {
        "message": f"duplicate value found: Reg__c duplicates value on record with id: {first[:15]}",
        "errorCode": "DUPLICATE_VALUE",
    }
    admin.make("Account", Name="W", Exact__c="CASE")
    assert admin.patch(f"/sobjects/Account/{first}", {"Reg__c": "Same"}).status_code == 204
    task = admin.make("Task", Key__c="shared with events")
    event = {"Key__c": "Shared with events", "StartDateTime": "2026-01-01T10:00:00Z", "DurationInMinutes": 30}
    assert admin.post("/sobjects/Event", event).json()[0]["errorCode"] == "DUPLICATE_VALUE"
    assert admin.delete(f"/sobjects/Task/{task}").status_code == 204
    assert admin.post("/sobjects/Event", event).status_code == 201


def test_upsert_rules(held: tuple[Client, str]) -> None:
    admin, _ = held
    url = "/sobjects/Account/Reg__c/ups%2Fert"
    assert (
        admin.patch(url, {"Name": "x", "Reg__c": "y"}).json()[0]["message"]
        == "The Reg__c field should not be specified in the sobject data."
    )
    assert admin.patch(url + "?updateOnly=true", {"Name": "x"}).status_code == 404
    created = admin.patch(url, {"Name": "x"})
    assert (created.status_code, created.json()["created"]) == (201, True)
    again = admin.patch(url, {"Name": "z"})
    assert (again.status_code, again.json()["created"], again.json()["id"]) == (200, False, created.json()["id"])
    assert (
        admin.call("PATCH", "/services/data/v45.0/sobjects/Account/Reg__c/ups%2Fert", json={"Name": "w"}).status_code
        == 204
    )
    unknown = admin.patch("/sobjects/Account/Nope__c/1", {"Name": "x"})
    assert unknown.status_code == 404
    assert unknown.json()[0]["message"] == "Provided external ID field does not exist or is not accessible: Nope__c"


def test_paths_that_lead_nowhere(held: tuple[Client, str]) -> None:
    admin, account = held
    for path in ("/sobjects/Nothing__c", "/sobjects/Account/nope", "/sobjects/Account/001Lo0zzzzzzzzzAAA", "/nope"):
        reply = admin.get(path)
        assert (reply.status_code, reply.json()[0]["errorCode"]) == (404, "NOT_FOUND")
    wrong = admin.patch("/sobjects/Account/001Lo0000009999AAA", {"Name": "x"})
    assert wrong.status_code == 404
    assert admin.call("PUT", f"/sobjects/Account/{account}").status_code == 405
    broken = admin.call("POST", "/sobjects/Account", data=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_owner_must_be_there_and_active(held: tuple[Client, str], new_user: Any) -> None:
    admin, account = held
    gone = new_user(IsActive=False)
    (error,) = admin.post("/sobjects/Task", {"OwnerId": gone}).json()
    assert error["errorCode"] == "INACTIVE_OWNER_OR_USER"
    assert error["message"] == f"operation performed with inactive user [{gone[:15]}] as owner of task"
    (blank,) = admin.patch(f"/sobjects/Account/{account}", {"OwnerId": None}).json()
    assert blank["message"] == "Owner ID: owner cannot be blank"


def test_deleting_takes_details_along(held: tuple[Client, str]) -> None:
    admin, _ = held
    account = admin.make("Account", Name="Parent")
    deal = admin.make("Deal__c", Must__c="x", Account__c=account)
    task = admin.make("Task", WhatId=deal)
    assert admin.value("Task", task, "AccountId") == account
    assert admin.delete(f"/sobjects/Account/{account}").status_code == 204
    assert admin.query(f"SELECT Id FROM Deal__c WHERE Id = '{deal}'") == []
    assert admin.query(f"SELECT IsDeleted FROM Task WHERE Id = '{task}'", every=True) == [{"IsDeleted": True}]
    (error,) = admin.post("/sobjects/Task", {"WhatId": account}).json()
    assert error["errorCode"] == "ENTITY_IS_DELETED"


def test_bodies_may_be_compressed_or_in_chunks(admin: Client) -> None:
    body = gzip.compress(json.dumps({"Name": "Zipped"}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert admin.call("POST", "/sobjects/Account/", data=body, headers=headers).status_code == 201
    chunks = iter([b'{"Name": ', b'"Chunked"}'])
    assert (
        admin.call("POST", "/sobjects/Account/", data=chunks, headers={"Content-Type": "application/json"}).status_code
        == 201
    )
    assert admin.get("/sobjects").headers["Content-Encoding"] == "gzip"

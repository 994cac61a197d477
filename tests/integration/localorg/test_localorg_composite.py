"""Collections, composite and batch calls."""

from __future__ import annotations

from typing import Any

from localorg_peer import Client


def rows(object_name: str, *values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"attributes": {"type": object_name}, **v} for v in values]


def test_each_row_has_its_outcome_in_order(admin: Client) -> None:
    reply = admin.post("/composite/sobjects", {"records": rows("Account", {"Name": "A"}, {}, {"Name": "C", "No": 1})})
    assert reply.status_code == 200
    good, missing, unknown = reply.json()
    assert good["success"] is True
    assert good["errors"] == []
    assert missing == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }
    assert unknown["errors"][0]["statusCode"] == "INVALID_FIELD"


def test_all_or_none_takes_everything_back(admin: Client) -> None:
    body = {"allOrNone": True, "records": rows("Account", {"Name": "Nobody at all"}, {})}
    first, second = admin.post("/composite/sobjects", body).json()
    assert first["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert second["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert admin.query("SELECT Id FROM Account WHERE Name = 'Nobody at all'") == []


def test_more_than_200_rows_are_refused_whole(admin: Client) -> None:
    reply = admin.post("/composite/sobjects", {"records": rows("Account", *[{"Name": "x"}] * 201)})
    assert reply.status_code == 400
    assert reply.json()[0]["message"] == "record limit reached. cannot submit more than 200 records into this call"


def test_update_read_and_delete(admin: Client) -> None:
    one, two = admin.make("Account", Name="One"), admin.make("Account", Name="Two")
    updated = admin.patch(
        "/composite/sobjects",
        {"records": rows("Account", {"id": one, "Name": "1"}, {"Name": "x"}, {"Id": two, "Name": "2"})},
    ).json()
    assert [u["success"] for u in updated] == [True, False, True]
    assert updated[1]["errors"][0] == {
        "statusCode": "MISSING_ARGUMENT",
        "message": "Id not specified in an update call",
        "fields": [],
    }
    read = admin.post(
        "/composite/sobjects/Account", {"ids": [two, "001Lo0zzzzzzzzzAAA", one], "fields": ["Name"]}
    ).json()
    assert [r and r["Name"] for r in read] == ["2", None, "1"]
    assert admin.get(f"/composite/sobjects/Account?ids={one[:15]}&fields=Name").json()[0]["Id"] == one
    deleted = admin.delete(f"/composite/sobjects?ids={one},{two},{one}").json()
    assert [d["success"] for d in deleted] == [True, True, False]
    assert deleted[2]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


def test_upsert_by_external_id(admin: Client) -> None:
    for name in ("L1", "L2"):
        admin.make("Account", Name=name, Loose__c="twice")
    known = admin.make("Account", Name="Known", Reg__c="R1")
    records = rows(
        "Account",
        {"Reg__c": "r1", "Name": "Known again"},
        {"Reg__c": "R2", "Name": "New"},
        {"Reg__c": "R3"},
        {"Name": "x"},
    )
    old, new, bad, keyless = admin.patch("/composite/sobjects/Account/Reg__c", {"records": records}).json()
    assert (old["id"], old["created"]) == (known, False)
    assert new["created"] is True
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert keyless["success"] is False
    repeated = admin.patch(
        "/composite/sobjects/Account/Reg__c",
        {"records": rows("Account", {"Reg__c": "D", "Name": "a"}, {"Reg__c": "d", "Name": "b"})},
    ).json()
    assert {r["errors"][0]["message"] for r in repeated} == {
        "Duplicate external id specified: D",
        "Duplicate external id specified: d",
    }
    (several,) = admin.patch(
        "/composite/sobjects/Account/Loose__c", {"records": rows("Account", {"Loose__c": "twice"})}
    ).json()
    assert several["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"
    by_id = admin.patch(
        "/composite/sobjects/Account/Id", {"records": rows("Account", {"Id": known, "Name": "By Id"}, {"Name": "Made"})}
    ).json()
    assert [r["created"] for r in by_id] == [False, True]


def composite(client: Client, *calls: tuple[str, str, str, Any], all_or_none: bool = True) -> list[dict[str, Any]]:
    requests = [
        {"method": m, "url": f"/services/data/v65.0{u}", "referenceId": r, **({"body": b} if b is not None else {})}
        for r, m, u, b in calls
    ]
    reply = client.post("/composite", {"allOrNone": all_or_none, "compositeRequest": requests})
    assert reply.status_code == 200
    found: list[dict[str, Any]] = reply.json()["compositeResponse"]
    return found


def test_a_campaign_with_its_statuses_in_one_call(worker: Client) -> None:
    answers = composite(
        worker,
        ("campaign", "POST", "/sobjects/Campaign", {"Name": "Switch window"}),
        (
            "planned",
            "POST",
            "/sobjects/CampaignMemberStatus",
            {"CampaignId": "@{campaign.id}", "Label": "Planned", "IsDefault": True},
        ),
        (
            "read",
            "GET",
            "/query?q=SELECT+Label+FROM+CampaignMemberStatus+WHERE+CampaignId='@{campaign.id}'+AND+IsDefault=true",
            None,
        ),
    )
    assert [a["httpStatusCode"] for a in answers] == [201, 201, 200]
    assert [r["Label"] for r in answers[2]["body"]["records"]] == ["Planned"]


def test_a_failing_call_rolls_the_others_back(worker: Client) -> None:
    answers = composite(
        worker,
        ("one", "POST", "/sobjects/Task", {"Subject": "Probe", "Key__c": "probe"}),
        ("two", "PATCH", "/sobjects/Task/@{one.id}", {"Subject": "Probe again"}),
        ("fail", "POST", "/sobjects/Task", {"Nope": 1}),
        ("never", "POST", "/sobjects/Task", {"Subject": "Never"}),
    )
    assert [a["body"][0]["errorCode"] for a in answers] == [
        "PROCESSING_HALTED",
        "PROCESSING_HALTED",
        "INVALID_FIELD",
        "PROCESSING_HALTED",
    ]
    assert worker.query("SELECT Id FROM Task WHERE Key__c = 'probe'", every=True) == []


def test_without_all_or_none_only_what_hangs_on_a_failure_halts(admin: Client) -> None:
    answers = composite(
        admin,
        ("bad", "POST", "/sobjects/Account", {}),
        ("child", "POST", "/sobjects/Contact", {"LastName": "x", "AccountId": "@{bad.id}"}),
        ("fine", "POST", "/sobjects/Account", {"Name": "Fine"}),
        all_or_none=False,
    )
    assert [a["httpStatusCode"] for a in answers] == [400, 400, 201]
    assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_composite_refuses_too_many_calls(admin: Client) -> None:
    call = {"method": "GET", "url": "/services/data/v65.0/limits"}
    many = [{**call, "referenceId": f"r{i}"} for i in range(26)]
    assert admin.post("/composite", {"compositeRequest": many}).status_code == 400
    query = {"method": "GET", "url": "/services/data/v65.0/query?q=SELECT+Id+FROM+Account"}
    heavy = [{**query, "referenceId": f"r{i}"} for i in range(6)]
    assert admin.post("/composite", {"compositeRequest": heavy}).status_code == 400


def test_batch_counts_as_one_call(admin: Client) -> None:
    def used() -> int:
        return int(admin.get("/limits").headers["Sforce-Limit-Info"].split("=")[1].split("/")[0])

    before = used()
    urls = [f"v65.0/sobjects/{name}/describe" for name in ("Account", "Nothing", "Task")]
    reply = admin.post("/composite/batch", {"batchRequests": [{"method": "GET", "url": u} for u in urls]}).json()
    assert reply["hasErrors"] is True
    assert [r["statusCode"] for r in reply["results"]] == [200, 404, 200]
    assert used() - before == 2
    halted = admin.post(
        "/composite/batch", {"haltOnError": True, "batchRequests": [{"method": "GET", "url": u} for u in urls]}
    ).json()
    assert [r["statusCode"] for r in halted["results"]] == [200, 404, 412]

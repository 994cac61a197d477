"""Discovery, limits, replication, faults on order, and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from localorg_peer import PROJECT, Client

from sf_lifecycle.localorg import Switches, serve_in_thread

FAULTS = "/services/localorg/faults"


def test_versions_need_no_session(local: Any) -> None:
    found = {v["version"]: v["label"] for v in requests.get(local.url + "/services/data", timeout=20).json()}
    assert (found["31.0"][:6], found["65.0"], found["66.0"], found["67.0"], found["68.0"]) == (
        "Summer",
        "Winter '26",
        "Spring '26",
        "Summer '26",
        "Winter '27",
    )


@pytest.mark.parametrize(
    ("version", "status"), [("v21.0", 410), ("v30.0", 410), ("v31.0", 200), ("v68.0", 200), ("v69.0", 404)]
)
def test_versions_come_and_go(admin: Client, version: str, status: int) -> None:
    assert admin.get(f"/services/data/{version}/sobjects").status_code == status


def test_limits_and_counts(worker: Client, admin: Client) -> None:
    limits = worker.get("/limits").json()
    assert limits["DailyApiRequests"]["Max"] == 100_000
    admin.make("Account", Name="Counted")
    counts = worker.get("/limits/recordCount?sObjects=Account,Opportunity").json()["sObjects"]
    assert [c["name"] for c in counts] == ["Account"]
    assert counts[0]["count"] >= 1


def test_the_daily_limit_ends_everything() -> None:
    with serve_in_thread(daily_limit=3) as org:
        client = Client(url=org.url, token=org.admin_token)
        replies = [client.get("/limits") for _ in range(4)]
        assert [r.status_code for r in replies] == [200, 200, 200, 403]
        assert replies[3].json() == [
            {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
        ]
        assert replies[3].headers["Sforce-Limit-Info"] == "api-usage=3/3"
        client.session.close()


def test_long_urls_are_refused(admin: Client) -> None:
    assert (
        admin.get("/query", params={"q": "SELECT Id FROM Account WHERE Name = '" + "x" * 17_000 + "'"}).status_code
        == 414
    )


def test_updated_and_deleted(admin: Client) -> None:
    start = datetime.now(UTC) - timedelta(minutes=5)
    window = {
        "start": start.isoformat(timespec="seconds"),
        "end": (start + timedelta(hours=1)).isoformat(timespec="seconds"),
    }
    kept, gone = admin.make("Account", Name="Kept"), admin.make("Account", Name="Gone")
    admin.delete(f"/sobjects/Account/{gone}")
    updated = admin.get("/sobjects/Account/updated/", params=window).json()
    assert kept in updated["ids"]
    assert gone not in updated["ids"]
    deleted = admin.get("/sobjects/Account/deleted/", params=window).json()["deletedRecords"]
    assert gone in {d["id"] for d in deleted}
    early = {**window, "start": "2020-01-01T00:00:00+00:00"}
    assert admin.get("/sobjects/Account/updated/", params=early).json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"
    naive = admin.get("/sobjects/Account/updated/?start=2026-01-01T00:00:00%3A&end=2026-01-02T00:00:00%3A")
    assert naive.status_code == 400


def test_faults_of_requests(admin: Client) -> None:
    rules = [
        {"kind": "unavailable", "path": "/limits"},
        {"kind": "limit_exceeded", "path": "/limits"},
        {"kind": "maintenance", "object": "Account"},
        {"kind": "lost_request", "method": "PATCH"},
    ]
    assert len(admin.post(FAULTS, {"rules": rules}).json()["rules"]) == 4
    down = admin.get("/limits")
    assert (down.status_code, down.headers["Content-Type"]) == (503, "text/html")
    assert admin.get("/limits").json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert admin.get("/limits").status_code == 200
    assert admin.get("/sobjects/Account/describe").status_code == 200
    refused = admin.post("/sobjects/Account", {"Name": "x"})
    assert refused.json()[0]["errorCode"] == "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    account = admin.make("Account", Name="x")
    with pytest.raises(requests.ConnectionError):
        admin.patch(f"/sobjects/Account/{account}", {"Name": "y"})
    assert admin.value("Account", account, "Name") == "x"
    assert admin.get(FAULTS).json() == {"rules": []}
    assert admin.post(FAULTS, {"kind": "earthquake"}).status_code == 400


def test_a_lost_reply_is_done_all_the_same(admin: Client) -> None:
    admin.post(FAULTS, {"kind": "lost_reply", "method": "POST", "skip": 1})
    admin.make("Account", Name="Heard of")
    with pytest.raises(requests.ConnectionError):
        admin.post("/composite/sobjects", {"records": [{"attributes": {"type": "Account"}, "Name": "Unheard of"}]})
    assert len(admin.query("SELECT Id FROM Account WHERE Name = 'Unheard of'")) == 1


def test_faults_of_rows(admin: Client) -> None:
    locked = {"kind": "row_error", "object": "Account", "where": {"Name": "B"}, "times": 1}
    rule = {
        "kind": "row_error",
        "object": "Contact",
        "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "message": "VAT number required",
        "times": None,
    }
    flow = {"kind": "overwrite", "object": "Account", "operation": "update", "field": "Site", "value": "HQ"}
    admin.post(FAULTS, {"rules": [locked, rule, flow]})
    records = [{"attributes": {"type": "Account"}, "Name": n} for n in "ABC"]
    outcomes = admin.post("/composite/sobjects", {"records": records}).json()
    assert [o["success"] for o in outcomes] == [True, False, True]
    assert outcomes[1]["errors"][0]["statusCode"] == "UNABLE_TO_LOCK_ROW"
    for _ in range(2):
        assert admin.post("/sobjects/Contact", {"LastName": "x"}).json()[0]["message"] == "VAT number required"
    account = outcomes[0]["id"]
    admin.patch(f"/sobjects/Account/{account}", {"Site": "Mine"})
    assert admin.value("Account", account, "Site") == "HQ"


def test_large_chunks_may_break_a_trigger(admin: Client) -> None:
    admin.post(FAULTS, {"kind": "chunk_limit", "object": "Account", "rows": 2, "times": None})
    records = [{"attributes": {"type": "Account"}, "Name": n} for n in "ABC"]
    failed = admin.post("/composite/sobjects", {"records": records}).json()
    assert {o["errors"][0]["statusCode"] for o in failed} == {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}
    assert "LimitException" in failed[0]["errors"][0]["message"]
    assert all(o["success"] for o in admin.post("/composite/sobjects", {"records": records[:2]}).json())


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 15, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


def test_time_is_the_tests_to_move() -> None:
    clock = Clock()
    with serve_in_thread(now=clock, metadata=PROJECT) as org:
        admin = Client(url=org.url, token=org.admin_token)
        task = admin.make("Task", Status="Completed", ActivityDate="2026-01-15")
        assert admin.value("Task", task, "CreatedDate") == "2026-01-15T12:00:00.000+0000"
        assert admin.query("SELECT Id FROM Task WHERE CreatedDate = TODAY") == [{"Id": task}]
        clock.moment += timedelta(days=366)
        assert admin.query("SELECT Id FROM Task") == []
        assert admin.query("SELECT Id, IsArchived FROM Task", every=True) == [{"Id": task, "IsArchived": True}]
        assert admin.patch(f"/sobjects/Task/{task}", {"Subject": "still there"}).status_code == 204
        admin.session.close()


def test_switches() -> None:
    switches = Switches(sharing={"Account": "ReadWrite"}, deleted_rows_hold_unique_values=True)
    with serve_in_thread(metadata=PROJECT, switches=switches) as org:
        admin = Client(url=org.url, token=org.admin_token)
        task = admin.make("Task", Key__c="k")
        admin.delete(f"/sobjects/Task/{task}")
        assert admin.post("/sobjects/Task", {"Key__c": "k"}).json()[0]["errorCode"] == "DUPLICATE_VALUE"
        account = admin.make("Account", Name="Open")
        worker = Client(url=org.url, token=org.token)
        assert worker.patch(f"/sobjects/Account/{account}", {"Name": "Opened"}).status_code == 204
        admin.session.close()
        worker.session.close()


def test_an_org_in_a_file_is_the_same_one_tomorrow(tmp_path: Path) -> None:
    file = tmp_path / "org.db"
    with serve_in_thread(data=file) as first:
        client = Client(url=first.url, token=first.admin_token)
        account = client.make("Account", Name="Lasting")
        client.session.close()
        org_id = first.org_id
    with serve_in_thread(data=file, metadata=PROJECT) as second:  # new fields become new columns
        client = Client(url=second.url, token=second.admin_token)
        assert second.org_id == org_id
        assert client.get("/services/oauth2/userinfo").json()["organization_id"] == org_id
        assert client.value("Account", account, "Segment__c") is None
        client.session.close()
    with serve_in_thread() as other:
        assert other.org_id != org_id

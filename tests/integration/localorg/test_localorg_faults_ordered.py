"""Every fault of the table, over HTTP, as a client meets it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from localorg_peer import PROJECT, Client
from typer.testing import CliRunner

from sf_lifecycle.cli.local_org import app
from sf_lifecycle.errors import UsageError
from sf_lifecycle.localorg import Fault, LocalOrg, serve_in_thread

FAULTS = "/services/localorg/faults"
PEOPLE = "/services/localorg/people"


def order(client: Client, **rule: Any) -> None:
    assert client.post(FAULTS, rule).status_code == 200


def create(client: Client, *names: str) -> list[dict[str, Any]]:
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in names]
    found: list[dict[str, Any]] = client.post("/composite/sobjects", {"records": records}).json()
    return found


def count(client: Client, name: str) -> int:
    return len(client.query(f"SELECT Id FROM Account WHERE Name = '{name}'"))


@pytest.mark.parametrize(
    ("rule", "status", "code", "says"),
    [
        ({"kind": "query_timeout"}, 400, "QUERY_TIMEOUT", "running for too long"),
        ({"kind": "limit_exceeded"}, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests"),
        ({"kind": "concurrent_limit"}, 403, "REQUEST_LIMIT_EXCEEDED", "Concurrent"),
        (
            {"kind": "request_error", "status": 500, "code": "UNKNOWN_EXCEPTION", "message": "An error occurred"},
            500,
            "UNKNOWN_EXCEPTION",
            "An error",
        ),
    ],
)
def test_requests_are_refused(admin: Client, rule: dict[str, Any], status: int, code: str, says: str) -> None:
    order(admin, **rule)
    reply = admin.get("/query", params={"q": "SELECT Id FROM Account"})
    (error,) = reply.json()
    assert (reply.status_code, error["errorCode"]) == (status, code)
    assert says in error["message"]
    assert admin.get("/query", params={"q": "SELECT Id FROM Account"}).status_code == 200


@pytest.mark.parametrize("accepts", ["gzip", "identity"])
@pytest.mark.parametrize("rows", [1, 50])
def test_half_a_reply(admin: Client, accepts: str, rows: int) -> None:
    name = f"Half {accepts} {rows}"
    order(admin, kind="truncated", method="POST", path="/composite/sobjects")
    records = [{"attributes": {"type": "Account"}, "Name": name} for _ in range(rows)]
    with pytest.raises(requests.RequestException):
        admin.post("/composite/sobjects", {"records": records}, headers={"Accept-Encoding": accepts})
    assert count(admin, name) == rows  # it was done


def test_a_reply_without_a_body_is_lost_whole(admin: Client) -> None:
    account = admin.make("Account", Name="To be changed")
    order(admin, kind="truncated", method="PATCH")
    with pytest.raises(requests.ConnectionError):
        admin.patch(f"/sobjects/Account/{account}", {"Name": "Changed unheard"})
    assert count(admin, "Changed unheard") == 1


def timed(client: Client, path: str, **more: Any) -> float:
    began = time.monotonic()
    assert client.get(path, **more).status_code == 200
    return time.monotonic() - began


def test_replies_that_take_their_time(admin: Client) -> None:
    for kind in ("stalled", "slow_reply", "slow_request"):
        order(admin, kind=kind, seconds=0.2, path="/limits")
        assert 0.2 <= timed(admin, "/limits") < 2
    assert timed(admin, "/limits") < 0.2


def impatient(client: Client, name: str) -> None:
    """A create whose answer nobody waits for."""
    with pytest.raises(requests.Timeout):
        client.session.post(
            f"{client.url}/services/data/v65.0/sobjects/Account",
            json={"Name": name},
            headers={"Authorization": f"Bearer {client.token}"},
            timeout=0.1,
        )


def test_work_that_is_done_though_nobody_waits(admin: Client) -> None:
    order(admin, kind="slow_reply", seconds=0.4, method="POST", path="/sobjects")
    impatient(admin, "Done at once")
    assert count(admin, "Done at once") == 1
    order(admin, kind="slow_request", seconds=0.4, method="POST", path="/sobjects")
    impatient(admin, "Done late")
    assert count(admin, "Done late") == 0  # whoever looks now sees nothing
    deadline = time.monotonic() + 5
    while not count(admin, "Done late") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert count(admin, "Done late") == 1


def test_records_locked_by_an_approval(admin: Client) -> None:
    account, free = admin.make("Account", Name="In approval"), admin.make("Account", Name="Free")
    order(admin, kind="entity_locked", object="Account", where={"Id": account}, times=None)
    (error,) = admin.patch(f"/sobjects/Account/{account}", {"Site": "x"}).json()
    assert error["errorCode"] == "ENTITY_IS_LOCKED"
    assert admin.delete(f"/sobjects/Account/{account}").json()[0]["errorCode"] == "ENTITY_IS_LOCKED"
    assert admin.patch(f"/sobjects/Account/{free}", {"Site": "x"}).status_code == 204


def test_rows_are_told_by_what_they_hold(admin: Client) -> None:
    order(admin, kind="row_error", object="Account", where={"Site": "Legacy"}, code="X", message="m", times=None)
    account = admin.make("Account", Name="Modern")
    admin.patch(f"/sobjects/Account/{account}", {"Site": "New"})
    assert admin.patch(f"/sobjects/Account/{account}", {"Site": "Legacy"}).status_code == 400
    admin.delete(FAULTS)
    admin.patch(f"/sobjects/Account/{account}", {"Site": "Legacy"})
    order(admin, kind="row_error", object="Account", where={"Site": "Legacy"}, code="X", message="m")
    assert admin.patch(f"/sobjects/Account/{account}", {"Name": "y"}).json()[0]["errorCode"] == "X"


def test_bad_rows_take_the_good_ones_along(admin: Client) -> None:
    order(admin, kind="batch_retries", object="Account", operation="insert", rows=2)
    assert [row["success"] for row in create(admin, "Good", "x" * 256)] == [True, False]
    outcomes = create(admin, "Falls", "x" * 256, "x" * 256)
    messages = [row["errors"][0]["message"] for row in outcomes]
    assert ["Too many batch retries" in message for message in messages] == [True, False, False]
    assert count(admin, "Falls") == 0
    assert [row["success"] for row in create(admin, "Good too", "x" * 256, "x" * 256)] == [True, False, False]


def test_bulk_queries_fail_too(admin: Client) -> None:
    def job(kind: str) -> dict[str, Any]:
        order(admin, kind=kind, object="Account", operation="query", seconds=0.1)
        made = admin.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}).json()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            found: dict[str, Any] = admin.get(f"/jobs/query/{made['id']}").json()
            if found["state"] not in ("UploadComplete", "InProgress"):
                return found
            time.sleep(0.02)
        raise AssertionError(found)

    assert job("bulk_fails")["state"] == "Failed"
    assert job("bulk_aborted")["state"] == "Aborted"
    assert job("bulk_slow")["state"] == "JobComplete"


def test_faults_from_the_start() -> None:
    rules = [Fault(kind="unavailable", path="/limits", times=2)]
    with serve_in_thread(metadata=PROJECT, faults=rules) as org:
        client = Client(url=org.url, token=org.token)
        assert [client.get("/limits").status_code for _ in range(3)] == [503, 503, 200]
        assert org.org.faults.listed() == []
        client.session.close()


@pytest.mark.parametrize(
    ("rule", "says"), [("{", "Expecting"), ("[]", "an object"), ('{"kind": "rain"}', "unknown kind: rain")]
)
def test_the_command_refuses_what_is_no_fault(rule: str, says: str) -> None:
    result = CliRunner().invoke(app, ["serve", "--data", ":memory:", "--port", "0", "--fault", rule])
    assert isinstance(result.exception, UsageError)
    assert says in str(result.exception)
    assert "docs/guide/local-org.md" in str(result.exception)


def test_people_act_over_http_too(local: LocalOrg, admin: Client) -> None:
    master, loser = admin.make("Account", Name="M"), admin.make("Account", Name="L")
    done = admin.post(PEOPLE, {"do": "merge", "object_name": "Account", "master": master, "losers": [loser]})
    assert (done.status_code, done.json()) == (200, {"done": None})
    assert admin.get(f"/sobjects/Account/{loser}").status_code == 404
    admin.delete(f"/sobjects/Account/{master}")
    assert admin.post(PEOPLE, {"do": "empty_recycle_bin", "object_name": "Account"}).json()["done"] >= 2
    for wrong in ({"do": "fire"}, {"do": "merge"}, {"do": "undelete", "record_id": master}):
        assert admin.post(PEOPLE, wrong).status_code == 400
    assert admin.call("POST", PEOPLE, data=json.dumps([1])).status_code == 400


def test_the_command_takes_faults_along(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sf_lifecycle", "org", "serve", "--port", "0", "--data", ":memory:"]
    command += ["--token", "t", "--fault", '{"kind": "unavailable", "path": "/limits"}']
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().partition(" at ")[2].partition(";")[0]
        client = Client(url=url, token="t")
        assert [client.get("/limits").status_code for _ in range(2)] == [503, 200]
        client.session.close()
        process.terminate()
        assert process.wait(timeout=15) == 0

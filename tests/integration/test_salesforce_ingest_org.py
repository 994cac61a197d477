"""Writes by Bulk API 2.0 against a local org, and what its faults make of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import OrgUnavailable
from sf_lifecycle.localorg import Fault, LocalOrg, serve_in_thread
from sf_lifecycle.salesforce import UNKNOWN, Org, Patience, RowOutcome, connect, ingest
from sf_lifecycle.salesforce.ingest import Pace

METADATA = Path(__file__).parents[2] / "salesforce"
QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=0.02, jitter=0.01)
KEY = "Lifecycle_Key__c"


def settings(server: LocalOrg, **changes: Any) -> SalesforceSettings:
    values = {
        "instance_url": server.url,
        "kind": "local",
        "login": "client_credentials",
        "client_id": server.client_id,
        "client_secret": server.client_secret,
        "timeout_seconds": 2,
    }
    return SalesforceSettings.model_validate(values | changes)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalOrg]:
    with serve_in_thread(metadata=METADATA, sample=5, as_of=dt.date(2026, 11, 22)) as found:
        yield found


@pytest.fixture
def org(server: LocalOrg, monkeypatch: pytest.MonkeyPatch) -> Iterator[Org]:
    monkeypatch.setattr(ingest, "DEFAULT_PACE", Pace(first_wait=0.02, longest_wait=0.1, job_seconds=1))
    with connect(settings(server), patience=QUICK) as found:
        yield found
    server.org.faults.clear()


def tasks(start: int, count: int, **values: Any) -> list[dict[str, Any]]:
    return [{"Subject": f"Call {n}", KEY: f"{start}-{n:04d}", **values} for n in range(count)]


def insert(org: Org, rows: list[dict[str, Any]]) -> list[RowOutcome]:
    return org.ingest("Task", "insert", rows, key=KEY)


def stored(org: Org, start: int) -> dict[str, dict[str, Any]]:
    fields = f"Id, Subject, Description, ActivityDate, Status, {KEY}"
    rows = org.query(f"SELECT {fields} FROM Task WHERE {KEY} LIKE '{start}-%'")
    return {row[KEY]: row for row in rows}


def test_rows_are_made_changed_and_deleted(org: Org) -> None:
    text = 'it\'s "quoted", 😀\nsecond line \\'
    rows = tasks(1, 450, ActivityDate=dt.date(2026, 12, 1), Description=text)
    before = org.calls.spent
    made = insert(org, rows)
    assert all(outcome.ok for outcome in made)
    assert org.calls.spent - before < 15
    found = stored(org, 1)
    assert [found[row[KEY]]["Id"] for row in rows] == [outcome.id for outcome in made]
    assert {row["Description"] for row in found.values()} == {text}
    changes: list[dict[str, Any]] = [{"Id": outcome.id, "ActivityDate": None} for outcome in made[:3]]
    changes.append({"Id": str(made[3].id)[:15], "Subject": "Short"})
    assert [outcome.ok for outcome in org.ingest("Task", "update", changes, key="Id")] == [True] * 4
    found = stored(org, 1)
    assert [found[row[KEY]]["ActivityDate"] for row in rows[:4]] == [None, None, None, "2026-12-01"]
    assert [found[row[KEY]]["Subject"] for row in rows[2:4]] == ["Call 2", "Short"]
    gone = org.ingest("Task", "delete", [{"Id": outcome.id} for outcome in made], key="Id")
    assert all(outcome.ok for outcome in gone)
    assert stored(org, 1) == {}


def test_rows_refused_say_why(org: Org) -> None:
    first = insert(org, tasks(2, 1))[0]
    outcomes = insert(org, [{KEY: "2-0000"}, {KEY: "2-new", "Subject": "x" * 256}, {KEY: "2-ok", "WhatId": None}])
    assert [outcome.code for outcome in outcomes] == ["DUPLICATE_VALUE", "STRING_TOO_LONG", ""]
    assert str(first.id)[:15] in outcomes[0].message
    assert outcomes[1].fields == ("Subject",)
    (missing,) = org.ingest("Task", "delete", [{"Id": "00T00000000zzzzAAA"}], key="Id")
    assert (missing.ok, missing.id) == (False, "00T00000000zzzzAAA")


def test_numbers_and_booleans(org: Org, server: LocalOrg) -> None:
    campaign = {"Name": "Wave", KEY: "wave", "IsActive": True, "StartDate": dt.date(2026, 12, 1)}
    (made,) = org.ingest("Campaign", "insert", [campaign], key=KEY)
    assert made.ok
    (held,) = org.query(f"SELECT IsActive, StartDate FROM Campaign WHERE Id = '{made.id}'")
    assert held == {"IsActive": True, "StartDate": "2026-12-01"}
    (account,) = org.query("SELECT Id FROM Account LIMIT 1")
    row = {
        "Account__c": account["Id"],
        "Provider__c": "X",
        "Product_Line__c": "Mobile",
        "Monthly_Value__c": Decimal("0.10"),
        "Notice_Days__c": Decimal("1E+1"),
        "External_Key__c": "x1",
    }
    with connect(settings(server, login="access_token", access_token=server.admin_token), patience=QUICK) as admin:
        (made,) = admin.ingest("Lifecycle_Provider_Contract__c", "insert", [row], key="External_Key__c")
        assert made.ok
        (held,) = admin.query(
            f"SELECT Monthly_Value__c, Notice_Days__c FROM Lifecycle_Provider_Contract__c WHERE Id = '{made.id}'"
        )
    assert held == {"Monthly_Value__c": Decimal("0.1"), "Notice_Days__c": 10}


@pytest.mark.parametrize("kind", ["bulk_fails", "bulk_aborted"])
@pytest.mark.parametrize(("after", "done"), [(0.0, 0), (0.5, 150)])
def test_a_job_that_ends_early_accounts_for_each_row(
    server: LocalOrg, org: Org, kind: str, after: float, done: int
) -> None:
    start = 10 + int(after * 10) + (kind == "bulk_fails") * 20
    server.org.faults.add(Fault(kind=kind, object="Task", operation="insert", after=after))
    outcomes = insert(org, tasks(start, 300))
    assert [outcome.ok for outcome in outcomes] == [True] * done + [False] * (300 - done)
    assert {outcome.code for outcome in outcomes if not outcome.ok} == {UNKNOWN}
    assert outcomes[-1].message.startswith("not processed; Bulk job")
    assert len(stored(org, start)) == done


def test_a_slow_job_is_awaited_and_one_too_slow_is_aborted(server: LocalOrg, org: Org) -> None:
    server.org.faults.add(Fault(kind="bulk_slow", seconds=0.3))
    assert insert(org, tasks(50, 2))[0].ok
    server.org.faults.add(Fault(kind="bulk_slow", seconds=30))
    outcomes = insert(org, tasks(51, 2))
    assert [outcome.code for outcome in outcomes] == [UNKNOWN, UNKNOWN]
    assert stored(org, 51) == {}


STEPS = [("POST", "/jobs/ingest"), ("PUT", "/batches"), ("PATCH", "/jobs/ingest"), ("GET", "/jobs/ingest")]
BREAKS = ["lost_reply", "lost_request", "truncated", "unavailable", "concurrent_limit", "expired_session"]


@pytest.mark.parametrize("kind", BREAKS)
@pytest.mark.parametrize("step", range(len(STEPS)))
def test_whatever_breaks_no_row_is_made_twice_or_claimed_wrongly(
    server: LocalOrg, org: Org, kind: str, step: int
) -> None:
    start = 1000 + 10 * BREAKS.index(kind) + step
    method, path = STEPS[step]
    server.org.faults.add(Fault(kind=kind, method=method, path=path))
    outcomes = insert(org, tasks(start, 3))
    held = stored(org, start)
    assert server.org.faults.listed() == []
    assert {outcome.id for outcome in outcomes if outcome.ok} <= {row["Id"] for row in held.values()}
    assert {outcome.code for outcome in outcomes} <= {"", UNKNOWN}
    upload_lost = method == "PUT" and kind in ("lost_reply", "lost_request", "truncated", "unavailable")
    assert all(outcome.ok for outcome in outcomes) is not upload_lost
    assert len(held) in (0, 3)


@pytest.mark.parametrize("path", ["successfulResults", "failedResults"])
def test_results_that_cannot_be_had_leave_rows_unknown(server: LocalOrg, org: Org, path: str) -> None:
    start = 2000 + len(path)
    server.org.faults.add(Fault(kind="lost_reply", path=path, times=None))
    outcomes = insert(org, [*tasks(start, 2), {KEY: f"{start}-long", "Subject": "x" * 256}])
    good, bad = {o.code for o in outcomes[:2]}, outcomes[2].code
    assert (good, bad) == (({UNKNOWN}, "STRING_TOO_LONG") if path == "successfulResults" else ({""}, UNKNOWN))
    assert len(stored(org, start)) == 2


def test_an_org_that_takes_nothing_is_an_error(server: LocalOrg, org: Org) -> None:
    server.org.faults.add(Fault(kind="limit_exceeded", path="/jobs/ingest", times=None))
    with pytest.raises(OrgUnavailable):
        insert(org, tasks(3000, 1))


def test_good_rows_may_fall_with_bad_ones(server: LocalOrg, org: Org) -> None:
    server.org.faults.add(Fault(kind="batch_retries", object="Task", operation="insert"))
    outcomes = insert(org, [*tasks(4000, 2), {KEY: "4000-long", "Subject": "x" * 256}])
    assert ["Too many batch retries" in outcome.message for outcome in outcomes] == [True, True, False]
    assert stored(org, 4000) == {}

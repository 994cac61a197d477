"""One suite over both ways in: the same plan leaves the same org, the same ledger and the same report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from apply_desk import (
    Desk,
    accounts,
    by_ref,
    campaign,
    closes,
    contacts,
    deletes,
    labels,
    members,
    open_desk,
    refs,
    remembered,
    stages,
    statuses,
    tasks,
)

from sf_lifecycle.apply import apply_plan, recover
from sf_lifecycle.plan.changes import section_from

BULK: Mapping[str, str] = {"Task": "bulk", "Account": "bulk", "Campaign": "bulk"}
RULE = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "VAT number required"}


@pytest.fixture(params=["rest", "bulk"])
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    with open_desk(tmp_path) as found:
        found.transport = BULK if request.param == "bulk" else {}
        yield found


@pytest.fixture
def bulk_desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as found:
        found.transport = BULK
        yield found


def lose(desk: Desk, kind: str, operation: str) -> None:
    """The request that hands over the rows is lost, or its answer."""
    if desk.transport:
        desk.fault(kind, method="PUT", path="/batches")
    else:
        desk.fault(kind, method={"insert": "POST", "update": "PATCH", "delete": "DELETE"}[operation], path="composite")


def test_a_night_is_written_row_by_row(desk: Desk) -> None:
    firms = accounts(desk, 3)
    report, writes = desk.apply(
        campaign(),
        statuses(),
        members(contacts(desk, 5)),
        tasks(desk, 6),
        stages(firms, ["why 1", "why 2", "why 3"]),
        labels=labels(firms),
    )
    assert report.status == "done"
    assert report.done("create") == {"Campaign": 1, "CampaignMemberStatus": 1, "CampaignMember": 5, "Task": 6}
    assert report.done("update") == {"Account": 3}
    assert remembered(desk) == set(firms)
    found = {row["Lifecycle_Key__c"]: row for row in desk.ours("Id, Lifecycle_Key__c, Subject, Description, WhatId")}
    for write in writes:
        if write.object == "Task":
            assert write.record_id == found[write.ref]["Id"], "each row has the Id of its own key"
            assert write.read_back is not None
            assert write.read_back["WhatId"] == write.after["WhatId"] == found[write.ref]["WhatId"]
    assert found["play:0003:1"]["Subject"] == "Call 3: 'quoted' 🔔"
    assert found["play:0003:1"]["Description"].splitlines() == ["line one", "line two"]


def test_set_clear_and_leave_alone_and_a_date_stays_a_date(desk: Desk) -> None:
    first, second = accounts(desk, 2)
    day = dt.date(2026, 12, 31)
    old = {"Lifecycle_Reason__c": "old", "Lifecycle_Next_Decision__c": "2027-01-01", "Description": "a,b\n\"c\" 'd'"}
    desk.admin.update("Account", [{"Id": first, **old}, {"Id": second, **old}])
    words = 'new, "quoted" and #N/A'
    after = {
        "Lifecycle_Reason__c": [None, words],
        "Lifecycle_Next_Decision__c": [dt.date(2027, 1, 1), day],
    }
    before = {
        "Lifecycle_Reason__c": ["old", "old"],
        "Lifecycle_Next_Decision__c": [dt.date(2027, 1, 1)] * 2,
    }
    frames = [pd.DataFrame(values, dtype=object) for values in (after, before)]
    report, _ = desk.apply(section_from("Account", "update", refs([first, second]), *frames))
    assert report.status == "done"
    names = "Lifecycle_Reason__c, Lifecycle_Next_Decision__c, Description"
    one, two = desk.rows(f"SELECT {names} FROM Account WHERE Id IN ('{first}', '{second}') ORDER BY Id")
    assert (one["Lifecycle_Reason__c"], one["Lifecycle_Next_Decision__c"]) == (None, "2027-01-01")
    assert (two["Lifecycle_Reason__c"], two["Lifecycle_Next_Decision__c"]) == (words, "2026-12-31")
    assert one["Description"] == two["Description"] == old["Description"]


def test_a_plan_applied_twice_does_nothing_the_second_time(desk: Desk) -> None:
    firms = accounts(desk, 2)
    sections = (tasks(desk, 4), stages(firms, ["a", "b"]))
    desk.apply(*sections)
    report, writes = desk.apply(*sections, waited=True)
    assert (report.status, report.written) == ("done", 0)
    assert {write.status for write in writes} == {"exists"}
    assert len(desk.ours()) == 4


def test_a_failed_row_keeps_its_reason_and_the_others_go_on(desk: Desk) -> None:
    desk.fault("row_error", object="Task", where={"Lifecycle_Key__c": "play:0001:1"}, times=None, **RULE)
    report, writes = desk.apply(tasks(desk, 5))
    assert (report.status, report.sections[0].done, report.sections[0].failed) == ("partial", 4, 1)
    failed = by_ref(writes)["play:0001:1"]
    assert (failed.status, failed.code, failed.message) == ("failed", RULE["code"], RULE["message"])
    assert [(a.ref, a.attempts) for a in desk.state.all_asides(desk.org_id)] == [("play:0001:1", 1)]
    report, _ = desk.apply(tasks(desk, 5))
    assert (report.sections[0].exists, report.sections[0].failed) == (4, 1)


def test_what_exists_is_compared_and_never_written_over(desk: Desk) -> None:
    desk.apply(tasks(desk, 3))
    edited = desk.ours()[1]
    desk.admin.update("Task", [{"Id": edited["Id"], "Subject": "a rep's own words"}])
    report, writes = desk.apply(tasks(desk, 3))
    met = by_ref(writes)["play:0001:1"]
    assert (report.status, met.status, met.code, met.message) == ("done", "exists", "DIFFERENT", "differs in Subject")
    assert desk.ours("Subject")[1]["Subject"] == "a rep's own words"


def test_taking_back_works_the_same(desk: Desk) -> None:
    desk.apply(tasks(desk, 5))
    made = desk.ours()
    section = deletes(desk, made[:2])
    desk.admin.update("Task", [{"Id": made[0]["Id"], "Subject": "my own words"}])
    report, _ = desk.apply(section, closes(made[2:4], "Deferred"))
    assert [(s.operation, s.done, s.failed) for s in report.sections] == [("delete", 1, 1), ("update", 2, 0)]
    assert desk.stones() == {"play:0001:1": "withdrawn", "play:0002:1": "lapsed", "play:0003:1": "lapsed"}
    report, _ = desk.apply(section)
    assert (report.sections[0].exists, report.sections[0].failed) == (1, 1)


def test_a_lock_that_passes_is_waited_for(desk: Desk) -> None:
    desk.fault("row_error", object="Task", where={"Lifecycle_Key__c": "play:0002:1"}, times=2)
    report, writes = desk.apply(tasks(desk, 5))
    assert report.status == "done"
    assert {ref: write.attempts for ref, write in by_ref(writes).items() if write.attempts > 1} == {"play:0002:1": 3}
    assert len(desk.naps) == 2


def test_requests_too_large_for_the_orgs_automation_are_made_smaller(desk: Desk) -> None:
    desk.fault("chunk_limit", object="Task", rows=10, times=None)
    report, _ = desk.apply(tasks(desk, 50))
    assert (report.status, len(desk.ours())) == ("done", 50)


@pytest.mark.parametrize("kind", ["lost_reply", "lost_request"])
def test_what_got_lost_is_read_back_before_anything_is_sent_again(desk: Desk, kind: str) -> None:
    firms = accounts(desk, 2)
    lose(desk, kind, "insert")
    report, writes = desk.apply(tasks(desk, 5))
    assert (report.status, len(desk.ours()), {w.status for w in writes}) == ("done", 5, {"done"})
    lose(desk, kind, "update")
    report, _ = desk.apply(stages(firms, ["a", "b"]))
    assert report.status == "done"
    lose(desk, kind, "delete")
    report, _ = desk.apply(deletes(desk, desk.ours()[:3]))
    assert (report.status, len(desk.ours()), len(desk.stones())) == ("done", 2, 3)


def test_maintenance_stops_the_run_with_each_row_accounted_for(desk: Desk) -> None:
    desk.fault("maintenance", times=None)
    report, writes = desk.apply(tasks(desk, 3))
    assert report.error is not None
    assert report.error.code == "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    assert {write.status for write in writes} == {"failed"}
    assert desk.state.all_asides(desk.org_id) == []
    desk.server.org.faults.clear()
    assert desk.apply(tasks(desk, 3))[0].written == 3


def test_a_stop_between_portions_leaves_the_rest_unsent(desk: Desk) -> None:
    answers = iter([False, True])
    report, writes = desk.apply(tasks(desk, 6), rows=3, bulk_rows=3, should_stop=lambda: next(answers))
    assert (report.status, report.sections[0].sent, len(writes)) == ("stopped", 3, 3)


# Bulk alone


@pytest.mark.parametrize("kind", ["bulk_fails", "bulk_aborted"])
@pytest.mark.parametrize("after", [0.0, 0.5, 1.0])
def test_a_job_that_ends_midway_is_read_back_and_the_rest_goes_by_collections(
    bulk_desk: Desk, kind: str, after: float
) -> None:
    bulk_desk.fault(kind, object="Task", after=after)
    report, writes = bulk_desk.apply(tasks(bulk_desk, 6))
    assert (report.status, report.sections[0].done, len(bulk_desk.ours())) == ("done", 6, 6)
    assert {write.attempts for write in writes} <= {1, 2}
    bulk_desk.fault(kind, object="Task", after=after)
    report, _ = bulk_desk.apply(deletes(bulk_desk, bulk_desk.ours()))
    assert (report.status, report.sections[0].done, len(bulk_desk.ours())) == ("done", 6, 0)


def test_results_that_cannot_be_had_are_no_reason_to_send_again(bulk_desk: Desk) -> None:
    bulk_desk.fault("request_error", path="Results", status=404, code="NOT_FOUND", message="gone", times=None)
    bulk_desk.fault("request_error", path="unprocessed", status=404, code="NOT_FOUND", message="gone", times=None)
    report, writes = bulk_desk.apply(tasks(bulk_desk, 4))
    assert (report.status, {(write.status, write.attempts) for write in writes}) == ("done", {("done", 1)})
    assert len(bulk_desk.ours()) == 4


def test_many_rows_are_a_few_calls(bulk_desk: Desk) -> None:
    report, writes = bulk_desk.apply(tasks(bulk_desk, 1200), bulk_rows=600)
    assert (report.status, len(writes), len(bulk_desk.ours())) == ("done", 1200, 1200)
    # Of 600 rows: a job, its rows, its start, its end, its results; and one call that reads them back.
    assert report.calls <= 2 * 9


def test_a_killed_bulk_run_is_settled_from_what_the_org_has(bulk_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    send = bulk_desk.org.ingest

    def killed(*args: Any, **options: Any) -> Any:
        send(*args, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk_desk.org, "ingest", killed)
    run = bulk_desk.start()
    with pytest.raises(KeyboardInterrupt):
        apply_plan(bulk_desk.plan(tasks(bulk_desk, 4)), bulk_desk.org, bulk_desk.state, run, transport=BULK)
    assert {write.status for write in bulk_desk.state.ledger(run.id)} == {"intent"}
    assert recover(bulk_desk.org, bulk_desk.state).done == 4
    assert all(write.read_back for write in bulk_desk.state.ledger(run.id))

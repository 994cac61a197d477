"""Rows that the org refuses: tried apart from fresh ones, set aside after a while; requests that were too large; an org
that takes nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from apply_desk import Desk, accounts, by_ref, campaign, contacts, labels, members, open_desk, remembered, stages, tasks

from sf_lifecycle.apply import recover
from sf_lifecycle.apply.asides import MOST_ATTEMPTS
from sf_lifecycle.salesforce import RowOutcome

RULE = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "VAT number required"}
BAD = "play:0001:1"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as found:
        yield found


@pytest.fixture
def sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The keys of each request of creates, in the order of sending."""
    requests: list[list[str]] = []
    send = desk.org.create

    def listen(object_name: str, records: Sequence[dict[str, Any]]) -> list[RowOutcome]:
        requests.append([record["Lifecycle_Key__c"] for record in records])
        return send(object_name, records)

    monkeypatch.setattr(desk.org, "create", listen)
    return requests


def refuse(desk: Desk, key: str = BAD, **rule: Any) -> None:
    desk.fault("row_error", object="Task", where={"Lifecycle_Key__c": key}, times=None, **(rule or RULE))


def attempts(desk: Desk) -> dict[str, int]:
    return {aside.ref: aside.attempts for aside in desk.state.all_asides(desk.org_id)}


# Set aside


def test_a_row_refused_before_goes_after_the_fresh_ones_in_a_request_of_its_own(
    desk: Desk, sent: list[list[str]]
) -> None:
    refuse(desk)
    desk.apply(tasks(desk, 3))
    assert attempts(desk) == {BAD: 1}
    sent.clear()
    report, _ = desk.apply(tasks(desk, 4))
    assert [(BAD in keys, len(keys)) for keys in sent] == [(False, 3), (True, 1)]
    assert attempts(desk) == {BAD: 2}
    assert (report.sections[0].done, report.sections[0].exists, report.sections[0].failed) == (1, 2, 1)


def test_after_five_runs_a_row_is_set_aside_and_told_apart(desk: Desk, sent: list[list[str]]) -> None:
    refuse(desk)
    for _ in range(MOST_ATTEMPTS):
        report, _ = desk.apply(tasks(desk, 3))
        assert report.sections[0].failed == 1
    sent.clear()
    report, writes = desk.apply(tasks(desk, 3))
    assert BAD not in [key for keys in sent for key in keys]
    section = report.sections[0]
    assert (section.planned, section.sent, section.failed, section.set_aside) == (3, 2, 0, 1)
    assert (report.status, report.set_aside) == ("done", 1)
    write = by_ref(writes)[BAD]
    assert (write.status, write.code, write.attempts, write.message) == ("failed", "SET_ASIDE", 0, RULE["message"])
    (trouble,) = report.troubles
    since = desk.state.all_asides(desk.org_id)[0].since
    assert (trouble.status, trouble.rows, trouble.example) == ("set aside", 1, BAD)
    assert trouble.message == (
        f"first since {since:%Y-%m-%d}: VAT number required; `sf-lifecycle state retry` tries them again"
    )
    assert attempts(desk) == {BAD: MOST_ATTEMPTS}, "what is not sent is not counted"


def test_a_person_has_them_tried_again_and_success_is_the_end_of_it(desk: Desk) -> None:
    refuse(desk)
    for _ in range(MOST_ATTEMPTS):
        desk.apply(tasks(desk, 2))
    desk.server.org.faults.clear()
    assert desk.apply(tasks(desk, 2))[0].set_aside == 1
    assert desk.state.retry_asides(desk.org_id, None) == 1
    report, writes = desk.apply(tasks(desk, 2))
    assert (report.set_aside, by_ref(writes)[BAD].status, attempts(desk)) == (0, "done", {})


def test_success_forgets_the_refusals(desk: Desk) -> None:
    refuse(desk)
    desk.apply(tasks(desk, 2))
    desk.server.org.faults.clear()
    assert desk.apply(tasks(desk, 2))[0].status == "done"
    assert attempts(desk) == {}


def test_other_values_make_a_fresh_row(desk: Desk, sent: list[list[str]]) -> None:
    refuse(desk)
    for _ in range(MOST_ATTEMPTS):
        desk.apply(tasks(desk, 2))
    sent.clear()
    report, _ = desk.apply(tasks(desk, 2, Description="corrected"))
    assert (report.set_aside, sent) == (0, [["play:0000:1", BAD]])
    assert attempts(desk) == {BAD: 1}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger: execution of BeforeInsert caused by: UNABLE_TO_LOCK_ROW"),
        ("ENTITY_IS_LOCKED", "the record is in an approval"),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Subject"),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"),
    ],
)
def test_what_passes_by_itself_or_for_all_rows_at_once_does_not_count(desk: Desk, code: str, message: str) -> None:
    refuse(desk, code=code, message=message)
    report, _ = desk.apply(tasks(desk, 2))
    assert (report.sections[0].failed, attempts(desk)) == (1, {})


def test_rows_that_were_not_sent_or_got_lost_do_not_count(desk: Desk) -> None:
    desk.fault("lost_request", method="POST", path="composite/sobjects", times=2)
    report, _ = desk.apply(tasks(desk, 2))
    assert (report.sections[0].unknown, attempts(desk)) == (2, {})


def test_the_word_of_a_record_that_is_set_aside_is_not_remembered(desk: Desk) -> None:
    firms = accounts(desk, 2)
    desk.fault("row_error", object="Account", where={"Lifecycle_Reason__c": "two"}, times=None, **RULE)
    for _ in range(MOST_ATTEMPTS + 1):
        report, _ = desk.apply(stages(firms, ["one", "two"]), labels=labels(firms))
    assert (report.set_aside, remembered(desk)) == (1, {firms[0]})


def test_members_of_a_campaign_that_is_set_aside_are_told_why_they_were_not_sent(desk: Desk) -> None:
    desk.fault("row_error", object="Campaign", times=None, **RULE)
    for _ in range(MOST_ATTEMPTS + 1):
        report, writes = desk.apply(campaign(), members(contacts(desk, 1)))
    assert report.set_aside == 1
    assert by_ref(writes)["member:0"].message == "CampaignId: wave:1 was not made: VAT number required"
    assert [aside.ref for aside in desk.state.all_asides(desk.org_id)] == ["wave:1"], "a member was never refused"


# Requests that were too large


def sizes(sent: list[list[str]]) -> list[int]:
    return [len(keys) for keys in sent]


def test_a_request_too_large_for_the_orgs_automation_is_halved_and_the_size_remembered(
    desk: Desk, sent: list[list[str]]
) -> None:
    desk.fault("chunk_limit", object="Task", rows=10, times=None)
    report, writes = desk.apply(tasks(desk, 50), rows=40)
    assert report.status == "done"
    assert sizes(sent)[:3] == [40, 20, 10]
    assert max(sizes(sent)[2:]) == 10
    assert len(desk.ours()) == 50
    assert {write.attempts for write in writes} == {1, 2, 3}
    assert desk.state.batch_size(desk.org_id, "Task", "create") == 10


def test_the_remembered_size_is_where_the_next_run_starts_and_a_run_that_held_tries_twice_as_many(
    desk: Desk, sent: list[list[str]]
) -> None:
    desk.state.remember_batch_size(desk.org_id, "Task", "create", 10)
    desk.apply(tasks(desk, 15), rows=40)
    assert sizes(sent) == [10, 5]
    assert desk.state.batch_size(desk.org_id, "Task", "create") == 20
    desk.apply(tasks(desk, 15, Lifecycle_Key__c=[f"play:n{i}:1" for i in range(15)]), rows=40)
    assert desk.state.batch_size(desk.org_id, "Task", "create") == 20, "a run that sent less has proved nothing"


def test_limits_that_one_row_alone_meets_fail_it(desk: Desk, sent: list[list[str]]) -> None:
    refuse(desk, code="CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message="System.LimitException: Apex CPU time limit")
    report, _ = desk.apply(tasks(desk, 4))
    assert (report.sections[0].done, report.sections[0].failed) == (3, 1)
    assert sizes(sent) == [4, 1], "rows that were done are not sent again"
    assert attempts(desk) == {BAD: 1}


def test_good_rows_in_bad_company_are_done(desk: Desk, sent: list[list[str]]) -> None:
    refuse(desk)
    desk.fault("batch_retries", object="Task", rows=1, times=None)
    report, _ = desk.apply(tasks(desk, 8))
    assert (report.sections[0].done, report.sections[0].failed) == (7, 1)
    assert (sizes(sent), attempts(desk)) == ([8, 4, 3], {BAD: 1})
    assert desk.state.batch_size(desk.org_id, "Task", "create") is None, "the size was not what was wrong"


def test_one_row_that_spoils_every_request_it_is_in_does_not_slow_the_others_for_long(
    desk: Desk, sent: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = desk.org.create
    refusal = RowOutcome(
        ok=False, id=None, code="CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message="System.LimitException"
    )

    def spoiled(object_name: str, records: Sequence[dict[str, Any]]) -> list[RowOutcome]:
        if any(record["Lifecycle_Key__c"] == BAD for record in records):
            sent.append([record["Lifecycle_Key__c"] for record in records])
            return [refusal] * len(records)
        return send(object_name, records)

    monkeypatch.setattr(desk.org, "create", spoiled)
    report, _ = desk.apply(tasks(desk, 24), rows=8)
    assert (report.sections[0].done, report.sections[0].failed) == (23, 1)
    assert sizes(sent) == [8, 4, 2, 1, 1, 2, 4, 8, 8]
    assert desk.state.batch_size(desk.org_id, "Task", "create") is None


# The org takes nothing more


def test_maintenance_stops_the_run_and_blames_no_row(desk: Desk) -> None:
    firms = accounts(desk, 2)
    desk.fault("maintenance", times=None, skip=1)
    report, _ = desk.apply(tasks(desk, 6), stages(firms, ["a", "b"]), rows=2, labels=labels(firms))
    assert report.error is not None
    assert report.error.code == "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    assert "run again" in report.error.way_out
    assert [(section.planned, section.sent) for section in report.sections] == [(6, 4), (2, 0)]
    assert (remembered(desk), attempts(desk)) == (set(), {})
    desk.server.org.faults.clear()
    report, _ = desk.apply(tasks(desk, 6), stages(firms, ["a", "b"]), rows=2, labels=labels(firms))
    assert (report.status, report.written, len(desk.ours())) == ("done", 6, 6)


@pytest.mark.parametrize(
    "code", ["STORAGE_LIMIT_EXCEEDED", "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "REQUEST_LIMIT_EXCEEDED"]
)
def test_a_row_refused_for_what_holds_for_all_stops_the_run(desk: Desk, sent: list[list[str]], code: str) -> None:
    refuse(desk, "play:0002:1", code=code, message="no more")
    report, writes = desk.apply(tasks(desk, 6), rows=2)
    assert report.error is not None
    assert (report.error.code, report.status) == (code, "failed")
    assert len(sent) < 3
    assert {write.status for write in writes} <= {"done", "failed"}
    assert all(write.read_back for write in writes if write.status == "done")
    assert attempts(desk) == {}


def test_what_was_written_but_not_read_back_is_read_by_the_next_run(desk: Desk) -> None:
    desk.fault("unavailable", method="GET", path="queryAll", times=None)
    report, writes = desk.apply(tasks(desk, 2))
    assert report.error is not None
    assert {(write.status, write.code) for write in writes} == {("unknown", "NOT_READ_BACK")}
    desk.server.org.faults.clear()
    assert recover(desk.org, desk.state).done == 2
    ids = [row["Id"] for row in desk.ours()]
    assert set(desk.state.last_read_back(desk.org_id, "Task", ids)) == set(ids)

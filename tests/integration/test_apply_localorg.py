"""Plans carried out over HTTP: what reaches the org, what the ledger says of it, and what faults make of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from apply_desk import (
    Desk,
    accounts,
    by_ref,
    campaign,
    contacts,
    labels,
    members,
    open_desk,
    refs,
    remembered,
    rep,
    stages,
    statuses,
    tasks,
)

from sf_lifecycle.apply import apply_plan, recover
from sf_lifecycle.errors import OrgError
from sf_lifecycle.plan.changes import section_from
from sf_lifecycle.state import Intent


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as found:
        yield found


# Everything goes well


def test_a_night_is_written_row_by_row(desk: Desk) -> None:
    people, firms = contacts(desk, 5), accounts(desk, 3)
    report, writes = desk.apply(
        members(people),
        statuses(),
        campaign(),
        tasks(desk, 6),
        stages(firms, ["why 1", "why 2", "why 3"]),
        labels=labels(firms),
    )
    assert report.status == "done"
    assert report.done("create") == {"Campaign": 1, "CampaignMemberStatus": 1, "CampaignMember": 5, "Task": 6}
    assert report.done("update") == {"Account": 3}
    assert report.labels == 3
    assert remembered(desk) == set(firms)
    assert {write.status for write in writes} == {"done", "exists"}
    assert [write.seq for write in writes] == list(range(1, len(writes) + 1))
    found = desk.rows("SELECT ContactId, Status, Campaign.Name FROM CampaignMember WHERE Lifecycle_Key__c >= '0'")
    assert {row["ContactId"] for row in found} == set(people)
    assert {(row["Status"], row["Campaign.Name"]) for row in found} == {("Planned", "Switch window December 2026")}
    written = by_ref(writes)["play:0000:1"]
    assert written.read_back is not None
    assert (written.read_back["Status"], written.read_back["Priority"]) == ("Not Started", "Normal")
    assert written.read_back["ActivityDate"] == "2026-12-01"
    # Campaign 1; statuses: read, make, read back; members and Tasks: make, read back; accounts 1.
    assert report.calls == 1 + 3 + 2 + 2 + 1


def test_a_plan_applied_twice_makes_nothing_twice(desk: Desk) -> None:
    sections = (campaign(), statuses(), members(contacts(desk, 3)), tasks(desk, 4))
    desk.apply(*sections)
    report, writes = desk.apply(*sections)
    assert report.status == "done"
    assert report.written == 0
    assert {write.status for write in writes} == {"exists"}
    assert len(desk.rows("SELECT Id FROM Task WHERE Lifecycle_Key__c >= '0'")) == 4
    assert by_ref(writes)["play:0001:1"].code == ""
    assert by_ref(writes)["play:0001:1"].read_back is not None


def test_rows_go_two_hundred_at_a_time(desk: Desk) -> None:
    heard: list[tuple[str, int, int]] = []
    report, writes = desk.apply(tasks(desk, 450), progress=lambda *news: heard.append(news))
    assert report.calls == 2 * len(heard)
    assert heard[-1] == ("create Task", 450, 450)
    assert all(size <= 200 for size in [b[1] - a[1] for a, b in zip([("", 0, 0), *heard], heard, strict=False)])
    assert len(writes) == 450
    assert all(write.record_id for write in writes)


def test_only_changed_fields_travel_and_null_clears(desk: Desk) -> None:
    firm, other = accounts(desk, 2)
    day = dt.date(2026, 12, 31)
    desk.admin.update(
        "Account", [{"Id": firm, "Lifecycle_Reason__c": "old", "Lifecycle_Next_Decision__c": "2027-01-01"}]
    )
    section = section_from(
        "Account",
        "update",
        refs([firm, other], [firm, other]),
        pd.DataFrame({"Lifecycle_Reason__c": [None, "new"], "Lifecycle_Next_Decision__c": [day, day]}, dtype=object),
        pd.DataFrame({"Lifecycle_Reason__c": ["old", None], "Lifecycle_Next_Decision__c": [day, None]}, dtype=object),
    )
    _, writes = desk.apply(section)
    assert by_ref(writes)[firm].after == {"Lifecycle_Reason__c": None}
    assert by_ref(writes)[firm].before == {"Lifecycle_Reason__c": "old"}
    found = desk.rows(
        "SELECT Lifecycle_Reason__c, Lifecycle_Next_Decision__c FROM Account "
        f"WHERE Id IN ('{firm}', '{other}') ORDER BY Id"
    )
    assert [tuple(row.values()) for row in found] == [(None, "2027-01-01"), ("new", "2026-12-31")], (
        "what was not planned stays"
    )


def test_a_campaign_of_an_earlier_night_is_found_by_its_key(desk: Desk) -> None:
    desk.apply(campaign(), statuses())
    report, _ = desk.apply(members(contacts(desk, 2)))
    assert report.done("create") == {"CampaignMember": 2}


# The wrong org


def test_a_plan_for_another_org_writes_nothing(desk: Desk) -> None:
    run = desk.start()
    plan = desk.plan(tasks(desk, 2), org_id="00D000000000009AAA")
    spent = desk.org.calls.spent
    with pytest.raises(OrgError, match="the plan is for the local org 00D000000000009AAA") as refused:
        apply_plan(plan, desk.org, desk.state, run)
    assert refused.value.code == "WRONG_ORG"
    assert desk.org.calls.spent == spent
    assert list(desk.state.ledger(run.id)) == []


# What is there already


def test_what_exists_is_read_and_compared_and_never_written_over(desk: Desk) -> None:
    desk.apply(tasks(desk, 3))
    (edited,) = desk.rows("SELECT Id FROM Task WHERE Lifecycle_Key__c = 'play:0001:1'")
    desk.admin.update("Task", [{"Id": edited["Id"], "Subject": "a rep's own words", "Status": "In Progress"}])
    report, writes = desk.apply(tasks(desk, 3))
    assert (report.status, report.sections[0].exists) == ("done", 3)
    met = by_ref(writes)["play:0001:1"]
    assert (met.status, met.code, met.message) == ("exists", "DIFFERENT", "differs in Subject")
    assert (met.record_id, met.read_back) == (edited["Id"], None)
    assert (
        desk.rows("SELECT Subject FROM Task WHERE Lifecycle_Key__c = 'play:0001:1'")[0]["Subject"]
        == "a rep's own words"
    )
    (trouble,) = report.troubles
    assert (trouble.status, trouble.rows, trouble.example) == ("exists", 1, "play:0001:1")


def test_a_member_somebody_else_made_is_left_as_it_is(desk: Desk) -> None:
    first, second = contacts(desk, 2)
    desk.apply(campaign(), statuses())
    (made,) = desk.rows("SELECT Id FROM Campaign WHERE Lifecycle_Key__c = 'wave:1'")
    desk.admin.create("CampaignMember", [{"CampaignId": made["Id"], "ContactId": second, "Status": "Responded"}])
    report, writes = desk.apply(members([first, second]))
    assert (report.sections[0].done, report.sections[0].exists) == (1, 1)
    met = by_ref(writes)["member:1"]
    assert (met.code, met.message) == ("DIFFERENT", "differs in Lifecycle_Key__c, Status")
    assert desk.rows(f"SELECT Status FROM CampaignMember WHERE ContactId = '{second}'")[0]["Status"] == "Responded"


def test_only_missing_member_statuses_are_made(desk: Desk) -> None:
    _, writes = desk.apply(campaign(), statuses())
    found = {write.ref: (write.status, write.attempts) for write in writes if write.object == "CampaignMemberStatus"}
    assert found == {"wave:1/Planned": ("done", 1), "wave:1/sent": ("exists", 0), "wave:1/Responded": ("exists", 0)}
    labels_now = [row["Label"] for row in desk.rows("SELECT Label FROM CampaignMemberStatus WHERE Label != null")]
    assert sorted(labels_now).count("Sent") == len(desk.rows("SELECT Id FROM Campaign"))


# Rows that fail


def test_a_failed_row_keeps_its_reason_and_the_others_go_on(desk: Desk) -> None:
    section = tasks(
        desk, 3, Status=["Not Started", None, "Not Started"], OwnerId=[rep(desk), "005000000000000AAA", rep(desk)]
    )
    report, writes = desk.apply(section)
    assert (report.status, report.sections[0].done, report.sections[0].failed) == ("partial", 2, 1)
    failed = by_ref(writes)["play:0001:1"]
    assert failed.status == "failed"
    assert failed.code
    assert failed.record_id is None
    assert report.troubles[0].code == failed.code


def test_members_of_a_campaign_that_failed_are_not_sent(desk: Desk) -> None:
    desk.fault("row_error", object="Campaign", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="No campaigns today")
    report, writes = desk.apply(campaign(), statuses(), members(contacts(desk, 2)))
    assert report.status == "failed"
    row = by_ref(writes)["member:0"]
    assert (row.status, row.code, row.attempts) == ("failed", "UNRESOLVED", 0)
    assert row.message == "CampaignId: wave:1 was not made: No campaigns today"
    unresolved = [trouble for trouble in report.troubles if trouble.code == "UNRESOLVED"]
    assert [trouble.rows for trouble in unresolved] == [3, 2]


def test_a_key_that_names_nothing_fails_its_row(desk: Desk) -> None:
    report, writes = desk.apply(members(contacts(desk, 1), key="wave:gone"))
    assert report.status == "failed"
    assert writes[0].message == "CampaignId: no record has the key wave:gone"


def test_a_status_the_org_replaces_fails_the_row(desk: Desk) -> None:
    report, writes = desk.apply(campaign(), members(contacts(desk, 2)))
    row = by_ref(writes)["member:0"]
    assert (row.status, row.code, row.message) == (
        "failed",
        "STATUS_SUBSTITUTED",
        "asked for 'Planned', the org stored 'Sent'",
    )
    assert row.record_id is not None
    assert (report.status, report.sections[1].failed) == ("partial", 2)


def test_words_are_remembered_unless_their_update_failed(desk: Desk) -> None:
    firms = accounts(desk, 3)
    desk.fault("row_error", object="Account", where={"Lifecycle_Reason__c": "two"}, code="ENTITY_IS_LOCKED", times=None)
    report, _ = desk.apply(stages(firms, ["one", "two", "three"]), labels=labels([*firms, "001000000000000AAA"]))
    assert (report.sections[0].failed, report.labels) == (1, 3)
    assert remembered(desk) == {firms[0], firms[2], "001000000000000AAA"}


# Locks


def test_a_lock_that_passes_is_waited_for(desk: Desk) -> None:
    desk.fault("row_error", object="Task", where={"Lifecycle_Key__c": "play:0002:1"}, times=2)
    report, writes = desk.apply(tasks(desk, 5))
    assert report.status == "done"
    assert {ref: write.attempts for ref, write in by_ref(writes).items() if write.attempts > 1} == {"play:0002:1": 3}
    assert len(desk.naps) == 2
    assert desk.naps[1] > desk.naps[0] / 2


def test_a_lock_that_stays_fails_its_row_after_three_more_tries(desk: Desk) -> None:
    desk.fault("row_error", object="Task", where={"Lifecycle_Key__c": "play:0002:1"}, times=None)
    report, writes = desk.apply(tasks(desk, 5))
    row = by_ref(writes)["play:0002:1"]
    assert (row.status, row.code, row.attempts) == ("failed", "UNABLE_TO_LOCK_ROW", 4)
    assert (report.status, report.sections[0].done) == ("partial", 4)


# Lost answers


def test_rows_done_whose_answer_is_lost_are_found_and_not_sent_again(desk: Desk) -> None:
    desk.fault("lost_reply", method="POST", path="composite/sobjects")
    report, writes = desk.apply(tasks(desk, 5))
    assert (report.status, report.sections[0].done) == ("done", 5)
    assert {write.attempts for write in writes} == {1}
    assert all(write.read_back for write in writes)
    assert len(desk.rows("SELECT Id FROM Task WHERE Lifecycle_Key__c >= '0'")) == 5


def test_rows_that_never_arrived_are_sent_once_more(desk: Desk) -> None:
    desk.fault("lost_request", method="POST", path="composite/sobjects")
    report, writes = desk.apply(tasks(desk, 5))
    assert (report.status, {write.attempts for write in writes}) == ("done", {2})


def test_rows_that_keep_getting_lost_are_unknown_and_settled_by_the_next_run(desk: Desk) -> None:
    desk.fault("lost_request", method="POST", path="composite/sobjects", times=2)
    report, writes = desk.apply(tasks(desk, 3))
    assert (report.status, report.sections[0].unknown) == ("failed", 3)
    assert {(write.status, write.attempts) for write in writes} == {("unknown", 2)}
    assert recover(desk.org, desk.state).failed == 3
    assert desk.state.unsettled(desk.org.identity.org_id) == []


@pytest.mark.parametrize("kind", ["lost_reply", "lost_request"])
def test_lost_campaigns_statuses_and_members_are_made_once(desk: Desk, kind: str) -> None:
    people = contacts(desk, 2)
    for path in ("Campaign", "CampaignMemberStatus", "CampaignMember"):
        desk.fault(kind, method="POST", object=path)
    report, _ = desk.apply(campaign(), statuses(), members(people))
    assert report.status == "done"
    assert len(desk.rows("SELECT Id FROM Campaign WHERE Lifecycle_Key__c = 'wave:1'")) == 1
    assert len(desk.rows("SELECT Id FROM CampaignMember WHERE Lifecycle_Key__c >= '0'")) == 2
    assert len(desk.rows("SELECT Id FROM CampaignMemberStatus WHERE Label = 'Planned'")) == 1


@pytest.mark.parametrize(("kind", "attempts"), [("lost_reply", 1), ("lost_request", 2)])
def test_lost_updates_are_read_back_first(desk: Desk, kind: str, attempts: int) -> None:
    desk.fault(kind, method="PATCH")
    report, writes = desk.apply(stages(accounts(desk, 3), ["one", "two", "three"]))
    assert report.status == "done"
    assert {write.attempts for write in writes} == {attempts}


# The org as a whole says no


def test_an_org_that_refuses_midway_ends_the_work_with_each_row_accounted_for(desk: Desk) -> None:
    firms = accounts(desk, 3)
    desk.fault("limit_exceeded", method="POST", path="composite/sobjects", skip=1, times=None)
    report, writes = desk.apply(tasks(desk, 6), stages(firms, ["one", "two", "three"]), rows=2, labels=labels(firms))
    assert report.status == "failed"
    assert report.error is not None
    assert report.error.code == "REQUEST_LIMIT_EXCEEDED"
    assert [write.status for write in writes] == ["done", "done", "failed", "failed"]
    assert {write.code for write in writes[2:]} == {"REQUEST_LIMIT_EXCEEDED"}
    assert [(section.planned, section.sent) for section in report.sections] == [(6, 4), (3, 0)]
    assert remembered(desk) == set()


def test_an_answer_lost_for_good_stays_open_until_the_org_can_be_asked(desk: Desk) -> None:
    desk.fault("lost_reply", method="POST", path="composite/sobjects")
    section = tasks(desk, 3)
    desk.fault("unavailable", method="GET", times=None)
    report, writes = desk.apply(section)
    assert report.error is not None
    assert {write.status for write in writes} == {"unknown"}
    desk.server.org.faults.clear()
    recovery = recover(desk.org, desk.state)
    assert (recovery.rows, recovery.done, recovery.failed) == (3, 3, 0)


# Stopping, and being killed


def test_a_stop_between_batches_leaves_the_rest_unsent(desk: Desk) -> None:
    firms = accounts(desk, 5)
    answers = iter([False, True])
    section = stages(firms, ["a", "b", "c", "d", "e"])
    report, writes = desk.apply(section, rows=2, labels=labels(firms), should_stop=lambda: next(answers))
    assert report.status == "stopped"
    assert (report.sections[0].planned, report.sections[0].sent, len(writes)) == (5, 2, 2)
    assert remembered(desk) == set(firms[:2])


def test_a_killed_run_is_settled_from_what_the_org_has(desk: Desk) -> None:
    firm, other = accounts(desk, 2)
    killed = desk.start()
    made = {"Lifecycle_Key__c": "play:made:1", "Subject": "Call", "WhatId": firm, "OwnerId": rep(desk)}
    edited = {**made, "Lifecycle_Key__c": "play:edited:1"}
    status = {"CampaignId": "701000000000000AAA", "Label": "Planned"}
    intents = [
        Intent(object="Task", operation="create", ref="play:made:1", after=made),
        Intent(object="Task", operation="create", ref="play:lost:1", after={**made, "Lifecycle_Key__c": "play:lost:1"}),
        Intent(object="Task", operation="create", ref="play:edited:1", after=edited),
        Intent(object="Account", operation="update", ref=firm, after={"Lifecycle_Reason__c": "written"}),
        Intent(object="Account", operation="update", ref=other, after={"Lifecycle_Reason__c": "not written"}),
        Intent(object="Account", operation="update", ref=other, after={"No_Such_Field__c": "x"}),
        Intent(object="CampaignMemberStatus", operation="create", ref="s", after=status),
    ]
    for intent in intents[:5] + intents[6:]:
        desk.state.intend(killed.id, [intent])
    desk.org.create("Task", [made, {**edited, "Subject": "a rep's"}])
    desk.org.update("Account", [{"Id": firm, "Lifecycle_Reason__c": "written"}])
    spent = desk.org.calls.spent
    recovery = recover(desk.org, desk.state)
    assert desk.org.calls.spent - spent == 3
    assert (recovery.done, recovery.failed) == (3, 3)
    rows = by_ref(list(desk.state.ledger(killed.id)))
    assert rows["play:made:1"].status == "done"
    assert rows["play:made:1"].read_back is not None
    assert (rows["play:lost:1"].status, rows["play:lost:1"].code) == ("failed", "NOT_IN_ORG")
    assert (rows["play:edited:1"].status, rows["play:edited:1"].read_back) == ("done", None)
    assert rows["play:edited:1"].message == "differs in Subject"
    assert (rows[firm].status, rows[other].status) == ("done", "failed")
    assert recover(desk.org, desk.state).rows == 0


def test_fields_that_are_gone_do_not_keep_a_killed_run_open(desk: Desk) -> None:
    (firm,) = accounts(desk, 1)
    killed = desk.start()
    gone = Intent(object="Account", operation="update", ref=firm, after={"No_Such_Field__c": "x"})
    desk.state.intend(killed.id, [gone])
    assert recover(desk.org, desk.state).failed == 1
    (row,) = desk.state.ledger(killed.id)
    assert row.code == "INVALID_FIELD"

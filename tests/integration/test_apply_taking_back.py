"""What is taken back: to the recycle bin or closed, never what somebody touched, and remembered by its key."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from apply_desk import (
    AS_OF,
    METADATA,
    Desk,
    by_ref,
    campaign,
    closes,
    contacts,
    deletes,
    members,
    open_desk,
    refs,
    statuses,
    tasks,
)

from sf_lifecycle.apply import recover
from sf_lifecycle.plan.changes import Section, removal
from sf_lifecycle.salesforce import RowOutcome
from sf_lifecycle.state import Intent, Tombstone

KEYS = [f"play:{i:04d}:1" for i in range(5)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as found:
        yield found


@pytest.fixture
def made(desk: Desk) -> list[dict[str, Any]]:
    """Five Tasks of ours, as they stand."""
    desk.apply(tasks(desk, 5))
    return desk.ours()


# To the recycle bin


def test_what_is_no_longer_true_goes_to_the_recycle_bin_and_is_remembered(desk: Desk, made: list[Any]) -> None:
    section = deletes(desk, made[:3])
    report, writes = desk.apply(section)
    assert (report.status, report.sections[0].done, report.calls) == ("done", 3, 2)
    assert [row["Lifecycle_Key__c"] for row in desk.ours()] == KEYS[3:]
    assert [row["IsDeleted"] for row in desk.ours("IsDeleted", deleted=True)] == [True] * 3 + [False] * 2
    write = by_ref(writes)[made[0]["Id"]]
    assert (write.operation, write.record_id, write.after) == ("delete", made[0]["Id"], {})
    assert (write.before["Lifecycle_Key__c"], write.before["Status"]) == (KEYS[0], "Not Started")
    stones = desk.state.tombstones(desk.org_id).set_index("key")
    assert list(stones.index) == KEYS[:3]
    stone = stones.loc[KEYS[0]]
    assert (stone["cause"], stone["object"], stone["on"]) == ("withdrawn", "Task", AS_OF)
    assert (stone["record_id"], stone["account"]) == (made[0]["Id"], section.rows["about"].iloc[0])


def test_a_delete_without_a_cause_leaves_no_tombstone(desk: Desk, made: list[Any]) -> None:
    desk.apply(deletes(desk, made[:1], cause=None))
    assert (len(desk.ours()), desk.stones()) == (4, {})


def test_deleting_twice_does_nothing_the_second_time(desk: Desk, made: list[Any]) -> None:
    section = deletes(desk, made[:2])
    desk.apply(section)
    report, writes = desk.apply(section)
    assert (report.status, report.written, report.sections[0].exists) == ("done", 0, 2)
    assert {(w.status, w.code, w.attempts) for w in writes} == {("exists", "ALREADY_GONE", 0)}
    assert desk.stones() == dict.fromkeys(KEYS[:2], "withdrawn")


def test_what_somebody_deletes_in_the_last_moment_is_gone_and_no_failure(
    desk: Desk, made: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = desk.org.delete

    def after_somebody_else(ids: Sequence[str]) -> list[RowOutcome]:
        desk.admin.delete(list(ids[:1]))
        return send(ids)

    monkeypatch.setattr(desk.org, "delete", after_somebody_else)
    report, writes = desk.apply(deletes(desk, made[:2]))
    assert (report.status, report.sections[0].done, report.sections[0].exists) == ("done", 1, 1)
    assert [(w.ref, w.attempts) for w in writes if w.code == "ALREADY_GONE"] == [(made[0]["Id"], 1)]
    assert desk.stones() == {KEYS[1]: "withdrawn"}, "who deleted the other one, and why, the next pull sees"


def test_an_org_that_says_gone_of_a_record_that_stands_is_not_believed(desk: Desk, made: list[Any]) -> None:
    desk.fault("row_error", operation="delete", code="ENTITY_IS_DELETED", message="entity is deleted")
    report, writes = desk.apply(deletes(desk, made[:2]))
    assert (report.sections[0].done, report.sections[0].failed) == (1, 1)
    assert by_ref(writes)[made[0]["Id"]].code == "ENTITY_IS_DELETED"


def test_a_refused_delete_leaves_no_tombstone(desk: Desk, made: list[Any]) -> None:
    desk.fault("row_error", operation="delete", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="Not on Sundays")
    report, writes = desk.apply(deletes(desk, made[:2]))
    assert (report.status, report.sections[0].done, report.sections[0].failed) == ("partial", 1, 1)
    (failed,) = [write for write in writes if write.status == "failed"]
    assert failed.before["Lifecycle_Key__c"] not in desk.stones()
    assert len(desk.stones()) == 1


def test_a_key_made_again_is_no_longer_buried(desk: Desk, made: list[Any]) -> None:
    desk.apply(deletes(desk, made[:2]))
    desk.state.bury(desk.org_id, None, [Tombstone(key="play:8888:1", object="Task", cause="withdrawn", on=AS_OF)])
    report, _ = desk.apply(_new(desk, "play:8888:1"))
    assert report.sections[0].done == 1
    assert "play:8888:1" not in desk.stones()
    assert KEYS[0] in desk.stones()


def _new(desk: Desk, key: str) -> Section:
    return tasks(desk, 1, Lifecycle_Key__c=key)


# What a person touched


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"Status": "In Progress"}, "Status"),
        ({"Subject": "my own words"}, "Subject"),
        ({"Description": "spoke to Jan"}, "Description"),
        ({"ActivityDate": "2027-01-15"}, "ActivityDate"),
        ({"Priority": "High"}, "Priority"),
        ({"Lifecycle_Outcome__c": "Not interested"}, "Lifecycle_Outcome__c"),
        ({"Lifecycle_Next_Date__c": "2027-01-15"}, "Lifecycle_Next_Date__c"),
    ],
)
def test_what_a_person_touched_since_the_plan_is_not_deleted(
    desk: Desk, made: list[Any], edit: dict[str, str], field: str
) -> None:
    section = deletes(desk, made[:2])
    desk.admin.update("Task", [{"Id": made[0]["Id"], **edit}])
    report, writes = desk.apply(section)
    row = by_ref(writes)[made[0]["Id"]]
    assert (row.status, row.code, row.attempts) == ("failed", "GROUND_MOVED", 0)
    assert row.message == f"changed in the org since the plan was made: {field}"
    assert (report.sections[0].done, report.sections[0].failed) == (1, 1)
    (trouble,) = report.troubles
    assert (trouble.code, trouble.example) == ("GROUND_MOVED", made[0]["Id"])
    assert made[0]["Id"] in {row["Id"] for row in desk.ours()}
    assert list(desk.stones()) == [KEYS[1]]


def test_answers_that_the_org_does_not_show_us_stop_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = shutil.copytree(METADATA, tmp_path / "salesforce")
    (found,) = metadata.rglob("Lifecycle_Worker.permissionset-meta.xml")
    entry = r"<fieldPermissions>\s*<editable>\w+</editable>\s*<field>Task.Lifecycle_(Outcome|Next_Date)__c</field>.*?"
    text, removed = re.subn(f"{entry}</fieldPermissions>", "", found.read_text(), flags=re.DOTALL)
    assert removed == 2
    found.write_text(text)
    monkeypatch.setattr("apply_desk.METADATA", metadata)
    with open_desk(tmp_path) as desk:
        desk.apply(tasks(desk, 4))
        report, _ = desk.apply(deletes(desk, desk.ours()), rows=1)
        assert (report.status, report.written) == ("done", 4)
        assert report.calls == 4 * 2 + 3


def test_a_value_that_was_empty_counts_too(desk: Desk, made: list[Any]) -> None:
    (row,) = desk.ours("Id, WhoId")[:1]
    assert row["WhoId"] is None
    section = deletes(desk, made[:1])
    desk.admin.update("Task", [{"Id": row["Id"], "WhoId": contacts(desk, 1)[0]}])
    _, writes = desk.apply(section)
    assert (writes[0].code, "WhoId" in writes[0].message) == ("GROUND_MOVED", True)


def test_values_that_the_plan_does_not_hold_are_those_we_read_back(desk: Desk, made: list[Any]) -> None:
    who = refs([made[0]["Id"]]).assign(cause="withdrawn")
    section = removal("Task", who, pd.DataFrame({"Lifecycle_Key__c": [KEYS[0]]}, dtype=object))
    desk.admin.update("Task", [{"Id": made[0]["Id"], "Subject": "my own words"}])
    _, writes = desk.apply(section)
    assert (writes[0].code, "Subject" in writes[0].message) == ("GROUND_MOVED", True)


def test_an_owner_who_changed_never_counts(desk: Desk, made: list[Any]) -> None:
    section = deletes(desk, made[:1])
    other = desk.rows("SELECT Id FROM User WHERE IsActive = TRUE AND UserType = 'Standard' ORDER BY Id DESC LIMIT 1")
    desk.admin.update("Task", [{"Id": made[0]["Id"], "OwnerId": other[0]["Id"]}])
    report, _ = desk.apply(section)
    assert report.sections[0].done == 1


def test_an_account_that_was_merged_away_is_no_touch(desk: Desk, made: list[Any]) -> None:
    section = deletes(desk, made[:1])
    loser, survivor = desk.ours("WhatId")[0]["WhatId"], desk.ours("WhatId")[1]["WhatId"]
    desk.admin.update("Task", [{"Id": made[0]["Id"], "WhatId": survivor}])
    assert desk.apply(section)[1][0].code == "GROUND_MOVED"
    desk.state.remember_merges(desk.org_id, {loser: survivor})
    assert desk.apply(section)[1][0].status == "done"


# Closed


def test_a_close_is_remembered_as_the_end_of_its_key(desk: Desk, made: list[Any]) -> None:
    report, writes = desk.apply(closes(made[:2], "Deferred"))
    assert (report.status, report.sections[0].done, report.calls) == ("done", 2, 3)
    assert desk.stones() == dict.fromkeys(KEYS[:2], "lapsed")
    assert [row["Status"] for row in desk.ours("Status")][:3] == ["Deferred", "Deferred", "Not Started"]
    assert writes[0].read_back is not None


def test_what_a_person_touched_is_not_closed(desk: Desk, made: list[Any]) -> None:
    desk.admin.update("Task", [{"Id": made[0]["Id"], "Description": "spoke to Jan"}])
    _, writes = desk.apply(closes(made[:2], "Deferred"))
    row = by_ref(writes)[made[0]["Id"]]
    assert (row.code, row.message) == ("GROUND_MOVED", "changed in the org since the plan was made: Description")
    assert list(desk.stones()) == [KEYS[1]]


def test_closing_twice_does_nothing_the_second_time(desk: Desk, made: list[Any]) -> None:
    section = closes(made[:2], "Deferred")
    desk.apply(section)
    report, writes = desk.apply(section)
    assert (report.written, report.sections[0].exists) == (0, 2)
    assert {(write.code, write.attempts) for write in writes} == {("", 0)}


def test_an_update_without_a_cause_is_no_end(desk: Desk, made: list[Any]) -> None:
    desk.apply(closes(made[:1], "Deferred", cause=None))
    assert desk.stones() == {}


# Members


def removals(desk: Desk, cause: str = "withdrawn") -> Section:
    rows = desk.rows(
        "SELECT Id, CampaignId, ContactId, Status, Lifecycle_Key__c FROM CampaignMember "
        "WHERE Lifecycle_Key__c >= '0' ORDER BY Id"
    )
    who = refs([row["Id"] for row in rows]).assign(cause=cause)
    names = ("CampaignId", "ContactId", "Status", "Lifecycle_Key__c")
    return removal("CampaignMember", who, pd.DataFrame([{n: r[n] for n in names} for r in rows], dtype=object))


def apply_as_it_is(desk: Desk, section: Section, **options: Any) -> Any:
    plan = replace(desk.plan(), sections=(section,))
    return desk.carry_out(plan, **options)


def test_planned_members_are_removed_unless_somebody_moved_them_on(desk: Desk) -> None:
    desk.apply(campaign(), statuses(), members(contacts(desk, 3)))
    section = removals(desk)
    sent, responded = section.rows["ref"][:2]
    desk.admin.update("CampaignMember", [{"Id": sent, "Status": "Sent"}, {"Id": responded, "Status": "Responded"}])
    report, writes = apply_as_it_is(desk, section)
    assert (report.sections[0].done, report.sections[0].failed) == (1, 2)
    assert by_ref(writes)[responded].message == "changed in the org since the plan was made: HasResponded, Status"
    assert len(desk.rows("SELECT Id FROM CampaignMember WHERE Lifecycle_Key__c >= '0'")) == 2
    assert desk.stones() == {"member:2": "withdrawn"}


def seen(section: Section, status: str) -> Section:
    """With what the plan saw of their campaign."""
    rests = pd.Series([{"campaign_status": status}] * len(section), dtype=object)
    return replace(section, rows=section.rows.assign(rests=rests))


def test_members_of_a_campaign_that_moved_on_are_neither_removed_nor_joined(desk: Desk) -> None:
    people = contacts(desk, 3)
    planned = campaign(Status=["Planned"]), statuses(), seen(members(people[:2]), "Planned")
    report, _ = desk.apply(*planned)
    assert report.status == "done"
    away, more = seen(removals(desk), "Planned"), seen(members(people[2:]), "Planned")
    more.rows["ref"] = more.rows["after.Lifecycle_Key__c"] = "member:2"
    (wave,) = desk.rows("SELECT Id FROM Campaign WHERE Lifecycle_Key__c = 'wave:1'")
    desk.admin.update("Campaign", [{"Id": wave["Id"], "Status": "In Progress"}])
    report, writes = desk.apply(away, more)
    assert {(write.operation, write.code, write.attempts) for write in writes} == {
        ("delete", "GROUND_MOVED", 0),
        ("create", "GROUND_MOVED", 0),
    }
    assert {write.message for write in writes} == {"its campaign has moved on"}
    assert len(desk.rows("SELECT Id FROM CampaignMember WHERE Lifecycle_Key__c >= '0'")) == 2
    assert desk.stones() == {}
    desk.admin.update("Campaign", [{"Id": wave["Id"], "Status": "Planned"}])
    report, _ = desk.apply(away, more)
    assert [section.done for section in report.sections] == [2, 1]


def test_members_never_go_by_bulk(desk: Desk) -> None:
    for name in ("CampaignMember", "CampaignMemberStatus"):
        with pytest.raises(ValueError, match="by collections only"):
            desk.apply(tasks(desk, 1), transport={name: "bulk"})
    with pytest.raises(ValueError, match="expected 'rest' or 'bulk', got 'soap'"):
        desk.apply(tasks(desk, 1), transport={"Task": "soap"})
    assert desk.ours() == []


# Lost, and killed


@pytest.mark.parametrize(("kind", "attempts"), [("lost_reply", 1), ("lost_request", 2)])
def test_a_lost_delete_is_looked_for_before_it_is_sent_again(
    desk: Desk, made: list[Any], kind: str, attempts: int
) -> None:
    section = deletes(desk, made[:3])
    desk.fault(kind, method="DELETE")
    report, writes = desk.apply(section)
    assert (report.status, report.sections[0].done) == ("done", 3)
    assert {(write.status, write.code, write.attempts) for write in writes} == {("done", "", attempts)}
    assert desk.stones() == dict.fromkeys(KEYS[:3], "withdrawn")


def test_deletes_that_keep_getting_lost_are_settled_by_the_next_run(desk: Desk, made: list[Any]) -> None:
    section = deletes(desk, made[:2])
    desk.fault("lost_request", method="DELETE", times=2)
    report, _ = desk.apply(section)
    assert report.sections[0].unknown == 2
    assert len(desk.stones()) == 2, "for as long as nobody knows"
    desk.admin.delete([made[0]["Id"]])
    recovery = recover(desk.org, desk.state)
    assert (recovery.done, recovery.failed) == (1, 1)
    assert desk.stones() == {KEYS[0]: "withdrawn"}


def test_a_run_killed_while_it_took_back_is_settled(desk: Desk, made: list[Any]) -> None:
    """As a run leaves it that is killed after the org has done half of what it was asked."""
    killed = desk.start()
    keys = {row["Id"]: row["Lifecycle_Key__c"] for row in made}
    gone, standing, closed, unclosed = list(keys)[:4]
    for ref in (gone, standing):
        desk.state.intend(
            killed.id,
            [Intent(object="Task", operation="delete", ref=ref, record_id=ref, before={"Lifecycle_Key__c": keys[ref]})],
        )
    for ref in (closed, unclosed):
        before, after = {"Status": "Not Started"}, {"Status": "Deferred"}
        desk.state.intend(
            killed.id, [Intent(object="Task", operation="update", ref=ref, record_id=ref, before=before, after=after)]
        )
    causes = zip((gone, standing, closed, unclosed), ("withdrawn", "merged", "lapsed", "lapsed"), strict=True)
    stones = [Tombstone(key=keys[ref], object="Task", cause=cause, on=AS_OF, record_id=ref) for ref, cause in causes]
    desk.state.bury(desk.org_id, killed.id, stones)
    desk.org.delete([gone])
    desk.org.update("Task", [{"Id": closed, "Status": "Deferred"}])
    recovery = recover(desk.org, desk.state)
    assert (recovery.done, recovery.failed) == (2, 2)
    assert desk.stones() == {keys[gone]: "withdrawn", keys[closed]: "lapsed"}
    rows = by_ref(list(desk.state.ledger(killed.id)))
    assert (rows[gone].status, rows[standing].status, rows[standing].code) == ("done", "failed", "NOT_IN_ORG")
    assert desk.state.unsettled(desk.org_id) == []


def test_a_done_tombstone_outlives_an_update_that_failed(desk: Desk, made: list[Any]) -> None:
    killed = desk.start()
    ref = made[0]["Id"]
    after = {"Subject": "never arrived"}
    desk.state.intend(killed.id, [Intent(object="Task", operation="update", ref=ref, record_id=ref, after=after)])
    desk.state.bury(desk.org_id, None, [Tombstone(key=KEYS[0], object="Task", cause="done", on=AS_OF)])
    assert recover(desk.org, desk.state).failed == 1
    assert desk.stones() == {KEYS[0]: "done"}


def test_a_create_that_a_killed_run_had_made_is_no_longer_buried(desk: Desk, made: list[Any]) -> None:
    killed = desk.start()
    desk.state.intend(
        killed.id,
        [Intent(object="Task", operation="create", ref=KEYS[0], after={"Lifecycle_Key__c": KEYS[0]})],
    )
    desk.state.bury(desk.org_id, None, [Tombstone(key=KEYS[0], object="Task", cause="withdrawn", on=AS_OF)])
    assert recover(desk.org, desk.state).done == 1
    assert desk.stones() == {}


def test_the_record_a_key_had_last_time_is_not_taken_for_the_new_one(desk: Desk, made: list[Any]) -> None:
    desk.apply(deletes(desk, made[:1]))
    killed = desk.start()
    again = Intent(object="Task", operation="create", ref=KEYS[0], after={"Lifecycle_Key__c": KEYS[0]})
    desk.state.intend(killed.id, [again])
    assert recover(desk.org, desk.state).failed == 1
    assert desk.stones() == {KEYS[0]: "withdrawn"}


def test_a_new_task_that_somebody_deleted_before_its_run_was_settled_was_made(desk: Desk, made: list[Any]) -> None:
    killed = desk.start()
    desk.state.intend(
        killed.id, [Intent(object="Task", operation="create", ref=KEYS[0], after={"Lifecycle_Key__c": KEYS[0]})]
    )
    desk.admin.delete([made[0]["Id"]])
    assert recover(desk.org, desk.state).done == 1
    (row,) = desk.state.ledger(killed.id)
    assert (row.record_id, row.message) == (made[0]["Id"], "deleted since")

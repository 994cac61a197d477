"""What one run did with one record, and the way back from there: per field, and never over a person's work."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from sf_lifecycle.apply.undo_words import notes_of, sections_of
from sf_lifecycle.apply.undoing import FORGOTTEN, SO, Change, Did, Left, by_field, created, deleted, together
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo
from sf_lifecycle.plan.changes import arrange
from sf_lifecycle.state import Run, Write

NOW = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
TASK = {
    "Subject": "Call", "Status": "Not Started", "Priority": "Normal", "WhoId": "003A", "OwnerId": "005A",
    "Description": "text", "ActivityDate": "2026-12-01", "WhatId": "001A",
}  # fmt: skip
Values = dict[str, Any]


def write(operation: str, record_id: str = "00T1", **facts: Any) -> Write:
    values: Values = {
        "run_id": "r1", "seq": 1, "object": "Task", "ref": record_id, "before": {}, "after": {}, "read_back": None,
        "status": "done", "code": "", "message": "", "attempts": 1, "sent_at": NOW, "settled_at": NOW,
    }  # fmt: skip
    return Write(**(values | {"operation": operation, "record_id": record_id} | facts))


def did(operation: Any = "update", object_name: str = "Account", **facts: Any) -> Did:
    values: Values = {"ref": "001A", "record_id": "001A", "before": {}, "after": {}, "read_back": None}
    return Did(**(values | {"object": object_name, "operation": operation} | facts))


def made(**read_back: Any) -> Did:
    values = {**TASK, "Lifecycle_Key__c": "p:a:1"}
    return did("create", "Task", ref="p:a:1", record_id="00T1", after=values, read_back=TASK | read_back)


def info(*names: str, closed: tuple[str, ...] = ()) -> ObjectInfo:
    fields = {name: FieldInfo(name=name, type="string", createable=True, updateable=True) for name in names}
    fields |= {name: FieldInfo(name=name, type="string") for name in closed}
    return ObjectInfo(name="Account", fields=fields)


# ---------------------------------------------------------------- what a run did


def test_only_what_reached_the_org_counts() -> None:
    rows = [
        write("update", f"00T{status}", status=status, after={"A": 1}) for status in ("failed", "unknown", "exists")
    ]
    assert together(rows) == []
    met = write("create", "00T9", status="exists", after={"A": 1})
    other = write("create", "00T8", status="exists", code="DIFFERENT", after={"A": 1})
    (found,) = together([met, other])
    assert (found.record_id, found.made_by_us) == ("00T9", False)


def test_rows_of_one_record_are_put_together() -> None:
    twice = [
        write("update", before={"A": 1}, after={"A": 2}),
        write("update", before={"A": 2, "B": 5}, after={"A": 3, "B": 6}),
    ]
    (found,) = together(twice)
    assert (found.before, found.after) == ({"A": 1, "B": 5}, {"A": 3, "B": 6})
    assert together([write("create", after={"A": 1}), write("delete", before={"A": 1})]) == []
    (gone,) = together([write("update", before={"A": 1}, after={"A": 2}), write("delete", before={"A": 2, "B": 3})])
    assert (gone.operation, gone.before) == ("delete", {"A": 1, "B": 3})


# ---------------------------------------------------------------- what was made


def test_what_is_as_it_was_made_goes_with_the_values_to_make_it_again() -> None:
    found = {**TASK, "Id": "00T1", "Lifecycle_Key__c": "p:a:1", "Lifecycle_Outcome__c": None, "OwnerId": "005B"}
    way = created(made(), found, "001A")
    assert isinstance(way, Change)
    assert (way.operation, way.ref, way.about) == ("delete", "00T1", "001A")
    assert way.before == {**TASK, "Lifecycle_Key__c": "p:a:1", "OwnerId": "005B"}
    assert created(made(), None, None) == SO


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Status": "Completed"}, "changed since: Status"),
        ({"Subject": "Call back", "Priority": "High"}, "changed since: Priority, Subject"),
        ({"Lifecycle_Outcome__c": "Reached"}, "changed since: Lifecycle_Outcome__c"),
        ({"WhoId": None}, "changed since: WhoId"),
    ],
)
def test_a_person_worked_on_it(changed: Values, said: str) -> None:
    way = created(made(), {**TASK, **changed}, None)
    assert isinstance(way, Left)
    assert way.reason == said


def test_what_nobody_read_back_is_nobodys_to_delete() -> None:
    task = did("create", "Task", after=dict(TASK), record_id="00T1")
    assert isinstance(created(task, TASK, None), Left)


@pytest.mark.parametrize(
    ("found", "goes"),
    [
        ({"Status": "Planned", "HasResponded": False}, True),
        ({"Status": "Sent", "HasResponded": False}, False),
        ({"Status": "Planned", "HasResponded": True}, False),
    ],
)
def test_a_member_goes_while_it_is_only_planned(found: Values, goes: bool) -> None:
    member = did("create", "CampaignMember", after={"Status": "Planned"}, read_back={"Status": "Planned"})
    assert isinstance(created(member, found, None), Change if goes else Left)


# ---------------------------------------------------------------- what was updated


def test_each_field_goes_back_where_the_org_holds_what_we_wrote() -> None:
    one = did(before={"A": 1, "B": "old", "C": None, "D": 1}, after={"A": 2, "B": "new", "C": "x", "D": 2})
    found = {"A": 2, "B": "typed", "C": "x", "D": 1}
    change, left = by_field(one, found, info("A", "B", "C", "D"), "001A")
    assert isinstance(change, Change)
    assert (change.after, change.before) == ({"A": 1, "C": None}, {"A": 2, "C": "x"})
    assert left == Left(object="Account", ref="001A", reason="changed since: B")


def test_what_the_org_made_of_our_value_counts_as_ours() -> None:
    one = did(before={"A": "old"}, after={"A": " new "}, read_back={"A": "NEW"})
    (change,) = by_field(one, {"A": "NEW"}, info("A"), None)
    assert isinstance(change, Change)
    assert change.after == {"A": "old"}


def test_what_cannot_go_back() -> None:
    one = did(before={"A": 1}, after={"A": 2})
    assert by_field(one, {"A": 1}, info("A"), None) == (SO,)
    assert by_field(one, None, info("A"), None)[0] == Left(object="Account", ref="001A", reason="the record is gone")
    (closed,) = by_field(one, {"A": 2}, info(closed=("A",)), None)
    assert closed == Left(object="Account", ref="001A", reason="cannot be written any more: A")
    (forgotten,) = by_field(did(), {"A": 2}, info("A"), None)
    assert forgotten == Left(object="Account", ref="001A", reason=FORGOTTEN)


# ---------------------------------------------------------------- what was deleted


def test_what_went_is_made_again_once() -> None:
    gone = did(
        "delete", "Task", before={"Lifecycle_Key__c": "p:a:1", "Subject": "Call", "WhatId": "001A", "IsClosed": False}
    )
    task = info("Lifecycle_Key__c", "Subject", "WhatId", closed=("IsClosed",))
    way = deleted(gone, None, task, {}, ())
    assert isinstance(way, Change)
    assert (way.operation, way.ref, way.about) == ("create", "p:a:1", "001A")
    assert way.after == {"Lifecycle_Key__c": "p:a:1", "Subject": "Call", "WhatId": "001A"}
    assert deleted(gone, {"Id": "00T2"}, task, {}, ()) == SO
    assert isinstance(deleted(gone, {"Id": "00T2"}, task, {}, {"00T2"}), Change)
    assert isinstance(deleted(did("delete", "Task"), None, task, {}, ()), Left)


def test_a_member_comes_back_into_the_campaign_that_is_made_again() -> None:
    gone = did("delete", "CampaignMember", before={"Lifecycle_Key__c": "p:a:1", "CampaignId": "701A"})
    way = deleted(gone, None, info("Lifecycle_Key__c", "CampaignId"), {"701A": "p:w"}, ())
    assert isinstance(way, Change)
    assert way.after["CampaignId"] == "@p:w"


# ---------------------------------------------------------------- as a plan says it


def test_sections_and_notes() -> None:
    changes = [
        Change(
            object="CampaignMember", operation="delete", ref="00v1", about=None, after={}, before={"CampaignId": "701A"}
        ),
        Change(object="Account", operation="update", ref="001A", about="001A", after={"A": None}, before={"A": 2}),
        Change(object="Account", operation="update", ref="001B", about="001B", after={"B": 1}, before={"B": None}),
        Change(object="Task", operation="create", ref="p:a:1", about=None, after={"Subject": "Call"}, before={}),
    ]
    removed, made_again, updated = arrange(sections_of(changes, "undo of run r1"))
    assert (removed.operation, removed.rows["cause"].tolist()) == ("delete", ["undone"])
    assert made_again.rows["cause"].tolist() == [None]
    assert [(ref, after, before) for ref, after, before in updated.records(0, 9)] == [
        ("001A", {"A": None}, {"A": 2}),
        ("001B", {"B": 1}, {"B": None}),
    ]
    assert set(updated.rows["why"]) == {"undo of run r1"}
    run = Run(
        id="r2", job="nightly", org_id="00D", as_of=NOW.date(), mapping="telecom", model="tele2", rules_digest="",
        plan_digest="", started=NOW, ended=NOW, status="done", counts={}, calls=0, message="", kind="undo", undoes="r1",
        values_gone=NOW,
    )  # fmt: skip
    left = [Left(object="Task", ref=ref, reason="changed since: Status") for ref in ("00T1", "00T2")]
    head, undone, forgotten, stays, so = notes_of(run, left, 3)
    assert "flows" in head
    assert "undo of run r1" in undone
    assert "storage.values_days" in forgotten
    assert stays == "left as it is: 2 Task, changed since: Status (for example 00T1)"
    assert so.endswith(": 3")

"""Owners that the mapping names, owners who can work, rows that are seen, and what people see."""

from __future__ import annotations

from typing import Any

import pytest
from doctor_facts import (
    COMMS,
    DESK,
    REP,
    WORKER,
    facts,
    only,
    person,
    run,
    schema,
    with_field,
    with_object,
    without_object,
)

from sf_lifecycle.doctor.checks import owners, people, rows
from sf_lifecycle.doctor.checks.people import shown_fields
from sf_lifecycle.doctor.facts import Person, Untold


def desk(**changes: object) -> tuple[Person, ...]:
    return (
        person(WORKER, "lworker", role="top"),
        person(REP, "rep", role="team"),
        person(DESK, "sdesk", role="sales", **changes),
        person(COMMS, "comms", role="sales"),
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"active": False}, "is inactive"),
        ({"user_type": "CsnOnly"}, "of type CsnOnly"),
        ({"handle": "sales"}, "is nobody in the org"),
    ],
)
def test_the_fallback_must_be_able_to_work(changes: dict[str, Any], words: str) -> None:
    known = (person(DESK, **({"handle": "sdesk"} | changes)), person(COMMS, "comms"))
    found = only(owners.named_owners, facts(people=known))
    assert found.level == "error"
    assert found.what.startswith("owners.fallback = 'sdesk' (Alias)")
    assert words in found.what


def test_a_frozen_fallback_would_let_tasks_lie() -> None:
    found = only(owners.named_owners, facts(frozen=frozenset({DESK})))
    assert (found.level, "is frozen" in found.what) == ("error", True)


def test_named_owners_count_too() -> None:
    found = only(owners.named_owners, facts(people=desk()[:3]))
    assert "owners.named.communications = 'comms'" in found.what


def test_the_share_of_owners_who_cannot_work_against_the_guard() -> None:
    gone = (*desk()[2:], person(REP, "rep", active=False))
    found = run(owners.resolving, facts(people=gone, owned={"Account": {REP: 11, DESK: 89}}))
    assert [(each.level, "11 of 100 Account records (11.0%)" in each.what) for each in found] == [("error", True)]
    found = run(owners.resolving, facts(people=gone, owned={"Account": {REP: 10, DESK: 90}}))
    assert [each.level for each in found] == ["warning"]  # the job allows 10 %


def test_a_manager_who_can_takes_the_work() -> None:
    standing = (*desk()[2:], person(REP, "rep", active=False, manager=DESK))
    assert only(owners.resolving, facts(people=standing)).level == "ok"


def test_managers_in_a_circle_take_nothing() -> None:
    circle = {"a": person("a", "a", active=False, manager="b"), "b": person("b", "b", active=False, manager="a")}
    assert owners.takes_work("a", circle) is None


def test_queues_are_nobody() -> None:
    assert only(owners.resolving, facts(owned={"Lead": {"00GQueue": 5}})).level == "error"


def test_frozen_users_who_own_accounts_are_told() -> None:
    found = run(owners.resolving, facts(frozen=frozenset({REP})))
    assert [each.level for each in found] == ["ok", "warning"]
    assert "1 frozen user (rep) owns 90 Account records" in found[1].what


@pytest.mark.parametrize(("seen", "level"), [(100, "ok"), (101, "ok"), (95, "ok"), (94, "error"), (0, "error")])
def test_rows_seen_against_rows_counted(seen: int, level: str) -> None:
    assert only(rows.visible, facts(seen={"Account": seen}, counted={"Account": 100})).level == level


def test_rows_of_a_custom_object_stop_a_run_as_well() -> None:
    found = only(rows.visible, facts(seen={"Thing__c": 1}, counted={"Thing__c": 100}))
    assert (found.level, "1 of 100" in found.what) == ("error", True)


def test_fields_on_no_layout_are_named_object_by_object() -> None:
    wanted = shown_fields_of_the_job()
    found = only(people.layouts, facts(layouts={"Task": frozenset({"Lifecycle_Reason__c", "Subject"})}))
    assert (found.level, "Task: Lifecycle_Outcome__c, Lifecycle_Next_Date__c are on no page layout" in found.what) == (
        "warning",
        True,
    )
    assert only(people.layouts, facts(layouts={"Account": frozenset(wanted["Account"])})).level == "ok"


def shown_fields_of_the_job() -> dict[str, tuple[str, ...]]:
    from doctor_facts import setup

    return shown_fields(setup())


def test_the_key_belongs_on_no_layout() -> None:
    page = frozenset({*people.ON_TASKS, "Lifecycle_Key__c"})
    found = run(people.layouts, facts(layouts={"Task": page}))
    assert [each.level for each in found] == ["ok", "warning"]
    assert "copied record would copy the key" in found[1].what


def test_pages_that_are_not_told_are_one_line() -> None:
    silent = Untold(why="no right")
    found = only(people.layouts, facts(layouts={"Task": silent, "Account": silent}))
    assert "pages of Account, Task (no right)" in found.what


def test_the_brake() -> None:
    assert only(people.brake, facts()).level == "ok"
    assert "on Night stop" in only(people.brake, facts(paused=("Night stop",))).what
    gone = only(people.brake, facts(schema=without_object("Lifecycle_Setting__c")))
    assert (gone.level, "nobody in Salesforce can stop" in gone.what) == ("warning", True)
    unreadable = only(people.brake, facts(paused=Untold(why="no right")))
    assert unreadable.what.startswith("could not be told")


def test_the_heartbeat() -> None:
    assert only(people.heartbeat, facts()).level == "ok"
    assert only(people.heartbeat, facts(schema=without_object("Lifecycle_Job__c"))).level == "warning"
    locked = with_field("Lifecycle_Job__c", "Status__c", updateable=False)
    assert "Status__c" in only(people.heartbeat, facts(schema=locked)).what
    assert only(people.heartbeat, facts(schema=with_object("Lifecycle_Job__c", createable=False))).level == "warning"


def test_activity_capture_is_never_known_for_sure() -> None:
    assert only(people.activity_capture, facts()).what.startswith("could not be told")
    metric = schema().objects["Task"]
    seen = type(schema())(objects={**schema().objects, "ActivityMetric": metric}, source="a test")
    assert "seems to be on" in only(people.activity_capture, facts(schema=seen)).what

"""What moved between the pull and the write is left alone: Tasks that a rep answered, members of campaigns moved on."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from apply_paper import (
    KEY,
    ORG_ID,
    PaperOrg,
    changed_tasks,
    deleted_tasks,
    fresh_state,
    new_members,
    new_tasks,
    plan_of,
    refs,
    removed_members,
    start,
)

from sf_lifecycle.apply import ApplyReport, Effort, apply_plan, recover
from sf_lifecycle.errors import OrgError
from sf_lifecycle.plan.changes import Plan, Section, section_from
from sf_lifecycle.state import Intent, State, Write

OUTCOME, NEXT_DATE = "Lifecycle_Outcome__c", "Lifecycle_Next_Date__c"
ANSWERED = {OUTCOME: "No answer", NEXT_DATE: "2026-12-01"}


def carry_out(plan: Plan, org: PaperOrg, state: State, **options: Any) -> tuple[ApplyReport, dict[str, Write]]:
    run = start(state)
    effort = Effort(rows=options.pop("rows", 200), sleep=lambda _: None)
    report = apply_plan(plan, org.as_org(), state, run, effort=effort, **options)
    return report, {write.ref: write for write in state.ledger(run.id)}


# A rep's answer


def section_on(rows: list[dict[str, Any]], how: str) -> Section:
    if how == "deleted":
        return deleted_tasks(rows)
    return changed_tasks([row["Id"] for row in rows], status="Deferred" if how == "closed" else None)


@pytest.mark.parametrize("how", ["deleted", "closed", "updated"])
@pytest.mark.parametrize("answer", [OUTCOME, NEXT_DATE])
def test_a_task_that_a_rep_answered_is_left_alone(how: str, answer: str) -> None:
    org = PaperOrg()
    with fresh_state() as state:
        carry_out(plan_of(new_tasks(3)), org, state)
        rows = list(org.records["Task"].values())
        for row in rows if how == "updated" else ():
            row["Subject"] = "?"
        rows[1][answer] = ANSWERED[answer]
        before = dict(rows[1])
        report, writes = carry_out(plan_of(section_on(rows, how)), org, state, waited=how == "updated")
        assert (report.sections[0].done, report.sections[0].failed) == (2, 1)
        write = writes[rows[1]["Id"]]
        assert (write.status, write.code, write.attempts) == ("failed", "GROUND_MOVED", 0)
        assert write.message == f"changed in the org since the plan was made: {answer}"
        assert rows[1] == before
        assert rows[1][KEY] not in set(state.tombstones(ORG_ID)["key"])


@pytest.mark.parametrize("hidden", [{OUTCOME}, {NEXT_DATE}, {OUTCOME, NEXT_DATE}])
def test_answers_that_the_org_does_not_show_are_left_out_and_it_is_asked_once(hidden: set[str]) -> None:
    org = PaperOrg()
    with fresh_state() as state:
        carry_out(plan_of(new_tasks(6)), org, state)
        rows = list(org.records["Task"].values())
        for shown in ANSWERED.keys() - hidden:
            rows[0][shown] = ANSWERED[shown]
        org.hidden = frozenset(hidden)
        org.asked.clear()
        report, _ = carry_out(plan_of(deleted_tasks(rows)), org, state, rows=2)
        left = int(len(hidden) == 1)
        assert (report.error, report.sections[0].done, report.sections[0].failed) == (None, 6 - left, left)
        refused = [text for text in org.asked if any(name in text.split(" FROM ")[0] for name in hidden)]
        assert len(refused) <= 3, "tried at the first batch only"
        assert len(org.asked) - len(refused) == 3


def test_another_field_that_the_org_does_not_show_still_ends_the_work() -> None:
    org = PaperOrg()
    with fresh_state() as state:
        carry_out(plan_of(new_tasks(1)), org, state)
        org.hidden = frozenset({"Subject"})
        report, writes = carry_out(plan_of(deleted_tasks(list(org.records["Task"].values()))), org, state)
        assert isinstance(report.error, OrgError)
        assert (report.error.code, writes) == ("INVALID_FIELD", {})


# Campaigns


def org_with_campaigns(**statuses: str | None) -> PaperOrg:
    org = PaperOrg()
    org.records["Campaign"] = {
        f"701{name:>012}AAA": {"Id": f"701{name:>012}AAA", KEY: name, "Status": status, "IsDeleted": False}
        for name, status in statuses.items()
    }
    return org


def rests_on(status: str | None) -> dict[str, Any]:
    return {"campaign_status": status}


@pytest.mark.parametrize("named", ["Id", "key"])
def test_members_are_not_added_to_a_campaign_that_has_moved_on(named: str) -> None:
    org = org_with_campaigns(ready="Planned", moved="In Progress", gone="Planned", other="Sent")
    ids = list(org.records["Campaign"])
    org.records["Campaign"][ids[2]]["IsDeleted"] = True
    names = ids if named == "Id" else [f"@{row[KEY]}" for row in org.records["Campaign"].values()]
    names[2] = ids[2]
    rests = [rests_on("planned"), rests_on("Planned"), rests_on("Planned"), None]
    people = [f"003{i:012d}AAA" for i in range(4)]
    with fresh_state() as state:
        report, writes = carry_out(plan_of(new_members(people, names, rests)), org, state)
    assert (report.sections[0].done, report.sections[0].failed) == (2, 2)
    assert [writes[f"member:{i}"].code for i in range(4)] == ["", "GROUND_MOVED", "GROUND_MOVED", ""]
    assert {writes[f"member:{i}"].message for i in (1, 2)} == {"its campaign has moved on"}
    assert {row["ContactId"] for row in org.records["CampaignMember"].values()} == {people[0], people[3]}


def test_members_are_not_removed_from_a_campaign_that_has_moved_on() -> None:
    org = org_with_campaigns(one="Planned", two="Planned", three=None)
    ids = list(org.records["Campaign"])
    with fresh_state() as state:
        people = [f"003{i:012d}AAA" for i in range(3)]
        carry_out(plan_of(new_members(people, ids, [None] * 3)), org, state)
        rows = list(org.records["CampaignMember"].values())
        org.records["Campaign"][ids[1]]["Status"] = "Completed"
        section = removed_members(rows, [rests_on("Planned"), rests_on("Planned"), rests_on(None)])
        report, writes = carry_out(plan_of(section), org, state)
        assert (report.sections[0].done, report.sections[0].failed) == (2, 1)
        assert (writes[rows[1]["Id"]].code, writes[rows[1]["Id"]].message) == (
            "GROUND_MOVED",
            "its campaign has moved on",
        )
        assert [row["IsDeleted"] for row in rows] == [True, False, True]
        assert rows[1][KEY] not in set(state.tombstones(ORG_ID)["key"])


def test_campaigns_are_read_once_for_each_batch_and_only_where_the_plan_saw_them() -> None:
    org = org_with_campaigns(one="Planned", two="Planned")
    one, two = org.records["Campaign"]
    people = [f"003{i:012d}AAA" for i in range(6)]
    with fresh_state() as state:
        section = new_members(people, [one, two] * 3, [rests_on("Planned")] * 4 + [None] * 2)
        carry_out(plan_of(section), org, state, rows=2)
        assert 1 <= sum("FROM Campaign WHERE" in text for text in org.asked) <= 3
        org.asked.clear()
        carry_out(plan_of(new_members(["003000000000009AAA"], [one], [None])), org, state)
        assert not any("FROM Campaign WHERE" in text for text in org.asked)


def test_a_campaign_of_this_plan_is_held_against_what_the_plan_sets() -> None:
    org = PaperOrg()
    values = pd.DataFrame({KEY: ["wave"], "Name": ["Wave"], "Status": ["Planned"]}, dtype=object)
    wave = section_from("Campaign", "create", refs(["wave"]), values)
    with fresh_state() as state:
        plan = plan_of(wave, new_members(["003000000000001AAA"], ["@wave"], [rests_on("Planned")]))
        report, _ = carry_out(plan, org, state)
        assert [section.done for section in report.sections] == [1, 1]


# What a rep did with a field that we did not write

REP = "005000000000009AAA"


def a_task(org: PaperOrg, state: State) -> dict[str, Any]:
    carry_out(plan_of(new_tasks(1)), org, state)
    (row,) = org.records["Task"].values()
    row["Subject"] = "?"  # as changed_tasks finds it
    return row


@pytest.mark.parametrize("waited", [True, False])
def test_a_task_worked_on_in_another_field_stays_the_reps(waited: bool) -> None:
    org = PaperOrg()
    with fresh_state() as state:
        row = a_task(org, state)
        row["Priority"] = "Low"
        _, writes = carry_out(plan_of(changed_tasks([row["Id"]])), org, state, waited=waited)
        assert writes[row["Id"]].status == ("failed" if waited else "done")
        assert row["Subject"] == ("?" if waited else "Another call")
        assert state.last_read_back(ORG_ID, "Task", [row["Id"]])[row["Id"]]["Priority"] == "Normal"


@pytest.mark.parametrize("whose", [None, REP])
def test_an_update_that_a_run_died_over_leaves_other_fields_as_remembered(whose: str | None) -> None:
    org = PaperOrg()
    with fresh_state() as state:
        row = a_task(org, state)
        run = start(state)
        intent = Intent(
            object="Task", operation="update", ref=row["Id"], record_id=row["Id"], before={}, after={"Subject": "New"}
        )
        state.intend(run.id, [intent])
        row.update({"Subject": "New", "LastModifiedById": whose} | ({"Priority": "Low"} if whose else {}))
        assert recover(org.as_org(), state).done == 1
        read_back = state.last_read_back(ORG_ID, "Task", [row["Id"]])[row["Id"]]
        assert (read_back["Subject"], read_back["Priority"]) == ("New", "Normal")
        assert "LastModifiedById" not in read_back


def planned(org: PaperOrg, state: State) -> dict[str, Any]:
    """A Task that a run died over, made by the org all the same. The run is settled as one that made nothing."""
    run, section = start(state), new_tasks(1)
    ((ref, values, _),) = section.records(0, 1)
    values = {**values, "ActivityDate": str(values["ActivityDate"])}
    intent = Intent(object="Task", operation="create", ref=ref, record_id=None, before={}, after=values)
    state.intend(run.id, [intent])
    return values


@pytest.mark.parametrize(("who", "known"), [("005000000000001AAA", True), ("005000000000001", True), (REP, False)])
def test_a_task_that_somebody_changed_after_the_death_is_not_ours(who: str, known: bool) -> None:
    org = PaperOrg()
    with fresh_state() as state:
        org.create("Task", [planned(org, state)])
        (row,) = org.records["Task"].values()
        row.update({"Status": "In Progress", "LastModifiedById": who})
        assert recover(org.as_org(), state).done == 1
        assert (row["Id"] in state.last_read_back(ORG_ID, "Task", [row["Id"]])) == known
        assert row["Id"] in state.makers(ORG_ID, "Task")


@pytest.mark.parametrize(("who", "known"), [(None, True), (REP, False)])
def test_a_task_that_came_late_is_ours_and_its_second_application_meets_it(who: str | None, known: bool) -> None:
    org = PaperOrg()
    with fresh_state() as state:
        values = planned(org, state)
        assert recover(org.as_org(), state).failed == 1
        org.create("Task", [values])
        (row,) = org.records["Task"].values()
        row["LastModifiedById"] = who
        statuses = []
        for _ in range(2):
            _, writes = carry_out(plan_of(new_tasks(1)), org, state)
            statuses.append(writes["play:000000:1"].status)
        assert statuses == ["done", "exists"]
        assert row["Id"] in state.makers(ORG_ID, "Task")
        assert (row["Id"] in state.last_read_back(ORG_ID, "Task", [row["Id"]])) == known

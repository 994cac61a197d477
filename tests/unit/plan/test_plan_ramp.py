"""The first runs write a part of their plan: what is due first, and only as much as was said."""

import datetime as dt

import pandas as pd

from sf_lifecycle.plan.changes import AFTER, LABEL_COLUMNS, Header, Plan, Section, removal, section_from
from sf_lifecycle.plan.document import seal
from sf_lifecycle.plan.ramp import ramped

DAY = dt.date(2026, 11, 22)


def section(object_name: str, operation, rows: int) -> Section:
    refs = pd.DataFrame(
        {"ref": [f"r{i:02}" for i in range(rows)], "about": [f"a{i:02}" for i in range(rows)], "why": ""}
    )
    after = pd.DataFrame({"ActivityDate": [DAY + dt.timedelta(days=rows - i) for i in range(rows)]}, dtype=object)
    before = pd.DataFrame({"ActivityDate": [None] * rows}, dtype=object)
    if operation == "delete":
        return removal(object_name, refs, after)
    return section_from(object_name, operation, refs, after, before if operation == "update" else None)


def plan(*sections: Section) -> Plan:
    header = Header(job="j", mapping="m", model="o", org_id="00D", kind="sandbox", as_of=DAY, rules_digest="")
    labels = pd.DataFrame([["account", "stage", f"r{i:02}", "b", "a", DAY, None, ""] for i in range(5)])
    return seal(Plan(header=header, sections=sections, labels=labels.set_axis(list(LABEL_COLUMNS), axis=1)))


def test_the_tasks_due_first_go_first_and_the_rest_waits() -> None:
    made = ramped(plan(section("Task", "create", 5)), 2)
    (tasks,) = made.sections
    assert list(tasks.rows["ref"]) == ["r03", "r04"]  # the latest rows are due first
    assert list(tasks.rows[AFTER + "ActivityDate"]) == [DAY + dt.timedelta(days=2), DAY + dt.timedelta(days=1)]
    assert "3 of 5 (create Task) wait for the next ones" in made.notes[0]
    assert made.digest != plan(section("Task", "create", 5)).digest


def test_words_of_records_that_wait_are_not_remembered() -> None:
    made = ramped(plan(section("Account", "update", 5)), 2)
    assert list(made.labels["id"]) == ["r00", "r01"]


def test_campaigns_and_what_goes_are_never_cut() -> None:
    whole = plan(section("Campaign", "create", 5), section("Task", "delete", 5))
    assert ramped(whole, 2) is whole

"""The main job over HTTP: a first night writes, a second one does not, and sixty quiet ones move nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from firms import DAY, Firm

from sf_lifecycle.errors import Refused


def test_a_first_night_writes_and_a_second_writes_nothing(firm: Firm) -> None:
    first = firm.run()
    assert first.status == "done"
    created = first.done()["create"]
    assert created["Task"] > 0
    assert created["Campaign"] > 0
    assert created["CampaignMember"] > 0
    assert first.done()["update"]["Account"] > 0
    second = firm.run()
    assert second.plan.is_empty
    assert (second.status, second.writes) == ("nothing", 0)


def test_a_dry_run_writes_nothing(firm: Firm) -> None:
    firm.only("switch-window", "research-dates")
    planned = firm.run(dry_run=True)
    assert planned.status == "planned"
    assert planned.plan.totals("create")["Task"] > 0
    assert firm.run(dry_run=True).plan.digest == planned.plan.digest


def test_every_task_has_what_a_rep_needs(firm: Firm) -> None:
    made = firm.run()
    section = made.plan.section("Task", "create")
    assert section is not None
    for _, task, _ in section.records(0, len(section)):
        assert task["Lifecycle_Reason__c"]
        assert task["Subject"]
        assert task["ActivityDate"] >= DAY
        assert str(task["Description"]).startswith(str(task["Lifecycle_Reason__c"])[:60])
        assert len(str(task["Lifecycle_Key__c"])) <= 64
        assert not {"nan", "None", "NaT"} & set(str(task["Description"]).split())
        assert "{%" not in str(task["Description"])


def test_a_guard_refuses_the_whole_plan_and_a_person_may_lift_it(firm: Firm) -> None:
    firm.only("switch-window", "research-dates")
    firm.edit("jobs/nightly.toml", "{ most = 8000 }", "{ most = 3 }")
    with pytest.raises(Refused) as raised:
        firm.run()
    assert [refusal.guard for refusal in raised.value.refusals] == ["create_tasks"]
    assert firm.run(dry_run=True).plan.totals("create")["Task"] > 3
    lifted = firm.run(allow=frozenset({"create_tasks"}))
    assert lifted.status == "done"


@pytest.mark.slow
def test_sixty_quiet_nights_over_http(make_firm) -> None:
    firm = make_firm(120)
    made: dict[str, tuple[dt.date, str]] = {}
    taken_back: set[str] = set()
    for night in range(60):
        # Nobody does a thing for sixty days: the first night's Tasks lapse together, which a person would ask about.
        report = firm.run(DAY + dt.timedelta(days=night), allow=frozenset({"remove_tasks"}))
        assert report.status in ("done", "nothing"), report.applied
        tasks = report.plan.section("Task", "create")
        for key, task, _ in tasks.records(0, len(tasks)) if tasks else ():
            assert key not in made
            made[key] = (task["ActivityDate"], task["OwnerId"])
        moved = report.plan.section("Task", "update")
        for _, after, before in moved.records(0, len(moved)) if moved else ():
            assert not {"ActivityDate", "OwnerId", "Lifecycle_Key__c"} & set(after), (night, after, before)
        gone = report.plan.section("Task", "delete")
        for task, _, before in gone.records(0, len(gone)) if gone else ():
            assert task not in taken_back
            taken_back.add(task)
            assert before["ActivityDate"] < DAY + dt.timedelta(days=night), "only what nobody did in time"
    assert made
    assert taken_back

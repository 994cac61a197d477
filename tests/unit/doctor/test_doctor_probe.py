"""What the probe sends and what it makes of the answers; it must never say that all is well where it is not."""

from __future__ import annotations

from doctor_facts import REP, facts, person, setup

from sf_lifecycle.doctor.probe import MUST_FAIL, Ground, Tried, probe_steps, told
from sf_lifecycle.salesforce.composite import HALTED, StepOutcome

GROUND = Ground(owner=person(REP, "rep"), account="001A", contact="003C")


def steps(ground: Ground = GROUND, **job: object) -> list[Tried]:
    return probe_steps(facts(), setup(job=job), ground, "doctor:1")


def halted(*, but: str, code: str = "INVALID_FIELD", message: str = "No such column") -> list[StepOutcome]:
    """The answer to all or nothing: one culprit, the others taken back."""
    return [
        StepOutcome(name=each.step.name, ok=False, code=code, message=message)
        if each.step.name == but
        else StepOutcome(name=each.step.name, ok=False, code=HALTED)
        for each in steps()
    ]


def test_the_last_step_must_fail_and_there_is_room_for_all() -> None:
    names = [each.step.name for each in steps()]
    assert names == ["task", "task_changed", "task_deleted", "campaign", "status", "member", MUST_FAIL]
    assert steps()[-1].step.body == {"Lifecycle_Doctor_Takes_All_Back__c": True}


def test_it_makes_what_the_plays_would_for_somebody_else() -> None:
    task = steps()[0].step.body or {}
    assert (task["OwnerId"], task["WhatId"], task["WhoId"]) == (REP, "001A", "003C")
    assert task["Lifecycle_Key__c"] == "doctor:1"
    assert task["ActivityDate"] == "2026-11-23"


def test_a_job_without_campaigns_tries_none() -> None:
    names = [each.step.name for each in steps(plays=("research-dates",))]
    assert names == ["task", "task_changed", "task_deleted", MUST_FAIL]


def test_without_a_contact_members_are_not_tried_and_that_is_said() -> None:
    tried = steps(Ground(owner=None))
    assert "member" not in [each.step.name for each in tried]
    assert "WhatId" not in (tried[0].step.body or {})
    answers = [StepOutcome(name=e.step.name, ok=False, code=HALTED) for e in tried[:-1]]
    answers.append(StepOutcome(name=MUST_FAIL, ok=False, code="INVALID_FIELD"))
    assert [each.level for each in told(tried, answers)] == ["ok", "warning"]


def test_all_rights_hold_where_only_the_last_step_failed() -> None:
    (found,) = told(steps(), halted(but=MUST_FAIL))
    assert found.level == "ok"
    assert "may make a Task of rep, change a Task of rep, delete a Task of rep, make a campaign" in found.what
    assert "triggers and flows ran" in found.what


def test_a_task_that_may_not_be_changed_names_the_three_set_ups() -> None:
    refused = halted(but="task_changed", code="INSUFFICIENT_ACCESS_OR_READONLY", message="insufficient access rights")
    wrong, rest = told(steps(), refused)
    assert (wrong.level, rest.level) == ("error", "warning")
    assert wrong.what.startswith("could not change a Task of rep: INSUFFICIENT_ACCESS_OR_READONLY: insufficient access")
    assert all(part in wrong.fix for part in ("(a)", "(b)", "(c)"))
    assert "delete a Task of rep, make a campaign" in rest.what


def test_a_refusal_at_the_end_leaves_nothing_untried() -> None:
    assert [each.level for each in told(steps(), halted(but="member"))] == ["error"]


def test_a_step_that_should_have_failed_and_did_not_is_an_error() -> None:
    everything = [StepOutcome(name=each.step.name, ok=True) for each in steps()]
    (found,) = told(steps(), everything)
    assert (found.level, "may still be there" in found.what) == ("error", True)

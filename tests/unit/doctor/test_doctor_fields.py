"""Objects and fields: there, readable, writable, of the right type, long enough, unique, and none demanded in vain."""

from __future__ import annotations

from doctor_facts import (
    facts,
    only,
    problems,
    run,
    schema,
    setup,
    with_field,
    with_object,
    without_field,
    without_object,
)

from sf_lifecycle.config.mapping import Withdraw
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.doctor.checks import consent, fields
from sf_lifecycle.doctor.facts import Setup
from sf_lifecycle.errors import ConfigError, Problem
from sf_lifecycle.mirror import plan_pull


def missing(of: OrgSchema) -> Setup:
    """The setup with what this schema does not show."""
    one = setup()
    try:
        plan_pull(one.mapping, of)
    except ConfigError as error:
        return setup(missing=tuple(error.problems))
    return one


def test_every_field_that_is_not_shown_is_told_with_its_place() -> None:
    hidden = without_field("Account", "NumberOfEmployees")
    (found,) = run(fields.shown, facts(schema=hidden), missing(hidden))
    assert found.level == "error"
    assert "objects.toml: account[0].fields.employees" in found.what
    assert "NumberOfEmployees on Account" in found.what


def test_a_hidden_consent_field_is_an_error_of_its_own_and_told_once() -> None:
    hidden = without_field("Contact", "DoNotCall")
    of, what = facts(schema=hidden), missing(hidden)
    found = only(consent.readable, of, what)
    assert (found.level, "Contact.DoNotCall is hidden" in found.what, "may_call" in found.what) == ("error", True, True)
    assert run(fields.shown, of, what) == []
    assert sum("DoNotCall" in each.what for each in problems(of, what)) == 1


def test_consent_kept_on_a_field_that_a_column_reads_counts_too() -> None:
    hidden = without_field("Contact", "Lifecycle_Call_Consent__c")
    found = only(consent.readable, facts(schema=hidden), missing(hidden))
    assert "Lifecycle_Call_Consent__c is hidden" in found.what  # read by the column `consent`


def test_an_opt_out_that_nobody_looks_at_is_named() -> None:
    roles = dict(setup().mapping.roles)
    roles["contact"] = tuple(
        source.model_copy(update={"fields": {k: ref for k, ref in source.fields.items() if k != "do_not_call"}})
        for source in roles["contact"]
    )
    levels = {each.level: each.what for each in run(consent.readable, facts(), setup(mapping={"roles": roles}))}
    assert "may_call does not look at DoNotCall" in levels["warning"]


def test_what_does_not_compile_is_told_with_its_place() -> None:
    problem = Problem(file="mappings/telecom/lifecycle.toml", place="columns.account.x", message="no", hint="do so")
    found = only(fields.compiles, facts(), setup(wrong=(problem,)))
    assert (found.level, found.fix) == ("error", "do so")
    assert found.what == "mappings/telecom/lifecycle.toml: columns.account.x: no"


def test_records_of_ours_must_be_writable() -> None:
    found = run(fields.records_writable, facts(schema=with_object("Task", createable=False, deletable=False)))
    (wrong,) = [each for each in found if each.level == "error"]
    assert "Task records may not be created or deleted" in wrong.what
    assert "Edit Tasks" in wrong.fix


def test_deleting_is_not_asked_for_where_tasks_are_closed() -> None:
    closing = setup(mapping={"withdraw": Withdraw(tasks="close", status="Withdrawn")})
    found = run(fields.records_writable, facts(schema=with_object("Task", deletable=False)), closing)
    assert [each for each in found if each.level == "error"] == []


def test_fields_of_ours_must_be_settable() -> None:
    for field, changes, words in (
        ("WhatId", {"createable": False}, "Task: WhatId is not settable on new records"),
        ("Subject", {"updateable": False}, "Task: Subject is not changeable"),
    ):
        found = run(fields.records_writable, facts(schema=with_field("Task", field, **changes)))
        assert words in [each.what for each in found if each.level == "error"]
    found = run(fields.records_writable, facts(schema=without_field("Campaign", "StartDate")))
    assert "Campaign: StartDate is not shown" in [each.what for each in found if each.level == "error"]


def test_an_object_that_is_not_shown_is_told() -> None:
    found = run(fields.records_writable, facts(schema=without_object("CampaignMemberStatus")))
    assert any("does not show CampaignMemberStatus" in each.what for each in found)


def test_without_campaigns_nothing_is_asked_of_them() -> None:
    job = setup(job={"plays": ("research-dates",)})
    bare = without_object("Campaign", "CampaignMember", "CampaignMemberStatus")
    assert [each.level for each in run(fields.records_writable, facts(schema=bare), job)] == ["ok"]


def test_outputs_must_be_changeable_and_of_their_type() -> None:
    stuck = with_field("Account", "Lifecycle_Position__c", updateable=False)
    (found,) = run(fields.outputs_writable, facts(schema=stuck))
    assert (found.level, "Lifecycle_Position__c may not be changed" in found.what) == ("error", True)
    dated = setup(types={("account", "Lifecycle_Position__c"): "date"})
    (found,) = run(fields.outputs_writable, facts(), dated)
    assert "is a picklist field, and outputs.account gives it a date" in found.what


def test_key_fields_must_hold_a_key() -> None:
    found = only(fields.our_fields, facts(schema=with_field("Task", "Lifecycle_Key__c", length=40)))
    assert (found.level, "holds 40 characters, and 64 are needed" in found.what) == ("error", True)
    found = only(fields.our_fields, facts(schema=with_field("Task", "Lifecycle_Reason__c", length=80)))
    assert (found.level, "cut there" in found.what) == ("warning", True)
    found = only(
        fields.our_fields, facts(schema=with_field("CampaignMember", "Lifecycle_Decision_Date__c", type="string"))
    )
    assert (found.level, "is a string field, not a date" in found.what) == ("error", True)


def test_a_key_that_is_not_unique_takes_the_promise_back() -> None:
    found = only(fields.unique_keys, facts(schema=with_field("Task", "Lifecycle_Key__c", unique=False)))
    assert found.level == "warning"
    assert "duplicates are possible" in found.what
    assert "at most once is not promised" in found.what
    slow = run(fields.unique_keys, facts(schema=with_field("Campaign", "Lifecycle_Key__c", external_id=False)))
    assert any("no External ID on Campaign" in each.what for each in slow if each.level == "warning")


def test_a_demanded_field_that_a_play_does_not_give_is_told_with_the_play() -> None:
    demanded = with_field(
        "Task", "Region__c", type="picklist", createable=True, nillable=False, defaulted_on_create=False
    )
    found = run(fields.required, facts(schema=demanded))
    assert len(found) == sum(play.task is not None for play in setup().plays.values())
    assert found[0].what.startswith("Task demands Region__c on new records, and play ")
    assert "[task.fields]" in found[0].fix


def test_what_is_given_defaulted_or_true_or_false_is_not_demanded_in_vain() -> None:
    plays = {
        name: play.model_copy(update={"task": play.task.model_copy(update={"fields": {"Region__c": "North"}})})
        for name, play in setup().mapping.plays.items()
        if play.task
    }
    demanded = with_field("Task", "Region__c", createable=True, nillable=False, defaulted_on_create=False)
    assert run(fields.required, facts(schema=demanded), setup(mapping={"plays": plays})) == []
    for harmless in ({"defaulted_on_create": True}, {"type": "boolean"}, {"createable": False}):
        changes = {"createable": True, "nillable": False} | harmless
        assert run(fields.required, facts(schema=with_field("Task", "Region__c", **changes))) == []


def test_the_shipped_schema_demands_nothing_that_we_do_not_give() -> None:
    assert run(fields.required, facts(schema=schema())) == []

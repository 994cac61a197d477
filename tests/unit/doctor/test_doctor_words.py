"""Words that we write or compare, against the org's picklists and statuses."""

from __future__ import annotations

from typing import Any

import pytest
from doctor_facts import CONTRACT_STATUSES, facts, only, run, schema, setup, with_field

from sf_lifecycle.config.mapping import CampaignPart, MemberPart, Withdraw
from sf_lifecycle.doctor.checks import statuses, words
from sf_lifecycle.doctor.facts import Status

STAGE = schema().objects["Account"].fields["Lifecycle_Stage__c"]


def test_a_stage_that_a_restricted_picklist_does_not_know_is_an_error() -> None:
    fewer = tuple(word for word in STAGE.picklist if word != "promoter")
    found = only(words.written_words, facts(schema=with_field("Account", "Lifecycle_Stage__c", picklist=fewer)))
    assert found.level == "error"
    assert "Account.Lifecycle_Stage__c does not know 'promoter': such records are refused" in found.what
    assert found.fix == "write the source with `sf-lifecycle metadata nightly`, then deploy it"


def test_an_unrestricted_picklist_keeps_it_as_inactive() -> None:
    loose = with_field("Account", "Lifecycle_Stage__c", picklist=(), restricted_picklist=False)
    found = only(words.written_words, facts(schema=loose))
    assert (found.level, "kept as inactive" in found.what) == ("warning", True)


def test_case_does_not_count_and_more_words_do_no_harm() -> None:
    loud = (*(word.upper() for word in STAGE.picklist), "Another")
    assert (
        only(words.written_words, facts(schema=with_field("Account", "Lifecycle_Stage__c", picklist=loud))).level
        == "ok"
    )


def test_a_text_field_must_hold_the_longest_word() -> None:
    short = with_field("Account", "Lifecycle_Stage__c", type="string", length=10)
    found = only(words.written_words, facts(schema=short))
    assert (found.level, "longest word has 17" in found.what) == ("error", True)


def test_positions_count_as_well() -> None:
    bare = with_field("Lifecycle_Provider_Contract__c", "Position__c", picklist=("window",), restricted_picklist=True)
    assert "'locked'" in only(words.written_words, facts(schema=bare)).what


def test_priorities_and_constants_of_tasks() -> None:
    found = only(words.task_words, facts(schema=with_field("Task", "Priority", picklist=("High",))))
    assert (found.level, "Task.Priority does not know 'Normal'" in found.what) == ("warning", True)


def test_status_and_type_of_campaigns() -> None:
    both = with_field("Campaign", "Type", picklist=("Lifecycle",))
    assert only(words.campaign_words, facts(schema=both)).level == "ok"
    found = run(words.campaign_words, facts(schema=with_field("Campaign", "Status", picklist=("Geplant",))))
    assert any("Campaign.Status does not know 'Planned'" in each.what for each in found)


def _campaign(**changes: Any) -> dict[str, Any]:
    part = CampaignPart(wave="x", name="n", members="account.mail_contact", **changes)
    play = next(play for play in setup().mapping.plays.values() if play.campaign)
    return {"plays": {"one": play.model_copy(update={"campaign": part})}}


def test_a_member_status_that_is_not_made_would_be_replaced_in_silence() -> None:
    what = setup(mapping=_campaign(member=MemberPart(status="Invited")))
    found = only(words.member_statuses, facts(), what)
    assert (found.level, "'Invited' is none of campaign.statuses" in found.what) == ("error", True)
    assert only(words.member_statuses, facts(), setup(mapping=_campaign())).level == "ok"


@pytest.mark.parametrize(
    ("status", "level", "part"),
    [
        ("Withdrawn", "ok", "closes a Task"),
        ("withdrawn", "ok", "closes a Task"),
        ("Gone", "error", "is no Task status"),
        ("Not Started", "error", "does not close"),
        ("Done", "error", "default closed status"),
    ],
)
def test_the_status_for_taking_back(status: str, level: str, part: str) -> None:
    known = (
        Status(word="Not Started", default=True),
        Status(word="Done", closed=True),
        Status(word="Withdrawn", closed=True),
    )
    closing = setup(mapping={"withdraw": Withdraw(tasks="close", status=status)})
    found = only(statuses.withdraw_status, facts(task_statuses=known), closing)
    assert found.level == level
    assert part in found.what


def test_deleting_needs_no_status() -> None:
    assert run(statuses.withdraw_status, facts()) == []


def test_an_active_status_that_is_not_listed_makes_lost_ones_of_customers() -> None:
    more = (*CONTRACT_STATUSES, Status(word="Discontinued", code="Activated"))
    found = only(statuses.contract_statuses, facts(contract_statuses=more))
    assert (found.level, "'Discontinued' are activated" in found.what) == ("warning", True)
    assert "lifecycle.toml" in found.fix


def test_a_listed_status_that_the_org_does_not_have_is_told() -> None:
    fewer = tuple(each for each in CONTRACT_STATUSES if each.word != "Expired")
    found = only(statuses.contract_statuses, facts(contract_statuses=fewer))
    assert "parameters.running: 'Expired' is no contract status of the org" in found.what


def test_contracts_that_are_no_contracts_have_no_such_statuses() -> None:
    roles = dict(setup().mapping.roles)
    (source,) = roles["own_contract"]
    roles["own_contract"] = (source.model_copy(update={"object": "Deal__c"}),)
    assert run(statuses.contract_statuses, facts(), setup(mapping={"roles": roles})) == []

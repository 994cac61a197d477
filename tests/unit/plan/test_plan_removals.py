"""What is taken back, as changes: whole records to the recycle bin, or a status; one section of each kind."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.causes import TakenBack
from sf_lifecycle.plan.build import expected_calls
from sf_lifecycle.plan.changes import Section, section_from
from sf_lifecycle.plan.desired import Actual
from sf_lifecycle.plan.removals import MEMBER, TASK, removal_sections, together

KEY = keys.full(keys.outreach("call", ("001",)), dt.date(2026, 11, 23))
RECORD = dict.fromkeys((*TASK, *MEMBER)) | {
    "Subject": "Call", "Status": "Not Started", "WhatId": "001", "Lifecycle_Play__c": "call", "OwnerId": "005",
}  # fmt: skip


def mapping(**withdraw: Any) -> Mapping:
    play = {
        "title": "A play", "purpose": "win", "for_each": "account", "when": "true", "rank": "1", "key": ["id"],
        "occasion": "day", "priority": 50, "because": "b", "contact": "decision_maker",
        "task": {"subject": "s", "due": {"after": "day"}, "fields": {"Type": "Call"}},
        "campaign": {"wave": "day", "name": "w", "members": "reader", "opted_out": "Gone"},
    }  # fmt: skip
    roles = {"account": [{"object": "Account", "fields": {"name": "Name"}}]}
    whole = {"name": "m", "roles": roles, "owners": {"fallback": "desk"}, "withdraw": withdraw, "plays": {"call": play}}
    return Mapping.model_validate(whole)


def taken(id_: str, **fields: Any) -> pd.DataFrame:
    head = {
        "Id": id_,
        "account": "001",
        "why": "no longer so",
        "cause": "withdrawn",
        "play": "call",
        "org_key": KEY,
        "campaign_status": "Planned",
    }
    return pd.DataFrame([RECORD | head | fields]).drop(columns="Lifecycle_Key__c").astype(object)


def back(**parts: pd.DataFrame) -> TakenBack:
    empty = taken("").iloc[:0].assign(campaign_key=None)
    return TakenBack(**{"tasks": empty, "members": empty, "opted_out": empty} | parts)


def actual(*labels: str) -> Actual:
    statuses = pd.DataFrame({"CampaignId": ["701"] * len(labels), "Label": list(labels)}, dtype=object)
    nothing = pd.DataFrame()
    return Actual(tasks=nothing, campaigns=nothing, members=nothing, statuses=statuses)


def changes(sections: list[Section]) -> dict[tuple[str, str], list[tuple[str, dict[str, Any], dict[str, Any]]]]:
    return {(s.object, s.operation): list(s.records(0, 9)) for s in sections if len(s)}


def test_a_deleted_task_leaves_all_that_is_needed_to_make_it_again() -> None:
    found = changes(removal_sections(back(tasks=taken("00T")), mapping(), actual()))
    ((ref, after, before),) = found["Task", "delete"]
    assert (ref, after) == ("00T", {})
    assert before == {
        "Subject": "Call", "Status": "Not Started", "WhatId": "001", "OwnerId": "005", "Lifecycle_Key__c": KEY,
        "Lifecycle_Play__c": "call", "Type": "Call",
    }  # fmt: skip


def test_a_closed_task_gets_the_status_named_and_gives_its_key_away() -> None:
    sections = removal_sections(back(tasks=taken("00T")), mapping(tasks="close", status="Cancelled"), actual())
    ((_, after, before),) = changes(sections)["Task", "update"]
    assert after == {"Status": "Cancelled", "Lifecycle_Key__c": keys.set_aside(KEY, "00T")}
    assert before == {"Status": "Not Started", "Lifecycle_Key__c": KEY}
    assert sections[0].rows[["why", "cause"]].to_numpy().tolist() == [["no longer so", "withdrawn"]]


@pytest.mark.parametrize(("there", "made"), [((), 1), (("Planned", "gone"), 0), (("Planned",), 1)])
def test_the_status_for_opt_outs_is_made_where_it_is_missing(there: tuple[str, ...], made: int) -> None:
    member = taken("00v", CampaignId="701", ContactId="003", Status="Planned", campaign_key="call:w")
    found = changes(removal_sections(back(opted_out=member), mapping(), actual(*there)))
    assert found["CampaignMember", "update"] == [("00v", {"Status": "Gone"}, {"Status": "Planned"})]
    labels = [after for _, after, _ in found.get(("CampaignMemberStatus", "create"), [])]
    assert labels == [{"CampaignId": "701", "Label": "Gone"}] * made


def test_changes_of_a_kind_stand_in_one_section() -> None:
    refs = pd.DataFrame({"ref": ["1"], "about": "001", "why": "w"})
    one = section_from("Task", "update", refs, pd.DataFrame({"A": ["x"]}), pd.DataFrame({"A": ["y"]}))
    two = section_from("Task", "update", refs.assign(ref="2"), pd.DataFrame({"B": [None]}), pd.DataFrame({"B": ["y"]}))
    (whole,) = together([one, two])
    assert list(whole.records(0, 9)) == [("1", {"A": "x"}, {"A": "y"}), ("2", {"B": None}, {"B": "y"})]


def test_a_batch_of_deletes_is_read_before_it_goes() -> None:
    many = pd.concat([taken(f"00T{i}") for i in range(201)], ignore_index=True)
    assert expected_calls(removal_sections(back(tasks=many), mapping(), actual())) == 6


def test_a_member_leaves_only_while_its_campaign_is_as_it_was() -> None:
    member = taken("00v", CampaignId="701", ContactId="003", Status="Planned")
    (section,) = (s for s in removal_sections(back(members=member), mapping(), actual()) if len(s))
    assert (section.object, section.operation) == ("CampaignMember", "delete")
    assert section.rows["rests"].tolist() == [{"campaign_status": "Planned"}]

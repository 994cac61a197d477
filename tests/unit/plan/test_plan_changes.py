"""The order of a plan: what goes before what comes, members by campaign, the rest by account."""

import pandas as pd
import pytest

from sf_lifecycle.plan.changes import ORDER, Section, arrange, removal, section_from


def refs(*names: str) -> pd.DataFrame:
    return pd.DataFrame({"ref": list(names), "about": None, "why": ""}, dtype=object)


def test_members_that_go_are_sorted_by_their_campaign() -> None:
    gone = removal("CampaignMember", refs("00v1", "00v2", "00v3"), pd.DataFrame({"CampaignId": ["b", "a", "b"]}))
    (section,) = arrange([gone])
    assert list(section.rows["ref"]) == ["00v2", "00v1", "00v3"]


def test_members_that_change_are_taken_in_any_plan() -> None:
    after, before = pd.DataFrame({"Status": ["Opted Out"]}), pd.DataFrame({"Status": ["Planned"]})
    (section,) = arrange([section_from("CampaignMember", "update", refs("00v1"), after, before)])
    assert list(section.records(0, 1)) == [("00v1", {"Status": "Opted Out"}, {"Status": "Planned"})]


def test_what_goes_makes_room_for_what_comes() -> None:
    new = section_from("Task", "create", refs("k"), pd.DataFrame({"Subject": ["x"]}))
    gone = removal("Task", refs("00T1"), pd.DataFrame({"Subject": ["y"], "Description": [None]}))
    assert [(s.object, s.operation) for s in arrange([new, gone])] == [("Task", "delete"), ("Task", "create")]
    assert list(gone.records(0, 1)) == [("00T1", {}, {"Subject": "y"})]


@pytest.mark.parametrize("kind", ["Campaign", "CampaignMemberStatus"])
def test_campaigns_are_there_before_what_hangs_on_them(kind: str) -> None:
    assert ORDER.index((kind, "create")) < ORDER.index(("CampaignMember", "create"))


def test_empty_sections_are_dropped() -> None:
    assert arrange([Section(object="Task", operation="delete", fields=(), rows=refs())]) == ()

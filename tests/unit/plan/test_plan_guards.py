"""Each guard at its edge: at the limit it passes, one over it refuses with the numbers and the way out."""

import datetime as dt

import pandas as pd
import pytest

from sf_lifecycle.config.job import Guards, Job
from sf_lifecycle.plan.changes import LABEL_COLUMNS, Header, Plan, Section, section_from
from sf_lifecycle.plan.guards import Observed, check


def job(**guards) -> Job:
    open_limits = {
        "create_tasks": {"most": 10**9},
        "clear_values": {"most_share": 1},
        "stage_changes": {"most_share": 1},
    }
    return Job(name="nightly", mapping="telecom", model="tele2", guards=Guards.model_validate(open_limits | guards))


def creates(object_name: str, rows: int) -> Section:
    refs = pd.DataFrame({"ref": [f"k{i}" for i in range(rows)], "about": None, "why": ""})
    return section_from(object_name, "create", refs, pd.DataFrame({"Name": ["x"] * rows}))


def clears(rows: int) -> Section:
    refs = pd.DataFrame({"ref": [f"001{i}" for i in range(rows)], "about": None, "why": ""})
    after = pd.DataFrame({"X__c": pd.Series([None] * rows, dtype=object)})
    return section_from("Account", "update", refs, after, pd.DataFrame({"X__c": ["was"] * rows}))


def plan(*sections: Section, moved: int = 0, calls: int = 0) -> Plan:
    header = Header(
        job="nightly", mapping="telecom", model="tele2", org_id="00D", kind="local", as_of=dt.date(2026, 11, 22),
        rules_digest="", expected_calls=calls,
    )  # fmt: skip
    labels = pd.DataFrame({name: ["x"] * moved for name in LABEL_COLUMNS}, dtype=object)
    return Plan(header=header, sections=sections, labels=labels, sizes={"Account": 100, "stage": 100})


def refused(made: Plan, observed: Observed | None = None, **guards) -> list[str]:
    return [refusal.guard for refusal in check(made, job(**guards), observed or Observed())]


@pytest.mark.parametrize(
    ("object_name", "guard"),
    [("Task", "create_tasks"), ("CampaignMember", "create_members"), ("Campaign", "create_campaigns")],
)
def test_creates_count(object_name: str, guard: str) -> None:
    limits = {guard: {"most": 3}}
    assert refused(plan(creates(object_name, 3)), **limits) == []
    assert refused(plan(creates(object_name, 4)), **limits) == [guard]


def test_a_refusal_has_the_numbers_and_the_way_out() -> None:
    (refusal,) = check(plan(creates("Task", 412)), job(create_tasks={"most": 200}), Observed())
    assert str(refusal) == (
        "412 Tasks to create is over 200; look at the plan, then raise guards.create_tasks in jobs/nightly.toml "
        "or run once with --allow create_tasks"
    )


def test_small_sets_are_not_exempt() -> None:
    assert refused(plan(creates("Task", 1)), create_tasks={"most_share": 0.0}) == ["create_tasks"]


def test_clearing_is_counted_per_value() -> None:
    assert refused(plan(clears(5)), clear_values={"most_share": 0.05}) == []
    assert refused(plan(clears(6)), clear_values={"most_share": 0.05}) == ["clear_values"]


def test_stages_that_jump() -> None:
    assert refused(plan(moved=20), stage_changes={"most_share": 0.2}) == []
    assert refused(plan(moved=21), stage_changes={"most_share": 0.2}) == ["stage_changes"]


def test_a_role_that_shrank() -> None:
    assert refused(plan(), Observed(rows={"Account": 80}, rows_before={"Account": 100})) == []
    assert refused(plan(), Observed(rows={"Account": 79}, rows_before={"Account": 100})) == ["shrunk_roles"]
    assert refused(plan(), Observed(rows={}, rows_before={"Account": 100})) == ["shrunk_roles"]


def test_values_that_vanished() -> None:
    before = {"Contact.DoNotCall": 100}
    assert refused(plan(), Observed(filled={"Contact.DoNotCall": 80}, filled_before=before)) == []
    assert refused(plan(), Observed(filled={"Contact.DoNotCall": 79}, filled_before=before)) == ["vanished_values"]
    assert refused(plan(), Observed(filled={"Contact.DoNotCall": 0}, filled_before=before)) == ["vanished_values"]


def test_one_person_tidying_up_is_no_lost_permission() -> None:
    assert refused(plan(), Observed(filled={"Contact.X__c": 1}, filled_before={"Contact.X__c": 10})) == []


def test_rows_the_user_cannot_see() -> None:
    assert refused(plan(), Observed(visible={"Account": (95, 100)})) == []
    assert refused(plan(), Observed(visible={"Account": (94, 100)})) == ["hidden_rows"]


def test_owners_that_do_not_resolve() -> None:
    assert refused(plan(), Observed(owners=100, unresolved=5)) == []
    assert refused(plan(), Observed(owners=100, unresolved=6)) == ["unresolved_owners"]


def test_the_day_of_calls() -> None:
    assert refused(plan(calls=10), Observed(calls_used=70, calls_limit=100)) == []
    assert refused(plan(calls=11), Observed(calls_used=70, calls_limit=100)) == ["api_calls"]

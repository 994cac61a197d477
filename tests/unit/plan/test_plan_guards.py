"""Each guard at its edge: at the limit it passes, one over it refuses with the numbers and the way out."""

import datetime as dt

import pandas as pd
import pytest

from sf_lifecycle.config.job import Guards, Job
from sf_lifecycle.plan.changes import LABEL_COLUMNS, Header, Plan, Section, removal, section_from
from sf_lifecycle.plan.guards import MEMBERS, OPEN_TASKS, Observed, check, storage_needed


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


def clears(rows: int, was: object = "was") -> Section:
    refs = pd.DataFrame({"ref": [f"001{i}" for i in range(rows)], "about": None, "why": ""})
    after = pd.DataFrame({"X__c": pd.Series([None] * rows, dtype=object)})
    return section_from("Account", "update", refs, after, pd.DataFrame({"X__c": [was] * rows}, dtype=object))


def goes(object_name: str, rows: int) -> Section:
    refs = pd.DataFrame({"ref": [f"00T{i}" for i in range(rows)], "about": None, "why": "", "cause": "withdrawn"})
    return removal(object_name, refs, pd.DataFrame({"Subject": ["x"] * rows}))


def tasks_change(rows: int, cause: str | None) -> Section:
    refs = pd.DataFrame({"ref": [f"00T{i}" for i in range(rows)], "about": None, "why": "", "cause": cause})
    after = pd.DataFrame({"Status": ["Withdrawn"] * rows})
    return section_from("Task", "update", refs, after, pd.DataFrame({"Status": ["Not Started"] * rows}))


def plan(*sections: Section, moved: int = 0, calls: int = 0, kind: str = "local", rules: str = "") -> Plan:
    header = Header(
        job="nightly", mapping="telecom", model="tele2", org_id="00D", kind=kind, as_of=dt.date(2026, 11, 22),
        rules_digest=rules, expected_calls=calls,
    )  # fmt: skip
    labels = pd.DataFrame({name: ["x"] * moved for name in LABEL_COLUMNS}, dtype=object)
    sizes = {"Account": 100, "stage": 100, OPEN_TASKS: 100, MEMBERS: 100}
    return Plan(header=header, sections=sections, labels=labels, sizes=sizes)


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


def test_dates_that_ran_out_are_not_cleared_by_accident() -> None:
    """On 1 January the next decisions of all contracts that could be ended until 31 December are empty."""
    today = plan().header.as_of
    yesterday = today - dt.timedelta(days=1)
    assert refused(plan(clears(60, yesterday)), clear_values={"most_share": 0.05}) == []
    assert refused(plan(clears(60, today)), clear_values={"most_share": 0.05}) == ["clear_values"]


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


@pytest.mark.parametrize(
    ("section", "guard"),
    [
        (lambda rows: goes("Task", rows), "remove_tasks"),
        (lambda rows: goes("CampaignMember", rows), "remove_members"),
        (lambda rows: tasks_change(rows, "lapsed"), "close_tasks"),
        (lambda rows: tasks_change(rows, None), "update_tasks"),
    ],
)
def test_what_is_taken_back_and_changed_counts_against_what_there_is(section, guard: str) -> None:
    limits = {guard: {"most_share": 0.2}}
    assert refused(plan(section(20)), **limits) == []
    assert refused(plan(section(21)), **limits) == [guard]
    assert refused(plan(section(4)), **{guard: {"most": 3}}) == [guard]


def test_records_updated_count_as_a_share_of_those_there_are() -> None:
    assert refused(plan(clears(50)), update_records={"most_share": 0.5}) == []
    assert refused(plan(clears(51)), update_records={"most_share": 0.5}) == ["update_records"]
    assert refused(plan(clears(51)), update_records={"most": 50}) == ["update_records"]


def test_a_first_run_in_a_real_org_asks_for_a_persons_word() -> None:
    wide = plan(creates("Campaign", 1), kind="production")
    assert refused(wide, Observed(whole_runs=0)) == ["first_run"]
    assert refused(wide, Observed(whole_runs=1)) == []
    assert refused(plan(creates("Campaign", 1)), Observed(whole_runs=0)) == []  # a local org is for trying
    assert refused(plan(kind="production"), Observed(whole_runs=0)) == []  # nothing to write, nothing to ask


def test_changed_rules_ask_for_a_persons_word_where_they_change_anything() -> None:
    observed = Observed(rules_before="one")
    assert refused(plan(creates("Campaign", 1), rules="two"), observed) == ["rules_changed"]
    assert refused(plan(creates("Campaign", 1), rules="one"), observed) == []
    assert refused(plan(rules="two"), observed) == []
    assert refused(plan(creates("Campaign", 3), rules="two"), observed, rules_changed={"most": 3}) == []


def test_a_stage_that_loses_its_accounts_is_a_jump_however_large_the_others_are() -> None:
    # All labels move from "x": of 50 firms there 10 may go.
    assert refused(plan(moved=10), Observed(dawn={"x": 50})) == []
    assert refused(plan(moved=11), Observed(dawn={"x": 50})) == ["label_jump"]
    assert refused(plan(moved=9), Observed(dawn={"x": 12})) == []  # too few to be a jump
    assert refused(plan(moved=3), Observed(dawn={"x": 3})) == ["label_jump"]  # unless nobody is left
    assert refused(plan(moved=2), Observed(dawn={"x": 2})) == []


def test_a_distribution_that_jumped_is_told_with_its_words() -> None:
    before, after = {"position": {"window": 100, "free": 100}}, {"position": {"window": 59, "free": 141}}
    (first, second) = check(plan(), job(), Observed(words=after, words_before=before))
    assert {first.guard, second.guard} == {"label_jump"}
    assert "41 rows' difference in position = free since the last run (100 then, 141 now) is 20.5% of 200" in str(first)
    near = {"position": {"window": 60, "free": 140}}
    assert refused(plan(), Observed(words=near, words_before=before)) == []
    assert refused(plan(), Observed(words={}, words_before=before)) == []  # a label that is no more is no jump


def test_an_old_mirror_is_refused() -> None:
    assert refused(plan(), Observed(mirror_hours=24)) == []
    assert refused(plan(), Observed(mirror_hours=24.1)) == ["old_mirror"]


def test_storage_counts_what_is_to_be_created() -> None:
    made = plan(creates("Task", 1025))
    assert storage_needed(made) == 3  # MB, rounded up
    assert refused(made, Observed(storage_mb=(100, 13))) == []
    assert refused(made, Observed(storage_mb=(100, 12))) == ["storage"]
    assert refused(made, Observed(storage_mb=None)) == []

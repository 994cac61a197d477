"""A plan that waited, held against the plan of the same day made anew: what goes, what is so already, what moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from sf_lifecycle.config.job import Guards, Job, Limit
from sf_lifecycle.plan.changes import LABEL_COLUMNS, Header, Plan, Section, arrange, no_labels, removal, section_from
from sf_lifecycle.plan.document import dump, load, seal
from sf_lifecycle.plan.recheck import Held, Rechecked, Skipped, recheck, refused, unsettled

DAY = dt.date(2026, 11, 23)
HEADER = Header(
    job="nightly", mapping="telecom", model="tele2", org_id="00D000000000001EAA", kind="local", as_of=DAY,
    rules_digest="r",
)  # fmt: skip
KEY, MOVED = "switch-window:abc:111", "switch-window:abc:222"
Values = Mapping[str, Any]


def refs(names: list[str], rests: Values | None = None, cause: str | None = None) -> pd.DataFrame:
    rows = [(name, None, "because", rests, cause) for name in names]
    return pd.DataFrame(rows, columns=["ref", "about", "why", "rests", "cause"], dtype=object)


def create(ref: str = KEY, rests: Values | None = None, object_name: str = "Task", **fields: Any) -> Section:
    values = {"Subject": "Call", "OwnerId": "005A", "ActivityDate": DAY, **fields}
    return section_from(object_name, "create", refs([ref], rests), pd.DataFrame([values], dtype=object))


def update(rows: Mapping[str, tuple[Values, Values]], object_name: str = "Account") -> Section:
    """Record Id → (before, after)."""
    before, after = (pd.DataFrame([pair[i] for pair in rows.values()], dtype=object) for i in (0, 1))
    return section_from(object_name, "update", refs(list(rows)), after, before)


def delete(ref: str = "00T1", **before: Any) -> Section:
    return removal("Task", refs([ref], cause="withdrawn"), pd.DataFrame([before or {"Subject": "Call"}], dtype=object))


def plan(*sections: Section, labels: pd.DataFrame | None = None) -> Plan:
    return seal(Plan(header=HEADER, sections=arrange(list(sections)), labels=no_labels() if labels is None else labels))


def saved(*sections: Section, labels: pd.DataFrame | None = None) -> Plan:
    """As it comes from disk: numbers for decimals, and rows in the document's order."""
    return load(iter(dump(plan(*sections, labels=labels))), name="plan")


def words(*rows: tuple[str, str]) -> pd.DataFrame:
    values = [("account", "stage", i, word, None, DAY, word, "because") for i, word in rows]
    return pd.DataFrame(values, columns=list(LABEL_COLUMNS), dtype=object)


def check(old: Plan, new: Plan, held: Held | None = None, told: Mapping[str, str] | None = None) -> Rechecked:
    return recheck(old, new, held or {}, told or {})


def reason(checked: Rechecked) -> str:
    (skipped,) = checked.skipped
    assert checked.plan.is_empty
    assert checked.already == 0
    return skipped.reason


# ---------------------------------------------------------------- what goes


def test_the_same_plan_goes_whole_and_is_the_very_plan() -> None:
    money = update({"001A": ({"Value__c": None}, {"Value__c": Decimal("12.50")})})
    old = saved(create(rests={"may_call": "yes", "decision": DAY}), money, delete())
    new = plan(create(rests={"may_call": "yes", "decision": DAY}), money, delete())
    checked = check(old, new)
    assert checked.plan is old
    assert unsettled(old, new) == {}


def test_the_day_a_task_is_due_may_move_and_the_approved_one_stands() -> None:
    old = saved(create())
    checked = check(old, plan(create(ActivityDate=DAY + dt.timedelta(days=3))))
    assert checked.plan is old


def test_what_only_the_fresh_plan_wants_is_left_to_the_next_run() -> None:
    old = saved(update({"001A": ({"A": 1}, {"A": 2})}))
    new = plan(update({"001A": ({"A": 1, "B": None}, {"A": 2, "B": 3}), "001B": ({"A": 1}, {"A": 2})}), create())
    assert check(old, new).plan is old


def test_a_campaign_made_since_is_the_one_the_plan_named_by_its_key() -> None:
    old = saved(create("switch-window:abc:1", object_name="CampaignMember", CampaignId="@switch-window:w"))
    new = plan(create("switch-window:abc:1", object_name="CampaignMember", CampaignId="701A"))
    assert check(old, new, {("Campaign", "switch-window:w"): {"Id": "701A"}}).plan.sections[0].rows["ref"].tolist()
    assert reason(check(old, new)) == "it belongs to another campaign now"


# ---------------------------------------------------------------- what is so already


def test_a_key_that_lives_is_the_record() -> None:
    old = saved(create())
    checked = check(old, plan(), {("Task", KEY): {"Id": "00T1"}})
    assert (checked.already, checked.skipped, checked.plan.is_empty) == (1, (), True)


def test_an_update_that_the_org_holds_already() -> None:
    old = saved(update({"001A": ({"A": 1, "D": None}, {"A": 2, "D": DAY})}))
    assert unsettled(old, plan()) == {"Account": ["001A"]}
    assert check(old, plan(), {("Account", "001A"): {"A": Decimal(2), "D": DAY}}).already == 1
    assert reason(check(old, plan(), {("Account", "001A"): {"A": 2, "D": None}})).startswith("changed in the org")


def test_one_field_is_so_already_and_the_other_still_goes() -> None:
    old = saved(update({"001A": ({"A": 1, "B": 1}, {"A": 2, "B": 2})}))
    new = plan(update({"001A": ({"B": 1}, {"B": 2})}))
    assert unsettled(old, new) == {"Account": ["001A"]}
    checked = check(old, new, {("Account", "001A"): {"A": 2, "B": 1}})
    assert (checked.already, checked.skipped) == (0, ())
    assert len(checked.plan.sections[0]) == 1


def test_a_record_that_is_gone_needs_no_deleting() -> None:
    assert check(saved(delete()), plan()).already == 1
    assert (
        reason(check(saved(delete()), plan(), {("Task", "00T1"): {"Subject": "Call"}})) == "no longer to be taken back"
    )


# ---------------------------------------------------------------- what moved, in words


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("OwnerId", "the owner changed"),
        ("WhoId", "another person is to be approached"),
        ("Subject", "what it says changed"),
        ("Type", "Type is to get another value now"),
    ],
)
def test_a_change_that_is_another_one_now(field: str, said: str) -> None:
    old, new = ({"WhoId": "003A", "Type": "Call", field: value} for value in ("before", "after"))
    changed, fresh = (create(KEY, None, "Task", **values) for values in (old, new))
    assert reason(check(saved(changed), plan(fresh))) == said


def test_facts_it_rests_on() -> None:
    old = saved(create(rests={"may_call": "yes", "decision": DAY, "same": 1}))
    new = plan(create(rests={"may_call": "no", "decision": None, "same": 1}))
    assert reason(check(old, new)) == f"decision was {DAY}, is unknown now; may_call was yes, is no now"


def test_another_occasion() -> None:
    said = "its date moved: it is planned for another occasion now"
    assert reason(check(saved(create()), plan(create(MOVED)))) == said
    moved = update({"00T1": ({"Lifecycle_Key__c": KEY}, {"Lifecycle_Key__c": MOVED})}, "Task")
    assert reason(check(saved(create()), plan(moved))) == said
    # Campaigns of one play share no occasion, and neither do other outreaches.
    assert reason(
        check(saved(create("play:w1", object_name="Campaign")), plan(create("play:w2", object_name="Campaign")))
    )
    assert reason(check(saved(create()), plan(create("switch-window:xyz:111")))) == "no longer wanted"


def test_what_the_decision_says_of_it() -> None:
    told = {KEY: "no contact who may be approached"}
    assert reason(check(saved(create()), plan(), told=told)) == "no longer wanted: no contact who may be approached"


def test_a_value_that_somebody_changed_meanwhile() -> None:
    old = saved(update({"001A": ({"A": 1}, {"A": 2})}))
    new = plan(update({"001A": ({"A": 7}, {"A": 2})}))
    assert reason(check(old, new)) == "changed in the org since the plan was made: A"
    assert reason(check(old, plan())) == "the record is gone"


# ---------------------------------------------------------------- the rest of the plan


def test_words_of_what_is_skipped_are_not_remembered() -> None:
    labels = words(("001A", "prospect"), ("001B", "customer"), ("001C", "customer"), ("001D", "lead"))
    old = saved(update({i: ({"A": 1}, {"A": 2}) for i in ("001A", "001B", "001C")}), labels=labels)
    new = plan(
        update({"001A": ({"A": 1}, {"A": 2}), "001B": ({"A": 1}, {"A": 3}), "001C": ({"A": 1}, {"A": 2})}),
        labels=words(("001A", "prospect"), ("001B", "customer"), ("001C", "prospect")),
    )
    checked = check(old, new)
    assert checked.plan.labels["id"].tolist() == ["001A"]
    assert checked.plan.digest == old.digest
    assert checked.plan.sections[0].rows["ref"].tolist() == ["001A", "001C"]
    assert checked.skipped == (
        Skipped(object="Account", operation="update", ref="001B", reason="A is to get another value now"),
    )


def test_so_many_rows_that_the_rest_is_another_plan() -> None:
    job = Job(name="nightly", mapping="telecom", model="tele2", guards=Guards(moved_ground=Limit(most_share=0.1)))
    rows = {f"001{i:02}": ({"A": 1}, {"A": 2}) for i in range(20)}
    old = saved(update(rows))

    def moved(number: int) -> Plan:
        return plan(
            update({i: (before, {"A": 9 if n < number else 2}) for n, (i, (before, _)) in enumerate(rows.items())})
        )

    assert refused(old, check(old, moved(2)), job) is None
    refusal = refused(old, check(old, moved(3)), job)
    assert refusal is not None
    assert refusal.guard == "moved_ground"
    assert "3 of the plan's 20 changes" in refusal.message
    assert "15.0%, over 10%" in refusal.message
    assert "--allow moved_ground" in refusal.way_out
    strict = job.model_copy(update={"guards": Guards(moved_ground=Limit(most=0))})
    assert refused(old, check(old, moved(1)), strict) is not None
    assert refused(old, check(old, moved(0)), strict) is None

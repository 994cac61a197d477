"""A plan saved and read back is the same plan, byte for byte; an edited one is refused."""

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from sf_lifecycle.errors import UsageError
from sf_lifecycle.plan.changes import Header, Plan, Section, arrange, no_labels, section_from
from sf_lifecycle.plan.document import dump, load, seal

HEADER = Header(
    job="nightly", mapping="telecom", model="tele2", org_id="00D000000000001EAA", kind="local",
    as_of=dt.date(2026, 11, 22), rules_digest="abc", expected_calls=3,
)  # fmt: skip
CELL = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=20), st.dates(),
    st.decimals(-10**9, 10**9, places=2),
)  # fmt: skip


def plan(*sections: Section) -> Plan:
    return seal(Plan(header=HEADER, sections=arrange(list(sections)), labels=no_labels(), counts={"p": {"planned": 1}}))


def updates(rows: list[tuple[object, object]]) -> Section:
    refs = pd.DataFrame({"ref": [f"001{i:015}" for i in range(len(rows))], "about": None, "why": "because"})
    after = pd.DataFrame({"A__c": pd.Series([a for a, _ in rows], dtype=object)})
    before = pd.DataFrame({"A__c": pd.Series([b for _, b in rows], dtype=object)})
    return section_from("Account", "update", refs, after, before)


def test_set_clear_and_leave_alone() -> None:
    section = updates([("new", "old"), (None, "old"), ("same", "same"), (None, None)])
    assert [after for _, after, _ in section.records(0, 10)] == [{"A__c": "new"}, {"A__c": None}]


def test_members_are_sorted_by_campaign() -> None:
    refs = pd.DataFrame({"ref": ["k1", "k2", "k3"], "about": ["001c", "001b", "001a"], "why": ""})
    fields = pd.DataFrame({"CampaignId": ["701b", "701a", "701b"]})
    (section,) = arrange([section_from("CampaignMember", "create", refs, fields)])
    assert section.rows["ref"].tolist() == ["k2", "k3", "k1"]


@given(st.lists(st.tuples(CELL, CELL), max_size=6))
def test_round_trip(rows: list[tuple[object, object]]) -> None:
    made = plan(updates(rows))
    lines = list(dump(made))
    again = load(iter(lines), name="plan")
    assert list(dump(again)) == lines
    assert again.digest == made.digest


def test_dates_come_back_as_dates_and_money_as_numbers() -> None:
    made = plan(updates([(dt.date(2026, 12, 31), None), (Decimal("12.50"), None), ("2026-12-31", None)]))
    again = load(iter(dump(made)), name="plan")
    assert [after["A__c"] for _, after, _ in again.sections[0].records(0, 9)] == [
        dt.date(2026, 12, 31),
        12.5,
        "2026-12-31",
    ]


@pytest.mark.parametrize(
    "spoil",
    [lambda ls: ls[:-1], lambda ls: [ls[0], *ls[2:]], lambda ls: [ls[0].replace(b"nightly", b"weekly"), *ls[1:]]],
)
def test_an_edited_or_cut_plan_is_refused(spoil) -> None:
    lines = list(dump(plan(updates([("a", "b"), ("c", "d")]))))
    with pytest.raises(UsageError, match=r"changed or cut short"):
        load(iter(spoil(lines)), name="plan.jsonl")


@pytest.mark.parametrize("text", [b"", b"{}\n", b"not json", b'{"format": 99}\n'])
def test_what_is_no_plan_is_refused(text: bytes) -> None:
    with pytest.raises(UsageError, match=r"no plan"):
        load(iter(text.splitlines(keepends=True)), name="plan.jsonl")

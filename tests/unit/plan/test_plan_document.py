"""A plan saved and read back is the same plan, byte for byte; an edited one is refused."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from sf_lifecycle.errors import UsageError
from sf_lifecycle.plan.changes import (
    LABEL_COLUMNS,
    Header,
    Plan,
    Section,
    arrange,
    no_labels,
    removal,
    section_from,
)
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


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{}\n", b"not json", b'{"format": 99}\n', b"[]\n", b"7\n", b"null\n", b'"plan"\n'),
        *(b'{"format": 2}\n', b'{"format": 2, "plan": []}\n', b'{"format": 2, "plan": {}}\n', b"\xff\n"),
        b"[" * 900 + b"]" * 900,
    ],
)
def test_what_is_no_plan_is_refused(text: bytes) -> None:
    with pytest.raises(UsageError, match=r"no plan"):
        load(iter(text.splitlines(keepends=True)), name="plan.jsonl")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("format", "plan", "do", "object", "ref", "about", "why", "set", "was", "rests", "cause", "label", "digest")
ROW = st.dictionaries(st.sampled_from(NAMES), JSON | st.sampled_from(["create", "update", "delete", "Task"]))
LINE = st.binary(max_size=20) | st.one_of(JSON, ROW).map(lambda value: json.dumps(value).encode())


def is_a_plan_or_none(lines: list[bytes], true: Plan) -> None:
    """Nothing but the one error comes of a file that is no plan; what passes is the very plan."""
    try:
        again = load(iter(lines), name="plan.jsonl")
    except UsageError:
        return
    assert list(dump(again)) == list(dump(true))


def true_plan() -> Plan:
    labels = pd.DataFrame([dict.fromkeys(LABEL_COLUMNS, "x") | {"since": HEADER.as_of}], dtype=object)
    gone = removal("Task", pd.DataFrame({"ref": ["00T1"], "why": ["done"]}), pd.DataFrame({"Subject": ["Call"]}))
    sections = arrange([updates([("a", "b"), (dt.date(2026, 1, 2), None)]), gone])
    return seal(Plan(header=HEADER, sections=sections, labels=labels, counts={"p": {"planned": 1}}, sizes={"A": 1}))


@given(st.lists(LINE, max_size=4), st.booleans())
def test_a_file_of_anything_is_a_plan_or_none(lines: list[bytes], headed: bool) -> None:
    true = true_plan()
    is_a_plan_or_none([*list(dump(true))[:headed], *lines], true)


@given(st.data())
def test_a_plan_with_anything_changed_is_the_plan_or_none(data: st.DataObject) -> None:
    true = true_plan()
    lines = list(dump(true))
    number = data.draw(st.integers(0, len(lines) - 1))
    value = json.loads(lines[number])
    part = value
    while True:  # somewhere in the line, however deep
        keys = sorted(part)
        name = data.draw(st.sampled_from([*keys, "another"]))
        if isinstance(part.get(name), dict) and part[name] and data.draw(st.booleans()):
            part = part[name]
            continue
        if name in part and data.draw(st.booleans()):
            del part[name]
        else:
            part[name] = data.draw(JSON)
        break
    lines[number] = json.dumps(value).encode() + b"\n"
    is_a_plan_or_none(lines, true)


@given(st.data())
def test_a_plan_with_any_bytes_changed_is_the_plan_or_none(data: st.DataObject) -> None:
    true = true_plan()
    lines = list(dump(true))
    number = data.draw(st.integers(0, len(lines) - 1))
    line = lines[number]
    start = data.draw(st.integers(0, len(line)))
    stop = data.draw(st.integers(start, min(len(line), start + 5)))
    lines[number] = line[:start] + data.draw(st.binary(max_size=4)) + line[stop:]
    is_a_plan_or_none(lines, true)


@pytest.mark.parametrize(("name", "value"), [("job", 5), ("expected_calls", "3"), ("org_id", None), ("undoes", [])])
def test_a_head_of_other_types_is_no_plan_even_with_its_digest(name: str, value: object) -> None:
    lines = list(dump(seal(replace(true_plan(), header=replace(HEADER, **{name: value})))))
    with pytest.raises(UsageError, match=f"no plan of this version .{name} is no"):
        load(iter(lines), name="plan.jsonl")

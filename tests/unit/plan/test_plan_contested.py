"""What the org's automation writes over twice is not written a third time; everything else is."""

import datetime as dt
from typing import Any

import pandas as pd

from sf_lifecycle.plan.changes import Section, section_from
from sf_lifecycle.plan.contested import without_contested


def updates(
    *rows: tuple[str, dict[str, Any], dict[str, Any]], cause: str | None = None, name: str = "Account"
) -> Section:
    refs = pd.DataFrame({"ref": [ref for ref, _, _ in rows], "about": None, "why": "w", "cause": cause})
    after, before = (pd.DataFrame([row[i] for row in rows]).astype(object) for i in (1, 2))
    return section_from(name, "update", refs, after, before)


def left(section: Section, written: dict[str, dict[str, tuple[Any, int]]]) -> tuple[dict[str, Any], tuple[str, ...]]:
    rewritten = {(section.object, ref): fields for ref, fields in written.items()}
    (kept,), notes = without_contested([section], rewritten)
    return {ref: after for ref, after, _ in kept.records(0, len(kept))}, notes


TWO = updates(
    ("001a", {"Stage__c": "new", "Day__c": dt.date(2026, 1, 2)}, {"Stage__c": "old", "Day__c": None}),
    ("001b", {"Stage__c": "new", "Day__c": None}, {"Stage__c": "old", "Day__c": None}),
)


def test_a_value_written_twice_is_left_out_and_told() -> None:
    rows, notes = left(TWO, {"001a": {"Stage__c": ("new", 2)}})
    assert rows == {"001a": {"Day__c": dt.date(2026, 1, 2)}, "001b": {"Stage__c": "new"}}
    said = "the org's own automation keeps overwriting what we write, and it is left so: "
    assert notes == (said + "Account.Stage__c on 1 record (001a)",)


def test_a_row_with_nothing_left_is_gone() -> None:
    rows, notes = left(
        TWO, {"001a": {"Stage__c": ("new", 3), "Day__c": ("2026-01-02", 2)}, "001b": {"Stage__c": ("new", 2)}}
    )
    assert rows == {}
    assert [note.rpartition(": ")[2] for note in notes] == [
        "Account.Day__c on 1 record (001a)",
        "Account.Stage__c on 2 records (001a, 001b)",
    ]


def test_once_or_another_value_or_another_record_is_written() -> None:
    for written in (
        {"001a": {"Stage__c": ("new", 1)}},
        {"001a": {"Stage__c": ("other", 5)}},
        {"001x": {"Stage__c": ("new", 5)}},
    ):
        rows, notes = left(TWO, written)
        assert len(rows) == 2
        assert rows["001a"]["Stage__c"] == "new"
        assert notes == ()


def test_what_is_taken_back_is_left_whole() -> None:
    closing = updates(
        ("00T", {"Status": "Cancelled", "Key": "aside"}, {"Status": "Open", "Key": "k"}), cause="withdrawn", name="Task"
    )
    assert left(closing, {"00T": {"Status": ("Cancelled", 2)}})[0] == {}


def test_what_is_made_is_never_contested() -> None:
    refs = pd.DataFrame({"ref": ["k"], "about": None, "why": "w"})
    made = section_from("Task", "create", refs, pd.DataFrame({"Subject": ["s"]}))
    kept, notes = without_contested([made], {("Task", "k"): {"Subject": ("s", 9)}})
    assert kept == [made]
    assert notes == ()

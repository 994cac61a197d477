"""Label history: what a day began with, what it changed, what a second run on that day puts right."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa

from sf_lifecycle.state import State

ORG = "00D000000000001AAA"
MONDAY = dt.date(2026, 11, 23)
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + dt.timedelta(days=n) for n in (1, 2, 3))
COLUMNS = ["set", "label", "id", "word", "previous", "since", "highest", "why"]


def start(state: State, as_of: dt.date, mapping: str = "telecom") -> str:
    return state.start_run(job="nightly", org_id=ORG, as_of=as_of, mapping=mapping, model="tele2").id


def words(as_of: dt.date, **by_id: tuple[str, str | None]) -> pd.DataFrame:
    """id=(word, previous)"""
    rows = [("account", "stage", i, word, was, as_of, "customer", f"now {word}") for i, (word, was) in by_id.items()]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def record(
    state: State, as_of: dt.date, *, unwritten: tuple[str, ...] = (), mapping: str = "telecom", **by_id: Any
) -> int:
    return state.record_labels(ORG, start(state, as_of, mapping), as_of, words(as_of, **by_id), unwritten)


def dawn(state: State, as_of: dt.date) -> dict[str, tuple[str, dt.date]]:
    rows = state.history(ORG, as_of).to_pylist()
    return {row["id"]: (row["word"], row["since"]) for row in rows}


def test_nothing_is_known_before_the_first_night(state: State) -> None:
    table = state.history(ORG, MONDAY)
    assert table.num_rows == 0
    assert table.schema == pa.schema(
        [
            ("set", pa.string()),
            ("label", pa.string()),
            ("id", pa.string()),
            ("word", pa.string()),
            ("since", pa.date32()),
            ("highest", pa.string()),
            ("previous", pa.string()),
        ]
    )


def test_a_word_counts_from_the_next_day_on(state: State) -> None:
    assert record(state, MONDAY, a=("prospect", None), b=("customer", None)) == 2
    assert dawn(state, MONDAY) == {}
    assert dawn(state, TUESDAY) == {"a": ("prospect", MONDAY), "b": ("customer", MONDAY)}
    record(state, WEDNESDAY, a=("customer", "prospect"))
    assert dawn(state, WEDNESDAY)["a"] == ("prospect", MONDAY)
    assert dawn(state, THURSDAY) == {"a": ("customer", WEDNESDAY), "b": ("customer", MONDAY)}
    assert state.history(ORG, THURSDAY)["previous"].to_pylist() == ["prospect", None]
    assert state.history(ORG, THURSDAY).schema == state.history(ORG, MONDAY).schema


def test_a_second_run_on_one_day_replaces_the_first(state: State) -> None:
    record(state, MONDAY, a=("prospect", None))
    record(state, TUESDAY, a=("customer", "prospect"))
    record(state, TUESDAY, a=("lost", "prospect"))
    assert dawn(state, TUESDAY) == {"a": ("prospect", MONDAY)}
    assert dawn(state, WEDNESDAY) == {"a": ("lost", TUESDAY)}


def test_a_change_taken_back_on_the_same_day_never_was(state: State) -> None:
    record(state, MONDAY, a=("prospect", None), b=("prospect", None))
    record(state, TUESDAY, a=("customer", "prospect"), b=("customer", "prospect"))
    record(state, TUESDAY, b=("customer", "prospect"))
    assert dawn(state, WEDNESDAY) == {"a": ("prospect", MONDAY), "b": ("customer", TUESDAY)}


def test_other_rules_leave_each_others_words_alone(state: State) -> None:
    record(state, MONDAY, a=("prospect", None))
    record(state, MONDAY, mapping="energy", b=("prospect", None))
    assert dawn(state, TUESDAY) == {"a": ("prospect", MONDAY), "b": ("prospect", MONDAY)}


def test_what_did_not_reach_the_org_is_not_remembered(state: State) -> None:
    record(state, MONDAY, a=("prospect", None), b=("prospect", None))
    assert record(state, TUESDAY, unwritten=("a",), a=("customer", "prospect"), b=("customer", "prospect")) == 1
    assert dawn(state, WEDNESDAY) == {"a": ("prospect", MONDAY), "b": ("customer", TUESDAY)}
    record(state, TUESDAY, unwritten=("b",), a=("customer", "prospect"))
    assert dawn(state, WEDNESDAY)["b"] == ("customer", TUESDAY), "an earlier run of the day did write it"


def test_days_may_be_run_out_of_order(state: State) -> None:
    record(state, WEDNESDAY, a=("customer", None))
    record(state, MONDAY, a=("prospect", None))
    assert [dawn(state, day) for day in (TUESDAY, WEDNESDAY, THURSDAY)] == [
        {"a": ("prospect", MONDAY)},
        {"a": ("prospect", MONDAY)},
        {"a": ("customer", WEDNESDAY)},
    ]


def test_history_tells_when_a_word_was_left_and_why(state: State, url: str) -> None:
    record(state, MONDAY, a=("prospect", None))
    record(state, WEDNESDAY, a=("customer", "prospect"))
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        query = 'SELECT word, entered, "left", previous, why FROM label_history ORDER BY entered'
        rows = [tuple(str(value) for value in row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    assert rows == [
        ("prospect", "2026-11-23", "2026-11-25", "None", "now prospect"),
        ("customer", "2026-11-25", "None", "prospect", "now customer"),
    ]


def test_a_night_without_changes_writes_nothing(state: State) -> None:
    record(state, MONDAY, a=("prospect", None))
    assert record(state, TUESDAY) == 0
    assert dawn(state, WEDNESDAY) == {"a": ("prospect", MONDAY)}


def test_orgs_have_their_own_history(state: State) -> None:
    record(state, MONDAY, a=("prospect", None))
    assert state.history("00D000000000002AAA", TUESDAY).num_rows == 0


def test_rows_come_sorted_and_more_than_a_page(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sf_lifecycle.state.labels.READ_ROWS", 3)
    monkeypatch.setattr("sf_lifecycle.state.labels.WRITE_ROWS", 2)
    ids = [f"{n:03d}" for n in (5, 3, 9, 1, 7, 2, 8)]
    frame = pd.concat([words(MONDAY, **{i: ("prospect", None)}) for i in ids])
    state.record_labels(ORG, start(state, MONDAY), MONDAY, frame)
    assert state.history(ORG, TUESDAY)["id"].to_pylist() == sorted(ids)


def everything(url: str) -> list[tuple[str, ...]]:
    """All rows of the table, whatever the day."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        query = (
            'SELECT org_id, "set", label, record_id, entered, "left", word, previous, highest, why FROM label_history'
        )
        rows = sorted(tuple(str(value) for value in row) for row in connection.execute(sa.text(query)))
    engine.dispose()
    return rows


def test_what_a_run_entered_is_taken_back(state: State, url: str) -> None:
    record(state, MONDAY, a=("prospect", None), b=("prospect", None))
    before = everything(url)
    run = start(state, TUESDAY)
    state.record_labels(ORG, run, TUESDAY, words(TUESDAY, a=("customer", "prospect"), c=("lead", None)))
    assert state.withdraw_labels(ORG, run) == 2
    assert everything(url) == before
    assert state.withdraw_labels(ORG, run) == 0
    assert state.withdraw_labels(ORG, "never") == 0


def test_what_a_later_run_entered_stands(state: State) -> None:
    record(state, MONDAY, a=("prospect", None), b=("prospect", None))
    run = start(state, TUESDAY)
    state.record_labels(ORG, run, TUESDAY, words(TUESDAY, a=("customer", "prospect"), b=("customer", "prospect")))
    record(state, WEDNESDAY, a=("lost", "customer"))
    assert state.withdraw_labels(ORG, run) == 1
    assert dawn(state, THURSDAY) == {"a": ("lost", WEDNESDAY), "b": ("prospect", MONDAY)}
    assert dawn(state, WEDNESDAY) == {"a": ("customer", TUESDAY), "b": ("prospect", MONDAY)}


def test_a_word_entered_between_two_days_leaves_no_gap(state: State, url: str) -> None:
    record(state, MONDAY, a=("prospect", None))
    record(state, THURSDAY, a=("lost", "prospect"))
    before = everything(url)
    run = start(state, WEDNESDAY)
    state.record_labels(ORG, run, WEDNESDAY, words(WEDNESDAY, a=("customer", "prospect")))
    state.withdraw_labels(ORG, run)
    assert everything(url) == before


def test_a_later_run_of_the_day_that_found_the_same_entered_nothing(state: State) -> None:
    record(state, MONDAY, a=("prospect", None))
    run = start(state, TUESDAY)
    state.record_labels(ORG, run, TUESDAY, words(TUESDAY, a=("customer", "prospect")))
    record(state, TUESDAY, a=("customer", "prospect"))
    assert state.withdraw_labels(ORG, run) == 1
    assert dawn(state, WEDNESDAY) == {"a": ("prospect", MONDAY)}

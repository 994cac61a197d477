"""What state tells of one record: its words over time, and what was made for it."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from sf_lifecycle.state import Intent, Settlement, State

ORG = "00D000000000001AAA"
MONDAY = dt.date(2026, 11, 23)
FRIDAY = dt.date(2026, 11, 27)
COLUMNS = ["set", "label", "id", "word", "previous", "since", "highest", "why"]


def start(state: State, as_of: dt.date) -> str:
    return state.start_run(job="nightly", org_id=ORG, as_of=as_of, mapping="telecom", model="tele2").id


def enter(state: State, as_of: dt.date, word: str, previous: str | None) -> None:
    row = ("account", "stage", "001A", word, previous, as_of, "customer", f"now {word}")
    state.record_labels(ORG, start(state, as_of), as_of, pd.DataFrame([row], columns=COLUMNS, dtype=object))


def test_stays_are_told_in_order_with_their_ends(state: State) -> None:
    enter(state, MONDAY, "prospect", None)
    enter(state, FRIDAY, "customer", "prospect")
    first, second = state.stays(ORG, "account", "stage", "001A")
    assert (first.word, first.entered, first.left, first.previous) == ("prospect", MONDAY, FRIDAY, None)
    assert (second.word, second.entered, second.left, second.why) == ("customer", FRIDAY, None, "now customer")
    assert state.stays(ORG, "account", "stage", "001B") == []
    assert state.stays("00D000000000002AAA", "account", "stage", "001A") == []


def write(state: State, as_of: dt.date, operation: str, ref: str, record_id: str | None, after: dict[str, str]) -> None:
    run = start(state, as_of)
    before = {"Subject": "x"} if operation == "delete" else {}
    rows = [Intent(object="Task", operation=operation, ref=ref, before=before, after=after)]
    seqs = state.intend(run, rows)
    state.settle(run, seqs, [Settlement(status="done" if record_id else "failed", record_id=record_id)])


def test_what_was_made_for_an_account_by_a_day(state: State) -> None:
    write(state, MONDAY, "create", "k1", "00T1", {"WhatId": "001A", "Subject": "Call"})
    write(state, MONDAY, "create", "k2", "00T2", {"WhatId": "001B"})
    write(state, MONDAY, "create", "k3", None, {"WhatId": "001A"})
    write(state, FRIDAY, "create", "k4", "00T4", {"WhoId": "003A"})
    write(state, FRIDAY, "delete", "00T1", "00T1", {})
    (made,) = state.made_about(ORG, ["001A", "003A"], MONDAY)
    assert (made.object, made.id, made.day, made.job, made.taken_back) == ("Task", "00T1", MONDAY, "nightly", None)
    assert made.values["Subject"] == "Call"
    later = state.made_about(ORG, ["001A", "003A"], FRIDAY)
    assert [(each.id, each.taken_back) for each in later] == [("00T1", FRIDAY), ("00T4", None)]
    assert state.made_about(ORG, [], FRIDAY) == []
    assert state.made_about("00D000000000002AAA", ["001A"], FRIDAY) == []

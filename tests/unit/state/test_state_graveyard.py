"""Tombstones, merges and batch sizes: what the org taught us."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from sf_lifecycle.state import State, Tombstone

ORG, OTHER = "00D000000000001AAA", "00D000000000002AAA"
MONDAY = dt.date(2026, 11, 23)
TUESDAY = MONDAY + dt.timedelta(days=1)


def stone(key: str, cause: str = "done", on: dt.date = MONDAY, **known: str) -> Tombstone:
    return Tombstone(key=key, object="Task", cause=cause, on=on, **known)


def test_a_buried_key_is_known(state: State) -> None:
    run = state.start_run(job="nightly", org_id=ORG, as_of=MONDAY, mapping="telecom", model="tele2").id
    state.bury(ORG, run, [stone("b", record_id="00T1", account="001A"), stone("a", "lapsed")])
    state.bury(OTHER, None, [stone("c")])
    frame = state.tombstones(ORG)
    assert frame.to_dict("records") == [
        {"key": "a", "object": "Task", "cause": "lapsed", "on": MONDAY, "record_id": None, "account": None},
        {"key": "b", "object": "Task", "cause": "done", "on": MONDAY, "record_id": "00T1", "account": "001A"},
    ]
    assert set(map(str, frame.dtypes)) == {"object"}


def test_no_tombstones_is_a_frame_as_well(state: State) -> None:
    frame = state.tombstones(ORG)
    assert (len(frame), list(frame.columns)) == (0, ["key", "object", "cause", "on", "record_id", "account"])
    state.bury(ORG, None, [])


def test_the_first_cause_stays_with_the_later_day(state: State) -> None:
    state.bury(ORG, None, [stone("a", "done", TUESDAY)])
    state.bury(ORG, None, [stone("a", "withdrawn", MONDAY, record_id="00T1")])
    state.bury(ORG, None, [stone("a", "deleted", TUESDAY, record_id="00T2", account="001A"), stone("a", "undone")])
    (row,) = state.tombstones(ORG).to_dict("records")
    assert (row["cause"], row["on"], row["record_id"], row["account"]) == ("done", TUESDAY, "00T1", "001A")


def test_a_key_made_again_is_unburied(state: State) -> None:
    state.bury(ORG, None, [stone("a"), stone("b")])
    state.bury(OTHER, None, [stone("a")])
    assert state.unbury(ORG, "Task", ["a", "never"]) == 1
    assert state.unbury(ORG, "Task", []) == 0
    assert list(state.tombstones(ORG)["key"]) == ["b"]
    assert list(state.tombstones(OTHER)["key"]) == ["a"]


def test_a_task_and_a_membership_of_one_outreach_are_buried_apart(state: State) -> None:
    member = Tombstone(key="a", object="CampaignMember", cause="undone", on=MONDAY)
    state.bury(ORG, None, [stone("a"), member])
    assert state.unbury(ORG, "Task", ["a"]) == 1
    assert list(state.tombstones(ORG)["object"]) == ["CampaignMember"]


def test_a_stone_of_a_deleted_record_that_lives_again_is_removed(state: State) -> None:
    undeleted = stone("a", "deleted", record_id="00T1")
    state.bury(ORG, None, [undeleted, stone("b", "deleted", record_id="00T2"), stone("c", "deleted")])
    state.bury(ORG, None, [stone("d", "done", record_id="00T4"), stone("e", "withdrawn", record_id="00T5")])
    state.bury(ORG, None, [Tombstone(key="a", object="CampaignMember", cause="deleted", on=MONDAY, record_id="00T1")])
    state.bury(OTHER, None, [undeleted])
    assert state.raise_dead(ORG, "Task", []) == 0
    assert state.raise_dead(ORG, "Task", {"00T1", "00T4", "00T5", "00T9"}) == 1
    assert state.raise_dead(ORG, "Task", ["00T1"]) == 0
    left = state.tombstones(ORG)[["object", "key"]].to_records(index=False).tolist()
    assert left == [("CampaignMember", "a"), ("Task", "b"), ("Task", "c"), ("Task", "d"), ("Task", "e")]
    assert list(state.tombstones(OTHER)["key"]) == ["a"]
    state.bury(ORG, None, [stone("a", "done", TUESDAY, record_id="00T1")])
    assert state.tombstones(ORG).set_index(["object", "key"]).loc[("Task", "a"), "cause"] == "done"


def test_many_living_records_are_looked_up_at_once(state: State) -> None:
    stones = [stone(f"k:{n}", "deleted" if n % 10 == 0 else "done", record_id=f"00T{n:06}") for n in range(30_000)]
    state.bury(ORG, None, stones)
    began = time.monotonic()
    assert state.raise_dead(ORG, "Task", {f"00T{n:06}" for n in range(15_000, 400_000)}) == 1_500
    assert time.monotonic() - began < 5
    assert len(state.tombstones(ORG)) == 28_500


@pytest.mark.slow
def test_a_million_keys_are_buried_and_read_in_seconds(state: State) -> None:
    stones = [stone(f"switch-window:{n:016x}", record_id=f"00T{n:015d}") for n in range(1_000_000)]
    began = time.monotonic()
    state.bury(ORG, None, stones)
    assert len(state.tombstones(ORG)) == 1_000_000
    assert state.unbury(ORG, "Task", [each.key for each in stones[:100_000]]) == 100_000
    assert time.monotonic() - began < 120


def test_merges_are_followed_to_the_record_that_stands(state: State) -> None:
    state.remember_merges(ORG, {"001A": "001B", "001X": "001Y"})
    state.remember_merges(ORG, {"001B": "001C"})
    state.remember_merges(OTHER, {"001C": "001D"})
    assert state.merges(ORG) == {"001A": "001C", "001B": "001C", "001X": "001Y"}
    state.remember_merges(ORG, {"001X": "001Z"})
    assert state.merges(ORG)["001X"] == "001Z"


def test_records_that_swallowed_each_other_end_somewhere(state: State) -> None:
    state.remember_merges(ORG, {"001A": "001B", "001B": "001A", "001C": "001A"})
    assert state.merges(ORG) == {"001C": "001A"}


def test_a_batch_size_is_remembered_per_object_and_operation(state: State) -> None:
    assert state.batch_size(ORG, "Task", "create") is None
    state.remember_batch_size(ORG, "Task", "create", 100)
    state.remember_batch_size(ORG, "Task", "create", 25)
    assert state.batch_size(ORG, "Task", "create") == 25
    assert state.batch_size(ORG, "Task", "update") is None
    assert state.batch_size(OTHER, "Task", "create") is None

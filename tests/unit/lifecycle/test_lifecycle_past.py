"""What became of a key: done or deleted by people, taken back by us, made again, forgotten by the org, merged away."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.past import Past, look_back, to_bury
from sf_lifecycle.lifecycle.tombstones import STONE_COLUMNS, lost

TODAY = dt.date(2026, 11, 23)
ABOUT = keys.outreach("call", ("001a",))
KEY = keys.full(ABOUT, TODAY)
TASKS = (
    "Id", "Lifecycle_Key__c", "OwnerId", "WhatId", "WhoId", "Status", "IsClosed", "IsDeleted", "ActivityDate",
    "CompletedDateTime", "CreatedDate",
)  # fmt: skip
MEMBERS = ("Id", "Lifecycle_Key__c", "CampaignId", "ContactId", "LeadId", "Status", "IsDeleted", "CreatedDate")


def task(id_: str, **fields: Any) -> dict[str, Any]:
    usual = {"Lifecycle_Key__c": KEY, "WhatId": "001a", "IsClosed": False, "IsDeleted": False, "ActivityDate": TODAY}
    return {"Id": id_, **usual, **fields}


def stone(cause: str, key: str = KEY, **fields: Any) -> dict[str, Any]:
    return {"key": key, "object": "Task", "cause": cause, "on": TODAY, "record_id": None, "account": "001a"} | fields


def frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=list(columns)).astype(object)
    return made.where(made.notna(), None)


def past(*tasks: dict[str, Any], stones: tuple[dict[str, Any], ...] = (), **known: Any) -> Past:
    buried = frame(list(stones), STONE_COLUMNS)
    return look_back(frame(list(tasks), TASKS), frame([], MEMBERS), TODAY, tombstones=buried, **known)


@pytest.mark.parametrize(("what", "cause"), [({"IsClosed": True}, "done"), ({"IsDeleted": True}, "deleted")])
def test_what_people_finish_is_over(what: dict[str, Any], cause: str) -> None:
    assert past(task("1", **what)).over == {KEY: cause}


@pytest.mark.parametrize(
    ("cause", "over"),
    [("lapsed", True), ("withdrawn", False), ("opted out", False), ("merged", False), ("undone", False)],
)
def test_what_we_took_back_is_not_done_and_only_what_lapsed_is_over(cause: str, over: bool) -> None:
    found = past(task("1", IsDeleted=True), stones=(stone(cause, record_id="1"),))
    assert found.done.empty
    assert (KEY in found.over) is over


def test_a_record_deleted_by_a_person_after_it_was_made_again_is_over() -> None:
    earlier, later = (dt.datetime.combine(TODAY, dt.time(hour)) for hour in (4, 5))
    first = task("9", IsDeleted=True, CreatedDate=earlier)
    stones = (stone("withdrawn", record_id="9"),)
    assert past(first, task("1", CreatedDate=later), stones=stones).over == {}
    assert past(first, task("1", CreatedDate=later, IsDeleted=True), stones=stones).over == {KEY: "deleted"}


@pytest.mark.parametrize("cause", ["done", "deleted"])
def test_what_the_org_forgot_state_remembers(cause: str) -> None:
    found = past(stones=(stone(cause),))
    assert found.over == {KEY: cause}
    assert found.done[["key", "outreach", "account", "done_on"]].to_numpy().tolist() == [[KEY, ABOUT, "001a", TODAY]]


def test_what_we_closed_ourselves_is_neither_open_nor_done() -> None:
    aside = keys.set_aside(KEY, "1")
    assert len(aside) <= keys.KEY_LENGTH
    assert keys.outreach_of(aside) == ABOUT
    found = past(task("1", Lifecycle_Key__c=aside, IsClosed=True))
    assert found.open.empty
    assert found.done.empty


def test_a_losers_key_counts_as_the_survivors() -> None:
    survivor = keys.outreach("call", ("001z",))
    found = past(task("1", IsClosed=True), merges={"001a": "001z"}, aliases={ABOUT: survivor})
    assert found.over == {keys.full(survivor, TODAY): "done"}
    assert found.done[["account", "org_key"]].to_numpy().tolist() == [["001z", KEY]]
    gone = past(stones=(stone("done"),), merges={"001a": "001z"}, aliases={ABOUT: survivor})
    assert gone.over == {keys.full(survivor, TODAY): "done"}


def test_one_open_task_stands_for_an_outreach() -> None:
    other = keys.full(ABOUT, dt.date(2026, 1, 1))
    both = past(task("1"), task("2", Lifecycle_Key__c=other))
    for theirs, kept in ((set(), min(KEY, other)), ({"2"}, other), ({"1"}, KEY), ({"1", "2"}, min(KEY, other))):
        found = both.one_each(theirs)
        assert found.open["key"].tolist() == [kept]
        assert len(found.surplus) == 1


def test_what_is_taken_back_tonight_holds_nothing_and_what_lapsed_is_over_at_once() -> None:
    found = past(task("1")).one_each(())
    gone = found.open.assign(cause="lapsed")
    left = found.without(gone, found.members.assign(cause="withdrawn"))
    assert left.open.empty
    assert left.over == {KEY: "lapsed"}


def test_what_people_finished_is_to_be_remembered_once() -> None:
    found = past(task("1", IsClosed=True))
    made = to_bury(found, frame([], STONE_COLUMNS))
    assert made.to_dict("records") == [stone("done", record_id="1")]
    assert to_bury(found, made).empty
    other = frame([stone("withdrawn", object="CampaignMember")], STONE_COLUMNS)
    assert len(to_bury(found, other)) == 1


def test_a_deleted_record_that_lives_again_forbids_nothing() -> None:
    buried = stone("deleted", record_id="1")
    assert past(stones=(buried,)).over == {KEY: "deleted"}
    assert past(task("1"), stones=(buried,)).over == {}
    assert past(task("2"), stones=(buried,)).over == {KEY: "deleted"}
    assert past(task("1", IsDeleted=True), stones=(buried,)).over == {KEY: "deleted"}


@pytest.mark.parametrize("gone", ["001a", "003a"])
def test_what_went_with_its_account_or_person_is_not_deleted_by_a_person(gone: str) -> None:
    went = task("1", WhoId="003a", IsDeleted=True)
    found = past(went, absent={gone})
    assert found.done.empty
    assert found.over == {}
    made = to_bury(found, frame([], STONE_COLUMNS))
    assert made.to_dict("records") == [stone("orphaned", record_id="1")]
    later = past(went, stones=(stone("orphaned", record_id="1"),))  # the account is back, its Task is not
    assert later.over == {}
    assert to_bury(later, made).empty


def test_a_closed_task_of_an_account_that_went_is_done() -> None:
    assert past(task("1", IsClosed=True), absent={"001a"}).over == {KEY: "done"}


def test_what_went_because_its_account_was_merged_was_deleted_by_a_person() -> None:
    assert past(task("1", IsDeleted=True), absent={"001a"}, merges={"001a": "001z"}).over == {KEY: "deleted"}


def test_a_task_of_ours_whose_key_was_taken_off_is_not_made_again() -> None:
    none = frame([], TASKS), frame([], STONE_COLUMNS)
    (found,) = lost({"1": KEY}, *none, TODAY).to_dict("records")
    assert found == stone("deleted", record_id="1", account=None)
    assert past(stones=(found,)).over == {KEY: "deleted"}
    assert past(task("1"), stones=(found,)).over == {}  # the key is back on it


def test_a_key_that_is_known_of_is_not_lost() -> None:
    aside = keys.set_aside(KEY, "1")
    there, buried = frame([task("2")], TASKS), frame([stone("withdrawn")], STONE_COLUMNS)
    no_task, no_stone = frame([], TASKS), frame([], STONE_COLUMNS)
    assert lost({"1": KEY}, there, no_stone, TODAY).empty
    assert lost({"1": KEY}, no_task, buried, TODAY).empty
    assert lost({"1": aside}, no_task, no_stone, TODAY).empty
    moved = frame([task("1", Lifecycle_Key__c=keys.full(ABOUT, dt.date(2026, 1, 1)))], TASKS)
    assert lost({"1": KEY}, moved, no_stone, TODAY).empty

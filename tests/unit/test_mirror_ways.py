from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.config.settings import PullSettings
from sf_lifecycle.mirror.known import Known, columns_of
from sf_lifecycle.mirror.ours import OUR_CAMPAIGNS, OUR_STATUSES
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.mirror.ways import Moment, Way, bulk_calls, choose, expected_calls, notes, rest_calls

NOW = dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)
YESTERDAY = NOW - dt.timedelta(days=1)
SETTINGS = PullSettings(overlap_minutes=10, full_every_days=7)
ID = ("Id", FieldInfo(name="Id", type="id"))
ACCOUNT = ObjectPull(table="Account", object="Account", fields=(ID, ("Name", FieldInfo(name="Name", type="string"))))


def known_of(pull: ObjectPull, **changes: Any) -> Known:
    usual = Known(rows=5, columns=columns_of(pull), full_at=YESTERDAY, watermark=YESTERDAY, ahead=0.0)
    return replace(usual, **changes)


def way(known: Known | None, pull: ObjectPull = ACCOUNT, *, full: bool = False, ahead: float | None = 0.0) -> Way:
    server = None if ahead is None else NOW + dt.timedelta(seconds=ahead)
    memory = {} if known is None else {pull.table: known}
    return choose([pull], memory, Moment(now=NOW, server=server), SETTINGS, full=full)[pull.table]


def test_what_changed_is_asked_from_the_watermark_less_the_overlap() -> None:
    assert way(known_of(ACCOUNT)).since == YESTERDAY - dt.timedelta(minutes=10)


@pytest.mark.parametrize(
    ("changes", "pull", "why"),
    [
        ({"columns": "other"}, ACCOUNT, "mapped fields changed"),
        ({"watermark": None}, ACCOUNT, "does not tell its time"),
        ({"full_at": NOW - dt.timedelta(days=6, hours=12, minutes=1)}, ACCOUNT, "every 7 days"),
        ({"full_at": NOW + dt.timedelta(hours=1)}, ACCOUNT, "every 7 days"),
        ({"watermark": NOW + dt.timedelta(seconds=1)}, ACCOUNT, "clock went back"),
        ({"ahead": 601.0}, ACCOUNT, "clock went back"),
        ({}, replace(ACCOUNT, whole="Age__c is a formula"), "Age__c is a formula"),
        ({}, replace(ACCOUNT, readable=False), "new here"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_read_whole_because(changes: dict[str, Any], pull: ObjectPull, why: str) -> None:
    found = way(known_of(pull, **changes), pull)
    assert found.since is None
    assert why in found.why


def test_the_edges_of_following() -> None:
    assert way(None).since is None
    assert way(known_of(ACCOUNT), full=True).why == "asked for"
    assert way(known_of(ACCOUNT), ahead=None).since is None
    assert way(known_of(ACCOUNT, ahead=600.0)).since is not None
    assert way(known_of(ACCOUNT), ahead=86_400.0).since is not None, "a clock that jumps ahead hides nothing"
    assert way(known_of(ACCOUNT, full_at=NOW - dt.timedelta(days=6, hours=12))).since is not None


def test_seven_nights_that_begin_a_little_early_are_a_week() -> None:
    week = NOW - dt.timedelta(days=7) + dt.timedelta(minutes=3)
    assert way(known_of(ACCOUNT, full_at=week)).since is None


def test_with_our_campaigns_their_statuses_are_read_whole() -> None:
    campaigns = replace(ACCOUNT, table=OUR_CAMPAIGNS.table)
    statuses = replace(ACCOUNT, table=OUR_STATUSES.table)
    memory = {statuses.table: known_of(statuses)}
    ways = choose([campaigns, statuses], memory, Moment(now=NOW, server=NOW), SETTINGS, full=False)
    assert [each.since for each in ways.values()] == [None, None]


def test_people_are_told_what_is_not_followed_and_why_once() -> None:
    told = Way(pull=ACCOUNT, why="Owner.IsActive stands in another record", told=True)
    untold = Way(pull=replace(ACCOUNT, object="Lead"), why="it is new here")
    assert notes([told, told, untold]) == ("Account is read whole: Owner.IsActive stands in another record",)


@pytest.mark.parametrize(("rows", "calls"), [(0, 1), (2000, 1), (2001, 2), (10_000, 5)])
def test_calls_over_rest(rows: int, calls: int) -> None:
    assert rest_calls(rows) == calls


@pytest.mark.parametrize(("rows", "calls"), [(1, 5), (50_000, 5), (50_001, 6), (1_000_000, 24)])
def test_calls_by_bulk(rows: int, calls: int) -> None:
    assert bulk_calls(rows) == calls


def test_calls_are_expected_by_what_is_read_whole() -> None:
    ours = replace(ACCOUNT, table="_our_tasks", object="Task", where="x")
    ways = [
        Way(pull=ACCOUNT),
        Way(pull=replace(ACCOUNT, table="Lead", object="Lead")),
        Way(pull=ours),
        Way(pull=replace(ours, readable=False)),
        Way(pull=replace(ACCOUNT, table="Case"), since=NOW),
    ]
    counts = {"Account": 100_000, "Lead": 3000, "Task": 5000}
    assert expected_calls(ways, counts, queries=26, bulk_from_rows=4000) == 1 + 2 + bulk_calls(100_000) + 2 + 2
    assert expected_calls([], {}, queries=0, bulk_from_rows=1) == 1

"""The mirror after any sequence of changes equals a full pull of that moment."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from mirror_world import CONTRACT, KEY, World, world

from sf_lifecycle.mirror import MirrorReader

Do = Callable[[World, int, int], None]


def _pick(found: list[str], number: int) -> str | None:
    return found[number % len(found)] if found else None


def _account(w: World, a: int, b: int) -> None:
    w.create("Account", Name=f"firm {a}", ParentId=_pick(w.ids("Account"), b) if b % 2 else None)


def _lead(w: World, a: int, b: int) -> None:
    w.create("Lead", LastName=f"lead {a}", Company=f"firm {b}")


def _contact(w: World, a: int, b: int) -> None:
    boss = _pick(w.ids("Contact"), b) if b % 2 else None
    w.create("Contact", LastName=f"person {a}", AccountId=_pick(w.ids("Account"), a), ReportsToId=boss)


def _contract(w: World, a: int, b: int) -> None:
    account = _pick(w.ids("Account"), a)
    if account:
        day = f"20{20 + a % 10}-0{1 + b % 9}-01"
        w.create(CONTRACT, Account__c=account, Provider__c="x", Product_Line__c="Mobile", End_Date__c=day)


def _case(w: World, a: int, b: int) -> None:
    row = {"Subject": f"case {a}", "ContactId": _pick(w.ids("Contact"), b), "Status": "New"}
    w.server.org.store.insert_many("Case", [row])  # the API asks for business hours


def _task(w: World, a: int, b: int) -> None:
    """Ours every other time."""
    ours = {KEY: f"key-{len(w.ids('Task')) + len(w.ids('Task', deleted=True))}-{a}"} if a % 2 else {}
    parties = {"WhoId": _pick(w.ids("Contact"), b), "WhatId": _pick(w.ids("Account"), b)}
    w.create("Task", Subject="call", **parties, **ours)


def _campaign(w: World, a: int, b: int) -> None:
    known = len(w.ids("Campaign")) + len(w.ids("Campaign", deleted=True))
    w.create("Campaign", Name=f"wave {known}", **({KEY: f"wave-{known}"} if a % 2 else {}))


def _member(w: World, a: int, b: int) -> None:
    campaign, contact = _pick(w.ids("Campaign"), a), _pick(w.ids("Contact"), b)
    if campaign and contact and not w.ids("CampaignMember"):
        w.create("CampaignMember", CampaignId=campaign, ContactId=contact, **{KEY: f"m-{w.stamp}"})


def _rename(w: World, a: int, b: int) -> None:
    for name, column in (("Account", "Name"), ("Contact", "LastName"), ("Lead", "Company"), ("Case", "Subject")):
        record = _pick(w.ids(name), a)
        if record:
            w.update(name, record, **{column: f"renamed {b}"})


def _clear(w: World, a: int, b: int) -> None:
    record = _pick(w.ids(CONTRACT), a)
    if record:
        w.update(CONTRACT, record, End_Date__c=None, Monthly_Value__c=None)


def _give_away(w: World, a: int, b: int) -> None:
    owner = w.admin.identity.user_id if b % 2 else w.worker.identity.user_id
    for name in ("Account", "Task", "Lead"):
        record = _pick(w.ids(name), a)
        if record:
            w.update(name, record, OwnerId=owner)


def _move(w: World, a: int, b: int) -> None:
    contact, account = _pick(w.ids("Contact"), a), _pick(w.ids("Account"), b)
    if contact and account:
        w.update("Contact", contact, AccountId=account)


def _key(w: World, a: int, b: int) -> None:
    """Somebody takes our key from a Task, or puts one on."""
    record = _pick(w.ids("Task"), a)
    if record:
        w.update("Task", record, **{KEY: None if b % 2 else f"put-{record}"})
    campaign = _pick(w.ids("Campaign"), a)
    if campaign:
        w.update("Campaign", campaign, **{KEY: None if b % 2 else f"put-{campaign}"})


def _finish(w: World, a: int, b: int) -> None:
    """Closed, and old enough to be archived overnight every other time."""
    record = _pick(w.ids("Task", where='"IsArchived" = 0'), a)
    if record:
        w.update("Task", record, Status="Completed", ActivityDate="2025-01-01" if b % 2 else "2026-11-20")


def _status(w: World, a: int, b: int) -> None:
    campaign = _pick(w.ids("Campaign"), a)
    if campaign:
        labels = {row["Label"] for row in w.rows('SELECT "Label" FROM "CampaignMemberStatus" WHERE "IsDeleted" = 0')}
        w.create("CampaignMemberStatus", CampaignId=campaign, Label=f"Said {len(labels)} {b}", HasResponded=False)


def _delete(w: World, a: int, b: int) -> None:
    names = ("Account", "Contact", "Lead", "Case", "Task", "Campaign", "CampaignMember", CONTRACT)
    record = _pick(w.ids(names[b % len(names)]), a)
    if record:
        w.delete(record)


def _undelete(w: World, a: int, b: int) -> None:
    name = ("Account", "Contact", "Task", "Case")[b % 4]
    merged = '"MasterRecordId" IS NULL' if name in ("Account", "Contact") else "1"
    record = _pick(w.ids(name, deleted=True, where=merged), a)
    if record and record in w.held:
        w.undelete(name, record)


def _merge(w: World, a: int, b: int) -> None:
    name = ("Account", "Contact", "Lead")[b % 3]
    found = w.ids(name)
    if len(found) > 1:
        master, loser = found[a % len(found)], found[(a + 1) % len(found)]
        w.merge(name, master, [loser])


def _wait(w: World, a: int, b: int) -> None:
    w.later(minutes=5 + a % 600)


def _night(w: World, a: int, b: int) -> None:
    w.later(days=1)


ALL: tuple[Do, ...] = (
    _account, _lead, _contact, _contract, _case, _task, _campaign, _member, _rename, _clear, _give_away, _move, _key,
    _finish, _status, _delete, _undelete, _merge, _wait, _night,
)  # fmt: skip
STEPS = st.lists(st.tuples(st.sampled_from(ALL), st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=14)


def _begin(w: World) -> None:
    """Something of everything, seen by a first pull."""
    for number in (1, 2, 3):
        for make in (_account, _contact, _lead, _contract, _case, _task, _campaign):
            make(w, number, number)
    _member(w, 1, 1)
    w.later(minutes=10)
    assert w.pull().full
    w.later(minutes=10)


def _check(w: World) -> None:
    report = w.pull()
    assert not report.full
    kept, truth = w.mirror_and_truth()
    assert kept == truth
    assert {each.table: each.rows for each in report.objects} == {
        name: len(rows) for name, rows in truth.items() if name not in ("_merged", "_rates")
    }


@pytest.mark.slow
@given(nights=st.lists(STEPS, min_size=1, max_size=3))
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
def test_after_any_changes_the_mirror_equals_a_full_pull(nights: list[list[tuple[Do, int, int]]]) -> None:
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as w:
        _begin(w)
        for steps in nights:
            for do, a, b in steps:
                do(w, a, b)
            w.later(minutes=10)
            _check(w)
            w.later(minutes=10)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One test goes on where another ended: a beginning as good as any, and much quicker than a new one."""
    with world(tmp_path_factory.mktemp("begun")) as w:
        _begin(w)
        yield w


@pytest.mark.parametrize("do", ALL, ids=lambda do: do.__name__.strip("_"))
def test_each_change_alone_is_seen(begun: World, do: Do) -> None:
    for a, b in ((0, 1), (1, 0), (2, 7)):
        do(begun, a, b)
    begun.later(minutes=10)
    _check(begun)
    begun.later(minutes=10)


def test_a_merge_is_told(tmp_path: Path) -> None:
    with world(tmp_path) as w:
        _begin(w)
        first, second, third = w.ids("Account")
        w.merge("Account", first, [second])
        w.later(minutes=10)
        w.pull()
        assert _merged(w) == {second: first}
        w.later(minutes=10)
        w.merge("Account", third, [first])
        w.pull()
        assert _merged(w) == {second: first, first: third}


def _merged(w: World) -> dict[str, Any]:
    with w.mirror().connect() as con:
        return MirrorReader(con).merged()


def test_a_campaign_that_becomes_ours_brings_its_older_statuses(tmp_path: Path) -> None:
    with world(tmp_path) as w:
        theirs = w.create("Campaign", Name="theirs")
        w.later(minutes=10)
        w.pull()
        w.later(minutes=10)
        w.update("Campaign", theirs, **{KEY: "adopted"})
        w.later(minutes=10)
        _check(w)
        with w.mirror().connect() as con:
            assert len(MirrorReader(con).our_statuses()) >= 2


def test_what_returns_from_the_recycle_bin_brings_back_the_lookups_to_it(tmp_path: Path) -> None:
    with world(tmp_path) as w:
        boss = w.create("Contact", LastName="boss")
        w.create("Contact", LastName="clerk", ReportsToId=boss)
        w.later(minutes=10)
        w.pull()
        for change in (lambda: w.delete(boss), lambda: w.undelete("Contact", boss)):
            w.later(minutes=10)
            change()
            w.later(minutes=10)
            _check(w)
        with w.mirror().connect() as con:
            text = 'select count(*) from mirror."Contact" where "ReportsToId" is not null'
            assert con.execute(text).fetchall() == [(1,)]


def test_many_rows_beside_a_deleted_record_read_their_table_whole(tmp_path: Path) -> None:
    with world(tmp_path) as w:
        boss = w.create("Contact", LastName="boss")
        rows = [{"LastName": f"clerk {number}", "ReportsToId": boss} for number in range(2100)]
        w.server.org.store.insert_many("Contact", rows)
        w.later(minutes=10)
        w.pull()
        w.later(minutes=10)
        w.delete(boss)
        w.later(minutes=10)
        report = w.pull()
        assert {each.table: each.mode for each in report.objects}["Contact"] == "full"
        assert any("2,100 records beside deleted or returned ones" in note for note in report.notes)
        kept, truth = w.mirror_and_truth()
        assert kept == truth

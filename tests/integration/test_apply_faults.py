"""Whatever happens to a request: the org ends as without it, or the run says that it failed and the next ends so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apply_desk import Desk, accounts, campaign, contacts, deletes, members, open_desk, stages, statuses, tasks

from sf_lifecycle.apply import ApplyReport, recover

# How each kind of request is struck, and whether the run that meets it gets through by itself.
KINDS: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("expired_session", {}, True),
    ("unavailable", {}, True),
    ("concurrent_limit", {}, True),
    ("limit_exceeded", {}, False),
    ("maintenance", {}, False),
    ("query_timeout", {}, True),
    ("lost_request", {}, True),
    ("lost_reply", {}, True),
    ("truncated", {}, True),
    ("stalled", {"seconds": 1.5}, True),
    ("slow_reply", {"seconds": 1.5}, True),
    ("slow_request", {"seconds": 1.2}, True),
)
OPERATIONS = ("query", "insert", "update", "delete")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    worker = {"login": "client_credentials", "timeout_seconds": 0.6}
    with open_desk(tmp_path, worker=worker) as found:
        yield found


def night(desk: Desk, kind: str = "", **rule: Any) -> list[ApplyReport]:
    """All that a night does, under a fault, and once more: two Tasks go, what is new is made, accounts are changed."""
    first, second = (row for row in desk.ours() if row["Lifecycle_Key__c"] in ("play:0000:1", "play:0001:1"))
    plan = desk.plan(
        deletes(desk, [first, second]),
        campaign(),
        statuses(),
        members(contacts(desk, 3)),
        stages(accounts(desk, 3), ["a", "b", "c"]),
        tasks(desk, 5, Lifecycle_Key__c=[f"play:new{i}:1" for i in range(5)]),
    )
    if kind:
        desk.fault(kind, **rule)
    first_report, _ = desk.carry_out(plan, waited=True)
    assert not kind or desk.server.org.faults.listed() == [], "it struck"
    recover(desk.org, desk.state)
    second_report, _ = desk.carry_out(plan, waited=True)
    return [first_report, second_report]


def as_it_is(desk: Desk) -> dict[str, Any]:
    people = "SELECT ContactId, Status, Lifecycle_Key__c FROM CampaignMember WHERE Lifecycle_Key__c >= '0' ORDER BY Id"
    labels = "SELECT Label FROM CampaignMemberStatus WHERE Label = 'Planned'"
    return {
        "tasks": desk.ours("Lifecycle_Key__c, Subject, Status, WhatId, IsDeleted", deleted=True),
        "members": sorted(desk.rows(people), key=str),
        "statuses": len(desk.rows(labels)),
        "accounts": desk.rows("SELECT Lifecycle_Reason__c FROM Account WHERE Lifecycle_Reason__c != null ORDER BY Id"),
        "stones": desk.stones(),
    }


@pytest.fixture(scope="module")
def without_faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with open_desk(tmp_path_factory.mktemp("calm")) as calm:
        calm.apply(tasks(calm, 4))
        reports = night(calm)
        assert [report.status for report in reports] == ["done", "done"]
        assert reports[1].written == 0
        return as_it_is(calm)


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(("kind", "rule", "gets_through"), KINDS, ids=[kind for kind, _, _ in KINDS])
def test_the_end_is_the_same(
    desk: Desk, without_faults: dict[str, Any], kind: str, rule: dict[str, Any], gets_through: bool, operation: str
) -> None:
    if kind in ("maintenance", "query_timeout") and (operation == "query") != (kind == "query_timeout"):
        pytest.skip("does not strike such requests")
    desk.apply(tasks(desk, 4))
    first, second = night(desk, kind, operation=operation, **rule)
    assert (first.error is None) is gets_through
    assert first.status == ("done" if gets_through else "failed")
    assert second.status == "done"
    assert as_it_is(desk) == without_faults


def test_a_session_that_ends_twice_ends_the_run(desk: Desk) -> None:
    desk.fault("expired_session", method="POST", path="composite/sobjects", times=None)
    report, writes = desk.apply(tasks(desk, 4), rows=2)
    assert report.error is not None
    assert report.error.code == "INVALID_SESSION_ID"
    assert {write.status for write in writes} == {"failed"}
    assert desk.state.all_asides(desk.org_id) == []
    assert desk.ours() == []

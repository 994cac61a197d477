from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
from salesforce_peer import DATA, DROP, EXPIRED, HURRIED, Peer, Reply, peer

from sf_lifecycle.errors import OrgError, OrgUnavailable
from sf_lifecycle.salesforce import UNKNOWN, Org, RowOutcome, connect

PATH = f"{DATA}composite/sobjects"
OK = {"id": "00T1", "success": True, "errors": []}
LOCKED = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access", "fields": []}
BAD = {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Name]", "fields": ["Name"]}


@pytest.fixture
def org_peer() -> Iterator[tuple[Org, Peer]]:
    with peer() as found, connect(found.settings(), patience=HURRIED) as org:
        yield org, found


def test_outcomes_come_in_the_order_of_the_rows(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on(
        "POST", PATH, Reply(body=[OK, {"success": False, "errors": [BAD]}, {"success": False, "errors": [LOCKED]}])
    )
    assert org.create("Task", [{"Subject": "a"}, {"Subject": "b"}, {"Subject": "c"}]) == [
        RowOutcome(ok=True, id="00T1"),
        RowOutcome(ok=False, id=None, code="REQUIRED_FIELD_MISSING", message=BAD["message"], fields=("Name",)),
        RowOutcome(ok=False, id=None, code="UNABLE_TO_LOCK_ROW", message=LOCKED["message"]),
    ]
    assert found.seen[-1].json() == {
        "allOrNone": False,
        "records": [{"attributes": {"type": "Task"}, "Subject": letter} for letter in "abc"],
    }


def test_values_are_written_as_salesforce_reads_them(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("PATCH", PATH, Reply(body=[OK]))
    at = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    row = {
        "Id": "00T1",
        "D__c": dt.date(1900, 1, 1),
        "T__c": at,
        "M__c": Decimal("12.34"),
        "N__c": Decimal(5),
        "X__c": None,
    }
    org.update("Task", [row])
    assert found.seen[-1].json()["records"][0] == {
        "attributes": {"type": "Task"},
        "Id": "00T1",
        "D__c": "1900-01-01",
        "T__c": "2026-01-02T03:04:05.000Z",
        "M__c": 12.34,
        "N__c": 5,
        "X__c": None,
    }


def test_deletes_name_their_ids(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("DELETE", PATH, Reply(body=[{"success": True, "errors": []}, {"success": False, "errors": [LOCKED]}]))
    outcomes = org.delete(["00T1", "00T2"])
    assert found.seen[-1].query == {"ids": "00T1,00T2", "allOrNone": "false"}
    assert [(each.ok, each.id) for each in outcomes] == [(True, "00T1"), (False, "00T2")]


@pytest.mark.parametrize(
    "lost",
    [
        DROP,
        Reply(body=[OK, OK], cut=10),
        Reply(status=502, body=b"<html>bad gateway</html>"),
        Reply(status=503, body=b"<html>upstream reset</html>"),
        Reply(status=500, body=[{"errorCode": "UNKNOWN_EXCEPTION", "message": "ErrorId"}]),
        Reply(body=b"<html>?</html>"),
        Reply(body=[OK]),
        Reply(body={"no": "list"}),
    ],
)
def test_a_lost_answer_is_unknown_for_every_row_and_is_not_sent_again(org_peer: tuple[Org, Peer], lost: Reply) -> None:
    org, found = org_peer
    found.on("POST", PATH, lost)
    assert [each.code for each in org.create("Task", [{}, {}])] == [UNKNOWN, UNKNOWN]
    assert len(found.asked("POST", PATH)) == 1


def test_a_time_limit_after_sending_is_unknown() -> None:
    import time

    def slow(_: object) -> Reply:
        time.sleep(0.4)
        return Reply(body=[OK])

    with peer() as found, connect(found.settings(timeout_seconds=0.1), patience=HURRIED) as org:
        found.on("PATCH", PATH, slow)
        assert org.update("Task", [{"Id": "00T1"}])[0] == RowOutcome(
            ok=False, id="00T1", code=UNKNOWN, message="no answer in time"
        )


def test_an_org_that_is_not_there_has_done_nothing() -> None:
    with peer() as found:
        org = connect(found.settings(), patience=HURRIED)
        org.close()
    with pytest.raises(OrgUnavailable, match="could not be made"):
        org.create("Task", [{}])


@pytest.mark.parametrize(
    "failure",
    [
        Reply(status=401, body=EXPIRED),
        Reply(status=400, body=[{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "busy"}]),
        Reply(status=503, body=[{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}]),
    ],
)
def test_a_call_that_was_certainly_not_done_is_sent_again(org_peer: tuple[Org, Peer], failure: Reply) -> None:
    org, found = org_peer
    found.on("POST", PATH, failure, Reply(body=[OK]))
    assert org.create("Task", [{}]) == [RowOutcome(ok=True, id="00T1")]
    assert len(found.asked("POST", PATH)) == 2


def test_a_call_refused_for_what_it_holds_fails_all_its_rows(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("POST", PATH, Reply(status=400, body=[{"errorCode": "INVALID_FIELD", "message": "No such column 'F'"}]))
    assert {each.code for each in org.create("Task", [{}, {}])} == {"INVALID_FIELD"}


@pytest.mark.parametrize(
    "code", ["REQUEST_LIMIT_EXCEEDED", "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "API_DISABLED_FOR_ORG"]
)
def test_an_org_that_refuses_us_as_a_whole_stops_the_run(org_peer: tuple[Org, Peer], code: str) -> None:
    org, found = org_peer
    found.on("POST", PATH, Reply(status=403, body=[{"errorCode": code, "message": "TotalRequests"}]))
    with pytest.raises(OrgError) as caught:
        org.create("Task", [{}])
    assert caught.value.code == code
    assert len(found.asked("POST", PATH)) == 1


def test_calls_that_make_no_sense_are_bugs(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    assert org.create("Task", []) == []
    with pytest.raises(ValueError, match="200"):
        org.create("Task", [{}] * 201)
    with pytest.raises(ValueError, match="Id"):
        org.update("Task", [{"Subject": "x"}])
    assert not found.asked("POST", PATH)

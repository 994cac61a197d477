"""Many queries in one call, and the org's clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from salesforce_peer import DATA, HURRIED, Peer, Reply, Seen, peer

from sf_lifecycle.errors import OrgError, OrgUnavailable
from sf_lifecycle.salesforce import Asked, CallMeter, Org, connect

BATCH = f"{DATA}composite/batch"


@pytest.fixture
def org_peer() -> Iterator[tuple[Org, Peer]]:
    with peer() as found, connect(found.settings(), patience=HURRIED) as org:
        yield org, found


def page(*ids: str, total: int | None = None, following: str | None = None) -> dict[str, object]:
    records = [{"attributes": {"type": "Account"}, "Id": each} for each in ids]
    body: dict[str, object] = {"totalSize": total or len(ids), "done": following is None, "records": records}
    return {"statusCode": 200, "result": body | ({"nextRecordsUrl": following} if following else {})}


def refused(code: str) -> dict[str, object]:
    return {"statusCode": 400, "result": [{"errorCode": code, "message": "no"}]}


def test_queries_share_a_call_and_fail_alone(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    rest = f"{DATA}query/0r8-2000"
    results = [page("1"), refused("QUERY_TIMEOUT"), page("2", total=3, following=rest), refused("INVALID_FIELD")]
    found.on("POST", BATCH, Reply(body={"hasErrors": True, "results": results}))
    spent = org.calls.spent
    text = "SELECT Id FROM Account WHERE Name = 'a&b + 100%'"
    first, slow, more, wrong = org.query_many([Asked(soql=text, all_rows=True), *[Asked(soql=text)] * 3])
    assert org.calls.spent == spent + 1
    assert (first.rows, first.total, first.next, first.error) == ([{"Id": "1"}], 1, None, None)
    assert isinstance(slow.error, OrgUnavailable)
    assert slow.error.code == "QUERY_TIMEOUT"
    assert (more.total, more.next) == (3, rest)
    assert isinstance(wrong.error, OrgError)
    urls = [urlsplit(each["url"]) for each in found.asked("POST", BATCH)[0].json()["batchRequests"]]
    assert [each.path for each in urls] == ["v66.0/queryAll", *["v66.0/query"] * 3]
    assert parse_qs(urls[0].query) == {"q": [text]}
    found.on("GET", rest, Reply(body={"totalSize": 3, "done": True, "records": [{"Id": "3"}]}))
    assert org.query_rest(rest) == [{"Id": "3"}]


def test_no_query_is_no_call(org_peer: tuple[Org, Peer]) -> None:
    org, _ = org_peer
    spent = org.calls.spent
    assert org.query_many([]) == []
    assert org.calls.spent == spent


def test_more_than_25_take_another_call(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer

    def answer(seen: Seen) -> Reply:
        return Reply(body={"results": [page(str(i)) for i, _ in enumerate(seen.json()["batchRequests"])]})

    found.on("POST", BATCH, answer)
    answers = org.query_many([Asked(soql="SELECT Id FROM Account")] * 26)
    assert [each.rows[0]["Id"] for each in answers] == [*map(str, range(25)), "0"]
    assert [len(seen.json()["batchRequests"]) for seen in found.asked("POST", BATCH)] == [25, 1]


def test_an_answer_that_is_no_page_is_an_error_of_its_own(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("POST", BATCH, Reply(body={"results": [{"statusCode": 200, "result": None}, page("1")]}))
    strange, fine = org.query_many([Asked(soql="SELECT Id FROM Account")] * 2)
    assert strange.error is not None
    assert fine.rows == [{"Id": "1"}]


def test_the_orgs_clock_is_that_of_its_last_answer(org_peer: tuple[Org, Peer]) -> None:
    org, _ = org_peer
    assert org.server_time is not None  # the peer dates its answers
    meter = CallMeter()
    assert meter.server_time is None
    meter.dated("Sun, 22 Nov 2026 02:30:07 GMT")
    assert meter.server_time == dt.datetime(2026, 11, 22, 2, 30, 7, tzinfo=dt.UTC)
    for nonsense in (None, "", "yesterday", "Sun, 99 Nov 2026 02:30:07 GMT"):
        meter.dated("Sun, 22 Nov 2026 02:30:07 GMT")
        meter.dated(nonsense)
        assert meter.server_time is None

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from salesforce_peer import DATA, DROP, HURRIED, Answer, Peer, Reply, Seen, peer

from sf_lifecycle.errors import OrgError, OrgUnavailable
from sf_lifecycle.salesforce import UNKNOWN, Org, RowOutcome, connect, ingest
from sf_lifecycle.salesforce.ingest import Pace
from sf_lifecycle.salesforce.ingest_csv import CLEAR, cell, failed, id18, read_results, uploads

JOBS = f"{DATA}jobs/ingest"
JOB = f"{JOBS}/750A"
SHORT, LONG = "00T000000000AbC", "00T000000000AbCEAU"


def state(name: str, **more: Any) -> Reply:
    return Reply(body={"id": "750A", "state": name, **more})


def file_of(header: str, *rows: str, **more: Any) -> Reply:
    return Reply(body="".join(f"{line}\n" for line in (header, *rows)).encode(), **more)


@pytest.fixture
def org_peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Org, Peer]]:
    quick = Pace(first_wait=0.001, longest_wait=0.002, job_seconds=0.3, abort_seconds=0.05, most_bytes=60)
    monkeypatch.setattr(ingest, "DEFAULT_PACE", quick)
    with peer() as found, connect(found.settings(), patience=HURRIED) as org:
        handler: Any = found._server.RequestHandlerClass
        handler.do_PUT = handler.do_POST
        found.on("POST", JOBS, state("Open"))
        found.on("PUT", f"{JOB}/batches", Reply(status=201, body=b""))
        found.on("PATCH", JOB, state("UploadComplete"))
        found.on("GET", JOB, state("InProgress"), state("JobComplete"))
        script(found, "successfulResults", file_of("sf__Id,sf__Created,K"))
        script(found, "failedResults", file_of("sf__Id,sf__Error,K"))
        script(found, "unprocessedrecords", file_of("K"))
        yield org, found


def script(found: Peer, name: str, *answers: Answer) -> None:
    found.on("GET", f"{JOB}/{name}/", *answers)


def insert(org: Org, *keys: str) -> list[RowOutcome]:
    return org.ingest("Task", "insert", [{"K": key, "S": key} for key in keys], key="K")


def states_set(found: Peer) -> list[str]:
    return [seen.json()["state"] for seen in found.asked("PATCH", JOB)]


def test_results_are_matched_on_the_key_whatever_their_order(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    script(found, "successfulResults", file_of("sf__Id,sf__Created,K", '"00T3","true","c"', '"00T1","true","a"'))
    error = '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --","b"'
    script(found, "failedResults", file_of("sf__Id,sf__Error,K", error))
    assert insert(org, "a", "b", "c") == [
        RowOutcome(ok=True, id="00T1"),
        RowOutcome(
            ok=False,
            id=None,
            code="REQUIRED_FIELD_MISSING",
            message="Required fields are missing: [Name]",
            fields=("Name",),
        ),
        RowOutcome(ok=True, id="00T3"),
    ]
    assert found.asked("POST", JOBS)[0].json() == {
        "object": "Task",
        "operation": "insert",
        "contentType": "CSV",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    assert found.asked("PUT", f"{JOB}/batches")[0].body == b"K,S\na,a\nb,b\nc,c\n"
    assert states_set(found) == ["UploadComplete"]


def test_ids_are_matched_whether_short_or_long(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    assert id18(SHORT) == LONG
    script(found, "successfulResults", file_of("sf__Id,sf__Created,Id", f'"{LONG}","false","{SHORT}"'))
    assert org.ingest("Task", "update", [{"Id": LONG, "S": None}], key="Id") == [RowOutcome(ok=True, id=LONG)]
    assert org.ingest("Task", "delete", [{"Id": SHORT, "K": "left out"}], key="Id")[0].ok
    assert found.asked("PUT", f"{JOB}/batches")[-1].body == f"Id\n{SHORT}\n".encode()
    with pytest.raises(ValueError, match="same Id"):
        org.ingest("Task", "delete", [{"Id": SHORT}, {"Id": LONG}], key="Id")
    with pytest.raises(ValueError, match="needs its K"):
        insert(org, "a", "")


def test_nothing_is_asked_for_no_rows(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    assert insert(org) == []
    assert not found.asked("POST", JOBS)


def test_a_large_call_becomes_several_jobs(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer

    def echo(_: Seen) -> Reply:
        rows = found.asked("PUT", f"{JOB}/batches")[-1].body.decode().splitlines()[1:]
        return file_of("sf__Id,sf__Created,K", *(f'"00T{row[0]}","true","{row.split(",")[0]}"' for row in rows))

    script(found, "successfulResults", echo)
    keys = [f"{letter}{'x' * 10}" for letter in "abcd"]
    assert [outcome.ok for outcome in insert(org, *keys)] == [True] * 4
    assert len(found.asked("PUT", f"{JOB}/batches")) == 2


def test_rows_in_no_result_are_unknown(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("GET", JOB, state("Failed", errorMessage="InternalServerError : the job broke off"))
    script(found, "successfulResults", file_of("sf__Id,sf__Created,K", '"00T1","true","a"'))
    script(found, "unprocessedrecords", file_of("K,S", '"b","b"'))
    first, second, third = insert(org, "a", "b", "c")
    assert first.ok
    assert (second.code, third.code) == (UNKNOWN, UNKNOWN)
    assert second.message == "not processed; Bulk job 750A is Failed: InternalServerError : the job broke off"
    assert third.message.startswith("in none of its results")


def test_a_result_file_that_cannot_be_had_leaves_its_rows_unknown(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    script(found, "successfulResults", Reply(status=500, body=[{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}]))
    script(found, "failedResults", file_of("sf__Id,sf__Error,K", '"","UNABLE_TO_LOCK_ROW:unable: 1 record:--","b"'))
    first, second = insert(org, "a", "b")
    assert (first.code, second.code, second.message) == (UNKNOWN, "UNABLE_TO_LOCK_ROW", "unable: 1 record")


def test_a_result_file_that_breaks_off_is_asked_for_again(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    whole = ("sf__Id,sf__Created,K", '"00T1","true","a"')
    script(found, "successfulResults", file_of(*whole, cut=30), file_of(*whole))
    assert insert(org, "a")[0].ok


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Reply(status=404, body=[{"errorCode": "NOT_FOUND", "message": "gone"}]), "gone"),
        (DROP, "broke"),
        (Reply(status=403, body=[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"}]), "Total"),
    ],
)
def test_a_job_that_cannot_be_followed_is_unknown(org_peer: tuple[Org, Peer], answer: Reply, says: str) -> None:
    org, found = org_peer
    found.on("GET", JOB, state("InProgress"), answer)
    (outcome,) = insert(org, "a")
    assert (outcome.ok, outcome.code) == (False, UNKNOWN)
    assert says in outcome.message
    assert len(found.asked("PUT", f"{JOB}/batches")) == 1


def test_a_lost_upload_is_never_sent_again_and_its_job_is_aborted(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("PUT", f"{JOB}/batches", DROP)
    (outcome,) = insert(org, "a")
    assert outcome.code == UNKNOWN
    assert len(found.asked("PUT", f"{JOB}/batches")) == 1
    assert states_set(found) == ["Aborted"]


def test_a_lost_order_to_begin_is_looked_after(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    script(found, "successfulResults", file_of("sf__Id,sf__Created,K", '"00T1","true","a"'))
    found.on("PATCH", JOB, DROP, state("UploadComplete"))
    found.on("GET", JOB, state("JobComplete"))
    assert insert(org, "a")[0].ok  # it had arrived
    assert states_set(found) == ["UploadComplete"]
    found.on("PATCH", JOB, DROP, state("UploadComplete"))
    found.on("GET", JOB, state("Open"), state("JobComplete"))
    assert insert(org, "a")[0].ok  # it had not
    assert states_set(found)[1:] == ["UploadComplete"] * 2


def test_an_order_to_begin_that_is_refused_ends_the_job(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    found.on("PATCH", JOB, Reply(status=400, body=[{"errorCode": "INVALIDJOBSTATE", "message": "no data"}]))
    found.on("GET", JOB, state("Open"))
    (outcome,) = insert(org, "a")
    assert outcome.code == UNKNOWN
    assert "no data" in outcome.message
    assert states_set(found) == ["UploadComplete", "Aborted"]


def test_a_job_that_takes_too_long_is_aborted_and_read(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer

    def look(_: Seen) -> Reply:
        return state("Aborted" if "Aborted" in states_set(found) else "InProgress")

    found.on("GET", JOB, look)
    script(found, "successfulResults", file_of("sf__Id,sf__Created,K", '"00T1","true","a"'))
    assert [o.ok for o in insert(org, "a", "b")] == [True, False]
    found.on("GET", JOB, state("InProgress"))
    assert "after it was aborted" in insert(org, "a")[0].message


def test_what_the_org_refuses_before_anything_was_sent_is_raised(org_peer: tuple[Org, Peer]) -> None:
    org, found = org_peer
    limit = Reply(status=403, body=[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit"}])
    found.on("POST", JOBS, limit)
    with pytest.raises(OrgUnavailable, match="TotalRequests"):
        insert(org, "a")
    found.on("POST", JOBS, DROP)
    with pytest.raises(OrgError):
        insert(org, "a")
    found.on("POST", JOBS, Reply(status=400, body=[{"errorCode": "INVALIDENTITY", "message": "no Task"}]))
    assert insert(org, "a") == [RowOutcome(ok=False, id=None, code="INVALIDENTITY", message="no Task")]
    found.on("POST", JOBS, state("Open"), limit)
    script(found, "successfulResults", file_of("sf__Id,sf__Created,K", f'"00T1","true","{"a" * 30}"'))
    first, second, third = insert(org, "a" * 30, "b" * 30, "c" * 30)
    assert first.ok
    assert (second.code, third.code) == (UNKNOWN, UNKNOWN)
    assert second.message.startswith("not sent: ")


def test_cells() -> None:
    at = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    values = [None, "", True, False, dt.date(1900, 1, 1), at, Decimal("1E+2"), Decimal("0.10"), 3, 1.5, " a,\n"]
    assert [cell(value) for value in values] == [
        CLEAR,
        CLEAR,
        "true",
        "false",
        "1900-01-01",
        "2026-01-02T01:04:05.000Z",
        "100",
        "0.10",
        "3",
        "1.5",
        " a,\n",
    ]
    with pytest.raises(ValueError, match="zone"):
        cell(dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the point
    with pytest.raises(TypeError):
        cell(["a"])


def test_rows_are_grouped_by_their_fields_and_quoted() -> None:
    refused: dict[str, RowOutcome] = {}
    rows: list[dict[str, Any]] = [
        {"K": "a", "S": 'say "x",\ny'},
        {"K": "b"},
        {"S": None, "K": "c"},
        {"K": "d", "S": CLEAR},
        {"K": "e", "S": "\ud800"},
    ]
    found = list(uploads(rows, [row["K"] for row in rows], refused, most_bytes=1000))
    assert [upload.names for upload in found] == [("a", "c"), ("b",)]
    text = found[0].data.decode()
    assert list(csv.reader(io.StringIO(text))) == [["K", "S"], ["a", 'say "x",\ny'], ["c", CLEAR]]
    assert {name: outcome.code for name, outcome in refused.items()} == dict.fromkeys("de", "NOT_EXPRESSIBLE_IN_BULK")


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=5))
def test_any_text_comes_through(texts: list[str]) -> None:
    refused: dict[str, RowOutcome] = {}
    rows = [{"K": str(n), "S": text} for n, text in enumerate(texts)]
    found = list(uploads(rows, [row["K"] for row in rows], refused, most_bytes=40))
    parsed = [row for upload in found for row in list(csv.reader(io.StringIO(upload.data.decode(), newline="")))[1:]]
    assert parsed == [[row["K"], row["S"]] for row in rows if row["K"] not in refused]


def test_result_files_that_are_none() -> None:
    assert list(read_results(b"", key="K")) == []
    assert list(read_results(b"<html>", key="K")) == []
    assert list(read_results(b'\xef\xbb\xbf"sf__Id","K"\n"1","a"\n"2"', key="K")) == [("a", "1", "")]


@pytest.mark.parametrize(
    ("text", "code", "message", "fields"),
    [
        ("DUPLICATE_VALUE:duplicate value found: id: 00T:--", "DUPLICATE_VALUE", "duplicate value found: id: 00T", ()),
        ("A_B:two: lines\nhere:X__c Y --", "A_B", "two: lines\nhere", ("X__c", "Y")),
        ("A_B:no end", "A_B", "no end", ()),
        ("something else", "NO_CODE", "something else", ()),
    ],
)
def test_error_texts(text: str, code: str, message: str, fields: tuple[str, ...]) -> None:
    assert failed("x", text) == RowOutcome(ok=False, id="x", code=code, message=message, fields=fields)

"""Bulk API 2.0 query: a job, its end awaited, its pages fetched two at a time, straight into Arrow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import requests

from sf_lifecycle.errors import OrgError, OrgUnavailable
from sf_lifecycle.salesforce.arrow import Fields, table_of_csv
from sf_lifecycle.salesforce.decide import decide
from sf_lifecycle.salesforce.errors import CALL_ERRORS, read_fault
from sf_lifecycle.salesforce.retry import CallFailed
from sf_lifecycle.salesforce.transport import Transport, as_json

PAGE_ROWS = 50_000
_FIRST_POLL_SECONDS, _LONGEST_POLL_SECONDS, _POLL_GROWTH = 0.1, 10.0, 1.6
_JOB_SECONDS = 3600.0


@dataclass(kw_only=True)
class _Page:
    """A result page whose headers are here and whose body is still on its way."""

    locator: str | None
    following: str | None
    rows: int
    response: requests.Response


def query_job(transport: Transport, soql: str, fields: Fields, *, all_rows: bool, what: str) -> Iterator[pa.Table]:
    """Yields a typed table per result page, in the org's order. OrgError where the job fails or rows are missing."""
    body = {
        "operation": "queryAll" if all_rows else "query",
        "query": soql,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    job_id = str(transport.call("POST", "jobs/query", what=what, read=as_json, body=body)["id"])
    expected = _finished(transport, job_id, what)
    if expected == 0:
        return
    rows = 0
    for table in _pages(transport, job_id, fields, what):
        rows += table.num_rows
        yield table
    if rows < expected:
        raise OrgError(
            f"{what} failed: Bulk job {job_id} found {expected} rows and handed out {rows}", way_out="run again"
        )


def _finished(transport: Transport, job_id: str, what: str) -> int:
    """Waits for the job; the number of rows it found."""
    wait, deadline = _FIRST_POLL_SECONDS, time.monotonic() + _JOB_SECONDS
    while True:
        time.sleep(wait)
        job: dict[str, Any] = transport.call("GET", f"jobs/query/{job_id}", what=what, read=as_json)
        if job["state"] == "JobComplete":
            return int(job.get("numberRecordsProcessed") or 0)
        if job["state"] in ("Failed", "Aborted"):
            reason = job.get("errorMessage") or "no reason given"
            raise OrgError(f"{what} failed: Bulk job {job_id} is {job['state']}: {reason}")
        if time.monotonic() > deadline:
            raise OrgUnavailable(
                f"{what} failed: Bulk job {job_id} is still {job['state']} after {_JOB_SECONDS:.0f} seconds",
                way_out="look at Setup > Bulk Data Load Jobs, then run again",
            )
        wait = min(wait * _POLL_GROWTH, _LONGEST_POLL_SECONDS)


def _pages(transport: Transport, job_id: str, fields: Fields, what: str) -> Iterator[pa.Table]:
    """A page's headers name the next page, so the next is asked for while this one's body still arrives: two bodies are
    read and parsed side by side, without the extra call that `resultPages` would cost.
    """
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="bulk") as pool:

        def start(locator: str | None) -> tuple[str | None, Future[pa.Table]]:
            page = _open(transport, job_id, locator, what)
            return page.following, pool.submit(_read, transport, job_id, page, fields, what)

        following, reading = start(None)
        while True:
            ahead = start(following) if following else None
            yield reading.result()
            if ahead is None:
                return
            following, reading = ahead


def _open(transport: Transport, job_id: str, locator: str | None, what: str) -> _Page:
    def headers(response: requests.Response) -> _Page:
        following = response.headers.get("Sforce-Locator", "null")
        return _Page(
            locator=locator,
            following=None if following in ("", "null") else following,
            rows=int(response.headers.get("Sforce-NumberOfRecords", -1)),
            response=response,
        )

    params = {"maxRecords": str(PAGE_ROWS)} | ({"locator": locator} if locator else {})
    path, wanted = f"jobs/query/{job_id}/results", {"Accept": "text/csv", "Accept-Encoding": "gzip"}
    return transport.call("GET", path, what=what, read=headers, params=params, headers=wanted, stream=True)


def _read(transport: Transport, job_id: str, page: _Page, fields: Fields, what: str) -> pa.Table:
    """The page's body as a table. A body that breaks off is asked for once more from its locator."""
    try:
        data = page.response.raw.read(decode_content=False)
    except CALL_ERRORS:
        page = _open(transport, job_id, page.locator, what)
        try:
            data = page.response.raw.read(decode_content=False)
        except CALL_ERRORS as error:
            fault = read_fault(error)
            raise CallFailed(fault, decide(fault, repeatable=True), what).as_org_error() from error
    finally:
        page.response.close()
    # gzip is undone by Arrow, off Python's lock, so that two pages really run side by side.
    table = table_of_csv(data, fields, gzipped=page.response.headers.get("Content-Encoding") == "gzip")
    if page.rows >= 0 and table.num_rows != page.rows:
        raise OrgError(
            f"{what} failed: a result page of {page.rows} rows was read as {table.num_rows}", way_out="run again"
        )
    return table

"""`/jobs/query`."""

from __future__ import annotations

import base64
import binascii
from itertools import chain
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sf_lifecycle.localorg.bulk import query_job, rowfile
from sf_lifecycle.localorg.bulk.job_requests import csv_format, found_job, job_list, wrong_state
from sf_lifecycle.localorg.bulk.jobs import ABORTED, COMPLETE, QUERY, UPLOADED, Job, JobBook
from sf_lifecycle.localorg.bulk.replies import Endpoint, access_of, csv_reply, endpoint, json_body, json_reply
from sf_lifecycle.localorg.bulk.struck import strike_query
from sf_lifecycle.localorg.errors import ApiError

_BASE = "/services/data/v{version}/jobs/query"
_PAGE = 50_000
_PAGES_SHOWN = 5
_LAST = "null"  # the word, as Salesforce sends it
_RESULT_PAGES_SINCE = 58.0


class Query:
    def __init__(self, book: JobBook) -> None:
        self._book = book
        self._org = book.org

    def routes(self) -> list[Route]:
        def route(path: str, method: str, function: Endpoint) -> list[Route]:
            handler = endpoint(function)
            return [Route(_BASE + path + end, handler, methods=[method]) for end in ("", "/")]

        return [
            *route("", "POST", self.create),
            *route("", "GET", self.list),
            *route("/{job_id}/results", "GET", self.results),
            *route("/{job_id}/resultPages", "GET", self.result_pages),
            *route("/{job_id}", "GET", self.get),
            *route("/{job_id}", "PATCH", self.abort),
            *route("/{job_id}", "DELETE", self.delete),
        ]

    async def create(self, request: Request) -> Response:
        body = await json_body(request)
        return json_reply(await run_in_threadpool(self._create, request, body))

    def _create(self, request: Request, body: dict[str, Any]) -> dict[str, Any]:
        access = access_of(request)
        operation, soql = body.get("operation"), body.get("query")
        if operation not in {"query", "queryAll"}:
            raise ApiError("INVALIDJOB", f"InvalidJob : Unsupported operation: {operation}")
        if not isinstance(soql, str):
            raise ApiError("INVALIDJOB", "InvalidJob : query is missing")
        layout = csv_format(body)
        compiled = query_job.compile_for_bulk(self._org, access, soql, all_rows=operation == "queryAll")
        job = self._book.add(
            kind=QUERY,
            operation=operation,
            object=compiled.object_name,
            access=access,
            version=request.path_params["version"],
            format=layout,
            state=UPLOADED,
            query=soql,
        )
        job.columns = tuple(c.name for c in compiled.columns)
        shown = job.to_json()  # as it is before its thread begins

        def work() -> None:
            if strike_query(self._book, job):
                query_job.run(self._org, job, compiled)

        self._book.start(job, work)
        return shown

    async def get(self, request: Request) -> Response:
        job = self._job(request)
        return json_reply(job.to_json() | job.progress())

    async def list(self, request: Request) -> Response:
        return json_reply(job_list(self._book.all(QUERY)))

    async def abort(self, request: Request) -> Response:
        job = self._job(request)
        if (await json_body(request)).get("state") != ABORTED or not self._book.move(job, ABORTED):
            raise wrong_state(f"Job in state {job.state} can only be aborted, and only before its end")
        return json_reply(job.to_json())

    async def delete(self, request: Request) -> Response:
        job = self._job(request)
        if job.state == "InProgress":
            raise wrong_state("A job in progress cannot be deleted")
        self._book.remove(job)
        return Response(status_code=204)

    async def results(self, request: Request) -> Response:
        job = self._complete(request)
        rows = job.processed
        first = _first(request.query_params.get("locator"), rows)
        size = _size(request.query_params.get("maxRecords"))
        count = max(0, min(size, rows - first))
        last = first + count >= rows
        headers = {
            "Sforce-NumberOfRecords": str(count),
            "Sforce-Locator": _LAST if last else _locator(first + count),
        }
        blocks = rowfile.page(job.file(query_job.RESULT), first, count)
        return csv_reply(request, chain([job.format.line(job.columns)], blocks), headers)

    async def result_pages(self, request: Request) -> Response:
        job = self._complete(request)
        if float(job.version) < _RESULT_PAGES_SINCE:
            raise ApiError("NOT_FOUND", "The requested resource does not exist", status=404)
        first = _first(request.query_params.get("locator"), job.processed)
        starts = range(first, max(job.processed, first + 1), _PAGE)
        base = f"/services/data/v{job.version}/jobs/query/{job.id}"
        pages = [
            {"resultUrl": f"{base}/results" + (f"?locator={_locator(start)}" if start else "")}
            for start in starts[:_PAGES_SHOWN]
        ]
        done = len(starts) <= _PAGES_SHOWN
        following = None if done else f"{base}/resultPages?locator={_locator(starts[_PAGES_SHOWN])}"
        return json_reply({"resultPages": pages, "nextRecordsUrl": following, "done": done})

    def _complete(self, request: Request) -> Job:
        job = self._job(request)
        if float(request.path_params["version"]) != float(job.version):
            raise ApiError(
                "INVALIDVERSION", f"The job was made with API version {job.version}: use the same here", status=409
            )
        if job.state != COMPLETE:
            raise wrong_state(f"The results are not there: the job is in state {job.state}")
        return job

    def _job(self, request: Request) -> Job:
        return found_job(self._book, QUERY, request)


def _locator(row: int) -> str:
    return base64.urlsafe_b64encode(str(row).encode()).decode().rstrip("=")


def _first(locator: str | None, rows: int) -> int:
    """The row a page begins with."""
    if not locator:
        return 0
    try:
        row = int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except (ValueError, binascii.Error):
        row = -1
    if not 0 <= row < max(rows, 1):
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return row


def _size(max_records: str | None) -> int:
    return int(max_records) if max_records and max_records.isdecimal() and int(max_records) > 0 else _PAGE

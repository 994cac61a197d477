"""Checks that both kinds of job share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request

from sf_lifecycle.localorg.bulk.formats import DELIMITERS, LINE_ENDINGS, CsvFormat
from sf_lifecycle.localorg.bulk.jobs import Job, JobBook
from sf_lifecycle.localorg.errors import ApiError


def csv_format(body: Mapping[str, Any]) -> CsvFormat:
    delimiter = body.get("columnDelimiter") or "COMMA"
    line_ending = body.get("lineEnding") or "LF"
    if body.get("contentType", "CSV") != "CSV":
        raise ApiError("INVALIDJOB", "InvalidJob : Only CSV is supported")
    if delimiter not in DELIMITERS:
        raise ApiError("INVALIDJOB", f"InvalidJob : Unknown column delimiter: {delimiter}")
    if line_ending not in LINE_ENDINGS:
        raise ApiError("INVALIDJOB", f"InvalidJob : Unknown line ending: {line_ending}")
    return CsvFormat(delimiter=delimiter, line_ending=line_ending)


def found_job(book: JobBook, kind: str, request: Request) -> Job:
    found = book.find(kind, request.path_params["job_id"])
    if found is None:
        raise ApiError("NOT_FOUND", "The requested resource does not exist", status=404)
    return found


def wrong_state(message: str) -> ApiError:
    return ApiError("INVALIDJOBSTATE", message)


def job_list(jobs: Iterable[Job]) -> dict[str, Any]:
    return {"done": True, "nextRecordsUrl": None, "records": [job.to_json() for job in jobs]}

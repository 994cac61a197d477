"""Creates, updates and deletes by Bulk API 2.0: any number of rows, one outcome each, matched on the rows' own key.

An org works on a job only after it was told that the upload is complete, and never takes an upload twice. So what fails
before that was certainly not done; after it nothing is sent again: the job is followed to its end, and what its result
files do not account for is UNKNOWN.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce.decide import Move
from sf_lifecycle.salesforce.ingest_csv import Upload, failed, read_results, row_name, uploads
from sf_lifecycle.salesforce.retry import CallFailed
from sf_lifecycle.salesforce.transport import Transport, as_json
from sf_lifecycle.salesforce.write import UNKNOWN, RowOutcome

Operation = Literal["insert", "update", "delete"]

_WORDS: Mapping[str, str] = {"insert": "Creating", "update": "Updating", "delete": "Deleting"}
_ENDED = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How a job is followed. Each look costs an API call, so the waits grow. Seconds; a job still running after
    `job_seconds` is aborted and given `abort_seconds` to end.
    """

    first_wait: float = 0.3
    growth: float = 1.6
    longest_wait: float = 15
    job_seconds: float = 7200
    abort_seconds: float = 120
    most_bytes: int = 100_000_000  # the org's 150 MB are counted in base64


DEFAULT_PACE = Pace()


class _Lost(Exception):
    """The job cannot be followed any further; the text says why."""


def ingest_rows(
    transport: Transport,
    object_name: str,
    operation: Operation,
    records: Sequence[Mapping[str, Any]],
    *,
    key: str,
    pace: Pace | None = None,
) -> list[RowOutcome]:
    """Outcomes in the order of `records`. `key`: the field by which a row is known, `Id` but for inserts.

    None clears a field; one that a record lacks is left alone, so that records are sent in groups with the same fields.
    ValueError where a row has no key or two have the same; OrgError where the org refuses us before anything was sent.
    """
    names = _names(records, operation, key)
    ids = {name: record.get("Id") for name, record in zip(names, records, strict=True)}
    sent = [{"Id": record["Id"]} for record in records] if operation == "delete" else records
    outcomes: dict[str, RowOutcome] = {}
    chosen = pace or DEFAULT_PACE
    began, stopped = False, ""
    for upload in uploads(sent, names, outcomes, most_bytes=chosen.most_bytes):
        if not stopped:
            try:
                outcomes |= _Job(transport, object_name, operation, key, chosen).run(upload, ids)
                began = True
                continue
            except OrgError as refused:
                if not began:
                    raise
                stopped = f"not sent: {refused}"
        outcomes |= _all(upload, ids, UNKNOWN, stopped)
    return [outcomes[name] for name in names]


def _names(records: Sequence[Mapping[str, Any]], operation: Operation, key: str) -> list[str]:
    names = [row_name(record.get(key) or "", key) for record in records]
    if not all(names):
        raise ValueError(f"every record of an {operation} by Bulk needs its {key}")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two records of one {operation} have the same {key}: {twice}")
    return names


class _Job:
    """One Bulk job, from its creation to its results."""

    def __init__(self, transport: Transport, object_name: str, operation: Operation, key: str, pace: Pace) -> None:
        self._transport, self._pace, self._key = transport, pace, key
        self._object, self._operation = object_name, operation
        self._what = f"{_WORDS[operation]} {object_name} by Bulk"
        self._id = ""

    def run(self, upload: Upload, ids: Mapping[str, str | None]) -> dict[str, RowOutcome]:
        """Outcome by row name. OrgError where the org takes nothing from us at all; then nothing was done."""
        try:
            self._id = self._create()
            self._upload(upload.data)
        except CallFailed as failure:
            if self._id:
                self._abort()
            fault = failure.fault
            if failure.move is Move.REFUSED:
                return _all(upload, ids, fault.code or f"HTTP_{fault.status}", fault.message, fault.fields)
            if failure.move is Move.UNKNOWN:
                return _all(upload, ids, UNKNOWN, f"the upload's answer is lost: {fault.message or fault.code}")
            raise failure.as_org_error() from failure
        try:
            ended = self._follow(len(upload.names))
        except _Lost as lost:
            return _all(upload, ids, UNKNOWN, f"Bulk job {self._id}: {lost}")
        return self._outcomes(upload, ids, ended)

    def _create(self) -> str:
        """The job's Id. Repeatable: a job that nothing is uploaded to does nothing."""
        body = {
            "object": self._object,
            "operation": self._operation,
            "contentType": "CSV",
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }
        what = self._what
        job = self._transport.attempt("POST", "jobs/ingest", what=what, read=as_json, repeatable=True, body=body)
        return str(job["id"])

    def _upload(self, data: bytes) -> None:
        """Uncompressed: Salesforce documents gzip for its replies only."""
        self._transport.attempt(
            "PUT",
            f"jobs/ingest/{self._id}/batches",
            what=self._what,
            read=lambda response: response.status_code,
            repeatable=False,
            data=data,
            headers={"Content-Type": "text/csv; charset=UTF-8", "Accept": "application/json"},
        )

    def _follow(self, rows: int) -> dict[str, Any]:
        """The job as it ended; `_Lost` where it is gone, or goes on whatever we say."""
        refusal = self._set("UploadComplete")
        wait = min(self._pace.first_wait + rows / 20_000, self._pace.longest_wait)
        deadline, aborted = time.monotonic() + self._pace.job_seconds, False
        while True:
            time.sleep(wait)
            job = self._look()
            state = job.get("state")
            if state in _ENDED:
                return job
            if state == "Open" and not aborted:
                # The order to begin was lost on its way, or refused; nothing was done, and it may be given again.
                if refusal is not None and refusal.move is not Move.UNKNOWN:
                    self._abort()
                    raise _Lost(f"not begun: {refusal}")
                refusal = self._set("UploadComplete")
            if time.monotonic() > deadline:
                if aborted:
                    raise _Lost(f"still {state} after it was aborted")
                self._abort()
                aborted, deadline = True, time.monotonic() + self._pace.abort_seconds
            wait = min(wait * self._pace.growth, self._pace.longest_wait)

    def _set(self, state: str) -> CallFailed | None:
        """Asks for a state; what came of it is seen by looking. The failure, where there was one."""
        path, body = f"jobs/ingest/{self._id}", {"state": state}
        try:
            self._transport.attempt("PATCH", path, what=self._what, read=as_json, repeatable=False, body=body)
        except CallFailed as failure:
            return failure
        except OrgError as refused:
            raise _Lost(str(refused)) from refused
        return None

    def _abort(self) -> None:
        """So that nothing of it is done later. Where this fails too, the job never began, or goes on to its end."""
        try:
            self._set("Aborted")
        except _Lost:
            return

    def _look(self) -> dict[str, Any]:
        try:
            job = self._transport.call("GET", f"jobs/ingest/{self._id}", what=self._what, read=as_json)
        except OrgError as gone:
            raise _Lost(str(gone)) from gone
        return job if isinstance(job, dict) else {}

    def _outcomes(self, upload: Upload, ids: Mapping[str, str | None], job: Mapping[str, Any]) -> dict[str, RowOutcome]:
        found: dict[str, RowOutcome] = {}
        for name, record_id, _ in self._results("successfulResults"):
            found[name] = RowOutcome(ok=True, id=record_id or ids.get(name))
        if len(found) < len(upload.names):
            for name, record_id, text in self._results("failedResults"):
                found[name] = failed(record_id or ids.get(name), text)
        why = f"Bulk job {self._id} is {job.get('state')}"
        why += f": {job['errorMessage']}" if job.get("errorMessage") else ""
        rest = [name for name in upload.names if name not in found]
        unprocessed = {name for name, _, _ in self._results("unprocessedrecords")} if rest else set()
        for name in rest:
            says = "not processed" if name in unprocessed else "in none of its results"
            found[name] = RowOutcome(ok=False, id=ids.get(name), code=UNKNOWN, message=f"{says}; {why}")
        return {name: found[name] for name in upload.names}

    def _results(self, name: str) -> list[tuple[str, str | None, str]]:
        """The rows of a result file; none where it cannot be had, so that its rows count as unknown."""
        return list(read_results(self._file(name), key=self._key))

    def _file(self, name: str) -> bytes:
        path, wanted = f"jobs/ingest/{self._id}/{name}/", {"Accept": "text/csv"}
        try:
            return self._transport.call("GET", path, what=self._what, read=lambda r: r.content, headers=wanted)
        except OrgError:
            return b""


def _all(
    upload: Upload, ids: Mapping[str, str | None], code: str, message: str, fields: tuple[str, ...] = ()
) -> dict[str, RowOutcome]:
    """One outcome for every row of an upload."""
    return {
        name: RowOutcome(ok=False, id=ids.get(name), code=code, message=message, fields=fields) for name in upload.names
    }

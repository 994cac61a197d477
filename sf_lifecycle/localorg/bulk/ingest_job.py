"""An ingest job: the upload's rows are written in chunks, as the org's triggers see them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sf_lifecycle.localorg import checks
from sf_lifecycle.localorg.bulk.formats import BulkError
from sf_lifecycle.localorg.bulk.header import Target, read_header
from sf_lifecycle.localorg.bulk.jobs import Job, JobBook
from sf_lifecycle.localorg.bulk.struck import dawdle, early_end
from sf_lifecycle.localorg.errors import ApiError
from sf_lifecycle.localorg.org import Org
from sf_lifecycle.localorg.outcomes import carry_out
from sf_lifecycle.localorg.records import Writer
from sf_lifecycle.localorg.schema import Field, SObject

UPLOAD = "upload.csv"
SUCCESSFUL, FAILED_ROWS, UNPROCESSED = "successfulResults", "failedResults", "unprocessedrecords"
_CHUNK = 200
_DELETIONS = frozenset({"delete", "hardDelete"})


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What every row of a job needs to know."""

    org: Org
    job: Job
    sobject: SObject
    header: Sequence[str]
    targets: Sequence[Target]
    key: Field | None  # of an upsert

    def values(self, cells: Sequence[str]) -> dict[str, Any]:
        """The row as a JSON body has it. Empty cells are left out: they change nothing."""
        found: dict[str, Any] = {}
        for target, cell in zip(self.targets, cells, strict=True):
            if cell != "":
                value = target.value(cell)
                found[target.target_key(value)] = value
        return found


def run(book: JobBook, job: Job) -> None:
    """Work through an upload; BulkError where the job as a whole is no good."""
    dawdle(book, job)
    end = early_end(book, job)
    stop = sys.maxsize if end is None else int(end.after * (sum(1 for _ in job.format.read(job.file(UPLOAD))) - 1))
    rows = job.format.read(job.file(UPLOAD))
    _write_all(book, _plan(book.org, job, next(rows, [])), rows, stop=stop)
    if end is not None:
        end.come(book, job)


def _plan(org: Org, job: Job, header: Sequence[str]) -> _Plan:
    sobject = org.store.object(job.object)
    if not header:
        raise BulkError("InvalidBatch : The upload has no header")
    targets = read_header(header, sobject, org.schema, job.access)
    names = [t.key.lower() for t in targets if not t.external_id]
    key = sobject.get(job.external_id) if job.external_id else None
    if job.operation in _DELETIONS and names != ["id"]:
        raise BulkError("InvalidBatch : The 'delete' batch must contain only ids")
    if job.operation == "update" and "id" not in names:
        raise BulkError("InvalidBatch : Field name not found : Id")
    if key is not None and key.name.lower() not in names:
        raise BulkError(f"InvalidBatch : Field name not found : {key.name}")
    return _Plan(org=org, job=job, sobject=sobject, header=header, targets=targets, key=key)


def _write_all(book: JobBook, plan: _Plan, rows: Iterator[list[str]], *, stop: int) -> None:
    """Chunk by chunk. What is left once the job is aborted or has failed goes to the unprocessed rows, and so does what
    comes after the first `stop` rows.
    """
    job = plan.job
    layout = job.format
    with ExitStack() as files:
        good, bad, rest = (
            files.enter_context(job.file(name).open("wb")) for name in (SUCCESSFUL, FAILED_ROWS, UNPROCESSED)
        )
        good.write(layout.line(["sf__Id", "sf__Created", *plan.header]))
        bad.write(layout.line(["sf__Id", "sf__Error", *plan.header]))
        rest.write(layout.line(plan.header))
        while chunk := list(islice(rows, min(_CHUNK, max(stop - job.processed, 0) or _CHUNK))):
            wrong = next((len(row) for row in chunk if len(row) != len(plan.header)), None)
            if wrong is not None:
                book.fail(
                    job, f"InvalidBatch : Failed to parse CSV: {len(plan.header)} columns expected, {wrong} found"
                )
            if job.stopped or job.processed >= stop:
                rest.writelines(layout.line(row) for row in chunk)
                continue
            failed = 0
            for row, outcome in zip(chunk, _write_chunk(plan, chunk), strict=True):
                if isinstance(outcome, ApiError):
                    failed += 1
                    bad.write(layout.line([_id_of(plan, row), error_text(outcome), *row]))
                else:
                    record_id, created = outcome
                    good.write(layout.line([record_id, str(created).lower(), *row]))
            job.processed += len(chunk)
            job.failed += failed


def _write_chunk(plan: _Plan, chunk: Sequence[Sequence[str]]) -> list[tuple[str, bool] | ApiError]:
    bodies = [plan.values(row) for row in chunk]
    twice = _named_twice(plan, bodies)
    job = plan.job
    with plan.org.store.write() as con:
        writer = Writer(plan.org, job.access, con, rows=len(chunk))
        return carry_out(
            plan.org,
            bodies,
            lambda body: _write_row(plan, writer, body, twice),
            object_name=job.object,
            operation="delete" if job.operation in _DELETIONS else job.operation,
        )


def _named_twice(plan: _Plan, bodies: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """External ids that more than one row of the chunk has: none of those rows is done."""
    if plan.key is None:
        return frozenset()
    counts = Counter(str(body.get(plan.key.name)).lower() for body in bodies if body.get(plan.key.name))
    return frozenset(value for value, count in counts.items() if count > 1)


def _write_row(plan: _Plan, writer: Writer, body: dict[str, Any], twice: frozenset[str]) -> tuple[str, bool]:
    """(Id, created); ApiError for a row that is refused."""
    operation, sobject = plan.job.operation, plan.sobject
    if operation == "insert":
        return writer.insert(sobject, body), True
    if operation == "upsert" and plan.key is not None:
        value = body.pop(plan.key.name, None)
        if value is not None and str(value).lower() in twice:
            raise ApiError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (plan.key.name,))
        return writer.upsert(sobject, plan.key, value, body)
    given = body.pop("Id", None)
    if given is None:
        raise ApiError("MISSING_ARGUMENT", f"Id not specified in an {operation} call")
    record_id = checks.record_id(sobject, given)
    if operation == "update":
        writer.update(sobject, record_id, body)
    else:
        writer.delete(sobject, record_id)
        if operation == "hardDelete":
            writer.con.execute(f'DELETE FROM "{sobject.name}" WHERE "Id" = ?', (record_id,))
    return record_id, False


def _id_of(plan: _Plan, row: Sequence[str]) -> str:
    return next((cell for target, cell in zip(plan.targets, row, strict=True) if target.key == "Id"), "")


def error_text(refused: ApiError) -> str:
    """`CODE:message:field1 field2 --`, as in sf__Error."""
    fields = f"{' '.join(refused.fields)} " if refused.fields else ""
    return f"{refused.code}:{refused.message}:{fields}--"

"""Faults on order for Bulk jobs: slow ones, and those that fail or are aborted on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sf_lifecycle.localorg.bulk.formats import BulkError
from sf_lifecycle.localorg.bulk.jobs import ABORTED, Job, JobBook
from sf_lifecycle.localorg.fault import BULK_ABORTED, BULK_FAILS, BULK_SLOW

_STEP = 0.02  # seconds between looks whether a slow job was aborted meanwhile
_REASON = "InternalServerError : Unable to process the batches of this job"


@dataclass(frozen=True, kw_only=True)
class End:
    """Where a job ends early: after this share of its rows, failed or else aborted."""

    after: float
    fails: bool

    def come(self, book: JobBook, job: Job) -> None:
        """The job ends now."""
        if self.fails:
            book.fail(job, _REASON)
        else:
            book.move(job, ABORTED)


def dawdle(book: JobBook, job: Job) -> None:
    """Waits, where the job is to be a slow one."""
    struck = book.org.faults.on_job(BULK_SLOW, job.object, _operation(job))
    if struck is None:
        return
    deadline = time.monotonic() + struck.seconds
    while time.monotonic() < deadline and not job.stopped:
        time.sleep(_STEP)


def early_end(book: JobBook, job: Job) -> End | None:
    """The end ordered for this job, if any."""
    for kind in (BULK_FAILS, BULK_ABORTED):
        struck = book.org.faults.on_job(kind, job.object, _operation(job))
        if struck is not None:
            return End(after=struck.after, fails=kind == BULK_FAILS)
    return None


def strike_query(book: JobBook, job: Job) -> bool:
    """For a query job, which has no rows until it is done: whether it still goes on. BulkError where it fails."""
    dawdle(book, job)
    end = early_end(book, job)
    if end is not None and end.fails:
        raise BulkError(_REASON)
    if end is not None:
        end.come(book, job)
    return not job.stopped


def _operation(job: Job) -> str:
    return {"queryAll": "query", "hardDelete": "delete"}.get(job.operation, job.operation)

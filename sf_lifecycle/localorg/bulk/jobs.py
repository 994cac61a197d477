"""Bulk jobs: what the API shows of them, and where their files are.

Jobs live as long as the server runs.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sf_lifecycle.localorg import ids
from sf_lifecycle.localorg.access import Access
from sf_lifecycle.localorg.bulk.formats import BulkError, CsvFormat
from sf_lifecycle.localorg.org import Org

OPEN, UPLOADED, RUNNING = "Open", "UploadComplete", "InProgress"
COMPLETE, FAILED, ABORTED = "JobComplete", "Failed", "Aborted"
FINISHED = frozenset({COMPLETE, FAILED, ABORTED})
QUERY, INGEST = "query", "ingest"  # the two kinds, as in the paths
_PREFIX = "750"
_WORKERS = 2
_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Job:
    """One job. Its thread changes the counts; states change under the lock of the book."""

    id: str
    kind: str
    operation: str
    object: str
    access: Access
    version: str
    format: CsvFormat
    created: datetime
    folder: Path
    state: str
    external_id: str | None = None
    query: str | None = None
    processed: int = 0
    failed: int = 0
    error: str | None = None
    seconds: float = 0.0
    changed: datetime | None = None
    columns: tuple[str, ...] = ()  # of a query: the header of its result
    at_work: threading.Lock = field(default_factory=threading.Lock)  # held while its files are being written

    @property
    def stopped(self) -> bool:
        """Whether it was aborted (or the org closed) while its thread was at work."""
        return self.state in {ABORTED, FAILED}

    def file(self, name: str) -> Path:
        return self.folder / name

    def to_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.object,
            "createdById": self.access.user_id,
            "createdDate": _moment(self.created),
            "systemModstamp": _moment(self.changed or self.created),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.format.line_ending,
            "columnDelimiter": self.format.delimiter,
        }
        if self.kind == INGEST:
            shown["jobType"] = "V2Ingest"
            shown["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
            if self.external_id:
                shown["externalIdFieldName"] = self.external_id
        else:
            shown["jobType"] = "V2Query"
        return shown

    def progress(self) -> dict[str, Any]:
        """What a look at one job adds to the above."""
        milliseconds = round(self.seconds * 1000)
        shown: dict[str, Any] = {
            "numberRecordsProcessed": self.processed,
            "retries": 0,
            "totalProcessingTime": milliseconds,
        }
        if self.kind == INGEST:
            shown |= {
                "numberRecordsFailed": self.failed,
                "apiActiveProcessingTime": milliseconds,
                "apexProcessingTime": 0,
            }
        if self.error:
            shown["errorMessage"] = self.error
        return shown


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@dataclass
class JobBook:
    """All jobs of an org, and the threads that work on them."""

    org: Org
    lock: threading.Lock = field(default_factory=threading.Lock)
    _jobs: dict[str, Job] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="localorg-bulk-"))
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="bulk")
        weakref.finalize(self.org, _clean_up, self._workers, self._folder)

    def add(self, **values: Any) -> Job:
        number = self.org.store.next_number("bulk job")
        job_id = ids.make(_PREFIX, number)
        folder = self._folder / job_id
        folder.mkdir()
        job = Job(id=job_id, folder=folder, created=self.org.now(), **values)
        with self.lock:
            self._jobs[job_id] = job
        return job

    def find(self, kind: str, job_id: str) -> Job | None:
        found = self._jobs.get(ids.normalize(job_id) or "")
        return found if found is not None and found.kind == kind else None

    def all(self, kind: str) -> Iterator[Job]:
        with self.lock:
            jobs = list(self._jobs.values())
        return (job for job in jobs if job.kind == kind)

    def move(self, job: Job, state: str) -> bool:
        """To another state, unless it has ended; whether it moved."""
        with self.lock:
            if job.state in FINISHED:
                return False
            job.state = state
            job.changed = self.org.now()
            return True

    def fail(self, job: Job, message: str) -> None:
        with self.lock:
            if job.state not in FINISHED:
                job.error, job.state, job.changed = message, FAILED, self.org.now()

    def start(self, job: Job, task: Callable[[], None]) -> None:
        """Do the job's work in a thread. A job whose work breaks off has failed, whatever the reason."""
        self._workers.submit(self._work, job, task)

    def _work(self, job: Job, task: Callable[[], None]) -> None:
        if self.move(job, RUNNING):
            with job.at_work:
                self._do(job, task)

    def _do(self, job: Job, task: Callable[[], None]) -> None:
        began = time.monotonic()
        error: str | None = "InternalServerError : the job broke off"
        try:
            task()
            error = None
        except BulkError as problem:
            error = str(problem)
        except (sqlite3.Error, OSError) as problem:  # the org was closed, or the job deleted, meanwhile
            error = f"InternalServerError : {problem}"
        except Exception:
            _log.exception("bulk job %s broke off", job.id)
            raise
        finally:
            job.seconds = time.monotonic() - began
            if error is None:
                self.move(job, COMPLETE)
            else:
                self.fail(job, error)

    def remove(self, job: Job) -> None:
        with self.lock:
            self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)


def _clean_up(workers: ThreadPoolExecutor, folder: Path) -> None:
    workers.shutdown(wait=False, cancel_futures=True)
    shutil.rmtree(folder, ignore_errors=True)

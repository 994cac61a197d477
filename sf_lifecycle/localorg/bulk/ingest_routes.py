"""`/jobs/ingest`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sf_lifecycle.localorg.access import Access
from sf_lifecycle.localorg.bulk import ingest_job
from sf_lifecycle.localorg.bulk.job_requests import csv_format, found_job, job_list, wrong_state
from sf_lifecycle.localorg.bulk.jobs import ABORTED, FAILED, FINISHED, INGEST, OPEN, UPLOADED, Job, JobBook
from sf_lifecycle.localorg.bulk.replies import Endpoint, access_of, csv_reply, endpoint, json_body, json_reply
from sf_lifecycle.localorg.errors import ApiError

_OPERATIONS = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
_BASE = "/services/data/v{version}/jobs/ingest"
_BLOCK = 1 << 20
_MAX_BYTES = 150 * 1024 * 1024


class Ingest:
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
            *route("/{job_id}/batches", "PUT", self.upload),
            *route("/{job_id}/{results}", "GET", self.results),
            *route("/{job_id}", "GET", self.get),
            *route("/{job_id}", "PATCH", self.change),
            *route("/{job_id}", "DELETE", self.delete),
        ]

    async def create(self, request: Request) -> Response:
        body = await json_body(request)
        job = await run_in_threadpool(self._create, access_of(request), request.path_params["version"], body)
        return json_reply(job.to_json())

    def _create(self, access: Access, version: str, body: dict[str, Any]) -> Job:
        sobject = self._org.schema.get(str(body.get("object")))
        if sobject is None or not access.object_readable(sobject.name):
            raise ApiError("INVALIDENTITY", f"Unable to find object: {body.get('object')}")
        operation = body.get("operation")
        if operation not in _OPERATIONS:
            raise ApiError("INVALIDJOB", f"InvalidJob : Unsupported operation: {operation}")
        if operation == "hardDelete" and not (access.is_admin or "BulkApiHardDelete" in access.permissions.user):
            raise ApiError(
                "FEATURENOTENABLED",
                "hardDelete operation requires special user profile permission, "
                "please contact your system administrator",
            )
        external_id = None
        if operation == "upsert":
            key = sobject.get(str(body.get("externalIdFieldName") or ""))
            if key is None or not (key.external_id or key.id_lookup) or not access.readable(sobject.name, key.name):
                raise ApiError("INVALIDJOB", f"InvalidJob : Field name not found : {body.get('externalIdFieldName')}")
            external_id = key.name
        return self._book.add(
            kind=INGEST,
            operation=operation,
            object=sobject.name,
            access=access,
            version=version,
            format=csv_format(body),
            state=OPEN,
            external_id=external_id,
        )

    async def upload(self, request: Request) -> Response:
        job = self._job(request)
        upload = job.file(ingest_job.UPLOAD)
        if job.state != OPEN or upload.exists():
            raise wrong_state("The job is not open for an upload, or has one already")
        size = 0
        with upload.open("wb") as file:
            async for block in request.stream():
                size += len(block)
                if size > _MAX_BYTES:
                    break
                await asyncio.to_thread(file.write, block)
        if size > _MAX_BYTES:
            upload.unlink()
            raise ApiError("CLIENTINPUTERROR", "The upload is larger than 150 MB", status=413)
        return Response(status_code=201)

    async def change(self, request: Request) -> Response:
        job = self._job(request)
        state = (await json_body(request)).get("state")
        if state == ABORTED:
            if not self._book.move(job, ABORTED):
                raise wrong_state(f"Job in state {job.state} cannot be aborted")
        elif state != UPLOADED:
            raise wrong_state(f"The job cannot be set to {state}")
        elif job.state != OPEN or not job.file(ingest_job.UPLOAD).exists():
            raise wrong_state("The job is not open, or nothing was uploaded")
        else:
            self._book.move(job, UPLOADED)
            shown = job.to_json()  # as it is before its thread begins
            self._book.start(job, lambda: ingest_job.run(self._book, job))
            return json_reply(shown)
        return json_reply(job.to_json())

    async def get(self, request: Request) -> Response:
        job = self._job(request)
        return json_reply(job.to_json() | job.progress())

    async def list(self, request: Request) -> Response:
        return json_reply(job_list(self._book.all(INGEST)))

    async def delete(self, request: Request) -> Response:
        job = self._job(request)
        if job.state == "InProgress":
            raise wrong_state("A job in progress cannot be deleted")
        self._book.remove(job)
        return Response(status_code=204)

    async def results(self, request: Request) -> Response:
        job = self._job(request)
        wanted = request.path_params["results"].lower()
        names = (ingest_job.SUCCESSFUL, ingest_job.FAILED_ROWS, ingest_job.UNPROCESSED)
        name = next((n for n in names if n.lower() == wanted), None)
        if name is None:
            raise ApiError("NOT_FOUND", "The requested resource does not exist", status=404)
        if job.state in FINISHED:
            await run_in_threadpool(_wait_for_files, job)
        path = job.file(name)
        if name == ingest_job.UNPROCESSED and job.state in {ABORTED, FAILED} and not path.exists():
            path = job.file(ingest_job.UPLOAD)  # it stopped before its first row
        return csv_reply(request, _blocks(path))

    def _job(self, request: Request) -> Job:
        return found_job(self._book, INGEST, request)


def _wait_for_files(job: Job) -> None:
    """A job that was aborted is over at once, and its files a moment later."""
    with job.at_work:
        return


def _blocks(path: Path) -> Iterator[bytes]:
    if not path.exists():
        return
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block

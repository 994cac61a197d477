"""`GET /health`: is the service up, how did each job's last run end, when is the next. Loopback by default."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sf_lifecycle.errors import UsageError

GOOD = ("done", "nothing", "waiting", "busy")


class Health:
    """How each job's last run in this process ended. Shared between the scheduler's thread and the server's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, dict[str, str]] = {}

    def ended(self, job: str, status: str, began: dt.datetime) -> None:
        """A run of the job ended."""
        with self._lock:
            self._last[job] = {"status": status, "began": began.isoformat()}

    def facts(self) -> tuple[bool, dict[str, dict[str, str]]]:
        """Whether all last runs ended well, and each of them."""
        with self._lock:
            last = {job: dict(facts) for job, facts in self._last.items()}
        return all(facts["status"] in GOOD for facts in last.values()), last


@contextlib.contextmanager
def serve_health(listen: str, health: Health, next_runs: Callable[[], dict[str, str]]) -> Iterator[None]:
    """Answers while the block runs. UsageError where the address cannot be had."""

    def answer(_request: Request) -> JSONResponse:
        good, last = health.facts()
        body: dict[str, Any] = {"ok": good, "jobs": last, "next": next_runs()}
        return JSONResponse(body, status_code=200 if good else 503)

    host, _, port = listen.rpartition(":")
    config = uvicorn.Config(
        Starlette(routes=[Route("/health", answer)]), host=host, port=int(port), log_config=None, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_serve, args=(server,), name="health", daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    if not server.started:
        raise UsageError(f"cannot listen on {listen}; is another service running? See service.listen in config.toml")
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=5)


def _serve(server: uvicorn.Server) -> None:
    with contextlib.suppress(SystemExit):  # uvicorn's way of saying that the address is taken
        server.run()

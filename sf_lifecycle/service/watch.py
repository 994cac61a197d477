"""How the service watches a run: a log line a stage, and the word that it is time to stop."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import structlog

from sf_lifecycle.request import Stopped
from sf_lifecycle.service.log import logger

WRITING = "apply"


class ServiceWatch:
    """Stops a run at once before it writes, and between two batches while it does.

    `stopping`: the service was told to stop. `closes`: when the job's `write_between` is over.
    """

    def __init__(
        self, stopping: threading.Event, *, clock: Callable[[], dt.datetime], closes: dt.datetime | None
    ) -> None:
        self._stopping, self._clock, self._closes = stopping, clock, closes
        self._writing = False

    def began(self, run_id: str) -> None:
        """From here on every line carries the run."""
        structlog.contextvars.bind_contextvars(run=run_id)
        logger().info("run began")

    def stage(self, name: str) -> None:
        """A line a stage."""
        self._writing = name == WRITING
        self._stop_before_writing()
        logger().info("stage", stage=name)

    def progress(self, what: str, done: int, total: int | None, /) -> None:
        """Bars are for terminals; but reading a large org takes minutes, and a stop does not wait for them."""
        self._stop_before_writing()

    def should_stop(self) -> bool:
        """Asked between two batches."""
        return bool(self.why_stop())

    def why_stop(self) -> str:
        """Why the run must end, or the empty text."""
        if self._stopping.is_set():
            return "the service was told to stop"
        if self._closes is not None and self._clock() >= self._closes:
            return "write_between is over"
        return ""

    def _stop_before_writing(self) -> None:
        if not self._writing and self.should_stop():
            raise Stopped(f"{self.why_stop()}; nothing was written")

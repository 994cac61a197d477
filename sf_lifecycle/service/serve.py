"""The service: every job with a schedule, one run at a time, until it is told to stop."""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import LifecycleError, UsageError
from sf_lifecycle.pipeline import run
from sf_lifecycle.service.health import Health, serve_health
from sf_lifecycle.service.log import logger
from sf_lifecycle.service.schedule import trigger, wait_seconds, was_missed
from sf_lifecycle.session import Request
from sf_lifecycle.state import open_state

Clock = Callable[[], dt.datetime]


class ServiceWatch:
    """A run's watcher that writes log lines, and stops the run between two batches when the service stops."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def began(self, run_id: str) -> None:
        """From here on every line carries the run."""
        structlog.contextvars.bind_contextvars(run=run_id)
        logger().info("run began")

    def stage(self, name: str) -> None:
        """A line a stage."""
        logger().info("stage", stage=name)

    def progress(self, what: str, done: int, total: int | None, /) -> None:
        """Bars are for terminals."""

    def should_stop(self) -> bool:
        """True once the service was told to stop."""
        return self._stopping.is_set()


class Service:
    """The scheduler and what its jobs share. `serve` blocks until `stop` is called or a signal comes."""

    def __init__(self, workspace: Workspace, *, clock: Clock = lambda: dt.datetime.now(dt.UTC)) -> None:
        self.workspace, self._clock = workspace, clock
        self.zone = ZoneInfo(workspace.settings.timezone)
        self.stopping = threading.Event()
        self.health = Health()
        self._scheduler = BackgroundScheduler(
            timezone=self.zone,
            executors={"default": ThreadPoolExecutor(1)},  # one run at a time; the next one waits its turn
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def serve(self) -> None:
        """Run until told to stop. UsageError where no job has a schedule."""
        jobs = [job for job in self.workspace.jobs.values() if job.schedule]
        if not jobs:
            raise UsageError("no job has a `schedule`; add one in jobs/, or run a job with `sf-lifecycle run JOB`")
        for job in jobs:
            self._scheduler.add_job(self.run_job, trigger(job, self.zone), args=[job.name], id=job.name)
            if self._missed(job.name):
                logger().info("a missed run is made up", job=job.name)
                self._scheduler.add_job(self.run_job, args=[job.name], id=f"{job.name}, made up")
        self._scheduler.start()
        with serve_health(self.workspace.settings.service.listen, self.health, self._next_runs):
            logger().info("service began", jobs=[job.name for job in jobs], next=self._next_runs())
            self.stopping.wait()
            logger().info("service stops; a run under way ends after its batch")
            self._scheduler.shutdown(wait=True)

    def stop(self, *_: object) -> None:
        """Stop; fit for a signal handler."""
        self.stopping.set()

    def listen_to_signals(self) -> None:
        """SIGTERM and Ctrl-C stop the service. For the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def run_job(self, name: str) -> None:
        """One run, logged from beginning to end. A failure is logged and the next time comes all the same."""
        with structlog.contextvars.bound_contextvars(job=name):
            wait = wait_seconds(self.workspace.jobs[name], self.zone, self._clock())
            if wait:
                logger().info("waits for write_between", seconds=round(wait))
            if self.stopping.wait(wait):
                return
            self._run(name)
            structlog.contextvars.unbind_contextvars("run")

    def _run(self, name: str) -> None:
        began = self._clock()
        try:
            report = run(self.workspace, Request(job=name), ServiceWatch(self.stopping))
        except LifecycleError as error:
            self.health.ended(name, "failed", began)
            logger().error("run failed", kind=type(error).__name__, message=str(error), exit_code=error.exit_code)
        except Exception:
            self.health.ended(name, "bug", began)
            logger().exception("run ended by a bug")
            raise
        else:
            self.health.ended(name, report.status, began)
            logger().info(
                "run ended", status=report.status, created=report.done()["create"], updated=report.done()["update"],
                api_calls=report.calls,
            )  # fmt: skip

    def _missed(self, name: str) -> bool:
        with open_state(self.workspace.settings.storage.state_url) as state:
            last = state.last_run(name)
        return was_missed(self.workspace.jobs[name], self.zone, last.started if last else None, self._clock())

    def _next_runs(self) -> dict[str, str]:
        found = ((job.id, job.next_run_time) for job in self._scheduler.get_jobs())
        return {name: when.isoformat() for name, when in found if when is not None}

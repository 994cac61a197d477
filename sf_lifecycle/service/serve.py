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

from sf_lifecycle.config.job import Job
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import LifecycleError, Refused, UsageError
from sf_lifecycle.pipeline import run
from sf_lifecycle.report import RunReport
from sf_lifecycle.request import Request, Stopped, is_busy
from sf_lifecycle.service.health import Health, serve_health
from sf_lifecycle.service.log import logger
from sf_lifecycle.service.schedule import last_had, trigger, was_missed, window
from sf_lifecycle.service.watch import ServiceWatch
from sf_lifecycle.state import open_state

Clock = Callable[[], dt.datetime]

# A run that finds another one at work comes again this much later, unless its next time comes sooner.
AGAIN_AFTER = dt.timedelta(minutes=15)


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
        """Run until told to stop. UsageError where no job has a schedule, or the address is taken."""
        jobs = [job for job in self.workspace.jobs.values() if job.schedule]
        if not jobs:
            raise UsageError("no job has a `schedule`; add one in jobs/, or run a job with `sf-lifecycle run JOB`")
        missed = self._missed(jobs)
        self._scheduler.start(paused=True)  # nothing runs before the service is known to be able to
        try:
            for job in jobs:
                self._scheduler.add_job(self.run_job, trigger(job, self.zone), args=[job.name], id=job.name)
            for name in missed:
                logger().info("a missed run is made up", job=name)
                self._once(name, self._clock())
            with serve_health(self.workspace.settings.service.listen, self.health, self._next_runs):
                logger().info("service began", jobs=[job.name for job in jobs], next=self._next_runs())
                self._scheduler.resume()
                self.stopping.wait()
                logger().info("service stops; a run under way ends after its batch")
                self._scheduler.shutdown(wait=True)
                logger().info("service ended")
        finally:
            if self._scheduler.running:
                self._scheduler.shutdown(wait=True)

    def stop(self, *_: object) -> None:
        """Stop; fit for a signal handler."""
        self.stopping.set()

    def listen_to_signals(self) -> None:
        """SIGTERM and Ctrl-C stop the service. For the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def run_job(self, name: str) -> None:
        """One run, logged from beginning to end. Whatever becomes of it, the next time comes all the same."""
        if self.stopping.is_set():
            return
        with structlog.contextvars.bound_contextvars(job=name):
            now = self._clock()
            span = window(self.workspace.jobs[name], self.zone, now)
            if span and now < span[0]:
                # Not by sleeping here: other jobs run meanwhile.
                logger().info("waits for write_between", until=span[0].isoformat())
                self._once(name, span[0])
                return
            watch = ServiceWatch(self.stopping, clock=self._clock, closes=span[1] if span else None)
            try:
                status = self._run(name, watch)
            finally:
                structlog.contextvars.unbind_contextvars("run")
            self.health.ended(name, status, now)

    def _run(self, name: str, watch: ServiceWatch) -> str:
        """Runs the job and logs how it ended; returns the status for health."""
        try:
            report = run(self.workspace, Request(job=name), watch)
        except Stopped as error:
            logger().info("run stopped", reason=str(error))
            return "stopped"
        except Refused as error:
            if is_busy(error):
                again = self._again(name)
                logger().warning("another run has the org; this one did nothing", message=str(error), again=again)
                return "busy"
            guards = [refusal.guard for refusal in error.refusals]
            logger().error("run refused", guards=guards, message=str(error), exit_code=error.exit_code)
            return "refused"
        except LifecycleError as error:
            logger().error("run failed", kind=type(error).__name__, message=str(error), exit_code=error.exit_code)
            return "failed"
        except Exception:  # noqa: BLE001 - a bug in one job must not take the other jobs' nights with it
            logger().exception("run ended by a bug")
            return "bug"
        _log_end(report, watch)
        return report.status

    def _once(self, name: str, when: dt.datetime) -> None:
        """One run outside the schedule; two that wait for the same job are one."""
        self._scheduler.add_job(
            self.run_job, "date", run_date=when, args=[name], id=f"{name}, once", replace_existing=True
        )

    def _again(self, name: str) -> str | None:
        """Lets a run that was in the way of another come again; says when, None where its schedule comes sooner."""
        when = self._clock() + AGAIN_AFTER
        planned = self._scheduler.get_job(name)
        if planned is not None and planned.next_run_time is not None and planned.next_run_time <= when:
            return None
        self._once(name, when)
        return when.isoformat()

    def _missed(self, jobs: list[Job]) -> list[str]:
        with open_state(self.workspace.settings.storage.state_url) as state:
            last = {job.name: last_had(state.runs(job.name, limit=100)) for job in jobs}
        now = self._clock()
        return [job.name for job in jobs if was_missed(job, self.zone, last[job.name], now)]

    def _next_runs(self) -> dict[str, str]:
        found = ((job.id, job.next_run_time) for job in self._scheduler.get_jobs())
        return {name: when.isoformat() for name, when in found if when is not None}


def _log_end(report: RunReport, watch: ServiceWatch) -> None:
    """Counts alone: which rows failed, and why, is in state."""
    sections = report.applied.sections if report.applied else ()
    facts = {
        "status": report.status,
        "created": report.done()["create"],
        "updated": report.done()["update"],
        "failed": sum(section.failed for section in sections),
        "unknown": sum(section.unknown for section in sections),
        "api_calls": report.calls,
        "seconds": round(sum(report.seconds.values()), 1),
    }
    if report.status == "stopped":
        facts["reason"] = watch.why_stop() or "another run took over the org"
    if report.exit_code:
        logger().error("run ended", **facts, exit_code=report.exit_code)
    else:
        logger().info("run ended", **facts)

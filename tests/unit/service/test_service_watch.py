"""When the service ends a run: at once before it writes, between two batches while it does."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from sf_lifecycle.request import Stopped
from sf_lifecycle.service.watch import ServiceWatch

NOW = dt.datetime(2026, 11, 24, 6, 30, tzinfo=dt.UTC)


def watch(stopping: threading.Event | None = None, closes: dt.datetime | None = None) -> ServiceWatch:
    return ServiceWatch(stopping or threading.Event(), clock=lambda: NOW, closes=closes)


def test_a_run_that_reads_ends_at_once() -> None:
    stopping = threading.Event()
    reads = watch(stopping)
    reads.stage("pull")
    reads.progress("Account", 2000, None)
    assert not reads.should_stop()
    stopping.set()
    with pytest.raises(Stopped, match="the service was told to stop; nothing was written"):
        reads.progress("Account", 4000, None)
    with pytest.raises(Stopped):
        reads.stage("work out")


def test_a_run_that_writes_ends_between_batches() -> None:
    stopping = threading.Event()
    writes = watch(stopping)
    writes.stage("apply")
    stopping.set()
    writes.progress("create Task", 200, 400)
    assert writes.should_stop()


@pytest.mark.parametrize(("minutes", "over"), [(1, False), (0, True), (-1, True)])
def test_a_run_ends_when_its_hours_are_over(minutes: int, over: bool) -> None:
    writes = watch(closes=NOW + dt.timedelta(minutes=minutes))
    writes.stage("apply")
    assert writes.should_stop() is over
    assert writes.why_stop() == ("write_between is over" if over else "")

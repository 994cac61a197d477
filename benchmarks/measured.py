"""What one process of a benchmark took: seconds, processor seconds, memory. Imports next to nothing itself."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Facts = dict[str, Any]


class Stopwatch:
    """Seconds by name. A call within a call of the same watch counts for the outer one only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._busy = False

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        if self._busy:
            yield
            return
        self._busy, began = True, time.perf_counter()
        try:
            yield
        finally:
            self._busy = False
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def watch(self, thing: object, name: str, *methods: str) -> None:
        """Time these methods of one object."""
        for method in methods:
            setattr(thing, method, self._timed(name, getattr(thing, method)))

    def _timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.on(name):
                return work(*args, **kwargs)

        return timed


def measured(work: Callable[[], Facts]) -> Facts:
    """What `work` tells, with `seconds`, `cpu`, `peak_mb` of this process and `start_mb` before the work began."""
    start = memory_mb("VmRSS")
    began, worked = time.perf_counter(), time.process_time()
    facts = work()
    took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
    return {"start_mb": start, "peak_mb": memory_mb("VmHWM")} | took | facts


def report(facts: Facts) -> None:
    """To whoever started this process."""
    print(json.dumps(facts))


def memory_mb(what: str) -> float:
    """VmRSS or VmHWM of this process. `getrusage` would count in what the process that started it held then."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) / 1024

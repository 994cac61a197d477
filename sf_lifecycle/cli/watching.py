"""How a person at a terminal watches a run: the stage it is in, bars, and Ctrl-C that stops between two batches."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sf_lifecycle.cli.output import Tick, progress

WRITING = "apply"


class TerminalWatch:
    """A run's watcher for one command."""

    def __init__(self, tick: Tick) -> None:
        self._tick = tick
        self._current = ""
        self.stopping = False

    def began(self, run_id: str) -> None:
        """Said at the end."""

    def stage(self, name: str) -> None:
        """A stage begins: a bar of unknown length until it says more."""
        self._current = name
        self._tick(name, 0, None)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Within a stage."""
        self._tick(f"  {what}", done, total)

    def should_stop(self) -> bool:
        """True once somebody asked to stop."""
        return self.stopping

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """While writing, the batch under way is finished first; asked twice, or before anything is written: at once."""
        if self.stopping or self._current != WRITING:
            raise KeyboardInterrupt
        self.stopping = True


@contextmanager
def watching(*, bars: bool = True) -> Iterator[TerminalWatch]:
    """A watcher that listens to Ctrl-C and SIGTERM while it is used."""
    with progress(wanted=bars) as tick:
        watch = TerminalWatch(tick)
        earlier = {number: signal.signal(number, watch.stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield watch
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

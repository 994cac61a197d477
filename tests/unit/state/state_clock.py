"""The clock that state looks at in tests."""

from __future__ import annotations

import datetime as dt

START = dt.datetime(2026, 11, 23, 3, 30, tzinfo=dt.UTC)


class Clock:
    """Stands still until a test moves it; with `step` it moves by itself, before each look."""

    def __init__(self, step: dt.timedelta = dt.timedelta(0)) -> None:
        self.now, self._step = START, step

    def __call__(self) -> dt.datetime:
        self.now += self._step
        return self.now


def ticking() -> Clock:
    """Later by a minute with each look."""
    return Clock(dt.timedelta(minutes=1))

"""API calls counted against the daily limit."""

from __future__ import annotations

import threading
from datetime import timedelta

from .clock import Clock

_DAY = timedelta(hours=24)


class Meter:
    """Calls of the last 24 hours. (Salesforce's window rolls; this one starts again 24 hours after its first call.)"""

    def __init__(self, limit: int, now: Clock) -> None:
        self.limit = limit
        self._now = now
        self._lock = threading.Lock()
        self._started = now()
        self._used = 0

    @property
    def used(self) -> int:
        return self._used

    def count(self) -> bool:
        """One more call; False where the limit is used up (a refused call is not counted)."""
        with self._lock:
            if self._now() - self._started >= _DAY:
                self._started, self._used = self._now(), 0
            if self._used >= self.limit:
                return False
            self._used += 1
            return True

    def header(self) -> str:
        return f"api-usage={self._used}/{self.limit}"

"""How many requests we sent, and how much of the org's day is used."""

from __future__ import annotations

import re
from threading import Lock

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")


class CallMeter:
    """`spent`: requests to `/services/data` sent by us, tries included (logins are not API calls). `used` and `limit`:
    the org's rolling day as its last answer told, all programs together; they lag, so `spent` is the surer count.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.spent = 0
        self.used: int | None = None
        self.limit: int | None = None

    def sent(self) -> None:
        """One request leaves."""
        with self._lock:
            self.spent += 1

    def answered(self, limit_info: str | None) -> None:
        """The value of `Sforce-Limit-Info`, where the answer had one."""
        found = _USAGE.search(limit_info or "")
        if found:
            with self._lock:
                self.used, self.limit = int(found[1]), int(found[2])

"""How many requests we sent, how much of the org's day is used, and what time it is there."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from threading import Lock

_USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")


class CallMeter:
    """`spent`: requests to `/services/data` sent by us, tries included (logins are not API calls). `used` and `limit`:
    the org's rolling day as its last answer told, all programs together; they lag, so `spent` is the surer count.
    `server_time`: the org's clock (aware, whole seconds) when it sent its last answer, None until one told it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self.spent = 0
        self.used: int | None = None
        self.limit: int | None = None
        self.server_time: dt.datetime | None = None

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

    def dated(self, date: str | None) -> None:
        """The value of the `Date` header; one that cannot be read says nothing."""
        try:
            found = parsedate_to_datetime(date or "")
        except ValueError:
            found = None
        with self._lock:
            # An answer without a date leaves no older one standing: it could be hours old.
            self.server_time = found.astimezone(dt.UTC) if found is not None and found.tzinfo is not None else None

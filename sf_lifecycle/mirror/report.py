"""What a pull did, as a value."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Mode = Literal["full", "changes", "unchanged"]


@dataclass(frozen=True, kw_only=True)
class ObjectReport:
    """One table. `rows`: in the table now; `read`: rows read by this pull. `org_count`: the org's own approximate count
    whoever may see the rows, None where it tells none. `watermark`: the org's clock from which the next pull goes on.
    """

    table: str
    object: str
    rows: int
    calls: int
    seconds: float
    bulk: bool
    org_count: int | None = None
    read: int = 0
    mode: Mode = "full"
    watermark: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class PullReport:
    """A whole pull: `calls` and `seconds` include counts and the merge. `full`: everything was read anew.

    `expected`: the calls it was going to take as far as could be told before the first row was read. `watermark`: the
    org's clock when it began.
    """

    objects: tuple[ObjectReport, ...]
    calls: int
    seconds: float
    notes: tuple[str, ...] = ()
    full: bool = True
    expected: int = 0
    watermark: dt.datetime | None = None

    @property
    def rows(self) -> int:
        """Rows read, all tables together."""
        return sum(each.read for each in self.objects)

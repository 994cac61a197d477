"""What a pull did, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ObjectReport:
    """One table. `org_count`: the org's own approximate count whoever may see the rows, None where it tells none."""

    table: str
    object: str
    rows: int
    calls: int
    seconds: float
    bulk: bool
    org_count: int | None = None


@dataclass(frozen=True, kw_only=True)
class PullReport:
    """A whole pull: `calls` and `seconds` include descriptions, counts and the merge."""

    objects: tuple[ObjectReport, ...]
    calls: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows read, all tables together."""
        return sum(each.rows for each in self.objects)

"""What became of a plan, counted: for each kind of change sent = done + exists + failed + unknown, always."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sf_lifecycle.errors import OrgError
from sf_lifecycle.state import Settlement

ApplyStatus = Literal["done", "partial", "failed", "stopped"]
ENDS = frozenset({"done", "exists", "failed", "unknown"})
SET_ASIDE = "SET_ASIDE"

# Messages name records; for counting them together an Id is an Id. It is never read out of them.
_ID = re.compile(r"\b(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?\b")


@dataclass(frozen=True, kw_only=True)
class SectionReport:
    """One section in rows. `sent`: taken up, so that each has an outcome; `set_aside`: not sent any more, after too
    many refusals; `planned` - `sent` - `set_aside` were left by a stop, and failed rows with the code NOT_SENT.
    """

    object: str
    operation: str
    planned: int
    sent: int = 0
    done: int = 0
    exists: int = 0
    failed: int = 0
    unknown: int = 0
    set_aside: int = 0


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Rows of one section that went the same way for the same reason; `example` is the ref of the first.

    `status`: failed, unknown, exists, or "set aside".
    """

    object: str
    operation: str
    status: str
    code: str
    message: str
    rows: int
    example: str


@dataclass(frozen=True, kw_only=True)
class ApplyReport:
    """`error` is set where the org stopped the run as a whole; `labels` counts changes of word remembered."""

    status: ApplyStatus
    sections: tuple[SectionReport, ...]
    troubles: tuple[Trouble, ...]
    calls: int
    labels: int = 0
    error: OrgError | None = None

    def done(self, operation: str) -> dict[str, int]:
        """Object → rows written, for one operation."""
        return {s.object: s.done for s in self.sections if s.operation == operation and s.done}

    @property
    def written(self) -> int:
        """Rows written to the org."""
        return sum(section.done for section in self.sections)

    @property
    def set_aside(self) -> int:
        """Rows not sent any more, until a person has them tried again."""
        return sum(section.set_aside for section in self.sections)


class Unaccounted(RuntimeError):
    """A row of a batch has no outcome, or two: a bug of ours. What the ledger holds as open the next run reads back."""


class Tally:
    """The count of one section while it is carried out."""

    def __init__(self, object_name: str, operation: str, planned: int) -> None:
        self.object, self.operation, self.planned = object_name, operation, planned
        self._statuses: Counter[str] = Counter()
        self._aside: Trouble | None = None
        self._troubles: dict[tuple[str, str, str], tuple[int, str]] = {}

    def add(self, refs: Sequence[str], outcomes: Sequence[Settlement]) -> None:
        """The outcomes of one batch. Unaccounted unless each row has exactly one."""
        ended = [outcome for outcome in outcomes if outcome.status in ENDS]
        if not len(refs) == len(outcomes) == len(ended):
            raise Unaccounted(f"{self.operation} {self.object}: {len(refs)} rows sent, {len(ended)} have an outcome")
        for ref, outcome in zip(refs, outcomes, strict=True):
            self._statuses[outcome.status] += 1
            if outcome.code:
                reason = (outcome.status, outcome.code, _ID.sub("…", outcome.message))
                rows, example = self._troubles.get(reason, (0, ref))
                self._troubles[reason] = (rows + 1, example)

    def leave(self, refs: Sequence[str], since: dt.datetime, last: str) -> None:
        """Rows that are set aside. `last`: what was said of one of them."""
        self._aside = Trouble(
            object=self.object,
            operation=self.operation,
            status="set aside",
            code=SET_ASIDE,
            message=f"first since {since:%Y-%m-%d}: {last}; `sf-lifecycle state retry` tries them again",
            rows=len(refs),
            example=refs[0],
        )

    @property
    def sent(self) -> int:
        return self._statuses.total()

    def report(self) -> SectionReport:
        return SectionReport(
            object=self.object,
            operation=self.operation,
            planned=self.planned,
            sent=self.sent,
            done=self._statuses["done"],
            exists=self._statuses["exists"],
            failed=self._statuses["failed"],
            unknown=self._statuses["unknown"],
            set_aside=self._aside.rows if self._aside else 0,
        )

    def troubles(self) -> list[Trouble]:
        grouped = [
            Trouble(
                object=self.object,
                operation=self.operation,
                status=status,
                code=code,
                message=message,
                rows=rows,
                example=example,
            )
            for (status, code, message), (rows, example) in self._troubles.items()
        ]
        return [*grouped, *([self._aside] if self._aside else [])]


def conclude(sections: Iterable[SectionReport], *, stopped: bool, error: OrgError | None) -> ApplyStatus:
    """The status of the whole. Rows set aside spoil it no more: they are told apart."""
    if error is not None:
        return "failed"
    if stopped:
        return "stopped"
    counted = list(sections)
    if not sum(section.failed + section.unknown for section in counted):
        return "done"
    return "partial" if sum(section.done + section.exists for section in counted) else "failed"

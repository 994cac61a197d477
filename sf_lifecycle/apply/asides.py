"""Rows that the org refused before: sent apart from fresh ones, and after some runs not at all until a person says so.

A bad row among good ones makes Salesforce run the good ones' triggers again, mails and callouts included.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from sf_lifecycle.apply.records import Row, rows_of
from sf_lifecycle.apply.report import SET_ASIDE
from sf_lifecycle.plan.changes import Section
from sf_lifecycle.salesforce.decide import row_is_to_blame
from sf_lifecycle.state import Aside, Failure, Settlement, State

MOST_ATTEMPTS = 5
# Failed without having been refused: the row was not sent, or what it names was not made.
NOT_REFUSED = frozenset({SET_ASIDE, "UNRESOLVED", "GROUND_MOVED", "NOT_SENT", "NO_ANSWER"})


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A section in the order it is sent: fresh rows, then those refused before; `left` is not sent."""

    fresh: Section
    again: Section
    left: Section
    known: Sequence[Aside]  # of `left`, row by row

    @property
    def since(self) -> dt.datetime:
        """When the first of the rows left was refused first."""
        return min(aside.since for aside in self.known)


class Asides:
    """What was refused before, as it was when the plan began to be carried out: one query for the whole plan."""

    def __init__(self, state: State, org_id: str) -> None:
        self._state, self._org_id = state, org_id
        self._known = {(each.object, each.operation, each.ref): each for each in state.all_asides(org_id)}

    def part(self, section: Section) -> Parts:
        """Rows with other values than those that were refused are fresh."""
        kind = (section.object, section.operation)
        met = [i for i, ref in enumerate(section.rows["ref"]) if (*kind, ref) in self._known] if self._known else []
        rows = rows_of(_some(section, met), range(len(met))) if met else []
        asides = [self._known[*kind, row.ref] for row in rows]
        same = [aside.digest == digest(row) for aside, row in zip(asides, rows, strict=True)]
        found = {place: aside for place, aside, is_same in zip(met, asides, same, strict=True) if is_same}
        left = [place for place, aside in found.items() if aside.attempts >= MOST_ATTEMPTS]
        again = [place for place in found if place not in set(left)]
        fresh = section if not found else _some(section, [i for i in range(len(section)) if i not in found])
        known = [found[place] for place in left]
        return Parts(fresh=fresh, again=_some(section, again), left=_some(section, left), known=known)

    def note(self, section: Section, planned: Sequence[Row], outcomes: Sequence[Settlement]) -> None:
        """After a batch. `planned`: the rows as the plan has them, before Ids took the place of keys."""
        failures, succeeded = [], []
        for row, outcome in zip(planned, outcomes, strict=True):
            if _is_refused(outcome):
                failures.append(Failure(ref=row.ref, digest=digest(row), code=outcome.code, message=outcome.message))
            elif outcome.status in ("done", "exists") and (section.object, section.operation, row.ref) in self._known:
                succeeded.append(row.ref)
        if failures or succeeded:
            self._state.note_outcomes(self._org_id, section.object, section.operation, failures, succeeded)


def _is_refused(outcome: Settlement) -> bool:
    sent = outcome.status == "failed" and outcome.attempts > 0 and outcome.code not in NOT_REFUSED
    return sent and row_is_to_blame(outcome.code, outcome.message)


def not_sent(aside: Aside) -> Settlement:
    """The outcome of a row that is set aside."""
    return Settlement(status="failed", code=SET_ASIDE, message=aside.message or aside.code, attempts=0)


def digest(row: Row) -> str:
    """Of the values sent; of a delete, those that go. Rows that name a key, not an Id, stay the same row."""
    content = orjson.dumps(dict(row.values) or dict(row.before), option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _some(section: Section, places: list[int]) -> Section:
    return replace(section, rows=section.rows.iloc[places].reset_index(drop=True))

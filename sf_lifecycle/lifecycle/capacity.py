"""Reps have hours: which day each new Task is due, without ever filling anyone's week beyond its measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping as MappingABC
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sf_lifecycle.config.mapping import Capacity, Play
from sf_lifecycle.lifecycle.calendar import AHEAD_DAYS, Numbers, WorkingDays
from sf_lifecycle.lifecycle.diary import (
    QUIET as QUIET,
    SPOKEN as SPOKEN,
    URGENT as URGENT,
    Diary,
    day_of,
    number_of,
)
from sf_lifecycle.lifecycle.hours import FULL
from sf_lifecycle.lifecycle.outreach import PLANNED, WAITING, speaks

HIGH = "High"
NEVER = np.iinfo(np.int64).max
TOO_LATE = "its last day has passed"
AWAY = "its owner does not work before its last day"
NO_ROOM = "waits for room in the owner's week"
LATER = "its Task is made nearer its day"


def kind_of(play: Play) -> str:
    """Which measure of the week a play's Tasks count against."""
    if play.task is not None and play.task.priority == HIGH:
        return URGENT
    return SPOKEN if speaks(play) else QUIET


def whole_week(owner: str) -> Fraction:
    """Nobody's hours are known: a full week."""
    return FULL


def spread(
    outreaches: pd.DataFrame,
    capacity: Capacity,
    kinds: MappingABC[str, str],
    busy: Iterable[tuple[str, dt.date, str]],
    days_of: Callable[[str], WorkingDays],
    as_of: dt.date,
    *,
    share: Callable[[str], Fraction] = whole_week,
) -> pd.DataFrame:
    """Waiting outreaches with a target get a `due` day, and are planned where that day is near enough.

    `outreaches` needs priority, position, play, owner (settled), target, limit, state, moved; `kinds`: play → measure;
    `busy` are (owner, due day, kind) of our open Tasks and of those done in weeks that still run; `days_of`: an
    owner's working days, absence left out; `share`: how much of a full week an owner works. A target already past gets
    the first free slot, never one after the limit; a cliff is spread over the days before it by rank. Tasks that move
    come first and go to their day however far it is: they are made already. Returns the frame with `due` (date or
    None), `state` and `reason` settled.
    """
    books = _Books(capacity=capacity, days_of=days_of, share=share, as_of=as_of)
    for owner, day, kind in busy:
        books.of(owner).diary.take(number_of(day), kind)
    state = outreaches["state"].to_numpy(dtype=object, copy=True)
    due = np.full(len(outreaches), None, dtype=object)
    reason = outreaches["reason"].to_numpy(dtype=object, copy=True)
    moved = outreaches["moved"].to_numpy(dtype=bool)
    asked = np.flatnonzero(((state == WAITING) | moved) & outreaches["target"].notna().to_numpy())
    target, limit = _numbers(outreaches["target"], NEVER), _numbers(outreaches["limit"], NEVER)
    owner_of = outreaches["owner"].to_numpy(dtype=object)
    kind_at = outreaches["play"].map(dict(kinds)).to_numpy(dtype=object)
    create_until = number_of(as_of) + capacity.lead_days
    for row in asked[_best_first(outreaches.iloc[asked])].tolist():
        slot, why = _place(books.of(owner_of[row]), kind_at[row], int(target[row]), int(limit[row]))
        if slot is not None and (moved[row] or slot <= create_until):
            due[row], reason[row] = day_of(slot), ""
            state[row] = PLANNED if state[row] == WAITING else state[row]
        else:
            reason[row] = why or LATER
    settled = {"due": due, "state": state, "reason": reason}
    return outreaches.assign(
        **{name: pd.Series(values, index=outreaches.index, dtype=object) for name, values in settled.items()}
    )


@dataclass(frozen=True, kw_only=True)
class _Book:
    """An owner's diary. `first`: their first working day; `last`: as far ahead as weeks are filled."""

    diary: Diary
    today: int
    first: int
    last: int


class _Books:
    """Everybody's diaries, opened when they are first asked for."""

    def __init__(
        self,
        *,
        capacity: Capacity,
        days_of: Callable[[str], WorkingDays],
        share: Callable[[str], Fraction],
        as_of: dt.date,
    ) -> None:
        self._capacity, self._days_of, self._share, self._as_of = capacity, days_of, share, as_of
        self._until = as_of + dt.timedelta(days=AHEAD_DAYS)
        self._books: dict[str, _Book] = {}
        self._work: dict[WorkingDays, list[int]] = {}

    def of(self, owner: str) -> _Book:
        if owner not in self._books:
            calendar = self._days_of(owner)
            if calendar not in self._work:
                self._work[calendar] = [number_of(day) for day in calendar.between(self._as_of, self._until)]
            work = self._work[calendar]
            self._books[owner] = _Book(
                diary=Diary(work, self._capacity, self._share(owner)),
                today=number_of(self._as_of),
                first=work[0] if work else NEVER,
                last=number_of(self._until),
            )
        return self._books[owner]


def _place(book: _Book, kind: str, target: int, limit: int) -> tuple[int | None, str]:
    """The day taken for one Task, or why there is none."""
    if limit < book.today:
        return None, TOO_LATE
    if limit < book.first:
        return None, AWAY
    if target > book.last:
        return None, LATER
    day = book.diary.slot(kind, min(max(target, book.first), limit), limit)
    if day is None:
        return None, NO_ROOM
    book.diary.take(day, kind)
    return day, ""


def _best_first(rows: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Positions of rows, each owner's together, best first: what moves, then by priority, place on its list, play."""
    return np.lexsort(
        (
            pd.factorize(rows["play"], sort=True)[0],
            rows["position"].to_numpy(dtype=np.int64),
            -rows["priority"].to_numpy(dtype=np.int64),
            ~rows["moved"].to_numpy(dtype=bool),
            pd.factorize(rows["owner"])[0],
        )
    )


def _numbers(dates: pd.Series[Any], missing: int) -> Numbers:
    """Days since 1970-01-01; `missing` where there is none."""
    days = dates.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), missing, days.astype(np.int64))

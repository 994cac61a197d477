"""Reps have hours: which day each new Task is due, without ever filling anyone's week beyond its measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping as MappingABC
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sf_lifecycle.config.mapping import Capacity, Play
from sf_lifecycle.lifecycle.calendar import AHEAD_DAYS, Numbers, WorkingDays
from sf_lifecycle.lifecycle.diary import (
    MONDAY,
    QUIET as QUIET,
    SPOKEN as SPOKEN,
    URGENT as URGENT,
    WEEK,
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


@dataclass(frozen=True, kw_only=True)
class Handed:
    """An open Task that goes to somebody else: `row`, its place in the frame; `day`, which it has; `takers`, who may
    have it, the one it goes to first; `limit`: its last day.
    """

    row: int
    day: dt.date | None
    takers: tuple[str, ...]
    limit: dt.date | None = None


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
    handed: Collection[Handed] = (),
) -> pd.DataFrame:
    """Waiting outreaches with a target get a `due` day, and are planned where that day is near enough.

    `outreaches` needs priority, position, play, owner (settled), target, limit, state, moved; `kinds`: play → measure;
    `busy` are (owner, due day, kind) of our open Tasks and of those done in weeks that still run; `days_of`: an
    owner's working days, absence left out; `share`: how much of a full week an owner works. A target already past gets
    the first free slot, never one after the limit, and on the limit itself only where no earlier day is free; a cliff
    is spread over the days before it by rank. What would be late for its limit soon (within `lead_days`) comes before
    others of its priority, and finds room among what is kept for urgent Tasks. Tasks that move come first and go to
    their day however far it is: they are made already. Those that are handed over come before them, and keep their day
    where their new owner has room. Returns the frame with `due` (date or None), `owner`, `state` and `reason` settled.
    """
    books = _Books(capacity=capacity, days_of=days_of, share=share, as_of=as_of)
    for owner, day, kind in busy:
        books.of(owner).diary.take(number_of(day), kind)
    owner_of = outreaches["owner"].to_numpy(dtype=object, copy=True)
    kind_at = outreaches["play"].map(dict(kinds)).to_numpy(dtype=object)
    state = outreaches["state"].to_numpy(dtype=object, copy=True)
    due = np.full(len(outreaches), None, dtype=object)
    reason = outreaches["reason"].to_numpy(dtype=object, copy=True)
    moved = outreaches["moved"].to_numpy(dtype=bool)
    asked = np.flatnonzero(((state == WAITING) | moved) & outreaches["target"].notna().to_numpy())
    target, limit = _numbers(outreaches["target"], NEVER), _numbers(outreaches["limit"], NEVER)
    create_until = number_of(as_of) + capacity.lead_days
    by_row = {each.row: each for each in handed}
    given = np.array(sorted(by_row), dtype=np.int64)
    for row in given[_best_first(outreaches.iloc[given], by_owner=False)].tolist():
        owner_of[row], stays = _taken_over(books, by_row[row], kind_at[row], create_until)
        due[row] = stays if stays != by_row[row].day else None
    soon = limit <= create_until
    asked = asked[~np.isin(asked, given)]
    for row in asked[_best_first(outreaches.iloc[asked], soon[asked])].tolist():
        until = create_until if soon[row] else None
        slot, why = _place(books.of(owner_of[row]), kind_at[row], int(target[row]), int(limit[row]), until)
        if slot is not None and (moved[row] or slot <= create_until):
            due[row], reason[row] = day_of(slot), ""
            state[row] = PLANNED if state[row] == WAITING else state[row]
        else:
            reason[row] = why or LATER
    settled = {"owner": owner_of, "due": due, "state": state, "reason": reason}
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


def _place(book: _Book, kind: str, target: int, limit: int, soon: int | None) -> tuple[int | None, str]:
    """The day taken for one Task, or why there is none. `soon`: its limit is near, on this day at the latest."""
    if limit < book.today:
        return None, TOO_LATE
    if limit < book.first:
        return None, AWAY
    if target > book.last:
        return None, LATER
    wanted = max(target, book.first)
    day = None
    for last in (limit - 1, limit) if limit > book.first else (limit,):
        day = book.diary.slot(kind, min(wanted, last), last)
        if day is None and soon is not None and kind == SPOKEN:
            day = _kept_place(book.diary, min(wanted, last), min(last, _whole_weeks(soon)))
        if day is not None:
            book.diary.take(day, kind)
            return day, ""
    return None, NO_ROOM


def _kept_place(diary: Diary, target: int, last: int) -> int | None:
    """A place kept for urgent Tasks, for what cannot wait. It counts as what it is, so that others get no more room."""
    return diary.slot(URGENT, min(target, last), last)


def _whole_weeks(day: int) -> int:
    """The last Sunday up to a day. In the week after it some places are only thought of, for Tasks made on a later
    night: nobody takes more than the measure there, or a second look tonight would think of others.
    """
    return WEEK * ((day + 1 - MONDAY) // WEEK) + MONDAY - 1


def _taken_over(books: _Books, task: Handed, kind: str, create_until: int) -> tuple[str, dt.date | None]:
    """Who gets a Task that is handed over, and its day: its own where there is room, else another one near enough.

    Where none of the takers has any, the first one has it on its day: it is never lost.
    """
    limit = number_of(task.limit) if task.limit else NEVER
    for owner in task.takers:
        book = books.of(owner)
        wanted = max(number_of(task.day), book.today) if task.day else book.today
        last = min(limit, max(create_until, wanted))
        slot = book.diary.slot(kind, wanted, last) if wanted <= last else None
        if slot is not None:
            book.diary.take(slot, kind)
            return owner, day_of(slot)
    owner = task.takers[0]
    if task.day:
        books.of(owner).diary.take(number_of(task.day), kind)
    return owner, task.day


def _best_first(
    rows: pd.DataFrame, soon: npt.NDArray[np.bool_] | None = None, *, by_owner: bool = True
) -> npt.NDArray[np.intp]:
    """Positions of rows, best first: what moves, then by priority, what is `soon`, place on its list, play. Each
    owner's together, which asks for every diary once.
    """
    order = [
        pd.factorize(rows["play"], sort=True)[0],
        rows["position"].to_numpy(dtype=np.int64),
        np.zeros(len(rows), dtype=bool) if soon is None else ~soon,
        -rows["priority"].to_numpy(dtype=np.int64),
        ~rows["moved"].to_numpy(dtype=bool),
    ]
    return np.lexsort([*order, pd.factorize(rows["owner"])[0]] if by_owner else order)


def _numbers(dates: pd.Series[Any], missing: int) -> Numbers:
    """Days since 1970-01-01; `missing` where there is none."""
    days = dates.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), missing, days.astype(np.int64))

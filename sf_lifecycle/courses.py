"""The course of one record through a label's words: when it entered and left each, and how often it came back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sf_lifecycle.state.labels import Stay


@dataclass(frozen=True, kw_only=True)
class Passage:
    """One stay. `days`: until it left, or until the day that is asked about; `time`: 1 for the first time in `word`."""

    entered: dt.date
    left: dt.date | None
    previous: str | None
    word: str
    why: str | None
    days: int
    time: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """All stays up to a day, the first one first. `days_in`: word → days over all its stays; `returns`: how often it
    entered a word in which it had been before.
    """

    passages: tuple[Passage, ...]
    highest: str | None
    days_in: Mapping[str, int]
    returns: int

    @property
    def word(self) -> str | None:
        """The word on that day; None before the first one."""
        return self.passages[-1].word if self.passages else None


def course(stays: Sequence[Stay], as_of: dt.date) -> Course:
    """What was known by the end of `as_of`: later entries did not happen yet, later ends neither."""
    known = [
        replace(stay, left=None) if stay.left is not None and stay.left > as_of else stay
        for stay in stays
        if stay.entered <= as_of
    ]
    times: Counter[str] = Counter()
    days: Counter[str] = Counter()
    passages = []
    for stay in known:
        lasted = ((stay.left or as_of) - stay.entered).days
        times[stay.word] += 1
        days[stay.word] += lasted
        passages.append(
            Passage(
                entered=stay.entered,
                left=stay.left,
                previous=stay.previous,
                word=stay.word,
                why=stay.why,
                days=lasted,
                time=times[stay.word],
            )
        )
    return Course(
        passages=tuple(passages),
        highest=known[-1].highest if known else None,
        days_in=dict(days),
        returns=sum(number - 1 for number in times.values()),
    )

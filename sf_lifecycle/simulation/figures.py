"""What a simulation tells: numbers by week, and nothing about any one account."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

STAGE, TASKS, WAVE = "stage", "tasks", "wave"
MADE, WAITING, LEFT_OUT = "made", "waiting", "left out"
ON_LIST = (MADE, WAITING, LEFT_OUT)
COLUMNS = ("week", "kind", "name", "rep", "number")


@dataclass(frozen=True, kw_only=True)
class Week:
    """One week. `first`: its first day, on which it is worked out; `until`: the first day after it.

    `stages`: word → accounts and Leads. `lists`: play → made, waiting, left out → outreaches. `tasks`: (play, rep) →
    Tasks due in the week. `waves`: campaign → people who join it this week.
    """

    first: dt.date
    until: dt.date
    stages: Mapping[str, int]
    lists: Mapping[str, Mapping[str, int]]
    tasks: Mapping[tuple[str, str], int]
    waves: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """The weeks ahead of one job, to the day before `until`. `order`: the model's stages; `plays`: name → title.

    `standing`: campaign → people who are in it before the first week.
    """

    job: str
    as_of: dt.date
    until: dt.date
    assumption: str
    order: tuple[str, ...]
    plays: Mapping[str, str]
    standing: Mapping[str, int]
    weeks: tuple[Week, ...]

    def tasks_by_play(self) -> dict[str, list[int]]:
        """Play → Tasks due in each week; plays without any are left out."""
        return self._tasks(lambda play, _: play)

    def tasks_by_rep(self) -> dict[str, list[int]]:
        """Rep → Tasks due in each week, the busiest first."""
        return self._tasks(lambda _, rep: rep)

    def _tasks(self, name: Callable[[str, str], str]) -> dict[str, list[int]]:
        total: Counter[str] = Counter()
        found: dict[str, list[int]] = {}
        for index, week in enumerate(self.weeks):
            for pair, number in week.tasks.items():
                row = found.setdefault(name(*pair), [0] * len(self.weeks))
                row[index] += number
                total[name(*pair)] += number
        return {each: found[each] for each, _ in sorted(total.items(), key=lambda item: (-item[1], item[0]))}

    def waves(self) -> dict[str, int]:
        """Campaign → planned members at the end, in the order in which they begin to fill."""
        total = Counter(self.standing)
        for week in self.weeks:
            total.update(week.waves)
        return dict(total)

    def months(self) -> list[tuple[str, list[Week]]]:
        """`2026-11` → its weeks; a week belongs to the month of its first day."""
        found: dict[str, list[Week]] = {}
        for week in self.weeks:
            found.setdefault(f"{week.first:%Y-%m}", []).append(week)
        return list(found.items())


def long_table(simulation: Simulation) -> pd.DataFrame:
    """One row a number, with the columns COLUMNS; kind: stage, made, waiting, left out, tasks or wave."""
    rows = [row for week in simulation.weeks for row in _rows(week)]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _rows(week: Week) -> Iterator[tuple[dt.date, str, str, str | None, int]]:
    for name, number in week.stages.items():
        yield week.first, STAGE, name, None, number
    for play, states in week.lists.items():
        for state in ON_LIST:
            yield week.first, state, play, None, states.get(state, 0)
    for (play, rep), number in sorted(week.tasks.items()):
        yield week.first, TASKS, play, rep, number
    for name, number in week.waves.items():
        yield week.first, WAVE, name, None, number

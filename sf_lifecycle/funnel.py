"""The funnel: how many parties and people there are, how many may be approached, and what stops the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.lifecycle.figures import tally
from sf_lifecycle.lifecycle.queries import FUNNEL
from sf_lifecycle.look import View
from sf_lifecycle.prepared import funnels
from sf_lifecycle.stages import Worked

MAY = "may_"
YES = "yes"
Tally = Sequence[tuple[str, str | None, int]]


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One way to approach people. `people` may be approached through it; `parties`: those with such a person, None
    where nobody counted; `stopped`: reason → people, most first.
    """

    name: str
    people: int
    parties: int | None
    stopped: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """`parties`: object → accounts or Leads. Numbers and reasons only, nobody's name."""

    parties: Mapping[str, int]
    people: int
    channels: tuple[Channel, ...]


def funnel_of(view: View) -> Funnel:
    """The funnel over the view's records; no list is worked out for it."""
    program, ground = view.prepared.program, view.ground
    labels = funnels(view.prepared.mapping)
    asked = {name: program.asked[name] for name in ("stage", *(FUNNEL + label for label in labels))}
    compiled = program.compile(asked.values())
    with program.run_compiled(ground.mirror, asked, compiled, as_of=view.as_of, history=ground.history) as run:
        objects = run.fetch("stage")["object"]
        tables = {label: run.fetch(FUNNEL + label) for label in labels}
    channels = tuple(_channel(label, tally(table), _parties(table)) for label, table in tables.items())
    return Funnel(parties=_counted(objects), people=_people(tables), channels=channels)


def funnel_of_day(worked: Worked) -> Funnel:
    """The same of a day that was worked out; parties that may be approached are not counted there."""
    channels = tuple(_channel(label, found, None) for label, found in worked.funnel.items())
    people = max((sum(number for *_, number in found) for found in worked.funnel.values()), default=0)
    return Funnel(parties=_counted(worked.computed.stages["object"]), people=people, channels=channels)


def _channel(label: str, found: Tally, parties: int | None) -> Channel:
    stopped: Counter[str] = Counter()
    for word, why, number in found:
        if word != YES:
            stopped[why or word] += number
    return Channel(
        name=label.removeprefix(MAY),
        people=sum(number for word, _, number in found if word == YES),
        parties=parties,
        stopped=tuple(sorted(stopped.items(), key=lambda each: (-each[1], each[0]))),
    )


def _parties(table: pa.Table) -> int:
    may = table.filter(pc.equal(table["word"], YES))
    return int(pc.count_distinct(may["account"]).as_py())


def _people(tables: Mapping[str, pa.Table]) -> int:
    return max((table.num_rows for table in tables.values()), default=0)


def _counted(objects: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(objects)
    pairs = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
    return dict(sorted((str(name), number) for name, number in pairs))

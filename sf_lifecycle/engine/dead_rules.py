"""Rules of a label that can never decide: nothing meets their condition, or an earlier rule has decided already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sqlglot import exp

from sf_lifecycle.config.mapping import Lookup, Rule
from sf_lifecycle.engine.contradictions import contradiction, parts_of, told
from sf_lifecycle.engine.parse import Parsed, fault_at, problem
from sf_lifecycle.engine.reading import Reading, Source
from sf_lifecycle.engine.types import Scalar


def note_dead(reading: Reading, set_: str, rules: Sequence[tuple[Rule, Source, Parsed | None]], place: str) -> None:
    """Note them among the mistakes. `place`: the label's key path."""
    found = reading.found

    def parameter(name: str) -> Scalar | tuple[Scalar, ...] | None:
        value = None if name in found.kinds[set_] else found.parameters.get(name)
        return None if isinstance(value, Lookup) else value

    dead: set[int] = set()
    for index, (_, source, tree) in enumerate(rules):
        if tree is not None and (parts := contradiction(tree.tree, parameter)):
            dead.add(index)
            said = " and ".join(f"`{told(part)}`" for part in parts)
            ending = "are never true together" if len(parts) > 1 else "is never true"
            fault = fault_at(parts[-1], f"the rule never decides: {said} {ending}")
            found.problems.append(problem(fault, source=source.text, file=source.file, place=source.place))
    for index, before in _preempted([(rule, tree.tree if tree else None) for rule, _, tree in rules]):
        if not dead & {index, before}:
            earlier = rules[before][0]
            message = f"the rule never decides: whenever it holds, rule {before + 1} ({earlier.label}) holds before it"
            hint = "change its condition, or take it out; the first rule that holds decides"
            found.complain(f"{place}.rules[{index}].when", message, hint=hint)


def _preempted(rules: Sequence[tuple[Rule, exp.Expression | None]]) -> Iterator[tuple[int, int]]:
    """(rule, earlier rule), counted from 0: whenever the rule would hold, the earlier one has decided already."""
    parts = [frozenset(parts_of(tree)) if tree is not None else frozenset[exp.Expression]() for _, tree in rules]
    for index, (rule, tree) in enumerate(rules):
        for before, (other, of_other) in enumerate(rules[:index]):
            if tree is not None and of_other is not None and parts[before] <= parts[index] and _covers(other, rule):
                yield index, before
                break


def _covers(earlier: Rule, later: Rule) -> bool:
    """Whether the earlier rule is in force on every day on which the later one is."""
    begins = (earlier.from_ or dt.date.min) <= (later.from_ or dt.date.min)
    return begins and (later.until or dt.date.max) <= (earlier.until or dt.date.max)

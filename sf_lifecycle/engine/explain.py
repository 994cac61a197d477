"""One row explained: every value it has, and for each of its labels which rules were tried and what decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from sf_lifecycle.config.found import nearest, one_of
from sf_lifecycle.config.mapping import Label, Rule
from sf_lifecycle.engine import sql
from sf_lifecycle.engine.copies import neighbours
from sf_lifecycle.engine.definitions import ACCOUNT
from sf_lifecycle.engine.dialect import LIFECYCLE
from sf_lifecycle.engine.parse import chain, parse
from sf_lifecycle.engine.query import Asked, Query, Told
from sf_lifecycle.engine.scope import KEY, PARENT, names_in
from sf_lifecycle.engine.sources import Only
from sf_lifecycle.engine.types import BOOLEAN, Ref, Typed
from sf_lifecycle.errors import UsageError

if TYPE_CHECKING:
    from sf_lifecycle.engine.program import Program

NAME = "explanation"


@dataclass(frozen=True, kw_only=True)
class Conjunct:
    """A part of a condition: `holds` is None where it is unknown. `values`: each name in it and what it is worth."""

    text: str
    holds: bool | None
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RuleTrial:
    """A rule tried, in order. `holds` is None where its condition is unknown; `decided`: this rule gave the word."""

    number: int
    word: str
    in_force: bool
    holds: bool | None
    decided: bool
    conjuncts: tuple[Conjunct, ...]


@dataclass(frozen=True, kw_only=True)
class LabelTrial:
    """A label's word and how it came about. `kept`: it would have changed, but has not stood long enough."""

    name: str
    word: str | None
    because: str | None
    since: dt.date | None
    kept: bool
    rules: tuple[RuleTrial, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A row on a day: all values of its set by name (ids as 18 characters), and its labels."""

    set: str
    id: str
    as_of: dt.date
    values: Mapping[str, Any]
    labels: tuple[LabelTrial, ...]


@dataclass(frozen=True, kw_only=True)
class _Part:
    """Where a conjunct's outcome and values stand in the result."""

    text: str
    outcome: str
    values: Mapping[str, str]


def explain(
    program: Program,
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: dt.date,
    history: pa.Table | None,
    set_: str,
    row_id: str,
) -> Explanation:
    """Works out one account's rows, with those of its clusters, and nothing else. Raises UsageError."""
    found = program.reading.found
    roles = [name for name, info in found.sets.items() if info.cluster is None]
    if set_ not in roles:
        raise UsageError(f"there is no set {set_}; {nearest(set_, roles) or f'there are {one_of(roles)}'}")
    only = only_of(program, con, set_, row_id)
    labels = {name: label for (of, name), label in found.labels.items() if of == set_}
    asked, parts = _asked(program, set_, labels, only.row)
    with neighbours(program, con, only, asked.refs, as_of=as_of, history=history) as near:
        compiled = program.compile([asked], only=near)
        with program.run_compiled(con, {NAME: asked}, compiled, as_of=as_of, history=history) as run:
            rows = run.fetch(NAME)
    row = next((r for r in rows.to_pylist() if r["_key"] == only.row), None)
    if row is None:
        raise UsageError(f"{set_} has no record {row_id}; the mirror is older than it, or the mapping leaves it out")
    values = {name.removeprefix("value "): value for name, value in row.items() if name.startswith("value ")}
    trials = tuple(_trial(name, label, row, parts[name], as_of) for name, label in sorted(labels.items()))
    return Explanation(set=set_, id=row_id, as_of=as_of, values=values, labels=trials)


def only_of(program: Program, con: duckdb.DuckDBPyConnection, set_: str, row_id: str) -> Only:
    """The keys of a record and its account. Raises UsageError where no record has the Id."""
    # All rows are fetched: DuckDB takes no other work on a connection with an unfinished result.
    key = next(iter(con.execute("SELECT key FROM mirror._ids WHERE id = ?", [row_id]).fetchall()), None)
    if key is None:
        raise UsageError(f"no record has the Id {row_id}; give all 18 characters")
    if set_ == ACCOUNT:
        return Only(account=int(key[0]), row=int(key[0]))
    rows = program.origins[set_].select({KEY, PARENT})
    parents = con.execute(f'SELECT "{PARENT}" FROM ({rows}) WHERE "{KEY}" = ?', [key[0]]).fetchall()
    above = next((int(parent) for (parent,) in parents if parent is not None), None)
    return Only(account=above, row=int(key[0]))


def _asked(
    program: Program, set_: str, labels: Mapping[str, Label], row: int
) -> tuple[Asked, dict[str, list[list[_Part]]]]:
    reading = program.reading
    values: dict[str, Typed] = {}
    told: dict[str, Told] = {}
    for name in sorted(program.names_in_scope(set_)):
        values[f"value {name}"] = reading.name((name,), set_)
    parts: dict[str, list[list[_Part]]] = {}
    for name, label in labels.items():
        for part in ("rule", "since"):
            values[f"{part} {name}"] = reading.name((name, part), set_)
        values[f"tried {name}"] = reading.ref(Ref((), set_, f"{name}#tried"))
        told[f"because {name}"] = Told(path=(), reason=program.reasons[set_, name], links=())
        parts[name] = [
            _conjuncts(program, set_, name, number, rule, values) for number, rule in enumerate(label.rules, start=1)
        ]
    refs = frozenset().union(*(v.refs for v in values.values()), *(t.refs() for t in told.values()))
    query = Query(name=NAME, set=set_, select=dict.fromkeys([*values, *told], ""))
    # Hundreds of columns of thousands of rows are gigabytes: the one row is chosen before it is widened.
    where = Typed(type=BOOLEAN, sql=f"{sql.quoted(KEY)} = {row}")
    asked = Asked(
        query=query, values=values, told=told, grouped={}, leaves=(), group=(), order=(), per=(), where=where, refs=refs
    )
    return asked, parts


def _conjuncts(
    program: Program, set_: str, label: str, number: int, rule: Rule, values: dict[str, Typed]
) -> list[_Part]:
    """The parts of a rule's condition, their outcomes and values added to what is asked for."""
    if rule.when is None:
        return []
    found = []
    translator = program.reading.translator(set_, label=label)
    for index, node in enumerate(chain(parse(rule.when).tree, exp.And)):
        outcome = f"outcome {label} {number} {index}"
        values[outcome] = translator.value(node)
        names: dict[str, str] = {}
        for parts, at in names_in(node):
            column = f"in {label} {number} {index} {'.'.join(parts)}"
            value = program.reading.name(parts, set_, node=at, label=label)
            if value.choices is None:
                values[column] = value
                names[".".join(parts)] = column
        text = node.sql(dialect=LIFECYCLE, normalize_functions=False)
        found.append(_Part(text=text, outcome=outcome, values=names))
    return found


def _trial(name: str, label: Label, row: Mapping[str, Any], parts: list[list[_Part]], as_of: dt.date) -> LabelTrial:
    tried = row[f"tried {name}"]
    rules = []
    for number, (rule, its) in enumerate(zip(label.rules, parts, strict=True), start=1):
        conjuncts = tuple(
            Conjunct(text=p.text, holds=row[p.outcome], values={n: row[c] for n, c in p.values.items()}) for p in its
        )
        rules.append(
            RuleTrial(
                number=number,
                word=rule.label,
                in_force=(rule.from_ is None or rule.from_ <= as_of) and (rule.until is None or as_of < rule.until),
                holds=_all(conjuncts),
                decided=tried is not None and abs(tried) == number,
                conjuncts=conjuncts,
            )
        )
    return LabelTrial(
        name=name,
        word=row[f"value {name}"],
        because=row[f"because {name}"],
        since=row[f"since {name}"],
        kept=row[f"rule {name}"] == 0,
        rules=tuple(rules),
    )


def _all(conjuncts: tuple[Conjunct, ...]) -> bool | None:
    """`and` as SQL means it."""
    outcomes = [each.holds for each in conjuncts]
    if False in outcomes:
        return False
    return None if None in outcomes else True

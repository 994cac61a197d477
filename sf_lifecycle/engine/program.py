"""Building a program from configuration, with every mistake reported at once; and what can be asked of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from sf_lifecycle.config.mapping import Mapping as MappingConfig, Model, ValueType
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.engine import graph
from sf_lifecycle.engine.because import reason_locale
from sf_lifecycle.engine.coming import NextChange, next_change
from sf_lifecycle.engine.compile import Compiled, Compiler, compiled_of
from sf_lifecycle.engine.copies import among
from sf_lifecycle.engine.definitions import ACCOUNT, define
from sf_lifecycle.engine.explain import Explanation, explain
from sf_lifecycle.engine.fetch_sql import add_query
from sf_lifecycle.engine.graph import Key
from sf_lifecycle.engine.labels import Reason, label_nodes
from sf_lifecycle.engine.nodes import Made, Node, all_nodes
from sf_lifecycle.engine.parse import Fault, parse
from sf_lifecycle.engine.query import Asked, Query, ask
from sf_lifecycle.engine.reading import Reading
from sf_lifecycle.engine.run import Run
from sf_lifecycle.engine.scope import names_of_set
from sf_lifecycle.engine.sources import Copies, Only, Origin
from sf_lifecycle.engine.steps import Script
from sf_lifecycle.engine.types import Ref, Typed
from sf_lifecycle.errors import ConfigError, Problem


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value of a set, as others may use it. `kind`: field, column, feature, pick, label or by (shared by a cluster).

    `moving`: it changes by itself from day to day. `depends`: the values it is made of, hidden ones left out.
    """

    kind: str
    type: ValueType
    moving: bool
    depends: frozenset[Key]


@dataclass(frozen=True, kw_only=True)
class Program:
    """What `build` gives: checked values, and statements ready to run on any mirror of the org."""

    values: Mapping[Key, Value]
    reading: Reading = field(repr=False)
    nodes: Mapping[Key, Node] = field(repr=False)
    made: Mapping[Key, Made] = field(repr=False)
    origins: Mapping[str, Origin] = field(repr=False)
    reasons: Mapping[Key, Reason] = field(repr=False)
    order: tuple[Key, ...] = field(repr=False)
    asked: Mapping[str, Asked] = field(repr=False)
    compiled: Compiled = field(repr=False)

    def type_of(self, set_: str, expression: str) -> ValueType:
        """The kind of an expression over a set's rows. Raises ConfigError."""
        try:
            tree = parse(expression).tree
            self.reading.needs_of(tree, set_)
            kind = self.reading.translator(set_).value(tree).kind
        except Fault as fault:
            message = f"{expression}: {fault.message}"
            raise ConfigError([Problem(file="", place="", message=message, hint=fault.hint)]) from fault
        if kind is None:
            raise ConfigError([Problem(file="", place="", message=f"{expression}: always null")])
        return kind

    def names_in_scope(self, set_: str) -> Mapping[str, str]:
        """The set's own names and their kinds."""
        return names_of_set(self.reading.found, set_)

    def run(self, con: duckdb.DuckDBPyConnection, *, as_of: dt.date, history: pa.Table | None = None) -> Run:
        """Work the values out for a day. `history`: state when the day began; see HISTORY_COLUMNS."""
        return self.run_compiled(con, self.asked, self.compiled, as_of=as_of, history=history)

    def run_compiled(
        self,
        con: duckdb.DuckDBPyConnection,
        asked: Mapping[str, Asked],
        compiled: Compiled,
        *,
        as_of: dt.date,
        history: pa.Table | None,
        days: str = "",
    ) -> Run:
        """The same for queries asked later. `days`: a table of days' numbers, for statements made for copies."""
        found = self.reading.found
        return Run(
            con,
            script=compiled.script,
            asked=asked,
            labels=found.labels,
            history_of=compiled.history,
            locales={key: reason_locale(found, *key) for key in found.labels},
            as_of=as_of,
            history=history,
            days=days,
        )

    @contextmanager
    def run_among(
        self,
        con: duckdb.DuckDBPyConnection,
        asked: Mapping[str, Asked],
        accounts: Collection[str],
        *,
        as_of: dt.date,
        history: pa.Table | None,
    ) -> Iterator[Run]:
        """The same of the rows of some accounts (Ids) and of those they share a cluster with, and of no others."""
        refs = frozenset[Ref]().union(*(each.refs for each in asked.values()))
        with among(self, con, accounts, refs, as_of=as_of, history=history) as only:
            compiled = self.compile(asked.values(), only=only)
            with self.run_compiled(con, asked, compiled, as_of=as_of, history=history) as run:
                yield run

    def explain(
        self,
        con: duckdb.DuckDBPyConnection,
        *,
        as_of: dt.date,
        history: pa.Table | None,
        set: str,  # noqa: A002  # the language's own word
        id: str,  # noqa: A002  # and Salesforce's
    ) -> Explanation:
        """All values of one row, and for each of its labels every rule with each condition's outcome."""
        return explain(self, con, as_of=as_of, history=history, set_=set, row_id=id)

    def next_change(
        self,
        con: duckdb.DuckDBPyConnection,
        *,
        as_of: dt.date,
        history: pa.Table | None,
        id: str,  # noqa: A002  # Salesforce's word
        days: int = 366,
        asked: Mapping[str, tuple[str, str]] | None = None,
    ) -> NextChange | None:
        """The first day after `as_of` that changes something for one account though no record changes; see `coming`."""
        return next_change(self, con, as_of=as_of, history=history, row_id=id, days=days, asked=asked or {})

    def compile(self, asked: Iterable[Asked], *, only: Only | None = None) -> Compiled:
        """Statements for queries: nothing is worked out that none of them needs."""
        queries = list(asked)
        compiler = self.compiler({(n.set, n.name) for each in queries for n in each.needs}, only=only)
        for each in queries:
            add_query(compiler, each)
        return compiled_of(compiler)

    def compiler(self, wanted: Iterable[Key], *, only: Only | Copies | None = None) -> Compiler:
        """What makes statements for these values and all that they need."""
        needs = {key: node.needs for key, node in self.nodes.items() if key in self.made}
        reached = graph.reachable(needs, wanted)
        phase = graph.phases([key for key in self.order if key in reached], needs)
        return Compiler(found=self.reading.found, origins=self.origins, made=self.made, phase=phase, only=only)


def build(
    mapping: MappingConfig,
    model: Model,
    schema: OrgSchema,
    queries: Sequence[Query] = (),
    *,
    timezone: str = "UTC",
) -> Program:
    """A program for a mapping with a model over an org's objects. `timezone`: what a moment's day is.

    Raises ConfigError with all mistakes of mapping, model and queries.
    """
    found = define(mapping, model, schema)
    reading = Reading(found=found, zone=timezone)
    for info in found.sets.values():
        for name, type_ in info.fields.items():
            reading.typed[info.name, name] = Typed(type=type_, sql="", constant=False)
    origins = _origins(reading)
    nodes, reasons = _nodes(reading)
    order = _ordered(reading, nodes)
    made = _made(reading, nodes, order)
    _check_needs(reading)
    asked: dict[str, Asked] = {}
    for query in queries:
        if query.name in asked:
            raise ValueError(f"two queries are named {query.name}")
        one = ask(reading, query, reasons)
        if one is not None:
            asked[query.name] = one
    if found.problems:
        raise ConfigError(sorted(set(found.problems)))
    program = Program(
        values=_values(reading, nodes),
        reading=reading,
        nodes=nodes,
        made=made,
        origins=origins,
        reasons=reasons,
        order=tuple(order),
        asked=asked,
        compiled=Compiled(script=Script(), history=frozenset()),
    )
    compiled = program.compile(asked.values())
    object.__setattr__(program, "compiled", compiled)
    return program


def _origins(reading: Reading) -> dict[str, Origin]:
    """Each role's rows with the conditions of its sources, which may use the source's own fields only."""
    origins: dict[str, Origin] = {}
    for info in reading.found.sets.values():
        where: dict[int, Typed] = {}
        for index, source in enumerate(info.sources):
            if source.where is None:
                continue
            place = f"{info.name}.where" if len(info.sources) == 1 else f"{info.name}[{index}].where"
            text = source.where
            known = set(source.fields)
            value = reading.attempt(reading.source(place, text), _own_fields, reading, text, info.name, known)
            if value is not None:
                where[index] = value
        origins[info.name] = Origin(info=info, where=where)
    return origins


def _own_fields(reading: Reading, text: str, set_: str, known: set[str]) -> Typed:
    tree = parse(text).tree
    reading.needs_of(tree, set_)
    value = reading.translator(set_).condition(tree)
    for ref in sorted(value.refs):
        if ref.path or (ref.name not in known and ref.name != "_key"):
            raise Fault(f"{ref.column} is no field of this object: a source is narrowed by its own fields")
    return value


def _nodes(reading: Reading) -> tuple[dict[Key, Node], dict[Key, Reason]]:
    nodes = {node.key: node for node in all_nodes(reading)}
    reasons: dict[Key, Reason] = {}
    for (set_, name), label in reading.found.labels.items():
        parts, reason = label_nodes(reading, set_, name, label)
        nodes.update({node.key: node for node in parts})
        if reason is not None:
            reasons[set_, name] = reason
    return nodes, reasons


def _ordered(reading: Reading, nodes: Mapping[Key, Node]) -> list[Key]:
    order, cycles = graph.ordered({key: node.needs for key, node in nodes.items()})
    for cycle in cycles:
        path = [f"{key[0]}.{nodes[key].shown or key[1]}" for key in cycle]
        path = [name for i, name in enumerate(path) if i == 0 or name != path[i - 1]]
        source = nodes[cycle[0]].source
        message = f"the value needs itself: {' → '.join(path if len(path) > 1 else path * 2)}"
        reading.found.problems.append(Problem(file=source.file, place=source.place, message=message))
    return order


def _made(reading: Reading, nodes: Mapping[Key, Node], order: Iterable[Key]) -> dict[Key, Made]:
    made: dict[Key, Made] = {}
    for key in order:
        got = reading.attempt(nodes[key].source, nodes[key].make)
        if got is not None:
            made[key] = got
            reading.typed[key] = got.value
    return made


def _check_needs(reading: Reading) -> None:
    found = reading.found
    for name, wanted in found.model.needs.items():
        value = reading.typed.get((ACCOUNT, name))
        if value is not None and value.kind != wanted:
            file = found.mapping.files.get("model", f"model {found.model.title}")
            message = f"the model needs a {wanted} {name} on account; the mapping's is a {value.kind}"
            found.problems.append(Problem(file=file, place=f"needs.{name}", message=message))


def _values(reading: Reading, nodes: Mapping[Key, Node]) -> dict[Key, Value]:
    values: dict[Key, Value] = {}
    for set_, names in reading.found.kinds.items():
        for name, kind in names.items():
            typed = reading.typed.get((set_, name))
            if typed is None or typed.kind is None:
                continue
            depends = _depends((set_, name), nodes)
            values[set_, name] = Value(kind=kind, type=typed.kind, moving=typed.moving, depends=depends)
    return values


def _depends(key: Key, nodes: Mapping[Key, Node]) -> frozenset[Key]:
    """The named values directly below, seen through hidden ones."""
    named: set[Key] = set()
    seen, pending = {key}, [key]
    while pending:
        node = nodes.get(pending.pop())
        if node is None:
            continue
        for need in node.needs:
            other = (need.set, need.name)
            if other in seen:
                continue
            seen.add(other)
            if "#" in need.name:
                pending.append(other)
            else:
                named.add(other)
    return frozenset(named)

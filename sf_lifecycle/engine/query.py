"""What is read from outside once the values are worked out: rows of a set with chosen columns, sorted."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from sqlglot import exp

from sf_lifecycle.config.found import one_of
from sf_lifecycle.config.mapping import ValueType
from sf_lifecycle.engine import coerce
from sf_lifecycle.engine.aggregates import Collector, Leaf
from sf_lifecycle.engine.functions import AGGREGATES
from sf_lifecycle.engine.labels import Reason
from sf_lifecycle.engine.parse import Fault, Parsed, fault_at, parse
from sf_lifecycle.engine.reading import Needs, Reading, Source, Unknowable, needs_of_refs
from sf_lifecycle.engine.scope import resolve
from sf_lifecycle.engine.types import Ref, Type, Typed
from sf_lifecycle.errors import Problem

_T = TypeVar("_T")
_P = ParamSpec("_P")

OF_TODAY = ("today", "days_since", "days_until")
"""The functions that read the day."""
_BECAUSE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\.because")


@dataclass(frozen=True, kw_only=True)
class Query:
    """What someone outside wants to read after the values are worked out.

    `select`: output column → expression in the set's scope (`account.stage`, `decision_maker.id`, `stage.because`).
    `where`: rows kept. `group` and `aggregates`: a column worth the same in every row of a group; an expression without
    an aggregate is its least value there. `order`: expressions, `x desc`; unknown last, ties end in the id.
    `best`: only so many rows, per combination of `per` (expressions) where given, the first by `order`.
    `still`: output columns that must not change by themselves; `timeless`: those in whose own expression the day has no
    say at all, in no condition either. `types`: kinds required of columns and of `order[0]`. `rows`: column → a path
    and the set whose row it must lead to. `refers`: column → objects that an id in it may be of, where
    that is known. `places`: column, `where`, `order[0]`, `group[0]` → (file, key path), for messages.
    """

    name: str
    set: str
    select: Mapping[str, str]
    where: str | None = None
    group: tuple[str, ...] = ()
    aggregates: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    best: int | None = None
    per: tuple[str, ...] = ()
    still: frozenset[str] = frozenset()
    timeless: frozenset[str] = frozenset()
    rows: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    refers: Mapping[str, Collection[str]] = field(default_factory=dict)
    types: Mapping[str, tuple[ValueType, ...]] = field(default_factory=dict)
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A column that is a label's reason: its texts are rendered from the values its inputs have."""

    path: tuple[str, ...]
    reason: Reason
    links: tuple[Ref, ...]

    def refs(self) -> frozenset[Ref]:
        """What must be read to render it."""
        names = [f"{self.reason.label}#rule", *self.reason.inputs.values()]
        return frozenset(Ref(self.path, self.reason.set, name) for name in names) | frozenset(self.links)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query translated: values by output column; `told` columns are reasons; `grouped` stand above grouped rows."""

    query: Query
    values: Mapping[str, Typed]
    told: Mapping[str, Told]
    grouped: Mapping[str, Typed]
    leaves: tuple[Leaf, ...]
    group: tuple[Typed, ...]
    order: tuple[tuple[Typed, bool], ...]
    per: tuple[Typed, ...]
    where: Typed | None
    refs: frozenset[Ref]

    @property
    def needs(self) -> set[Needs]:
        """The values that must be worked out for it."""
        return needs_of_refs(self.refs)


def ask(reading: Reading, query: Query, reasons: Mapping[tuple[str, str], Reason]) -> Asked | None:
    """The query against known values; None with every mistake noted."""
    found, before = reading.found, len(reading.found.problems)
    if query.set not in found.sets:
        file, place = query.places.get("set", (found.file(""), f"query {query.name}"))
        found.problems.append(_problem(file, place, f"there is no set {query.set}", one_of(found.sets)))
        return None
    work = _Asking(reading=reading, query=query, reasons=reasons)
    asked = work.done()
    return asked if len(found.problems) == before and not work.unknowable else None


def _problem(file: str, place: str, message: str, hint: str) -> Problem:
    return Problem(file=file, place=place, message=message, hint=hint)


@dataclass(kw_only=True)
class _Asking:
    reading: Reading
    query: Query
    reasons: Mapping[tuple[str, str], Reason]
    told: dict[str, Told] = field(default_factory=dict)
    unknowable: bool = False

    def done(self) -> Asked:
        query = self.query
        values, grouped = {}, {}
        astray = self.astray()
        for column, text in query.select.items():
            if _over(astray, text):
                continue
            value = self.attempt(column, text, self.column, column, text)
            if value is not None:
                self.check(column, text, value)
                values[column] = value
        for column in set(query.select) & set(query.aggregates):
            self.attempt(column, query.select[column], _refuse, f"{column} is both selected and gathered")
        collector = Collector(prefix="#a")
        for column, text in query.aggregates.items():
            value = self.attempt(column, text, self.aggregate, text, collector)
            if value is not None:
                self.check(column, text, value)
                grouped[column] = value
        group = [self.attempt(f"group[{i}]", text, self.value, text) for i, text in enumerate(query.group)]
        per = [self.attempt(f"per[{i}]", text, self.value, text) for i, text in enumerate(query.per)]
        order = [self.ordered(f"order[{i}]", text) for i, text in enumerate(query.order)]
        where = None
        if query.where is not None:
            text = query.where
            where = self.attempt("where", text, self.condition, text)
        kept = [value for value in group if value is not None]
        best = [value for value in per if value is not None]
        by = [item for item in order if item is not None]
        plain = [*values.values(), *kept, *best, *(value for value, _ in by), *([where] if where else [])]
        refs = frozenset(collector.refs).union(*(v.refs for v in plain), *(t.refs() for t in self.told.values()))
        return Asked(
            query=query,
            values=values,
            told=self.told,
            grouped=grouped,
            leaves=tuple(collector.leaves),
            group=tuple(kept),
            order=tuple(by),
            per=tuple(best),
            where=where,
            refs=refs,
        )

    def attempt(self, column: str, text: str, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        file, place = (
            self.query.places.get(column)
            or self.query.places.get(column.partition("[")[0])
            or (
                self.reading.found.file(""),
                f"query {self.query.name}: {column}",
            )
        )
        before = len(self.reading.found.problems)
        got = self.reading.attempt(Source(text=text, file=file, place=place), work, *args, **kwargs)
        if got is None and len(self.reading.found.problems) == before and not self.told.get(column):
            self.unknowable = True
        return got

    def parsed(self, text: str) -> Parsed:
        tree = parse(text)
        self.reading.needs_of(tree.tree, self.query.set)
        return tree

    def value(self, text: str) -> Typed:
        return self.reading.translator(self.query.set).value(self.parsed(text).tree)

    def condition(self, text: str) -> Typed:
        tree = self.parsed(text).tree
        way_out = "compare with a value; for every row write `id is not null`"
        return self.reading.translator(self.query.set).condition(tree, way_out)

    def astray(self) -> list[str]:
        """The paths that do not lead to a row of the set they must; what is read over them is not looked at."""
        astray: list[str] = []
        for column, (path, set_) in self.query.rows.items():
            if _over(astray, path) or not self.attempt(column, path, self.row, path, set_):
                astray.append(path)
        return astray

    def row(self, path: str, set_: str) -> bool:
        """True where a path leads to a row of the set. Raises Fault."""
        found, parts = self.reading.found, tuple(path.split("."))
        try:
            target = resolve(found, self.query.set, (*parts, "id"))
        except Fault:
            try:
                value = self.value(path)
            except Fault as fault:
                raise Fault(f"expected a picked {set_}: {fault.message}", hint=fault.hint) from fault
            raise Fault(f"expected a picked {set_}, {path} is {coerce.noun(value.type)}") from None
        if target.ref is None or target.ref.set != set_:
            there = target.ref.set if target.ref else "nothing"
            raise Fault(f"expected a picked {set_}, {path} is {'an' if there[0] in 'aeiou' else 'a'} {there}")
        return True

    def ordered(self, place: str, text: str) -> tuple[Typed, bool] | None:
        got = self.attempt(place, text, self.sorted, text)
        if got is not None:
            self.check(place, text, got[0])
        return got

    def sorted(self, text: str) -> tuple[Typed, bool]:
        found = re.search(r"\s(asc|desc)\s*$", text, re.IGNORECASE)
        value = self.value(text[: found.start()] if found else text)
        return value, bool(found and found[1].lower() == "desc")

    def column(self, column: str, text: str) -> Typed | None:
        """A selected value; a reason is noted apart and gives None."""
        if _BECAUSE.fullmatch(text.strip()):
            target = resolve(self.reading.found, self.query.set, tuple(text.strip().split(".")))
            if target.because is not None:
                path, set_, label = target.because
                reason = self.reasons.get((set_, label))
                if reason is None:
                    raise Unknowable
                self.told[column] = Told(path=path, reason=reason, links=target.links)
                return None
        value = self.value(text)
        if value.kind is None:
            raise Fault("the column is always null", start=0, end=len(text))
        return value

    def aggregate(self, text: str, collector: Collector) -> Typed:
        tree = self.parsed(text).tree
        if _gathers(tree):
            return self.reading.translator(self.query.set, collector=collector).value(tree)
        return collector.least(self.reading.translator(self.query.set).value(tree))

    def check(self, column: str, text: str, value: Typed) -> None:
        wanted = self.query.types.get(column, ())
        if wanted and value.kind not in wanted:
            kinds = " or ".join(coerce.noun(Type(kind=kind)) for kind in wanted)
            self.attempt(column, text, _refuse, f"expected {kinds}, got {coerce.noun(value.type)}")
        allowed, refers = self.query.refers.get(column, ()), value.type.refers
        if allowed and not set(refers) <= set(allowed):
            self.attempt(
                column, text, _refuse, f"expected the id of a {one_of(allowed)}, got that of a {one_of(refers)}"
            )
        timeless = column in self.query.timeless
        if value.moving and (timeless or column in self.query.still):
            hint = "it must stand still: today() may choose it, not change it"
            hint = "it must stand still: it is made of data alone" if timeless else hint
            self.attempt(column, text, _refuse, "this changes by itself from day to day", hint)
        elif timeless:
            self.attempt(column, text, _refuse_day, text)


def _over(paths: list[str], text: str) -> bool:
    """Is something read over one of the paths?"""
    return any(text.startswith(f"{path}.") for path in paths)


def _refuse(message: str, hint: str = "") -> None:
    raise Fault(message, hint=hint)


def _refuse_day(text: str) -> bool:
    """True; raises Fault where an expression asks for the day, be it in a condition."""
    for node in parse(text).tree.find_all(exp.Anonymous):
        if str(node.this).lower() in OF_TODAY:
            message = f"{node.this}() cannot stand here, in no condition either: one day it would be another one"
            raise fault_at(node, message, hint="let `when` choose the rows by the day, and name what the records hold")
    return True


def is_aggregate(expression: str) -> bool:
    """Whether an expression gathers rows (`min(decision_date)`). False too for one that cannot be read."""
    try:
        return _gathers(parse(expression).tree)
    except Fault:
        return False


def _gathers(tree: exp.Expression) -> bool:
    return any(str(node.this).lower() in AGGREGATES for node in tree.find_all(exp.Anonymous))

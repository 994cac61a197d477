"""Aggregates over the rows below: each call is one column of a grouped subquery, the rest is worked out around it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from sf_lifecycle.config.found import one_of
from sf_lifecycle.engine import coerce, numbers, sql
from sf_lifecycle.engine.functions import AGGREGATES
from sf_lifecycle.engine.parse import fault_at
from sf_lifecycle.engine.types import COUNT, COUNT_DIGITS, TEXT, WIDEST, Ref, Type, Typed, made, number

_WIDEST_SUMMED = WIDEST - COUNT_DIGITS


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One aggregate as a column of the grouped subquery. `refs` are read from the rows below."""

    column: str
    sql: str


@dataclass(kw_only=True)
class Collector:
    """The aggregates met in one expression. `prefix` begins their columns' names; `where` keeps the rows they take."""

    prefix: str
    where: Typed | None = None
    leaves: list[Leaf] = field(default_factory=list)
    refs: set[Ref] = field(default_factory=set)

    def add(self, node: exp.Expression, name: str, values: tuple[Typed, ...], *, distinct: bool) -> Typed:
        """The value of one aggregate call, to be used above the grouped rows. Raises Fault."""
        if name == "count":
            return self._count(values, distinct=distinct)
        if len(values) != 1 or distinct:
            raise fault_at(node, f"{name} takes one value", hint=f"write {name}(…)")
        value = values[0]
        if value.kind is None or (name in ("sum", "avg") and value.kind != "number"):
            raise fault_at(node, f"{name} takes a number, got {coerce.noun(value.type)}")
        if name in ("min", "max") and value.kind in ("boolean", "id"):
            raise fault_at(node, f"{name} takes a number, date or text, got {coerce.noun(value.type)}")
        if name == "list" and value.kind != "text":
            raise fault_at(node, f"list takes a text, got {coerce.noun(value.type)}")
        return getattr(self, f"_{name}")(value)  # type: ignore[no-any-return]  # one method per aggregate, below

    def least(self, value: Typed) -> Typed:
        """A value per row as one for all rows gathered: the least."""
        return self._leaf(f"min({value.sql})", (value,), value.type)

    def _count(self, values: tuple[Typed, ...], *, distinct: bool) -> Typed:
        said = "*"
        if values:
            value = values[0]
            said = sql.folded(value.sql) if value.kind == "text" and distinct else value.sql
            said = f"DISTINCT {said}" if distinct else said
        leaf = self._leaf(f"count({said})", values, COUNT, moving=False)
        return made(COUNT, f"coalesce({leaf.sql}, 0)", leaf)

    def _sum(self, value: Typed) -> Typed:
        summed = value.type
        said = value.sql
        if summed.width > _WIDEST_SUMMED:
            summed = number(_WIDEST_SUMMED, summed.scale)
            said = sql.cast(said, summed, safe=True)
        type_ = number(summed.width + COUNT_DIGITS, summed.scale)
        held = number(WIDEST, summed.scale)
        return self._leaf(f"sum({said})", (value,), type_, held=held)

    def _avg(self, value: Typed) -> Typed:
        return numbers.divide(self._sum(value), self._leaf(f"count({value.sql})", (value,), COUNT))

    def _min(self, value: Typed) -> Typed:
        return self._leaf(f"min({value.sql})", (value,), value.type)

    def _max(self, value: Typed) -> Typed:
        return self._leaf(f"max({value.sql})", (value,), value.type)

    def _list(self, value: Typed) -> Typed:
        """Distinct without regard to case, as everywhere: of several spellings the first in the order of sorting."""
        type_ = Type(kind="text", words=value.type.words, closed=value.type.closed, several=True)
        type_ = type_ if value.type.words else TEXT
        if value.type.spelled:
            return self._leaf(f"string_agg(DISTINCT {value.sql}, ';' ORDER BY {value.sql})", (value,), type_)
        spelling = f"{{'folded': {sql.folded(value.sql)}, 'text': {value.sql}}}"
        # A null is no struct of nulls: aggregates skip it.
        known = f"CASE WHEN ({value.sql}) IS NOT NULL THEN {spelling} END"
        leaf = self._leaf(f"array_agg(DISTINCT {known} ORDER BY {known})", (value,), type_)
        return replace(leaf, sql=_one_spelling_each(leaf.sql))

    def _leaf(
        self, said: str, values: tuple[Typed, ...], type_: Type, *, moving: bool | None = None, held: Type | None = None
    ) -> Typed:
        kept = f"{said} FILTER (WHERE {self.where.sql})" if self.where else said
        if held is not None:
            kept = f"CAST({kept} AS {held.sql})"
        known = next((leaf for leaf in self.leaves if leaf.sql == kept), None)
        leaf = known or Leaf(column=f"{self.prefix}#{len(self.leaves)}", sql=kept)
        if known is None:
            self.leaves.append(leaf)
        for value in (*values, *((self.where,) if self.where else ())):
            self.refs |= value.refs
        moves = any(value.moving for value in values) if moving is None else moving
        return Typed(type=type_, sql=sql.quoted(leaf.column), moving=moves, constant=False)


def _one_spelling_each(listed: str) -> str:
    """A sorted list of (folded, text) as text, the first spelling of each; null where it holds nothing."""
    first = f"list_filter({listed}, lambda v, i: v IS NOT NULL AND {listed}[i - 1].folded IS DISTINCT FROM v.folded)"
    texts = f"list_sort(list_transform({first}, lambda v: v.text))"
    return f"nullif(array_to_string({texts}, ';'), '')"


def no_aggregate(node: exp.Expression, name: str) -> Exception:
    """An aggregate where there are no rows to gather."""
    return fault_at(
        node,
        f"{name} gathers rows below and cannot stand here",
        hint=f"make it a feature's value; {one_of(AGGREGATES)} stand only there",
    )

"""ORDER BY. Nulls come first in both directions unless NULLS LAST says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sf_lifecycle.localorg.soql.nodes import Expression, OrderItem
from sf_lifecycle.localorg.soql.scope import Environment, Term
from sf_lifecycle.localorg.soql.selecting import not_usable
from sf_lifecycle.localorg.soql.sql import Sql, join

_AS_STORED = frozenset({"id", "reference", "boolean", "int", "double", "currency", "percent", "date", "datetime"})


def order_by(env: Environment, items: Sequence[OrderItem], resolve: Callable[[Expression], Term]) -> Sql:
    if not items:
        return Sql("")
    keys: list[Sql] = []
    for item in items:
        term = resolve(item.expression)
        if term.field is not None and not term.field.sortable:
            raise not_usable(env, term, "sorted")
        direction = " DESC" if item.descending else " ASC"
        # The option has no effect where the field is a parent's.
        nulls = " NULLS LAST" if item.nulls_last and not term.steps else " NULLS FIRST"
        keys.extend(key + direction + nulls for key in _keys(term))
    return " ORDER BY " + join(", ", keys)


def _keys(term: Term) -> list[Sql]:
    if term.type in _AS_STORED:
        return [term.sql]
    text = term.sql + " COLLATE NOCASE"
    if term.type != "picklist" or term.field is None or not term.field.picklist_values:
        return [text]
    known = [v.value for v in term.field.picklist_values]
    places = Sql("".join(f" WHEN ? THEN {place}" for place in range(len(known))), tuple(known))
    order = "CASE " + term.sql + places + f" ELSE {len(known)} END"
    return ["CASE WHEN " + term.sql + " IS NOT NULL THEN " + order + " END", text]

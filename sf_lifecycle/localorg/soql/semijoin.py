"""`IN (SELECT …)`: semi-joins, and with NOT anti-joins."""

from __future__ import annotations

from sf_lifecycle.localorg.schema import ID_TYPES, Field, SObject
from sf_lifecycle.localorg.soql import functions
from sf_lifecycle.localorg.soql.conditions import Conditions
from sf_lifecycle.localorg.soql.nodes import Membership, Path, Query, SelectItem
from sf_lifecycle.localorg.soql.scope import Scope, Term
from sf_lifecycle.localorg.soql.sql import Sql, combine

_MOST = 2
_NEVER_INSIDE = frozenset({"task", "event", "note", "attachment", "activityhistory", "openactivity"})


class SemiJoins:
    """Compiles the semi-joins of one query, which may have two."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._count = 0

    def compile(self, term: Term, node: Membership, query: Query) -> Sql:
        env, at = self._scope.env, query.source.at
        self._count += 1
        if self._count > _MOST:
            raise env.malformed(at, f"Maximum {_MOST} semi join sub-selects are allowed")
        if term.type not in ID_TYPES or term.steps:
            raise env.malformed(
                term.at,
                "The left operand field in the where expression for outer query should be an id field, "
                f"cannot use: '{term.name}'",
            )
        self._refuse_clauses(query)
        inner = self._inner_object(query)
        scope = Scope(env, inner, query.alias)
        selected = self._selected(scope, query)
        left = _leads_to(self._scope.sobject, term.field)
        if not left & _leads_to(inner, selected.field):
            raise env.malformed(
                selected.at,
                f"The selected field '{selected.name}' in the subquery and the left operand field in the where "
                f"expression in the outer query '{term.name}' should point to the same object type",
            )
        conditions = scope.visible()
        if query.where is not None:
            conditions.append(
                Conditions(env, lambda expression: functions.resolve(scope, expression), None).compile(query.where)
            )
        found = term.sql + " IN (SELECT " + selected.sql + " FROM " + scope.from_sql()
        conditions.append("(" + selected.sql + " IS NOT NULL)")
        return found + " WHERE " + combine("AND", conditions) + ")"

    def _refuse_clauses(self, query: Query) -> None:
        for name, used in (
            ("GROUP BY", query.group_by),
            ("HAVING", query.having),
            ("ORDER BY", query.order_by),
            ("LIMIT", query.limit is not None),
            ("OFFSET", query.offset is not None),
        ):
            if used:
                raise self._scope.env.malformed(query.source.at, f"Semi join sub-selects cannot use {name}")

    def _inner_object(self, query: Query) -> SObject:
        env = self._scope.env
        inner = env.object(query.source)
        if inner.name.lower() in _NEVER_INSIDE:
            raise env.malformed(query.source.at, f"Entity '{inner.name}' is not supported for semi join inner selects")
        if inner.name == self._scope.sobject.name:
            raise env.malformed(query.source.at, "The inner and outer selects should not be on the same object type")
        return inner

    def _selected(self, scope: Scope, query: Query) -> Term:
        item = query.select[0]
        if len(query.select) != 1 or not isinstance(item, SelectItem) or not isinstance(item.expression, Path):
            raise scope.env.malformed(
                query.source.at, "Semi join sub-selects must select exactly one field of type ID or reference"
            )
        term = scope.term(item.expression)
        if term.type not in ID_TYPES or term.steps:
            raise scope.env.malformed(item.at, f"The inner select field '{term.name}' must be of type ID or reference")
        return term


def _leads_to(sobject: SObject, found: Field | None) -> set[str]:
    if found is None:
        return set()
    return {sobject.name} if found.type == "id" else set(found.reference_to)

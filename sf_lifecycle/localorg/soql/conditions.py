"""WHERE and HAVING to SQL.

Comparisons may come out as SQL's unknown where a value is null; that counts as false, and negation treats it so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from sf_lifecycle.localorg.schema import ID_TYPES
from sf_lifecycle.localorg.soql import values
from sf_lifecycle.localorg.soql.nodes import (
    Comparison,
    Condition,
    Expression,
    Logical,
    Membership,
    Negation,
    Query,
    Selection,
    Value,
)
from sf_lifecycle.localorg.soql.scope import Environment, Term
from sf_lifecycle.localorg.soql.sql import Sql, combine
from sf_lifecycle.localorg.soql.values import Between, Exactly, Operand

_NOTHING = Sql("0")
_EQUALITY_ONLY = frozenset({"boolean"})
_NO_LIKE = ID_TYPES | {"boolean", "int", "double", "currency", "percent", "date", "datetime", "multipicklist"}


class Conditions:
    """Compiles the conditions of one FROM.

    `resolve` finds what an expression stands for there; `semi_join` compiles `IN (SELECT …)` and is None where that
    may not stand.
    """

    def __init__(
        self,
        env: Environment,
        resolve: Callable[[Expression], Term],
        semi_join: Callable[[Term, Membership, Query], Sql] | None,
    ) -> None:
        self._env = env
        self._resolve = resolve
        self._semi_join = semi_join

    def compile(self, node: Condition, *, top: bool = True) -> Sql:
        """`top`: whether nothing but AND stands above the condition."""
        if isinstance(node, Logical):
            below = top and node.operator == "AND"
            return combine(node.operator, [self.compile(part, top=below) for part in node.parts])
        if isinstance(node, Negation):
            return "(" + self.compile(node.part, top=False) + " IS NOT TRUE)"
        term = self._filterable(node.left)
        if isinstance(node, Comparison):
            return self._comparison(term, node)
        if isinstance(node, Selection):
            return self._selection(term, node)
        if isinstance(node.members, Query):
            return self._subselect(term, node, node.members, top=top)
        return self._membership(term, node.members, negated=node.negated)

    def _filterable(self, expression: Expression) -> Term:
        term = self._resolve(expression)
        if term.field is not None and not term.field.filterable:
            raise self._env.error(
                "INVALID_FIELD", term.at, f"field '{term.field.name}' can not be filtered in a query call"
            )
        if term.type in {"address", "location"}:
            raise self._env.error("INVALID_FIELD", term.at, f"field '{term.name}' can not be filtered in a query call")
        if term.steps and term.type == "boolean":  # of a parent that is not there: counts as false
            return replace(term, sql="coalesce(" + term.sql + ", 0)")
        return term

    def _comparison(self, term: Term, node: Comparison) -> Sql:
        if node.operator == "LIKE":
            return self._like(term, node.value)
        if term.type in _EQUALITY_ONLY and node.operator not in {"=", "!="}:
            raise self._bad_operator(term, f"invalid operator on {term.type} field")
        operand = values.operand(self._env, term, node.value)
        return compare(term, node.operator, operand)

    def _like(self, term: Term, value: Value) -> Sql:
        if term.type in _NO_LIKE:
            kind = "id" if term.type in ID_TYPES else term.type
            raise self._bad_operator(term, f"invalid operator on {kind} field")
        if value.kind != "string":
            if value.kind == "word" and value.text.lower() == "null":
                return _NOTHING
            values.operand(self._env, term, value)
        pattern = values.text(self._env, value, pattern=True)
        return "(" + term.sql + Sql(" LIKE ? ESCAPE '\\')", (pattern,))

    def _membership(self, term: Term, members: Sequence[Value], *, negated: bool) -> Sql:
        operands = [values.operand(self._env, term, value) for value in members]
        exact = [o.value for o in operands if isinstance(o, Exactly) and o.value is not None]
        parts = [compare(term, "=", o) for o in operands if isinstance(o, Between)]
        if exact:
            parts.append(one_of(term, exact))
        if any(isinstance(o, Exactly) and o.value is None for o in operands):
            parts.append("(" + term.sql + " IS NULL)")
        found = combine("OR", parts)
        return "(" + found + " IS NOT TRUE)" if negated else found

    def _selection(self, term: Term, node: Selection) -> Sql:
        if term.type != "multipicklist":
            raise self._bad_operator(term, "includes and excludes operators are only valid on multipicklist fields")
        choices = []
        for value in node.values:
            if value.kind != "string":
                values.operand(self._env, term, value)
                choices.append("(" + term.sql + " IS NULL)")
                continue
            together = [part for part in values.text(self._env, value).split(";") if part] or [""]
            choices.append(combine("AND", [_holds(term, part) for part in together]))
        found = combine("OR", choices)
        return "(" + found + " IS NOT TRUE)" if node.negated else found

    def _subselect(self, term: Term, node: Membership, query: Query, *, top: bool) -> Sql:
        if self._semi_join is None:
            raise self._env.malformed(query.source.at, "Nesting of semi join sub-selects is not supported")
        if not top:
            raise self._env.malformed(
                query.source.at,
                "Semi join sub-selects are only allowed at the top level WHERE expressions "
                "and not nested WHERE expressions",
            )
        found = self._semi_join(term, node, query)
        return "((" + found + ") IS NOT TRUE)" if node.negated else found

    def _bad_operator(self, term: Term, text: str) -> Exception:
        return self._env.error("INVALID_QUERY_FILTER_OPERATOR", term.at, text)


def compare(term: Term, operator: str, operand: Operand) -> Sql:
    if isinstance(operand, Between):
        return _compare_range(term.sql, operator, operand)
    if operand.value is None:
        if operator in {"=", "!="}:
            return "(" + term.sql + (" IS NULL)" if operator == "=" else " IS NOT NULL)")
        return _NOTHING
    left = _collated(term)
    equal = "(" + left + Sql(" = ?)", (operand.value,))
    if operator == "=":
        return equal
    if operator == "!=":
        return "(" + equal + " IS NOT TRUE)"  # also where the field is null
    return "(" + left + Sql(f" {operator} ?)", (operand.value,))


def one_of(term: Term, members: Sequence[str | int | float]) -> Sql:
    """Membership in a list of any length: the list is one bound value."""
    if len(members) == 1:
        return compare(term, "=", Exactly(value=members[0]))
    listed = json.dumps(list(members), ensure_ascii=False)
    return "(" + _collated(term) + Sql(" IN (SELECT value FROM json_each(?)))", (listed,))


def _compare_range(sql: Sql, operator: str, span: Between) -> Sql:
    if operator in {"=", "!="}:
        inside = "(" + sql + Sql(" >= ? AND ", (span.first,)) + sql + Sql(" < ?)", (span.end,))
        return inside if operator == "=" else "(" + inside + " IS NOT TRUE)"
    bound, test = {"<": (span.first, "<"), ">": (span.end, ">="), "<=": (span.end, "<"), ">=": (span.first, ">=")}[
        operator
    ]
    return "(" + sql + Sql(f" {test} ?)", (bound,))


def _collated(term: Term) -> Sql:
    text = term.caseless and term.type not in {"boolean", "int", "double", "currency", "percent", "date", "datetime"}
    return term.sql + " COLLATE NOCASE" if text else term.sql


def _holds(term: Term, part: str) -> Sql:
    return "(instr(';' || lower(" + term.sql + Sql(") || ';', ';' || lower(?) || ';') > 0)", (part,))

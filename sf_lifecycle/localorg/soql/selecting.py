"""The SELECT list: from items to terms with the keys they have in the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sf_lifecycle.localorg.schema import Field
from sf_lifecycle.localorg.soql import functions
from sf_lifecycle.localorg.soql.nodes import Call, ChildQuery, Path, Query, SelectItem
from sf_lifecycle.localorg.soql.scope import Environment, Scope, Term

_MAX_WITH_ALL_FIELDS = 200


@dataclass(frozen=True, kw_only=True)
class Selected:
    key: str  # the last key in the record
    term: Term

    @property
    def path(self) -> str:
        return ".".join([*(s.name for s in self.term.steps), self.key])


def is_count(query: Query) -> bool:
    """Whether it is `SELECT COUNT() …`."""
    first = query.select[0]
    if not isinstance(first, SelectItem) or not isinstance(first.expression, Call):
        return False
    return first.expression.name.upper() == "COUNT" and not first.expression.args and len(query.select) == 1


def is_aggregate(query: Query) -> bool:
    if query.group_by:
        return True
    return any(isinstance(item, SelectItem) and functions.is_aggregate(item.expression) for item in query.select)


def record_items(scope: Scope, query: Query) -> list[Selected | ChildQuery]:
    """What to select for records: fields, and child queries where they stand."""
    found: list[Selected | ChildQuery] = []
    seen: set[str] = set()
    for item in query.select:
        if isinstance(item, ChildQuery):
            found.append(item)
            continue
        for selected in _record_item(scope, query, item):
            if selected.path.lower() in seen:
                raise scope.env.error("INVALID_FIELD", item.at, f"duplicate field selected: {selected.path}")
            seen.add(selected.path.lower())
            found.append(selected)
    return found


def _record_item(scope: Scope, query: Query, item: SelectItem) -> Iterator[Selected]:
    expression = item.expression
    if isinstance(expression, Path):
        if item.alias is not None:
            raise scope.env.malformed(item.at, "only aggregate expressions use field aliasing")
        term = scope.term(expression)
        yield Selected(key=_last(term), term=term)
    elif expression.name.upper() == "FIELDS":
        for found in _fields(scope, query, expression):
            yield Selected(key=found.name, term=scope.column_term(scope.alias, scope.sobject, found, (), item.at))
    else:
        term = functions.resolve(scope, expression)
        if term.field is None:
            raise scope.env.malformed(item.at, f"Function {expression.name} is only allowed in grouped queries")
        yield Selected(key=item.alias or term.field.name, term=term)


def _last(term: Term) -> str:
    return term.name.rsplit(".", 1)[-1]


def _fields(scope: Scope, query: Query, call: Call) -> list[Field]:
    env = scope.env
    which = str(call.args[0]).upper() if len(call.args) == 1 and isinstance(call.args[0], Path) else ""
    if which not in {"ALL", "STANDARD", "CUSTOM"}:
        raise env.malformed(call.at, "The SOQL FIELDS function takes ALL, STANDARD or CUSTOM")
    if which != "STANDARD" and (query.limit is None or query.limit > _MAX_WITH_ALL_FIELDS):
        raise env.malformed(call.at, f"The SOQL FIELDS function must have a LIMIT of at most {_MAX_WITH_ALL_FIELDS}")
    found = [
        f
        for f in scope.sobject.fields.values()
        if env.readable(scope.sobject, f) and (which == "ALL" or f.custom == (which == "CUSTOM"))
    ]
    if not found:
        raise env.malformed(call.at, f"The SOQL FIELDS function finds no fields: FIELDS({which})")
    return found


def aggregate_items(scope: Scope, query: Query, grouped: Sequence[Term]) -> list[Selected]:
    """What to select for AggregateResults."""
    env = scope.env
    names = {term.name for term in grouped}
    found: list[Selected] = []
    taken: set[str] = set()
    unnamed = 0
    for item in query.select:
        if isinstance(item, ChildQuery):
            raise env.malformed(item.query.source.at, "Grouped query cannot use child relationships in the SELECT list")
        if is_fields(item):
            raise env.malformed(item.at, "The SOQL FIELDS function is not allowed in grouped queries")
        term = functions.resolve(scope, item.expression, aggregates=True)
        if not term.aggregate and term.name not in names:
            raise env.malformed(item.at, f"Field must be grouped or aggregated: {term.name}")
        key = item.alias
        if key is None and isinstance(item.expression, Path):
            key = _last(term)
        elif key is None:
            key, unnamed = f"expr{unnamed}", unnamed + 1
        if key.lower() in taken:
            raise env.malformed(item.at, f"duplicate alias: {key}")
        taken.add(key.lower())
        found.append(Selected(key=key, term=term))
    return found


def is_fields(item: SelectItem) -> bool:
    return isinstance(item.expression, Call) and item.expression.name.upper() == "FIELDS"


def grouping(scope: Scope, query: Query) -> list[Term]:
    """The terms of GROUP BY."""
    found = []
    for expression in query.group_by:
        term = functions.resolve(scope, expression)
        if term.field is not None and not term.field.groupable:
            raise not_usable(scope.env, term, "grouped")
        found.append(term)
    return found


def not_usable(env: Environment, term: Term, how: str) -> Exception:
    name = term.field.name if term.field is not None else term.name
    return env.error("INVALID_FIELD", term.at, f"field '{name}' can not be {how} in a query call")

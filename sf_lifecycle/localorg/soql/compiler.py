"""A parsed query to SQLite SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sf_lifecycle.localorg.schema import COMPOUND_TYPES, SObject
from sf_lifecycle.localorg.soql import functions, selecting
from sf_lifecycle.localorg.soql.compiled import Column, Compiled
from sf_lifecycle.localorg.soql.conditions import Conditions
from sf_lifecycle.localorg.soql.errors import SoqlError
from sf_lifecycle.localorg.soql.nodes import ChildQuery, Expression, Query
from sf_lifecycle.localorg.soql.ordering import order_by
from sf_lifecycle.localorg.soql.scope import Environment, Scope, Step, Term
from sf_lifecycle.localorg.soql.selecting import Selected
from sf_lifecycle.localorg.soql.semijoin import SemiJoins
from sf_lifecycle.localorg.soql.shape import (
    AggregateShape,
    ChildOutput,
    CountShape,
    FieldOutput,
    ParentKey,
    RecordShape,
    converter,
)
from sf_lifecycle.localorg.soql.sql import Sql, column, combine, join

_MAX_OFFSET = 2_000
_MAX_CHILDREN = 20


def compile_parsed(env: Environment, query: Query) -> Compiled:
    if query.offset is not None and query.offset > _MAX_OFFSET:
        raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_MAX_OFFSET}")
    scope = Scope(env, env.object(query.source), query.alias)
    if query.having is not None and not query.group_by:
        raise env.malformed(query.source.at, "HAVING is only allowed with GROUP BY")
    if selecting.is_count(query):
        return _count(scope, query)
    return _aggregate(scope, query) if selecting.is_aggregate(query) else _records(scope, query)


def _count(scope: Scope, query: Query) -> Compiled:
    if query.group_by or query.order_by:
        raise scope.env.malformed(query.source.at, "COUNT() cannot be used with GROUP BY or ORDER BY")
    where = _where(scope, query)
    rows = "SELECT 1 FROM " + scope.from_sql() + where + _page(query)
    sql = "SELECT count(*) FROM (" + rows + ")"
    return _compiled(scope, query, sql, CountShape(), (), is_count=True)


def _aggregate(scope: Scope, query: Query) -> Compiled:
    env = scope.env
    if not query.group_by and query.limit is not None:
        raise env.malformed(
            query.source.at, "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        )
    grouped = selecting.grouping(scope, query)
    names = {term.name for term in grouped}
    items = selecting.aggregate_items(scope, query, grouped)

    def of_group(expression: Expression) -> Term:
        term = functions.resolve(scope, expression, aggregates=True)
        if not term.aggregate and term.name not in names:
            raise env.malformed(term.at, f"Field must be grouped or aggregated: {term.name}")
        return term

    where = _where(scope, query)
    tail = Sql("")
    if grouped:
        keys = [t.sql + " COLLATE NOCASE" if t.caseless and t.field is not None else t.sql for t in grouped]
        tail = " GROUP BY " + join(", ", keys)
    if query.having is not None:
        tail = tail + " HAVING " + Conditions(env, of_group, None).compile(query.having)
    tail = tail + order_by(env, query.order_by, of_group) + _page(query)
    selected = join(", ", [item.term.sql for item in items])
    sql = "SELECT " + selected + " FROM " + scope.from_sql() + where + tail
    shape = AggregateShape(
        outputs=tuple(
            FieldOutput(index=i, key=item.key, convert=converter(item.term.type)) for i, item in enumerate(items)
        )
    )
    columns = tuple(Column(name=item.key, type=item.term.type, field=item.term.field) for item in items)
    return _compiled(scope, query, sql, shape, columns, is_aggregate=True)


def _records(scope: Scope, query: Query) -> Compiled:
    layout = _layout(scope, query)
    columns = tuple(
        Column(name=item.path, type=item.term.type, field=item.term.field)
        for item in layout.items
        if isinstance(item, Selected)
    )
    sql = _select(scope, query, layout)
    return _compiled(scope, query, sql, layout.shape, columns)


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """The columns of a query for records: what was asked for, then the Ids of the record and of its parents."""

    items: Sequence[Selected | ChildQuery]
    columns: Sequence[Sql]
    shape: RecordShape


def _layout(scope: Scope, query: Query) -> _Layout:
    items = selecting.record_items(scope, query)
    fields = [item for item in items if isinstance(item, Selected)]
    children = [item for item in items if isinstance(item, ChildQuery)]
    if len(children) > _MAX_CHILDREN:
        raise scope.env.malformed(query.source.at, f"Maximum {_MAX_CHILDREN} child relationship queries are allowed")
    columns = [item.term.sql for item in fields]
    outputs: dict[int, FieldOutput | ChildOutput] = {}
    for item in children:
        sql, key, shape = _child(scope, item.query)
        if any(isinstance(o, ChildOutput) and o.key == key for o in outputs.values()):
            raise scope.env.malformed(item.query.source.at, f"duplicate child relationship: {key}")
        outputs[id(item)] = ChildOutput(index=len(columns), key=key, shape=shape)
        columns.append(sql)
    id_index = len(columns)
    columns.append(column(scope.alias, "Id"))
    parents: dict[str, ParentKey] = {}
    for index, selected in enumerate(fields):
        keys = _parent_keys(selected.term.steps, columns, parents)
        outputs[id(selected)] = FieldOutput(
            index=index, key=selected.key, convert=converter(selected.term.type), parents=keys
        )
    shape = RecordShape(
        schema=scope.env.schema,
        object_name=scope.sobject.name,
        id_index=id_index,
        outputs=tuple(outputs[id(item)] for item in items),
    )
    return _Layout(items=items, columns=columns, shape=shape)


def _parent_keys(steps: Sequence[Step], columns: list[Sql], known: dict[str, ParentKey]) -> tuple[ParentKey, ...]:
    keys = []
    path = ""
    for step in steps:
        path += f".{step.name}"
        if path not in known:
            known[path] = ParentKey(key=step.name, index=len(columns), object_name=step.object_name)
            columns.append(step.id)
        keys.append(known[path])
    return tuple(keys)


def _select(scope: Scope, query: Query, layout: _Layout, *conditions: Sql) -> Sql:
    where = _where(scope, query, *conditions)
    order = order_by(scope.env, query.order_by, lambda expression: functions.resolve(scope, expression))
    named = [sql + f" AS c{index}" for index, sql in enumerate(layout.columns)]
    return "SELECT " + join(", ", named) + " FROM " + scope.from_sql() + where + order + _page(query)


def _child(scope: Scope, query: Query) -> tuple[Sql, str, RecordShape]:
    """A child query as one column: a JSON array with an array per child."""
    env = scope.env
    if any(isinstance(item, ChildQuery) for item in query.select):
        raise env.malformed(query.source.at, "Child relationship queries cannot be nested in this org")
    if selecting.is_aggregate(query) or query.having is not None:
        raise env.malformed(query.source.at, "Aggregates are not supported in child relationship queries")
    link = next(
        (
            c
            for c in scope.sobject.child_relationships
            if c.relationship_name and c.relationship_name.lower() == str(query.source).lower()
        ),
        None,
    )
    child = env.schema.get(link.child_sobject) if link is not None else None
    field = child.get(link.field) if child is not None and link is not None else None
    if link is None or child is None or field is None or not _usable(env, child, field.name):
        raise env.no_child_relationship(query.source)
    inner = Scope(env, child, query.alias)
    layout = _layout(inner, query)
    tie = "(" + column(inner.alias, field.name) + " = " + column(scope.alias, "Id") + ")"
    rows = _select(inner, query, layout, tie)
    cells = ", ".join(f"c{index}" for index in range(len(layout.columns)))
    sql = f"(SELECT json_group_array(json_array({cells})) FROM (" + rows + "))"
    return sql, str(link.relationship_name), layout.shape


def _usable(env: Environment, sobject: SObject, field_name: str) -> bool:
    found = sobject.get(field_name)
    return found is not None and sobject.queryable and env.readable_object(sobject) and env.readable(sobject, found)


def _where(scope: Scope, query: Query, *conditions: Sql) -> Sql:
    """Everything a row must satisfy. Called before the FROM is written: conditions add joins to it."""
    found = [*conditions, *scope.visible()]
    if query.where is not None:
        semi_joins = SemiJoins(scope)
        compiler = Conditions(scope.env, lambda expression: functions.resolve(scope, expression), semi_joins.compile)
        found.append(compiler.compile(query.where))
    return " WHERE " + combine("AND", found) if found else Sql("")


def _page(query: Query) -> Sql:
    if query.limit is None and query.offset is None:
        return Sql("")
    limit = -1 if query.limit is None else query.limit
    return Sql(" LIMIT ? OFFSET ?", (limit, query.offset or 0))


def _compiled(
    scope: Scope,
    query: Query,
    sql: Sql,
    shape: RecordShape | AggregateShape | CountShape,
    columns: tuple[Column, ...],
    *,
    is_count: bool = False,
    is_aggregate: bool = False,
) -> Compiled:
    features = {
        "AGGREGATE": is_aggregate,
        "CHILDREN": any(isinstance(item, ChildQuery) for item in query.select),
        "COMPOUND": any(c.type in COMPOUND_TYPES for c in columns),
        "COUNT": is_count,
        "GROUP BY": bool(query.group_by),
        "LIMIT": query.limit is not None,
        "OFFSET": query.offset is not None,
        "ORDER BY": bool(query.order_by),
    }
    return Compiled(
        sql=sql.text,
        params=sql.params,
        object_name=scope.sobject.name,
        is_count=is_count,
        is_aggregate=is_aggregate,
        columns=columns,
        features=frozenset(name for name, used in features.items() if used),
        _shape=shape,
    )

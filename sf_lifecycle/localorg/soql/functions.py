"""Functions in queries: aggregates, parts of dates, labels."""

from __future__ import annotations

from sf_lifecycle.localorg.soql.nodes import Call, Expression, Path
from sf_lifecycle.localorg.soql.scope import Scope, Term
from sf_lifecycle.localorg.soql.sql import Sql

_SUMMABLE = frozenset({"int", "double", "currency", "percent"})
_NEVER_AGGREGATED = frozenset({"boolean", "multipicklist", "address", "location", "base64", "encryptedstring"})
_AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
_UNSUPPORTED = frozenset({"ROLLUP", "CUBE", "GROUPING", "DISTANCE", "GEOLOCATION"})
_PASS_THROUGH = frozenset({"FORMAT", "CONVERTCURRENCY"})

# Dates and moments (UTC) are text, so that a part of one is a piece of it.
_YEAR = "CAST(substr({0}, 1, 4) AS INTEGER)"
_MONTH = "CAST(substr({0}, 6, 2) AS INTEGER)"
_DATE_PARTS = {
    "CALENDAR_YEAR": _YEAR,
    "CALENDAR_QUARTER": f"({_MONTH} + 2) / 3",
    "CALENDAR_MONTH": _MONTH,
    "FISCAL_YEAR": _YEAR,
    "FISCAL_QUARTER": f"({_MONTH} + 2) / 3",
    "FISCAL_MONTH": _MONTH,
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)",
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
}


def is_aggregate(expression: Expression) -> bool:
    if isinstance(expression, Path):
        return False
    return expression.name.upper() in _AGGREGATES or any(is_aggregate(arg) for arg in expression.args)


def resolve(scope: Scope, expression: Expression, *, aggregates: bool = False) -> Term:
    """The term an expression stands for. `aggregates`: whether an aggregate may stand here."""
    if isinstance(expression, Path):
        return scope.term(expression)
    name = expression.name.upper()
    if name in _UNSUPPORTED:
        raise scope.env.malformed(expression.at, f"{name} is not supported by this org")
    if name in _AGGREGATES:
        if not aggregates:
            raise scope.env.malformed(expression.at, f"Aggregate function not allowed here: {expression.name}")
        return _aggregate(scope, expression, name)
    if name in _PASS_THROUGH:
        inner = resolve(scope, _argument(scope, expression), aggregates=aggregates)
        return _wrapped(inner, expression, inner.sql, inner.type)
    inner = resolve(scope, _argument(scope, expression))
    if name == "TOLABEL":
        return _wrapped(inner, expression, _label(inner), inner.type)
    if name in _DATE_PARTS:
        return _date_part(scope, expression, name, inner)
    raise scope.env.malformed(expression.at, f"unknown function: {expression.name}")


def _argument(scope: Scope, call: Call) -> Expression:
    if len(call.args) != 1:
        raise scope.env.malformed(call.at, f"{call.name} takes one argument")
    return call.args[0]


def _wrapped(inner: Term, call: Call, sql: Sql, type_name: str) -> Term:
    return Term(
        sql=sql,
        type=type_name,
        name=f"{call.name}({inner.name})",
        at=call.at,
        field=inner.field,
        steps=inner.steps,
        aggregate=inner.aggregate,
    )


def _label(term: Term) -> Sql:
    translated = [v for v in (term.field.picklist_values if term.field else ()) if v.label != v.value]
    if not translated:
        return term.sql
    cases = Sql(" WHEN ? THEN ?" * len(translated), tuple(text for v in translated for text in (v.value, v.label)))
    return "CASE " + term.sql + cases + " ELSE " + term.sql + " END"


def _date_part(scope: Scope, call: Call, name: str, inner: Term) -> Term:
    wanted = {"datetime"} if name in {"HOUR_IN_DAY", "DAY_ONLY"} else {"date", "datetime"}
    if inner.type not in wanted:
        raise scope.env.error("INVALID_FIELD", call.at, f"field '{inner.name}' does not support function {name}")
    sql = Sql(_DATE_PARTS[name].format(inner.sql.text), inner.sql.params)
    return Term(
        sql=sql,
        type="date" if name == "DAY_ONLY" else "int",
        name=f"{name}({inner.name})",
        at=call.at,
        steps=(),
    )


def _aggregate(scope: Scope, call: Call, name: str) -> Term:
    inner = resolve(scope, _argument(scope, call))
    long_text = inner.field is not None and not (inner.field.filterable or inner.field.groupable)
    summed = name in {"SUM", "AVG"}
    if inner.type in _NEVER_AGGREGATED or long_text or (summed and inner.type not in _SUMMABLE):
        raise scope.env.error(
            "INVALID_FIELD", call.at, f"field {inner.name} does not support aggregate operator {name}"
        )
    value = inner.sql + " COLLATE NOCASE" if inner.caseless and inner.type not in _SUMMABLE else inner.sql
    if name == "COUNT_DISTINCT":
        sql, result = "count(DISTINCT " + value + ")", "int"
    else:
        sql = f"{name.lower()}(" + value + ")"
        result = "int" if name == "COUNT" else "double" if summed else inner.type
    return Term(sql=sql, type=result, name=f"{name}({inner.name})", at=call.at, field=None, aggregate=True)

"""Values brought together: ISO texts beside dates, moments beside days, branches of one result, words that exist."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from sf_lifecycle.config.found import nearest, one_of
from sf_lifecycle.engine import numbers, sql
from sf_lifecycle.engine.parse import fault_at
from sf_lifecycle.engine.types import BOOLEAN, DATE, DATETIME, TEXT, Type, Typed, made

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
EARLIEST, LATEST = dt.date(1700, 1, 1), dt.date(4000, 12, 31)
"""The days Salesforce can hold."""


def noun(type_: Type) -> str:
    """A type in a message."""
    return {"date": "a date", "datetime": "a date with time", "boolean": "true or false", "id": "an id"}.get(
        str(type_.kind), "null" if type_.kind is None else f"a {type_.kind}"
    )


def day(value: Typed, node: exp.Expression) -> Typed:
    """A literal text as the date it writes. Raises Fault where it writes none."""
    written = str(value.literal)
    try:
        found = dt.date.fromisoformat(written) if DAY.fullmatch(written) else None
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise fault_at(node, f"expected a date, got '{written}'", hint="a date is written '2026-01-31'")
    return Typed(type=DATE, sql=sql.literal(found), is_literal=True, literal=found)


def moment(value: Typed, node: exp.Expression) -> Typed:
    """A literal text as the moment it writes, in UTC where it names no zone. Raises Fault."""
    written = str(value.literal)
    try:
        found = dt.datetime.fromisoformat(written) if MOMENT.fullmatch(written) else None
    except ValueError:
        found = None
    if found is None:
        raise fault_at(node, f"expected a date with time, got '{written}'", hint="write '2026-01-31T09:00:00Z'")
    aware = found if found.tzinfo else found.replace(tzinfo=dt.UTC)
    try:
        naive = aware.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError:
        raise fault_at(node, f"expected a date with time, got '{written}'") from None
    return Typed(type=DATETIME, sql=sql.literal(naive), is_literal=True)


def day_of(value: Typed, zone: str) -> Typed:
    """The day of a moment, in the configured zone."""
    return made(DATE, sql.day_in_zone(value.sql, zone), value)


def together(values: Sequence[Typed], nodes: Sequence[exp.Expression], zone: str) -> list[Typed]:
    """Values to be compared, in one kind: literal texts become dates beside dates, moments their days. Raises Fault."""
    kinds = {v.kind for v in values if v.kind is not None}
    if kinds <= {"date", "datetime", "text"} and kinds & {"date", "datetime"}:
        values = _dates(values, nodes, zone, with_time="date" not in kinds)
        kinds = {v.kind for v in values if v.kind is not None}
    if len(kinds) > 1:
        first = values[0]
        at = next(i for i, v in enumerate(values) if v.kind not in (None, first.kind))
        raise _mismatch(first, values[at], nodes[at])
    return list(values)


def _mismatch(first: Typed, second: Typed, node: exp.Expression) -> Exception:
    kinds = {first.kind, second.kind}
    hint = ""
    if "id" in kinds:
        hint = "an id compares only with ids"
    elif kinds == {"date", "number"}:
        hint = "a date is written '2026-01-31', in quotes; days between dates are days_since(…), days_until(…)"
    elif kinds == {"number", "text"}:
        hint = "numbers stand without quotes, texts in single quotes"
    return fault_at(node, f"expected {noun(first.type)}, got {noun(second.type)}", hint=hint)


def _dates(values: Sequence[Typed], nodes: Sequence[exp.Expression], zone: str, *, with_time: bool) -> list[Typed]:
    plain = any(v.kind == "text" and v.is_literal and DAY.fullmatch(str(v.literal)) for v in values)
    out = []
    for value, node in zip(values, nodes, strict=True):
        if value.kind == "text" and value.is_literal:
            value = moment(value, node) if with_time and not plain else day(value, node)
        elif value.kind == "text":
            raise fault_at(node, "expected a date, got a text that is not written out here")
        if value.kind == "datetime" and (plain or not with_time) and not value.is_literal:
            value = day_of(value, zone)
        out.append(value)
    return out


def one_type(values: Sequence[Typed], nodes: Sequence[exp.Expression], zone: str) -> tuple[Type, list[str]]:
    """The type of a result that is one of `values`, and each value's SQL in it. Raises Fault."""
    values = together(values, nodes, zone)
    known = [v for v in values if v.kind is not None]
    if not known:
        raise fault_at(nodes[0], "expected a value, got only null")
    if known[0].kind == "number":
        type_, exact = numbers.common([v.type for v in known])
        return type_, ["NULL" if v.kind is None else _number(v, type_, exact) for v in values]
    if known[0].kind == "text":
        return _words_of(known), [v.sql for v in values]
    return known[0].type, [v.sql for v in values]


def _number(value: Typed, type_: Type, exact: bool) -> str:
    if value.type.sql == type_.sql and not value.is_literal:
        return value.sql
    return numbers.as_type(value, type_, exact=exact)


def _words_of(values: Sequence[Typed]) -> Type:
    words: dict[str, None] = {}
    for value in values:
        own = (str(value.literal),) if value.is_literal else value.type.words
        if own is None or value.type.several:
            return TEXT
        words.update(dict.fromkeys(own))
    closed = all(v.is_literal or v.type.closed for v in values)
    return replace(TEXT, words=tuple(words), closed=closed)


def word(value: Typed, type_: Type, node: exp.Expression) -> Typed:
    """A literal text about to be compared with a text of `type_`. Raises Fault where nothing can ever equal it."""
    if type_.words is None or not value.is_literal or not isinstance(value.literal, str):
        return value
    same = {known.casefold(): known for known in type_.words}
    known = same.get(value.literal.casefold())
    if known is None and type_.closed:
        message = f"nothing is ever '{value.literal}' here; expected {one_of(type_.words)}"
        raise fault_at(node, message, hint=nearest(value.literal, type_.words))
    if known is not None and type_.spelled:
        return replace(value, literal=known, sql=sql.text(known))
    return value


def condition(value: Typed, node: exp.Expression) -> Typed:
    """`value` if it is a condition. Raises Fault."""
    if value.type != BOOLEAN:
        hint = {"text": "compare it: … = 'word'", "number": "compare it: … > 0", "date": "compare it: … >= today()"}
        raise fault_at(
            node, f"expected a condition, got {noun(value.type)}", hint=hint.get(str(value.kind), "write … is not null")
        )
    return value


def decimal(written: str) -> Decimal:
    """A number as written. Raises ValueError."""
    try:
        found = Decimal(written)
    except InvalidOperation:
        raise ValueError(written) from None
    if not found.is_finite():
        raise ValueError(written)
    return found


def is_decimal(value: object) -> bool:
    """Whether it is a finite Decimal."""
    return isinstance(value, Decimal) and value.is_finite()

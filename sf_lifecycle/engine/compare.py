"""Comparisons: three-valued, without regard to case, and never between things that cannot be equal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from sqlglot import exp

from sf_lifecycle.engine import coerce, numbers, sql
from sf_lifecycle.engine.parse import Fault, fault_at, span
from sf_lifecycle.engine.types import BOOLEAN, COMPARE, NOT, Scalar, Type, Typed, made

_SIGNS = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_COMPARISONS = (*_SIGNS, exp.Between, exp.In, exp.Like, exp.Is)


class Reader(Protocol):
    """What comparisons need of the translator."""

    @property
    def zone(self) -> str:
        """The configured time zone."""
        ...

    def value(self, node: exp.Expression) -> Typed:
        """The expression's value."""
        ...


def two(reader: Reader, node: exp.Expression) -> Typed:
    """`a = b` and its kin."""
    nodes = (node.this, node.expression)
    sign = next(said for kind, said in _SIGNS.items() if isinstance(node, kind))
    values = _operands(reader, nodes, node)
    for value, at in zip(values, nodes, strict=True):
        if value.kind is None:
            hint = "write … is null" if sign == "=" else "write … is not null" if sign == "<>" else "leave it out"
            raise fault_at(node if isinstance(at, exp.Null) else at, "nothing ever equals null", hint=hint)
    if values[0].kind in ("boolean", "id") and sign not in ("=", "<>"):
        raise fault_at(node, f"{coerce.noun(values[0].type)} has no order", hint="compare with = or <>")
    if sign in ("=", "<>"):
        values = _words(values, nodes)
    said, exact = _sides(values)
    test = f"{said[0]} {sign} {said[1]}"
    return _test(test, exact, values)


def between(reader: Reader, node: exp.Expression) -> Typed:
    """`a between b and c`, both included."""
    nodes = (node.this, node.args["low"], node.args["high"])
    values = _operands(reader, nodes, node)
    if any(value.kind is None for value in values):
        raise fault_at(node, "nothing lies between null and anything")
    if values[0].kind in ("boolean", "id"):
        raise fault_at(node, f"{coerce.noun(values[0].type)} has no order")
    said, exact = _sides(values)
    return _test(f"{said[0]} BETWEEN {said[1]} AND {said[2]}", exact, values)


def in_(reader: Reader, node: exp.Expression) -> Typed:
    """`a in ('x', 'y')` and `a in parameter`."""
    nodes = [node.this, *node.expressions]
    if node.args.get("field") is not None:
        nodes.append(node.args["field"])
    if len(nodes) == 1:
        raise fault_at(node, "expected values in the parentheses, got none")
    _no_chain(node.this, node)
    first = reader.value(node.this)
    options, places = _options(reader, nodes[1:])
    values = coerce.together([first, *options], [node.this, *places], reader.zone)
    if first.kind is None:
        raise fault_at(node, "nothing ever equals null", hint="write … is null")
    values = _words(values, [node.this, *places])
    said, exact = _sides(values)
    return _test(f"{said[0]} IN ({', '.join(said[1:])})", exact, values)


def like(reader: Reader, node: exp.Expression) -> Typed:
    """`a like 'b%'`, without regard to case."""
    _no_chain(node.this, node)
    value, pattern = reader.value(node.this), reader.value(node.expression)
    if value.kind != "text":
        raise fault_at(node.this, f"like takes a text, got {coerce.noun(value.type)}")
    if pattern.kind != "text" or not pattern.is_literal:
        raise fault_at(node.expression, "expected a pattern in quotes", hint="write … like 'abc%'")
    word = "NOT LIKE" if node.args.get("negate") else "LIKE"
    return _test(f"{sql.folded(value.sql)} {word} {sql.folded(pattern.sql)}", True, [value, pattern])


def is_(reader: Reader, node: exp.Expression, *, negated: bool = False) -> Typed:
    """`a is null`, `a is true`, `a is false`."""
    _no_chain(node.this, node)
    value, what = reader.value(node.this), node.expression
    word = "IS NOT" if negated else "IS"
    if isinstance(what, exp.Null):
        if value.kind is None:
            raise fault_at(node, "null is always null")
        return made(BOOLEAN, f"{value.within(COMPARE + 1)} {word} NULL", value, binds=NOT, moving=False)
    if not isinstance(what, exp.Boolean):
        raise fault_at(what, "expected null, true or false after `is`", hint="write … = …")
    value = coerce.condition(value, node.this)
    said = f"{value.within(COMPARE + 1)} {word} {sql.literal(bool(what.this))}"
    return made(BOOLEAN, said, value, binds=NOT, moving=False)


def equal(left: Typed, right: Typed) -> str:
    """SQL for two values of one kind being equal; a text without regard to case."""
    said, exact = _sides([left, right])
    test = f"{said[0]} = {said[1]}"
    return test if exact else sql.unless_too_large(test)


def _test(test: str, exact: bool, values: Sequence[Typed]) -> Typed:
    if not exact:
        return made(BOOLEAN, sql.unless_too_large(test), *values, moving=False)
    return made(BOOLEAN, test, *values, binds=COMPARE, moving=False)


def _no_chain(operand: exp.Expression, node: exp.Expression) -> None:
    if isinstance(operand, (*_COMPARISONS, exp.Not)):
        raise fault_at(node, "comparisons do not follow one another", hint="join them with `and`")


def _operands(reader: Reader, nodes: Sequence[exp.Expression], node: exp.Expression) -> list[Typed]:
    for each in nodes:
        _no_chain(each, node)
    values = [reader.value(each) for each in nodes]
    try:
        return coerce.together(values, nodes, reader.zone)
    except Fault as fault:
        raise _unquoted_date(node) or fault from fault


def _unquoted_date(node: exp.Expression) -> Fault | None:
    """`end_date > 2026-01-01` is 2026 minus 1 minus 1."""
    for sub in node.find_all(exp.Sub):
        numbers_ = [part for part in sub.flatten() if isinstance(part, exp.Literal) and not part.is_string]
        written = "-".join(str(part.this) for part in numbers_)
        if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", written):
            start, end = span(sub)
            return Fault("a date stands in quotes", hint=f"write '{written}'", start=start, end=end)
    return None


def _options(reader: Reader, nodes: Sequence[exp.Expression]) -> tuple[list[Typed], list[exp.Expression]]:
    options: list[Typed] = []
    places: list[exp.Expression] = []
    for node in nodes:
        value = reader.value(node)
        if value.choices is not None:
            found = [_choice(value, choice) for choice in value.choices]
        elif value.is_literal:
            found = [value]
        else:
            raise fault_at(node, "expected values written out, or a parameter that is a list")
        for each in found:
            if each.kind is None:
                raise fault_at(node, "nothing ever equals null", hint="write … is null or …")
            options.append(each)
            places.append(node)
    return options, places


def _choice(value: Typed, choice: Scalar) -> Typed:
    return Typed(type=value.type, sql=sql.literal(choice), is_literal=True, literal=choice)


def _words(values: Sequence[Typed], nodes: Sequence[exp.Expression]) -> list[Typed]:
    known = next((v for v in values if v.kind == "text" and not v.is_literal and v.type.words), None)
    if known is None or known.type.several:
        return list(values)
    words = [_word_or_fault(v, known.type, node) for v, node in zip(values, nodes, strict=True)]
    # A parameter's list may be shared by orgs that differ in their words: one word that exists is enough.
    listed = [w for w, node in zip(words, nodes, strict=True) if isinstance(node, exp.Column) and w is not known]
    fitting = any(isinstance(word, Typed) and word.is_literal for word in listed)
    for word in words:
        if isinstance(word, Fault) and not (fitting and word in listed):
            raise word
    return [value if isinstance(word, Fault) else word for word, value in zip(words, values, strict=True)]


def _word_or_fault(value: Typed, type_: Type, node: exp.Expression) -> Typed | Fault:
    try:
        return coerce.word(value, type_, node)
    except Fault as fault:
        return fault


def _sides(values: Sequence[Typed]) -> tuple[list[str], bool]:
    kind = values[0].kind
    if kind == "number":
        return numbers.comparable(values)
    if kind == "text":
        spelled = all(v.type.spelled or v.is_literal for v in values) and any(v.type.spelled for v in values)
        words = {w for v in values if v.type.spelled for w in v.type.words or ()}
        if spelled and all(v.literal in words for v in values if v.is_literal):
            return [v.sql for v in values], True
        return [sql.folded(v.sql) for v in values], True
    return [v.within(COMPARE + 1) for v in values], True

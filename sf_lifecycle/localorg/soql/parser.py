"""Query text to nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from typing import Any, Literal, cast

from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from sf_lifecycle.localorg.soql.errors import SoqlError, malformed, marked
from sf_lifecycle.localorg.soql.nodes import (
    Call,
    ChildQuery,
    Comparison,
    Condition,
    Expression,
    Logical,
    Membership,
    Negation,
    OrderItem,
    Path,
    Query,
    Selection,
    SelectItem,
    Value,
    ValueKind,
)

MAX_LENGTH = 100_000
_MAX_DEPTH = 50
_MAX_NESTED_QUERIES = 2
_MAX_ROWS = 2**53
_TOO_COMPLICATED = "Query is either selecting too many fields or the filter conditions are too complicated."
_WORD = re.compile(r"'(?:\\.|[^'\\])*'|[\w.]+|\S", re.DOTALL)


def parse(source: str) -> Query:
    """The query as nodes; SoqlError for anything that is not SOQL."""
    if len(source) > MAX_LENGTH:
        raise SoqlError("MALFORMED_QUERY", f"SOQL statements cannot be longer than {MAX_LENGTH} characters.")
    if not source.strip():
        raise malformed("A query string has to be specified")
    try:
        return cast(Query, _LARK.parse(source))
    except UnexpectedInput as problem:
        raise _unexpected(source, problem) from None


def _unexpected(source: str, problem: UnexpectedInput) -> SoqlError:
    at: int | None = getattr(problem, "pos_in_stream", None)
    token = getattr(problem, "token", None)
    if at is None or at < 0 or (token is not None and token.type == "$END"):
        return marked("MALFORMED_QUERY", source, len(source.rstrip()), "unexpected token: '<EOF>'")
    last = next(iter(getattr(problem, "token_history", None) or ()), None)
    expected = set(getattr(problem, "accepts", None) or getattr(problem, "expected", None) or ())
    if last is not None and last.type == "PATH" and "PATH" not in expected and expected & {"_FROM", "_WHERE"}:
        at = last.start_pos  # `SELECT Id FRM Account`: the stray word, which the grammar took for an alias
    word = _WORD.match(source, at)
    return marked("MALFORMED_QUERY", source, at, f"unexpected token: '{word.group() if word else source[at]}'")


def _depth_of(parts: Iterable[Condition]) -> int:
    depth = 1 + max(part.depth if isinstance(part, Logical | Negation) else 0 for part in parts)
    if depth > _MAX_DEPTH:
        raise SoqlError("QUERY_TOO_COMPLICATED", _TOO_COMPLICATED)
    return depth


def _rows(token: Token) -> int:
    digits = str(token).lstrip("0") or "0"
    return int(digits) if len(digits) < 16 else _MAX_ROWS


def _value(kind: ValueKind) -> Any:
    def build(self: _Builder, token: Token) -> Value:
        return Value(kind, str(token), token.start_pos or 0)

    return build


def _path(token: Token) -> Path:
    return Path(tuple(str(token).split(".")), token.start_pos or 0)


@v_args(inline=True)
class _Builder(Transformer[Token, Query]):
    string = _value("string")
    number = _value("number")
    date = _value("date")
    datetime = _value("datetime")
    word = _value("word")

    def start(self, query: Query) -> Query:
        return query

    def path(self, token: Token) -> Path:
        return _path(token)

    def call(self, name: Token, *args: Expression | None) -> Call:
        return Call(str(name), tuple(a for a in args if a is not None), name.start_pos or 0)

    def select_item(self, expression: Expression, alias: Token | None) -> SelectItem:
        if alias is not None and "." in alias:
            raise malformed(f"Invalid alias: {alias}")
        return SelectItem(expression, str(alias) if alias is not None else None, expression.at)

    def child_query(self, query: Query) -> ChildQuery:
        return ChildQuery(query)

    def select_list(self, *items: SelectItem | ChildQuery) -> tuple[SelectItem | ChildQuery, ...]:
        return items

    def source(self, name: Token, alias: Token | None) -> tuple[Path, str | None]:
        return _path(name), str(alias) if alias is not None else None

    def scope(self, name: Token) -> None:
        if name.lower() != "everything":
            raise malformed(f"USING SCOPE {name} is not supported here")

    def comparison(self, left: Expression, operator: Token, value: Value) -> Comparison:
        text = operator.upper()
        return Comparison(left, "!=" if text == "<>" else text, value)

    def membership(self, left: Expression, negated: Token | None, members: Any) -> Membership:
        return Membership(left, negated is not None, members)

    def selection(self, left: Expression, word: Token, values: tuple[Value, ...]) -> Selection:
        return Selection(left, word.lower() == "excludes", values)

    def values(self, *values: Value) -> tuple[Value, ...]:
        return values

    def and_list(self, *parts: Condition) -> Logical:
        return self._logical("AND", parts)

    def or_list(self, *parts: Condition) -> Logical:
        return self._logical("OR", parts)

    def _logical(self, operator: Literal["AND", "OR"], parts: tuple[Condition, ...]) -> Logical:
        return Logical(operator, parts, _depth_of(parts))

    def negation(self, part: Condition) -> Negation:
        return Negation(part, _depth_of((part,)))

    def where(self, condition: Condition) -> Condition:
        return condition

    def having(self, condition: Condition) -> Condition:
        return condition

    def group_by(self, *expressions: Expression) -> tuple[Expression, ...]:
        return expressions

    def order_by(self, *items: OrderItem) -> tuple[OrderItem, ...]:
        return items

    def order_item(self, expression: Expression, direction: Token | None, nulls: Token | None) -> OrderItem:
        descending = direction is not None and direction.lower() == "desc"
        return OrderItem(expression, descending, nulls is not None and nulls.lower() == "last")

    def limit(self, rows: Token) -> int:
        return _rows(rows)

    def offset(self, rows: Token) -> int:
        return _rows(rows)

    def clause(self, first: Token, second: Token) -> None:
        words = f"{first} {second}".upper()
        if words == "ALL ROWS":
            raise malformed("ALL ROWS not allowed in this context")
        if words not in {"FOR VIEW", "FOR REFERENCE", "UPDATE TRACKING", "UPDATE VIEWSTAT"}:
            raise malformed(f"{words} not allowed in this context")

    def query(self, *parts: Any) -> Query:
        select, (source, alias), _scope, where, group_by, having, order_by, limit, offset = parts[:9]
        depth = _nesting(select, where, having)
        if depth > _MAX_NESTED_QUERIES:
            raise malformed("Nesting of sub-selects is not supported")
        return Query(select, source, alias, where, group_by or (), having, order_by or (), limit, offset, depth)


def _nesting(select: Iterable[SelectItem | ChildQuery], *conditions: Condition | None) -> int:
    deepest = max((1 + item.query.depth for item in select if isinstance(item, ChildQuery)), default=0)
    waiting = [condition for condition in conditions if condition is not None]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Logical):
            waiting.extend(node.parts)
        elif isinstance(node, Negation):
            waiting.append(node.part)
        elif isinstance(node, Membership) and isinstance(node.members, Query):
            deepest = max(deepest, 1 + node.members.depth)
    return deepest


_LARK = Lark(
    resources.files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    lexer="contextual",
    transformer=_Builder(),
    maybe_placeholders=True,
)

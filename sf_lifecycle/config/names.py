"""Names that expressions cannot use: SQL's words, tried in a whole expression, and the language's own."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import Dialect, Tokenizer, exp
from sqlglot.errors import SqlglotError

OWN = {
    "id": "every row has its `id` already",
    "object": "it says which object a row comes from",
    "rows": "texts read the rows of an outreach by it",
    "previous_label": "the language gives it a meaning",
    "days_in_label": "the language gives it a meaning",
}


class _Plain(Dialect):
    """No function and no word without parentheses has a meaning of its own: only SQL's grammar is left."""

    class Parser(sqlglot.Parser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}


@cache
def why_reserved(name: str) -> str:
    """Why `name` cannot name a value, or the empty text. `case` and the like are fine for roles: they are no values."""
    if name in OWN:
        return OWN[name]
    return "" if _reads_as_column(name) else "SQL reserves the word"


@cache
def why_no_qualifier(name: str) -> str:
    """Why `name.x` cannot be written in an expression, or the empty text. Asked of clusters and picked rows."""
    if _begins_statement(name):
        return "SQL reserves the word"
    tree = _parse(f"1 = {name}.x and {name}.y > 2")
    fine = isinstance(tree, exp.And) and [column.table for column in tree.find_all(exp.Column)] == [name, name]
    return "" if fine else "SQL reserves the word"


def _reads_as_column(name: str) -> bool:
    """Some words pass alone and fail in company (`values`), some fail only where an expression begins (`desc`)."""
    if _begins_statement(name):
        return False
    tree = _parse(f"account.{name} = 1 and {name} > 2")
    if not isinstance(tree, exp.And):
        return False
    left, right = tree.this, tree.expression
    return (
        isinstance(left, exp.EQ)
        and isinstance(right, exp.GT)
        and _is_column(left.this, name, "account")
        and _is_column(right.this, name, "")
    )


def _is_column(node: object, name: str, table: str) -> bool:
    return isinstance(node, exp.Column) and node.name == name and node.table == table


def _begins_statement(name: str) -> bool:
    kind = Tokenizer.KEYWORDS.get(name.upper())
    return kind is not None and (kind in Tokenizer.COMMANDS or kind in sqlglot.Parser.STATEMENT_PARSERS)


def _parse(sql: str) -> object:
    try:
        trees = _Plain().parse(sql)
    except SqlglotError:
        return None
    return trees[0] if trees else None

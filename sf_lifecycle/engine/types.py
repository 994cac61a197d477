"""What an expression is worth: its type, its SQL, what it reads, and whether it moves by itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sf_lifecycle.config.mapping import ValueType

WIDEST = 38
"""Digits the database can hold in one number."""
MOST_SCALE = 10
"""Decimals kept; more are rounded off."""
COUNT_DIGITS = 12

Scalar = bool | int | Decimal | str | dt.date


@dataclass(frozen=True, kw_only=True)
class Type:
    """A value type. Numbers know their digits (`width`, all; `scale`, decimals), texts the words they can be.

    `closed`: no other word can occur. `spelled`: words occur in exactly this spelling, so that case needs no care.
    `several`: the text is a multi-select, words joined by `;`. `parts` of a null literal: kind is `null`.
    `refers`: sObjects that an id may be of, empty where nobody knows.
    """

    kind: ValueType | None
    width: int = 0
    scale: int = 0
    words: tuple[str, ...] | None = None
    closed: bool = False
    spelled: bool = False
    several: bool = False
    refers: tuple[str, ...] = ()

    @property
    def whole(self) -> int:
        """Digits before the point."""
        return self.width - self.scale

    @property
    def sql(self) -> str:
        """The DuckDB type its values are held in."""
        match self.kind:
            case "number":
                return "BIGINT" if self.scale == 0 and self.width <= 18 else f"DECIMAL({self.width}, {self.scale})"
            case "date":
                return "DATE"
            case "datetime":
                return "TIMESTAMP"
            case "boolean":
                return "BOOLEAN"
            case "id":
                return "BIGINT"
            case _:
                return "VARCHAR"


TEXT = Type(kind="text")
DATE = Type(kind="date")
DATETIME = Type(kind="datetime")
BOOLEAN = Type(kind="boolean")
ID = Type(kind="id")
NULL = Type(kind=None)
COUNT = Type(kind="number", width=COUNT_DIGITS)
DAYS = Type(kind="number", width=8)
QUOTIENT = Type(kind="number", width=28, scale=MOST_SCALE)


def number(width: int, scale: int = 0) -> Type:
    """A number of so many digits, `scale` of them decimals; never wider than the database can hold."""
    return Type(kind="number", width=min(max(width, 1), WIDEST), scale=scale)


@dataclass(frozen=True, order=True)
class Ref:
    """A value read: `name` of `set`, reached over `path` (`("account", "decision_maker")`; empty: the row's own)."""

    path: tuple[str, ...]
    set: str
    name: str

    @property
    def column(self) -> str:
        """Its column in the SQL of the row that reads it."""
        return ".".join((*self.path, self.name))


OR, AND, NOT, COMPARE, ADD, MULTIPLY, NEGATE, ATOM = range(8)
"""How tightly an SQL text binds, loosest first."""


@dataclass(frozen=True, kw_only=True)
class Typed:
    """An expression translated. `literal`: the constant's value, where it is one (None for the null literal too)."""

    type: Type
    sql: str
    binds: int = ATOM
    refs: frozenset[Ref] = frozenset()
    moving: bool = False
    is_literal: bool = False
    literal: Scalar | None = None
    choices: tuple[Scalar, ...] | None = None
    constant: bool = field(default=True)
    """Whether it is worth the same in every row and every run."""

    def within(self, binds: int) -> str:
        """Its SQL as an operand of something binding so tightly."""
        return self.sql if self.binds >= binds else f"({self.sql})"

    @property
    def kind(self) -> ValueType | None:
        return self.type.kind


def made(type_: Type, sql: str, *parts: Typed, binds: int = ATOM, moving: bool | None = None) -> Typed:
    """A value made of others: reads what they read, moves if one of them moves unless said otherwise."""
    return Typed(
        type=type_,
        sql=sql,
        binds=binds,
        refs=frozenset().union(*(part.refs for part in parts)),
        moving=any(part.moving for part in parts) if moving is None else moving,
        constant=all(part.constant for part in parts),
    )


def retyped(value: Typed, type_: Type, sql: str) -> Typed:
    """The same value in another type: no literal any more."""
    return replace(value, type=type_, sql=sql, binds=ATOM, is_literal=False, literal=None)

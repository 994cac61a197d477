"""The parsed query. `at` is always the 0-based offset in the query text, for error marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ValueKind = Literal["string", "number", "date", "datetime", "word"]


@dataclass(frozen=True, slots=True)
class Path:
    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    args: tuple[Expression, ...]
    at: int


Expression: TypeAlias = Path | Call


@dataclass(frozen=True, slots=True)
class Value:
    """A literal as written: text with its quotes, a number, a date, or a bare word (`true`, `LAST_N_DAYS:7`)."""

    kind: ValueKind
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Expression
    operator: str  # = != < <= > >= LIKE
    value: Value


@dataclass(frozen=True, slots=True)
class Membership:
    left: Expression
    negated: bool
    members: tuple[Value, ...] | Query


@dataclass(frozen=True, slots=True)
class Selection:
    """INCLUDES or (negated) EXCLUDES of a multi-select picklist."""

    left: Expression
    negated: bool
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Logical:
    operator: Literal["AND", "OR"]
    parts: tuple[Condition, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class Negation:
    part: Condition
    depth: int


Condition: TypeAlias = Comparison | Membership | Selection | Logical | Negation


@dataclass(frozen=True, slots=True)
class SelectItem:
    expression: Expression
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class ChildQuery:
    query: Query


@dataclass(frozen=True, slots=True)
class OrderItem:
    expression: Expression
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    select: tuple[SelectItem | ChildQuery, ...]
    source: Path
    alias: str | None
    where: Condition | None
    group_by: tuple[Expression, ...]
    having: Condition | None
    order_by: tuple[OrderItem, ...]
    limit: int | None
    offset: int | None
    depth: int  # how deep child queries and semi-joins are nested in it: 0 = none

"""Arithmetic that is exact and never fails while it runs: digits are counted first, what cannot fit is null."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sf_lifecycle.engine import sql
from sf_lifecycle.engine.types import (
    ADD,
    ATOM,
    MOST_SCALE,
    MULTIPLY,
    NEGATE,
    QUOTIENT,
    WIDEST,
    Type,
    Typed,
    made,
    number,
)

_WORD = 18
"""Digits of a decimal that the database holds in 64 bits."""


def common(types: Sequence[Type]) -> tuple[Type, bool]:
    """The type that holds all of these, and whether it holds every digit of each."""
    whole, scale = max(t.whole for t in types), max(t.scale for t in types)
    if whole + scale <= WIDEST:
        return number(whole + scale, scale), True
    scale = max(0, min(scale, WIDEST - whole))
    return number(WIDEST, scale), False


def as_type(value: Typed, type_: Type, *, exact: bool = True) -> str:
    """The value's SQL in that number type."""
    return sql.cast(value.sql, type_, safe=not exact)


def add(left: Typed, right: Typed, sign: str) -> Typed:
    """`left + right` or `left - right`."""
    whole = max(left.type.whole, right.type.whole) + 1
    scale = max(left.type.scale, right.type.scale)
    if whole + scale > WIDEST:
        type_ = number(WIDEST, max(0, min(scale, WIDEST - whole)))
        said = f"{as_type(left, type_)} {sign} {as_type(right, type_)}"
        return made(type_, sql.unless_too_large(said), left, right)
    type_ = number(whole + scale, scale)
    said = f"{_operand(left, type_, ADD)} {sign} {_operand(right, type_, MULTIPLY)}"
    return made(type_, said, left, right, binds=ADD)


def multiply(left: Typed, right: Typed) -> Typed:
    """`left * right`, kept to MOST_SCALE decimals."""
    width, scale = left.type.width + right.type.width, left.type.scale + right.type.scale
    exact = number(width, scale)
    kept = number(min(width, WIDEST) - max(0, scale - MOST_SCALE), min(scale, MOST_SCALE))
    said = f"{_operand(left, exact, MULTIPLY)} * {_operand(right, exact, NEGATE)}"
    if width > WIDEST:
        said = f"{as_type(left, left.type)} * {as_type(right, right.type)}"
        return made(kept, sql.unless_too_large(sql.cast(said, kept)), left, right)
    if scale > MOST_SCALE:
        return made(kept, sql.cast(said, kept), left, right)
    return made(kept, said, left, right, binds=MULTIPLY)


def divide(left: Typed, right: Typed) -> Typed:
    """`left / right`; null where `right` is 0."""
    return made(QUOTIENT, sql.quotient(left.sql, right.sql, QUOTIENT), left, right)


def negate(value: Typed) -> Typed:
    """`-value`."""
    if value.is_literal and isinstance(value.literal, int | Decimal):
        return Typed(
            type=value.type, sql=sql.literal(-value.literal), binds=NEGATE, is_literal=True, literal=-value.literal
        )
    return made(value.type, f"-{_operand(value, value.type, ATOM)}", value, binds=NEGATE)


def rounded(value: Typed, decimals: int) -> Typed:
    """Rounded half away from zero."""
    if value.type.scale <= decimals:
        return value
    type_ = number(value.type.whole + 1 + decimals, decimals)
    return made(type_, sql.cast(f"round({value.sql}, {decimals})", type_, safe=True), value)


def to_whole(value: Typed, function: str) -> Typed:
    """`floor` or `ceil`."""
    if value.type.scale == 0:
        return value
    type_ = number(value.type.whole + 1)
    return made(type_, sql.cast(f"{function}({value.sql})", type_, safe=True), value)


def absolute(value: Typed) -> Typed:
    """Without its sign."""
    return made(value.type, f"abs({_operand(value, value.type, 0)})", value)


def comparable(values: Sequence[Typed]) -> tuple[list[str], bool]:
    """The values' SQL ready to be compared, and whether the comparison is safe as it is."""
    type_, exact = common([value.type for value in values])
    if exact:
        return [value.within(ADD) for value in values], True
    return [as_type(value, type_) for value in values], False


def _operand(value: Typed, result: Type, binds: int) -> str:
    """An operand that cannot overflow on the way to `result`.

    DuckDB multiplies two decimals of up to 18 digits within 18 digits; an operand of 19 makes it use 38.
    """
    if result.width <= _WORD and result.sql == "BIGINT":
        return sql.cast(value.sql, value.type) if value.is_literal else value.within(binds)
    if value.type.width <= _WORD and result.width > _WORD:
        return f"CAST({value.sql} AS DECIMAL({_WORD + 1}, {value.type.scale}))"
    if value.type.sql == "BIGINT":
        return f"CAST({value.sql} AS DECIMAL({_WORD + 1 if not value.is_literal else value.type.width}, 0))"
    return value.within(binds)

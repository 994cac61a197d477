"""DuckDB's way of saying things. Another engine is another class with the same methods.

Texts come in as they are and leave quoted; `TODAY` stands for the as-of date until a statement is run. No character
of a person's text can be the mark: control characters are refused when expressions are read and are escaped here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from sf_lifecycle.engine.types import Type

TODAY = "\x01today\x01"
DAY = "\x01day\x01"
"""Ends what rows are told apart by, where each stands there once a day."""
DAYS = 4096
"""Rows of many days in one table: their keys are `key * DAYS + day`, days counted from the first."""
MOST_DAYS = 40_000
MOST_MONTHS = 1_300


def quoted(name: str) -> str:
    """A name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as a literal."""
    if "\x01" in value or "\x00" in value:
        parts = value.replace("\x00", "").split("\x01")
        return "(" + " || chr(1) || ".join(text(part) for part in parts) + ")"
    return "'" + value.replace("'", "''") + "'"


def literal(value: bool | int | Decimal | str | dt.date | dt.datetime | None) -> str:
    """A constant as a literal."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f}'"
        case dt.date():
            return f"DATE '{value.isoformat()}'"
        case _:
            return text(value)


def with_today(sql: str, as_of: dt.date) -> str:
    """The statement for one day."""
    return sql.replace(TODAY, literal(as_of)).replace(DAY, "")


def with_days(sql: str, first: dt.date) -> str:
    """The statement for rows of many days: what today is, each row's key says."""
    today = f'({literal(first)} + CAST("_key" % {DAYS} AS INTEGER))'
    return sql.replace(TODAY, today).replace(DAY, f', "_key" % {DAYS}')


def cast(sql: str, type_: Type, *, safe: bool = False) -> str:
    """A cast; `safe`: what does not fit is null."""
    return f"{'TRY_CAST' if safe else 'CAST'}({sql} AS {type_.sql})"


def folded(sql: str) -> str:
    """A text made comparable without regard to case."""
    return f"lower({sql})"


def sortable(sql: str, kind: str | None) -> str:
    """A value to sort or group by: texts without regard to case."""
    return folded(sql) if kind == "text" else sql


def shared_key(key: str, by: Sequence[str]) -> str:
    """The least key among rows that share every value of `by`; null for a row alone, or with a value unknown."""
    known = " AND ".join(f"({value}) IS NOT NULL" for value in by)
    window = f"OVER (PARTITION BY {', '.join(by)}{DAY})"
    return f"CASE WHEN {known} AND count(*) {window} > 1 THEN min({key}) {window} END"


def printable(date: str) -> str:
    """A date that people's calendars have; null outside the years 1 to 9999."""
    return f"CASE WHEN {date} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN {date} END"


def _clamped(number: str, most: int) -> str:
    within = f"CASE WHEN {number} > {most} THEN {most} WHEN {number} < -{most} THEN -{most} ELSE {number} END"
    return f"CAST({within} AS INTEGER)"


def add_days(date: str, number: str, *, small: bool) -> str:
    """`date` plus so many days, at most some 110 years either way. `small`: the number is known to be."""
    days = f"CAST({number} AS INTEGER)" if small else _clamped(number, MOST_DAYS)
    return f"({date} + {days})"


def add_months(date: str, number: str) -> str:
    """`date` plus so many months; the last day of a shorter month where the day does not exist."""
    return f"CAST({date} + to_months({_clamped(number, MOST_MONTHS)}) AS DATE)"


def days_from(first: str, last: str) -> str:
    """Days from one date to another."""
    return f"date_diff('day', {first}, {last})"


def months_between(first: str, last: str) -> str:
    """Whole months from one date to another."""
    return f"datesub('month', {first}, {last})"


def date_trunc(unit: str, date: str) -> str:
    """The first day of the week (Monday), month, quarter or year."""
    return f"CAST(date_trunc('{unit}', {date}) AS DATE)"


def day_in_zone(moment: str, zone: str) -> str:
    """The calendar day of a moment (kept as UTC) in a time zone."""
    return f"CAST(timezone({text(zone)}, timezone('UTC', {moment})) AS DATE)"


def quotient(above: str, below: str, type_: Type) -> str:
    """A division; by zero it is null. Rounded to the type's decimals; correct to 15 digits."""
    return cast(f"CAST({above} AS DOUBLE) / nullif(CAST({below} AS DOUBLE), 0)", type_, safe=True)


def converted(amount: str, rate: str, type_: Type) -> str:
    """An amount of a decimal type divided by a rate of 6 decimals, exactly, half to even; null where it cannot be told.

    Whole numbers throughout: the database divides decimals as doubles.
    """
    ten = 10**type_.scale
    # Operands of 19 digits make the database multiply within 38.
    wide = f"CAST({amount} AS DECIMAL(19, {type_.scale})) * CAST({ten} AS DECIMAL({type_.scale + 1}, 0))"
    above = f"(CAST({wide} AS HUGEINT) * 1000000)"
    below = f"CAST(CAST({rate} AS DECIMAL(19, 6)) * CAST(1000000 AS DECIMAL(7, 0)) AS HUGEINT)"
    rest = f"(2 * abs({above} % {below}))"
    odd = f"({above} // {below}) % 2 <> 0"
    up = f"CASE WHEN {rest} > {below} OR ({rest} = {below} AND {odd}) THEN sign({above}) ELSE 0 END"
    whole = f"TRY_CAST({above} // {below} + {up} AS DECIMAL(18, 0))"
    unit = f"CAST({1 / Decimal(ten):f} AS DECIMAL({type_.scale + 1}, {type_.scale}))"
    worth = f"CAST({whole} * {unit} AS DECIMAL(18, {type_.scale}))"
    return f"CASE WHEN {rate} = 1 THEN {amount} WHEN {rate} > 0 THEN {worth} END"


def unless_too_large(sql: str) -> str:
    """Null where the result does not fit, in place of an error."""
    return f"TRY({sql})"


def joined_words(sql: str) -> str:
    """A multi-select's words, made findable."""
    return f"concat(';', {folded(sql)}, ';')"

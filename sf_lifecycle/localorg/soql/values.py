"""Literals as values to compare a column with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sf_lifecycle.localorg import ids
from sf_lifecycle.localorg.schema import ID_TYPES, NUMBER_TYPES
from sf_lifecycle.localorg.soql import dates
from sf_lifecycle.localorg.soql.errors import SoqlError
from sf_lifecycle.localorg.soql.nodes import Value
from sf_lifecycle.localorg.soql.scope import Environment, Term

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_CURRENCY = re.compile(r"[a-zA-Z]{3}(\d+)")
_MAX_TEXT = 4_000
_LARGEST = 1e300
_EARLIEST, _LATEST = date(1700, 1, 1), date(4000, 12, 31)


@dataclass(frozen=True, kw_only=True)
class Exactly:
    """One value; None is null."""

    value: str | int | float | None


@dataclass(frozen=True, kw_only=True)
class Between:
    """From `first` up to, but not with, `end`; as stored."""

    first: str
    end: str


Operand = Exactly | Between


def operand(env: Environment, term: Term, value: Value) -> Operand:
    """The literal, checked against the type of what it is compared with."""
    word = value.text.lower()
    if value.kind == "word" and word == "null":
        return Exactly(value=None)
    convert = _converter(term.type)
    found = convert(env, term, value)
    if found is None:
        raise _wrong_type(env, term, value)
    return found


def _converter(type_name: str) -> Callable[[Environment, Term, Value], Operand | None]:
    if type_name in ID_TYPES:
        return _id
    if type_name in NUMBER_TYPES:
        return _number
    return {"boolean": _boolean, "date": _date, "datetime": _datetime}.get(type_name, _text)


def _wrong_type(env: Environment, term: Term, value: Value) -> SoqlError:
    if value.kind == "word" and not _is_boolean(value) and _literal_days(env, value) is None:
        return env.malformed(value.at, f"unexpected token: '{value.text}'")
    wanted = {"datetime": "dateTime", "currency": "double", "percent": "double"}.get(term.type, term.type)
    how = f"{wanted} and should not be enclosed in quotes"
    if wanted not in {"boolean", "date", "dateTime", "double", "int"}:
        how = "string and should be enclosed in quotes"
    message = f"value of filter criterion for field '{term.name}' must be of type {how}"
    return env.error("INVALID_FIELD", term.at, message)


def unescape(env: Environment, value: Value, *, pattern: bool = False) -> str:
    """The text a quoted literal means. `pattern`: for LIKE, where `\\_` and `\\%` (and `\\\\`) stay escaped."""

    def one(match: re.Match[str]) -> str:
        what = match[1]
        if pattern and what in "_%\\":
            return "\\" + what
        if len(what) == 5:
            char = chr(int(what[1:], 16))
            return char if char != "\0" and not "\ud800" <= char <= "\udfff" else "\ufffd"
        known = _ESCAPES.get(what)
        if known is None:
            raise env.malformed(value.at, f"Illegal character sequence '\\{what}' in string literal")
        return known

    return _ESCAPE.sub(one, value.text[1:-1])


def text(env: Environment, value: Value, *, pattern: bool = False) -> str:
    if len(value.text) > _MAX_TEXT + 2:
        raise env.malformed(value.at, f"String literals in a WHERE clause cannot be longer than {_MAX_TEXT} characters")
    return unescape(env, value, pattern=pattern)


def _text(env: Environment, term: Term, value: Value) -> Operand | None:
    if value.kind != "string":
        return None
    return Exactly(value=text(env, value) or None)  # there is no empty text in Salesforce


def _id(env: Environment, term: Term, value: Value) -> Operand | None:
    if value.kind != "string":
        return None
    written = text(env, value)
    if not written:
        return Exactly(value=None)
    known = ids.normalize(written)
    if known is None:
        raise env.error("INVALID_QUERY_FILTER_OPERATOR", term.at, f"invalid ID field: {written}")
    return Exactly(value=known)


def _number(env: Environment, term: Term, value: Value) -> Operand | None:
    if value.kind == "number":
        number = max(-_LARGEST, min(_LARGEST, float(value.text)))
        whole = re.fullmatch(r"[+-]?\d{1,18}", value.text)
        return Exactly(value=int(value.text) if whole else number)
    currency = _CURRENCY.fullmatch(value.text) if value.kind == "word" and term.type == "currency" else None
    return Exactly(value=float(currency[1])) if currency else None


def _is_boolean(value: Value) -> bool:
    return value.kind == "word" and value.text.lower() in {"true", "false"}


def _boolean(env: Environment, term: Term, value: Value) -> Operand | None:
    return Exactly(value=int(value.text.lower() == "true")) if _is_boolean(value) else None


def _date(env: Environment, term: Term, value: Value) -> Operand | None:
    if value.kind == "date":
        return Exactly(value=_in_calendar(env, value, value.text[:10]).isoformat())
    days = _literal_days(env, value)
    return Between(first=days.first.isoformat(), end=days.end.isoformat()) if days else None


def _datetime(env: Environment, term: Term, value: Value) -> Operand | None:
    if value.kind == "datetime":
        return Exactly(value=_moment(env, value))
    days = _literal_days(env, value)
    if days is None:
        return None
    try:
        zone = env.timezone
        return Between(first=dates.start_of_day(days.first, zone), end=dates.start_of_day(days.end, zone))
    except OverflowError:
        raise _out_of_range(env, value) from None


def _literal_days(env: Environment, value: Value) -> dates.DayRange | None:
    if value.kind != "word":
        return None
    today = env.now.astimezone(env.timezone).date()
    try:
        return dates.date_literal(value.text, today, week_start=env.week_start)
    except OverflowError:
        raise _out_of_range(env, value) from None


def _in_calendar(env: Environment, value: Value, day: str) -> date:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise env.malformed(value.at, f"Invalid date: {value.text}") from None
    if not _EARLIEST <= found <= _LATEST:
        raise _out_of_range(env, value)
    return found


def _moment(env: Environment, value: Value) -> str:
    written = value.text.upper()
    _in_calendar(env, value, written[:10])
    match = re.fullmatch(r"(.{19})(?:\.(\d+))?(?:Z|([+-])(\d\d):?(\d\d))", written)
    try:
        if match is None:
            raise ValueError(written)
        moment = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
        hours, minutes = int(match[4] or 0), int(match[5] or 0)
        if hours > 23 or minutes > 59:
            raise ValueError(written)
    except ValueError:
        raise env.malformed(value.at, f"Invalid datetime: {value.text}") from None
    offset = timedelta(hours=hours, minutes=minutes)
    milliseconds = timedelta(milliseconds=int((match[2] or "0").ljust(3, "0")[:3]))
    return dates.stored(moment + milliseconds + (offset if match[3] == "-" else -offset))


def _out_of_range(env: Environment, value: Value) -> SoqlError:
    return env.error("INVALID_FIELD", value.at, f"Invalid date: {value.text}")

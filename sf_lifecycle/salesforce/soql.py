"""SOQL text: built, quoted and cut to length here and nowhere else. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

Literal = str | int | float | bool | Decimal | dt.date | dt.datetime | None

# The statement travels in the URI, which Salesforce caps at 16,384 bytes with the headers; quoting can triple it.
MAX_WHERE_LENGTH = 3_900

_PATH = re.compile(r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$")
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def name(text: str) -> str:
    """An API name or relationship path as it is; ValueError for anything that could say more than a name."""
    if not _PATH.match(text):
        raise ValueError(f"{text!r} is not an API name")
    return text


def literal(value: Literal) -> str:
    """A value as SOQL writes it. Datetimes must be aware and go out in UTC; there are no date literals on purpose."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return f"'{value.translate(_ESCAPES)}'"
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be compared in SOQL")
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def select(
    object_name: str, fields: Sequence[str], *, where: str = "", order: str = "", limit: int | None = None
) -> str:
    """SELECT fields FROM object. `where` is SOQL built with `literal`, `compare` and `in_lists`."""
    if not fields:
        raise ValueError("a query needs at least one field")
    if len({field.lower() for field in fields}) != len(fields):
        raise ValueError("a field is selected twice")
    text = f"SELECT {', '.join(map(name, fields))} FROM {name(object_name)}"
    text += f" WHERE {where}" if where else ""
    text += f" ORDER BY {name(order)}" if order else ""
    return text + (f" LIMIT {limit:d}" if limit is not None else "")


def compare(field: str, operator: str, value: Literal) -> str:
    """One condition, `Name >= 'x'`."""
    if operator not in ("=", "!=", "<", "<=", ">", ">=", "LIKE"):
        raise ValueError(f"{operator!r} is not a SOQL comparison")
    return f"{name(field)} {operator} {literal(value)}"


def in_lists(field: str, values: Sequence[Literal], *, room: int = MAX_WHERE_LENGTH) -> Iterator[str]:
    """`field IN (…)` conditions that together hold every value once, each at most `room` characters."""
    head = f"{name(field)} IN ("
    texts: list[str] = []
    length = len(head) + 1
    for text in dict.fromkeys(map(literal, values)):
        if texts and length + len(text) + 2 > room:
            yield head + ", ".join(texts) + ")"
            texts, length = [], len(head) + 1
        texts.append(text)
        length += len(text) + 2
    if texts:
        yield head + ", ".join(texts) + ")"

"""How values read in texts: dates, months and numbers in the reader's language. Unknown is empty."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal
from jinja2 import pass_context
from jinja2.runtime import Context

MOST_JOINED = 2000


CURRENCIES = frozenset(Locale("en").currencies)
_CODE_BY_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")  # Babel writes PLN1,234.50 where CLDR wants a blank
_YES_NO = {"nl": ("ja", "nee"), "pl": ("tak", "nie"), "de": ("ja", "nein"), "fr": ("oui", "non")}


@dataclass(frozen=True, order=True)
class Filtered:
    """A name that a filter is put on: `of_row` where it is one of each of `rows`."""

    name: str
    filter: str
    of_row: bool
    line: int


@lru_cache(maxsize=200)
def locale_named(name: str) -> Locale:
    """Babel's locale `nl_NL`, `pl`, …, one that is known."""
    return Locale.parse(name)


@lru_cache(maxsize=20_000)
def _date(value: dt.date, form: str, locale: Locale) -> str:
    if form == "yMMMM":
        return format_skeleton(form, dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC), locale=locale)
    return format_date(value, form, locale=locale)


def _as_date(value: Any) -> dt.date | None:
    return value.date() if isinstance(value, dt.datetime) else value if isinstance(value, dt.date) else None


def _date_filter(form: str) -> Callable[[Context, Any], str]:
    @pass_context
    def show(context: Context, value: Any) -> str:
        day = _as_date(value)
        return plain(context, value) if day is None else _date(day, form, context["_locale"])

    return show


@pass_context
def plain(context: Context, value: Any) -> str:
    """A value without a filter."""
    match value:
        case None:
            return ""
        case bool():
            yes, no = _YES_NO.get(context["_locale"].language, ("yes", "no"))
            return yes if value else no
        case Decimal():
            return format(value.normalize() if value else Decimal(0), "f")
        case dt.date():
            return _date(_as_date(value) or value, "long", context["_locale"])
        case _:
            return str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


@lru_cache(maxsize=20_000)
def _decimal(value: int | Decimal, form: str | None, locale: Locale) -> str:
    return str(format_decimal(value, form, locale=locale))


@lru_cache(maxsize=20_000)
def _amount(value: int | Decimal, currency: str, locale: Locale) -> str:
    if currency.upper() in CURRENCIES:
        shown = str(format_currency(value, currency.upper(), locale=locale))
        return _CODE_BY_DIGIT.sub("\u00a0", shown)
    return f"{currency} {_decimal(value, '#,##0.00', locale)}".strip()


@pass_context
def _number(context: Context, value: Any, decimals: Any = None) -> str:
    if not _is_number(value):
        return plain(context, value)
    if isinstance(decimals, int) and 0 <= decimals <= 10:
        return _decimal(value, "#,##0." + "0" * decimals if decimals else "#,##0", context["_locale"])
    return _decimal(value, None, context["_locale"])


@pass_context
def _money(context: Context, value: Any, *currency: Any) -> str:
    """An amount with the currency's sign: the one given, where its code is known, or the firm's own.

    A code nobody knows stands as text; without a code there is just the number: no currency is ever guessed.
    """
    if not _is_number(value):
        return plain(context, value)
    code = currency[0] if currency else context["_currency"]
    return _amount(value, code if isinstance(code, str) else "", context["_locale"])


@pass_context
def _default(context: Context, value: Any, otherwise: Any = "") -> Any:
    return otherwise if value is None or value == "" else value


def _text(change: Callable[[str], str]) -> Callable[[Context, Any], str]:
    @pass_context
    def show(context: Context, value: Any) -> str:
        return change(plain(context, value))

    return show


@pass_context
def _length(_: Context, value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple) else 0


@pass_context
def _join(context: Context, value: Any, between: Any = ", ") -> str:
    """A multi-select or `list(…)` for reading: `a;b` becomes `a, b`."""
    return str(between).join(part.strip() for part in plain(context, value).split(";")[:MOST_JOINED])


_OPERATORS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}


def compare(left: Any, how: str, right: Any) -> bool:
    """A comparison that never fails: with null, or between kinds that have no order, it does not hold."""
    if left is None or right is None:
        return False
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.casefold(), right.casefold()
    if isinstance(left, dt.date) and isinstance(right, str):
        left = left.isoformat()
    try:
        return bool(_OPERATORS[how](left, right))
    except TypeError:
        return False


def add(left: Any, sign: str, right: Any) -> Any:
    """A sum of numbers; of anything else, nothing."""
    if not _is_number(left) or not _is_number(right):
        return None
    return left + right if sign == "+" else left - right


FILTERS: Mapping[str, Callable[..., Any]] = {
    "_plain": plain,
    "_compare": compare,
    "_sum": add,
    "date": _date_filter("long"),
    "date_short": _date_filter("medium"),
    "month": _date_filter("LLLL"),
    "month_year": _date_filter("yMMMM"),
    "year": _date_filter("y"),
    "money": _money,
    "number": _number,
    "default": _default,
    "lower": _text(str.lower),
    "upper": _text(str.upper),
    "capitalize": _text(str.capitalize),
    "trim": _text(str.strip),
    "join": _join,
    "length": _length,
}


def known_locale(name: str) -> bool:
    """Whether texts can be written in it."""
    try:
        locale_named(name)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def day_text(value: dt.date, locale: str) -> str:
    """A day as texts show it."""
    return _date(value, "long", locale_named(locale))

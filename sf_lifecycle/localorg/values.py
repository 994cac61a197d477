"""From JSON values to stored ones and back, with Salesforce's complaints."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from . import ids
from .clock import stamp
from .errors import ApiError
from .schema import Field

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})")
_NO_COLON_NEEDS_MILLIS = re.compile(r"T\d{2}:\d{2}:\d{2}[+-]\d{4}$")  # `…15:20:00+0000` is refused
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_YEARS = (1700, 4000)
_INT_DIGITS = 8


def to_stored(field: Field, value: Any) -> Any:
    """The value as the store keeps it; None for null and for empty text. ApiError where Salesforce gives one."""
    if field.type == "boolean":
        return _boolean(field, value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    convert: Callable[[Field, Any], Any] = _CONVERTERS.get(field.type, _text)
    return convert(field, value)


def to_json(field: Field, value: Any) -> Any:
    """A stored value as REST shows it."""
    if value is None:
        return None
    if field.type == "boolean":
        return bool(value)
    if field.type == "datetime":
        return str(value)[:-1] + "+0000"
    return value


def _unreadable(type_name: str, value: Any) -> ApiError:
    if isinstance(value, dict):
        shown = "START_OBJECT value {"
    elif isinstance(value, list):
        shown = "START_ARRAY value ["
    elif isinstance(value, bool):
        shown = f"VALUE_{str(value).upper()} value {str(value).lower()}"
    else:
        shown = f"{'VALUE_STRING' if isinstance(value, str) else 'VALUE_NUMBER'} value {value}"
    return ApiError(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {type_name} from {shown} or request may be missing a required field"
        " at [line:1, column:1]",
    )


def _boolean(field: Field, value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return int(value.lower() == "true")
    if value is None:
        raise ApiError("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: ", (field.name,))
    raise _unreadable("boolean", value)


def _text(field: Field, value: Any) -> str | None:
    if isinstance(value, (dict, list)):
        raise _unreadable("string", value)
    if isinstance(value, bool):
        value = str(value).lower()
    text = str(value).strip()
    if field.length and len(text) > field.length:
        raise ApiError(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {text} (max length={field.length})",
            (field.name,),
        )
    return text


def _email(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is not None and not _EMAIL.fullmatch(text):
        raise ApiError("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", (field.name,))
    return text


def _picklist(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    return None if text is None else _entry(field, text)


def _multipicklist(field: Field, value: Any) -> str | None:
    text = _text(field, value)
    if text is None:
        return None
    chosen = [_entry(field, part.strip()) for part in text.split(";") if part.strip()]
    order = {v.value: i for i, v in enumerate(field.picklist_values)}
    return ";".join(sorted(dict.fromkeys(chosen), key=lambda v: order.get(v, len(order))))


def _entry(field: Field, text: str) -> str:
    """The picklist's own spelling. What an unrestricted picklist does not know is taken as it is."""
    for known in field.picklist_values:
        if known.value.lower() == text.lower() and (known.active or not field.restricted_picklist):
            return known.value
    if field.restricted_picklist:
        raise ApiError(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {text}",
            (field.name,),
        )
    return text


def _number(field: Field, value: Any) -> float | int:
    name = "int" if field.type == "int" else "double"
    if isinstance(value, (bool, dict, list)):
        raise _unreadable(name, value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _unreadable(name, value) from None
    if not number.is_finite():
        raise _unreadable(name, value)
    if field.type == "int":
        if number != number.to_integral_value():
            raise _unreadable(name, value)
        _in_range(field, number, field.digits or _INT_DIGITS)
        return int(number)
    if field.precision:
        number = number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
        _in_range(field, number, field.precision - field.scale)
    return float(number)


def _in_range(field: Field, number: Decimal, digits: int) -> None:
    if abs(number) >= Decimal(10) ** digits:
        raise ApiError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {number}",
            (field.name,),
        )


def _date(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value.strip()):
        raise _unreadable("date", value)
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        raise _unreadable("date", value) from None
    _in_calendar(field, day.year, value)
    return day.isoformat()


def _datetime(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not _DATETIME.fullmatch(value) or _NO_COLON_NEEDS_MILLIS.search(value):
        raise _unreadable("datetime", value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _unreadable("datetime", value) from None
    _in_calendar(field, moment.year, value)
    return stamp(moment.astimezone(UTC))


def _in_calendar(field: Field, year: int, value: str) -> None:
    if not _YEARS[0] <= year <= _YEARS[1]:
        raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", f"{field.label}: invalid date: {value}", (field.name,))


def _reference(field: Field, value: Any) -> str:
    record_id = ids.normalize(value.strip()) if isinstance(value, str) else None
    if record_id is None:
        raise malformed_id(field, value)
    return record_id


def malformed_id(field: Field, value: Any) -> ApiError:
    return ApiError("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", (field.name,))


_CONVERTERS: dict[str, Callable[[Field, Any], Any]] = {
    "email": _email,
    "picklist": _picklist,
    "multipicklist": _multipicklist,
    "int": _number,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
    "id": _reference,
}

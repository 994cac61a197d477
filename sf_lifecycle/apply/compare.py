"""Does the org hold what we sent? Pure; knows what Salesforce does to a value on the way in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_ID_LENGTHS = (15, 18)


def differing(sent: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of fields sent whose value in `found` is another, sorted. Fields not in `found` are not judged."""
    return tuple(sorted(name for name, value in sent.items() if name in found and not same(value, found[name])))


def same(sent: Any, found: Any) -> bool:
    """Equal as far as Salesforce keeps it: no outer white space, no empty texts, Ids of 15 and 18 characters alike."""
    if type(sent) is type(found) and sent == found:
        return True
    if isinstance(sent, bool) or isinstance(found, bool):
        return bool(sent) is bool(found)  # a checkbox knows no null
    if isinstance(sent, (int, float, Decimal)) and isinstance(found, (int, float, Decimal)):
        return Decimal(str(sent)) == Decimal(str(found))
    left, right = _text(sent), _text(found)
    if len(left) in _ID_LENGTHS and len(right) in _ID_LENGTHS and len(left) != len(right):
        return left[:15] == right[:15]
    return left == right


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n").strip()

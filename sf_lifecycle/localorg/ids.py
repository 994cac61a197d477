"""Record Ids: 15 case-sensitive characters, and 3 more that carry their case."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CASE = {ord(c): "1" if c.isupper() else "0" for c in _DIGITS}
_SUFFIX = {format(i, "05b")[::-1]: c for i, c in enumerate(_CHECK)}
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_INSTANCE = "Lo0"  # stands where a real Id names its server
_WIDTH = 15 - 3 - len(_INSTANCE)


def to_18(id_15: str) -> str:
    """The 18-character form of a 15-character Id: per five characters one that says which are capitals."""
    case = id_15.translate(_CASE)
    return id_15 + _SUFFIX[case[:5]] + _SUFFIX[case[5:10]] + _SUFFIX[case[10:15]]


def normalize(value: str) -> str | None:
    """The 18-character form of an Id of either length, or None if it is no Id (shape or check characters)."""
    if not _SHAPE.fullmatch(value):
        return None
    if len(value) == 15:
        return to_18(value)
    if to_18(value[:15]) == value:
        return value
    return _restore_case(value)


def _restore_case(value: str) -> str | None:
    """An 18-character Id whose case was lost (a spreadsheet did it) is still one: the suffix tells the case."""
    letters = []
    for chunk in range(3):
        mark = _CHECK.find(value[15 + chunk].upper())
        if mark < 0:
            return None
        for place, char in enumerate(value[chunk * 5 : chunk * 5 + 5]):
            letters.append(char.upper() if mark >> place & 1 else char.lower())
    restored = to_18("".join(letters))
    return restored if restored.upper() == value.upper() else None


def encode(number: int, width: int = _WIDTH) -> str:
    """A number in Salesforce's base 62 (0-9, A-Z, a-z: also its sort order), padded with zeros."""
    out = []
    while number:
        number, rest = divmod(number, 62)
        out.append(_DIGITS[rest])
    return "".join(reversed(out)).rjust(width, "0")


def make(prefix: str, number: int) -> str:
    """The 18-character Id with this number in the sequence of a key prefix."""
    return to_18(prefix + _INSTANCE + encode(number))


def make_many(prefix: str, first: int, count: int) -> Iterator[str]:
    """`count` consecutive Ids; quick, because only the last three digits change most of the time."""
    tails = _tails()
    number, left = first, count
    while left:
        high, low = divmod(number, len(tails))
        head = prefix + _INSTANCE + encode(high, _WIDTH - 3)
        case = head.translate(_CASE)
        fixed = _SUFFIX[case[:5]] + _SUFFIX[case[5:10]]
        for tail in tails[low : low + left]:
            body = head + tail
            yield body + fixed + _SUFFIX[body[10:15].translate(_CASE)]
        done = min(left, len(tails) - low)
        number, left = number + done, left - done


def _tails() -> list[str]:
    if not _TAILS:
        _TAILS.extend(a + b + c for a in _DIGITS for b in _DIGITS for c in _DIGITS)
    return _TAILS


_TAILS: list[str] = []

"""How a value that was found is shown in a message: short, as TOML writes it, and never a secret."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

MOST_CHARACTERS = 60
_SECRET = re.compile(r"secret|token|password|private|state_url", re.IGNORECASE)
_CREDENTIALS = re.compile(r"://[^/@\s]*@")
_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]+$")

KeyPath = tuple[str | int, ...]


def is_secret(text: str) -> bool:
    """Whether a key, or a line of a file, looks as if it held a secret."""
    return bool(_SECRET.search(text))


def found(value: Any, *, key: str = "") -> str:
    """`value` in a few words: `"telecom"`, `3.5`, `a list of 2`. Under a secret's key only that there is one."""
    if is_secret(key):
        return "a value that is not shown"
    if isinstance(value, Mapping):
        return "a table" if value else "an empty table"
    if isinstance(value, list | tuple | set | frozenset):
        return f"a list of {len(value)}" if value else "an empty list"
    return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "nothing"
        case str():
            text = _CREDENTIALS.sub("://…@", value)
            short = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
            return '"' + short.encode("unicode_escape").decode() + '"' if not short.isprintable() else f'"{short}"'
        case int() | float() | Decimal() | dt.date() | dt.time():
            return str(value)[:MOST_CHARACTERS]
        case _:
            return type(value).__name__


def dotted(path: KeyPath) -> str:
    """A key path as TOML would write it, list places counted from 0: `stages."lost (win-back)"`, `rules[2].when`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if _BARE_KEY.match(part) else '"' + part.replace('"', '\\"') + '"'
            text += f".{key}" if text else key
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` with the nearest known word, else the empty text."""
    words = {other.lower(): other for other in known}
    close = difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return f"did you mean `{words[close[0]]}`?" if close else ""


def one_of(words: Iterable[str], *, most: int = 12) -> str:
    """`a, b or c`, sorted, cut after `most`; `none` where there is none."""
    listed = sorted(words)
    if len(listed) > most:
        return ", ".join(listed[:most]) + f" (and {len(listed) - most} more)"
    if len(listed) < 2:
        return listed[0] if listed else "none"
    return ", ".join(listed[:-1]) + " or " + listed[-1]

"""The identity of an outreach: which play, what it is about, and which time.

`Lifecycle_Key__c` (Text 64) = play : hash of the key values : hash of the occasion. Record Ids are the only
record-specific part, so that corrected names, providers and owners never make a second Task.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal

# A play's name is its file's, at most 30 characters (checked with the configuration).
PLAY_LENGTH, WHAT_LENGTH, WHEN_LENGTH = 30, 20, 12
KEY_LENGTH = PLAY_LENGTH + WHAT_LENGTH + WHEN_LENGTH + 2
ASIDE = "x"  # no hexadecimal digit: the occasion of a Task that we closed ourselves, whose key is free again


def canonical(value: object) -> str:
    """One value as text that never changes between runs, versions or machines."""
    match value:
        case None:
            return "\u0000"
        case bool():
            return str(value).lower()
        case Decimal() | int() | float():
            return format(Decimal(str(value)).normalize(), "f")
        case dt.datetime():
            return value.date().isoformat()
        case dt.date():
            return value.isoformat()
        case _:
            return str(value)


def digest(values: Iterable[object], length: int) -> str:
    """The first `length` hexadecimal digits of SHA-256 over the values."""
    return hashlib.sha256("\u001f".join(map(canonical, values)).encode()).hexdigest()[:length]


def digests(columns: Sequence[Sequence[object]], rows: int) -> list[str]:
    """What `digest` gives of many rows of key values, held by column: WHAT_LENGTH digits each."""
    sha, length = hashlib.sha256, WHAT_LENGTH
    texts = [[each if type(each) is str else canonical(each) for each in column] for column in columns]
    joined = texts[0] if len(texts) == 1 else map("\u001f".join, zip(*texts, strict=True)) if texts else [""] * rows
    return [sha(text.encode()).hexdigest()[:length] for text in joined]


def outreach(play: str, key: Iterable[object]) -> str:
    """Play and what it is about: the part of the key that stays when the occasion moves."""
    return f"{play[:PLAY_LENGTH]}:{digest(key, WHAT_LENGTH)}"


def full(outreach_key: str, occasion: object) -> str:
    """The whole key, at most 64 characters."""
    return f"{outreach_key}:{occasion_digest(occasion)}"


def occasion_digest(occasion: object) -> str:
    """The last part of a key: which time."""
    return digest((occasion,), WHEN_LENGTH)


def outreach_of(key: str) -> str:
    """What a stored key is about, whichever time it was."""
    return key.rpartition(":")[0]


def play_of(key: str) -> str:
    """The play a stored key belongs to."""
    return key.partition(":")[0]


def adopted(key: str, outreach_key: str) -> str:
    """The key of the same time, about what another outreach is about."""
    return f"{outreach_key}:{key.rpartition(':')[2]}"


def set_aside(key: str, record_id: str) -> str:
    """The key that a Task closed by us carries from then on: of the same outreach, and of no occasion."""
    return f"{outreach_of(key)}:{ASIDE}{digest((key, record_id), WHEN_LENGTH - 1)}"


def is_set_aside(key: str) -> bool:
    """Did we close the record of this key ourselves?"""
    return key.rpartition(":")[2].startswith(ASIDE)

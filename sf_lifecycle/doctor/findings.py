"""What the doctor says: one line a finding, how bad it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]

# In the order in which they are told.
LOGIN = "Login and org"
CONFIGURATION = "Configuration"
USER = "The worker's user"
SHARING = "Changing Tasks of others"
LIMITS = "Versions and limits"
FIELDS = "Objects and fields"
CONSENT = "Consent"
VALUES = "Words and statuses"
OWNERS = "Owners"
ROWS = "Rows seen"
PEOPLE = "What people see"
PROBE = "Probe"
AREAS = (LOGIN, CONFIGURATION, USER, SHARING, LIMITS, FIELDS, CONSENT, VALUES, OWNERS, ROWS, PEOPLE, PROBE)

NAMED = 3  # of many, so many are named


@dataclass(frozen=True, kw_only=True)
class Finding:
    """`what` is so; `fix` is what to do, empty where all is well. `refused`: the org refused us as a whole."""

    level: Level
    area: str
    what: str
    fix: str = ""
    refused: bool = False


def ok(area: str, what: str) -> Finding:
    """All is well."""
    return Finding(level="ok", area=area, what=what)


def warning(area: str, what: str, fix: str) -> Finding:
    """It works, but not as well as it could, or not for long."""
    return Finding(level="warning", area=area, what=what, fix=fix)


def error(area: str, what: str, fix: str, *, refused: bool = False) -> Finding:
    """It will not work."""
    return Finding(level="error", area=area, what=what, fix=fix, refused=refused)


def untold(area: str, what: str, why: str, fix: str) -> Finding:
    """The org does not tell; a person has to look. `what` completes "could not be told: …"."""
    return Finding(level="warning", area=area, what=f"could not be told: {what} ({why})", fix=fix)


def listed(names: Iterable[str], *, most: int = NAMED) -> str:
    """`a, b, c and 4 more`, in the order given."""
    every = list(names)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most:,} more"


def many(number: int, one: str, several: str = "") -> str:
    """`1 user`, `2,310 users`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"

"""What can go wrong, by what a person can do about it.

The type decides the exit code; the fields carry the facts; `cli/wording.py` words them once. Anything that is not
one of these is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LifecycleError(Exception):
    """Base of every expected failure. `exit_code` is the process's."""

    exit_code = 1


@dataclass(frozen=True, kw_only=True, order=True)
class Problem:
    """One mistake in what a person wrote: `file: place: message`.

    `place` is a dotted key path (`labels.account.stage.rules[2].when`), empty for a whole file. `hint` is the way out
    ("did you mean …"). `excerpt` shows the text with a caret under the place, one string with newlines.
    """

    file: str
    place: str
    message: str
    hint: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        head = ": ".join(part for part in (self.file, self.place, self.message) if part)
        tail = f"; {self.hint}" if self.hint else ""
        return head + tail + (f"\n{self.excerpt}" if self.excerpt else "")


class ConfigError(LifecycleError):
    """The configuration cannot be used. Carries every problem found, never only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("a ConfigError needs at least one problem")
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UsageError(LifecycleError):
    """A command was asked for something that makes no sense. The message is a sentence with the way out."""

    exit_code = 2


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A guard that said no: its name, the sentence with the numbers, and the way out."""

    guard: str
    message: str
    way_out: str

    def __str__(self) -> str:
        return f"{self.message}; {self.way_out}"


class Refused(LifecycleError):
    """One or more guards refused; nothing was written by this plan."""

    exit_code = 3

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        if not refusals:
            raise ValueError("a Refused needs at least one refusal")
        self.refusals = tuple(refusals)
        super().__init__("\n".join(map(str, self.refusals)))


class OrgError(LifecycleError):
    """The org cannot be reached, or refused us as a whole. `code` is Salesforce's error code where it gave one."""

    exit_code = 5

    def __init__(self, message: str, *, code: str = "", way_out: str = "") -> None:
        self.message, self.code, self.way_out = message, code, way_out
        super().__init__(f"{message}; {way_out}" if way_out else message)


class LoginRefused(OrgError):
    """Credentials or app set-up: never tried again."""


class OrgUnavailable(OrgError):
    """Down, unreachable, timing out, or over its limits after the retries that make sense."""

"""What a run is asked to do, and who watches it."""

from __future__ import annotations

import datetime as dt
import getpass
from dataclasses import dataclass, field
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import LifecycleError, Refused
from sf_lifecycle.state import ONE_RUN

RunKind = Literal["run", "apply", "undo"]


def user_name() -> str:
    """Who is at the keyboard, as the system knows it; for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "unknown"


class Watch(Protocol):
    """Who is told how a run gets on, and may ask it to stop between two batches."""

    def began(self, run_id: str) -> None:
        """The run has its record."""

    def stage(self, name: str) -> None:
        """A stage begins."""

    def progress(self, what: str, done: int, total: int | None, /) -> None:
        """Within a stage: so many of so many. `stage` and this may raise Stopped until something is written."""

    def should_stop(self) -> bool:
        """Asked between batches."""


class Stopped(LifecycleError):
    """Whoever watches asked the run to end before it wrote anything."""

    exit_code = 4


def is_busy(error: BaseException) -> bool:
    """Was the run refused because another one has the org?"""
    return isinstance(error, Refused) and any(refusal.guard == ONE_RUN for refusal in error.refusals)


class Unwatched:
    """Nobody looks, nobody stops."""

    def began(self, run_id: str) -> None:
        """Not told."""

    def stage(self, name: str) -> None:
        """Not told."""

    def progress(self, what: str, done: int, total: int | None, /) -> None:
        """Not told."""

    def should_stop(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a person or the schedule asks for. `as_of` None: today in the configured zone.

    `allow`: guards lifted for this run, by `who` and because of `why`. `full`: read everything anew. `undoes`: the run
    whose writes are taken back.
    """

    job: str
    as_of: dt.date | None = None
    dry_run: bool = False
    allow: frozenset[str] = frozenset()
    who: str = field(default_factory=user_name)
    why: str = ""
    full: bool = False
    kind: RunKind = "run"
    undoes: str = ""


def today(workspace: Workspace) -> dt.date:
    """The one place where the clock says what day it is."""
    return dt.datetime.now(ZoneInfo(workspace.settings.timezone)).date()

"""Trying again: only what `decide` calls transient, with growing, jittered waits and caps. stamina does the waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import stamina
import stamina.instrumentation

from sf_lifecycle.errors import LoginRefused, OrgError, OrgUnavailable
from sf_lifecycle.salesforce.decide import Move, way_out
from sf_lifecycle.salesforce.errors import Fault

T = TypeVar("T")

# stamina would tell structlog of each retry, which writes to stdout until it is configured: in the midst of `--json`.
stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to go on. Waits in seconds; `busy_factor` lengthens them where the org says it is busy."""

    attempts: int = 5
    total_seconds: float = 300
    first_wait: float = 0.5
    longest_wait: float = 30
    jitter: float = 1.0
    busy_factor: float = 4


class CallFailed(Exception):
    """A request that failed for good: the fault, the move that was left, and what we were doing."""

    def __init__(self, fault: Fault, move: Move, what: str) -> None:
        self.fault, self.move, self.what = fault, move, what
        super().__init__(f"{what}: {fault.code} {fault.message}")

    def as_org_error(self) -> OrgError:
        """The failure as people are told of it."""
        fault, reason = self.fault, ": ".join(part for part in (self.fault.code, self.fault.message) if part)
        message, hint = f"{self.what} failed: {reason}", way_out(self.fault)
        if self.move is Move.RELOGIN:
            return LoginRefused(message, code=fault.code, way_out="the session was refused also after a new login")
        if self.move is Move.REFUSED or fault.code in ("API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"):
            return OrgError(message, code=fault.code, way_out=hint)
        return OrgUnavailable(message, code=fault.code, way_out=hint or "check that the org is up, then run again")


def with_patience(patience: Patience, once: Callable[[], T]) -> T:
    """`once`, again while it fails transiently. The last `CallFailed` comes through."""
    tries = 0

    def wait_or_stop(error: Exception) -> bool | float:
        nonlocal tries
        tries += 1
        if not isinstance(error, CallFailed) or error.move not in (Move.AGAIN, Move.BACK_OFF):
            return False
        if error.move is Move.AGAIN:
            return True
        return float(min(patience.longest_wait, patience.first_wait * patience.busy_factor * 2 ** (tries - 1)))

    for attempt in stamina.retry_context(
        on=wait_or_stop,
        attempts=patience.attempts,
        timeout=patience.total_seconds,
        wait_initial=patience.first_wait,
        wait_max=patience.longest_wait,
        wait_jitter=patience.jitter,
    ):
        with attempt:
            return once()
    raise AssertionError("stamina raises the last error")  # pragma: no cover

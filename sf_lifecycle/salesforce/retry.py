"""Trying again: only what `decide` calls transient, with growing, jittered waits and caps. stamina does the waiting."""

from __future__ import annotations

import secrets
import time
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
    """How long to go on. Waits in seconds: doubled with each try up to `longest_wait`, then up to `jitter` more by
    chance, so that two programs that met once do not meet again. `busy_factor` lengthens them where the org says it is
    busy. No try begins later than `total_seconds` after the first.
    """

    attempts: int = 5
    total_seconds: float = 300
    first_wait: float = 0.5
    longest_wait: float = 30
    jitter: float = 1.0
    busy_factor: float = 4

    def wait(self, move: Move, tries: int) -> float:
        """Seconds to wait after so many tries that failed; `move` is AGAIN or BACK_OFF."""
        first = self.first_wait * (self.busy_factor if move is Move.BACK_OFF else 1)
        steady = min(self.longest_wait, first * 2.0 ** (tries - 1))
        return steady + self.jitter * secrets.randbelow(1000) / 1000


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
    tries, began = 0, time.monotonic()

    def wait_or_stop(error: Exception) -> bool | float:
        nonlocal tries
        tries += 1
        if not isinstance(error, CallFailed) or error.move not in (Move.AGAIN, Move.BACK_OFF):
            return False
        wait = patience.wait(error.move, tries)
        return False if time.monotonic() + wait - began > patience.total_seconds else wait

    # Both caps are kept above: stamina's own limit on time would allow a wait that ends long after it.
    for attempt in stamina.retry_context(on=wait_or_stop, attempts=patience.attempts, timeout=None):
        with attempt:
            return once()
    raise AssertionError("stamina raises the last error")  # pragma: no cover

"""What a fault on order does to a request and its reply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Scope, Send

from ..errors import ApiError
from ..fault import (
    CONCURRENT_LIMIT,
    LIMIT_EXCEEDED,
    LOST_REPLY,
    MAINTENANCE,
    QUERY_TIMEOUT,
    REQUEST_ERROR,
    SLOW_REPLY,
    STALLED,
    TRUNCATED,
    Fault,
)

DROP = "localorg.drop"  # scope key: a function that cuts the connection
_REFUSALS = {
    LIMIT_EXCEEDED: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403),
    CONCURRENT_LIMIT: (
        "REQUEST_LIMIT_EXCEEDED",
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        403,
    ),
    MAINTENANCE: (
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        "insert, update and delete are not allowed during maintenance",
        400,
    ),
    QUERY_TIMEOUT: ("QUERY_TIMEOUT", "Your query request was running for too long.", 400),
}


def refusal(fault: Fault) -> ApiError | None:
    """The answer in place of any work, where the fault is one."""
    if fault.kind == REQUEST_ERROR:
        return ApiError(fault.code, fault.message, fault.fields, status=fault.status)
    found = _REFUSALS.get(fault.kind)
    return None if found is None else ApiError(found[0], found[1], status=found[2])


async def reply(fault: Fault, scope: Scope, send: Send, work: Callable[[Send], Awaitable[None]]) -> None:
    """Does the work, and lets of its reply come through what the fault leaves."""
    if fault.kind not in (LOST_REPLY, TRUNCATED, STALLED, SLOW_REPLY):
        await work(send)
        return
    held = _Held()
    await work(held.send)
    if fault.kind == SLOW_REPLY:
        await asyncio.sleep(fault.seconds)
        await held.pass_on(send)
    elif fault.kind == STALLED and held.body:
        await held.half(send)
        await asyncio.sleep(fault.seconds)
        await held.rest(send)
    else:
        if fault.kind == TRUNCATED and held.body:
            await held.half(send)
        await drop(scope)


async def drop(scope: Scope) -> None:
    """Cuts the connection."""
    cut: Callable[[], None] | None = scope.get(DROP)
    if cut is not None:
        cut()
    # The server must see the connection gone before this call ends, or it answers in our place.
    for _ in range(5):
        await asyncio.sleep(0)


class _Held:
    """A reply kept back until it is whole."""

    def __init__(self) -> None:
        self._start: Message | None = None
        self.body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self.body += message.get("body", b"")

    @property
    def _middle(self) -> int:
        return len(self.body) // 2

    async def half(self, send: Send) -> None:
        if self._start is not None:
            await send(self._start)
            await send({"type": "http.response.body", "body": self.body[: self._middle], "more_body": True})

    async def rest(self, send: Send) -> None:
        await send({"type": "http.response.body", "body": self.body[self._middle :]})

    async def pass_on(self, send: Send) -> None:
        if self._start is not None:
            await send(self._start)
            await send({"type": "http.response.body", "body": self.body})

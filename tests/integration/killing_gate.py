"""Stands before the local org's door: counts requests, and lets the one that is waited for meet its blow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sf_lifecycle.localorg import LocalOrg

WRITES = ("/composite/sobjects", "/jobs/ingest")


@dataclass(frozen=True)
class Blow:
    """When SIGKILL comes.

    `moment`: `at` is a share of the time that the work takes. Else `at` counts, from 0. `done`: the HTTP request
    reached the org, which carries it out; `lost`: it did not; `late`: the org carries out that *write* only when the
    next run, having read all it wants to know, is about to write; `commit`: a transaction of state is complete but for
    its end.
    """

    kind: Literal["moment", "done", "lost", "late", "commit"]
    at: float


class Gate:
    """Wraps the org's application. Since `begin`: `seen` requests, of which `written` write, the first as `first`."""

    def __init__(self, org: LocalOrg) -> None:
        config = org._server.config
        self._app: Any = config.loaded_app
        config.loaded_app = self  # connections to come are answered through it
        self.inside = self.seen = self.written = self.first = 0
        self._blow: Blow | None = None
        self._kill: Callable[[], None] = _nothing
        self._late: tuple[asyncio.Event, asyncio.Event] | None = None  # let in; carried out

    def begin(self, blow: Blow | None = None, kill: Callable[[], None] | None = None) -> None:
        """Count from 0, and do `kill` when the blow's request is there."""
        self.seen = self.written = self.first = 0
        self._blow, self._kill = blow, kill or _nothing

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self.inside += 1
        try:
            await self._pass(scope, receive, send)
        finally:
            self.inside -= 1

    async def _pass(self, scope: Any, receive: Any, send: Any) -> None:
        writes = any(part in scope["path"] for part in WRITES)
        number, write = self.seen, self.written
        self.seen, self.written = number + 1, write + writes
        self.first = number if writes and not write else self.first
        match self._blow:
            case Blow(kind="late", at=at) if writes and write == at:
                await self._keep_waiting(scope, receive)
                await _end(send)
            case Blow(kind="done", at=at) if number == at:
                body = await receive()
                self._kill()
                await self._app(scope, _again(body, receive), _nobody)
                await _end(send)
            case Blow(kind="lost", at=at) if number == at:
                self._kill()
                await _end(send)
            case _:
                if self._late is not None and writes:
                    await self._let_in(self._late)
                await self._app(scope, receive, send)

    async def _keep_waiting(self, scope: Any, receive: Any) -> None:
        body = await receive()
        let_in, carried_out = self._late = (asyncio.Event(), asyncio.Event())
        self._kill()
        self.begin()
        self.inside -= 1  # the org is at rest meanwhile
        await let_in.wait()
        self.inside += 1
        await self._app(scope, _again(body, receive), _nobody)
        carried_out.set()

    async def _let_in(self, late: tuple[asyncio.Event, asyncio.Event]) -> None:
        let_in, carried_out = late
        self._late = None
        let_in.set()
        await carried_out.wait()


def _again(first: Any, receive: Any) -> Any:
    given: list[Any] = [first]

    async def receiving() -> Any:
        return given.pop() if given else await receive()

    return receiving


async def _nobody(_message: Any) -> None:
    """Whoever asked is dead."""


async def _end(send: Any) -> None:
    """For the server: it wants an answer, whoever hears it."""
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _nothing() -> None:
    """Nobody is to be killed."""

"""The `Date` header of every reply: the org's own clock, which tests may replace, not this machine's."""

from __future__ import annotations

from email.utils import format_datetime

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..clock import Clock, in_utc


class Dating:
    """ASGI middleware; the server in front must add no date of its own."""

    def __init__(self, app: ASGIApp, now: Clock) -> None:
        self._app = app
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Date"] = format_datetime(in_utc(self._now()), usegmt=True)
            await send(message)

        await self._app(scope, receive, dated if scope["type"] == "http" else send)

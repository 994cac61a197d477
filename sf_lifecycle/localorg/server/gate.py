"""What every call of the API passes: the session, the version, the daily limit, and faults on order."""

from __future__ import annotations

import asyncio
import re
import zlib

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import ApiError
from ..fault import EXPIRED_SESSION, LOST_REQUEST, SLOW_REQUEST, UNAVAILABLE, Fault
from ..org import Org
from . import striking
from .discovery import check_version
from .striking import DROP

__all__ = ["DROP", "Gate"]

_API = re.compile(r"/services/(?:data/v(\d+\.\d)|async/(\d+\.\d)|localorg|oauth2/userinfo)(?=/|$)|/id/")
_DOWN = b"<html><head><title>Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"


class Gate:
    """ASGI middleware. Behind it `request.state` has `access` (Access), `user_id`, `token` and `version` ("65.0")."""

    def __init__(self, app: ASGIApp, org: Org) -> None:
        self._app = app
        self._org = org

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _API.match(scope["path"]) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        if len(scope["path"]) + len(scope["query_string"]) > self._org.switches.longest_uri:
            await _answer(send, 414, b"<h1>URI Too Long</h1>", "text/html")
            return
        body = await _body(scope, receive)
        try:
            token, user_id = self._session(scope)
            version = found.group(1) or found.group(2) or ""
            if version:
                check_version(version)
            is_admin_path = scope["path"].startswith("/services/localorg")
            fault = None if is_admin_path else self._fault(scope, body)
            self._strike_before(fault, token)
            if not is_admin_path and not self._org.meter.count():
                raise ApiError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
            await run_in_threadpool(self._org.new_day)
            access = self._org.access_for(user_id)
        except ApiError as problem:
            await self._refuse(problem, send)
            return
        if fault is not None and fault.kind == UNAVAILABLE:
            await _answer(send, 503, _DOWN, "text/html")
            return
        if fault is not None and fault.kind == LOST_REQUEST:
            await striking.drop(scope)
            return
        if fault is not None and fault.kind == SLOW_REQUEST:
            await asyncio.sleep(fault.seconds)
        state = {"access": access, "user_id": user_id, "token": token, "version": version}
        scope["state"] = {**scope.get("state", {}), **state}
        sending = self._with_header(send)
        if fault is None:
            await self._app(scope, _replay(body), sending)
        else:
            await striking.reply(fault, scope, sending, lambda hurt: self._app(scope, _replay(body), hurt))

    def _fault(self, scope: Scope, body: bytes) -> Fault | None:
        query = scope["query_string"].decode("latin-1")
        return self._org.faults.on_request(scope["method"], scope["path"], body, query)

    def _session(self, scope: Scope) -> tuple[str, str]:
        headers = Headers(scope=scope)
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() not in ("bearer", "oauth"):
            token = headers.get("x-sfdc-session", "")
        user_id = self._org.sessions.user_of(token)
        if user_id is None:
            raise _expired()
        return token, user_id

    def _strike_before(self, fault: Fault | None, token: str) -> None:
        kind = fault.kind if fault is not None else ""
        if kind == EXPIRED_SESSION:
            self._org.sessions.expire(token)
            raise _expired()
        if fault is not None and (refusal := striking.refusal(fault)) is not None:
            raise refusal

    def _with_header(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Sforce-Limit-Info"] = self._org.meter.header()
            await send(message)

        return sending

    async def _refuse(self, problem: ApiError, send: Send) -> None:
        body = orjson.dumps([problem.body()])
        await _answer(self._with_header(send), problem.status, body, "application/json;charset=UTF-8")


def _expired() -> ApiError:
    return ApiError("INVALID_SESSION_ID", "Session expired or invalid", status=401)


async def _body(scope: Scope, receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = b"".join(chunks)
    if "gzip" in Headers(scope=scope).get("content-encoding", "").lower():
        return zlib.decompress(body, wbits=31)
    return body


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _answer(send: Send, status: int, body: bytes, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

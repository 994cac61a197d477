"""What the bulk resources share over HTTP: who calls, errors as JSON, files as streams."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import wraps
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sf_lifecycle.localorg.access import Access
from sf_lifecycle.localorg.errors import ApiError

Endpoint = Callable[[Request], Awaitable[Response]]
_GZIP = 31  # window bits: 15, and a gzip header
_FASTEST = 1


def access_of(request: Request) -> Access:
    """The rights of the caller, whom the server's gate has identified."""
    found: Access = request.state.access
    return found


def endpoint(function: Endpoint) -> Endpoint:
    """Turns ApiErrors into replies."""

    @wraps(function)
    async def answer(request: Request) -> Response:
        try:
            return await function(request)
        except ApiError as problem:
            return json_reply([problem.body()], problem.status)

    return answer


def json_reply(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json;charset=UTF-8")


async def json_body(request: Request) -> dict[str, Any]:
    try:
        found = orjson.loads(await request.body())
    except orjson.JSONDecodeError as problem:
        raise ApiError("JSON_PARSER_ERROR", str(problem)) from problem
    if not isinstance(found, dict):
        raise ApiError("JSON_PARSER_ERROR", "Cannot deserialize instance of job from START_ARRAY value [")
    return found


def csv_reply(request: Request, blocks: Iterable[bytes], headers: dict[str, str] | None = None) -> Response:
    """A file as it is read; compressed here for who accepts it, off the event loop."""
    sent = dict(headers or {})
    if "gzip" in request.headers.get("Accept-Encoding", "").lower():
        sent["Content-Encoding"] = "gzip"
        blocks = _compressed(blocks)
    return StreamingResponse(blocks, headers=sent, media_type="text/csv")


def _compressed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_FASTEST, wbits=_GZIP)
    for block in blocks:
        if data := packer.compress(block):
            yield data
    yield packer.flush()

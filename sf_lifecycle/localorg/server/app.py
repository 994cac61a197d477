"""The ASGI application."""

from __future__ import annotations

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..bulk import routes as bulk_routes
from ..errors import ApiError
from ..org import Org
from . import oauth, switchboard
from .calls import Call, Reply, error_reply, split_url
from .dating import Dating
from .discovery import versions
from .gate import Gate
from .routing import dispatch

_COMPRESS_FROM_BYTES = 1024
_JSON = "application/json;charset=UTF-8"
_ANY = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]


def build_app(org: Org) -> Starlette:
    async def data(request: Request) -> Response:
        raw = await request.body()
        return respond(await run_in_threadpool(_answer, org, request, raw))

    async def token(request: Request) -> Response:
        raw = await request.body()
        try:
            body = oauth.token(org, raw, request.headers.get("authorization", ""), base_url(request))
        except oauth.OAuthError as problem:
            return respond(Reply(status=400, body=problem.body))
        return respond(Reply(body=body))

    def all_versions(request: Request) -> Response:
        return respond(Reply(body=versions()))

    def userinfo(request: Request) -> Response:
        return respond(Reply(body=oauth.userinfo(org, request.state.user_id, base_url(request))))

    def identity(request: Request) -> Response:
        return respond(Reply(body=oauth.identity_page(org, request.state.user_id, base_url(request))))

    return Starlette(
        routes=[
            Route("/services/oauth2/token", token, methods=["POST"]),
            Route("/services/oauth2/userinfo", userinfo, methods=["GET", "POST"]),
            Route("/id/{org_id}/{user_id}", identity, methods=["GET"]),
            Route("/services/data", all_versions, methods=["GET"]),
            Route("/services/data/", all_versions, methods=["GET"]),
            *bulk_routes(org),
            *switchboard.routes(org),
            Route("/services/data/{rest:path}", data, methods=_ANY),
        ],
        middleware=[
            Middleware(Dating, now=lambda: org.now()),
            Middleware(GZipMiddleware, minimum_size=_COMPRESS_FROM_BYTES, compresslevel=1),
            Middleware(Gate, org=org),
        ],
    )


def base_url(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def respond(reply: Reply) -> Response:
    content = b"" if reply.body is None else orjson.dumps(reply.body)
    media_type = _JSON if content else None
    return Response(content, status_code=reply.status, headers=dict(reply.headers), media_type=media_type)


def _answer(org: Org, request: Request, raw: bytes) -> Reply:
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    try:
        version, parts, query = split_url(f"{path.decode()}?{request.url.query}")
    except ApiError as problem:
        return error_reply(problem)
    return dispatch(
        Call(
            org=org,
            access=request.state.access,
            method=request.method,
            version=version,
            parts=parts,
            query=query,
            headers=dict(request.headers),
            raw=raw,
        )
    )

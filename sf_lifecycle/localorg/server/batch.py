"""/composite/batch: independent calls in one request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import ApiError
from .calls import Call, Handler, Reply, error_reply, split_url

_MOST = 25


def run(call: Call, dispatch: Handler) -> Reply:
    body = call.object_body()
    requests = body.get("batchRequests")
    if not isinstance(requests, list) or not requests:
        raise ApiError("JSON_PARSER_ERROR", "batchRequests: a list of subrequests is expected")
    if len(requests) > _MOST:
        raise ApiError("INVALID_INPUT", f"The limit of {_MOST} subrequests in a batch is exceeded")
    results: list[dict[str, Any]] = []
    for request in requests:
        if body.get("haltOnError") is True and any(r["statusCode"] >= 400 for r in results):
            halted = ApiError("BATCH_PROCESSING_HALTED", "Batch processing halted per request", status=412)
            reply = error_reply(halted)
        else:
            reply = _one(call, request, dispatch)
        results.append({"statusCode": reply.status, "result": reply.body})
    return Reply(body={"hasErrors": any(r["statusCode"] >= 400 for r in results), "results": results})


def _one(call: Call, request: Any, dispatch: Handler) -> Reply:
    url = str(request.get("url", ""))
    try:
        version, parts, query = split_url(url if url.startswith("/services/") else f"/services/data/{url.lstrip('/')}")
    except ApiError as problem:
        return error_reply(problem)
    method = str(request.get("method", "GET")).upper()
    parsed = request.get("richInput")
    return dispatch(replace(call, method=method, version=version, parts=parts, query=query, raw=b"", parsed=parsed))

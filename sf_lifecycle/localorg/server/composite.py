"""/composite: calls in order, each of which may use the replies of those before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..errors import ApiError
from .calls import Call, Handler, Reply, error_reply, split_url

_MOST = 25
_MOST_HEAVY = 5  # queries and collections among them
_REFERENCE = re.compile(r"@\{([^}]+)\}")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class _Undone(Exception):
    """Ends the transaction of a request with allOrNone."""


def run(call: Call, dispatch: Handler) -> Reply:
    body = call.object_body()
    requests = body.get("compositeRequest")
    if not isinstance(requests, list) or not requests:
        raise ApiError("JSON_PARSER_ERROR", "compositeRequest: a list of subrequests is expected")
    _check(requests)
    if body.get("allOrNone") is not True:
        return Reply(body={"compositeResponse": _carry_out(call, requests, dispatch, stop_at_error=False)})
    return Reply(body={"compositeResponse": _all_or_none(call, requests, dispatch)})


def _check(requests: list[Any]) -> None:
    if len(requests) > _MOST:
        raise ApiError("INVALID_INPUT", f"The limit of {_MOST} subrequests in a composite request is exceeded")
    heavy = [r for r in requests if re.search(r"/v\d+\.\d/(query|composite/sobjects)", str(r.get("url", "")))]
    if len(heavy) > _MOST_HEAVY:
        raise ApiError("INVALID_INPUT", f"No more than {_MOST_HEAVY} subrequests may be queries or collections")
    names = [r.get("referenceId") for r in requests]
    if None in names or len(set(names)) < len(names):
        raise ApiError("INVALID_INPUT", "Each subrequest needs a referenceId of its own")


def _all_or_none(call: Call, requests: list[Any], dispatch: Handler) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    try:
        with call.org.store.write():
            answers = _carry_out(call, requests, dispatch, stop_at_error=True)
            if any(a["httpStatusCode"] >= 400 for a in answers):
                raise _Undone
    except _Undone:
        halted = error_reply(
            ApiError(
                "PROCESSING_HALTED",
                "The transaction was rolled back since another operation in the same transaction failed.",
            )
        )
        culprit = next(i for i, a in enumerate(answers) if a["httpStatusCode"] >= 400)
        return [
            answers[i] if i == culprit else _answer(halted, request["referenceId"])
            for i, request in enumerate(requests)
        ]
    return answers


def _carry_out(call: Call, requests: list[Any], dispatch: Handler, *, stop_at_error: bool) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    known: dict[str, Any] = {}
    for request in requests:
        reply = _one(call, request, known, dispatch)
        if reply.ok:
            known[request["referenceId"]] = reply.body
        answers.append(_answer(reply, request["referenceId"]))
        if stop_at_error and not reply.ok:
            break
    return answers


def _one(call: Call, request: Any, known: dict[str, Any], dispatch: Handler) -> Reply:
    try:
        filled = fill(request, lambda path: _look_up(known, path))
        version, parts, query = split_url(filled["url"])
    except ApiError as problem:
        return error_reply(problem)
    headers = {k.lower(): v for k, v in (filled.get("httpHeaders") or {}).items()}
    inner = replace(
        call,
        method=str(filled.get("method", "GET")).upper(),
        version=version,
        parts=parts,
        query=query,
        headers=headers,
        raw=b"",
        parsed=filled.get("body"),
    )
    return dispatch(inner)


def fill(value: Any, look_up: Callable[[str], Any]) -> Any:
    """Replace every `@{ref.path}`; one that is a whole text keeps the type of what it names."""
    if isinstance(value, dict):
        return {k: fill(v, look_up) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, look_up) for v in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return look_up(whole.group(1))
    return _REFERENCE.sub(lambda m: str(look_up(m.group(1))), value)


def _look_up(known: dict[str, Any], path: str) -> Any:
    steps = [m.group(1) if m.group(1) is not None else int(m.group(2)) for m in _STEP.finditer(path)]
    value: Any = known
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            name = steps[0]
            raise ApiError(
                "PROCESSING_HALTED", f"Invalid reference specified. No value for {path} found in {name}"
            ) from None
    return value


def _answer(reply: Reply, reference: str) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": dict(reply.headers),
        "httpStatusCode": reply.status,
        "referenceId": reference,
    }

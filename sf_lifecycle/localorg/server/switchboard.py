"""Ordering faults, and doing by HTTP what people do by hand: paths that only a local org has."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import ApiError
from ..fault import fault_from_json
from ..org import Org

DEEDS = (
    *("change_owner", "merge", "convert_lead", "delete", "undelete", "empty_recycle_bin"),
    *("deactivate", "activate", "freeze", "set_role", "set_marketing_user", "set_user", "log_in"),
    *("revoke_field", "grant_field", "grant_right", "share", "set_currency"),
)


def routes(org: Org) -> list[Route]:
    """`faults`: GET lists those in force, POST adds one (or a list under `rules`), DELETE clears them.

    `people`: POST `{"do": "merge", …}` with the arguments that the method of `People` takes.
    """

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            org.faults.clear()
        if request.method == "POST":
            try:
                body = orjson.loads(await request.body())
                org.faults.add(*[fault_from_json(rule) for rule in body.get("rules", [body])])
            except (ValueError, TypeError, AttributeError) as problem:
                return _json({"error": str(problem)}, 400)
        return _json({"rules": [asdict(f) for f in org.faults.listed()]}, 200)

    async def people(request: Request) -> Response:
        try:
            body: dict[str, Any] = dict(orjson.loads(await request.body()))
            deed = body.pop("do", None)
            if deed not in DEEDS:
                raise ValueError(f"do: one of {', '.join(DEEDS)}")
            done = await run_in_threadpool(lambda: getattr(org.people, deed)(**body))
        except (ValueError, TypeError, KeyError, ApiError) as problem:
            return _json({"error": str(problem)}, 400)
        return _json({"done": done}, 200)

    return [
        Route("/services/localorg/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/services/localorg/people", people, methods=["POST"]),
    ]


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")

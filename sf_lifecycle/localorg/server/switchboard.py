"""Ordering faults over HTTP, which only a local org knows."""

from __future__ import annotations

from dataclasses import asdict

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..faults import fault_from_json
from ..org import Org


def routes(org: Org) -> list[Route]:
    """GET lists the faults in force, POST adds one (or a list under `rules`), DELETE clears them."""

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            org.faults.clear()
        if request.method == "POST":
            try:
                body = orjson.loads(await request.body())
                for rule in [fault_from_json(r) for r in body.get("rules", [body])]:
                    org.faults.add(rule)
            except (ValueError, TypeError, AttributeError) as problem:
                return _json({"error": str(problem)}, 400)
        return _json({"rules": [asdict(f) for f in org.faults.listed()]}, 200)

    return [Route("/services/localorg/faults", faults, methods=["GET", "POST", "DELETE"])]


def _json(body: object, status: int) -> Response:
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")

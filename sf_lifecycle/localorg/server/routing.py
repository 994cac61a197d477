"""Which handler answers which path."""

from __future__ import annotations

from ..errors import ApiError, not_found
from . import batch, collections, composite, describe, discovery, pages, query, replication, sobjects
from .calls import Call, Handler, Reply, error_reply


def dispatch(call: Call) -> Reply:
    """The reply to a call; errors of the API become replies too."""
    try:
        return _handler(call)(call)
    except ApiError as problem:
        return error_reply(problem)


def _handler(call: Call) -> Handler:
    methods = _methods(call.parts)
    if methods is None:
        raise not_found()
    handler = methods.get(call.method)
    if handler is None:
        raise ApiError(
            "METHOD_NOT_ALLOWED",
            f"HTTP Method '{call.method}' not allowed. Allowed are {','.join(sorted(methods))}",
            status=405,
        )
    return handler


def _methods(parts: tuple[str, ...]) -> dict[str, Handler] | None:
    match parts:
        case ():
            return {"GET": discovery.resources}
        case ("limits",):
            return {"GET": discovery.limits}
        case ("limits", "recordCount"):
            return {"GET": discovery.record_count}
        case ("query",) | ("queryAll",):
            return {"GET": query.run}
        case ("query" | "queryAll", _):
            return {"GET": query.more}
        case ("composite", *rest):
            return _composite(tuple(rest))
        case ("sobjects", *rest):
            return _sobjects(tuple(rest))
        case _:
            return None


def _composite(parts: tuple[str, ...]) -> dict[str, Handler] | None:
    match parts:
        case ():
            return {"POST": lambda call: composite.run(call, dispatch)}
        case ("batch",):
            return {"POST": lambda call: batch.run(call, dispatch)}
        case ("sobjects",):
            return {"POST": collections.create, "PATCH": collections.update, "DELETE": collections.delete}
        case ("sobjects", _):
            return {"GET": collections.read, "POST": collections.read}
        case ("sobjects", _, _):
            return {"PATCH": collections.upsert}
        case _:
            return None


def _sobjects(parts: tuple[str, ...]) -> dict[str, Handler] | None:
    match parts:
        case ():
            return {"GET": describe.describe_global}
        case (_,):
            return {"GET": describe.basic, "POST": sobjects.create}
        case (_, "describe"):
            return {"GET": describe.describe}
        case (_, "describe", "layouts"):
            return {"GET": pages.layouts}
        case (_, "describe", "layouts", _):
            return {"GET": pages.layout}
        case (_, "updated"):
            return {"GET": replication.updated}
        case (_, "deleted"):
            return {"GET": replication.deleted}
        case (_, _):
            return {
                "GET": sobjects.read,
                "PATCH": sobjects.update,
                "DELETE": sobjects.delete,
                "POST": sobjects.create_by_id,
            }
        case (_, _, _):
            return {"GET": sobjects.read_by_key, "PATCH": sobjects.upsert, "DELETE": sobjects.delete_by_key}
        case _:
            return None

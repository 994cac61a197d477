"""Faults on order: what goes wrong in a real org, when a test asks for it.

A fault is a rule that matches requests or rows, and how often it strikes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

# Faults of a whole request.
EXPIRED_SESSION = "expired_session"  # 401, and the session is gone
UNAVAILABLE = "unavailable"  # 503 with a page in HTML
LIMIT_EXCEEDED = "limit_exceeded"  # 403 REQUEST_LIMIT_EXCEEDED
MAINTENANCE = "maintenance"  # writes and bulk reads refused
LOST_REPLY = "lost_reply"  # carried out, then the connection is dropped
LOST_REQUEST = "lost_request"  # the connection is dropped and nothing is done
# Faults of single rows.
ROW_ERROR = "row_error"  # `code` and `message`; UNABLE_TO_LOCK_ROW if none is given
OVERWRITE = "overwrite"  # automation: after the write `field` holds `value`
CHUNK_LIMIT = "chunk_limit"  # more than `rows` rows in one call: all of them fail with a LimitException

REQUEST_KINDS = frozenset({EXPIRED_SESSION, UNAVAILABLE, LIMIT_EXCEEDED, MAINTENANCE, LOST_REPLY, LOST_REQUEST})
ROW_KINDS = frozenset({ROW_ERROR, OVERWRITE, CHUNK_LIMIT})


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One rule. What is empty matches everything; `times` None means always, `skip` lets the first matches pass."""

    kind: str
    times: int | None = 1
    skip: int = 0
    method: str = ""  # GET, POST…
    path: str = ""  # a part of the path
    object: str = ""
    operation: str = ""  # insert, update, delete, query
    where: Mapping[str, Any] | None = None  # rows: field -> value written
    code: str = "UNABLE_TO_LOCK_ROW"
    message: str = "unable to obtain exclusive access to this record"
    fields: tuple[str, ...] = ()
    field: str = ""
    value: Any = None
    rows: int = 0


def fault_from_json(data: Mapping[str, Any]) -> Fault:
    """ValueError for a kind or key that is not known."""
    known = {f.name for f in fields(Fault)}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"unknown keys: {', '.join(unknown)}")
    if data.get("kind") not in REQUEST_KINDS | ROW_KINDS:
        raise ValueError(f"unknown kind: {data.get('kind')}")
    return Fault(**{**data, "fields": tuple(data.get("fields", ()))})


class Faults:
    """The rules in force. The first that matches strikes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def listed(self) -> list[Fault]:
        with self._lock:
            return list(self._rules)

    def on_request(self, method: str, path: str, body: bytes) -> Fault | None:
        """The fault that strikes this request, if any. `object` matches where path or body name it."""

        def matches(fault: Fault) -> bool:
            named = not fault.object or fault.object in path or fault.object.encode() in body
            return (
                fault.kind in REQUEST_KINDS
                and fault.method in ("", method)
                and fault.path in path
                and named
                and (fault.kind != MAINTENANCE or method not in ("GET", "HEAD") or "/jobs/" in path)
            )

        return self._strike(matches)

    def on_row(
        self, object_name: str, operation: str, values: Mapping[str, Any], *, kinds: tuple[str, ...], rows: int = 1
    ) -> Fault | None:
        """The fault of one of these kinds that strikes this row of a call with `rows` rows, if any."""
        if not self._rules:
            return None

        def matches(fault: Fault) -> bool:
            return (
                fault.kind in kinds
                and fault.object.lower() in ("", object_name.lower())
                and fault.operation in ("", operation)
                and (fault.kind != CHUNK_LIMIT or rows > fault.rows)
                and all(values.get(k) == v for k, v in (fault.where or {}).items())
            )

        return self._strike(matches)

    def _strike(self, matches: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for place, fault in enumerate(self._rules):
                if not matches(fault):
                    continue
                if fault.skip:
                    self._rules[place] = replace(fault, skip=fault.skip - 1)
                    continue
                if fault.times is not None:
                    if fault.times <= 1:
                        del self._rules[place]
                    else:
                        self._rules[place] = replace(fault, times=fault.times - 1)
                return fault
        return None

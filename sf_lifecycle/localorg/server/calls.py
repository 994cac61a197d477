"""A call of the REST API and its reply, apart from HTTP, so that composite calls can carry calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from ..access import Access
from ..errors import ApiError
from ..org import Org
from ..schema import SObject

_VERSIONED = re.compile(r"/services/data/v(\d+\.\d)(/.*)?$")


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int = 200
    body: Any = None  # JSON; None is an empty body
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.status < 400


@dataclass(frozen=True, kw_only=True)
class Call:
    org: Org
    access: Access
    method: str
    version: str  # "65.0"
    parts: tuple[str, ...]  # the path after the version, decoded
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    raw: bytes = b""
    parsed: Any = None  # the body of a call inside a composite one

    @property
    def base(self) -> str:
        return f"/services/data/v{self.version}"

    def json(self) -> Any:
        if self.parsed is not None:
            return self.parsed
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError as problem:
            place = f"[line:{problem.lineno}, column:{problem.colno}]"
            raise ApiError("JSON_PARSER_ERROR", f"{problem.msg} at {place}") from None

    def object_body(self) -> dict[str, Any]:
        """The body as a JSON object."""
        body = self.json()
        if not isinstance(body, dict):
            raise ApiError("JSON_PARSER_ERROR", "The HTTP entity body is required to be a JSON object")
        return body

    def sobject(self, name: str) -> SObject:
        """An object of the path, if it is there for this user."""
        found = self.org.schema.get(name)
        if found is None or not self.access.object_readable(found.name):
            raise ApiError("NOT_FOUND", "The requested resource does not exist", status=404)
        return found

    def record_url(self, object_name: str, record_id: str) -> str:
        return f"{self.base}/sobjects/{object_name}/{record_id}"


Handler = Callable[[Call], Reply]


def split_url(url: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """(version, decoded path parts, query) of a versioned URL, absolute or not. ApiError if it is none."""
    pieces = urlsplit(url)
    found = _VERSIONED.search(pieces.path)
    if found is None:
        raise ApiError("NOT_FOUND", "The requested resource does not exist", status=404)
    parts = tuple(unquote(part) for part in (found.group(2) or "").split("/") if part)
    return found.group(1), parts, dict(parse_qsl(pieces.query, keep_blank_values=True))


def error_reply(problem: ApiError) -> Reply:
    return Reply(status=problem.status, body=[problem.body()])

"""What a request is about, as far as its path, query and body tell."""

from __future__ import annotations

import re
from typing import Any

import orjson

_BY_METHOD = {"GET": "read", "HEAD": "read", "POST": "insert", "PATCH": "update", "PUT": "insert", "DELETE": "delete"}
_KEYED = 4  # parts of sobjects/X/Key__c/value and of composite/sobjects/X/Key__c, the upserts
_COMPOSITE = {"composite": "compositeRequest", "batch": "batchRequests"}


def operations_of(method: str, path: str, body: bytes = b"") -> frozenset[str]:
    """insert, update, upsert, delete, query or read; those of all its parts where a request carries several."""
    parts = _parts(path)
    last = parts[-1] if parts else ""
    if parts[:1] in (["query"], ["queryAll"]) or parts[:2] == ["jobs", "query"]:
        return frozenset({"query"})
    if parts[:2] == ["jobs", "ingest"]:
        found = _json(body).get("operation") if len(parts) == 2 and method == "POST" else None
        return frozenset({str(found)}) if found else frozenset()
    if parts[:1] == ["composite"] and last in _COMPOSITE:
        inner = _json(body).get(_COMPOSITE[last])
        listed = [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
        return frozenset().union(
            *(operations_of(str(one.get("method", "GET")).upper(), str(one.get("url", ""))) for one in listed)
        )
    if method == "PATCH" and len(parts) == _KEYED:
        return frozenset({"upsert"})
    if method == "POST" and parts[:2] == ["composite", "sobjects"] and len(parts) > 2:
        return frozenset({"read"})
    return frozenset({_BY_METHOD.get(method, "read")})


def names_object(name: str, prefix: str | None, *, path: str, query: str, body: bytes) -> bool:
    """Whether a request names this object, as a word or by the Id of one of its records in path or query."""
    word = rf"\b{re.escape(name)}\b"
    if re.search(word, path) or re.search(word, query) or re.search(word.encode(), body):
        return True
    return prefix is not None and re.search(rf"\b{prefix}\w{{12}}(\w{{3}})?\b", f"{path} {query}") is not None


def _parts(path: str) -> list[str]:
    """What comes after the version, also of the relative URLs in a batch."""
    found = re.search(r"(?:^|/)v\d+\.\d/(.*)", path.partition("?")[0])
    return [part for part in found.group(1).split("/") if part] if found else []


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}

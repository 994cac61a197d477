"""Which fields stand on the page layouts that the running user's profile is given, 25 objects in one call."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce import soql
from sf_lifecycle.salesforce.transport import Transport, batch, raise_result

_PER_CALL = 25
_WHAT = "Reading page layouts"


def read_layouts(transport: Transport, objects: Collection[str]) -> dict[str, frozenset[str] | OrgError]:
    """Object → the fields on any of its layouts, or why the org does not tell them."""
    found: dict[str, frozenset[str] | OrgError] = {}
    names = sorted({soql.name(name) for name in objects})
    for start in range(0, len(names), _PER_CALL):
        part = names[start : start + _PER_CALL]
        urls = [f"v{transport.version}/sobjects/{name}/describe/layouts" for name in part]
        for name, (status, body) in zip(part, batch(transport, urls, what=_WHAT), strict=True):
            found[name] = layout_fields(body) if status == 200 else _refused(status, body, name)
    return found


def layout_fields(described: Any) -> frozenset[str] | OrgError:
    """The fields of a `describe/layouts` answer; with several record types Salesforce may list none."""
    layouts = described.get("layouts") if isinstance(described, Mapping) else None
    if not layouts:
        return OrgError("the org lists no layouts for the object as a whole")
    return frozenset(_fields(layouts))


def _fields(part: Any) -> Iterator[str]:
    """Sections hold rows, rows items, items components: whatever lies between, a field is a component of type Field."""
    if isinstance(part, Mapping):
        if part.get("type") == "Field" and isinstance(part.get("value"), str):
            yield part["value"]
        for inner in part.values():
            yield from _fields(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _fields(inner)


def _refused(status: int, body: Any, name: str) -> OrgError:
    try:
        raise_result(status, body, f"Reading the layouts of {name}")
    except OrgError as error:
        return error

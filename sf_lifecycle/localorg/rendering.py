"""Stored rows as the records that REST shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .access import Access
from .schema import SObject
from .values import to_json

_ADDRESS_PARTS = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street")


def render(access: Access, sobject: SObject, row: Mapping[str, Any], names: Sequence[str] = ()) -> dict[str, Any]:
    """The fields asked for (Id always among them), or all that the user may see, nulls included."""
    wanted = [f for n in names if (f := sobject.get(n)) is not None] if names else list(sobject.fields.values())
    record: dict[str, Any] = {}
    for field in wanted:
        if not access.readable(sobject.name, field.name):
            continue
        if field.stored:
            record[field.name] = to_json(field, row.get(field.name))
        elif field.type == "address":
            record[field.name] = address(row, field.name)
    if names and "Id" not in record:
        record["Id"] = row["Id"]
    return record


def address(row: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A compound address from its parts; null when all of them are."""
    prefix = name.removesuffix("Address")
    parts = {part: row.get(prefix + part[0].upper() + part[1:]) for part in _ADDRESS_PARTS}
    return parts if any(v is not None for v in parts.values()) else None

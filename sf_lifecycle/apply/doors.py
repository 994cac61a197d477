"""The two ways in, an outcome a row: collections, up to 200 rows a request, and one Bulk job for any number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from sf_lifecycle.apply.records import KEY_FIELD, Row, record
from sf_lifecycle.salesforce import Org, RowOutcome

BULK = "bulk"
# Members lock their campaign and their person, and Bulk knows no "one after the other"; statuses have no key to match
# Bulk's results on, which come in no order.
NEVER_BULK = frozenset({"CampaignMember", "CampaignMemberStatus"})
NO_CHOICE: Mapping[str, str] = MappingProxyType({})

_INGEST: Mapping[str, Literal["insert", "update", "delete"]] = {
    "create": "insert",
    "update": "update",
    "delete": "delete",
}


def check_transport(transport: Mapping[str, str]) -> None:
    """ValueError for a way in that is none, or one that an object must not take."""
    for object_name, chosen in transport.items():
        if chosen not in ("rest", BULK):
            raise ValueError(f"transport of {object_name}: expected 'rest' or 'bulk', got {chosen!r}")
        if chosen == BULK and object_name in NEVER_BULK:
            raise ValueError(f"{object_name} is written by collections only, one request at a time")


def by_collections(org: Org, object_name: str, operation: str, rows: Sequence[Row]) -> list[RowOutcome]:
    """At most 200 rows, one request."""
    if operation == "delete":
        return org.delete([row.ref for row in rows])
    send = org.create if operation == "create" else org.update
    return send(object_name, [record(operation, row) for row in rows])


def by_bulk(org: Org, object_name: str, operation: str, rows: Sequence[Row]) -> list[RowOutcome]:
    """Any number of rows, matched on our key where they are new."""
    key = KEY_FIELD if operation == "create" else "Id"
    return org.ingest(object_name, _INGEST[operation], [record(operation, row) for row in rows], key=key)

"""SOQL over REST: all pages, as plain rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce.transport import Transport, as_json

Row = dict[str, Any]

_ATTRIBUTES = "attributes"


def read_rows(transport: Transport, soql: str, *, all_rows: bool, what: str) -> list[Row]:
    """Every row of a query. A cursor that the org has forgotten starts the query over, once."""
    try:
        return _all_pages(transport, soql, all_rows, what)
    except OrgError as error:
        if error.code != "INVALID_QUERY_LOCATOR":
            raise
        return _all_pages(transport, soql, all_rows, what)


def rest_of_rows(transport: Transport, following: str, *, what: str) -> list[Row]:
    """The rows from `nextRecordsUrl` on, all pages."""
    rows: list[Row] = []
    page: dict[str, Any] = {"done": False, "nextRecordsUrl": following}
    while not page["done"]:
        page = transport.call("GET", page["nextRecordsUrl"], what=what, read=as_json)
        rows.extend(flatten(record) for record in page["records"])
    return rows


def count_rows(transport: Transport, soql: str, *, all_rows: bool, what: str) -> int:
    """The answer of a `SELECT COUNT() …`."""
    path = "queryAll/" if all_rows else "query/"
    return int(transport.call("GET", path, what=what, read=as_json, params={"q": soql})["totalSize"])


def flatten(record: Mapping[str, Any]) -> Row:
    """A record without `attributes`; parents as `Owner.Name`, an empty parent as `Owner` = None; children as lists."""
    row: Row = {}
    for key, value in record.items():
        if key == _ATTRIBUTES:
            continue
        if isinstance(value, Mapping) and _ATTRIBUTES in value:
            row.update({f"{key}.{inner}": found for inner, found in flatten(value).items()})
        elif isinstance(value, Mapping) and "records" in value:
            row[key] = [flatten(child) for child in value["records"]]
        else:
            row[key] = value
    return row


def _all_pages(transport: Transport, soql: str, all_rows: bool, what: str) -> list[Row]:
    path = "queryAll/" if all_rows else "query/"
    page = transport.call("GET", path, what=what, read=as_json, params={"q": soql})
    rows = [flatten(record) for record in page["records"]]
    return rows if page["done"] else rows + rest_of_rows(transport, page["nextRecordsUrl"], what=what)

"""Filling the store without the checks of the API: for samples, tests and merges."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from .clock import stamp
from .ddl import stored_fields
from .layouts import default_of
from .schema import Field, SObject

if TYPE_CHECKING:
    from .store import Store

_CHUNK = 20_000
_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")


def insert_many(store: Store, sobject: SObject, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Insert rows unchecked (API field name in its exact spelling -> value) and return their Ids in the same order.

    Filled where a row has nothing: Id, the audit fields (now, by the administrator), OwnerId (the administrator), Name
    of a person from its parts, an auto number, and field defaults. `date`, `datetime` (aware) and `bool` are converted.
    Values that Salesforce derives (Task.AccountId, IsClosed, LastActivityDate…) are the caller's to give.
    """
    found: list[str] = []
    source = iter(rows)
    with store.write() as con:
        while chunk := list(islice(source, _CHUNK)):
            found += _insert_chunk(store, con, sobject, chunk)
    return found


def _insert_chunk(
    store: Store, con: sqlite3.Connection, sobject: SObject, rows: Sequence[Mapping[str, Any]]
) -> list[str]:
    given = dict.fromkeys(name for row in rows for name in row)
    fields = {f.name: f for f in stored_fields(sobject)}
    if unknown := [name for name in given if name not in fields]:
        raise KeyError(f"{sobject.name} has no field {', '.join(unknown)}")
    columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in given}
    for name, values in columns.items():
        if (convert := _converter(fields[name])) is not None:
            columns[name] = [v if v is None else convert(v) for v in values]
    _fill(store, sobject, columns, len(rows))
    names = list(columns)
    con.executemany(
        f'INSERT INTO "{sobject.name}" ({", ".join(f"{_quoted(n)}" for n in names)})'
        f" VALUES ({', '.join('?' * len(names))})",
        zip(*columns.values(), strict=True),
    )
    if sobject.name == "User" and store.schema.get("UserLogin") is not None:
        store.insert_many("UserLogin", [{"UserId": user} for user in columns["Id"]])
    return list(columns["Id"])


def _quoted(name: str) -> str:
    return f'"{name}"'


def _fill(store: Store, sobject: SObject, columns: dict[str, list[Any]], count: int) -> None:
    def default(name: str, fill: Any) -> None:
        if sobject.get(name) is None:
            return
        values = columns.get(name)
        if values is None:
            columns[name] = [fill] * count
        elif None in values:
            columns[name] = [fill if v is None else v for v in values]

    if "Id" not in columns:
        columns["Id"] = list(store.allot(sobject.name, count))
    elif None in columns["Id"]:
        fresh = iter(store.allot(sobject.name, columns["Id"].count(None)))
        columns["Id"] = [next(fresh) if v is None else v for v in columns["Id"]]
    now = stamp(store.now())
    default("CreatedDate", now)
    if sobject.get("LastModifiedDate") is not None and "LastModifiedDate" not in columns:
        columns["LastModifiedDate"] = columns.get("CreatedDate") or [now] * count
    if sobject.get("SystemModstamp") is not None and "SystemModstamp" not in columns:
        columns["SystemModstamp"] = columns.get("LastModifiedDate") or [now] * count
    for name in _STAMPS:
        default(name, now)
    admin = store.setting("admin_id")
    for name in ("CreatedById", "LastModifiedById", "OwnerId"):
        default(name, admin)
    for field in stored_fields(sobject):
        if (value := default_of(field)) is not None and not (field.name in columns and _may_be_empty(field)):
            default(field.name, value)
        elif field.auto_number and field.name not in columns:
            first = store.next_number(f"{sobject.name}.{field.name}", count)
            columns[field.name] = [auto_number(field, first + i) for i in range(count)]
    if "Name" not in columns and "LastName" in columns and sobject.get("Name") is not None:
        first_names = columns.get("FirstName") or [None] * count
        columns["Name"] = [person_name(f, n) for f, n in zip(first_names, columns["LastName"], strict=True)]


def _may_be_empty(field: Field) -> bool:
    return field.nillable and not field.defaulted_on_create


def person_name(first: str | None, last: str | None) -> str | None:
    return " ".join(part for part in (first, last) if part) or None


def auto_number(field: Field, number: int) -> str:
    """`A-{0000}` and number 12 give A-0012; without a format eight digits, as for cases and contracts."""
    before, brace, rest = field.auto_number_format.partition("{")
    if not brace:
        return f"{number:08d}"
    zeros, _, after = rest.partition("}")
    return f"{before}{str(number).rjust(len(zeros), '0')}{after}"


def _converter(field: Field) -> Callable[[Any], Any] | None:
    if field.type == "boolean":
        return int
    if field.type == "date":
        return lambda v: v.isoformat() if isinstance(v, date) else v
    if field.type == "datetime":
        return _moment
    return None


def _moment(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return stamp(value)

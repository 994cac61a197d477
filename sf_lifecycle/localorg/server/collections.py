"""sObject collections: up to 200 records a call, each with its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from .. import ids
from ..checks import record_id
from ..errors import ApiError, no_such_column, not_found
from ..outcomes import carry_out
from ..records import Writer
from ..rendering import render
from ..schema import SObject
from .calls import Call, Reply

_MOST_ROWS = 200
_MOST_READ = 2000
_MOST_RUNS = 10  # runs of one type in a call of mixed types
_ROLLED_BACK = ApiError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)

Outcome = dict[str, Any]
RowWork = Callable[[Writer, Any], Outcome]


class _Undone(Exception):
    """Ends the transaction of a call with allOrNone."""


def create(call: Call) -> Reply:
    def insert(writer: Writer, record: Any) -> Outcome:
        sobject = _type_of(call, record)
        return _done(writer.insert(sobject, record))

    return _records(call, "insert", insert)


def update(call: Call) -> Reply:
    def change(writer: Writer, record: Any) -> Outcome:
        sobject = _type_of(call, record)
        name = next((n for n in record if n.lower() == "id"), None)
        if name is None or not record[name]:
            raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call")
        found = record_id(sobject, record[name])
        writer.update(sobject, found, {k: v for k, v in record.items() if k != name})
        return _done(found)

    return _records(call, "update", change)


def upsert(call: Call) -> Reply:
    sobject = call.sobject(call.parts[2])
    key = sobject.get(call.parts[3])
    if key is None or not (key.external_id or key.id_lookup) or not call.access.readable(sobject.name, key.name):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {call.parts[3]}")
    repeated = _repeated(call, key.name)

    def put(writer: Writer, record: Any) -> Outcome:
        _type_of(call, record)
        name = next((n for n in record if n.lower() == key.name.lower()), None)
        value = record[name] if name is not None else None
        if key.type != "id" and (value is None or value == ""):
            raise ApiError("MISSING_ARGUMENT", f"{key.name} not specified", (key.name,))
        if str(value).lower() in repeated:
            raise ApiError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", (key.name,))
        rest = {k: v for k, v in record.items() if k != name}
        found, created = writer.upsert(sobject, key, value, rest)
        return {**_done(found), "created": created}

    return _records(call, "upsert", put)


def delete(call: Call) -> Reply:
    wanted = [i.strip() for i in call.query.get("ids", "").split(",") if i.strip()]
    all_or_none = call.query.get("allOrNone", "").lower() == "true"

    def remove(writer: Writer, text: Any) -> Outcome:
        found = ids.normalize(text)
        sobject = call.org.schema.of_id(found) if found else None
        if found is None or sobject is None:
            raise ApiError("MALFORMED_ID", f"malformed id {text}")
        writer.delete(sobject, found)
        return _done(found)

    return Reply(body=_carry_out(call, wanted, "delete", remove, all_or_none=all_or_none))


def read(call: Call) -> Reply:
    """Null stands for a record that is not there, or not for this user."""
    sobject = call.sobject(call.parts[2])
    if call.method == "GET":
        wanted, names = call.query.get("ids", "").split(","), call.query.get("fields", "").split(",")
    else:
        body = call.object_body()
        wanted, names = body.get("ids", []), body.get("fields", [])
    if len(wanted) > _MOST_READ:
        raise _too_many(_MOST_READ)
    for name in names:
        if not call.access.readable(sobject.name, name):
            raise no_such_column(name, sobject.name)
    keys = [ids.normalize(i) or "" for i in wanted]
    found = _rows(call, sobject, keys)
    return Reply(body=[_shown(call, sobject, found[k], names) if k in found else None for k in keys])


def _shown(call: Call, sobject: SObject, row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    attributes = {"type": sobject.name, "url": call.record_url(sobject.name, row["Id"])}
    return {"attributes": attributes, **render(call.access, sobject, row, names)}


def _rows(call: Call, sobject: SObject, wanted: list[str]) -> dict[str, dict[str, Any]]:
    sql, params = call.access.row_filter(sobject.name) or ("1", ())
    living = ' AND "IsDeleted" = 0' if sobject.get("IsDeleted") else ""
    with call.org.store.read() as con:
        rows = con.execute(
            f'SELECT * FROM "{sobject.name}" WHERE "Id" IN ({", ".join("?" * len(wanted))}){living} AND {sql}',
            (*wanted, *params),
        )
        return {row["Id"]: dict(row) for row in rows}


def _records(call: Call, operation: str, work: RowWork) -> Reply:
    body = call.object_body()
    records = body.get("records")
    if not isinstance(records, list):
        raise ApiError("JSON_PARSER_ERROR", "records: a list of sObjects is expected")
    return Reply(body=_carry_out(call, records, operation, work, all_or_none=body.get("allOrNone") is True))


def _carry_out(call: Call, rows: list[Any], operation: str, work: RowWork, *, all_or_none: bool) -> list[Outcome]:
    if len(rows) > _MOST_ROWS:
        raise _too_many(_MOST_ROWS)
    if len(list(groupby(_types(rows)))) > _MOST_RUNS:
        raise ApiError("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {_MOST_RUNS} chunks")
    outcomes: list[Outcome] = []
    store = call.org.store
    try:
        with store.write() as con:
            writer = Writer(call.org, call.access, con, rows=len(rows))
            found = carry_out(
                call.org,
                rows,
                lambda row: work(writer, row),
                object_name=_object_name(call, rows),
                operation=operation,
            )
            outcomes = [_failed(o) if isinstance(o, ApiError) else o for o in found]
            if all_or_none and not all(o["success"] for o in outcomes):
                raise _Undone
    except _Undone:
        outcomes = [_failed(_ROLLED_BACK) if o["success"] else o for o in outcomes]
    return outcomes


def _object_name(call: Call, rows: list[Any]) -> str:
    """Of the first row: what automation is asked about."""
    first = next(iter(_types(rows[:1])), "")
    found = call.org.schema.by_prefix(first) or call.org.schema.get(first)
    return found.name if found is not None else ""


def _types(rows: Iterable[Any]) -> Iterable[str]:
    for row in rows:
        attributes = row.get("attributes") if isinstance(row, dict) else None
        yield attributes.get("type", "") if isinstance(attributes, dict) else str(row)[:3]


def _type_of(call: Call, record: Any) -> SObject:
    attributes = record.get("attributes") if isinstance(record, dict) else None
    name = attributes.get("type") if isinstance(attributes, dict) else None
    found = call.org.schema.get(name) if isinstance(name, str) else None
    if found is None or not call.access.object_readable(found.name):
        raise ApiError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return found


def _repeated(call: Call, key: str) -> set[str]:
    records = call.object_body().get("records")
    values = [
        str(v).lower()
        for r in (records if isinstance(records, list) else [])
        if isinstance(r, dict)
        for k, v in r.items()
        if k.lower() == key.lower() and v is not None
    ]
    return {v for v in values if values.count(v) > 1} if len(set(values)) < len(values) else set()


def _done(found: str) -> Outcome:
    return {"id": found, "success": True, "errors": []}


def _failed(problem: ApiError) -> Outcome:
    return {"success": False, "errors": [problem.row()]}


def _too_many(most: int) -> ApiError:
    return ApiError("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {most} records into this call")

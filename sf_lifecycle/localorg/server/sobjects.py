"""Single records: create, read, update, delete, upsert."""

from __future__ import annotations

from typing import Any

from .. import ids
from ..checks import by_external_id
from ..errors import ApiError, invalid_reference, is_deleted, no_such_column, not_found
from ..records import Writer
from ..rendering import render
from ..schema import Field, SObject
from .calls import Call, Reply

_UPSERT_ANSWERS_FROM = 46.0  # before this version an update by upsert answers 204 without a body


def create(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    body = call.object_body()
    with call.org.store.write() as con:
        record_id = Writer(call.org, call.access, con).insert(sobject, body)
    return Reply(status=201, body={"id": record_id, "success": True, "errors": []})


def create_by_id(call: Call) -> Reply:
    """POST sobjects/X/Id: a plain insert."""
    if call.parts[2].lower() != "id":
        raise not_found()
    return create(call)


def read(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    return Reply(body=_record(call, sobject, _path_id(call, sobject, call.parts[2])))


def read_by_key(call: Call) -> Reply:
    sobject, key = _key(call)
    found = _matches(call, sobject, key)
    if not found:
        raise not_found()
    if len(found) > 1:
        return _several(call, sobject, found)
    return Reply(body=_record(call, sobject, found[0]))


def update(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    record_id = _path_id(call, sobject, call.parts[2])
    body = call.object_body()
    with call.org.store.write() as con:
        Writer(call.org, call.access, con).update(sobject, record_id, body)
    return Reply(status=204)


def delete(call: Call) -> Reply:
    sobject = call.sobject(call.parts[1])
    record_id = _path_id(call, sobject, call.parts[2])
    with call.org.store.write() as con:
        Writer(call.org, call.access, con).delete(sobject, record_id)
    return Reply(status=204)


def delete_by_key(call: Call) -> Reply:
    sobject, key = _key(call)
    found = _matches(call, sobject, key)
    if not found:
        raise not_found()
    if len(found) > 1:
        return _several(call, sobject, found)
    with call.org.store.write() as con:
        Writer(call.org, call.access, con).delete(sobject, found[0])
    return Reply(status=204)


def upsert(call: Call) -> Reply:
    sobject, key = _key(call)
    body = call.object_body()
    if stated := next((n for n in body if n.lower() in (key.name.lower(), "id")), None):
        raise ApiError("INVALID_FIELD", f"The {stated} field should not be specified in the sobject data.", (stated,))
    update_only = call.query.get("updateOnly", "").lower() == "true"
    with call.org.store.write() as con:
        writer = Writer(call.org, call.access, con)
        if key.type != "id":
            found = by_external_id(writer, sobject, key, call.parts[3])
            if len(found) > 1:
                return _several(call, sobject, found)
        record_id, created = writer.upsert(sobject, key, call.parts[3], body, update_only=update_only)
    if not created and float(call.version) < _UPSERT_ANSWERS_FROM:
        return Reply(status=204)
    answer = {"id": record_id, "success": True, "errors": [], "created": created}
    return Reply(status=201 if created else 200, body=answer)


def _path_id(call: Call, sobject: SObject, text: str) -> str:
    record_id = ids.normalize(text)
    if record_id is None:
        if sobject.get(text) is None:
            raise not_found(f"Provided external ID field does not exist or is not accessible: {text}")
        raise not_found()
    if sobject.key_prefix and not record_id.startswith(sobject.key_prefix):
        raise invalid_reference() if call.method != "GET" else not_found()
    return record_id


def _key(call: Call) -> tuple[SObject, Field]:
    sobject = call.sobject(call.parts[1])
    key = sobject.get(call.parts[2])
    usable = key is not None and (key.external_id or key.id_lookup or key.type == "id")
    if key is None or not usable or not call.access.readable(sobject.name, key.name):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {call.parts[2]}")
    return sobject, key


def _matches(call: Call, sobject: SObject, key: Field) -> list[str]:
    with call.org.store.write() as con:
        return by_external_id(Writer(call.org, call.access, con), sobject, key, call.parts[3])


def _several(call: Call, sobject: SObject, found: list[str]) -> Reply:
    return Reply(status=300, body=[call.record_url(sobject.name, record_id) for record_id in found])


def _record(call: Call, sobject: SObject, record_id: str) -> dict[str, Any]:
    row = call.org.store.get(sobject.name, record_id)
    if row is None or not _visible(call, sobject, record_id):
        raise not_found()
    if row.get("IsDeleted"):
        raise is_deleted()
    names = [n.strip() for n in call.query.get("fields", "").split(",") if n.strip()]
    for name in names:
        if not call.access.readable(sobject.name, name):
            raise no_such_column(name, sobject.name)
    attributes = {"type": sobject.name, "url": call.record_url(sobject.name, record_id)}
    return {"attributes": attributes, **render(call.access, sobject, row, names)}


def _visible(call: Call, sobject: SObject, record_id: str) -> bool:
    condition = call.access.row_filter(sobject.name)
    if condition is None:
        return True
    sql, params = condition
    with call.org.store.read() as con:
        found = con.execute(f'SELECT 1 FROM "{sobject.name}" WHERE "Id" = ? AND {sql}', (record_id, *params))
        return found.fetchone() is not None

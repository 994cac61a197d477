"""Checks that need other rows: references, unique fields, sharing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import ids
from .activity_sharing import PARENT_COLUMNS, ByParents, may
from .errors import ApiError, invalid_reference, no_access
from .schema import Field, SObject
from .sharing import Follows
from .values import malformed_id, to_stored

if TYPE_CHECKING:
    from .records import Writer

_SHARED_ACTIVITY = {"Task": "Event", "Event": "Task"}  # one set of custom fields for both


def record_id(sobject: SObject, value: Any) -> str:
    """The 18-character Id of a record of this object."""
    found = ids.normalize(value) if isinstance(value, str) else None
    if found is None or (sobject.key_prefix and not found.startswith(sobject.key_prefix)):
        field = sobject.get("Id")
        raise ApiError(
            "MALFORMED_ID", f"{field.label if field else 'Id'}: id value of incorrect type: {value}", ("Id",)
        )
    return found


def references(writer: Writer, sobject: SObject, row: Mapping[str, Any], *, old_owner: str | None = None) -> None:
    """Every reference leads to a record that is there, of a right kind, and visible; owners are active users."""
    known = writer.layout(sobject).references
    for name, value in row.items():
        field = known.get(name)
        if field is None:
            continue
        if name == "OwnerId":
            if value is None:
                raise ApiError("INVALID_CROSS_REFERENCE_KEY", "Owner ID: owner cannot be blank", ("OwnerId",))
            if value != old_owner:
                _owner(writer, sobject, value)
        if value is not None:
            _reference(writer, field, value)


def _reference(writer: Writer, field: Field, value: str) -> None:
    key = (field.name, value)
    if key in writer.seen:
        return
    target = writer.store.schema.of_id(value)
    if target is None or target.name not in field.reference_to:
        raise malformed_id(field, value)
    deleted = '"IsDeleted"' if target.get("IsDeleted") else "0"
    row = writer.con.execute(f'SELECT {deleted} FROM "{target.name}" WHERE "Id" = ?', (value,)).fetchone()
    if row is None:
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,))
    if row[0]:
        raise ApiError("ENTITY_IS_DELETED", "entity is deleted", (field.name,))
    if target.name == "Lead" and (writer.store.get("Lead", value) or {}).get("IsConverted"):
        raise ApiError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", (field.name,))
    if target.name != "User" and not visible(writer, target, value):
        raise ApiError(
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            f"insufficient access rights on cross-reference id: {value[:15]}",
            (field.name,),
        )
    writer.seen[key] = True


def _owner(writer: Writer, sobject: SObject, owner: str) -> None:
    row = writer.con.execute('SELECT "IsActive" FROM "User" WHERE "Id" = ?', (owner,)).fetchone()
    if row is not None and not row[0]:
        raise ApiError(
            "INACTIVE_OWNER_OR_USER",
            f"operation performed with inactive user [{owner[:15]}] as owner of {sobject.name.lower()}",
            ("OwnerId",),
        )


def visible(writer: Writer, sobject: SObject, value: str) -> bool:
    """Whether the running user may see this record."""
    return writer.access.object_readable(sobject.name) and _passes(writer, sobject.name, value, writing=False)


def may_change(writer: Writer, sobject: SObject, value: str) -> None:
    """ApiError unless sharing lets the user change or delete this record."""
    if _passes(writer, sobject.name, value, writing=True):
        return
    if visible(writer, sobject, value):
        raise no_access()
    raise ApiError(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        f"insufficient access rights on cross-reference id: {value[:15]}",
        status=403,
    )


def _passes(writer: Writer, object_name: str, value: str, *, writing: bool) -> bool:
    """The rule of `Access.scope` for one record; as a condition in SQL it would walk the role hierarchy every time."""
    scope = writer.access.scope(object_name, writing=writing)
    if scope is None:
        return True
    if isinstance(scope, ByParents):
        return _passes_by_parents(writer, object_name, value, scope, writing=writing)
    row = writer.con.execute(f'SELECT "{scope.column}" FROM "{object_name}" WHERE "Id" = ?', (value,)).fetchone()
    if row is None or row[0] is None:
        return False
    if isinstance(scope, Follows):
        return _passes(writer, scope.parent, row[0], writing=writing)
    return row[0] == writer.access.user_id or row[0] in writer.below


def _passes_by_parents(writer: Writer, object_name: str, value: str, scope: ByParents, *, writing: bool) -> bool:
    columns = ", ".join(f'"{column}"' for column in ("OwnerId", *PARENT_COLUMNS))
    row = writer.con.execute(f'SELECT {columns} FROM "{object_name}" WHERE "Id" = ?', (value,)).fetchone()
    if row is None:
        return False
    owner, *parents = row
    if owner == writer.access.user_id or owner in writer.below:
        return True
    passed = [_parent_passes(writer, parent, writing=writing) for parent in parents if parent]
    return bool(passed) and (all(passed) if scope.every else any(passed))


def _parent_passes(writer: Writer, parent: str, *, writing: bool) -> bool:
    target = writer.store.schema.of_id(parent)
    if target is None or not may(writer.access, target.name, writing=writing):
        return False
    return _passes(writer, target.name, parent, writing=writing)


def unique(writer: Writer, sobject: SObject, row: Mapping[str, Any], *, own_id: str) -> None:
    """No other record holds the value of a unique field. Case counts only where the field says so."""
    for field in writer.layout(sobject).unique:
        value = row.get(field.name)
        if value is None:
            continue
        objects = [sobject.name]
        if field.custom and sobject.name in _SHARED_ACTIVITY and writer.switches.tasks_and_events_share_unique_values:
            objects.append(_SHARED_ACTIVITY[sobject.name])
        for name in objects:
            other = _holder(writer, name, field, value, own_id)
            if other is None:
                continue
            target = writer.store.object(name)
            shown = other[:15] if visible(writer, target, other) else "<unknown>"
            raise ApiError(
                "DUPLICATE_VALUE",
                f"duplicate value found: {field.name} duplicates value on record with id: {shown}",
            )


def _holder(writer: Writer, object_name: str, field: Field, value: Any, own_id: str) -> str | None:
    living = "" if writer.switches.deleted_rows_hold_unique_values else ' AND "IsDeleted" = 0'
    row = writer.con.execute(
        f'SELECT "Id" FROM "{object_name}" WHERE "{field.name}" = ?{_collation(field)} AND "Id" <> ?{living}',
        (value, own_id),
    ).fetchone()
    return None if row is None else str(row[0])


def by_external_id(writer: Writer, sobject: SObject, key: Field, value: Any) -> list[str]:
    """Ids of the records that hold this value. Where the field is not unique, only those the user sees count."""
    if key.type == "id":
        found = ids.normalize(str(value))
        if found is None or writer.store.get(sobject.name, found) is None:
            raise invalid_reference()
        return [found]
    stored = to_stored(key, value)
    if stored is None:
        raise ApiError("MISSING_ARGUMENT", f"{key.name} not specified", (key.name,))
    condition = None if key.unique else writer.access.row_filter(sobject.name)
    sql, params = condition if condition is not None else ("1", ())
    deleted = ' AND "IsDeleted" = 0' if sobject.get("IsDeleted") else ""
    rows = writer.con.execute(
        f'SELECT "Id" FROM "{sobject.name}" WHERE "{key.name}" = ?{_collation(key)}{deleted} AND {sql} ORDER BY "Id"',
        (stored, *params),
    )
    return [row[0] for row in rows]


def _collation(field: Field) -> str:
    return "" if field.case_sensitive or not field.is_text else " COLLATE NOCASE"

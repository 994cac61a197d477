"""The recycle bin: records go there with what hangs on them, come back from it, and are lost when it is emptied."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import checks
from .errors import ApiError
from .rules import rule_for
from .schema import SObject

if TYPE_CHECKING:
    from .records import Writer
    from .store import Store


def delete_row(writer: Writer, sobject: SObject, old: Mapping[str, Any], root: str = "") -> None:
    """To the recycle bin: details follow their master, plain lookups become empty."""
    rule, record_id = rule_for(sobject.name), old["Id"]
    root = root or record_id
    with_parent = root != record_id
    if not (with_parent and rule.goes_along):
        rule.before_delete(writer, old)
    for child in sobject.child_relationships:
        target = writer.store.schema.get(child.child_sobject)
        if target is None or target.get(child.field) is None or target.get("IsDeleted") is None:
            continue
        if child.cascade_delete:
            rows = writer.con.execute(
                f'SELECT * FROM "{target.name}" WHERE "{child.field}" = ? AND "IsDeleted" = 0', (record_id,)
            ).fetchall()
            for row in rows:
                delete_row(writer, target, dict(row), root)
        else:
            _unlink(writer.con, target, child.field, record_id, root)
    if sobject.get("IsDeleted") is None:
        writer.con.execute(f'DELETE FROM "{sobject.name}" WHERE "Id" = ?', (record_id,))
    else:
        _mark(writer, sobject, record_id, deleted=True)
        writer.con.execute('INSERT OR REPLACE INTO "_recycled" VALUES (?, ?, ?)', (record_id, sobject.name, root))
    rule.after_delete(writer, old)


def restore(writer: Writer, record_id: str) -> None:
    """Back from the recycle bin, with what went there along with it. ApiError where its unique value is taken."""
    rows = writer.con.execute('SELECT id, object FROM "_recycled" WHERE root = ?', (record_id,)).fetchall()
    if not rows:
        raise ApiError("UNDELETE_FAILED", "Entity is not in the recycle bin")
    for held, object_name in rows:
        sobject = writer.store.object(object_name)
        row = writer.store.get(object_name, held) or {}
        checks.unique(writer, sobject, row, own_id=held)
        _mark(writer, sobject, held, deleted=False)
        rule_for(object_name).after_undelete(writer, row)
    for object_name, held, field, value in writer.con.execute(
        'SELECT object, id, field, value FROM "_unlinked" WHERE root = ?', (record_id,)
    ).fetchall():
        sql = f'UPDATE "{object_name}" SET "{field}" = ? WHERE "Id" = ? AND "{field}" IS NULL'
        writer.con.execute(sql, (value, held))
    _forget(writer.con, "root = ?", record_id)


def empty(store: Store, object_name: str | None = None) -> int:
    """Records in the recycle bin (of one object) are gone for good; how many. Salesforce does so after 15 days."""
    objects = [store.object(object_name)] if object_name else list(store.schema.objects.values())
    gone = 0
    with store.write() as con:
        for sobject in objects:
            if sobject.get("IsDeleted") is not None:
                gone += con.execute(f'DELETE FROM "{sobject.name}" WHERE "IsDeleted" = 1').rowcount
                _forget(con, "object = ?", sobject.name)
    return gone


def _forget(con: sqlite3.Connection, condition: str, value: str) -> None:
    for table in ("_recycled", "_unlinked"):
        con.execute(f'DELETE FROM "{table}" WHERE {condition}', (value,))


def _unlink(con: sqlite3.Connection, target: SObject, field: str, record_id: str, root: str) -> None:
    living = f'"{field}" = ? AND "IsDeleted" = 0'
    kept = con.execute(
        f'INSERT INTO "_unlinked" SELECT ?, ?, "Id", ?, ? FROM "{target.name}" WHERE {living}',
        (root, target.name, field, record_id, record_id),
    )
    if kept.rowcount:
        con.execute(f'UPDATE "{target.name}" SET "{field}" = NULL WHERE {living}', (record_id,))


def _mark(writer: Writer, sobject: SObject, record_id: str, *, deleted: bool) -> None:
    stamps = {
        "SystemModstamp": writer.now,
        "LastModifiedDate": writer.now,
        "LastModifiedById": writer.access.user_id,
    }
    known = {k: v for k, v in stamps.items() if sobject.get(k) is not None}
    assignments = "".join(f', "{k}" = ?' for k in known)
    writer.con.execute(
        f'UPDATE "{sobject.name}" SET "IsDeleted" = ?{assignments} WHERE "Id" = ?',
        (int(deleted), *known.values(), record_id),
    )

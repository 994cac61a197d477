"""Deleting a record, and what hangs on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .rules import rule_for
from .schema import SObject

if TYPE_CHECKING:
    from .records import Writer


def delete_row(writer: Writer, sobject: SObject, old: Mapping[str, Any]) -> None:
    """To the recycle bin: details follow their master, plain lookups become empty."""
    rule, record_id = rule_for(sobject.name), old["Id"]
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
                delete_row(writer, target, dict(row))
        else:
            writer.con.execute(
                f'UPDATE "{target.name}" SET "{child.field}" = NULL WHERE "{child.field}" = ? AND "IsDeleted" = 0',
                (record_id,),
            )
    if sobject.get("IsDeleted") is None:
        writer.con.execute(f'DELETE FROM "{sobject.name}" WHERE "Id" = ?', (record_id,))
    else:
        stamps = {
            "SystemModstamp": writer.now,
            "LastModifiedDate": writer.now,
            "LastModifiedById": writer.access.user_id,
        }
        known = {k: v for k, v in stamps.items() if sobject.get(k) is not None}
        assignments = "".join(f', "{k}" = ?' for k in known)
        writer.con.execute(
            f'UPDATE "{sobject.name}" SET "IsDeleted" = 1{assignments} WHERE "Id" = ?', (*known.values(), record_id)
        )
    rule.after_delete(writer, old)

"""Writing records as the API does: checked, defaulted, with what follows from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import checks
from .access import Access
from .clock import stamp
from .currencies import CODE, USER_DEFAULT
from .deletion import delete_row
from .errors import ApiError, invalid_reference, is_deleted, no_access, not_writable, required_missing
from .fault import CHUNK_LIMIT, ENTITY_LOCKED, OVERWRITE, ROW_ERROR
from .fields import FieldReader
from .layouts import Layout
from .rules import rule_for
from .schema import Field, SObject
from .sharing import BELOW
from .store import Store

if TYPE_CHECKING:
    from .org import Org

Row = dict[str, Any]


class Writer:
    """The writes of one API call by one user, inside one transaction.

    Values are those of a JSON body, by API field name; relations to a parent by external id are nested objects. Every
    method raises ApiError for a row that Salesforce would refuse; wrap rows that stand alone in `store.write()`.
    """

    def __init__(self, org: Org, access: Access, con: sqlite3.Connection, *, rows: int = 1) -> None:
        """`con`: what `org.store.write()` yields. `rows`: how many rows the call has, which automation minds."""
        self._org = org
        self.store: Store = org.store
        self.access = access
        self.con = con
        self.moment: datetime = org.now()
        self.now = stamp(self.moment)
        self.today = self.moment.astimezone(org.timezone).date().isoformat()
        self.rows = rows
        self.switches = org.switches
        self.seen: dict[tuple[str, str], bool] = {}
        self._fields = FieldReader(self)
        self._chunks: dict[tuple[str, str], ApiError | None] = {}

    def layout(self, sobject: SObject) -> Layout:
        return self._org.layout(sobject)

    # -- the four operations -------------------------------------------------------------------------------------

    def insert(self, sobject: SObject, values: Mapping[str, Any]) -> str:
        """The new record's Id."""
        if not (sobject.createable and self.access.object_permission(sobject.name).create):
            raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {sobject.label}")
        row = self._fields.read(sobject, values, creating=True)
        overwritten = self._faults(sobject, "insert", values)
        rule_for(sobject.name).given(self, row)
        layout = self.layout(sobject)
        self._fill(layout, row)
        if layout.has_owner and "OwnerId" not in row:
            row["OwnerId"] = self.access.user_id
        missing = tuple(f.name for f in layout.required if row.get(f.name) is None)
        if missing:
            raise required_missing(missing)
        checks.references(self, sobject, row)
        checks.unique(self, sobject, row, own_id="")
        return self.create(sobject.name, row | overwritten)

    def update(self, sobject: SObject, record_id: str, values: Mapping[str, Any]) -> None:
        """Change the fields named in `values`; `record_id` has 18 characters."""
        old = self._held(sobject, record_id)
        changes = self._fields.read(sobject, values, creating=False)
        if not (sobject.updateable and self.access.object_permission(sobject.name).edit):
            raise no_access()
        checks.may_change(self, sobject, record_id)
        overwritten = self._faults(sobject, "update", {**old, **values})
        if changes.get(CODE, "") is None:
            changes[CODE] = self.currency
        missing = tuple(f.name for f in self.layout(sobject).required if f.name in changes and changes[f.name] is None)
        if missing:
            raise required_missing(missing)
        moved = {name: value for name, value in changes.items() if old[name] != value}
        checks.references(self, sobject, moved, old_owner=old.get("OwnerId"))
        checks.unique(self, sobject, moved, own_id=record_id)
        self.change(sobject.name, record_id, changes | overwritten, old=old)

    def upsert(
        self, sobject: SObject, key: Field, value: Any, values: Mapping[str, Any], *, update_only: bool = False
    ) -> tuple[str, bool]:
        """(Id, created). `key` is Id, an External ID or an idLookup field; several matches: DUPLICATE_EXTERNAL_ID."""
        if key.type == "id":
            if value is None and not update_only:
                return self.insert(sobject, values), True
            record_id = checks.record_id(sobject, value)
            self.update(sobject, record_id, values)
            return record_id, False
        found = checks.by_external_id(self, sobject, key, value)
        if len(found) > 1:
            raise ApiError(
                "DUPLICATE_EXTERNAL_ID",
                f"{key.label}: more than one record found for external id field: [{', '.join(found)}]",
                (key.name,),
            )
        if found:
            self.update(sobject, found[0], values)
            return found[0], False
        if update_only:
            raise ApiError("NOT_FOUND", "The requested resource does not exist", status=404)
        if not (key.createable and self.access.editable(sobject.name, key.name)):
            raise not_writable((key.name,))
        return self.insert(sobject, {**values, key.name: value}), True

    def delete(self, sobject: SObject, record_id: str) -> None:
        """To the recycle bin, with what hangs on it."""
        old = self._held(sobject, record_id)
        if not (sobject.deletable and self.access.object_permission(sobject.name).delete):
            raise no_access()
        checks.may_change(self, sobject, record_id)
        self._faults(sobject, "delete", old)
        delete_row(self, sobject, old)
        self.seen.clear()

    # -- unchecked writes, for rules too -------------------------------------------------------------------------

    def create(self, object_name: str, row: Row) -> str:
        """Insert a row of stored values, with its rules and system fields."""
        sobject = self.store.object(object_name)
        layout, rule = self.layout(sobject), rule_for(object_name)
        self._fill(layout, row)
        rule.before_insert(self, row)
        (record_id,) = self.store.allot(object_name)
        row |= {"Id": record_id}
        for name, value in self._stamps(creating=True).items():
            if name in layout.names:
                row[name] = value
        for field in layout.auto_numbers:
            row[field.name] = self.store.auto_number(sobject, field)
        if sobject.custom and row.get("Name") is None:
            row["Name"] = record_id
        self.con.execute(layout.insert_sql, [row.get(c) for c in layout.columns])
        rule.after_insert(self, row)
        return record_id

    def change(
        self, object_name: str, record_id: str, changes: Mapping[str, Any], *, old: Mapping[str, Any] | None = None
    ) -> None:
        """Update a row with stored values, with its rules and system fields."""
        sobject = self.store.object(object_name)
        before = old if old is not None else self._held(sobject, record_id)
        layout, rule, merged = self.layout(sobject), rule_for(object_name), dict(changes)
        rule.before_update(self, before, merged)
        merged |= {n: v for n, v in self._stamps(creating=False).items() if n in layout.names}
        assignments = ", ".join(f'"{name}" = ?' for name in merged)
        self.con.execute(f'UPDATE "{sobject.name}" SET {assignments} WHERE "Id" = ?', [*merged.values(), record_id])
        rule.after_update(self, before, {**before, **merged})

    @cached_property
    def below(self) -> frozenset[str]:
        """Ids of the users below the running one in the role hierarchy."""
        role = self.access.role_id
        return frozenset(row[0] for row in self.con.execute(BELOW, (role,))) if role else frozenset()

    @cached_property
    def currency(self) -> str | None:
        """The running user's own; None in an org with one currency."""
        return (self.store.get("User", self.access.user_id) or {}).get(USER_DEFAULT)

    # -- inside --------------------------------------------------------------------------------------------------

    def _fill(self, layout: Layout, row: Row) -> None:
        if CODE in layout.names and row.get(CODE) is None:
            row[CODE] = self.currency
        for name, default in layout.defaults.items():
            row.setdefault(name, default)

    def _stamps(self, *, creating: bool) -> Row:
        user = self.access.user_id
        stamps = {"LastModifiedDate": self.now, "LastModifiedById": user, "SystemModstamp": self.now}
        return stamps | {"CreatedDate": self.now, "CreatedById": user, "IsDeleted": 0} if creating else stamps

    def _held(self, sobject: SObject, record_id: str) -> Row:
        old = self.store.get(sobject.name, record_id)
        if old is None:
            raise invalid_reference()
        if old.get("IsDeleted"):
            raise is_deleted()
        return old

    def _faults(self, sobject: SObject, operation: str, record: Mapping[str, Any]) -> Row:
        """Faults on order for this row: raised, or the values that the org's automation puts in place of ours."""
        call = (sobject.name, operation)
        if call not in self._chunks:
            self._chunks[call] = self._chunk_fault(*call)
        if (refused := self._chunks[call]) is not None:
            raise refused
        faults = self._org.faults
        struck = faults.on_row(sobject.name, operation, record, kinds=(ROW_ERROR, ENTITY_LOCKED))
        if struck is not None and struck.kind == ENTITY_LOCKED:
            raise ApiError("ENTITY_IS_LOCKED", "the entity is locked for editing")
        if struck is not None:
            raise ApiError(struck.code, struck.message, struck.fields)
        return {fault.field: fault.value for fault in faults.all_on_row(sobject.name, operation, record, OVERWRITE)}

    def _chunk_fault(self, object_name: str, operation: str) -> ApiError | None:
        struck = self._org.faults.on_call(CHUNK_LIMIT, object_name, operation, rows=self.rows)
        if struck is None:
            return None
        return ApiError(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            f"{object_name}Trigger: System.LimitException: Apex CPU time limit exceeded",
        )

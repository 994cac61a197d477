"""The header of an upload: which column goes where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sf_lifecycle.localorg.access import Access
from sf_lifecycle.localorg.bulk.formats import BulkError
from sf_lifecycle.localorg.schema import Field, Schema, SObject

_CLEAR = "#N/A"
_BOOLEANS = {"1": "true", "0": "false"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a column's values go: a field, or with `external_id` the parent that has the value there."""

    field: Field
    external_id: str = ""
    parent_type: str = ""

    @property
    def key(self) -> str:
        return str(self.field.relationship_name) if self.external_id else self.field.name

    def value(self, cell: str) -> Any:
        """The value as in a JSON body. The cell is not empty: an empty one says nothing."""
        if cell == _CLEAR:
            return None
        if not self.external_id:
            return _BOOLEANS.get(cell, cell) if self.field.type == "boolean" else cell
        nested: dict[str, Any] = {self.external_id: cell}
        return {"attributes": {"type": self.parent_type}, **nested} if self.parent_type else nested

    def target_key(self, value: Any) -> str:
        """A parent that is cleared is cleared by its Id."""
        return self.field.name if value is None else self.key


def read_header(names: Sequence[str], sobject: SObject, schema: Schema, access: Access) -> list[Target]:
    """A target per column; BulkError for a column that leads nowhere the user may go."""
    targets = [_target(name, sobject, schema, access) for name in names]
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise BulkError(f"InvalidBatch : Duplicate column in CSV: {name}")
        seen.add(name.lower())
    return targets


def _target(name: str, sobject: SObject, schema: Schema, access: Access) -> Target:
    if "." not in name:
        found = sobject.get(name)
        if found is None or not access.readable(sobject.name, found.name):
            raise BulkError(f"InvalidBatch : Field name not found : {name}")
        return Target(field=found)
    kind, _, path = name.rpartition(":")
    relationship, _, external_id = path.partition(".")
    link = sobject.by_relationship(relationship)
    if link is None or not access.readable(sobject.name, link.name):
        raise BulkError(f"InvalidBatch : Field name not found : {name}")
    if kind and not link.polymorphic:
        raise BulkError(f"InvalidBatch : type is not needed for non polymorphic foreign key reference: {name}")
    if link.polymorphic and kind.lower() not in {t.lower() for t in link.reference_to}:
        raise BulkError(f"InvalidBatch : type is needed for polymorphic foreign key reference: {name}")
    parent = schema.get(kind or link.reference_to[0])
    key = parent.get(external_id) if parent is not None else None
    if parent is None or key is None or not access.readable(parent.name, key.name):
        raise BulkError(f"InvalidBatch : Field name not found : {name}")
    if not (key.external_id or key.id_lookup):
        raise BulkError(f"InvalidBatch : Field is not an external id or indexed: {name}")
    return Target(field=link, external_id=key.name, parent_type=parent.name if kind else "")

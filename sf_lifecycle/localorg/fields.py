"""From the fields of a request body to stored values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import checks
from .errors import ApiError, no_such_column, not_writable
from .schema import Field, SObject
from .values import to_stored

if TYPE_CHECKING:
    from .records import Writer

Target = Field | None  # None: there, but not to be written


class FieldReader:
    """Reads bodies for one user; what the user may write is looked up once per field."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._known: dict[tuple[str, str, bool], Target] = {}

    def read(self, sobject: SObject, values: Mapping[str, Any], *, creating: bool) -> dict[str, Any]:
        """Stored values by field name. ApiError for a field that is not there, or not to be written, or a bad value."""
        row: dict[str, Any] = {}
        refused: list[str] = []
        targets: list[tuple[Field, Any]] = []
        for name, value in values.items():
            if name == "attributes":
                continue
            field = self._target(sobject, name, creating=creating, nested=isinstance(value, dict))
            if field is None:
                refused.append(name)
            else:
                targets.append((field, value))
        if refused:
            raise not_writable(tuple(refused))
        for field, value in targets:
            if isinstance(value, dict) and field.type == "reference":
                row[field.name] = self._related(sobject, field, value)
            else:
                row[field.name] = to_stored(field, value)
        return row

    def _target(self, sobject: SObject, name: str, *, creating: bool, nested: bool) -> Target:
        key = (sobject.name, name, nested)
        if key in self._known:
            return self._known[key]
        field = sobject.by_relationship(name) if nested else None
        field = field or sobject.get(name)
        access = self._writer.access
        if field is None or not access.readable(sobject.name, field.name):
            raise no_such_column(name, sobject.name)
        allowed = field.createable if creating else field.updateable
        writable = allowed and field.stored and access.editable(sobject.name, field.name)
        self._known[key] = field if writable else None
        return self._known[key]

    def _related(self, sobject: SObject, field: Field, nested: Mapping[str, Any]) -> str:
        """The Id of a parent named by an external id: `"Account": {"Ext__c": "v"}`."""
        schema = self._writer.store.schema
        attributes = nested.get("attributes")
        named = attributes.get("type") if isinstance(attributes, dict) else None
        parent = schema.get(named or field.reference_to[0])
        given = [(k, v) for k, v in nested.items() if k != "attributes"]
        if parent is None or len(given) != 1:
            raise ApiError("INVALID_FIELD", f"Foreign key external ID must name one field of {field.reference_to[0]}")
        name, value = given[0]
        key = parent.get(name)
        if key is None or not (key.external_id or key.id_lookup):
            raise no_such_column(name, parent.name)
        found = checks.by_external_id(self._writer, parent, key, value)
        if not found:
            raise ApiError(
                "INVALID_FIELD",
                f"Foreign key external ID: {value} not found for field {key.name} in entity {parent.name}",
            )
        if len(found) > 1:
            raise ApiError(
                "DUPLICATE_EXTERNAL_ID",
                f"{key.label}: more than one record found for external id field: [{', '.join(found)}]",
                (key.name,),
            )
        return found[0]

"""What a write needs to know about an object, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .ddl import stored_fields
from .schema import Field, SObject


@dataclass(frozen=True, kw_only=True)
class Layout:
    sobject: SObject
    names: frozenset[str]
    defaults: Mapping[str, Any]  # stored values for fields an insert does not name
    required: tuple[Field, ...]  # never null, once defaults are in
    unique: tuple[Field, ...]
    references: Mapping[str, Field]
    auto_numbers: tuple[Field, ...]
    has_owner: bool
    insert_sql: str
    columns: tuple[str, ...]


def layout_of(sobject: SObject) -> Layout:
    stored = stored_fields(sobject)
    columns = tuple(f.name for f in stored)
    names = ", ".join(f'"{c}"' for c in columns)
    return Layout(
        sobject=sobject,
        names=frozenset(columns),
        defaults={f.name: d for f in stored if (d := default_of(f)) is not None},
        required=tuple(
            f for f in stored if f.createable and not f.nillable and f.type != "boolean" and f.name != "OwnerId"
        ),
        unique=tuple(f for f in stored if f.unique),
        references={f.name: f for f in stored if f.type == "reference"},
        auto_numbers=tuple(f for f in stored if f.auto_number),
        has_owner="OwnerId" in columns,
        insert_sql=f'INSERT INTO "{sobject.name}" ({names}) VALUES ({", ".join("?" * len(columns))})',
        columns=columns,
    )


def default_of(field: Field) -> Any:
    """The stored value of a field nobody gave one; None where there is none."""
    if field.type == "boolean":
        return int(field.default_value is True)
    if field.default_value is not None:
        return field.default_value
    if field.nillable:
        return None
    if field.is_number and not field.createable:
        return 0  # counters, such as those of a campaign
    if field.type == "picklist" and field.defaulted_on_create and field.picklist_values:
        return field.picklist_values[0].value
    return None

"""The standard objects, from the packaged descriptions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from .schema import ChildRelationship, Field, PicklistValue, Schema, SObject


def load_standard(folder: Path | None = None) -> Schema:
    """All standard objects, read from `*.json` in a folder (default: those of the package)."""
    source = files("sf_lifecycle") / "standard_objects" if folder is None else folder
    objects = [
        read_object(json.loads(entry.read_text(encoding="utf-8")))
        for entry in sorted(source.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".json")
    ]
    return Schema(objects={o.name.lower(): o for o in objects})


def read_object(data: Mapping[str, Any]) -> SObject:
    fields = [read_field(f) for f in data["fields"]]
    return SObject(
        name=data["name"],
        label=data.get("label", data["name"]),
        label_plural=data.get("labelPlural", data["name"] + "s"),
        key_prefix=data.get("keyPrefix"),
        createable=data.get("createable", False),
        updateable=data.get("updateable", False),
        deletable=data.get("deletable", False),
        queryable=data.get("queryable", False),
        fields={f.name.lower(): f for f in fields},
        child_relationships=tuple(_child(c) for c in data.get("childRelationships", ())),
    )


def _child(data: Mapping[str, Any]) -> ChildRelationship:
    return ChildRelationship(
        child_sobject=data["childSObject"],
        field=data["field"],
        relationship_name=data.get("relationshipName"),
        cascade_delete=data.get("cascadeDelete", False),
    )


def read_field(data: Mapping[str, Any]) -> Field:
    picklist = tuple(
        PicklistValue(
            value=v["value"],
            label=v.get("label", v["value"]),
            default=v.get("default", False),
            active=v.get("active", True),
        )
        for v in data.get("picklistValues", ())
    )
    is_boolean = data["type"] == "boolean"
    default = next((v.value for v in picklist if v.default), None)
    return Field(
        name=data["name"],
        label=data.get("label", data["name"]),
        type=data["type"],
        length=data.get("length", 0),
        precision=data.get("precision", 0),
        scale=data.get("scale", 0),
        digits=data.get("digits", 0),
        nillable=data.get("nillable", False),
        createable=data.get("createable", False),
        updateable=data.get("updateable", False),
        defaulted_on_create=data.get("defaultedOnCreate", False),
        calculated=data.get("calculated", False),
        auto_number=data.get("autoNumber", False),
        external_id=data.get("externalId", False),
        id_lookup=data.get("idLookup", False),
        unique=data.get("unique", False),
        filterable=data.get("filterable", False),
        sortable=data.get("sortable", False),
        groupable=data.get("groupable", False),
        name_field=data.get("nameField", False),
        restricted_picklist=data.get("restrictedPicklist", False),
        picklist_values=picklist,
        reference_to=tuple(data.get("referenceTo", ())),
        relationship_name=data.get("relationshipName"),
        compound_field_name=data.get("compoundFieldName"),
        default_value=False if is_boolean else default,
        optional=data.get("optional", False),
    )

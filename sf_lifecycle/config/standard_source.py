"""Standard objects from the descriptions that come with the program."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import Any

import orjson

from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.config.shipped import standard_objects_dir


@cache
def standard_schema() -> OrgSchema:
    """Every standard object known, as a plain org's administrator would see it."""
    described = (orjson.loads(path.read_bytes()) for path in sorted(standard_objects_dir().glob("*.json")))
    objects = {info["name"]: _object(info) for info in described}
    return OrgSchema(objects=MappingProxyType(objects), source="the standard objects")


def _object(info: dict[str, Any]) -> ObjectInfo:
    return ObjectInfo(
        name=info["name"],
        label=info.get("label", ""),
        key_prefix=info.get("keyPrefix", ""),
        createable=info.get("createable", False),
        updateable=info.get("updateable", False),
        deletable=info.get("deletable", False),
        fields=MappingProxyType({field["name"]: _field(field) for field in info["fields"]}),
    )


def _field(field: dict[str, Any]) -> FieldInfo:
    """An absent key is false, empty or 0, unlike FieldInfo's own defaults.

    No picklist is restricted: which values there are is each org's own affair, and only its description tells.
    """
    values = field.get("picklistValues", ())
    return FieldInfo(
        name=field["name"],
        type=field["type"],
        label=field.get("label", ""),
        length=field.get("length", 0),
        precision=field.get("precision", 0) or field.get("digits", 0),
        scale=field.get("scale", 0),
        nillable=field.get("nillable", False),
        createable=field.get("createable", False),
        updateable=field.get("updateable", False),
        defaulted_on_create=field.get("defaultedOnCreate", False),
        calculated=field.get("calculated", False),
        external_id=field.get("externalId", False),
        unique=field.get("unique", False),
        picklist=tuple(value["value"] for value in values if value.get("active")),
        reference_to=tuple(field.get("referenceTo", ())),
        relationship_name=field.get("relationshipName") or "",
    )

"""Descriptions of objects, 25 in one call, as the configuration's own values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.salesforce import soql
from sf_lifecycle.salesforce.transport import Transport, batch, raise_result

_PER_CALL = 25
_WHAT = "Reading the descriptions of objects"


def describe_objects(transport: Transport, objects: Collection[str]) -> OrgSchema:
    """The objects as the running user sees them; one that is missing or hidden is not in the result."""
    found: dict[str, ObjectInfo] = {}
    names = sorted({soql.name(name) for name in objects})
    for start in range(0, len(names), _PER_CALL):
        part = names[start : start + _PER_CALL]
        urls = [f"v{transport.version}/sobjects/{name}/describe" for name in part]
        for name, (status, body) in zip(part, batch(transport, urls, what=_WHAT), strict=True):
            if status == 200:
                info = object_info(body)
                found[info.name] = info
            elif status != 404:
                raise_result(status, body, f"Reading the description of {name}")
    return OrgSchema(objects=found, source=f"the org at {transport.base}")


def object_info(described: Mapping[str, Any]) -> ObjectInfo:
    """One sObject from its REST describe."""
    fields = [_field_info(each) for each in described["fields"]]
    return ObjectInfo(
        name=described["name"],
        label=described.get("label") or "",
        key_prefix=described.get("keyPrefix") or "",
        createable=bool(described.get("createable", True)),
        updateable=bool(described.get("updateable", True)),
        deletable=bool(described.get("deletable", True)),
        fields={info.name: info for info in fields},
    )


def _field_info(each: Mapping[str, Any]) -> FieldInfo:
    targets = [str(name) for name in each.get("referenceTo") or ()]
    # An owner is a user or a queue; paths through it (Owner.IsActive) mean the user.
    targets.sort(key=lambda name: name != "User")
    return FieldInfo(
        name=each["name"],
        type=each["type"],
        label=each.get("label") or "",
        length=int(each.get("length") or 0),
        precision=int(each.get("precision") or each.get("digits") or 0),
        scale=int(each.get("scale") or 0),
        nillable=bool(each.get("nillable")),
        createable=bool(each.get("createable")),
        updateable=bool(each.get("updateable")),
        defaulted_on_create=bool(each.get("defaultedOnCreate")),
        calculated=bool(each.get("calculated")),
        external_id=bool(each.get("externalId")),
        unique=bool(each.get("unique")),
        restricted_picklist=bool(each.get("restrictedPicklist")),
        picklist=tuple(entry["value"] for entry in each.get("picklistValues") or () if entry.get("active", True)),
        reference_to=tuple(targets),
        relationship_name=each.get("relationshipName") or "",
    )

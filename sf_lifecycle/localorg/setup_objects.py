"""Objects that describe the org itself, beside those of the packaged descriptions: who is granted what, what is shared.

Their rows follow from the metadata (`setup_rows`); nobody writes them through the API.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .schema import Field, Schema, SObject
from .system_fields import system_fields

# Rights that profiles and permission sets show as a field each, beside those of the packaged descriptions.
_RIGHTS = ("ManageUsers", "CustomizeApplication", "ViewRoles", "EditEvent", "BulkApiHardDelete")
_GRANTS = ("Create", "Read", "Edit", "Delete", "ViewAllRecords", "ModifyAllRecords")
_USABLE: dict[str, Any] = {"filterable": True, "sortable": True, "groupable": True}
SETUP_OBJECTS = (
    "EntityDefinition",
    "ObjectPermissions",
    "FieldPermissions",
    "UserLicense",
    "PermissionSetLicense",
    "PermissionSetLicenseAssign",
)


def with_setup_objects(schema: Schema) -> Schema:
    """The schema with these objects, and the missing rights on Profile and PermissionSet."""
    added = [
        _object("EntityDefinition", None, *_texts("DurableId", "QualifiedApiName", "DeveloperName", "Label"),
                *_texts("PluralLabel", "KeyPrefix", "InternalSharingModel", "ExternalSharingModel"),
                *_flags("IsCustomizable", "IsQueryable", "IsCustomSetting")),
        _object("ObjectPermissions", "110", _link("ParentId", "PermissionSet", "Parent"), *_texts("SobjectType"),
                *_flags(*(f"Permissions{grant}" for grant in _GRANTS))),
        _object("FieldPermissions", "01k", _link("ParentId", "PermissionSet", "Parent"),
                *_texts("SobjectType", "Field"), *_flags("PermissionsRead", "PermissionsEdit")),
        _object("UserLicense", "100", *_texts("Name", "MasterLabel", "LicenseDefinitionKey", "Status")),
        _object("PermissionSetLicense", "0PL", *_texts("DeveloperName", "MasterLabel", "Status")),
        _object("PermissionSetLicenseAssign", "2LA", _link("AssigneeId", "User", "Assignee"),
                _link("PermissionSetLicenseId", "PermissionSetLicense", "PermissionSetLicense")),
    ]  # fmt: skip
    objects = {**schema.objects, **{one.name.lower(): one for one in added}}
    for name in ("profile", "permissionset"):
        held = objects[name]
        missing = [right for right in _RIGHTS if held.get(f"Permissions{right}") is None]
        fields = {field.name.lower(): field for field in _flags(*(f"Permissions{right}" for right in missing))}
        objects[name] = replace(held, fields={**held.fields, **fields})
    return Schema(objects={**objects, "profile": _licensed(objects["profile"])})


def _licensed(profile: SObject) -> SObject:
    """Profiles lead to their licence."""
    link = _link("UserLicenseId", "UserLicense", "UserLicense")
    return replace(profile, fields={**profile.fields, "userlicenseid": link})


def _object(name: str, prefix: str | None, *fields: Field) -> SObject:
    every = [*(f for f in system_fields(deletable=False) if prefix is not None or f.name == "Id"), *fields]
    return SObject(
        name=name, label=name, label_plural=name, key_prefix=prefix, fields={f.name.lower(): f for f in every}
    )


def _texts(*names: str) -> list[Field]:
    return [Field(name=name, label=name, type="string", length=255, nillable=True, **_USABLE) for name in names]


def _flags(*names: str) -> list[Field]:
    return [
        Field(name=n, label=n, type="boolean", defaulted_on_create=True, default_value=False, **_USABLE) for n in names
    ]


def _link(name: str, to: str, relationship: str) -> Field:
    return Field(
        name=name,
        label=name,
        type="reference",
        length=18,
        reference_to=(to,),
        relationship_name=relationship,
        nillable=True,
        **_USABLE,
    )

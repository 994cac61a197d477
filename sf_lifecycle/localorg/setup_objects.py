"""Set-up objects that are not among the packaged descriptions: who may see and do what."""

from __future__ import annotations

from typing import Any

from .schema import Field, SObject

_USABLE: dict[str, Any] = {"filterable": True, "sortable": True, "groupable": True}


def system_fields(*, owner: bool = False, deletable: bool = True) -> list[Field]:
    """The fields every record has. `deletable`: whether the object has a recycle bin flag."""
    found = [
        Field(name="Id", label="Record ID", type="id", length=18, defaulted_on_create=True, id_lookup=True, **_USABLE)
    ]
    if owner:
        found.append(
            _reference(
                "OwnerId", "Owner ID", ("Group", "User"), "Owner", createable=True, updateable=True, defaulted=True
            )
        )
    if deletable:
        found.append(
            Field(
                name="IsDeleted",
                label="Deleted",
                type="boolean",
                defaulted_on_create=True,
                default_value=False,
                **_USABLE,
            )
        )
    for stem, person in (("Created", "Created"), ("LastModified", "Last Modified")):
        found.append(
            Field(
                name=f"{stem}Date",
                label=f"{person} Date",
                type="datetime",
                defaulted_on_create=True,
                filterable=True,
                sortable=True,
            )
        )
        found.append(_reference(f"{stem}ById", f"{person} By ID", ("User",), f"{stem}By", defaulted=True))
    found.append(
        Field(
            name="SystemModstamp",
            label="System Modstamp",
            type="datetime",
            defaulted_on_create=True,
            filterable=True,
            sortable=True,
        )
    )
    return found


def _reference(
    name: str,
    label: str,
    to: tuple[str, ...],
    relationship: str,
    *,
    createable: bool = False,
    updateable: bool = False,
    defaulted: bool = False,
    nillable: bool = False,
) -> Field:
    return Field(
        name=name,
        label=label,
        type="reference",
        length=18,
        reference_to=to,
        relationship_name=relationship,
        createable=createable,
        updateable=updateable,
        defaulted_on_create=defaulted,
        nillable=nillable,
        **_USABLE,
    )


def _text(name: str, label: str, length: int, *, nillable: bool = False, name_field: bool = False) -> Field:
    return Field(
        name=name,
        label=label,
        type="string",
        length=length,
        createable=True,
        updateable=True,
        nillable=nillable,
        name_field=name_field,
        **_USABLE,
    )


def _flag(name: str, label: str) -> Field:
    return Field(
        name=name,
        label=label,
        type="boolean",
        createable=True,
        updateable=True,
        defaulted_on_create=True,
        default_value=False,
        **_USABLE,
    )


def setup_objects() -> list[SObject]:
    editable = {"createable": True, "updateable": True}
    return [
        _object(
            "UserRole",
            "Role",
            "00E",
            [
                _text("Name", "Name", 80, name_field=True),
                _reference("ParentRoleId", "Parent Role ID", ("UserRole",), "ParentRole", nillable=True, **editable),
                _text("DeveloperName", "Developer Name", 80, nillable=True),
            ],
        ),
        _object(
            "Profile",
            "Profile",
            "00e",
            [_text("Name", "Name", 255, name_field=True), _text("UserType", "User Type", 40, nillable=True)],
        ),
        _object(
            "PermissionSet",
            "Permission Set",
            "0PS",
            [
                _text("Name", "Permission Set Name", 80, name_field=True),
                _text("Label", "Permission Set Label", 80, nillable=True),
                _reference("ProfileId", "Profile ID", ("Profile",), "Profile", nillable=True, **editable),
                _flag("IsOwnedByProfile", "Is Owned By Profile"),
            ],
        ),
        _object(
            "PermissionSetAssignment",
            "Permission Set Assignment",
            "0Pa",
            [
                _reference("PermissionSetId", "PermissionSet ID", ("PermissionSet",), "PermissionSet", **editable),
                _reference("AssigneeId", "Assignee ID", ("User",), "Assignee", **editable),
            ],
        ),
    ]


def _object(name: str, label: str, prefix: str, fields: list[Field]) -> SObject:
    everything = system_fields(deletable=False) + fields
    return SObject(
        name=name,
        label=label,
        label_plural=label + "s",
        key_prefix=prefix,
        createable=True,
        updateable=True,
        deletable=True,
        fields={f.name.lower(): f for f in everything},
    )

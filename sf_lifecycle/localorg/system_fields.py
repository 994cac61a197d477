"""The fields that every record of a custom object has."""

from __future__ import annotations

from typing import Any

from .schema import Field

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

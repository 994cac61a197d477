"""A custom object from its object-meta.xml."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from .ids import encode
from .schema import Field, SObject
from .sfdx_xml import child, flag, text
from .system_fields import system_fields

_FIRST_PREFIX = 36 * 62 * 62  # 'a00' in base 62
_NAME_LENGTH = 80


def custom_object(name: str, root: ET.Element, number: int) -> SObject:
    """The object without its custom fields. `number` counts them from 0: key prefix a00, a01…."""
    sharing = text(root, "sharingModel") or "ReadWrite"
    fields = [*system_fields(owner=sharing != "ControlledByParent"), _name_field(root)]
    if flag(root, "enableActivities"):
        fields.append(
            Field(
                name="LastActivityDate",
                label="Last Activity Date",
                type="date",
                nillable=True,
                filterable=True,
                sortable=True,
                groupable=True,
            )
        )
    label = text(root, "label") or name.removesuffix("__c").replace("_", " ")
    return SObject(
        name=name,
        label=label,
        label_plural=text(root, "pluralLabel") or label + "s",
        key_prefix=encode(_FIRST_PREFIX + number, 3),
        createable=True,
        updateable=True,
        deletable=True,
        custom=True,
        sharing_model=sharing,
        activities=flag(root, "enableActivities"),
        fields={f.name.lower(): f for f in fields},
    )


def _name_field(root: ET.Element) -> Field:
    meta = child(root, "nameField")
    automatic = meta is not None and text(meta, "type") == "AutoNumber"
    return Field(
        name="Name",
        label=(text(meta, "label") if meta is not None else "") or "Name",
        type="string",
        length=_NAME_LENGTH,
        nillable=not automatic,
        createable=not automatic,
        updateable=not automatic,
        defaulted_on_create=automatic,
        auto_number=automatic,
        auto_number_format=(text(meta, "displayFormat") if meta is not None else "") or "{0}",
        id_lookup=True,
        name_field=True,
        filterable=True,
        sortable=True,
        groupable=True,
    )

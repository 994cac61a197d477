"""A custom field from its field-meta.xml."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from .schema import Field, PicklistValue
from .sfdx_xml import child, children, flag, number, text

# metadata type -> describe type, length where the metadata does not give one
_TYPES: dict[str, tuple[str, int]] = {
    "Text": ("string", 255),
    "TextArea": ("textarea", 255),
    "LongTextArea": ("textarea", 32768),
    "Html": ("textarea", 32768),
    "Email": ("email", 80),
    "Phone": ("phone", 40),
    "Url": ("url", 255),
    "Picklist": ("picklist", 255),
    "MultiselectPicklist": ("multipicklist", 4099),
    "Checkbox": ("boolean", 0),
    "Date": ("date", 0),
    "DateTime": ("datetime", 0),
    "Number": ("double", 0),
    "Currency": ("currency", 0),
    "Percent": ("percent", 0),
    "Lookup": ("reference", 18),
    "MasterDetail": ("reference", 18),
    "AutoNumber": ("string", 30),
}
_NOT_FILTERABLE = {"LongTextArea", "Html"}
_NOT_GROUPABLE = {*_NOT_FILTERABLE, "TextArea", "MultiselectPicklist", "DateTime", "Number", "Currency", "Percent"}


def field_from_xml(root: ET.Element) -> Field:
    """The field as a describe shows it. A formula is a calculated, read-only field (its value is not worked out)."""
    name, kind = text(root, "fullName"), text(root, "type")
    if not kind:  # a standard field, of which only the changes are in the file
        return Field(name=name, label=name, type="picklist", picklist_values=_values(root))
    if kind not in _TYPES:
        raise ValueError(f"{name}: fields of type {kind} are not known here")
    type_, length = _TYPES[kind]
    calculated = bool(text(root, "formula")) or kind == "Summary"
    automatic = kind == "AutoNumber"
    writable = not calculated and not automatic
    detail = kind == "MasterDetail"
    values = _values(root)
    default = _default(root, type_, values)
    return Field(
        name=name,
        label=text(root, "label") or name,
        type=type_,
        length=number(root, "length", length) if type_ in ("string", "textarea") else length,
        precision=number(root, "precision") if type_ in ("double", "currency", "percent") else 0,
        scale=number(root, "scale") if type_ in ("double", "currency", "percent") else 0,
        nillable=type_ != "boolean" and not flag(root, "required") and not detail and not automatic,
        createable=writable,
        updateable=writable and (not detail or flag(root, "reparentableMasterDetail")),
        defaulted_on_create=type_ == "boolean" or automatic or default is not None,
        calculated=calculated,
        auto_number=automatic,
        auto_number_format=text(root, "displayFormat"),
        external_id=flag(root, "externalId"),
        id_lookup=flag(root, "externalId"),
        unique=flag(root, "unique"),
        case_sensitive=flag(root, "caseSensitive"),
        filterable=kind not in _NOT_FILTERABLE,
        sortable=kind not in _NOT_FILTERABLE and kind != "MultiselectPicklist",
        groupable=kind not in _NOT_GROUPABLE,
        restricted_picklist=_restricted(root),
        picklist_values=values,
        default_value=default,
        custom=True,
        master_detail=detail,
        reparentable=flag(root, "reparentableMasterDetail"),
        **_relation(root, name),
    )


def _relation(root: ET.Element, name: str) -> dict[str, Any]:
    if not text(root, "referenceTo"):
        return {}
    return {
        "reference_to": (text(root, "referenceTo"),),
        "relationship_name": name.removesuffix("__c") + "__r",
        "child_relationship": text(root, "relationshipName") or None,
    }


def _restricted(root: ET.Element) -> bool:
    value_set = child(root, "valueSet")
    return value_set is not None and flag(value_set, "restricted")


def _values(root: ET.Element) -> tuple[PicklistValue, ...]:
    value_set = child(root, "valueSet")
    definition = child(value_set, "valueSetDefinition") if value_set is not None else None
    if definition is None:
        return ()
    return tuple(
        PicklistValue(
            value=text(v, "fullName"),
            label=text(v, "label") or text(v, "fullName"),
            default=flag(v, "default"),
            active=flag(v, "isActive", default=True),
        )
        for v in children(definition, "value")
    )


def _default(root: ET.Element, type_: str, values: tuple[PicklistValue, ...]) -> str | bool | float | None:
    """A constant default. Formula defaults other than constants are not worked out."""
    written = text(root, "defaultValue")
    if type_ == "boolean":
        return written.lower() == "true"
    if type_ in ("picklist", "multipicklist"):
        return next((v.value for v in values if v.default), None)
    if not written:
        return None
    if type_ in ("double", "currency", "percent"):
        try:
            return float(written)
        except ValueError:
            return None
    if len(written) > 1 and written[0] == written[-1] and written[0] in "\"'":
        return written[1:-1]
    return None

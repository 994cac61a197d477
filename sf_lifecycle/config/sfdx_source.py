"""Custom objects and fields from an SFDX project's source, as Salesforce's metadata names them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree as ET

from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.errors import ConfigError, Problem

SPACE = "{http://soap.sforce.com/2006/04/metadata}"
# Fields of Activity are fields of both of these.
ACTIVITY = {"Activity": ("Task", "Event")}
TYPES = {
    "AutoNumber": "string",
    "Checkbox": "boolean",
    "Currency": "currency",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "EncryptedText": "encryptedstring",
    "Html": "textarea",
    "Location": "location",
    "LongTextArea": "textarea",
    "Lookup": "reference",
    "MasterDetail": "reference",
    "MultiselectPicklist": "multipicklist",
    "Number": "double",
    "Percent": "percent",
    "Phone": "phone",
    "Picklist": "picklist",
    "Summary": "double",
    "Text": "string",
    "TextArea": "textarea",
    "Time": "time",
    "Url": "url",
}


def sfdx_schema(project: Path, *, shown: str) -> OrgSchema:
    """The objects below `project`: the fields written there, and for custom objects those that every object has.

    A folder without objects gives none. Raises ConfigError for files that are no metadata.
    """
    problems: list[Problem] = []
    fields: dict[str, dict[str, FieldInfo]] = {}
    labels: dict[str, str] = {}
    for folder in sorted(path for path in project.glob("**/objects/*") if path.is_dir()):
        own = dict(_fields(folder, project, shown, problems))
        for name in ACTIVITY.get(folder.name, (folder.name,)):
            root = _parsed(folder / f"{folder.name}.object-meta.xml", project, shown, problems)
            if name.endswith("__c"):
                fields.setdefault(name, {}).update(_system_fields(root))
            if root is not None:
                labels[name] = _text(root, "label")
            fields.setdefault(name, {}).update(own)
    if problems:
        raise ConfigError(problems)
    objects = {
        name: ObjectInfo(name=name, label=labels.get(name, ""), fields=MappingProxyType(own))
        for name, own in fields.items()
    }
    return OrgSchema(objects=MappingProxyType(objects), source=f"the SFDX source in {shown}")


def _fields(folder: Path, project: Path, shown: str, problems: list[Problem]) -> Iterator[tuple[str, FieldInfo]]:
    for path in sorted((folder / "fields").glob("*.field-meta.xml")):
        root = _parsed(path, project, shown, problems)
        if root is None:
            continue
        kind = _text(root, "type")
        if kind in TYPES:  # without a type it is a standard field, of which only changes are written
            yield _text(root, "fullName"), _field(root, kind)


def _field(root: ET.Element, kind: str) -> FieldInfo:
    name, type_ = _text(root, "fullName"), TYPES[kind]
    computed = kind in ("AutoNumber", "Summary") or bool(_text(root, "formula"))
    detail = kind == "MasterDetail"
    return FieldInfo(
        name=name,
        type=type_,
        label=_text(root, "label"),
        length=_number(root, "length"),
        precision=_number(root, "precision"),
        scale=_number(root, "scale"),
        nillable=not (_flag(root, "required") or detail or type_ == "boolean"),
        createable=not computed,
        updateable=not computed and (not detail or _flag(root, "reparentableMasterDetail")),
        defaulted_on_create=type_ == "boolean" or bool(_text(root, "defaultValue")),
        calculated=computed and kind != "AutoNumber",
        external_id=_flag(root, "externalId"),
        unique=_flag(root, "unique"),
        restricted_picklist=_text(root, f"valueSet/{SPACE}restricted") == "true",
        picklist=tuple(_values(root)),
        reference_to=tuple(filter(None, (_text(root, "referenceTo"),))),
        relationship_name=name.removesuffix("__c") + "__r" if type_ == "reference" else "",
    )


def _values(root: ET.Element) -> Iterator[str]:
    for value in root.iterfind(f"{SPACE}valueSet/{SPACE}valueSetDefinition/{SPACE}value"):
        if _text(value, "isActive") != "false":
            yield _text(value, "fullName")


def _system_fields(root: ET.Element | None) -> dict[str, FieldInfo]:
    """What every custom object has. A detail is owned through its master, so it has no owner of its own."""
    numbered = root is not None and _text(root, f"nameField/{SPACE}type") == "AutoNumber"
    is_detail = root is not None and _text(root, "sharingModel") == "ControlledByParent"
    made = [
        FieldInfo(name="Id", type="id", length=18, nillable=False, defaulted_on_create=True),
        FieldInfo(name="Name", type="string", length=80, createable=not numbered, updateable=not numbered),
        FieldInfo(name="IsDeleted", type="boolean", nillable=False, defaulted_on_create=True),
    ]
    made += [_system(name, "datetime") for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")]
    made += [_user(name) for name in ("CreatedById", "LastModifiedById")]
    if not is_detail:
        made.append(_user("OwnerId", writable=True))
    if root is not None and _flag(root, "enableActivities"):
        made.append(FieldInfo(name="LastActivityDate", type="date"))
    return {field.name: field for field in made}


def _system(name: str, type_: str) -> FieldInfo:
    return FieldInfo(name=name, type=type_, nillable=False, defaulted_on_create=True)


def _user(name: str, *, writable: bool = False) -> FieldInfo:
    return FieldInfo(
        name=name,
        type="reference",
        length=18,
        nillable=False,
        defaulted_on_create=True,
        createable=writable,
        updateable=writable,
        reference_to=("User",),
        relationship_name=name.removesuffix("Id"),
    )


def _parsed(path: Path, project: Path, shown: str, problems: list[Problem]) -> ET.Element | None:
    if not path.is_file():
        return None
    try:
        # The project is the user's own files, and expat limits the expansion of entities.
        return ET.parse(path).getroot()  # noqa: S314
    except (ET.ParseError, OSError) as error:
        name = f"{shown}/{path.relative_to(project).as_posix()}"
        problems.append(Problem(file=name, place="", message=f"not metadata that can be read: {error}"))
        return None


def _text(root: ET.Element, name: str) -> str:
    return (root.findtext(f"{SPACE}{name}") or "").strip()


def _flag(root: ET.Element, name: str) -> bool:
    return _text(root, name) == "true"


def _number(root: ET.Element, name: str) -> int:
    text = _text(root, name)
    return int(text) if text.isdecimal() else 0

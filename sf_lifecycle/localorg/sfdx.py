"""Custom fields and objects, permission sets and roles, read from a Salesforce DX project in source format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from .schema import ChildRelationship, Field, Schema, SObject
from .sfdx_fields import field_from_xml
from .sfdx_object import custom_object
from .sfdx_xml import read_xml, text

_ACTIVITY = "Activity"  # its custom fields belong to both of these
_ACTIVITY_OBJECTS = ("Task", "Event")


class MetadataError(ValueError):
    """A metadata file that names something which is not there, with the file's path in the text."""


def load_sfdx(project: Path, schema: Schema) -> Schema:
    """The schema with the custom objects and fields of the project added.

    `project` is the folder with sfdx-project.json, or one below it that holds `objects/`.
    """
    root = metadata_root(project)
    objects = dict(schema.objects)
    folders = sorted((p for p in (root / "objects").glob("*") if p.is_dir()), key=lambda p: p.name)
    number = sum(o.custom for o in objects.values())
    for folder in folders:
        meta = folder / f"{folder.name}.object-meta.xml"
        if folder.name.lower() not in objects and folder.name.endswith("__c"):
            objects[folder.name.lower()] = custom_object(folder.name, read_xml(meta), number)
            number += 1
    for folder in folders:
        for name in _ACTIVITY_OBJECTS if folder.name == _ACTIVITY else (folder.name,):
            target = objects.get(name.lower())
            if target is None:
                raise MetadataError(f"{folder}: there is no object {name}")
            objects[name.lower()] = _with_fields(target, _fields(folder))
    return Schema(objects=_linked(objects))


def metadata_root(project: Path) -> Path:
    """The folder that holds `objects/`, `permissionsets/` and so on."""
    for candidate in (project / "force-app" / "main" / "default", project / "main" / "default", project):
        if (candidate / "objects").is_dir():
            return candidate
    return project


def role_files(project: Path) -> Iterator[tuple[str, str, str | None]]:
    """(developer name, label, developer name of the parent role or None) of each role in the project."""
    for path in sorted((metadata_root(project) / "roles").glob("*.role-meta.xml")):
        root = read_xml(path)
        name = path.name.removesuffix(".role-meta.xml")
        yield name, text(root, "name") or name, text(root, "parentRole") or None


def _fields(folder: Path) -> list[Field]:
    return [field_from_xml(read_xml(path)) for path in sorted((folder / "fields").glob("*.field-meta.xml"))]


def _with_fields(target: SObject, added: list[Field]) -> SObject:
    fields = dict(target.fields)
    for field in added:
        known = fields.get(field.name.lower())
        if known is not None and not known.custom:
            # A standard field in source format carries only what was changed about it: its picklist, its history.
            if field.picklist_values:
                fields[field.name.lower()] = replace(known, picklist_values=field.picklist_values)
            continue
        fields[field.name.lower()] = field
    return replace(target, fields=fields)


def _linked(objects: Mapping[str, SObject]) -> dict[str, SObject]:
    """Custom lookups made known to their parents, and Tasks' WhatId to objects with activities."""
    linked = dict(objects)
    for child in objects.values():
        for field in child.fields.values():
            if not (field.custom and field.type == "reference"):
                continue
            for parent_name in field.reference_to:
                parent = linked.get(parent_name.lower())
                if parent is not None:
                    linked[parent_name.lower()] = _with_child(parent, child, field)
    for name in _ACTIVITY_OBJECTS:
        _open_to_activities(linked, name.lower())
    return linked


def _open_to_activities(objects: dict[str, SObject], name: str) -> None:
    """Custom objects with activities become targets of WhatId, and parents of Tasks and Events."""
    activity = objects.get(name)
    what = activity.get("WhatId") if activity else None
    if activity is None or what is None:
        return
    parents = [o for o in objects.values() if o.custom and o.activities]
    targets = tuple(dict.fromkeys((*what.reference_to, *(o.name for o in parents))))
    objects[name] = replace(activity, fields={**activity.fields, "whatid": replace(what, reference_to=targets)})
    relation = ChildRelationship(
        child_sobject=activity.name, field="WhatId", relationship_name=activity.label_plural, cascade_delete=True
    )
    for parent in parents:
        objects[parent.name.lower()] = replace(parent, child_relationships=(*parent.child_relationships, relation))


def _with_child(parent: SObject, child: SObject, field: Field) -> SObject:
    if any(c.child_sobject == child.name and c.field == field.name for c in parent.child_relationships):
        return parent
    relation = ChildRelationship(
        child_sobject=child.name,
        field=field.name,
        relationship_name=f"{field.child_relationship}__r" if field.child_relationship else None,
        cascade_delete=field.master_detail,
    )
    return replace(parent, child_relationships=(*parent.child_relationships, relation))

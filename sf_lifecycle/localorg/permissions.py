"""What profiles and permission sets allow. Several add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .sfdx import metadata_root
from .sfdx_xml import children, flag, read_xml, text


@dataclass(frozen=True, kw_only=True)
class ObjectPermission:
    create: bool = False
    read: bool = False
    edit: bool = False
    delete: bool = False
    view_all: bool = False
    modify_all: bool = False

    def __or__(self, other: ObjectPermission) -> ObjectPermission:
        return ObjectPermission(
            create=self.create or other.create,
            read=self.read or other.read,
            edit=self.edit or other.edit,
            delete=self.delete or other.delete,
            view_all=self.view_all or other.view_all,
            modify_all=self.modify_all or other.modify_all,
        )


NOTHING = ObjectPermission()
EVERYTHING = ObjectPermission(create=True, read=True, edit=True, delete=True, view_all=True, modify_all=True)
ORDINARY = ObjectPermission(create=True, read=True, edit=True, delete=True)


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """`all_objects`: every object, every field (administrators; ordinary profiles without view_all)."""

    all_objects: ObjectPermission | None = None
    objects: Mapping[str, ObjectPermission] = field(default_factory=dict)  # lower-case object name
    readable: frozenset[str] = frozenset()  # lower-case object.field
    editable: frozenset[str] = frozenset()
    user: frozenset[str] = frozenset()  # ViewAllData, EditTask…

    def __or__(self, other: Permissions) -> Permissions:
        objects = dict(self.objects)
        for name, permission in other.objects.items():
            objects[name] = objects.get(name, NOTHING) | permission
        everywhere = self.all_objects
        if other.all_objects is not None:
            everywhere = other.all_objects if everywhere is None else everywhere | other.all_objects
        return Permissions(
            all_objects=everywhere,
            objects=objects,
            readable=self.readable | other.readable,
            editable=self.editable | other.editable,
            user=self.user | other.user,
        )


ADMINISTRATOR = Permissions(
    all_objects=EVERYTHING,
    user=frozenset(
        [
            "ViewAllData",
            "ModifyAllData",
            "ViewAllUsers",
            "ActivitiesAccess",
            "EditTask",
            "EditEvent",
            "ViewSetup",
            "ViewRoles",
            "ApiEnabled",
            "ManageUsers",
            "CustomizeApplication",
        ]
    ),
)
PROFILES: Mapping[str, Permissions] = {
    "System Administrator": ADMINISTRATOR,
    "Standard User": Permissions(
        all_objects=ORDINARY, user=frozenset(["ActivitiesAccess", "EditTask", "EditEvent", "ApiEnabled"])
    ),
    "Minimum Access - Salesforce": Permissions(),
}
MINIMUM_ACCESS = "Minimum Access - Salesforce"


def combine(parts: Iterable[Permissions]) -> Permissions:
    total = Permissions()
    for part in parts:
        total |= part
    return total


def read_permission_sets(project: Path, optional: Iterable[str] = ()) -> dict[str, tuple[str, Permissions]]:
    """API name -> (label, permissions) of each permission set in a Salesforce DX project.

    `optional`: folders below its `optional/`, deployed beside the rest where an org has what they are for.
    """
    folders = [metadata_root(project), *(project / "optional" / name for name in optional)]
    return {
        path.name.removesuffix(".permissionset-meta.xml"): _read(path)
        for folder in folders
        for path in sorted((folder / "permissionsets").glob("*.permissionset-meta.xml"))
    }


def _read(path: Path) -> tuple[str, Permissions]:
    root = read_xml(path)
    objects = {
        text(o, "object").lower(): ObjectPermission(
            create=flag(o, "allowCreate"),
            read=flag(o, "allowRead"),
            edit=flag(o, "allowEdit"),
            delete=flag(o, "allowDelete"),
            view_all=flag(o, "viewAllRecords") or flag(o, "modifyAllRecords"),
            modify_all=flag(o, "modifyAllRecords"),
        )
        for o in children(root, "objectPermissions")
    }
    fields = children(root, "fieldPermissions")
    return text(root, "label"), Permissions(
        objects=objects,
        readable=frozenset(text(f, "field").lower() for f in fields if flag(f, "readable") or flag(f, "editable")),
        editable=frozenset(text(f, "field").lower() for f in fields if flag(f, "editable")),
        user=frozenset(text(u, "name") for u in children(root, "userPermissions") if flag(u, "enabled")),
    )

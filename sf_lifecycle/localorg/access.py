"""The running user: which objects, fields and rows they may read and write.

Fields that are required, system fields, names and owners need no field permission, as in Salesforce, where they cannot
even be put into a permission set. Every other field does, for users who are not administrators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import activity_sharing, sharing
from .activity_sharing import ByParents
from .permissions import EVERYTHING, NOTHING, ObjectPermission, Permissions
from .schema import Field, Schema, SObject
from .setup_objects import SETUP_OBJECTS
from .sharing import Follows, Owned

Params = tuple[str, ...]

# Rights on these come with rights on another object.
_FOLLOWS = {
    "campaignmember": "campaign",
    "campaignmemberstatus": "campaign",
    "opportunitycontactrole": "opportunity",
    "opportunitylineitem": "opportunity",
}
_ACTIVITIES = {"task": "EditTask", "event": "EditEvent"}
# Everybody reads these; only administrators change them.
_SET_UP = frozenset(
    [
        "user",
        "userrole",
        "userlogin",
        "profile",
        "permissionset",
        "permissionsetassignment",
        "organization",
        "group",
        "recordtype",
        "taskstatus",
        "casestatus",
        "contractstatus",
        "leadstatus",
        "opportunitystage",
        "currencytype",
        *(name.lower() for name in SETUP_OBJECTS),
    ]
)
# Standard fields of these objects are not subject to field permissions.
_NO_FIELD_PERMISSIONS = _SET_UP | {"campaignmember", "campaignmemberstatus", "opportunitycontactrole"}
_MARKETING = frozenset({"campaign", "campaignmember", "campaignmemberstatus"})
_ALWAYS = frozenset(
    [
        "id",
        "name",
        "ownerid",
        "isdeleted",
        "createddate",
        "createdbyid",
        "lastmodifieddate",
        "lastmodifiedbyid",
        "systemmodstamp",
        "currencyisocode",
    ]
)
# Hidden until somebody grants them, from ordinary profiles too.
_HIDDEN = frozenset({"donotcall", "hasoptedoutofemail", "hasoptedoutoffax"})
# Not writable, yet under field permissions; other read-only standard fields are there for everybody.
_PERMISSIONABLE_READ_ONLY = frozenset({"contract.enddate", "case.closeddate"})
# Writable, yet there for everybody: recorded describes say `permissionable: false`.
_NOT_PERMISSIONABLE = frozenset({"lead.isconverted", "lead.isunreadbyowner", "case.status"})


@dataclass(frozen=True, kw_only=True)
class Access:
    schema: Schema
    user_id: str
    role_id: str | None
    permissions: Permissions
    marketing_user: bool = False
    sharing_overrides: Mapping[str, str] = field(default_factory=dict)  # lower-case object -> sharing model
    activities_seen_through_parents: bool = True

    @property
    def is_admin(self) -> bool:
        return "ModifyAllData" in self.permissions.user

    def object_permission(self, name: str) -> ObjectPermission:
        """What the user may do with records of an object, before sharing."""
        key = name.lower()
        if self.is_admin:
            found = EVERYTHING
        elif key in _SET_UP:
            found = ObjectPermission(read=True)
        elif key in _ACTIVITIES:
            may_read = "ActivitiesAccess" in self.permissions.user
            may_edit = may_read and _ACTIVITIES[key] in self.permissions.user
            found = ObjectPermission(read=may_read, create=may_edit, edit=may_edit, delete=may_edit)
        elif key in _FOLLOWS:
            of_parent = self._granted(_FOLLOWS[key])
            found = self._granted(key) | ObjectPermission(
                read=of_parent.read,
                create=of_parent.edit,
                edit=of_parent.edit,
                delete=of_parent.edit,
                view_all=of_parent.view_all,
                modify_all=of_parent.modify_all,
            )
        else:
            found = self._granted(key)
        if key in _MARKETING and not self.marketing_user:
            return ObjectPermission(read=found.read, view_all=found.view_all)
        return found

    def _granted(self, key: str) -> ObjectPermission:
        everywhere = self.permissions.all_objects or NOTHING
        return everywhere | self.permissions.objects.get(key, NOTHING)

    def object_readable(self, name: str) -> bool:
        return self.object_permission(name).read

    # -- fields --------------------------------------------------------------------------------------------------

    def readable(self, object_name: str, field_name: str) -> bool:
        """Whether the field exists for this user. False for names that do not exist at all."""
        sobject = self.schema.get(object_name)
        found = sobject.get(field_name) if sobject else None
        if sobject is None or found is None:
            return False
        return self._field(sobject, found, self.permissions.readable)

    def editable(self, object_name: str, field_name: str) -> bool:
        """Whether the user may write the field, as far as permissions go (the field itself may be read-only)."""
        sobject = self.schema.get(object_name)
        found = sobject.get(field_name) if sobject else None
        if sobject is None or found is None:
            return False
        return self._field(sobject, found, self.permissions.editable)

    def _field(self, sobject: SObject, wanted: Field, granted: frozenset[str]) -> bool:
        if self.is_admin or not needs_permission(sobject, wanted):
            return True
        if self.permissions.all_objects is not None and (wanted.mirrors or wanted.name).lower() not in _HIDDEN:
            return True
        if wanted.mirrors and f"contact.{wanted.mirrors}".lower() in granted:
            return True
        prefix = sobject.name.lower() + "."
        if prefix + wanted.name.lower() in granted:
            return True
        compound = wanted.compound_field_name
        return compound is not None and prefix + compound.lower() in granted

    # -- rows ----------------------------------------------------------------------------------------------------

    def row_filter(self, object_name: str, alias: str = "") -> tuple[str, Params] | None:
        """A SQL condition (with `?`) for the rows the user may read, or None if that is all of them.

        `alias`: the table's alias in the query, unquoted; columns are qualified with it.
        """
        return self._rows(object_name, alias, writing=False)

    def edit_filter(self, object_name: str, alias: str = "") -> tuple[str, Params] | None:
        """The same for the rows the user may change or delete."""
        return self._rows(object_name, alias, writing=True)

    def scope(self, object_name: str, *, writing: bool) -> Owned | Follows | ByParents | None:
        """Which rows the user may read (or change), as a rule: by owner, by parent, or None for all."""
        users = self.permissions.user
        permission = self.object_permission(object_name)
        if "ModifyAllData" in users or permission.modify_all:
            return None
        if not writing and ("ViewAllData" in users or permission.view_all):
            return None
        if object_name.lower() == "user":
            return None if writing or "ViewAllUsers" in users else Owned(column="Id")
        default = sharing.default_of(self.schema, object_name, self.sharing_overrides)
        if default == sharing.READ_WRITE or (default == sharing.READ and not writing):
            return None
        if object_name.lower() in activity_sharing.ACTIVITIES:
            if default == sharing.BY_PARENT:
                return ByParents(every=True)
            through = self.activities_seen_through_parents and default == sharing.PRIVATE and not writing
            return ByParents(every=False) if through else Owned(column="OwnerId")
        if default == sharing.BY_PARENT:
            link = sharing.parent_of(self.schema, object_name)
            return None if link is None else Follows(column=link[0], parent=link[1])
        sobject = self.schema.get(object_name)
        return Owned(column="OwnerId") if sobject is not None and sobject.get("OwnerId") is not None else None

    def _rows(self, object_name: str, alias: str, *, writing: bool) -> tuple[str, Params] | None:
        dot = f'"{alias}".' if alias else ""
        match self.scope(object_name, writing=writing):
            case Owned(column=column):
                return sharing.owned(f'{dot}"{column}"', self.user_id, self.role_id)
            case ByParents() as scope:
                return activity_sharing.condition(self, object_name, dot, scope, writing=writing)
            case Follows(column=column, parent=parent):
                inner = self._rows(parent, "", writing=writing)
                if inner is None:
                    return None
                return f'{dot}"{column}" IN (SELECT "Id" FROM "{parent}" WHERE {inner[0]})', inner[1]
            case _:
                return None


def needs_permission(sobject: SObject, wanted: Field) -> bool:
    """Whether a field is subject to field permissions at all (`permissionable` in a describe)."""
    if wanted.custom:
        return not (wanted.master_detail or wanted.required)
    if wanted.name.lower() in _ALWAYS or sobject.name.lower() in _NO_FIELD_PERMISSIONS:
        return False
    if f"{sobject.name}.{wanted.name}".lower() in _NOT_PERMISSIONABLE:
        return False
    if wanted.compound_field_name == "Name" or wanted.name_field:
        return False
    if not (wanted.createable or wanted.updateable):
        compound = wanted.type in ("address", "location")
        return compound or f"{sobject.name}.{wanted.name}".lower() in _PERMISSIONABLE_READ_ONLY
    return wanted.nillable or wanted.type == "boolean"

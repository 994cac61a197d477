"""The questions put to an org, by name, and how its rows are read. Pure; `gather` sends them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sf_lifecycle.brakes import PAUSED, SETTING
from sf_lifecycle.config.mapping import Mapping as MappingConfig
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.doctor.facts import Me, Person, Status, Told, Untold
from sf_lifecycle.observe import NOT_COMPARED
from sf_lifecycle.salesforce import soql

Row = Mapping[str, Any]

RIGHTS = ("ApiEnabled", "ViewSetup", "ViewAllUsers", "ViewAllData", "ModifyAllData", "EditTask", "ActivitiesAccess")
OF_ADMINISTRATORS = ("ManageUsers", "CustomizeApplication")
SHARED = ("Task", "Activity", "Account", "Contact", "Lead", "User")
PARENTS = ("Account", "Contact", "Lead")
_PERMISSIONS = "Permissions"


def questions(user_id: str, mapping: MappingConfig, schema: OrgSchema) -> dict[str, str]:
    """Name → SOQL. Rows of `seen.OBJECT` are counted, `owned.OBJECT` counts per owner."""
    me, mine = soql.compare("Id", "=", user_id), soql.compare("AssigneeId", "=", user_id)
    asked = {
        "me": soql.select(
            "User",
            ["Id", "Profile.Name", "UserType", "TimeZoneSidKey", "UserRoleId", "UserPermissionsMarketingUser"],
            where=me,
        ),
        "profile": soql.select("User", ["Id", *_flags("Profile", RIGHTS)], where=me),
        "licence": soql.select("User", ["Profile.UserLicense.Name"], where=me),
        "licence_sets": soql.select("PermissionSetLicenseAssign", ["PermissionSetLicense.DeveloperName"], where=mine),
        "permission_sets": soql.select(
            "PermissionSetAssignment",
            ["PermissionSet.Name", "PermissionSet.IsOwnedByProfile"],
            where=mine,
        ),
        "rights": soql.select("PermissionSetAssignment", _flags("PermissionSet", RIGHTS), where=mine),
        "administrator": soql.select("PermissionSetAssignment", _flags("PermissionSet", OF_ADMINISTRATORS), where=mine),
        "modify_all": soql.select(
            "ObjectPermissions",
            ["SobjectType"],
            where=f"{_one_of('SobjectType', PARENTS)} AND PermissionsModifyAllRecords = TRUE AND ParentId IN "
            f"(SELECT PermissionSetId FROM PermissionSetAssignment WHERE {mine})",
        ),
        "sharing": soql.select(
            "EntityDefinition", ["QualifiedApiName", "InternalSharingModel"], where=_one_of("QualifiedApiName", SHARED)
        ),
        "edition": soql.select("Organization", ["OrganizationType"]),
        "roles": soql.select("UserRole", ["Id", "ParentRoleId"]),
        "people": soql.select(
            "User",
            list(dict.fromkeys(["Id", mapping.owners.by, "IsActive", "UserType", "ManagerId", "UserRoleId"])),
        ),
        "frozen": soql.select("UserLogin", ["UserId"], where=soql.compare("IsFrozen", "=", True)),
        "task_statuses": soql.select("TaskStatus", ["ApiName", "IsClosed", "IsDefault"], order="SortOrder"),
        "contract_statuses": soql.select("ContractStatus", ["ApiName", "StatusCode"], order="SortOrder"),
    }
    if SETTING in schema.objects:
        asked["paused"] = soql.select(SETTING, ["Name"], where=soql.compare(PAUSED, "=", True))
    for name in counted_objects(mapping, schema):
        asked[f"seen.{name}"] = f"SELECT COUNT() FROM {soql.name(name)}"
    for name, field in owner_fields(mapping, schema).items():
        asked[f"owned.{name}"] = (
            f"SELECT {soql.name(field)} held_by, COUNT(Id) held FROM {soql.name(name)} GROUP BY {soql.name(field)}"
        )
    return asked


def _flags(of: str, rights: Iterable[str]) -> list[str]:
    return [f"{of}.{_PERMISSIONS}{right}" for right in rights]


def _one_of(field: str, values: Sequence[str]) -> str:
    (condition,) = soql.in_lists(field, values)
    return condition


def read_objects(mapping: MappingConfig, schema: OrgSchema) -> list[str]:
    """The objects of the roles that the org shows."""
    names = {source.object for sources in mapping.roles.values() for source in sources}
    return sorted(name for name in names if name in schema.objects)


def counted_objects(mapping: MappingConfig, schema: OrgSchema) -> list[str]:
    """Of these, the objects whose rows the org counts as a query does: of Activities it may count archived ones too."""
    return [name for name in read_objects(mapping, schema) if name not in NOT_COMPARED]


def owner_fields(mapping: MappingConfig, schema: OrgSchema) -> dict[str, str]:
    """Object of the role account → the field that holds its owner."""
    found = {}
    for source in mapping.roles.get("account", ()):
        ref = source.fields.get("owner")
        path = ref.field if ref else "OwnerId"
        field = schema.objects[source.object].fields.get(path) if source.object in schema.objects else None
        if field is not None and "User" in field.reference_to:
            found[source.object] = path
    return found


def read_me(rows: Sequence[Row]) -> Told[Me]:
    """The running user."""
    if len(rows) != 1:
        return Untold(why="the user does not see its own record")
    row = rows[0]
    return Me(
        id=str(row["Id"]),
        profile=str(row.get("Profile.Name") or ""),
        user_type=str(row["UserType"]),
        timezone=str(row["TimeZoneSidKey"]),
        role=row.get("UserRoleId"),
        marketing=bool(row["UserPermissionsMarketingUser"]),
    )


def read_rights(rows: Iterable[Row]) -> Told[frozenset[str]]:
    """What is granted anywhere, by profile or permission set. API access is, since we got in: a list without it is not
    to be trusted.
    """
    granted = {
        path.rpartition(".")[2].removeprefix(_PERMISSIONS)
        for row in rows
        for path, value in row.items()
        if value is True and path.rpartition(".")[2].startswith(_PERMISSIONS)
    }
    if "ApiEnabled" not in granted:
        return Untold(why="the org does not list all of the user's rights")
    return frozenset(granted)


def read_people(rows: Iterable[Row], by: str) -> tuple[Person, ...]:
    """Everybody."""
    return tuple(
        Person(
            id=str(row["Id"]),
            handle=str(row[by] or ""),
            active=bool(row["IsActive"]),
            user_type=str(row["UserType"]),
            manager=row.get("ManagerId"),
            role=row.get("UserRoleId"),
        )
        for row in rows
    )


def read_statuses(rows: Iterable[Row]) -> tuple[Status, ...]:
    """Entries of TaskStatus or ContractStatus, in the org's order."""
    return tuple(
        Status(
            word=str(row["ApiName"]),
            closed=bool(row.get("IsClosed")),
            default=bool(row.get("IsDefault")),
            code=str(row.get("StatusCode") or ""),
        )
        for row in rows
    )


def one_word(rows: Sequence[Row], column: str) -> Told[str]:
    """The one value of a column."""
    values = {str(row[column]) for row in rows if row.get(column)}
    return values.pop() if len(values) == 1 else Untold(why="the org gives no single answer")


def per_owner(rows: Iterable[Row]) -> dict[str, int]:
    """Owner → records."""
    return {str(row["held_by"]): int(row["held"]) for row in rows if row.get("held_by")}

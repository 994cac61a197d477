"""Rows that say what the org's metadata grants and shares, written anew whenever that changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from . import sharing
from .permissions import PROFILES, Permissions
from .schema import Schema
from .store import Store

Row = dict[str, Any]

SALESFORCE, INTEGRATION = "Salesforce", "Salesforce Integration"
# How Organization words the organisation-wide defaults.
_WORDS = {
    sharing.PRIVATE: "None",
    sharing.READ: "Read",
    sharing.READ_WRITE: "Edit",
    sharing.BY_PARENT: "ControlledByParent",
}
_DEFAULTS = ("Account", "Contact", "Opportunity", "Lead", "Case", "Campaign")


def write_sharing(store: Store, overrides: Mapping[str, str]) -> None:
    """EntityDefinition, and the Default…Access fields of Organization."""
    models = {o.name: model_of(store.schema, o.name, overrides) for o in store.schema.objects.values()}
    labels = {o.name: o for o in store.schema.objects.values()}
    rows = [
        {
            "DurableId": name,
            "QualifiedApiName": name,
            "DeveloperName": name.removesuffix("__c"),
            "Label": labels[name].label,
            "PluralLabel": labels[name].label_plural,
            "KeyPrefix": labels[name].key_prefix,
            "InternalSharingModel": model,
            "ExternalSharingModel": sharing.PRIVATE,
            "IsCustomizable": True,
            "IsQueryable": labels[name].queryable,
        }
        for name, model in models.items()
    ]
    _replace(store, "EntityDefinition", rows)
    organization = store.object("Organization")
    changed = {f"Default{name}Access": _WORDS[models[name]] for name in _DEFAULTS if name in models}
    with store.write() as con:
        for name, word in changed.items():
            if organization.get(name) is not None:
                con.execute(f'UPDATE "Organization" SET "{name}" = ?', (word,))


def model_of(schema: Schema, name: str, overrides: Mapping[str, str]) -> str:
    """The organisation-wide default as EntityDefinition has it. Users without View All Users see but themselves."""
    return sharing.PRIVATE if name == "User" else sharing.default_of(schema, name, overrides)


def write_grants(store: Store, permission_sets: Mapping[str, tuple[str, Permissions]]) -> None:
    """ObjectPermissions, FieldPermissions, and the rights of profiles and permission sets."""
    with store.read() as con:
        ids = {name: held for held, name in con.execute('SELECT "Id", "Name" FROM "PermissionSet"')}
    known = {name: permissions for name, (_, permissions) in permission_sets.items() if name in ids}
    names = _spellings(store.schema)
    _replace(
        store, "ObjectPermissions", [row for name, held in known.items() for row in _objects(ids[name], held, names)]
    )
    _replace(
        store, "FieldPermissions", [row for name, held in known.items() for row in _fields(ids[name], held, names)]
    )
    for name, held in known.items():
        _write_rights(store, "PermissionSet", name, held)
    for name, held in PROFILES.items():
        _write_rights(store, "Profile", name, held)


def write_licences(store: Store) -> None:
    """The two licences a worker may have; every profile here comes with the full one."""
    with store.read() as con:
        if con.execute('SELECT 1 FROM "UserLicense"').fetchone() is not None:
            return
    kinds = ((SALESFORCE, "SFDC"), (INTEGRATION, "SFDC_INTEGRATION"))
    full, _ = store.insert_many(
        "UserLicense",
        [{"Name": n, "MasterLabel": n, "LicenseDefinitionKey": key, "Status": "Active"} for n, key in kinds],
    )
    store.insert_many(
        "PermissionSetLicense",
        [
            {
                "DeveloperName": "SalesforceAPIIntegrationPsl",
                "MasterLabel": "Salesforce API Integration",
                "Status": "Active",
            }
        ],
    )
    with store.write() as con:
        con.execute('UPDATE "Profile" SET "UserLicenseId" = ?', (full,))


def _objects(parent: str, held: Permissions, names: Mapping[str, str]) -> Iterator[Row]:
    for key, granted in held.objects.items():
        yield {
            "ParentId": parent,
            "SobjectType": names.get(key, key),
            "PermissionsCreate": granted.create,
            "PermissionsRead": granted.read,
            "PermissionsEdit": granted.edit,
            "PermissionsDelete": granted.delete,
            "PermissionsViewAllRecords": granted.view_all,
            "PermissionsModifyAllRecords": granted.modify_all,
        }


def _fields(parent: str, held: Permissions, names: Mapping[str, str]) -> Iterator[Row]:
    for key in sorted(held.readable):
        name = names.get(key, key)
        yield {
            "ParentId": parent,
            "SobjectType": name.partition(".")[0],
            "Field": name,
            "PermissionsRead": True,
            "PermissionsEdit": key in held.editable,
        }


def _write_rights(store: Store, object_name: str, name: str, held: Permissions) -> None:
    flags = {
        field.name: int(field.name.removeprefix("Permissions") in held.user)
        for field in store.object(object_name).fields.values()
        if field.name.startswith("Permissions")
    }
    assignments = ", ".join(f'"{flag}" = ?' for flag in flags)
    with store.write() as con:
        con.execute(f'UPDATE "{object_name}" SET {assignments} WHERE "Name" = ?', (*flags.values(), name))


def _spellings(schema: Schema) -> dict[str, str]:
    """Lower-case object and object.field -> as the org spells them."""
    found = {name: sobject.name for name, sobject in schema.objects.items()}
    for sobject in schema.objects.values():
        found |= {f"{sobject.name}.{f.name}".lower(): f"{sobject.name}.{f.name}" for f in sobject.fields.values()}
    return found


def _replace(store: Store, object_name: str, rows: Iterable[Row]) -> None:
    with store.write() as con:
        con.execute(f'DELETE FROM "{object_name}"')
        store.insert_many(object_name, rows)

"""What an org has before anybody puts records into it: itself, its users, roles, profiles and picklist entries."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from . import ids
from .permissions import MINIMUM_ACCESS, PROFILES
from .picklists import PICKLISTS
from .store import Store

WORKER_PERMISSION_SET = "Lifecycle_Worker"
WORKER_USERNAME = "worker@local.invalid"
ADMIN_USERNAME = "admin@local.invalid"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

Role = tuple[str, str, str | None]  # developer name, label, developer name of the parent


def bootstrap(store: Store, *, timezone: str, roles: Sequence[Role], permission_sets: Mapping[str, str]) -> None:
    """Make what is missing. `permission_sets`: name -> label.

    Settings left in the store: org_id, admin_id, worker_id, top_role_id. The worker has the profile with minimum access
    and the permission set Lifecycle_Worker, with those that add to it; where there is none, it is an ordinary user.
    Never an administrator.
    """
    with store.write():
        if store.setting("org_id") is None:
            _first_start(store, timezone, roles)
        _permission_sets(store, permission_sets)


def _first_start(store: Store, timezone: str, roles: Sequence[Role]) -> None:
    store.set_setting("org_id", ids.to_18("00DLo0" + "".join(secrets.choice(_BASE62) for _ in range(9))))
    admin, worker = store.allot("User", 2)
    store.set_setting("admin_id", admin)
    store.set_setting("worker_id", worker)
    profiles = dict(
        zip(
            PROFILES, store.insert_many("Profile", [{"Name": n, "UserType": "Standard"} for n in PROFILES]), strict=True
        )
    )
    top = _roles(store, roles)
    store.set_setting("top_role_id", top)
    common = {
        "IsActive": True,
        "UserType": "Standard",
        "UserRoleId": top,
        "TimeZoneSidKey": timezone,
        "LocaleSidKey": "en_GB",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "UserPermissionsMarketingUser": True,
    }
    store.insert_many(
        "User",
        [
            {
                **common,
                "Id": admin,
                "Username": ADMIN_USERNAME,
                "FirstName": "Org",
                "LastName": "Administrator",
                "Email": ADMIN_USERNAME,
                "Alias": "admin",
                "CommunityNickname": "admin",
                "ProfileId": profiles["System Administrator"],
            },
            {
                **common,
                "Id": worker,
                "Username": WORKER_USERNAME,
                "FirstName": "Lifecycle",
                "LastName": "Worker",
                "Email": WORKER_USERNAME,
                "Alias": "lworker",
                "CommunityNickname": "lworker",
                "ProfileId": profiles["Standard User"],
            },
        ],
    )
    store.insert_many("Organization", [_organization(store, timezone)])
    for name in PICKLISTS:
        store.insert_many(name, _entries(store, name))


def _organization(store: Store, timezone: str) -> dict[str, Any]:
    row = {
        "Id": store.setting("org_id"),
        "Name": "Local org",
        "IsSandbox": False,
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "LOCAL",
        "LanguageLocaleKey": "en_US",
        "DefaultLocaleSidKey": "en_GB",
        "TimeZoneSidKey": timezone,
        "FiscalYearStartMonth": 1,
    }
    known = store.object("Organization")
    return {name: value for name, value in row.items() if known.get(name) is not None}


def _roles(store: Store, roles: Sequence[Role]) -> str:
    """The role above all others, the worker's; the project's roles stand below it."""
    (top,) = store.insert_many("UserRole", [{"Name": "Company", "DeveloperName": "Company"}])
    made = dict(zip((r[0] for r in roles), store.allot("UserRole", len(roles)), strict=True)) if roles else {}
    store.insert_many(
        "UserRole",
        [
            {"Id": made[name], "Name": label, "DeveloperName": name, "ParentRoleId": made.get(parent or "", top)}
            for name, label, parent in roles
        ],
    )
    return top


def _permission_sets(store: Store, permission_sets: Mapping[str, str]) -> None:
    with store.read() as con:
        known = {row[0] for row in con.execute('SELECT "Name" FROM "PermissionSet"')}
    fresh = [{"Name": name, "Label": label} for name, label in permission_sets.items() if name not in known]
    if not fresh:
        return
    made = dict(zip((r["Name"] for r in fresh), store.insert_many("PermissionSet", fresh), strict=True))
    worker = store.setting("worker_id")
    held = [id_ for name, id_ in made.items() if name.startswith(WORKER_PERMISSION_SET)]
    store.insert_many("PermissionSetAssignment", [{"PermissionSetId": id_, "AssigneeId": worker} for id_ in held])
    if WORKER_PERMISSION_SET in made:
        with store.write() as con:
            con.execute(
                'UPDATE "User" SET "ProfileId" = (SELECT "Id" FROM "Profile" WHERE "Name" = ?) WHERE "Id" = ?',
                (MINIMUM_ACCESS, worker),
            )


# What a status means: (object, value) -> flags, where it is not an open, ordinary one.
_MEANINGS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("TaskStatus", "Completed"): {"IsClosed": True},
    ("CaseStatus", "Closed"): {"IsClosed": True},
    ("ContractStatus", "Draft"): {"IsDefault": True},
    ("ContractStatus", "In Approval Process"): {"StatusCode": "InApproval"},
    ("ContractStatus", "Activated"): {"StatusCode": "Activated"},
    ("LeadStatus", "Closed - Converted"): {"IsConverted": True},
}


# Stage -> probability and forecast category, as new orgs have them.
_STAGES = {
    "Prospecting": (10, "Pipeline"),
    "Qualification": (10, "Pipeline"),
    "Needs Analysis": (20, "Pipeline"),
    "Value Proposition": (50, "Pipeline"),
    "Id. Decision Makers": (60, "Pipeline"),
    "Perception Analysis": (70, "Pipeline"),
    "Proposal/Price Quote": (75, "Pipeline"),
    "Negotiation/Review": (90, "Pipeline"),
    "Closed Won": (100, "Closed"),
    "Closed Lost": (0, "Omitted"),
}


def _stage(value: str) -> dict[str, Any]:
    probability, forecast = _STAGES.get(value, (0, "Pipeline"))
    return {
        "IsActive": True,
        "IsClosed": forecast != "Pipeline",
        "IsWon": forecast == "Closed",
        "DefaultProbability": probability,
        "ForecastCategory": forecast,
        "ForecastCategoryName": forecast,
    }


def _entries(store: Store, name: str) -> list[dict[str, Any]]:
    object_name, field_name = PICKLISTS[name]
    field = store.object(object_name).get(field_name)
    entries = []
    for order, value in enumerate(field.picklist_values if field else (), start=1):
        entry = {
            "MasterLabel": value.label,
            "ApiName": value.value,
            "SortOrder": order,
            "IsDefault": value.default,
            **({"StatusCode": "Draft"} if name == "ContractStatus" else {}),
            **(_stage(value.value) if name == "OpportunityStage" else {}),
            **_MEANINGS.get((name, value.value), {}),
        }
        entries.append({k: v for k, v in entry.items() if store.object(name).get(k) is not None})
    return entries

"""Permissions and sharing as conditions, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sf_lifecycle.localorg.access import Access, needs_permission
from sf_lifecycle.localorg.permissions import (
    ADMINISTRATOR,
    ObjectPermission,
    Permissions,
    combine,
    read_permission_sets,
)
from sf_lifecycle.localorg.schema import Schema
from sf_lifecycle.localorg.sfdx import load_sfdx
from sf_lifecycle.localorg.standard import load_standard

PROJECT = Path(__file__).parents[2] / "integration" / "localorg" / "sfdx"


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_sfdx(PROJECT, load_standard())


def access(schema: Schema, permissions: Permissions, **more: Any) -> Access:
    return Access(schema=schema, user_id="005A", permissions=permissions, **{"role_id": None, **more})


def test_administrators_see_everything(schema: Schema) -> None:
    admin = access(schema, ADMINISTRATOR, marketing_user=True)
    assert admin.row_filter("Task") is None
    assert admin.edit_filter("Account") is None
    assert admin.readable("Contact", "DoNotCall")
    assert not admin.readable("Contact", "Nope__c")
    assert admin.object_permission("Campaign").create


def test_permission_sets_add_up(schema: Schema) -> None:
    one = Permissions(objects={"account": ObjectPermission(read=True)}, readable=frozenset({"account.phone"}))
    two = Permissions(objects={"account": ObjectPermission(edit=True)}, editable=frozenset({"account.phone"}))
    both = access(schema, combine([one, two]))
    assert both.object_permission("Account") == ObjectPermission(read=True, edit=True)
    assert both.readable("account", "PHONE")
    assert both.editable("Account", "Phone")
    assert not access(schema, one).editable("Account", "Phone")


@pytest.mark.parametrize(
    ("object_name", "field", "needed"),
    [
        ("Account", "Id", False),
        ("Account", "Name", False),
        ("Account", "OwnerId", False),
        ("Account", "LastActivityDate", False),
        ("Account", "Phone", True),
        ("Account", "BillingCity", True),
        ("Account", "BillingAddress", True),
        ("Contact", "FirstName", False),
        ("Contact", "DoNotCall", True),
        ("Contract", "EndDate", True),
        ("Contract", "AccountId", False),
        ("Task", "Status", False),
        ("Task", "IsClosed", False),
        ("Task", "ActivityDate", True),
        ("Task", "Key__c", True),
        ("User", "EmployeeNumber", False),
        ("CampaignMember", "Status", False),
        ("Deal__c", "Account__c", False),
        ("Deal__c", "Must__c", False),
        ("Deal__c", "End__c", True),
    ],
)
def test_which_fields_need_a_permission(schema: Schema, object_name: str, field: str, needed: bool) -> None:
    sobject = schema.objects[object_name.lower()]
    assert needs_permission(sobject, sobject.fields[field.lower()]) is needed


def test_rows_by_owner_and_role(schema: Schema) -> None:
    nobody = access(schema, Permissions())
    assert nobody.row_filter("Task", "t0") == ('"t0"."OwnerId" = ?', ("005A",))
    manager = access(schema, Permissions(), role_id="00E1")
    condition, params = manager.row_filter("Task") or ("", ())
    assert '"ParentRoleId" = ?' in condition
    assert params == ("005A", "00E1")
    assert nobody.row_filter("Organization") is None
    sql, _ = nobody.row_filter("Deal__c", "d") or ("", ())
    assert sql == '"d"."Account__c" IN (SELECT "Id" FROM "Account" WHERE "OwnerId" = ?)'


def test_view_all_is_for_reading_only(schema: Schema) -> None:
    viewer = access(schema, Permissions(objects={"account": ObjectPermission(read=True, view_all=True)}))
    assert viewer.row_filter("Account") is None
    assert viewer.edit_filter("Account") is not None
    assert viewer.row_filter("Deal__c") is None


def test_overridden_defaults(schema: Schema) -> None:
    open_org = access(schema, Permissions(), sharing_overrides={"task": "ReadWrite", "account": "Read"})
    assert open_org.edit_filter("Task") is None
    assert open_org.row_filter("Account") is None
    assert open_org.edit_filter("Account") is not None


def test_permission_sets_from_source() -> None:
    label, worker = read_permission_sets(PROJECT)["Lifecycle_Worker"]
    assert label == "Worker"
    assert worker.objects["account"] == ObjectPermission(read=True, edit=True, view_all=True)
    assert "account.shown__c" in worker.readable
    assert "account.shown__c" not in worker.editable
    assert "EditTask" in worker.user

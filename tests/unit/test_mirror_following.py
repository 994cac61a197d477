from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_mirror_plan import by_table, mapping_of, source

from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.offline_schema import offline_schema
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.errors import ConfigError, Problem
from sf_lifecycle.mirror import plan_pull
from sf_lifecycle.mirror.following import can_tell_merges, obstacles


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> OrgSchema:
    plain = mapping_of({"account": [source("Account", name="Name")]})
    sfdx = shipped_root() / "salesforce"
    return offline_schema(data_dir=tmp_path_factory.mktemp("data"), sfdx=sfdx, sfdx_shown="salesforce", mapping=plain)


def with_field(schema: OrgSchema, name: str, field: FieldInfo) -> OrgSchema:
    info = schema.objects[name]
    return replace(schema, objects={**schema.objects, name: replace(info, fields={**info.fields, field.name: field})})


def without(schema: OrgSchema, name: str, *fields: str) -> OrgSchema:
    info = schema.objects[name]
    kept = {key: value for key, value in info.fields.items() if key not in fields}
    return replace(schema, objects={**schema.objects, name: replace(info, fields=kept)})


def problems(roles: dict[str, Any], schema: OrgSchema) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        plan_pull(mapping_of(roles), schema)
    return list(caught.value.problems)


def whole(roles: dict[str, Any], schema: OrgSchema, table: str = "Account") -> str:
    return by_table(plan_pull(mapping_of(roles), schema))[table].whole


AGE = FieldInfo(name="Age__c", type="double", calculated=True)
ACCOUNT = {"account": [source("Account", name="Name")]}


def test_plain_fields_are_followed(schema: OrgSchema) -> None:
    for table in ("Account", "User", "_our_tasks", "_our_campaigns", "_our_members", "_our_statuses"):
        assert whole(ACCOUNT, schema, table) == ""


def test_the_shipped_mapping_is_followed_in_all_its_tables(tmp_path: Path) -> None:
    shipped = shipped_root()
    mapping = load_mapping(shipped / "mappings" / "telecom", shown="mappings/telecom").mapping
    assert mapping is not None
    sfdx = shipped / "salesforce"
    schema = offline_schema(data_dir=tmp_path, sfdx=sfdx, sfdx_shown="salesforce", mapping=mapping)
    assert {each.table: each.whole for each in plan_pull(mapping, schema) if each.whole} == {}


def test_formulas_are_named(schema: OrgSchema) -> None:
    roles = {"account": [source("Account", name="Name", age="Age__c", works="Owner.IsActive")]}
    found = whole(roles, with_field(schema, "Account", AGE))
    assert "Age__c is a formula or roll-up" in found
    assert "Owner.IsActive stands in another record" in found


@pytest.mark.parametrize(
    ("object_name", "path"),
    [("Account", "LastViewedDate"), ("Campaign", "NumberOfLeads"), ("CampaignMember", "Email")],
)
def test_fields_that_move_no_stamp_though_they_look_plain(object_name: str, path: str, schema: OrgSchema) -> None:
    info = schema.objects[object_name]
    found = list(obstacles(info, [(path, FieldInfo(name=path, type="string"))]))
    assert found == [(path, f"{path} changes without a trace")]


@pytest.mark.parametrize(
    ("object_name", "field", "why"),
    [
        ("Account", "SystemModstamp", "what changed"),
        ("Account", "IsDeleted", "what was deleted"),
        ("Task", "IsArchived", "what was archived"),
    ],
)
def test_an_object_that_does_not_tell_is_read_whole(object_name: str, field: str, why: str, schema: OrgSchema) -> None:
    name = "CreatedDate"
    roles = {"account": [source(object_name, made=name)]}
    found = whole(roles, without(schema, object_name, field), object_name)
    assert field in found
    assert why in found


def test_users_are_never_deleted() -> None:
    info = ObjectInfo(name="User", fields={"SystemModstamp": FieldInfo(name="SystemModstamp", type="datetime")})
    assert list(obstacles(info, ())) == []


def test_full_is_a_wish_that_is_granted(schema: OrgSchema) -> None:
    assert "full" in whole({"account": [source("Account", name="Name") | {"pull": "full"}]}, schema)


def test_incremental_is_refused_field_by_field_with_the_way_out(schema: OrgSchema) -> None:
    roles = {
        "account": [
            source("Account", name="Name", age="Age__c", works="Owner.IsActive") | {"pull": "incremental"},
            source("Lead", name="Company"),
        ]
    }
    age, works = problems(roles, with_field(schema, "Account", AGE))
    assert (age.file, age.place) == ("mappings/telecom/objects.toml", "account[0].fields.age")
    assert "Age__c is a formula or roll-up" in age.message
    assert 'pull = "auto"' in age.hint
    assert works.place == "account[0].fields.works"
    assert "role of its own" in works.hint


def test_incremental_and_full_of_one_object_is_a_contradiction(schema: OrgSchema) -> None:
    roles = {
        "account": [source("Account", name="Name") | {"pull": "incremental"}],
        "firm": [source("Account", name="Name") | {"pull": "full"}],
    }
    (found,) = problems(roles, schema)
    assert found.place == "account.pull"
    assert "firm" in found.message


def test_incremental_is_taken_where_it_can_be(schema: OrgSchema) -> None:
    assert whole({"account": [source("Account", name="Name") | {"pull": "incremental"}]}, schema) == ""


def test_merges_are_told_of_accounts_contacts_and_leads(schema: OrgSchema) -> None:
    told = {name for name, info in schema.objects.items() if can_tell_merges(info)}
    assert told <= {"Account", "Contact", "Lead"}
    assert "Account" in told
    assert not can_tell_merges(without(schema, "Account", "MasterRecordId").objects["Account"])

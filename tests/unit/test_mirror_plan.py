from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.offline_schema import offline_schema
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.mirror import ObjectPull, plan_pull
from sf_lifecycle.mirror.following import CONVERTED
from sf_lifecycle.mirror.wants import objects_of, parents_missing

PLAY = {
    "title": "t",
    "purpose": "p",
    "for_each": "account",
    "when": "true",
    "rank": "1",
    "key": ["id"],
    "occasion": "1",
    "priority": 1,
    "because": "b",
}
TASK = {"task": {"subject": "s", "due": {"before": "d"}, "fields": {"CallType": "Outbound"}}}


def mapping_of(roles: dict[str, Any], **more: Any) -> Mapping:
    values = {"name": "telecom", "roles": roles, "owners": {"fallback": "x"}} | more
    return Mapping.model_validate(values)


def source(object_name: str, **fields: str) -> dict[str, Any]:
    return {"object": object_name, "fields": fields}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> OrgSchema:
    plain = mapping_of({"account": [source("Account", name="Name")]})
    sfdx = shipped_root() / "salesforce"
    return offline_schema(data_dir=tmp_path_factory.mktemp("data"), sfdx=sfdx, sfdx_shown="salesforce", mapping=plain)


def without(schema: OrgSchema, name: str, *fields: str) -> OrgSchema:
    info = schema.objects[name]
    kept = {key: value for key, value in info.fields.items() if key not in fields}
    return replace(schema, objects={**schema.objects, name: replace(info, fields=kept)})


def by_table(pulls: tuple[ObjectPull, ...]) -> dict[str, ObjectPull]:
    return {pull.table: pull for pull in pulls}


def paths(pull: ObjectPull) -> list[str]:
    return [path for path, _ in pull.fields]


def places(caught: pytest.ExceptionInfo[ConfigError]) -> list[str]:
    return [f"{problem.file}: {problem.place}" for problem in caught.value.problems]


def test_two_roles_of_one_object_share_a_table(schema: OrgSchema) -> None:
    roles = {
        "account": [source("Account", name="Name")],
        "partner": [source("Account", name="Name", park="Lifecycle_Business_Park__c")],
        "contact": [{**source("Contact", name="Name"), "parent": "AccountId"}],
    }
    found = by_table(plan_pull(mapping_of(roles), schema))
    assert paths(found["Account"]) == ["Id", "Name", "Lifecycle_Business_Park__c"]
    assert paths(found["Contact"]) == ["Id", "AccountId", "Name"]


def test_users_and_our_own_records_are_always_pulled(schema: OrgSchema) -> None:
    found = by_table(plan_pull(mapping_of({"account": [source("Account", name="Name")]}), schema))
    assert list(found) == ["Account", "User", "_our_tasks", "_our_campaigns", "_our_members", "_our_statuses"]
    tasks = found["_our_tasks"]
    assert (tasks.where, tasks.all_rows, tasks.keyed) == ("Lifecycle_Key__c >= '0'", True, False)
    assert {"Id", "IsArchived", "Lifecycle_Outcome__c"} <= set(paths(tasks))
    assert set(paths(found["User"])) >= {"Id", "Name", "Alias", "ManagerId", "UserRoleId"}


def test_every_missing_object_and_field_is_told_at_once(schema: OrgSchema) -> None:
    roles = {
        "account": [source("Account", name="Nam", form="Lifecycle_Legal_From__c"), source("Leads", name="Company")],
        "contact": [{**source("Contact", owner="Owner.Nmae", address="MailingAddress"), "parent": "Account"}],
    }
    with pytest.raises(ConfigError) as caught:
        plan_pull(mapping_of(roles), schema)
    at = "mappings/telecom/objects.toml: "
    assert places(caught) == [
        f"{at}account[0].fields.name",
        f"{at}account[0].fields.form",
        f"{at}account[1].object",
        f"{at}contact.parent",
        f"{at}contact.fields.owner",
        f"{at}contact.fields.address",
    ]
    text = str(caught.value)
    assert "did you mean `Name`?" in text
    assert "did you mean `Lifecycle_Legal_Form__c`?" in text
    assert "did you mean `Lead`?" in text
    assert "deploy salesforce/" in text
    assert "field-level security" in text
    assert "holds no single value" in text


def test_an_org_without_our_fields_is_told_what_to_deploy(schema: OrgSchema) -> None:
    bare = without(schema, "Task", "Lifecycle_Key__c", "Lifecycle_Play__c")
    plain = mapping_of({"account": [source("Account", name="Name")]})
    pull = by_table(plan_pull(plain, bare))["_our_tasks"]
    assert not pull.readable
    assert {"Lifecycle_Key__c", "Lifecycle_Play__c"} <= {path for path, _ in pull.absent}
    with_task = mapping_of({"account": [source("Account", name="Name")]}, plays={"call": PLAY | TASK})
    with pytest.raises(ConfigError, match="deploy salesforce/") as caught:
        plan_pull(with_task, bare)
    assert places(caught) == ["the org: Task.Lifecycle_Key__c", "the org: Task.Lifecycle_Play__c"]


def test_constants_of_plays_and_extra_fields_are_read_back(schema: OrgSchema) -> None:
    with_task = mapping_of({"account": [source("Account", name="Name")]}, plays={"call": PLAY | TASK})
    extra = {"Task": ["CallDisposition", "Subject"], "Campaign": ["StartDate"]}
    found = by_table(plan_pull(with_task, schema, extra=extra))
    assert paths(found["_our_tasks"]).count("Subject") == 1
    assert paths(found["_our_tasks"])[-2:] == ["CallType", "CallDisposition"]
    assert paths(found["_our_campaigns"])[-1] == "StartDate"
    with pytest.raises(ConfigError) as caught:
        plan_pull(with_task, without(schema, "Task", "CallType"))
    assert places(caught) == ["mappings/telecom/plays/call.toml: task.fields.CallType"]


def test_fields_written_back_are_read_where_an_object_has_them(schema: OrgSchema) -> None:
    roles = {"account": [source("Account", name="Name"), source("Lead", name="Company")]}
    outputs = {"account": {"Lifecycle_Stage__c": "stage", "NumberOfEmployees": "1", "AccountSource": "x"}}
    found = by_table(plan_pull(mapping_of(roles, outputs=outputs), schema))
    assert paths(found["Account"]) == ["Id", "Name", "Lifecycle_Stage__c", "NumberOfEmployees", "AccountSource"]
    assert paths(found["Lead"]) == ["Id", "Company", "Lifecycle_Stage__c", "NumberOfEmployees", *CONVERTED]
    with pytest.raises(ConfigError) as caught:
        plan_pull(mapping_of(roles, outputs={"account": {"Nowhere__c": "stage"}}), schema)
    assert places(caught) == ["mappings/telecom/lifecycle.toml: outputs.account.Nowhere__c"]


def test_hidden_fields_of_users(schema: OrgSchema) -> None:
    plain = mapping_of({"account": [source("Account", name="Name")]})
    pull = by_table(plan_pull(plain, without(schema, "User", "Country", "ManagerId")))["User"]
    assert [path for path, _ in pull.absent] == ["ManagerId", "Country"]
    with pytest.raises(ConfigError) as caught:
        plan_pull(plain, without(schema, "User", "Alias", "UserType"))
    assert [problem.place for problem in caught.value.problems] == ["User.UserType", "owners.by"]


def test_relationship_paths_lead_to_further_objects() -> None:
    def thing(name: str, *references: tuple[str, str]) -> ObjectInfo:
        fields = [FieldInfo(name="Name", type="string")]
        fields += [
            FieldInfo(name=f"{a}Id", type="reference", relationship_name=a, reference_to=(b,)) for a, b in references
        ]
        return ObjectInfo(name=name, fields={info.name: info for info in fields})

    mapping = mapping_of({"contact": [source("Contact", group="Account.Parent.Owner.Name", bad="Nope.Name")]})
    known = {"Contact": thing("Contact", ("Account", "Account"))}
    assert {"Contact", "User", "Task"} <= objects_of(mapping)
    assert parents_missing(mapping, OrgSchema(objects=known, source="")) == {"Account"}
    known["Account"] = thing("Account", ("Parent", "Account"), ("Owner", "User"))
    assert parents_missing(mapping, OrgSchema(objects=known, source="")) == {"User"}
    known["User"] = thing("User")
    assert parents_missing(mapping, OrgSchema(objects=known, source="")) == set()


def test_the_shipped_mapping_can_be_pulled(schema: OrgSchema) -> None:
    folder: Path = shipped_root() / "mappings" / "telecom"
    loaded = load_mapping(folder, shown="mappings/telecom")
    assert not loaded.problems
    assert loaded.mapping is not None
    found = by_table(plan_pull(loaded.mapping, schema))
    assert {"Account", "Lead", "Contact", "Contract", "Lifecycle_Provider_Contract__c"} <= set(found)
    assert not any(pull.absent for pull in found.values())


OUR_USER_FIELDS = {
    "hours_share": "Lifecycle_Hours_Share__c",
    "away_from": "Lifecycle_Away_From__c",
    "away_until": "Lifecycle_Away_Until__c",
}


def test_fields_that_say_how_users_work_are_pulled(schema: OrgSchema) -> None:
    owners = {"fallback": "x", "user": OUR_USER_FIELDS | {"country": "Country"}}
    roles = {"account": [source("Account", name="Name")]}
    found = by_table(plan_pull(mapping_of(roles, owners=owners), schema))["User"]
    assert {*OUR_USER_FIELDS.values(), "Country", "LanguageLocaleKey"} <= set(paths(found))
    assert not found.absent


def test_fields_of_users_that_are_hidden_or_of_another_kind(schema: OrgSchema) -> None:
    owners = {
        "fallback": "x",
        "user": {"country": "Land__c", "hours_share": "Title", "away_from": "CreatedDate", "locale": "IsActive"}
        | {"away_until": "Lifecycle_Away_Untl__c"},
    }
    roles = {"account": [source("Account", name="Name")]}
    with pytest.raises(ConfigError) as caught:
        plan_pull(mapping_of(roles, owners=owners), schema)
    at = "mappings/telecom/lifecycle.toml: owners.user"
    assert sorted(places(caught)) == [
        f"{at}.{name}" for name in ("away_from", "away_until", "country", "hours_share", "locale")
    ]
    text = str(caught.value)
    assert "did you mean `Lifecycle_Away_Until__c`?" in text
    assert "field-level security hides it" in text
    assert "User.CreatedDate is of type datetime, which holds no date" in text
    assert "name a field of type date, or leave the key out" in text


def test_a_field_of_users_that_nobody_named_may_be_hidden(schema: OrgSchema) -> None:
    plain = mapping_of({"account": [source("Account", name="Name")]})
    hidden = without(schema, "User", "LanguageLocaleKey")
    assert [path for path, _ in by_table(plan_pull(plain, hidden))["User"].absent] == ["LanguageLocaleKey"]
    named = mapping_of(
        {"account": [source("Account", name="Name")]},
        owners={"fallback": "x", "user": {"language": "LanguageLocaleKey"}},
    )
    with pytest.raises(ConfigError) as caught:
        plan_pull(named, hidden)
    assert places(caught) == ["mappings/telecom/lifecycle.toml: owners.user.language"]

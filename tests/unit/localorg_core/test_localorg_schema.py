from __future__ import annotations

from pathlib import Path

import pytest

from sf_lifecycle.localorg.schema import Schema
from sf_lifecycle.localorg.sfdx import MetadataError, load_sfdx, role_files
from sf_lifecycle.localorg.standard import load_standard

PROJECT = Path(__file__).parents[2] / "integration" / "localorg" / "sfdx"
SHIPPED = Path(__file__).parents[3] / "salesforce"


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_sfdx(PROJECT, load_standard())


def test_standard_objects(schema: Schema) -> None:
    account = schema.get("ACCOUNT")
    assert account is not None
    assert (account.key_prefix, account.custom) == ("001", False)
    assert schema.by_prefix("003") is schema.get("Contact")
    assert schema.by_prefix("zzz") is None
    task = schema.objects["task"]
    assert task.fields["whoid"].polymorphic
    required = {f.name for f in schema.objects["opportunity"].fields.values() if f.required}
    assert required == {"Name", "StageName", "CloseDate"}
    assert {f.name for f in account.parts("BillingAddress")} >= {"BillingCity", "BillingStreet"}


def test_custom_fields(schema: Schema) -> None:
    account = schema.objects["account"]
    segment = account.fields["segment__c"]
    assert (segment.type, segment.restricted_picklist) == ("picklist", True)
    assert [v.value for v in segment.picklist_values] == ["Small", "Large"]
    reg = account.fields["reg__c"]
    assert (reg.external_id, reg.unique, reg.case_sensitive, reg.id_lookup, reg.length) == (True, True, False, True, 20)
    deal = schema.objects["deal__c"]
    assert (deal.key_prefix, deal.custom, deal.get("OwnerId")) == ("a00", True, None)
    amount = deal.fields["amount__c"]
    assert (amount.type, amount.precision, amount.scale) == ("currency", 8, 2)
    parent = deal.fields["account__c"]
    assert (parent.relationship_name, parent.master_detail, parent.updateable) == ("Account__r", True, True)
    assert not parent.nillable
    assert deal.by_relationship("account__r") is parent
    assert not deal.fields["note__c"].filterable
    assert deal.fields["agreed__c"].default_value is True
    assert deal.name_field is not None
    assert deal.name_field.auto_number


def test_relationships_are_known_to_the_parents(schema: Schema) -> None:
    children = {c.relationship_name: c for c in schema.objects["account"].child_relationships}
    assert children["Deals__r"].cascade_delete
    friends = {c.relationship_name: c for c in schema.objects["contact"].child_relationships}
    assert not friends["Friend_Deals__r"].cascade_delete
    assert "Tasks" in {c.relationship_name for c in schema.objects["deal__c"].child_relationships}


def test_activity_fields_belong_to_tasks_and_events(schema: Schema) -> None:
    for name in ("task", "event"):
        assert schema.objects[name].fields["key__c"].unique
        assert "Deal__c" in schema.objects[name].fields["whatid"].reference_to


def test_roles() -> None:
    assert list(role_files(PROJECT)) == [("Reps", "Sales reps", "Sales"), ("Sales", "Sales", None)]


def test_fields_of_an_object_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "objects" / "Nothing" / "fields").mkdir(parents=True)
    with pytest.raises(MetadataError, match="there is no object Nothing"):
        load_sfdx(tmp_path, load_standard())


def test_the_shipped_project_loads() -> None:
    schema = load_sfdx(SHIPPED, load_standard())
    key = schema.objects["task"].fields["lifecycle_key__c"]
    assert key.unique
    assert key.external_id
    assert schema.objects["lifecycle_provider_contract__c"].fields["account__c"].master_detail

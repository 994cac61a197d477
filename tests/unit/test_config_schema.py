"""What fields mean where no org is at hand, and which source says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_samples import replaced, write_workspace

from sf_lifecycle.config.offline_schema import workspace_schema
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.config.schema_cache import read_schema, write_schema
from sf_lifecycle.config.sfdx_source import sfdx_schema
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.config.standard_source import standard_schema
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import ConfigError

SHIPPED = shipped_root() / "salesforce"
FIELD = (
    '<CustomField xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>{name}</fullName>'
    "<type>{type}</type>{more}</CustomField>"
)


def one(name: str, *fields: FieldInfo) -> OrgSchema:
    return OrgSchema(objects={name: ObjectInfo(name=name, fields={f.name: f for f in fields})}, source="the org")


def test_a_kept_description_comes_back_equal(tmp_path: Path) -> None:
    schema = one("Account", FieldInfo(name="A__c", type="picklist", picklist=("a", "b"), reference_to=("User",)))
    write_schema(tmp_path / "var", schema)
    assert read_schema(tmp_path / "var") == schema
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["schema.json"]
    assert read_schema(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"format": 1, "objects": [{"name": "A"}], "source": ""}'])
def test_a_description_that_is_none_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "schema.json").write_bytes(content)
    with pytest.raises(ConfigError, match="delete the file"):
        read_schema(tmp_path)


def test_standard_objects_are_known() -> None:
    schema = standard_schema()
    account = schema.objects["Account"]
    assert account.fields["Name"].type == "string"
    assert not account.fields["Name"].nillable
    assert schema.resolve("Contact", "Account.Owner.IsActive") == schema.objects["User"].fields["IsActive"]
    assert "Prospect" in account.fields["Type"].picklist


def test_which_words_a_standard_picklist_has_only_the_org_knows() -> None:
    status = standard_schema().objects["Contract"].fields["Status"]
    assert "Activated" in status.picklist
    assert not any(
        field.restricted_picklist for info in standard_schema().objects.values() for field in info.fields.values()
    )


def test_the_shipped_source_gives_the_custom_fields() -> None:
    schema = sfdx_schema(SHIPPED, shown="salesforce")
    contract = schema.objects["Lifecycle_Provider_Contract__c"].fields
    assert contract["End_Date__c"].type == "date"
    assert contract["Account__c"].reference_to == ("Account",)
    assert contract["Account__c"].relationship_name == "Account__r"
    assert contract["End_Date_Certainty__c"].picklist == ("exact", "month", "quarter", "estimate")
    assert contract["CreatedDate"].type == "datetime"
    assert "OwnerId" not in contract
    assert schema.objects["Task"].fields["Lifecycle_Key__c"].unique
    assert schema.objects["Event"].fields["Lifecycle_Key__c"].length == 64
    assert "Activity" not in schema.objects


def test_each_field_comes_from_the_first_source_that_knows_it(tmp_path: Path) -> None:
    changes = {
        "salesforce/main/objects/Account/fields/A__c.field-meta.xml": FIELD.format(name="A__c", type="Date", more=""),
        "salesforce/main/objects/Account/fields/B__c.field-meta.xml": FIELD.format(name="B__c", type="Text", more=""),
        **replaced(
            "mappings/telecom/objects.toml",
            'name = "Name"',
            'name = "Name"\na = { field = "A__c", type = "text" }\nc = { field = "C__c", type = "number" }\n'
            'd = { field = "Owner.D__c", type = "boolean" }\ne = { field = "Park__r.Region__r.E__c", type = "id" }',
        ),
    }
    workspace = load_workspace(write_workspace(tmp_path, changes), environ={})
    write_schema(tmp_path / "var", one("Account", FieldInfo(name="B__c", type="picklist")))
    schema = workspace_schema(workspace, "telecom")
    types = {
        path: found.type for path in ("A__c", "B__c", "C__c", "Name") if (found := schema.resolve("Account", path))
    }
    assert types == {"A__c": "date", "B__c": "picklist", "C__c": "double", "Name": "string"}
    for path, kind in (("Owner.D__c", "boolean"), ("Park__r.Region__r.E__c", "reference"), ("Owner.Name", "string")):
        found = schema.resolve("Account", path)
        assert found
        assert found.type == kind
    assert schema.source == "the org, the SFDX source in salesforce, the standard objects"
    assert "D__c" not in standard_schema().objects["User"].fields


def test_a_broken_source_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "objects/Account/fields/A__c.field-meta.xml"
    path.parent.mkdir(parents=True)
    path.write_text("<CustomField>")
    with pytest.raises(ConfigError, match=r"salesforce/objects/Account/fields/A__c.field-meta.xml: not metadata"):
        sfdx_schema(tmp_path, shown="salesforce")

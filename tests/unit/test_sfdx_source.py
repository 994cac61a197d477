"""The SFDX project is well-formed and says the same thing everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "salesforce"
SOURCE = PROJECT / "force-app" / "main" / "default"
STANDARD = ROOT / "sf_lifecycle" / "standard_objects"
NS = "{http://soap.sforce.com/2006/04/metadata}"
FIELD_FILES = sorted(SOURCE.glob("objects/*/fields/*.field-meta.xml"))
PERMISSION_SETS = sorted(SOURCE.glob("permissionsets/*.permissionset-meta.xml"))
LABEL_LENGTH, DESCRIPTION_LENGTH, HELP_LENGTH, NAME_LENGTH = 40, 1000, 510, 40

_STAGED = ("Stage", "Stage_Since", "Previous_Stage", "Highest_Stage", "Reason", "Not_Approached")
_ANSWERS = (
    "Position",
    "Next_Decision",
    "Just_Left",
    "Locked_Elsewhere",
    "Can_End_Soon",
    "Content_There",
    "Control_Group",
)
_JOB = ("Job_Key", "Last_Run", "Last_Success", "Status", "Run_Id", "Created", "Updated", "Failed", "Message")
_CONTRACT_ELSEWHERE = (
    "Account Provider Product_Line End_Date End_Date_Certainty Notice_Days Monthly_Value Satisfaction Source"
    " Researched_On External_Key Position"
)
PROMISED = {
    "Account": [
        f"Lifecycle_{n}__c"
        for n in (
            *_STAGED,
            *[
                "Position",
                "Next_Decision",
                "Just_Left",
                "Locked_Elsewhere",
                "Can_End_Soon",
                "Content_There",
                "Control_Group",
            ],
            *["Legal_Form", "Business_Park", "Segment", "Satisfaction", "Registration_Number"],
            *["Next_Change", "Tier", "Referred_By"],
        )
    ],
    "Lead": [f"Lifecycle_{n}__c" for n in (*_STAGED, "Call_Consent", "Email_Consent", "Referred_By")],
    "Opportunity": ["Lifecycle_Loss_Reason__c"],
    "Contact": ["Lifecycle_Call_Consent__c", "Lifecycle_Email_Consent__c"],
    "Contract": [f"Lifecycle_{n}__c" for n in ("Product_Line", "Monthly_Value", "Notice_Days")],
    "Activity": [f"Lifecycle_{n}__c" for n in ("Key", "Play", "Reason", "Basis", "Outcome", "Next_Date")],
    "Campaign": [f"Lifecycle_{n}__c" for n in ("Key", "Play")],
    "CampaignMember": [f"Lifecycle_{n}__c" for n in ("Key", "Play", "Reason", "Decision_Date")],
    "Lifecycle_Provider_Contract__c": [f"{n}__c" for n in _CONTRACT_ELSEWHERE.split()],
    "Lifecycle_Job__c": [f"{n}__c" for n in _JOB],
    "Lifecycle_Setting__c": ["Paused__c"],
    "User": [f"Lifecycle_{n}__c" for n in ("Away_From", "Away_Until", "Hours_Share")],
}


@cache
def parse(path: Path) -> ET.Element:
    return ET.parse(path).getroot()


def text(element: ET.Element, name: str) -> str:
    return element.findtext(f"{NS}{name}") or ""


def custom_fields() -> dict[str, dict[str, ET.Element]]:
    found: dict[str, dict[str, ET.Element]] = {}
    for path in FIELD_FILES:
        found.setdefault(path.parent.parent.name, {})[path.name.removesuffix(".field-meta.xml")] = parse(path)
    return found


def fields_of(sobject: str) -> set[str]:
    """Every field name of an object as permission sets write it: standard, compound and custom ones."""
    described = STANDARD / f"{sobject}.json"
    names = {f["name"] for f in json.loads(described.read_text())["fields"]} if described.exists() else set()
    custom = custom_fields()
    return names | set(custom.get("Activity" if sobject in ("Task", "Event") else sobject, {}))


def picklist(sobject: str, field: str) -> list[str]:
    return [text(v, "fullName") for v in custom_fields()[sobject][field].iter(f"{NS}value")]


def test_every_file_is_well_formed_xml() -> None:
    files = sorted(PROJECT.rglob("*.xml"))
    assert len(files) > 80
    for path in files:
        assert parse(path).tag.startswith(NS), path


@pytest.mark.parametrize("path", FIELD_FILES, ids=lambda p: f"{p.parent.parent.name}.{p.name.split('.')[0]}")
def test_field_file(path: Path) -> None:
    field = parse(path)
    name = path.name.removesuffix(".field-meta.xml")
    assert field.tag == f"{NS}CustomField"
    assert text(field, "fullName") == name
    assert re.fullmatch(r"[A-Za-z](?:_?[A-Za-z0-9])*__c", name)
    assert len(name) <= NAME_LENGTH + len("__c")
    assert text(field, "type")
    assert 0 < len(text(field, "label")) <= LABEL_LENGTH
    assert 0 < len(text(field, "description")) <= DESCRIPTION_LENGTH
    assert len(text(field, "inlineHelpText")) <= HELP_LENGTH
    if not path.parent.parent.name.endswith("__c"):
        assert name.startswith("Lifecycle_"), "a name of the org's own could be replaced"
    if text(field, "type") == "Text":
        assert 0 < int(text(field, "length")) <= 255
    if text(field, "type") in ("Number", "Currency"):
        assert int(text(field, "scale")) <= int(text(field, "precision")) <= 18
    if text(field, "type") == "Picklist":
        values = [text(v, "fullName") for v in field.iter(f"{NS}value")]
        assert values
        assert len(values) == len({v.lower() for v in values})
        assert field.findtext(f".//{NS}restricted") == "true"


def test_every_promised_field_is_there_and_no_other() -> None:
    assert {o: sorted(f) for o, f in custom_fields().items()} == {o: sorted(f) for o, f in PROMISED.items()}


@pytest.mark.parametrize("sobject", ["Activity", "Campaign", "CampaignMember"])
def test_our_key_is_unique_whatever_its_case(sobject: str) -> None:
    field = custom_fields()[sobject]["Lifecycle_Key__c"]
    assert [text(field, n) for n in ("type", "length", "externalId", "unique", "caseSensitive")] == [
        "Text", "64", "true", "true", "false",
    ]  # fmt: skip


def test_picklists_speak_the_shared_words() -> None:
    position = ["unknown", "locked", "window", "missed", "free"]
    assert picklist("Account", "Lifecycle_Position__c") == position
    assert picklist("Lifecycle_Provider_Contract__c", "Position__c") == [*position, "superseded"]
    assert picklist("Account", "Lifecycle_Stage__c") == picklist("Lead", "Lifecycle_Stage__c")
    assert picklist("Contract", "Lifecycle_Product_Line__c") == picklist(
        "Lifecycle_Provider_Contract__c", "Product_Line__c"
    )
    for question in ("Just_Left", "Locked_Elsewhere", "Can_End_Soon", "Content_There"):
        assert picklist("Account", f"Lifecycle_{question}__c") == ["yes", "no", "unknown"]


def test_contracts_elsewhere_belong_to_their_account() -> None:
    sobject = parse(next(SOURCE.glob("objects/Lifecycle_Provider_Contract__c/*.object-meta.xml")))
    assert text(sobject, "sharingModel") == "ControlledByParent"
    assert text(sobject, "enableActivities") == text(sobject, "enableHistory") == "true"
    parent = custom_fields()["Lifecycle_Provider_Contract__c"]["Account__c"]
    assert text(parent, "type") == "MasterDetail"
    assert text(parent, "relationshipName") == "Lifecycle_Provider_Contracts"
    assert text(parent, "reparentableMasterDetail") == "true"


def field_permissions(path: Path) -> Iterator[tuple[str, str, bool]]:
    for entry in parse(path).findall(f"{NS}fieldPermissions"):
        sobject, _, field = text(entry, "field").partition(".")
        yield sobject, field, text(entry, "editable") == "true"


@pytest.mark.parametrize("path", PERMISSION_SETS, ids=lambda p: p.name.split(".")[0])
def test_permission_set_names_only_what_exists(path: Path) -> None:
    names = [(sobject, field) for sobject, field, _ in field_permissions(path)]
    assert len(names) == len(set(names))
    for sobject, field in names:
        assert field in fields_of(sobject), f"{sobject}.{field}"
        custom = custom_fields().get(sobject, {}).get(field)
        assert custom is None or text(custom, "type") != "MasterDetail", "required fields cannot be listed"
    for entry in parse(path).findall(f"{NS}objectPermissions"):
        name = text(entry, "object")
        assert (STANDARD / f"{name}.json").exists() or (SOURCE / "objects" / name).is_dir(), name
    assert parse(path).find(f"{NS}license") is None


@pytest.mark.parametrize("path", PERMISSION_SETS, ids=lambda p: p.name.split(".")[0])
def test_every_permission_set_shows_every_field_of_ours(path: Path) -> None:
    seen = {f"{sobject}.{field}" for sobject, field, _ in field_permissions(path)}
    for sobject, fields in custom_fields().items():
        for name, field in fields.items():
            if text(field, "type") != "MasterDetail":
                for real in ("Task", "Event") if sobject == "Activity" else (sobject,):
                    assert f"{real}.{name}" in seen


def test_the_worker_may_edit_only_what_it_writes() -> None:
    path = SOURCE / "permissionsets" / "Lifecycle_Worker.permissionset-meta.xml"
    edits: dict[str, set[str]] = {}
    for sobject, field, editable in field_permissions(path):
        if editable:
            edits.setdefault(sobject, set()).add(field)
    assert set(edits) == {
        "Account", "Lead", "Task", "Campaign", "CampaignMember", "Lifecycle_Provider_Contract__c", "Lifecycle_Job__c",
    }  # fmt: skip
    assert edits["Lifecycle_Provider_Contract__c"] == {"Position__c"}
    assert all(f.startswith("Lifecycle_") for f in edits["Account"] | edits["Lead"])
    assert not edits["Task"] & {"Lifecycle_Outcome__c", "Lifecycle_Next_Date__c"}
    enabled = {text(u, "name") for u in parse(path).findall(f"{NS}userPermissions")}
    assert enabled == {"ActivitiesAccess", "ApiEnabled", "EditTask", "ViewAllUsers", "ViewRoles", "ViewSetup"}
    objects = {text(o, "object"): o for o in parse(path).findall(f"{NS}objectPermissions")}
    assert all(text(o, "modifyAllRecords") == "false" for o in objects.values())
    assert [n for n, o in objects.items() if text(o, "allowDelete") == "true"] == ["Campaign"]
    for name in ("Account", "Contact", "Lead", "Opportunity", "Case", "Contract"):
        assert text(objects[name], "viewAllRecords") == "true", "a partial view gives a wrong plan"


@pytest.mark.parametrize("name", ["DoNotCall", "HasOptedOutOfEmail"])
def test_the_worker_sees_consent(name: str) -> None:
    path = SOURCE / "permissionsets" / "Lifecycle_Worker.permissionset-meta.xml"
    seen = {(sobject, field) for sobject, field, _ in field_permissions(path)}
    assert {("Contact", name), ("Lead", name)} <= seen


def test_list_views_layouts_and_actions_name_fields_that_exist() -> None:
    own = {name for fields in custom_fields().values() for name in fields}
    for path in SOURCE.glob("objects/*/listViews/*.xml"):
        assert text(parse(path), "fullName") == path.name.removesuffix(".listView-meta.xml")
    for pattern, tag in (("objects/*/listViews/*", "columns"), ("layouts/*", "field"), ("quickActions/*", "field")):
        for path in SOURCE.glob(f"{pattern}.xml"):
            for entry in parse(path).iter(f"{NS}{tag}"):
                assert not (entry.text or "").endswith("__c") or entry.text in own, f"{path.name}: {entry.text}"


def test_removing_takes_out_everything_that_was_deployed() -> None:
    listed = {
        (text(types, "name"), m.text)
        for types in parse(PROJECT / "remove" / "destructiveChanges.xml").findall(f"{NS}types")
        for m in types.findall(f"{NS}members")
    }
    own = {p.name for p in (SOURCE / "objects").glob("*__c")}
    deployed = {("CustomObject", name) for name in own}
    deployed |= {("CustomField", f"{o}.{n}") for o, fields in custom_fields().items() if o not in own for n in fields}
    kinds = {
        "PermissionSet": "permissionsets/*", "CustomPermission": "customPermissions/*", "CustomTab": "tabs/*",
        "QuickAction": "quickActions/*",
    }  # fmt: skip
    for kind, pattern in kinds.items():
        deployed |= {(kind, p.name.rsplit(".", 2)[0]) for p in SOURCE.glob(pattern)}
    for path in SOURCE.glob("objects/*/listViews/*"):
        if path.parent.parent.name not in own:
            deployed.add(("ListView", f"{path.parent.parent.name}.{path.name.split('.')[0]}"))
    assert listed == deployed

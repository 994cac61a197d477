"""What is asked of the org, and how its rows are read."""

from __future__ import annotations

from doctor_facts import schema, setup, without_object

from sf_lifecycle.doctor import asking
from sf_lifecycle.doctor.facts import Untold
from sf_lifecycle.doctor.gather import why_not
from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce.layouts import layout_fields


def test_all_questions_fit_one_call() -> None:
    asked = asking.questions("005W", setup().mapping, schema())
    assert len(asked) <= 25
    assert asked["seen.Account"] == "SELECT COUNT() FROM Account"
    assert asked["owned.Lead"].endswith("GROUP BY OwnerId")
    assert {"seen.Contract", "seen.Contact", "seen.Lead", "seen.Lifecycle_Provider_Contract__c"} <= set(asked)
    assert not {"seen.Task", "seen.Event", "seen.User"} & set(asked)  # the org counts archived ones too


def test_no_question_names_an_object_that_is_not_shown() -> None:
    hidden = without_object("Lead", "Lifecycle_Setting__c", "Case")
    asked = asking.questions("005W", setup().mapping, hidden)
    assert not {"seen.Lead", "owned.Lead", "seen.Case", "paused"} & set(asked)


def test_no_question_selects_a_field_twice() -> None:
    mapping = setup().mapping.model_copy(
        update={"owners": setup().mapping.owners.model_copy(update={"by": "EmployeeNumber"})}
    )
    assert "EmployeeNumber" in asking.questions("005W", mapping, schema())["people"]


def test_a_list_of_rights_without_api_access_is_not_believed() -> None:
    rows = [{"PermissionSet.PermissionsApiEnabled": False, "PermissionSet.PermissionsModifyAllData": True}]
    assert isinstance(asking.read_rights(rows), Untold)
    rows.append({"Profile.PermissionsApiEnabled": True, "Profile.PermissionsViewSetup": False})
    assert asking.read_rights(rows) == {"ApiEnabled", "ModifyAllData"}


def test_one_answer_or_none() -> None:
    assert asking.one_word([{"A": "x"}, {"A": "x"}], "A") == "x"
    assert isinstance(asking.one_word([{"A": "x"}, {"A": "y"}], "A"), Untold)
    assert isinstance(asking.one_word([], "A"), Untold)
    assert isinstance(asking.read_me([]), Untold)


def test_owners_that_are_null_are_left_out() -> None:
    assert asking.per_owner([{"held_by": "005A", "held": 3}, {"held_by": None, "held": 2}]) == {"005A": 3}


def test_a_refusal_in_a_few_words() -> None:
    assert why_not(OrgError("long\nand longer", code="INVALID_TYPE")).why == "the org does not show the object"
    assert why_not(OrgError("first line\nsecond", code="ODD")).why == "first line"


def test_layout_fields_wherever_they_stand() -> None:
    item = {"layoutComponents": [{"type": "Field", "value": "Name"}, {"type": "Separator", "value": ", "}]}
    section = {"layoutRows": [{"layoutItems": [item, {"layoutComponents": []}]}]}
    described = {"layouts": [{"detailLayoutSections": [section], "editLayoutSections": None, "id": "00h"}]}
    assert layout_fields(described) == {"Name"}


def test_layouts_that_are_not_listed_are_no_empty_page() -> None:
    for answer in ({"layouts": None}, {"layouts": []}, [], None):
        assert isinstance(layout_fields(answer), OrgError)

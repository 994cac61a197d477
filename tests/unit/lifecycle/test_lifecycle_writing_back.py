"""What is written back suits its field: told with the place, before anything is worked out."""

from typing import Any

import pytest

from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.engine import build
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.lifecycle.queries import output_query
from sf_lifecycle.lifecycle.writing_back import output_problems, output_types

FIELDS = {
    "Id": "id", "Name": "string", "Revenue__c": "currency", "Count__c": "int", "Open__c": "boolean", "Since__c": "date",
    "At__c": "datetime", "Text__c": "string", "Word__c": "picklist", "Other__c": "reference",
}  # fmt: skip
STAGE = {"rules": [{"label": "suspect"}]}


def schema(*objects: str, **other: str) -> OrgSchema:
    names = objects or ("Account",)
    info = {name: FieldInfo(name=name, type=type_, length=80) for name, type_ in (FIELDS | other).items()}
    return OrgSchema(objects={name: ObjectInfo(name=name, fields=info) for name in names}, source="here")


def mapping(**outputs: str) -> Mapping:
    fields = {"name": "Name", "revenue": "Revenue__c", "open": "Open__c", "since": "Since__c", "at": "At__c"}
    roles = {"account": [{"object": "Account", "fields": fields}]}
    labels: dict[str, Any] = {"account": {"size": {"rules": [{"label": "small"}]}}}
    whole = {"name": "m", "roles": roles, "owners": {"fallback": "desk"}, "outputs": {"account": outputs}}
    return Mapping.model_validate(whole | {"labels": labels})


def built(**outputs: str) -> list[tuple[str, str]]:
    found = mapping(**outputs)
    query = output_query(found, "account", output_types(found, "account", schema()))
    try:
        build(
            found,
            Model.model_validate({"title": "Test", "labels": {"account": {"stage": STAGE}}, "stages": {}}),
            schema(),
            [query],
        )
    except ConfigError as error:
        return [(problem.place, problem.message) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("Revenue__c", "revenue / 3.0"), ("Count__c", "revenue"), ("Open__c", "open"), ("Since__c", "since"),
        ("Text__c", "name"), ("Word__c", "size"), ("Text__c", "id"), ("Elsewhere__c", "revenue"),
    ],
)  # fmt: skip
def test_a_value_of_the_fields_kind_is_fine(field: str, text: str) -> None:
    assert built(**{field: text}) == []


@pytest.mark.parametrize(
    ("field", "text", "kind"),
    [
        ("Revenue__c", "name", "number"), ("Open__c", "name", "boolean"), ("Since__c", "name", "date"),
        ("Since__c", "at", "date"), ("Text__c", "revenue", "text"), ("Text__c", "open", "text"),
        ("Text__c", "since", "text"), ("Count__c", "open", "number"), ("Open__c", "revenue", "boolean"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_with_its_place(field: str, text: str, kind: str) -> None:
    ((place, message),) = built(**{field: text})
    assert place == f"outputs.account.{field}"
    said = {"boolean": "true or false"}.get(kind, f"a {kind}")
    assert message.startswith(f"expected {said}")


@pytest.mark.parametrize(("field", "text"), [("At__c", "at"), ("Other__c", "id"), ("Since__c", "size.because")])
def test_what_is_never_written_is_refused_with_its_place(field: str, text: str) -> None:
    (problem,) = output_problems(mapping(**{field: text}), schema())
    assert problem.place == f"outputs.account.{field}"
    assert problem.file == "mappings/m/lifecycle.toml"


def test_reasons_are_texts() -> None:
    assert list(output_problems(mapping(Text__c="size.because"), schema())) == []

from __future__ import annotations

from typing import Any

import pytest

from sf_lifecycle.localorg.errors import ApiError
from sf_lifecycle.localorg.rules.contract import end_date
from sf_lifecycle.localorg.schema import Field, PicklistValue
from sf_lifecycle.localorg.seeding import auto_number, person_name
from sf_lifecycle.localorg.server.composite import fill
from sf_lifecycle.localorg.values import to_json, to_stored


def field(type_: str, **more: Any) -> Field:
    return Field(name="F__c", label="F", type=type_, **more)


@pytest.mark.parametrize(
    ("type_", "value", "stored"),
    [
        ("string", " a ", "a"),
        ("string", "  ", None),
        ("string", 5, "5"),
        ("string", True, "true"),
        ("boolean", "TRUE", 1),
        ("int", "12", 12),
        ("int", 12.0, 12),
        ("double", "1.5", 1.5),
        ("double", None, None),
        ("date", "2026-12-31", "2026-12-31"),
        ("datetime", "2026-12-31T23:00:00-01:00", "2027-01-01T00:00:00.000Z"),
        ("datetime", "2026-12-31T23:00:00.5Z", "2026-12-31T23:00:00.000Z"),
        ("datetime", "2026-12-31T23:00:00.000+0000", "2026-12-31T23:00:00.000Z"),
        ("email", "a@b.nl", "a@b.nl"),
        ("reference", "70130000001tcyI", "70130000001tcyIAAQ"),
    ],
)
def test_stored_forms(type_: str, value: Any, stored: Any) -> None:
    assert to_stored(field(type_), value) == stored


@pytest.mark.parametrize(
    ("type_", "value", "code"),
    [
        ("boolean", None, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ("boolean", 1, "JSON_PARSER_ERROR"),
        ("int", 1.5, "JSON_PARSER_ERROR"),
        ("int", 10**8, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("double", "NaN", "JSON_PARSER_ERROR"),
        ("double", [], "JSON_PARSER_ERROR"),
        ("date", "31-12-2026", "JSON_PARSER_ERROR"),
        ("datetime", "2026-12-31T25:00:00Z", "JSON_PARSER_ERROR"),
        ("email", "a b@c", "INVALID_EMAIL_ADDRESS"),
        ("reference", "short", "MALFORMED_ID"),
        ("reference", 5, "MALFORMED_ID"),
    ],
)
def test_refused_values(type_: str, value: Any, code: str) -> None:
    with pytest.raises(ApiError) as refused:
        to_stored(field(type_), value)
    assert refused.value.code == code


def test_rounding_is_half_up_and_exact() -> None:
    money = field("currency", precision=5, scale=2)
    assert to_stored(money, 1.005) == 1.01
    assert to_stored(money, "999.994") == 999.99
    with pytest.raises(ApiError):
        to_stored(money, "999.995")


def test_picklists_keep_their_own_spelling() -> None:
    values = (PicklistValue(value="Hot", label="Hot"), PicklistValue(value="Old", label="Old", active=False))
    assert to_stored(field("picklist", picklist_values=values), "hot") == "Hot"
    assert to_stored(field("picklist", picklist_values=values), "Tepid") == "Tepid"
    with pytest.raises(ApiError):
        to_stored(field("picklist", picklist_values=values, restricted_picklist=True), "Old")


def test_json_forms() -> None:
    assert to_json(field("datetime"), "2026-12-31T23:00:00.000Z") == "2026-12-31T23:00:00.000+0000"
    assert to_json(field("boolean"), 0) is False
    assert to_json(field("double"), None) is None


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2026-01-01", 12, "2026-12-31"),
        ("2026-01-31", 1, "2026-02-27"),
        ("2024-02-29", 12, "2025-02-27"),
        ("2026-12-15", 1, "2027-01-14"),
        (None, 12, None),
        ("2026-01-01", None, None),
    ],
)
def test_contracts_end_a_day_before_their_term(start: str | None, term: int | None, end: str | None) -> None:
    assert end_date({"StartDate": start, "ContractTerm": term}) == end


def test_names_and_numbers() -> None:
    assert person_name(None, "Bos") == "Bos"
    assert person_name("Jo", "Bos") == "Jo Bos"
    assert auto_number(field("string", auto_number_format="A-{0000}/x"), 12) == "A-0012/x"
    assert auto_number(field("string"), 12) == "00000012"


def test_references_in_composite_bodies() -> None:
    known = {"a.id": 5, "a.name": "x"}
    filled = fill({"url": "/x/@{a.id}/y", "body": [{"n": "@{a.id}", "m": "no @ {here}"}]}, known.__getitem__)
    assert filled == {"url": "/x/5/y", "body": [{"n": 5, "m": "no @ {here}"}]}

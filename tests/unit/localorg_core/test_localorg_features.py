"""What an org has for good, and what its data file says of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sf_lifecycle.localorg import FeatureError, Features, Org
from sf_lifecycle.localorg.features import features_of, without_individuals
from sf_lifecycle.localorg.persons import with_persons
from sf_lifecycle.localorg.schema import Schema
from sf_lifecycle.localorg.standard import load_standard


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_standard()


def opened(file: Path, features: Features | None = None) -> Features:
    org = Org(data=file, features=features)
    org.close()
    return org.features


def test_a_new_org_has_none() -> None:
    assert features_of(":memory:") == Features()


def test_the_first_currency_is_the_corporate_one() -> None:
    found = features_of(":memory:", currencies={"EUR": "1", "PLN": "4.30"})
    assert (found.corporate, dict(found.currencies)) == ("EUR", {"EUR": Decimal(1), "PLN": Decimal("4.3")})
    assert features_of(":memory:", currencies={"PLN": "4.3", "EUR": "1"}, corporate="EUR").corporate == "EUR"
    assert features_of(":memory:", currencies={}) == Features()


@pytest.mark.parametrize(
    ("rates", "corporate", "says"),
    [
        ({"Euro": "1"}, None, "Euro is no currency code"),
        ({"EUR": "1.1"}, None, "the corporate currency EUR has the rate 1, not 1.1"),
        ({"EUR": "1"}, "PLN", "the corporate currency PLN is none of EUR"),
        ({"EUR": "1", "PLN": "much"}, None, "PLN=much: the rate is no number"),
        ({"EUR": "1", "PLN": "-4"}, None, "PLN=-4: a rate is above 0"),
        ({"EUR": "1", "PLN": "NaN"}, None, "PLN=NaN: a rate is above 0"),
        ({"EUR": "1", "PLN": "4.1234567"}, None, "six digits"),
    ],
)
def test_currencies_that_cannot_be(rates: Mapping[str, str], corporate: str | None, says: str) -> None:
    with pytest.raises(FeatureError, match=says):
        features_of(":memory:", currencies=rates, corporate=corporate)


def test_the_file_knows(tmp_path: Path) -> None:
    file = tmp_path / "org.db"
    begun = features_of(file, currencies={"EUR": "1", "PLN": "4.3"}, person_accounts=True)
    assert opened(file, begun) == begun
    assert opened(file) == begun  # nothing asked: as it was
    assert features_of(file, currencies={"EUR": "1.0", "PLN": "4.30"}, person_accounts=True) == begun


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (
            {"currencies": {"EUR": "1"}},
            r"currencies: EUR=1, PLN=4.3 \(corporate: EUR\), and keeps that; asked for: EUR=1",
        ),
        ({"currencies": {}}, "asked for: none"),
        ({"person_accounts": False}, "began with person accounts: on, and keeps that; asked for: off. Leave it out"),
        ({"individuals": True}, "began with individuals: off, and keeps that; asked for: on"),
    ],
)
def test_nothing_changes_afterwards(tmp_path: Path, asked: dict[str, Any], says: str) -> None:
    file = tmp_path / "org.db"
    opened(file, features_of(file, currencies={"EUR": "1", "PLN": "4.3"}, person_accounts=True))
    with pytest.raises(FeatureError, match=says):
        features_of(file, **asked)


def test_a_file_from_before_has_none(tmp_path: Path) -> None:
    file = tmp_path / "org.db"
    org = Org(data=file)
    with org.store.write() as con:
        con.execute("DELETE FROM \"_setting\" WHERE name = 'features'")
    org.close()
    assert features_of(file) == Features()
    with pytest.raises(FeatureError, match="person accounts: off"):
        features_of(file, person_accounts=True)


def test_a_file_that_is_no_org_yet(tmp_path: Path) -> None:
    file = tmp_path / "org.db"
    file.touch()
    assert features_of(file, person_accounts=True).person_accounts


def test_without_individuals_nothing_leads_to_them(schema: Schema) -> None:
    found = without_individuals(schema)
    assert found.get("Individual") is None
    assert [
        (o.name, f.name) for o in found.objects.values() for f in o.fields.values() if "Individual" in f.reference_to
    ] == []


def test_what_an_account_shows_of_a_person(schema: Schema) -> None:
    account = with_persons(schema).objects["account"]
    shown = {f.name: f.mirrors for f in account.fields.values() if f.mirrors}
    assert shown["LastName"] == "LastName"
    assert shown["PersonEmail"] == "Email"
    assert shown["PersonHasOptedOutOfEmail"] == "HasOptedOutOfEmail"
    assert {f.name for f in account.parts("PersonMailingAddress")} >= {"PersonMailingCity", "PersonMailingStreet"}
    assert "PersonPhone" not in shown  # the account's own
    individual = account.fields["personindividualid"]
    assert (individual.relationship_name, individual.reference_to) == ("PersonIndividual", ("Individual",))
    assert "personindividualid" not in with_persons(without_individuals(schema)).objects["account"].fields

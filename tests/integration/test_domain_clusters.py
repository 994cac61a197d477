"""A business park whose firms can leave their providers together is one joint offer, and stays one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from domain_office import DAY, Office, elsewhere, open_office, ours

CONTRACT = "Lifecycle_Provider_Contract__c"
PARK = "De Rietvelden"


@pytest.fixture(scope="module")
def park(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, dict[str, str]]]:
    """Four firms that can leave, one that is a customer; another park is too small."""
    office = open_office(tmp_path_factory.mktemp("clusters") / "folder")
    office.only("business-park", "switch-window", "renewal")
    there = office.firms("visser", "Anker", "Balk", "Cement", "Dorst", "Eik", Lifecycle_Business_Park__c=PARK)
    small = office.firms("archer", "Fjord", "Grind", Lifecycle_Business_Park__c="Kleine Park")
    (person,) = office.rows(f"SELECT Id FROM Contact WHERE AccountId = '{there['Dorst']}'")
    office.update("Contact", {"Id": person["Id"], "Phone": None})
    windows = {"Anker": 300, "Balk": 900, "Cement": 200, "Dorst": 5000}
    office.add(
        CONTRACT,
        *(elsewhere(there[name], "2027-01-20", Monthly_Value__c=value) for name, value in windows.items()),
        elsewhere(there["Eik"], "2029-01-20"),
        *(elsewhere(id_, "2027-01-20") for id_ in small.values()),
    )
    # Eik has been a customer for long, with a contract that can be ended soon: its own voice is about that.
    office.sign(ours(there["Eik"], "2024-02-01", 36))
    office.night()
    yield office, there | small
    office.org.close()


def test_one_call_to_the_firm_with_most_to_move_that_can_be_called(park: tuple[Office, dict[str, str]]) -> None:
    office, firms = park
    (joint,) = office.tasks(play="business-park")
    assert joint["AccountId"] == firms["Balk"]  # Dorst has more, and nobody there may be called
    assert joint["Subject"] == f"{PARK}: meerdere bedrijven kunnen weg bij hun aanbieder, begin bij Balk"
    assert "Anker, Balk, Cement, Dorst" in joint["Description"]
    assert "Eik" in joint["Description"]  # a customer there, who can tell


def test_the_others_are_members_of_one_campaign(park: tuple[Office, dict[str, str]]) -> None:
    office, firms = park
    members = [each for each in office.members() if each["Lifecycle_Play__c"] == "business-park"]
    assert {each["Contact.AccountId"] for each in members} == {firms[name] for name in ("Anker", "Cement", "Dorst")}
    assert {each["Campaign.Name"] for each in members} == {"Business parks November 2026"}
    assert all(each["Lifecycle_Reason__c"].startswith(f"On {PARK}, Mobile at Belnet (window)") for each in members)


def test_every_firm_has_one_voice(park: tuple[Office, dict[str, str]]) -> None:
    office, firms = park
    for name in ("Anker", "Cement", "Dorst"):
        assert office.plays(firms[name]) == []
    assert office.plays(firms["Balk"]) == ["business-park"]
    assert office.plays(firms["Eik"]) == ["renewal"]
    assert office.plays(firms["Fjord"]) == office.plays(firms["Grind"]) == ["switch-window"]
    others = [each for each in office.members() if each["Lifecycle_Play__c"] == "switch-window"]
    assert {each["Contact.AccountId"] for each in others} == {firms["Fjord"], firms["Grind"]}


def test_quiet_nights_change_nothing(park: tuple[Office, dict[str, str]]) -> None:
    office, _ = park
    for days in (1, 2):
        office.quiet(DAY + dt.timedelta(days=days))


def test_a_firm_that_signs_leaves_the_offer(park: tuple[Office, dict[str, str]]) -> None:
    office, firms = park
    office.sign(ours(firms["Cement"], "2026-11-26", 24))
    office.night(DAY + dt.timedelta(days=3))
    members = [each for each in office.members() if each["Lifecycle_Play__c"] == "business-park"]
    assert {each["Contact.AccountId"] for each in members} == {firms[name] for name in ("Anker", "Dorst")}
    assert len(office.tasks(play="business-park")) == 1

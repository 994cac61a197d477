"""Whom to speak to, who may not be asked, and what a rep's weeks hold."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from domain_office import DAY, Office, director, elsewhere, open_office, ours

from sf_lifecycle.errors import ConfigError

CONTRACT = "Lifecycle_Provider_Contract__c"
NEXT = DAY + dt.timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = open_office(tmp_path / "folder")
    yield office
    office.org.close()


def spoke(office: Office, firm: str, person: str, day: str) -> None:
    """Somebody of ours and this person spoke on a day."""
    about = {"WhatId": firm, "WhoId": person, "OwnerId": office.reps["archer"], "Subject": "Met them"}
    office.add("Task", {**about, "Status": "Completed", "ActivityDate": day})


def test_each_play_speaks_to_whom_it_is_about(office: Office) -> None:
    """Nobody on record: find somebody, then call. Else who decides, runs the network or pays, as the play asks."""
    office.only("switch-window", "missing-contact", "early-trouble", "new-term")
    firms = office.firms("archer", "Empty", "Deciding", "Network", "Paying", nobody=True)
    empty, deciding, network, paying = firms.values()
    office.add(CONTRACT, *(elsewhere(firms[name], "2027-01-20") for name in ("Empty", "Deciding")))
    office.sign(ours(network, "2026-11-02", 24), ours(paying, "2022-11-01", 24))
    # Over the API the local org wants business hours for a Case, which it does not have.
    office.org.org.store.insert_many("Case", [{"AccountId": network, "Subject": "No dial tone", "Status": "New"}])
    older, newer, _ = office.add(
        "Contact",
        director(deciding, "older"),
        director(deciding, "newer"),
        director(deciding, "nobody", Title="IT manager"),
    )
    _, technician, _ = office.add(
        "Contact",
        director(network, "boss"),
        director(network, "it", Title="Network engineer"),
        director(network, "pays", Title="Financial controller"),
    )
    _, controller = office.add(
        "Contact", director(paying, "boss"), director(paying, "pays", Title="Financial controller")
    )
    spoke(office, deciding, older, "2026-10-01")
    spoke(office, deciding, newer, "2026-10-20")
    office.night()
    assert office.plays(empty) == ["missing-contact"]
    assert office.task(empty, "missing-contact")["WhoId"] is None
    assert office.task(deciding, "switch-window")["WhoId"] == newer
    assert office.task(network, "early-trouble")["WhoId"] == technician
    assert office.task(paying, "new-term")["WhoId"] == controller
    (found,) = office.add("Contact", director(empty, "found"))
    office.night(NEXT)
    assert office.plays(empty) == ["switch-window"]
    assert office.task(empty, "switch-window")["WhoId"] == found


def test_a_consent_field_hidden_from_us_stops_the_run_and_nothing_is_written(office: Office) -> None:
    (firm,) = office.firms("archer", "Firm").values()
    office.add(CONTRACT, elsewhere(firm, "2027-01-20"))
    office.org.org.people.revoke_field("Lifecycle_Worker", "Contact.DoNotCall")
    with pytest.raises(ConfigError, match=r"does not show a field DoNotCall on Contact") as raised:
        office.night()
    said = str(raised.value)
    assert "on Contact, and may_call rests on it: nobody could be approached, so no run is made" in said
    assert "field-level security hides it from the user; grant read on the field (Setup > Permission Sets" in said
    assert "or take it out of the mapping with whoever answers for consent" in said
    assert office.tasks() == []
    assert office.members() == []
    assert office.rows("SELECT Lifecycle_Stage__c FROM Account") == [{"Lifecycle_Stage__c": None}]
    office.org.org.people.grant_field("Lifecycle_Worker", "Contact.DoNotCall")
    office.only("switch-window")
    office.night()
    assert office.plays(firm) == ["switch-window"]


def test_sixty_contracts_that_end_on_one_day_fill_the_weeks_before(office: Office) -> None:
    """The month's end is everybody's: the calls begin early enough to be made, and none is too late."""
    office.only("switch-window")
    office.firms("archer", *(f"Firm {number:02}" for number in range(60)))
    firms = [row["Id"] for row in office.rows("SELECT Id FROM Account")]
    office.add(CONTRACT, *(elsewhere(firm, "2026-12-31", Notice_Days__c=0) for firm in firms))
    for week in range(4):
        office.night(DAY + dt.timedelta(weeks=week))
    tasks = office.tasks()
    assert len({task["AccountId"] for task in tasks}) == len(tasks) == 60
    days = [dt.date.fromisoformat(task["ActivityDate"]) for task in tasks]
    assert max(days) < dt.date(2026, 12, 31)
    assert all(day.weekday() < 5 and day not in (dt.date(2026, 12, 25), dt.date(2026, 12, 26)) for day in days)
    weeks = Counter(day.isocalendar().week for day in days)
    assert len(weeks) >= 3
    assert max(weeks.values()) <= 20

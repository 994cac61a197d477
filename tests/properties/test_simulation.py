"""A simulation says what nights would do: week by week, against an org on paper whose reps do every Task on its day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from paper_org import KEY, PaperOrg, creates, rules

from sf_lifecycle.lifecycle.keys import play_of
from sf_lifecycle.lifecycle.outreach import LEFT_OUT, OPEN, PLANNED, WAITING
from sf_lifecycle.simulation import Simulation, simulate
from sf_lifecycle.simulation.ahead import mondays, months_later

DAY = dt.date(2026, 11, 23)
MONTHS = 2
OWNERS = [f"005000000000{number:03d}AAA" for number in range(3)]
UNTIL = mondays(DAY, months_later(DAY, MONTHS))[-1] + dt.timedelta(days=7)


def account(number: int) -> str:
    return f"001000000000{number:03d}AAA"


def firm(accounts: int = 24) -> dict[str, list[dict[str, Any]]]:
    """Firms with a person, contracts elsewhere that come up one after the other, and customers of ours among them."""
    world: dict[str, list[dict[str, Any]]] = {"Account": [], "Contact": [], "Contract": []}
    there = world["Lifecycle_Provider_Contract__c"] = []
    aliases = ("sdesk", "comms", "rep")
    world["User"] = [
        {"Id": id_, "Name": f"User {alias}", "Alias": alias, "IsActive": True, "UserType": "Standard"}
        for id_, alias in zip(OWNERS, aliases, strict=True)
    ]
    for number in range(accounts):
        about = {
            "Name": f"Firm {number}",
            "OwnerId": OWNERS[number % 3],
            "CreatedDate": dt.datetime.combine(dt.date(2020, 1, 2), dt.time()),
        }
        about |= {"BillingCountry": "Netherlands", "Lifecycle_Legal_Form__c": "BV"}
        world["Account"].append({"Id": account(number), **about})
        person: dict[str, Any] = {
            "AccountId": account(number),
            "Name": "J. Vos",
            "Phone": "+31 20 1",
            "Email": "a@b.example",
        }
        person |= {"Title": "Directeur", "DoNotCall": False, "HasOptedOutOfEmail": False}
        world["Contact"].append({"Id": f"003000000000{number:03d}AAA", **person})
        if number % 4 == 3:
            ours = {"Status": "Activated", "StartDate": dt.date(2025, 1, 1) + dt.timedelta(days=31 * number)}
            ours |= {"EndDate": DAY + dt.timedelta(days=20 * number), "AccountId": account(number)}
            world["Contract"].append({"Id": f"800000000000{number:03d}AAA", **ours})
        else:
            other = {"Account__c": account(number), "End_Date__c": DAY + dt.timedelta(days=9 * number - 40)}
            other |= {"End_Date_Certainty__c": "exact", "Provider__c": "Belnet", "Product_Line__c": "Mobile"}
            other |= {"Researched_On__c": dt.date(2026, 10, 1)}
            there.append({"Id": f"a00000000000{number:03d}AAA", **other})
    return world


def weeks() -> list[tuple[dt.date, dt.date]]:
    days = mondays(DAY, months_later(DAY, MONTHS))
    return list(zip(days, [*days[1:], UNTIL], strict=True))


def do_their_work(org: PaperOrg, first: dt.date, until: dt.date) -> Counter[str]:
    """Every open Task due before `until` is completed on its day; how many by play."""
    done: Counter[str] = Counter()
    for id_, task in org.open_tasks().items():
        if task["ActivityDate"] < until:
            when = dt.datetime.combine(max(task["ActivityDate"], first), dt.time(12))
            org.touch(id_, Status="Completed", IsClosed=True, CompletedDateTime=when)
            done[play_of(task[KEY])] += 1
    return done


@pytest.fixture(scope="module")
def simulated() -> Simulation:
    with PaperOrg(rules(), firm()) as org:
        ground = org._ground(DAY, None)
        before = {name: list(rows.items()) for name, rows in org.records.items()}
        found = simulate(rules().prepared, ground, rules().schema, as_of=DAY, months=MONTHS)
        assert before == {name: list(rows.items()) for name, rows in org.records.items()}
        assert not any(org.ours.values()), "a simulation wrote"
        assert org._con.execute("SELECT current_schema()").fetchall() == [("main",)]
        return found


@pytest.mark.slow
def test_a_simulation_is_what_nights_do(simulated: Simulation) -> None:
    with PaperOrg(rules(), firm()) as org:
        joined: Counter[str] = Counter()
        for week, (first, until) in zip(simulated.weeks, weeks(), strict=True):
            night = org.run(first)
            joined.update(len(creates(night.plan, "CampaignMember")) * ["members"])
            done = do_their_work(org, first, until)
            words = Counter(night.worked.computed.stages["word"].to_pylist())
            assert {word: number for word, number in week.stages.items() if number} == words, first
            states = Counter(
                zip(night.worked.decision.outreaches["play"], night.worked.decision.outreaches["state"], strict=True)
            )
            for play, told in week.lists.items():
                made = states[play, OPEN] + states[play, PLANNED]
                assert told == {"made": made, "waiting": states[play, WAITING], "left out": states[play, LEFT_OUT]}
            by_play: Counter[str] = Counter()
            for (play, _), number in week.tasks.items():
                by_play[play[:30]] += number
            assert by_play == done, first
            assert sum(week.waves.values()) == joined.pop("members", 0), first


def test_something_happens_in_it(simulated: Simulation) -> None:
    assert simulated.as_of == DAY
    assert simulated.until == UNTIL
    assert len(simulated.weeks) == len(weeks())
    assert len({tuple(week.stages.items()) for week in simulated.weeks}) > 1, "no stage ever changes"
    assert len(simulated.tasks_by_play()) > 2
    assert sum(sum(week.waves.values()) for week in simulated.weeks) > 3
    assert set(simulated.tasks_by_rep()) <= {"User sdesk", "User comms", "User rep"}


def test_tasks_are_counted_once_and_in_the_week_they_are_due(simulated: Simulation) -> None:
    by_play, by_rep = simulated.tasks_by_play(), simulated.tasks_by_rep()
    total = sum(sum(week.tasks.values()) for week in simulated.weeks)
    assert total == sum(map(sum, by_play.values())) == sum(map(sum, by_rep.values())) > 0

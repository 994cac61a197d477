"""What reps answer on our Tasks, do themselves and talk about steers what comes next: nights of one small supplier."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from domain_office import DAY, Office, elsewhere, open_office
from shell import Shell

CONTRACT = "Lifecycle_Provider_Contract__c"
FIRMS = ("Later", "Soon", "Wrong", "Gone", "Rests", "Talks", "Before", "Hand", "Own", "Back")
PLAYS = ("switch-window", "follow-up", "wrong-date", "research-dates", "lead-with-project")
SOON = DAY + dt.timedelta(days=10)
NEXT, THIRD, CALM, NAMED = (DAY + dt.timedelta(days=days) for days in (1, 2, 35, 60))


@dataclass
class Story:
    """What was open at each firm after each night, and what its stage was."""

    office: Office
    firms: dict[str, str]
    open: dict[dt.date, dict[str, dict[str, dict[str, Any]]]] = field(default_factory=dict)
    stages: dict[dt.date, dict[str, str]] = field(default_factory=dict)
    members: dict[dt.date, set[str]] = field(default_factory=dict)

    def night(self, day: dt.date) -> None:
        self.office.night(day)
        tasks = [task for task in self.office.tasks() if not task["IsClosed"]]
        self.open[day] = {
            name: {task["Lifecycle_Play__c"]: task for task in tasks if task["AccountId"] == id_}
            for name, id_ in self.firms.items()
        }
        rows = self.office.rows("SELECT Id, Lifecycle_Stage__c FROM Account")
        found = {row["Id"]: row["Lifecycle_Stage__c"] for row in rows}
        self.stages[day] = {name: found[id_] for name, id_ in self.firms.items()}
        self.members[day] = {member["Contact.AccountId"] for member in self.office.members()}

    def plays(self, day: dt.date, firm: str) -> list[str]:
        return sorted(self.open[day][firm])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    office = open_office(tmp_path_factory.mktemp("answers") / "folder")
    office.only(*PLAYS)
    firms = office.firms("archer", *FIRMS)
    office.add(CONTRACT, *(elsewhere(id_, "2027-01-20") for id_ in firms.values()))
    no_date = elsewhere(firms["Gone"], None, Product_Line__c="Internet", Researched_On__c=None)
    office.add(CONTRACT, no_date)
    story = Story(office=office, firms=firms)
    deal = {"StageName": "Prospecting", "CloseDate": "2027-02-01", "Amount": 1000, "OwnerId": office.reps["archer"]}
    office.add("Opportunity", {**deal, "Name": "Before", "AccountId": firms["Before"]})
    mine = {"Subject": "Mine", "OwnerId": office.reps["archer"], "ActivityDate": "2026-12-01", "Status": "Not Started"}
    (hand,) = office.add("Task", {**mine, "WhatId": firms["Hand"]})
    story.night(DAY)

    first = {name: plays["switch-window"]["Id"] for name, plays in story.open[DAY].items() if "switch-window" in plays}
    office.answer(first["Later"], "Later", NAMED)
    office.add(CONTRACT, {**no_date, "Account__c": firms["Later"]})
    office.answer(first["Soon"], "Later", SOON)
    office.answer(first["Wrong"], "Wrong date")
    office.answer(first["Gone"], "Gone")
    office.answer(first["Rests"], "Not interested")
    _, back = office.add(
        "Opportunity",
        *({**deal, "Name": name, "AccountId": firms[name]} for name in ("Talks", "Back")),
    )
    office.add("Task", {**mine, "WhatId": firms["Own"]})
    office.update("Task", {"Id": hand, "Status": "Completed"})
    story.night(NEXT)

    lost = {"StageName": "Closed Lost", "CloseDate": str(NEXT), "Lifecycle_Loss_Reason__c": "Price"}
    office.update("Opportunity", {"Id": back, **lost})
    (wrong,) = office.rows(f"SELECT Id FROM {CONTRACT} WHERE Account__c = '{firms['Wrong']}'")
    found = {"End_Date__c": "2027-02-20", "Researched_On__c": str(NEXT)}
    office.update(CONTRACT, {"Id": wrong["Id"], **found})
    story.night(THIRD)
    story.night(CALM)
    office.add("Opportunity", {**deal, "Name": "Again", "AccountId": firms["Back"]})
    story.night(NAMED - dt.timedelta(days=12))
    yield story
    office.org.close()


def test_everybody_whose_window_is_open_is_called_once(story: Story) -> None:
    for name in set(FIRMS) - {"Before", "Hand", "Gone"}:
        assert story.plays(DAY, name) == ["switch-window"], name
    assert story.plays(DAY, "Gone") == ["research-dates", "switch-window"]


def test_later_leaves_them_alone_until_the_day_they_named(story: Story) -> None:
    for day in (NEXT, THIRD, CALM):
        assert story.plays(day, "Later") == ["research-dates"]
    task = story.open[NAMED - dt.timedelta(days=12)]["Later"]["follow-up"]
    assert task["ActivityDate"] == str(NAMED)
    assert "22 January 2027" in task["Subject"]
    assert story.office.rows(
        f"SELECT Lifecycle_Not_Approached__c FROM Account WHERE Id = '{story.firms['Later']}'"
    ) == [{"Lifecycle_Not_Approached__c": "Asked to be left alone until 22 January 2027"}]


def test_a_day_that_was_agreed_waits_for_no_turn(story: Story) -> None:
    assert story.open[THIRD]["Soon"]["follow-up"]["ActivityDate"] == str(SOON)


def test_a_wrong_date_is_researched_and_the_right_one_moves_the_plan(story: Story) -> None:
    assert story.plays(NEXT, "Wrong") == ["wrong-date"]
    assert story.plays(THIRD, "Wrong") == []  # known again, and just spoken to
    (call,) = story.open[CALM]["Wrong"].values()
    assert call["Lifecycle_Play__c"] == "switch-window"
    assert "21 January 2027" in call["Subject"]


def test_gone_takes_back_what_is_open_and_nothing_new_comes(story: Story) -> None:
    assert {story.firms["Gone"], story.firms["Later"]} <= story.members[DAY]
    for day in list(story.open)[1:]:
        assert story.plays(day, "Gone") == []
        assert story.firms["Gone"] not in story.members[day]


def test_not_interested_rests(story: Story) -> None:
    assert all(story.plays(day, "Rests") == [] for day in list(story.open)[1:])


def test_in_talks_only_what_closes_them_begins_and_what_is_open_stays(story: Story) -> None:
    assert story.plays(DAY, "Before") == ["lead-with-project"]
    assert story.firms["Before"] not in story.members[DAY]
    before = story.open[DAY]["Talks"]["switch-window"]
    assert story.open[NEXT]["Talks"]["switch-window"] == before
    assert story.plays(NEXT, "Talks") == ["lead-with-project", "switch-window"]


def test_a_reps_own_open_task_holds_ours_back_and_takes_none(story: Story) -> None:
    assert story.plays(DAY, "Hand") == []
    assert story.plays(NEXT, "Hand") == ["switch-window"]  # theirs is done
    assert story.open[NEXT]["Own"] == story.open[DAY]["Own"]


def test_stages_go_back_and_start_again_and_why_tells(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    days = list(story.stages)
    assert [story.stages[day]["Back"] for day in days] == [
        "prospect",
        "in contract talks",
        "in contract talks",  # lost yesterday; a stage is not left again within a week
        "prospect",
        "in contract talks",
    ]
    why = Shell(capsys, story.office.config).wants(0, "why", "Back", "--as-of", str(days[-1]))
    assert "prospect 2026-11-23 2026-11-24 1 Mobile at Belnet can be ended until 21 December 2026" in why.said
    assert why.said.count("in contract talks") >= 3  # today's, and both times it was entered
    assert "Highest reached: in contract talks; came back 2 times." in why.said
    assert "Days in each: prospect 14, in contract talks 34." in why.said

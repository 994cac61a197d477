"""plays.md tells every shipped play as its TOML has it: name, priority, what comes out, how many at a time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from guide_folder import table, text_of

from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.mapping import Mapping, Play

TELECOM = Path(__file__).resolve().parents[2] / "mappings" / "telecom"
PAGE = text_of("plays.md")


def shipped() -> Mapping:
    loaded = load_mapping(TELECOM, shown="mappings/telecom")
    assert loaded.mapping is not None, loaded.problems
    return loaded.mapping


MAPPING = shipped()
NAMES = sorted(MAPPING.plays)
SPECIAL = {"research": "Task (research)", "internal": "Task (preparation)", "visit": "Task (visit)"}


def what(play: Play) -> str:
    """What people get of a play, as the table says it."""
    if play.task is None:
        return "campaign"
    task = SPECIAL.get(play.task.channel, "Task")
    urgent = ", high priority" if play.task.priority == "High" else ""
    return task + urgent + (" and campaign" if play.campaign else "")


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def test_the_table_has_every_play_in_the_order_of_priority() -> None:
    columns = ("play", "priority", "purpose", "what you get")
    rows = [tuple(row[column] for column in columns) for row in table("plays.md", "| play |")]
    ranked = sorted(MAPPING.plays.items(), key=lambda each: -each[1].priority)
    assert rows == [(f"[{name}](#{name})", str(play.priority), play.purpose, what(play)) for name, play in ranked]


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_as_many_ship_as_is_said(page: str) -> None:
    assert f"{len(NAMES)} plays" in (TELECOM.parents[1] / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_play_has_its_paragraph_with_how_many_at_a_time(name: str) -> None:
    told = " ".join(section(name).split())
    assert told
    at_most = re.findall(r"[Aa]t most (\d+)(?: \w+)? at a time", told)
    most = MAPPING.plays[name].most
    assert at_most == ([str(most)] if most else [])


@pytest.mark.parametrize("name", [name for name in NAMES if MAPPING.plays[name].campaign])
def test_a_campaign_is_told_by_its_name(name: str) -> None:
    campaign = MAPPING.plays[name].campaign
    assert campaign is not None
    assert campaign.name.replace("{{ wave | month_year }}", "MONTH YEAR") in " ".join(PAGE.split())


def test_who_has_the_word_is_told_with_what_may_still_begin() -> None:
    rows = {row["word"]: row["may still begin"] for row in table("plays.md", "| word |")}
    assert rows == {word: ", ".join(may) or "nothing" for word, may in MAPPING.voice.words.items()}


def test_every_answer_is_told() -> None:
    field = TELECOM.parents[1] / "salesforce/force-app/main/default/objects/Activity/fields/Lifecycle_Outcome__c"
    values = re.findall(r"<fullName>([^<]+)</fullName>\s*<default>", field.with_suffix(".field-meta.xml").read_text())
    told = [re.findall(r"`([^`]+)`", row["you answer"])[0] for row in table("plays.md", "| you answer |")]
    assert values
    assert sorted(told) == sorted(values)

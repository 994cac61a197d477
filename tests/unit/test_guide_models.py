"""models.md tells the stages that ship: which models, which names, in which order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from guide_folder import table, text_of
from telecom_mirror import MODELS
from test_telecom_models import STAGES

from sf_lifecycle.config.load_model import load_model
from sf_lifecycle.config.mapping import Label

FOLDER = Path(__file__).resolve().parents[2] / "mappings" / "models"
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))
PAGE = text_of("models.md")


def stage_of(name: str) -> Label:
    return load_model(FOLDER / f"{name}.toml", shown=f"mappings/models/{name}.toml").labels["account"]["stage"]


def test_every_model_is_told_and_no_other() -> None:
    assert sorted(re.findall(r"^\| \[(\w+)\]\(#\w+\) \|", PAGE, re.MULTILINE)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_stages_stand_in_their_order(name: str) -> None:
    language, listed = re.findall(rf"^\| \[{name}\]\(#{name}\) \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE)[0]
    order = list(stage_of(name).order)
    assert listed.split(" · ") == order
    assert language == load_model(FOLDER / f"{name}.toml", shown=name).language
    section = PAGE.partition(f"\n### {name}\n")[2].partition("\n##")[0]
    assert re.findall(r"^\| ([^|]+) \| [^|]+ \|$", section, re.MULTILINE) == ["stage", *order]


@pytest.mark.parametrize("name", NAMES)
def test_stages_stay_as_long_as_the_page_says(name: str) -> None:
    assert f"stays at least {stage_of(name).stay_days} days" in PAGE


FIRMS = {
    "nothing known": "unknown",
    "a person and a contract elsewhere known": "known",
    "asked us three months ago": "asked",
    "asked us two years ago": "asked_long_ago",
    "in talks": "in_talks",
    "bought last month": "just_bought",
    "bought half a year ago": "settled",
    "the contract can be ended soon": "near_the_end",
    "gives us a 9, customer for years": "content",
    "sent us another firm": "refers",
    "two product lines for years": "loyal",
    "a customer in talks about more": "customer_in_talks",
    "left us this autumn": "lost_lately",
    "left us, and asked again since": "lost_and_asked",
    "nothing bought for over two years": "lost_long_ago",
}


def test_a_firm_stands_where_the_page_says() -> None:
    """Of the firms that the models are tried on."""
    tried = {firm.__name__: dict(zip(MODELS, stages, strict=True)) for firm, stages in STAGES}
    rows = {row.pop("firm"): row for row in table("models.md", "| firm |")}
    assert rows == {told: tried[name] for told, name in FIRMS.items()}

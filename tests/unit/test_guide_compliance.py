"""compliance.md tells the shipped rules of who may be approached, one by one, with the days from which they count."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from guide_folder import consoles, table, text_of

from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.mapping import Label

TELECOM = Path(__file__).resolve().parents[2] / "mappings" / "telecom"


def shipped(name: str) -> Label:
    loaded = load_mapping(TELECOM, shown="mappings/telecom")
    assert loaded.mapping is not None, loaded.problems
    return loaded.mapping.labels["contact"][name]


@pytest.mark.parametrize(
    ("name", "head"), [("may_call", "| | call: `may_call` |"), ("may_email", "| | e-mail: `may_email` |")]
)
def test_the_rules_are_told_in_their_order_with_their_days(name: str, head: str) -> None:
    label = shipped(name)
    rows = [list(row.values()) for row in table("compliance.md", head)]
    told = [(number, word, re.findall(r"\d{4}-\d\d-\d\d", said)) for number, said, word in rows]
    wanted = [
        (str(number), rule.label, [day.isoformat() for day in (rule.from_, rule.until) if day])
        for number, rule in enumerate(label.rules, start=1)
    ]
    assert told == wanted
    assert label.unknown == "no"


def test_the_dated_rule_shown_is_one_that_ships() -> None:
    source = (TELECOM / "lifecycle.toml").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", text_of("compliance.md"), re.MULTILINE | re.DOTALL)
    when, day = re.findall(r"^(when    = .+)$", shown, re.MULTILINE)[0], re.findall(r"^from    = (\S+)", shown, re.M)[0]
    assert f"{when}\nfrom    = {day}\n" in source


def test_the_funnel_shown_is_that_of_the_page_that_is_executed() -> None:
    block = text_of("compliance.md").partition("```\nWho may be approached")[2].partition("```")[0]
    assert any(block in printed for _, printed in consoles("your-mapping.md"))

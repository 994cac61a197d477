"""Rules that can never decide are told at check; whatever may hold is left in peace."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from engine_world import SCHEMA, mapping, model

from sf_lifecycle.engine import build
from sf_lifecycle.errors import ConfigError, Problem

PARAMETERS = {"most": 10, "least": 20, "few": 3, "favourites": ["Retail", "Energy"], "day": dt.date(2026, 1, 1)}


def problems(*rules: dict[str, Any]) -> tuple[Problem, ...]:
    of = mapping(
        labels={"account": {"may": {"rules": [*rules, {"label": "last"}]}}},
        features={"account": {"deals": {"from": "deal", "value": "count(*)"}}},
        parameters=PARAMETERS,
    )
    try:
        build(of, model(), SCHEMA)
    except ConfigError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(
    "condition",
    [
        "deals > 0 and deals = 0",
        "founded is null and founded is not null",
        "founded is null and founded > '2026-01-01'",
        "name = 'a' and name = 'b'",
        "name = 'a' and name in ('b', 'c')",
        "name = 'a' and name <> 'A'",
        "name = 'a' and not (name = 'a')",
        "deals > 5 and deals < 3",
        "deals > 5 and 3 > deals",
        "deals >= 5 and deals < 5",
        "deals between 5 and 3",
        "deals = -1 and deals >= 0",
        "deals = 2 and not deals < 3",
        "deals < most and deals > least",
        "deals > 0 and (hidden and deals < few and deals > 3.5)",
        "industry in favourites and industry = 'Farming'",
        "industry in favourites and industry not in ('retail', 'energy', 'other')",
        "industry in favourites and industry <> 'Retail' and industry <> 'Energy'",
        "hidden and not hidden",
        "hidden = true and hidden is false",
        "founded > '2026-03-01' and founded < '2026-02-01'",
        "founded < day and founded > '2026-01-01'",
        "created = '2026-01-01' and created > '2026-01-01'",
        "days_since(founded) > 30 and days_since(founded) < 10",
        "name = 'x' and (deals > 1 and deals < 1 or hidden and not hidden)",
    ],
)
def test_a_condition_that_is_never_true_is_told(condition: str) -> None:
    (problem,) = problems({"label": "a", "when": condition})
    assert (problem.file, problem.place) == ("lifecycle.toml", "labels.account.may.rules[0].when")
    assert problem.message.startswith("the rule never decides: ")
    assert problem.excerpt


@pytest.mark.parametrize(
    "condition",
    [
        "deals > 0 and deals < 5",
        "deals >= 5 and deals <= 5",
        "deals > 5 or deals < 3",
        "deals <> 5 and deals <> 3",
        "deals >= 0 and deals <> 0",
        "name = 'a' and name = 'A'",
        "name = 'Straße' and name in ('STRASSE', 'x')",
        "name = 'é' and name = 'e'",
        "name in ('a', 'b') and name in ('b', 'c')",
        "name = '2026-01-01' and name <> 'x'",
        "founded is null and name = 'a'",
        "founded is null or founded > '2026-01-01'",
        "hidden is not true and hidden is not false",
        "hidden is null and not hidden is true",
        "created > '2026-01-01T10:00:00Z' and created = '2026-01-01'",
        "deals < least and deals > most",
        "deals = employees and deals > 5 and employees < 9",
        "industry in favourites and industry = 'retail'",
        "coalesce(founded, day) = day and founded is null",
        "account.name = 'a' and name <> 'b'",
    ],
)
def test_a_condition_that_may_be_true_is_left_in_peace(condition: str) -> None:
    assert problems({"label": "a", "when": condition}) == ()


def test_it_is_said_in_the_words_that_were_written() -> None:
    (problem,) = problems({"label": "a", "when": "name like 'x%' and founded is not null and founded is null"})
    said = "`founded is not null` and `founded is null` are never true together"
    assert problem.message == f"the rule never decides: {said}"


@pytest.mark.parametrize(
    "when", ["hidden and deals > 0", "(hidden and (deals > 0))", "deals > 0 and hidden and name = 'x'"]
)
def test_a_rule_after_one_that_always_decides_first_is_told(when: str) -> None:
    rules = [{"label": "a", "when": "deals > 9"}, {"label": "b", "when": "hidden and deals > 0"}]
    (problem,) = problems(*rules, {"label": "c", "when": when})
    assert problem.place == "labels.account.may.rules[2].when"
    assert "rule 2 (b) holds before it" in problem.message


@pytest.mark.parametrize(
    ("earlier", "later", "dead"),
    [
        ({}, {"from": dt.date(2026, 1, 1)}, True),
        ({"until": dt.date(2026, 7, 1)}, {"from": dt.date(2026, 7, 1)}, False),
        ({"until": dt.date(2026, 7, 1)}, {"until": dt.date(2026, 6, 1)}, True),
        ({"from": dt.date(2026, 7, 1)}, {}, False),
    ],
)
def test_dates_keep_the_same_condition_alive(earlier: dict[str, Any], later: dict[str, Any], dead: bool) -> None:
    rules = ({"label": "a", "when": "hidden"} | earlier, {"label": "b", "when": "hidden"} | later)
    assert bool(problems(*rules)) is dead


def test_a_wider_rule_after_a_narrower_one_is_left_in_peace() -> None:
    assert problems({"label": "a", "when": "hidden and deals > 0"}, {"label": "b", "when": "hidden"}) == ()

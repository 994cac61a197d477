"""Every example of mapping-language.md is worked out by the engine, and is worth what the page says."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from decimal import Decimal
from typing import Any

import pytest
from engine_world import ROLES, TODAY, account, deal, mapping, model, read, select
from guide_folder import text_of

from sf_lifecycle.config.mapping import Feature, Label, Play, Source
from sf_lifecycle.engine import compile_text
from sf_lifecycle.engine.functions import AGGREGATES, FUNCTIONS
from sf_lifecycle.engine.text_filters import FILTERS

LANGUAGE = text_of("mapping-language.md")
PAIR = re.compile(r"`((?:[^`])+)` = `([^`]*)`")
NAMES = {
    "provider": "Name",
    "end_date": "Founded__c",
    "monthly": "Revenue__c",
    "signed": "CreatedDate",
    "products": "Products__c",
    "notice_days": "Satisfaction__c",
}
ROW: dict[str, Any] = {
    "Name": "Belnet",
    "Founded__c": dt.date(2027, 1, 31),
    "Revenue__c": Decimal("1234.56"),
    "CreatedDate": dt.datetime.combine(dt.date(2026, 3, 1), dt.time(23, 30)),
    "Products__c": "Mobile;Fixed",
}
DEALS: list[dict[str, Any]] = [
    {"Provider__c": "Belnet", "Monthly__c": Decimal(100), "End_Date__c": dt.date(2027, 1, 31)},
    {"Provider__c": "KabelNu", "Monthly__c": Decimal(250), "End_Date__c": dt.date(2027, 6, 30)},
    {"Provider__c": "Belnet"},
]


def examples(head: str) -> list[tuple[str, str]]:
    """Every `this` = `that` of the table with that head."""
    table = LANGUAGE.partition(head)[2].partition("\n\n")[0]
    return [(said.replace("\\|", "|"), worth) for said, worth in PAIR.findall(table)]


CALLS = examples("| function | gives | example |")
TOTALS = examples("| aggregate | gives | example |")
SHOWN = examples("| in texts | reads |")


def as_told(value: Any) -> str:
    """A value as the page writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


@pytest.mark.parametrize(("expression", "worth"), CALLS)
def test_a_function_gives_what_its_example_says(expression: str, worth: str) -> None:
    of = mapping(roles={"account": [{"object": "Account", "fields": NAMES}]})
    under, rows = model([{"label": "any"}]), {"Account": [account(1, **ROW)]}
    (row,) = read(rows, select(x=expression), of=of, under=under, timezone="Europe/Amsterdam")
    assert as_told(row["x"]) == worth


@pytest.mark.parametrize(("aggregate", "worth"), TOTALS)
def test_an_aggregate_gives_what_its_example_says(aggregate: str, worth: str) -> None:
    of = mapping(roles=ROLES, features={"account": {"x": {"from": "deal", "value": aggregate}}})
    rows = {"Account": [account(1)], "Deal__c": [deal(number, 1, **each) for number, each in enumerate(DEALS, start=1)]}
    (row,) = read(rows, select(x="x"), of=of)
    assert as_told(row["x"]) == worth


@pytest.mark.parametrize(("source", "worth"), SHOWN)
def test_a_text_reads_as_its_example_says(source: str, worth: str) -> None:
    values = {name: ROW.get(field) for name, field in NAMES.items()}
    assert compile_text(source, ("guide", "text")).render(values) == worth


def test_every_function_has_an_example() -> None:
    shown = " ".join(said for said, _ in CALLS + TOTALS)
    assert [name for name in (*FUNCTIONS, *AGGREGATES) if not re.search(rf"\b{name}\(", shown)] == []


def test_every_filter_has_an_example() -> None:
    shown = " ".join(said for said, _ in SHOWN)
    assert [name for name in FILTERS if not name.startswith("_") and not re.search(rf"\| {name}\b", shown)] == []


def test_the_examples_are_of_the_day_that_the_page_names() -> None:
    assert f"today is {TODAY.day} {TODAY:%B %Y}" in " ".join(LANGUAGE.split())


# ---------------------------------------------------------------- what is written in TOML

BLOCKS = [
    (page, block)
    for page in ("mapping-language.md", "compliance.md", "your-mapping.md")
    for block in re.findall(r"^```toml[^\n]*\n(.*?)^```$", text_of(page), re.MULTILINE | re.DOTALL)
]


@pytest.mark.parametrize(("page", "block"), BLOCKS)
def test_every_block_is_toml_and_has_the_shape_it_shows(page: str, block: str) -> None:
    told = tomllib.loads(block)
    for of_set in told.get("labels", {}).values():
        for label in of_set.values():
            Label.model_validate(label)
    for role in told.values():
        for source in role if isinstance(role, list) else [role]:
            if isinstance(source, dict) and "object" in source:
                Source.model_validate(source)
    for name, feature in told.items():
        if isinstance(feature, dict) and "from" in feature:
            assert Feature.model_validate(feature), name
    if "purpose" in told:
        Play.model_validate(told)

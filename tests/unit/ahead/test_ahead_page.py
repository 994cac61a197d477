"""A simulation as a table and as a page: complete, and safe whatever names are in it."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from sf_lifecycle.exports import as_csv
from sf_lifecycle.simulation import Simulation, Week, long_table
from sf_lifecycle.simulation.charts import _round_up, stacked_bars
from sf_lifecycle.simulation.page import page

DAY = dt.date(2026, 11, 23)
BAD = '<script>alert("x")</script> & \'"=1+1'
VOID = {"meta", "br"}


def week(number: int, **fields: Any) -> Week:
    first = DAY + dt.timedelta(weeks=number)
    known: dict[str, Any] = {
        "stages": {"prospect": 5, BAD: number},
        "lists": {"call": {"made": 1, "waiting": 2, "left out": 3}},
        "tasks": {("call", BAD): 3, ("other", "Ann"): number},
        "waves": {BAD: 2},
    }
    return Week(first=first, until=first + dt.timedelta(weeks=1), **{**known, **fields})


def simulation(*weeks: Week) -> Simulation:
    return Simulation(
        job="nightly",
        as_of=DAY,
        until=weeks[-1].until,
        assumption="nobody answers",
        order=("prospect",),
        plays={"call": f"Call {BAD}", "other": "Other"},
        standing={"Old wave": 7},
        weeks=weeks,
    )


class Tags(HTMLParser):
    """Every tag is closed in turn; what there is of tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text() -> str:
    return page(simulation(*(week(number) for number in range(9))))


def test_the_page_stands_by_itself_and_runs_nothing(text: str) -> None:
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    names = {tag for tag, _ in tags.seen}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "a"}
    for _, attributes in tags.seen:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "href", "srcdoc")]
    assert "default-src 'none'" in text
    assert not re.search(r"https?://|@import|url\(", text)


def test_names_are_data(text: str) -> None:
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_every_chart_says_what_it_shows(text: str) -> None:
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(charts) == 2 + 2  # a panel a stage, Tasks, waves
    for chart in charts:
        root = ET.fromstring(chart)
        assert root.get("role") == "img"
        title = root.find("title")
        assert title is not None
        assert title.text
        assert root.get("aria-labelledby") == title.get("id")
    assert len(set(re.findall(r'id="([^"]+)"', text))) == len(re.findall(r' id="', text))


def test_what_was_assumed_comes_first(text: str) -> None:
    assert text.index("nobody answers") < text.index("<svg")
    assert 'lang="en"' in text


def test_a_page_of_nothing() -> None:
    empty = week(0, stages={}, lists={}, tasks={}, waves={})
    made = Simulation(job="x", as_of=DAY, until=DAY, assumption="", order=(), plays={}, standing={}, weeks=(empty,))
    assert "No Task is due." in page(made)
    assert "No wave is filled." in page(made)


def test_the_long_table_loses_nothing() -> None:
    found = simulation(week(0), week(1))
    table = long_table(found)
    assert list(table.columns) == ["week", "kind", "name", "rep", "number"]
    numbers = table.groupby("kind")["number"].sum().to_dict()
    assert numbers == {"stage": 11, "made": 2, "waiting": 4, "left out": 6, "tasks": 7, "wave": 4}
    assert set(table.loc[table["kind"].eq("tasks"), "rep"]) == {BAD, "Ann"}
    assert "\n2026-11-30,stage,prospect,,5\r" in as_csv(table).replace("\r\n", "\r\n")


def test_totals() -> None:
    found = simulation(week(0), week(1), week(2))
    assert found.tasks_by_play() == {"call": [3, 3, 3], "other": [0, 1, 2]}
    assert list(found.tasks_by_rep()) == [BAD, "Ann"]
    assert found.waves() == {"Old wave": 7, BAD: 6}
    assert [(month, len(weeks)) for month, weeks in found.months()] == [("2026-11", 2), ("2026-12", 1)]


@pytest.mark.parametrize(
    ("number", "scale"), [(1, 4), (4, 4), (5, 8), (9, 12), (13, 20), (21, 40), (456, 500), (9001, 10000)]
)
def test_the_scale_is_not_much_higher_than_what_it_measures(number: int, scale: int) -> None:
    assert _round_up(number) == scale


def test_a_bar_is_as_tall_as_its_number() -> None:
    chart = ET.fromstring(stacked_bars([DAY], {"a": [4], "b": [0]}, what="Tasks"))
    (bar,) = chart.iter("rect")
    assert float(str(bar.get("height"))) == 300 - 14 - 26

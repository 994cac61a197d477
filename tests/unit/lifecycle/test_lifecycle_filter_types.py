"""A filter is put on what it can show."""

from __future__ import annotations

from pathlib import Path

import pytest

from sf_lifecycle.cli.demo_folder import make_demo_folder
from sf_lifecycle.config.offline_schema import workspace_schema
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.prepared import prepare

PLAY = """
title = "Try"
purpose = "win"
for_each = "other_contract"
when = "position = 'window'"
rank = "1"
key = ["account.id"]
occasion = "end_date"
priority = 1
because = "{because}"
[task]
channel = "research"
owner = "account.owner"
subject = "Look"
text = '''{text}'''
due = {{ after = "today()" }}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filters") / "folder"
    make_demo_folder(folder)
    job = folder / "jobs/nightly.toml"
    job.write_text(
        job.read_text(encoding="utf-8").replace("[guards]", 'plays = ["try"]\n[guards]', 1), encoding="utf-8"
    )
    return folder


def told(folder: Path, text: str, because: str = "So") -> list[str]:
    path = folder / "mappings/telecom/plays/try.toml"
    path.write_text(PLAY.format(text=text, because=because), encoding="utf-8")
    workspace = load_workspace(folder / "config.toml", environ={})
    try:
        prepare(workspace, "nightly", workspace_schema(workspace, "telecom"))
    except ConfigError as error:
        return [str(each) for each in error.problems]
    return []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ provider | money }}", "line 1: `money` shows a number, and provider is a text"),
        ("so\n{{ provider | number(2) }}", "line 2: `number` shows a number, and provider is a text"),
        ("{{ end_date | money }}", "line 1: `money` shows a number, and end_date is a date"),
        ("{{ end_date | join }}", "line 1: `join` shows a text, and end_date is a date"),
        ("{{ monthly | month_year }}", "line 1: `month_year` shows a date, and monthly is a number"),
        ("{{ account.stage | date }}", "line 1: `date` shows a date, and account.stage is a text"),
        ("{{ account.stage.because | date }}", "line 1: `date` shows a date, and account.stage.because is a text"),
        ("{{ (provider or monthly) | money }}", "line 1: `money` shows a number, and provider is a text"),
        ("{{ account.id | money }}", "line 1: `money` shows a number, and account.id is an id"),
        (
            "{% for row in rows %}{{ row.monthly | date }}{% endfor %}",
            "line 1: `date` shows a date, and monthly is a number",
        ),
    ],
)
def test_on_the_wrong_kind_it_is_refused_where_it_stands(folder: Path, text: str, said: str) -> None:
    (problem,) = told(folder, text)
    assert problem.startswith(f"mappings/telecom/plays/try.toml: task.text: {said}")


@pytest.mark.parametrize(
    "text",
    [
        "{{ monthly | money }}{{ monthly | number }}{{ (monthly or 0) | money }}{{ monthly | default('?') | money }}",
        "{{ end_date | date }}{{ end_date | year }}{{ provider | upper }}{{ provider | join }}{{ provider | default }}",
        "{{ account.stage.since | date }}{{ account.stage | upper }}{{ rows | length }}{{ provider | length }}",
        "{% for row in rows %}{{ row.monthly | money }}{{ row.end_date | date }}{{ loop.index }}{% endfor %}",
    ],
)
def test_on_the_right_kind_it_is_not(folder: Path, text: str) -> None:
    assert told(folder, text) == []


def test_reasons_of_plays_and_of_labels_are_looked_at_too(folder: Path) -> None:
    (problem,) = told(folder, "x", because="{{ provider | date }}")
    assert problem.startswith("mappings/telecom/plays/try.toml: because: line 1: `date` shows a date, and provider")
    path = folder / "mappings/telecom/lifecycle.toml"
    before = path.read_text(encoding="utf-8")
    label = '[[labels.account.tryout.rules]]\nlabel = "a"\nwhen = "employees > 1"\nbecause = "{{ employees | date }}"\n'
    label += '[[labels.account.tryout.rules]]\nlabel = "b"\n'
    path.write_text(before + "\n" + label, encoding="utf-8")
    try:
        (problem,) = told(folder, "x")
    finally:
        path.write_text(before, encoding="utf-8")
    assert "labels.account.tryout.rules[0].because: line 1: `date` shows a date, and employees is a number" in problem

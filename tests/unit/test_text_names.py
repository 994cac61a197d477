"""What texts name is checked in every language and script: it exists, and time alone does not change it."""

from __future__ import annotations

from typing import Any

import pytest
from engine_world import SCHEMA, mapping, model

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.engine import build
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.lifecycle.queries import play_query, play_texts, texts_query

PLAY: dict[str, Any] = {
    "title": "T",
    "purpose": "win",
    "for_each": "account",
    "when": "revenue > 0 and founded < today()",
    "rank": "revenue",
    "key": ["id"],
    "occasion": "founded",
    "priority": 1,
    "because": "Since {{ founded }}",
    "task": {"subject": "{{ name }}", "due": {"after": "today()"}},
}
FILE, AGE = "mappings/test/plays/p.toml", {"age": "days_since(founded)", "old": "days_since(founded) > 9"}


def world(task: dict[str, Any], scripts: dict[str, str] | None = None, **play: Any) -> Mapping:
    whole = PLAY | {"task": PLAY["task"] | task} | play
    return mapping(columns={"account": AGE}, plays={"p": whole}, scripts=scripts or {})


def told(world: Mapping) -> list[str]:
    query = texts_query(world, "p", play_texts(world, "p"))
    assert query is not None
    with pytest.raises(ConfigError) as raised:
        build(world, model(), SCHEMA, [play_query(world, "p"), query])
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("task", "place"),
    [
        ({"subject": {"en": "{{ name }}", "nl": "{{ nam }}"}}, "task.subject.nl"),
        ({"text": {"en": "{{ name }}", "pl": "{% if nam %}x{% endif %}"}}, "task.text.pl"),
        ({"text": {"en": "{{ name }}", "pl": "{% for r in rows %}{{ r.nam }}{% endfor %}"}}, "task.text.pl"),
        ({"subject": "{{ nam }}"}, "task.subject"),
        ({"text": "{{ revenue | money(nam) }}"}, "task.text"),
    ],
)
def test_a_name_that_is_not_there(task: dict[str, Any], place: str) -> None:
    lines = told(world(task))
    assert len(lines) == 1
    assert lines[0].startswith(f"{FILE}: {place}: ")
    assert "did you mean `name`?" in lines[0]


def test_a_name_that_is_not_there_in_one_language_of_a_script() -> None:
    scripts = {"scripts/s.md.j2": "{{ name }}", "scripts/s.nl.md.j2": "{{ name }} {{ nam }}"}
    lines = told(world({"script": "scripts/s.md.j2"}, scripts))
    assert len(lines) == 1
    assert lines[0].startswith("mappings/test/scripts/s.nl.md.j2: ")


@pytest.mark.parametrize("name", ["wave", "script", "reason"])
def test_names_that_no_text_is_given(name: str) -> None:
    lines = told(world({"text": "{{ " + name + " }}"}))
    assert len(lines) == 1
    assert lines[0].startswith(f"{FILE}: task.text: ")


@pytest.mark.parametrize(
    ("task", "file", "place"),
    [
        ({"subject": {"en": "{{ name }}", "nl": "{{ age }}"}}, FILE, "task.subject.nl"),
        ({"text": {"en": "{{ name }}", "pl": "{% if age > 3 %}x{% endif %}"}}, FILE, "task.text.pl"),
        ({"text": "{% for r in rows %}{{ r.age }}{% endfor %}"}, FILE, "task.text"),
        ({"script": "scripts/s.md.j2"}, "mappings/test/scripts/s.pl.md.j2", ""),
    ],
)
def test_a_text_does_not_change_by_itself(task: dict[str, Any], file: str, place: str) -> None:
    scripts = {"scripts/s.md.j2": "{{ name }}", "scripts/s.pl.md.j2": "{{ age }}"}
    lines = told(world(task, scripts))
    assert len(lines) == 1
    assert lines[0].startswith(f"{file}: {place}")
    assert "it must stand still: today() may choose it, not change it" in lines[0]


def test_an_occasion_does_not_change_by_itself() -> None:
    lines = told(world({}, occasion="age"))
    assert len(lines) == 1
    assert lines[0].startswith(f"{FILE}: occasion: ")


def test_a_condition_on_the_day_is_no_change() -> None:
    good = world({"text": {"en": "{% if old %}old{% endif %}", "nl": "{{ old }}"}})
    query = texts_query(good, "p", play_texts(good, "p"))
    assert query is not None
    build(good, model(), SCHEMA, [play_query(good, "p"), query])

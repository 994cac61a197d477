"""What `check` says of plays whose values could not be used: by kind, by what moves them, and by what they lead to."""

from __future__ import annotations

from typing import Any

import pytest
from engine_world import SCHEMA, mapping, model

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.engine import Query, build
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.lifecycle.day_notes import day_notes
from sf_lifecycle.lifecycle.queries import members_query, output_query, play_query, play_texts, texts_query

FILE = "mappings/test/plays/p.toml"
PLAY: dict[str, Any] = {
    "title": "T",
    "purpose": "win",
    "for_each": "deal",
    "when": "end_date > today()",
    "rank": "monthly",
    "key": ["account.id"],
    "occasion": "min(end_date)",
    "priority": 1,
    "contact": "account.boss",
    "because": "Since {{ end_date }}",
    "task": {"subject": "{{ provider }}", "owner": "account.owner", "due": {"after": "today()"}},
}
CAMPAIGN = {"wave": "date_trunc('month', end_date)", "name": "W {{ wave | month_year }}", "members": "account.boss"}
SECTIONS: dict[str, Any] = {
    "columns": {
        "deal": {
            "soon": "if(end_date < add_days(today(), 9), end_date)",
            "late": "monthly > 1",
            "age": "days_since(end_date)",
        }
    },
    "features": {
        "account": {
            "boss": {"from": "contact", "pick": "name"},
            "best": {"from": "deal", "pick": "monthly desc"},
            "next": {"from": "deal", "value": "min(end_date)", "where": "end_date > today()"},
        },
        "park": {"anchor": {"from": "account", "pick": "name"}, "first": {"from": "account", "pick": "name"}},
    },
    "clusters": {"park": {"of": "account", "by": ["park"]}},
    "labels": {
        "contact": {"may_call": {"rules": [{"label": "no", "when": "do_not_call"}, {"label": "yes", "because": "x"}]}}
    },
}


def world(**play: Any) -> Mapping:
    return mapping(plays={"p": PLAY | play}, **SECTIONS)


def queries(world: Mapping) -> list[Query]:
    texts = play_texts(world, "p")
    found = (play_query(world, "p"), texts_query(world, "p", texts), members_query(world, "p"))
    return [query for query in found if query]


def told(world: Mapping) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        build(world, model(), SCHEMA, queries(world))
    return [str(problem).partition("\n")[0] for problem in raised.value.problems]


def test_a_play_that_fits() -> None:
    build(world(campaign=CAMPAIGN), model(), SCHEMA, queries(world(campaign=CAMPAIGN)))


MOVES = "this changes by itself from day to day; it must stand still: it is made of data alone"
ASKS = "cannot stand here, in no condition either"


@pytest.mark.parametrize(
    ("play", "message"),
    [
        ({"rank": "provider"}, "rank: expected a number, got a text"),
        ({"rank": "late"}, "rank: expected a number, got true or false"),
        ({"rank": "end_date"}, "rank: expected a number, got a date"),
        ({"key": ["account.id", "today()"]}, f"key[1]: {MOVES}"),
        ({"key": ["age"]}, f"key[0]: {MOVES}"),
        ({"key": ["if(end_date > today(), provider, 'x')"]}, f"key[0]: today() {ASKS}"),
        ({"occasion": "age"}, f"occasion: {MOVES}"),
        ({"occasion": "min(if(end_date > add_days(today(), 8), end_date))"}, f"occasion: today() {ASKS}"),
        ({"occasion": "if(days_until(end_date) > 8, provider, 'x')"}, f"occasion: days_until() {ASKS}"),
        ({"contact": "account.best"}, "contact: expected a picked contact, account.best is a deal"),
        ({"contact": "account"}, "contact: expected a picked contact, account is an account"),
        ({"contact": "account.name"}, "contact: expected a picked contact, account.name is a text"),
        ({"contact": "account.bos"}, "contact: expected a picked contact: account has no bos; did you mean `boss`?"),
        ({"campaign": CAMPAIGN | {"members": "account.best"}}, "campaign.members: expected a picked contact, account"),
        ({"task": PLAY["task"] | {"owner": "account.name"}}, "task.owner: expected an id, got a text"),
    ],
)
def test_what_a_play_may_not_say(play: dict[str, Any], message: str) -> None:
    (line,) = told(world(**play))
    assert line.startswith(f"{FILE}: {message}")


@pytest.mark.parametrize(
    ("task", "contact", "told_"),
    [
        (
            {"account": "anchor.name"},
            "anchor.name.boss",
            "task.account: expected a picked account, anchor.name is a te",
        ),
        ({"account": "anchor.name"}, "anchor.boss", "task.account: expected a picked account, anchor.name is a text"),
        (
            {"account": "anchor.boss"},
            "anchor.boss",
            "task.account: expected a picked account, anchor.boss is a contact",
        ),
        ({"account": "anchor"}, "anchor.best", "contact: expected a picked contact, anchor.best is a deal"),
    ],
)
def test_whose_task_a_clusters_play_asks_for(task: dict[str, str], contact: str, told_: str) -> None:
    play: dict[str, Any] = {
        "for_each": "park", "when": "park is not null", "rank": "1", "key": ["park"], "occasion": "park",
        "contact": contact, "because": "x", "task": PLAY["task"] | {"subject": "x", "owner": "anchor.owner"} | task,
    }  # fmt: skip
    (line,) = told(world(**play))
    assert line.startswith(f"{FILE}: {told_}")


def test_whom_a_clusters_campaign_is_for() -> None:
    members = {"from": "account", "contact": "best"}
    play: dict[str, Any] = {
        "for_each": "park", "when": "park is not null", "rank": "1", "key": ["park"], "occasion": "park",
        "contact": None, "because": "x", "task": None,
        "campaign": {"wave": "today()", "name": "{{ wave | year }}", "members": members},
    }  # fmt: skip
    assert [line.partition("; ")[0] for line in told(world(**play))] == [
        f"{FILE}: campaign.members.contact: expected a picked contact, best is a deal"
    ]


def test_what_is_written_back_stands_still() -> None:
    outputs = {"account": {"A__c": "today()", "B__c": "next", "C__c": "best.age", "D__c": "stage.since"}}
    of = mapping(outputs=outputs, **SECTIONS)
    with pytest.raises(ConfigError) as raised:
        build(of, model(), SCHEMA, [output_query(of, "account")])
    assert [problem.place for problem in raised.value.problems] == ["outputs.account.A__c", "outputs.account.C__c"]
    assert {problem.message for problem in raised.value.problems} == {"this changes by itself from day to day"}


@pytest.mark.parametrize(
    ("play", "ways"),
    [
        ({}, []),
        ({"occasion": "account.next"}, [("occasion", "account.next")]),
        ({"occasion": "min(coalesce(soon, end_date))"}, [("occasion", "deal.soon")]),
        ({"key": ["account.id", "soon"]}, [("key[1]", "deal.soon")]),
        ({"occasion": "account.best.soon"}, [("occasion", "deal.soon")]),
    ],
)
def test_the_day_further_below_is_a_note(play: dict[str, Any], ways: list[tuple[str, str]]) -> None:
    of = world(**play)
    program = build(of, model(), SCHEMA, queries(of))
    found = [note.removesuffix(note[note.index("): ") :]) for note in day_notes(of, ["p"], program)]
    assert found == [f"{FILE}: {place}: the day has a say in it ({way}" for place, way in ways]


@pytest.mark.parametrize(
    ("name", "wave", "message"),
    [
        ("W {{ provider }}", "end_date", "expected a name made of `wave` alone, got provider"),
        (
            "W {{ wave | year }} {{ account.name }}",
            "end_date",
            "expected a name made of `wave` alone, got account.name",
        ),
        ("{% for row in rows %}{{ row.name }}{% endfor %}", "end_date", "expected a name made of `wave` alone, got"),
        ("W {{ wave | month }}", "end_date", "two waves would have this name; write {{ wave | month_year }}"),
        ("W {{ wave | month | upper }}", "end_date", "two waves would have this name"),
        ("W", "end_date", "two waves would have this name"),
        ("{% if wave %}W{% endif %}", "end_date", "two waves would have this name"),
    ],
)
def test_a_campaigns_name_tells_its_wave(name: str, wave: str, message: str) -> None:
    of = world(campaign=CAMPAIGN | {"name": name, "wave": wave})
    with pytest.raises(ConfigError) as raised:
        play_texts(of, "p")
    (problem,) = raised.value.problems
    assert str(problem).startswith(f"{FILE}: campaign.name: {message}")


@pytest.mark.parametrize(
    ("name", "wave"),
    [
        ("W {{ wave | month }} {{ wave | year }}", "end_date"),
        ("W {{ wave | date_short | upper }}", "end_date"),
        ("W {{ wave | date }}", "end_date"),
        ("W {{ wave }}", "provider"),
        ("{% if wave %}W {{ wave }}{% endif %}", "provider"),
        ("W spring", "'spring 2026'"),
    ],
)
def test_names_that_tell_their_wave(name: str, wave: str) -> None:
    play_texts(world(campaign=CAMPAIGN | {"name": name, "wave": wave}), "p")

"""The next day on which time alone changes something, held against going through the days one by one."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from engine_world import LEADS, ROLES, SCHEMA, TODAY, A, D, account, contact, deal, mapping, mirror, model, record_id

from sf_lifecycle.engine import Change, NextChange, Program, Query, build
from sf_lifecycle.errors import ConfigError, UsageError

SECTIONS: dict[str, Any] = {
    "columns": {
        "deal": {"decides": "add_days(end_date, -notice_days)"},
        "account": {"crowd": "zone.near", "head": "firm_group.soonest"},
    },
    "features": {
        "account": {
            "next_end": {"from": "deal", "value": "min(end_date)", "where": "end_date >= today()"},
            "next_deal": {"from": "deal", "pick": "end_date, monthly desc", "where": "end_date >= today()"},
            "last_call": {"from": "contact", "value": "max(last_activity)"},
        },
        "zone": {
            "near": {"from": "account", "value": "count(*)", "where": "stage = 'closing'"},
            "firms": {"from": "account", "value": "count(*)"},
        },
        "firm_group": {"soonest": {"from": "account", "value": "min(crowd)"}},
    },
    "clusters": {
        "zone": {"of": "account", "by": ["park"]},
        "firm_group": {"of": "account", "by": ["industry"]},
    },
    "labels": {
        "deal": {
            "position": {
                "rules": [
                    {"label": "over", "when": "end_date < today()"},
                    {"label": "window", "when": "decides <= add_days(today(), 5)"},
                    {"label": "later"},
                ]
            }
        },
        "contact": {
            "warmth": {
                "rules": [
                    {"label": "warm", "when": "days_since(last_activity) < 20"},
                    {"label": "cold", "when": "account.stage = 'closing'"},
                    {"label": "cool"},
                ],
                "stay_days": 6,
            }
        },
        "account": {
            "pace": {
                "rules": [
                    {"label": "crowded", "when": "head > 1"},
                    {"label": "quick", "when": "days_until(next_end) < 9 and stage <> 'rest'"},
                    {"label": "law", "when": "revenue > 5", "from": TODAY + dt.timedelta(days=12)},
                    {"label": "slow"},
                ],
                "stay_days": 3,
            }
        },
    },
}
STAGES = [
    {"label": "closing", "when": "days_until(next_end) < 15"},
    {"label": "rest", "when": "previous_label = 'rest' and days_in_label < 17"},
    {"label": "open", "when": "next_deal.provider = 'Able'"},
    {"label": "rest"},
]
LABELS = [("account", "stage"), ("account", "pace"), ("deal", "position"), ("contact", "warmth")]
PERSON = {"object": "Lead", "parent": "Id", "fields": {"name": "Name", "do_not_call": "DoNotCall"}}


def program() -> Program:
    roles = {**ROLES, "account": [*ROLES["account"], LEADS], "contact": [*ROLES["contact"], PERSON]}
    of = mapping(roles=roles, **SECTIONS)
    queries = [
        Query(
            name=f"{set_} {label}",
            set=set_,
            select={"w": label, "s": f"{label}.since", "p": f"{label}.previous"}
            | ({"top": "id"} if set_ == "account" else {"top": "account.id"}),
        )
        for set_, label in LABELS
    ]
    return build(of, model(STAGES), SCHEMA, queries)


def world(seed: int) -> dict[str, list[dict[str, Any]]]:
    rng = random.Random(seed)

    def day() -> dt.date | None:
        return TODAY + dt.timedelta(days=rng.randint(-30, 45)) if rng.random() < 0.9 else None

    firms = [
        account(
            n,
            Park__c=rng.choice(["a", "b", None]),
            Industry=rng.choice(["Retail", "Energy", None]),
            Revenue__c=Decimal(rng.randint(1, 9)),
        )
        for n in range(1, 9)
    ]
    deals = [
        deal(
            n,
            rng.randint(1, 9),
            End_Date__c=day(),
            Notice_Days__c=Decimal(rng.randint(0, 9)),
            Provider__c=rng.choice(["Able", "Bay"]),
        )
        for n in range(1, 13)
    ]
    people = [contact(n, rng.randint(1, 9), LastActivityDate=day()) for n in range(1, 9)]
    lead = {"Id": record_id("00Q", 1), "Company": "Maybe", "Name": "Cy", "IsConverted": False}
    return {"Account": firms, "Deal__c": deals, "Contact": people, "Lead": [lead]}


def states(program: Program, con: Any, as_of: dt.date, history: pa.Table | None) -> tuple[pa.Table, dict[Any, Any]]:
    """History at the day's end, and word by (top, set, label, id)."""
    rows, words = [], {}
    with program.run(con, as_of=as_of, history=history) as run:
        for set_, label in LABELS:
            for row in run.fetch(f"{set_} {label}").to_pylist():
                words[row["top"], set_, label, row["_id"]] = row["w"]
                rows.append(
                    {
                        "set": set_,
                        "label": label,
                        "id": row["_id"],
                        "word": row["w"],
                        "since": row["s"],
                        "highest": None,
                        "previous": row["p"],
                    }
                )
    kinds = {"since": pa.date32()}
    fields = [
        (name, kinds.get(name, pa.string())) for name in ("set", "label", "id", "word", "since", "highest", "previous")
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields)), words


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_it_is_the_day_found_by_going_through_the_days(seed: int) -> None:
    made, rows, days = program(), world(seed), 20
    before, _ = states(made, mirror(rows), TODAY - dt.timedelta(days=4), None)
    with mirror(rows) as con:
        history, today = states(made, con, TODAY, before)
        expected: dict[str, tuple[dt.date, set[Any]]] = {}
        for ahead in range(1, days + 1):
            day = TODAY + dt.timedelta(days=ahead)
            history, words = states(made, con, day, history)
            for (top, *rest), word in words.items():
                was = today[top, *rest]
                if word != was and top is not None and expected.setdefault(top, (day, set()))[0] == day:
                    expected[top][1].add((*rest, was, word))
        for top in {key[0] for key in today if key[0] is not None}:
            found = made.next_change(con, as_of=TODAY, history=before, id=top, days=days)
            got = found and (found.day, {(c.set, c.name, c.id, c.before, c.after) for c in found.changes})
            assert got == expected.get(top), top
        left = con.execute("select table_name from duckdb_tables() where temporary").fetchall()
    assert left == []
    assert expected


ENDS = {"Account": [account(1), account(2)], "Deal__c": [deal(1, 1, End_Date__c=TODAY + dt.timedelta(days=200))]}


def test_conditions_are_watched_too() -> None:
    made = build(mapping(), model(), SCHEMA)
    asked = {"switch": ("deal", "end_date < add_days(today(), 30)"), "never": ("deal", "monthly > 5")}
    with mirror(ENDS) as con:
        found = made.next_change(con, as_of=TODAY, history=None, id=record_id(A, 1), asked=asked)
        assert made.next_change(con, as_of=TODAY, history=None, id=record_id(A, 2), asked=asked) is None
        assert made.next_change(con, as_of=TODAY, history=None, id=record_id(A, 1), asked=asked, days=170) is None
    change = Change(set="deal", id=record_id(D, 1), kind="question", name="switch", before=False, after=True)
    assert found == NextChange(day=TODAY + dt.timedelta(days=171), changes=(change,))


def test_a_cluster_s_condition() -> None:
    parks: dict[str, Any] = {
        "clusters": {"zone": {"of": "account", "by": ["park"]}},
        "features": {"zone": {"ended": {"from": "deal", "value": "count(*)", "where": "end_date < today()"}}},
    }
    rows = {"Account": [account(n, Park__c="a" if n < 3 else "b") for n in range(1, 5)], "Deal__c": ENDS["Deal__c"]}
    made = build(mapping(**parks), model(), SCHEMA)
    asked = {"joint": ("zone", "ended > 0")}
    with mirror(rows) as con:
        for number in (1, 2):
            found = made.next_change(con, as_of=TODAY, history=None, id=record_id(A, number), asked=asked)
            assert found is not None
            assert (found.day, found.changes[0].set, found.changes[0].id) == (
                TODAY + dt.timedelta(days=201),
                "zone",
                None,
            )
        assert made.next_change(con, as_of=TODAY, history=None, id=record_id(A, 3), asked=asked) is None


def test_what_cannot_be_asked() -> None:
    made = build(mapping(), model(), SCHEMA)
    with mirror(ENDS) as con:
        with pytest.raises(UsageError, match="no record has the Id nonsense"):
            made.next_change(con, as_of=TODAY, history=None, id="nonsense")
        with pytest.raises(ConfigError, match="deal has no ends"):
            made.next_change(
                con, as_of=TODAY, history=None, id=record_id(A, 1), asked={"x": ("deal", "ends < today()")}
            )
        assert made.next_change(con, as_of=TODAY, history=None, id=record_id(A, 1)) is None


def test_one_account_explained_is_what_the_whole_run_says() -> None:
    made, rows = program(), world(7)
    names = {f"c{i}": name for i, name in enumerate(["stage", "pace", "crowd", "head", "zone.firms", "zone.near"])}
    whole = build(
        made.reading.found.mapping, made.reading.found.model, SCHEMA, [Query(name="q", set="account", select=names)]
    )
    with mirror(rows) as con:
        with whole.run(con, as_of=TODAY) as run:
            said = run.fetch("q").to_pylist()
        for row in said:
            found = made.explain(con, as_of=TODAY, history=None, set="account", id=row["_id"])
            assert [found.values[name] for name in ("stage", "pace", "crowd", "head")] == [
                row[f"c{i}"] for i in range(4)
            ]
        assert con.execute("select table_name from duckdb_tables() where temporary").fetchall() == []
    assert any(row["c4"] for row in said)

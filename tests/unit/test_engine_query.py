"""Queries: order, groups, the best per owner, values that must stand still; and the statements behind them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from engine_world import (
    SCHEMA,
    TODAY,
    A,
    D,
    U,
    account,
    contact,
    deal,
    mapping,
    mirror,
    model,
    read,
    record_id,
    select,
)

from sf_lifecycle.engine import Query, build, harden, is_aggregate
from sf_lifecycle.errors import ConfigError

FIRMS = [
    account(1, Revenue__c=Decimal(5), OwnerId=record_id(U, 1)),
    account(2, Revenue__c=None, OwnerId=record_id(U, 2)),
    account(3, Revenue__c=Decimal(9), OwnerId=record_id(U, 1)),
    account(4, Revenue__c=Decimal(5), OwnerId=record_id(U, 1)),
    account(5, Revenue__c=Decimal(1), OwnerId=record_id(U, 2)),
]
DEALS = [
    deal(1, 1, Provider__c="b", Monthly__c=Decimal(1), End_Date__c=dt.date(2026, 3, 1)),
    deal(2, 1, Provider__c="A", Monthly__c=Decimal(2), End_Date__c=dt.date(2026, 1, 1)),
    deal(3, 3, Provider__c="a", Monthly__c=Decimal(4), End_Date__c=dt.date(2026, 2, 1)),
]
ROWS = {"Account": FIRMS, "Deal__c": DEALS}


def numbers(query: Query) -> list[int]:
    return [int(row["_id"][3:]) for row in read(ROWS, query)]


def query(set_: str = "account", **keys: Any) -> Query:
    return Query(name="q", set=set_, **{"select": {"x": "name"} if set_ == "account" else {}, **keys})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"order": ("revenue desc",)}, [3, 1, 4, 5, 2]),
        ({"order": ("revenue",)}, [5, 1, 4, 3, 2]),
        ({"order": ("revenue DESC", "name desc")}, [3, 4, 1, 5, 2]),
        ({"where": "revenue < 9"}, [1, 4, 5]),
        ({"where": "not (revenue < 9)"}, [3]),
        ({"order": ("revenue desc",), "best": 1}, [3]),
        ({"order": ("revenue desc",), "best": 2, "per": ("owner",)}, [3, 1, 5, 2]),
        ({"order": ("revenue desc",), "best": 1, "per": ("owner",), "where": "revenue < 9"}, [1, 5]),
    ],
)
def test_rows_and_their_order(keys: Any, expected: list[int]) -> None:
    assert numbers(query(**keys)) == expected


def test_texts_are_ordered_without_regard_to_case() -> None:
    assert numbers(query("deal", order=("provider",))) == [2, 3, 1]


def test_columns_and_ids() -> None:
    found = read(ROWS, query(select={"Owner Id": "owner", "own": "id", "_x": "revenue", "n": "1"}))
    assert list(found[0]) == ["_key", "_id", "Owner Id", "own", "_x", "n"]
    assert found[0]["Owner Id"] == record_id(U, 1)
    assert found[0]["own"] == found[0]["_id"] == record_id(A, 1)


def test_what_a_group_shares() -> None:
    asked = query(
        "deal",
        group=("account.id",),
        select={"p": "provider"},
        aggregates={"first": "min(end_date)", "n": "count(*)", "least": "monthly", "all": "list(provider)"},
        order=("account.id", "monthly"),
    )
    found = [tuple(row.values())[2:] for row in read(ROWS, asked)]
    assert found == [
        ("b", dt.date(2026, 1, 1), 2, Decimal(1), "A;b"),
        ("A", dt.date(2026, 1, 1), 2, Decimal(1), "A;b"),
        ("a", dt.date(2026, 2, 1), 1, Decimal(4), "a"),
    ]


def test_groups_of_texts_and_unknowns_and_where() -> None:
    rows = {"Account": [account(1)], "Deal__c": [*DEALS, deal(4, None), deal(5, None)]}
    asked = query("deal", group=("provider",), aggregates={"n": "count(*)"}, where="end_date is null or monthly > 1")
    assert [(row["_id"][-1], row["n"]) for row in read(rows, asked)] == [("2", 2), ("3", 2), ("4", 2), ("5", 2)]
    asked = query("deal", aggregates={"n": "count(*)"})
    assert [row["n"] for row in read(rows, asked)] == [5] * 5


STILL = {
    "columns": {
        "deal": {
            "decision": "add_days(end_date, -30)",
            "act_on": "greatest(decision, today())",
            "age": "days_since(end_date)",
            "soon": "decision <= add_days(today(), 30)",
            "chosen": "if(days_since(end_date) > 3, end_date, decision)",
            "either": "if(end_date > '2026-01-01', today(), decision)",
        }
    },
    "features": {
        "account": {
            "next": {"from": "deal", "value": "min(decision)", "where": "decision >= today()"},
            "oldest": {"from": "deal", "value": "max(age)"},
            "late": {"from": "deal", "value": "count(*)", "where": "age > 3"},
            "late_ages": {"from": "deal", "value": "count(age)"},
            "best": {"from": "deal", "pick": "act_on"},
        }
    },
}


@pytest.mark.parametrize(
    ("set_", "expression", "moves"),
    [
        ("deal", "decision", False),
        ("deal", "act_on", True),
        ("deal", "age", True),
        ("deal", "age + 1", True),
        ("deal", "soon", False),
        ("deal", "chosen", False),
        ("deal", "either", True),
        ("deal", "date_trunc('year', today())", True),
        ("deal", "age > 3", False),
        ("deal", "account.oldest", True),
        ("deal", "account.best.decision", False),
        ("deal", "account.best.act_on", True),
        ("account", "next", False),
        ("account", "oldest", True),
        ("account", "late", False),
        ("account", "late_ages", False),
        ("account", "best", False),
        ("account", "stage", False),
        ("account", "stage.since", False),
        ("account", "stage.because", False),
    ],
)
def test_values_that_must_stand_still(set_: str, expression: str, moves: bool) -> None:
    asked = Query(
        name="q", set=set_, select={"x": expression}, still=frozenset({"x"}), places={"x": ("p.toml", "occasion")}
    )
    if not moves:
        build(mapping(**STILL), model(), SCHEMA, [asked])
        return
    with pytest.raises(ConfigError) as caught:
        build(mapping(**STILL), model(), SCHEMA, [asked])
    (problem,) = caught.value.problems
    assert (problem.file, problem.place) == ("p.toml", "occasion")
    assert "changes by itself" in problem.message


def test_aggregates_and_types_are_checked() -> None:
    asked = query("deal", aggregates={"x": "max(today())"}, still=frozenset({"x"}), types={"x": ("number",)})
    with pytest.raises(ConfigError) as caught:
        build(mapping(), model(), SCHEMA, [asked])
    assert len(caught.value.problems) == 2
    assert {problem.place for problem in caught.value.problems} == {"query q: x"}


def test_mistakes_have_the_places_given() -> None:
    asked = query(
        select={"x": "nme"},
        where="revenue",
        order=("nothing desc",),
        group=("none",),
        places={"x": ("a", "x"), "where": ("a", "when"), "order": ("a", "rank"), "group[0]": ("a", "key[0]")},
    )
    with pytest.raises(ConfigError) as caught:
        build(mapping(), model(), SCHEMA, [asked])
    assert sorted(problem.place for problem in caught.value.problems) == ["key[0]", "rank", "when", "x"]


def test_a_query_of_no_set() -> None:
    with pytest.raises(ConfigError, match="there is no set acount"):
        build(mapping(), model(), SCHEMA, [query("acount", select={})])


def test_a_column_named_twice() -> None:
    with pytest.raises(ConfigError, match="both selected and gathered"):
        build(mapping(), model(), SCHEMA, [query(aggregates={"x": "count(*)"})])


def test_what_can_be_asked_of_a_program() -> None:
    program = build(mapping(**STILL), model(), SCHEMA)
    assert program.type_of("deal", "account.next") == "date"
    assert program.type_of("account", "stage") == "text"
    with pytest.raises(ConfigError, match="account has no nxt"):
        program.type_of("deal", "account.nxt")
    assert program.names_in_scope("deal")["act_on"] == "column"
    value = program.values["account", "next"]
    assert (value.kind, value.type, value.moving, value.depends) == (
        "feature",
        "date",
        False,
        frozenset({("deal", "decision")}),
    )
    assert program.values["account", "stage"].depends == frozenset({("account", "revenue")})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("min(x)", True), ("coalesce(sum(x), 0)", True), ("x", False), ("least(x, y)", False), ("min(", False)],
)
def test_is_aggregate(expression: str, expected: bool) -> None:
    assert is_aggregate(expression) is expected


def test_what_several_queries_read_is_worked_out_once() -> None:
    queries = [Query(name=f"q{n}", set="account", select={"s": "stage", "n": "next"}) for n in range(2)]
    program = build(mapping(**STILL), model(), SCHEMA, queries)
    assert [(s.table, s.root) for s in program.compiled.script.statements] == [
        ("account@1", False),
        ("query q0", True),
        ("query q1", True),
    ]
    one = build(mapping(**STILL), model(), SCHEMA, queries[:1])
    assert [s.table for s in one.compiled.script.statements] == ["query q0"]


def test_a_run_leaves_nothing_behind() -> None:
    queries = [Query(name=f"q{n}", set="account", select={"s": "stage", "b": "stage.because"}) for n in range(2)]
    program = build(mapping(**STILL), model(), SCHEMA, queries)
    with mirror(ROWS) as con:
        with program.run(con, as_of=TODAY) as run:
            assert run.fetch("q0").equals(run.fetch("q0"))
            with program.run(con, as_of=TODAY) as other:
                assert other.fetch("q1").equals(run.fetch("q1"))
            assert set(run.steps) == {"account@0", "query q0", "query q1"}
        left = con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    assert left == []


def test_today_is_the_run_s() -> None:
    program = build(mapping(**STILL), model(), SCHEMA, [select("deal", x="act_on")])
    with mirror(ROWS) as con:
        for day in (dt.date(2026, 1, 20), dt.date(2026, 2, 20)):
            with program.run(con, as_of=day) as run:
                assert run.fetch("q").column("x").to_pylist()[1:] == [day, max(day, dt.date(2026, 1, 2))]


def test_texts_of_people_are_never_sql() -> None:
    nasty = '\'; DROP TABLE mirror."Account"; -- \x01today\x01 {{ 7*7 }} \u202e😀'
    label = {"rules": [{"label": nasty.replace("\x01", "\x01"), "when": "name = name"}, {"label": "b"}]}
    of = mapping(labels={"account": {"l": label}}, parameters={"p": nasty})
    (row,) = read({"Account": [account(1, Name=nasty)]}, select(l="l", p="p", same="name = p"), of=of)
    assert (row["l"], row["p"], row["same"]) == (nasty, nasty, True)


def test_a_hardened_connection_reads_no_files() -> None:
    with mirror(ROWS) as con:
        for text in ("SELECT * FROM read_csv('/etc/passwd')", "SET enable_external_access = true", "INSTALL httpfs"):
            with pytest.raises(duckdb.Error):
                con.execute(text)
    with duckdb.connect() as con:
        harden(con)


def test_nothing_in_the_org() -> None:
    program = build(
        mapping(leads=True, **STILL), model(), SCHEMA, [query(order=("next",), aggregates={"n": "count(*)"})]
    )
    with mirror({}) as con, program.run(con, as_of=TODAY) as run:
        found = run.fetch("q")
    assert (found.num_rows, found.column_names) == (0, ["_key", "_id", "x", "n"])


def test_people_who_belong_to_nobody() -> None:
    rows = {"Contact": [contact(1, None, Name="Nobody's")]}
    (row,) = read(rows, select("contact", n="name", a="account.name", s="account.stage"))
    assert (row["n"], row["a"], row["s"]) == ("Nobody's", None, None)
    assert record_id(D, 1) == "a01000000000000001"


@pytest.mark.parametrize(
    ("expression", "got"),
    [
        ("parent_id", "Account"),
        ("id", "Account"),
        ("first_contact", "Contact"),
        ("coalesce(parent_id, owner)", "Account"),
        ("owner", None),
        ("coalesce(owner, parent_id)", None),  # a person may know better
    ],
)
def test_a_column_of_ids_says_of_what(expression: str, got: str | None) -> None:
    of = mapping(features={"account": {"first_contact": {"from": "contact", "pick": "name"}}})
    asked = Query(name="q", set="account", select={"owner": expression}, refers={"owner": ("User", "Group")})
    try:
        build(of, model(), SCHEMA, [asked])
    except ConfigError as error:
        (problem,) = error.problems
        assert problem.message == f"expected the id of a Group or User, got that of a {got}"
    else:
        assert got is None

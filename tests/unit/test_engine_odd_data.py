"""Data as no one would enter it on purpose: every case has a defined result."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from engine_world import (
    SCHEMA,
    TODAY,
    A,
    C,
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

from sf_lifecycle.engine import Query, build
from sf_lifecycle.errors import ConfigError

FAMILY: dict[str, Any] = {
    "columns": {"account": {"head_id": "coalesce(parent_id, id)"}},
    "clusters": {"family": {"of": "account", "by": ["head_id"]}},
    "features": {
        "family": {
            "firms": {"from": "account", "value": "count(*)"},
            "worth": {"from": "account", "value": "sum(revenue)"},
            "head": {"from": "account", "pick": "revenue desc", "where": "parent_id is null or parent_id = id"},
        }
    },
}


def test_an_account_that_is_its_own_parent() -> None:
    """It is the head of its family, as one without a parent is; alone it is no family."""
    firms = [
        account(1, ParentId=record_id(A, 1), Revenue__c=Decimal("1.10")),
        account(2, ParentId=record_id(A, 1), Revenue__c=Decimal("2.20")),
        account(3, ParentId=record_id(A, 3), Revenue__c=Decimal("5.00")),
        account(4, ParentId=record_id(A, 5)),
        account(5, ParentId=record_id(A, 4)),
    ]
    found = read(
        {"Account": firms}, select(n="family.firms", w="family.worth", h="family.head.id"), of=mapping(**FAMILY)
    )
    assert [(row["n"], row["w"], row["h"]) for row in found] == [
        (2, Decimal("3.30"), record_id(A, 1)),
        (2, Decimal("3.30"), record_id(A, 1)),
        (None, None, None),
        (None, None, None),
        (None, None, None),
    ]
    made = build(mapping(**FAMILY), model(), SCHEMA)
    with mirror({"Account": firms}) as con:
        explained = made.explain(con, as_of=TODAY, history=None, set="account", id=record_id(A, 1))
        assert explained.values["head_id"] == record_id(A, 1)
        assert made.next_change(con, as_of=TODAY, history=None, id=record_id(A, 1)) is None


def test_two_accounts_that_are_each_other_s_parent_are_one_family_of_two_only_by_the_same_head() -> None:
    firms = [account(1, ParentId=record_id(A, 2)), account(2, ParentId=record_id(A, 1))]
    assert [row["n"] for row in read({"Account": firms}, select(n="family.firms"), of=mapping(**FAMILY))] == [
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("start", "end", "decision", "left"),
    [
        (dt.date(2026, 12, 1), dt.date(2026, 1, 1), dt.date(2025, 12, 2), -11),
        (dt.date(2026, 12, 1), dt.date(2026, 12, 1), dt.date(2026, 11, 1), 0),
        (None, dt.date(1900, 1, 1), dt.date(1899, 12, 2), None),
        (dt.date(4000, 12, 31), None, None, None),
    ],
)
def test_a_contract_that_ends_before_it_starts(
    start: dt.date | None, end: dt.date | None, decision: dt.date | None, left: int | None
) -> None:
    columns = {"deal": {"decision": "add_days(end_date, -30)", "months": "months_between(account.founded, end_date)"}}
    rows = {"Account": [account(1, Founded__c=start)], "Deal__c": [deal(1, 1, End_Date__c=end)]}
    found = read(rows, select("deal", d="decision", m="months"), of=mapping(columns=columns))
    assert (found[0]["d"], found[0]["m"]) == (decision, left)


def test_ten_thousand_contracts_on_one_account() -> None:
    deals: list[dict[str, Any]] = [
        {"number": n, "end": TODAY + dt.timedelta(days=n % 700), "worth": Decimal(n % 97) / 100}
        for n in range(1, 10_001)
    ]
    of = mapping(
        features={
            "account": {
                "many": {"from": "deal", "value": "count(*)"},
                "worth": {"from": "deal", "value": "sum(monthly)"},
                "next": {"from": "deal", "pick": "end_date, monthly desc", "where": "end_date > today()"},
                "names": {"from": "deal", "value": "list(provider)"},
            }
        },
        labels={"deal": {"place": {"rules": [{"label": "near", "when": "end_date < today()"}, {"label": "far"}]}}},
    )
    query = select(n="many", w="worth", p="next.id", names="names")
    made = build(of, model(), SCHEMA, [query])
    with mirror({"Account": [account(1), account(2)]}) as con:
        con.execute(
            """INSERT INTO mirror."Deal__c" SELECT 10 + n, 'a01' || lpad(n::varchar, 15, '0'), 1, 'P' || n % 3,
            DATE '2026-11-22' + (n % 700)::int, 0, (n % 97)::DECIMAL(18, 2) / 100, NULL FROM range(1, 10001) AS t(n)"""
        )
        con.execute('INSERT INTO mirror._ids SELECT _id, _key FROM mirror."Deal__c"')
        with made.run(con, as_of=TODAY) as run:
            many, none = run.fetch("q").to_pylist()
        change = made.next_change(con, as_of=TODAY, history=None, id=record_id(A, 1), days=40)
    worth = sum((each["worth"] for each in deals), Decimal(0))
    first = min((d["end"], -d["worth"], d["number"]) for d in deals if d["end"] > TODAY)[2]
    assert (many["n"], many["w"], many["names"]) == (10_000, worth, "P0;P1;P2")
    assert many["p"] == record_id(D, first)
    assert (none["n"], none["w"], none["p"], none["names"]) == (0, None, None, None)
    assert change is not None
    assert change.day == TODAY + dt.timedelta(days=1)
    assert len(change.changes) == len([d for d in deals if d["end"] == TODAY])


def test_one_owner_of_everything_and_no_owner_at_all() -> None:
    firms = [account(n, OwnerId=record_id(U, 1), Revenue__c=Decimal(n)) for n in range(1, 40)]
    firms += [account(n, OwnerId=None, Revenue__c=Decimal(n)) for n in range(40, 60)]
    top = Query(name="q", set="account", select={"o": "owner"}, order=("revenue desc",), per=("owner",), best=2)
    assert [(row["_id"], row["o"]) for row in read({"Account": firms}, top)] == [
        (record_id(A, 59), None),
        (record_id(A, 58), None),
        (record_id(A, 39), record_id(U, 1)),
        (record_id(A, 38), record_id(U, 1)),
    ]
    by_owner = mapping(
        clusters={"desk": {"of": "account", "by": ["owner"]}},
        features={"desk": {"firms": {"from": "account", "value": "count(*)"}}},
    )
    found = read({"Account": firms}, select(n="desk.firms"), of=by_owner)
    assert [row["n"] for row in found] == [39] * 39 + [None] * 20


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        (
            {
                "labels": {"account": {"mood": {"rules": [{"label": "a", "when": "deals_won > 0"}, {"label": "b"}]}}},
                "features": {
                    "account": {"deals_won": {"from": "deal", "value": "count(*)", "where": "account.mood = 'a'"}}
                },
            },
            "account.deals_won → account.mood → account.deals_won",
        ),
        (
            {
                "labels": {
                    "account": {"mood": {"rules": [{"label": "a", "when": "zone.moody > 1"}, {"label": "b"}]}},
                },
                "clusters": {"zone": {"of": "account", "by": ["park"]}},
                "features": {"zone": {"moody": {"from": "account", "value": "count(*)", "where": "mood = 'a'"}}},
            },
            "account.mood → zone.moody → account.mood",
        ),
        (
            {
                "labels": {
                    "account": {"mood": {"rules": [{"label": "a", "when": "zone.firms > 1"}, {"label": "b"}]}},
                },
                "clusters": {"zone": {"of": "account", "by": ["mood"]}},
                "features": {"zone": {"firms": {"from": "account", "value": "count(*)"}}},
            },
            "account.mood → account.zone → account.mood",
        ),
        (
            {
                "labels": {
                    "account": {"mood": {"rules": [{"label": "a", "when": "best.name = 'x'"}, {"label": "b"}]}},
                    "contact": {"fit": {"rules": [{"label": "yes", "when": "account.mood = 'a'"}, {"label": "no"}]}},
                },
                "features": {"account": {"best": {"from": "contact", "pick": "name", "where": "fit = 'yes'"}}},
            },
            "account.best → contact.fit → account.mood → account.best",
        ),
    ],
)
def test_a_cycle_between_labels_and_features_is_refused_with_its_path(sections: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(mapping(**sections), model(), SCHEMA)
    (problem,) = caught.value.problems
    assert problem.message == f"the value needs itself: {path}"
    assert problem.file == "lifecycle.toml"


def test_picks_from_nothing() -> None:
    picks = {
        "account": {
            "who": {"from": "contact", "pick": "name"},
            "quiet": {"from": "contact", "pick": "name", "where": "do_not_call"},
        }
    }
    of = mapping(
        features=picks, columns={"account": {"mail": "coalesce(who.email, 'none')", "known": "who is not null"}}
    )
    rows = {"Account": [account(1), account(2)], "Contact": [contact(1, 1, Email="a@b.c", DoNotCall=None)]}
    found = read(rows, select(w="who.id", q="quiet.id", m="mail", k="known"), of=of)
    assert [(row["w"], row["q"], row["m"], row["k"]) for row in found] == [
        (record_id(C, 1), None, "a@b.c", True),
        (None, None, "none", False),
    ]


@pytest.mark.parametrize("park", [None, "alone"])
def test_who_shares_no_value_is_in_no_cluster(park: str | None) -> None:
    sections: dict[str, Any] = {
        "clusters": {"zone": {"of": "account", "by": ["park", "industry"]}},
        "features": {
            "zone": {
                "firms": {"from": "account", "value": "count(*)"},
                "deals": {"from": "deal", "value": "sum(monthly)"},
            }
        },
        "labels": {"zone": {"size": {"rules": [{"label": "big", "when": "firms > 2"}, {"label": "small"}]}}},
        "columns": {"account": {"crowd": "coalesce(zone.firms, 0)"}},
    }
    firms = [account(1, Park__c=park, Industry="Retail"), account(2, Park__c=park, Industry=None), account(3)]
    rows = {"Account": firms, "Deal__c": [deal(1, 1, Monthly__c=Decimal("1.00"))]}
    of = mapping(**sections)
    found = read(rows, select(c="crowd", s="zone.size", d="zone.deals"), of=of)
    assert [(row["c"], row["s"], row["d"]) for row in found] == [(0, None, None)] * 3
    assert read(rows, select("zone", n="firms"), of=of) == []


def test_money_is_added_without_loss() -> None:
    worth = [Decimal("0.01"), Decimal("9999999999999999.99"), Decimal("-9999999999999999.99"), Decimal("0.02")]
    rows = {
        "Account": [account(1)],
        "Deal__c": [deal(n, 1, Monthly__c=worth[n % 4]) for n in range(400)],
    }
    features = {
        "account": {
            "total": {"from": "deal", "value": "sum(monthly)"},
            "mean": {"from": "deal", "value": "avg(monthly)"},
        }
    }
    of = mapping(features=features, columns={"account": {"yearly": "total * 12", "part": "total * 0.335"}})
    found = read(rows, select(t="total", y="yearly", p="part"), of=of)[0]
    assert (found["t"], found["y"], found["p"]) == (Decimal("3.00"), Decimal("36.00"), Decimal("1.00500"))
    assert all(isinstance(found[name], Decimal) for name in "typ")

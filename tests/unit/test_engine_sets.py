"""Values across sets: the order of evaluation, features, picks, parents, Leads beside accounts, clusters."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from engine_world import SCHEMA, A, C, D, account, contact, deal, fetch, mapping, model, read, record_id, select

from sf_lifecycle.engine import build
from sf_lifecycle.errors import ConfigError

DEALS = [
    deal(1, 1, Provider__c="Belnet", Monthly__c=Decimal("10.10"), End_Date__c=dt.date(2027, 1, 1)),
    deal(2, 1, Provider__c="belnet", Monthly__c=Decimal("0.20"), End_Date__c=dt.date(2026, 1, 1)),
    deal(3, 1, Provider__c="KabelNu", Monthly__c=None, End_Date__c=None),
    deal(4, None, Provider__c="Nobody's", Monthly__c=Decimal("99")),
    deal(5, 3, Provider__c="KabelNu", Monthly__c=Decimal("7"), End_Date__c=dt.date(2026, 12, 1)),
]
ROWS = {"Account": [account(1), account(2), account(3)], "Deal__c": DEALS}


def feature(**keys: Any) -> dict[str, Any]:
    return {"features": {"account": {"f": {"from": "deal", **keys}}}}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"value": "count(*)"}, [3, 0, 1]),
        ({"value": "count(*)", "where": "end_date > today()"}, [1, 0, 1]),
        ({"value": "count(monthly)"}, [2, 0, 1]),
        ({"value": "count(distinct provider)"}, [2, 0, 1]),
        ({"value": "sum(monthly)"}, [Decimal("10.30"), None, Decimal("7")]),
        ({"value": "coalesce(sum(monthly), 0)"}, [Decimal("10.30"), Decimal(0), Decimal("7")]),
        ({"value": "avg(monthly)"}, [Decimal("5.15"), None, Decimal("7")]),
        ({"value": "sum(monthly) / count(*)"}, [Decimal("3.4333333333"), None, Decimal("7")]),
        ({"value": "min(end_date)"}, [dt.date(2026, 1, 1), None, dt.date(2026, 12, 1)]),
        ({"value": "max(provider)"}, ["belnet", None, "KabelNu"]),
        ({"value": "list(provider)"}, ["Belnet;KabelNu", None, "KabelNu"]),
        ({"value": "count(*) > 1"}, [True, False, False]),
        ({"value": "sum(if(monthly > 5, 1, 0))"}, [1, None, 1]),
        ({"value": "min(account.name)"}, ["Firm 1", None, "Firm 3"]),
    ],
)
def test_a_feature(keys: Any, expected: list[Any]) -> None:
    found = read(ROWS, select(f="f"), of=mapping(**feature(**keys)))
    assert [row["f"] for row in found] == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"pick": "end_date"}, [2, None, 5]),
        ({"pick": "end_date desc"}, [1, None, 5]),
        ({"pick": "if(provider = 'kabelnu', 0, 1), end_date"}, [3, None, 5]),
        ({"pick": "provider, monthly desc"}, [1, None, 5]),
        ({"pick": "1"}, [1, None, 5]),
        ({"pick": "end_date", "where": "monthly < 1 or monthly is null"}, [2, None, None]),
    ],
)
def test_a_pick_is_a_row(keys: Any, expected: list[int | None]) -> None:
    found = read(ROWS, select(f="f", id="f.id", provider="f.provider"), of=mapping(**feature(**keys)))
    ids = [record_id(D, number) if number else None for number in expected]
    assert [row["f"] for row in found] == [row["id"] for row in found] == ids
    assert [row["provider"] for row in found] == [DEALS[n - 1]["Provider__c"] if n else None for n in expected]


def test_many_children_have_one_order() -> None:
    rows = {"Account": [account(1)], "Contact": [contact(number, 1) for number in (7, 3, 9)]}
    of = mapping(features={"account": {"first": {"from": "contact", "pick": "last_activity desc"}}})
    assert read(rows, select(x="first.id"), of=of)[0]["x"] == record_id(C, 3)


def test_values_go_up_and_down_and_up_again() -> None:
    of = mapping(
        columns={
            "account": {"size": "if(deals > 1, 'large', 'small')", "reach": "first.email", "double": "ok * 2"},
            "contact": {"may": "account.size = 'large' and not do_not_call"},
        },
        features={
            "account": {
                "deals": {"from": "deal", "value": "count(*)"},
                "ok": {"from": "contact", "value": "count(*)", "where": "may"},
                "first": {"from": "contact", "pick": "name", "where": "may and account.deals > 2"},
            }
        },
    )
    contacts = [
        contact(1, 1, Name="Zed", Email="z@x", DoNotCall=False),
        contact(2, 1, Name="Ann", Email="a@x", DoNotCall=False),
        contact(3, 1, Name="Aaa", Email="no@x", DoNotCall=True),
        contact(4, 3, Name="Bob", Email="b@x", DoNotCall=False),
    ]
    query = select(reach="reach", double="double", name="first.name", of="first.account.name")
    found = read(ROWS | {"Contact": contacts}, query, of=of)
    assert [tuple(row.values())[2:] for row in found] == [
        ("a@x", 4, "Ann", "Firm 1"),
        (None, 0, None, None),
        (None, 0, None, None),
    ]


def test_a_child_reads_what_its_account_picked() -> None:
    of = mapping(**feature(pick="end_date desc"))
    found = read(ROWS, select("deal", best="account.f.provider", mine="id = account.f.id"), of=of)
    assert [(row["best"], row["mine"]) for row in found] == [
        ("Belnet", True),
        ("Belnet", False),
        ("Belnet", False),
        (None, None),
        ("KabelNu", True),
    ]


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        ({"columns": {"deal": {"a": "b", "b": "c + 1", "c": "a"}}}, "deal.a → deal.b → deal.c → deal.a"),
        ({"columns": {"deal": {"a": "a + 1"}}}, "deal.a → deal.a"),
        (
            {
                "columns": {"deal": {"x": "account.n"}},
                "features": {"account": {"n": {"from": "deal", "value": "sum(x)"}}},
            },
            "account.n → deal.x → account.n",
        ),
        (
            {"labels": {"deal": {"p": {"rules": [{"label": "a", "when": "p = 'a'"}, {"label": "b"}]}}}},
            "deal.p → deal.p",
        ),
    ],
)
def test_a_cycle_shows_its_path(sections: Any, path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build(mapping(**sections), model(), SCHEMA)
    assert [problem.message for problem in caught.value.problems] == [f"the value needs itself: {path}"]


def test_a_chain_may_be_long() -> None:
    columns = {f"c{n}": f"c{n - 1} + 0" if n else "employees" for n in range(120)}
    rows = {"Account": [account(1, Employees__c=4)]}
    assert read(rows, select(x="c119"), of=mapping(columns={"account": columns}))[0]["x"] == 4


def test_leads_are_accounts_without_a_parent() -> None:
    lead = {"Id": record_id("00Q", 1), "Company": "Maybe BV", "IsConverted": False}
    gone = {"Id": record_id("00Q", 2), "Company": "Was one", "IsConverted": True}
    hidden = {"Id": record_id("00Q", 3), "Company": "Cannot tell", "IsConverted": None}
    of = mapping(leads=True, **feature(value="count(*)"))
    found = read(ROWS | {"Lead": [lead, gone, hidden]}, select(n="name", f="f", o="object", e="employees"), of=of)
    assert [(row["_id"], row["n"], row["f"], row["o"], row["e"]) for row in found] == [
        (record_id(A, 1), "Firm 1", 3, "Account", None),
        (record_id(A, 2), "Firm 2", 0, "Account", None),
        (record_id(A, 3), "Firm 3", 1, "Account", None),
        (record_id("00Q", 1), "Maybe BV", 0, "Lead", None),
    ]


PARKS = {
    "clusters": {"zone": {"of": "account", "by": ["park"]}},
    "features": {
        "zone": {
            "firms": {"from": "account", "value": "count(*)"},
            "deals": {"from": "deal", "value": "count(*)", "where": "account.employees > 1"},
            "anchor": {"from": "account", "pick": "employees desc"},
        },
        "account": {"deals": {"from": "deal", "value": "count(*)"}},
    },
    "columns": {"account": {"share": "deals / zone.firms", "near": "zone.anchor.name"}},
}


def test_clusters() -> None:
    accounts = [
        account(1, Park__c="North", Employees__c=5),
        account(2, Park__c="NORTH", Employees__c=9),
        account(3, Park__c=None),
        account(4, Park__c="Alone"),
        account(5, Park__c=None),
    ]
    rows = {"Account": accounts, "Deal__c": DEALS}
    query = select(share="share", near="near", firms="zone.firms", zone="zone.park")
    assert [tuple(row.values())[2:] for row in read(rows, query, of=mapping(**PARKS))] == [
        (Decimal("1.5"), "Firm 2", 2, "NORTH"),
        (Decimal(0), "Firm 2", 2, "NORTH"),
        (None, None, None, None),
        (None, None, None, None),
        (None, None, None, None),
    ]
    query = select("zone", park="park", deals="deals", anchor="anchor.id", owner="anchor.owner")
    (row,) = read(rows, query, of=mapping(**PARKS))
    assert (row["_id"], row["park"], row["deals"], row["anchor"]) == (None, "NORTH", 3, record_id(A, 2))


def test_a_cluster_of_a_worked_out_value() -> None:
    of = mapping(
        clusters={"band": {"of": "account", "by": ["size", "industry"]}},
        columns={"account": {"size": "if(deals > 1, 'large', 'small')"}},
        features={
            "account": {"deals": {"from": "deal", "value": "count(*)"}},
            "band": {"firms": {"from": "account", "value": "count(*)"}},
        },
        labels={"band": {"kind": {"rules": [{"label": "big", "when": "firms > 2"}, {"label": "little"}]}}},
    )
    rows = {"Account": [account(n, Industry="Retail") for n in (1, 2, 3)], "Deal__c": DEALS}
    assert [row["x"] for row in read(rows, select(x="band.kind"), of=of)] == [None, "little", "little"]


def test_only_what_is_asked_for_is_worked_out() -> None:
    of = mapping(
        features={
            "account": {"n": {"from": "deal", "value": "count(*)"}, "m": {"from": "contact", "value": "count(*)"}}
        }
    )
    program = build(of, model(), SCHEMA, [select(x="n")])
    (statement,) = program.compiled.script.statements
    assert "Contact" not in statement.text
    assert fetch(program, ROWS)[0]["x"] == 3


def test_three_runs_give_the_same_bytes() -> None:
    of = mapping(**feature(value="sum(monthly)"))
    runs = [read(ROWS, select(f="f", s="stage", b="stage.rule"), of=of) for _ in range(3)]
    assert runs[0] == runs[1] == runs[2]

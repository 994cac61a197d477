"""A Lead is firm and person in one: its record is an account, and its own contact."""

from __future__ import annotations

from typing import Any

import pytest
from engine_world import (
    LEADS,
    ROLES,
    SCHEMA,
    TODAY,
    A,
    C,
    account,
    contact,
    mapping,
    mirror,
    model,
    read,
    record_id,
    select,
)

from sf_lifecycle.engine import build

L = "00Q"
PERSON = {
    "object": "Lead",
    "parent": "Id",
    "where": "not converted",
    "fields": {"name": "Name", "do_not_call": "DoNotCall", "converted": "IsConverted"},
}
ROWS = {
    "Account": [account(1)],
    "Contact": [contact(1, 1, Name="Ann", DoNotCall=False), contact(2, 1, Name="Bo", DoNotCall=True)],
    "Lead": [
        {"Id": record_id(L, 1), "Company": "Maybe", "Name": "Cy", "DoNotCall": False, "IsConverted": False},
        {"Id": record_id(L, 2), "Company": "Silent", "Name": "Di", "DoNotCall": True, "IsConverted": False},
        {"Id": record_id(L, 3), "Company": "Became one", "Name": "Ed", "DoNotCall": False, "IsConverted": True},
    ],
}
SECTIONS: dict[str, Any] = {
    "labels": {"contact": {"may_call": {"rules": [{"label": "no", "when": "do_not_call"}, {"label": "yes"}]}}},
    "features": {
        "account": {
            "people": {"from": "contact", "value": "count(*)"},
            "decision_maker": {"from": "contact", "pick": "name", "where": "may_call = 'yes'"},
        }
    },
    "columns": {"account": {"who": "decision_maker.name"}, "contact": {"firm": "account.name"}},
}


def leads_too(**sections: Any) -> Any:
    roles = {**ROLES, "account": [*ROLES["account"], LEADS], "contact": [*ROLES["contact"], PERSON]}
    return mapping(roles=roles, **SECTIONS, **sections)


def test_a_lead_is_its_own_contact() -> None:
    found = read(ROWS, select(people="people", who="who", id="decision_maker.id"), of=leads_too())
    assert [(row["_id"], row["people"], row["who"], row["id"]) for row in found] == [
        (record_id(A, 1), 2, "Ann", record_id(C, 1)),
        (record_id(L, 1), 1, "Cy", record_id(L, 1)),
        (record_id(L, 2), 1, None, None),
    ]
    below = read(ROWS, select("contact", n="name", firm="firm", o="object"), of=leads_too())
    assert [(row["n"], row["firm"], row["o"]) for row in below] == [
        ("Ann", "Firm 1", "Contact"),
        ("Bo", "Firm 1", "Contact"),
        ("Cy", "Maybe", "Lead"),
        ("Di", "Silent", "Lead"),
    ]


@pytest.mark.parametrize("set_", ["account", "contact"])
@pytest.mark.parametrize("clusters", [{}, {"zone": {"of": "account", "by": ["park"]}}])
def test_a_lead_is_explained_in_both_its_parts(set_: str, clusters: Any) -> None:
    program = build(leads_too(clusters=clusters), model(), SCHEMA)
    with mirror(ROWS) as con:
        found = program.explain(con, as_of=TODAY, history=None, set=set_, id=record_id(L, 1))
    assert found.values["name"] == ("Maybe" if set_ == "account" else "Cy")
    if set_ == "account":
        assert (found.values["people"], found.values["decision_maker"]) == (1, record_id(L, 1))
    else:
        assert (found.values["firm"], found.labels[0].word) == ("Maybe", "yes")

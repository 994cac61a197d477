"""`IN (SELECT …)`, and what may not stand in it."""

from __future__ import annotations

import pytest
from soql_org import SoqlOrg, soql_org

from sf_lifecycle.localorg.soql import SoqlError


@pytest.fixture
def org() -> SoqlOrg:
    made = soql_org()
    for name in ("Acme", "beta", "Zed"):
        made.add("Account", Name=name)
    acme = "001Lo0000000001IAA"
    made.add("Contact", LastName="x", AccountId=acme)
    made.add("Contact", LastName="none")
    made.add("Contact", LastName="gone", AccountId="001Lo0000000002IAA", IsDeleted=1)
    made.add("Opportunity", Name="o", AccountId=acme, StageName="Won")
    made.add("Opportunity", Name="without account", StageName="Won")
    return made


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Id IN (SELECT AccountId FROM Contact)", ["Acme"]),
        ("Id NOT IN (SELECT AccountId FROM Contact)", ["Zed", "beta"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName = 'none')", []),
        ("Id IN (SELECT AccountId FROM Opportunity WHERE StageName = 'won') AND Name != null", ["Acme"]),
        ("Id IN (SELECT AccountId FROM Opportunity WHERE Account.Name LIKE 'A%')", ["Acme"]),
        ("Id IN (SELECT AccountId FROM Contact) AND Id NOT IN (SELECT AccountId FROM Opportunity)", []),
    ],
)
def test_conditions(org: SoqlOrg, where: str, names: list[str]) -> None:
    assert org.names(where) == names


def test_anti_join_keeps_records_without_reference(org: SoqlOrg) -> None:
    where = "AccountId NOT IN (SELECT Id FROM Account WHERE Name = 'Acme')"
    assert org.names(where, source="Opportunity") == ["without account"]


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("Name = 'x' OR Id IN (SELECT AccountId FROM Contact)", "top level"),
        ("NOT Id IN (SELECT AccountId FROM Contact)", "top level"),
        ("Id IN (SELECT WhatId FROM Task)", "Entity 'Task' is not supported"),
        ("Id IN (SELECT Id FROM Account)", "same object type"),
        ("Id IN (SELECT LastName FROM Contact)", "must be of type ID or reference"),
        ("Id IN (SELECT OwnerId FROM Contact)", "should point to the same object type"),
        ("Id IN (SELECT AccountId, Id FROM Contact)", "exactly one field"),
        ("Id IN (SELECT AccountId FROM Contact LIMIT 1)", "cannot use LIMIT"),
        ("Id IN (SELECT AccountId FROM Contact ORDER BY Id)", "cannot use ORDER BY"),
        ("Id IN (SELECT COUNT() FROM Contact)", "exactly one field"),
        ("Name IN (SELECT AccountId FROM Contact)", "should be an id field"),
        ("Parent.Id IN (SELECT AccountId FROM Contact)", "should be an id field"),
        (
            "Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))",
            "Nesting of semi join sub-selects is not supported",
        ),
        (" AND ".join(["Id IN (SELECT AccountId FROM Contact)"] * 3), "Maximum 2"),
    ],
)
def test_refused(org: SoqlOrg, where: str, text: str) -> None:
    with pytest.raises(SoqlError) as refused:
        org.compile(f"SELECT Id FROM Account WHERE {where}")
    assert refused.value.code == "MALFORMED_QUERY"
    assert text in refused.value.message

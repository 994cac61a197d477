"""COUNT() and the queries whose records are AggregateResults."""

from __future__ import annotations

from typing import Any

import pytest
from soql_org import SoqlOrg, plain, soql_org

from sf_lifecycle.localorg.soql import SoqlError


@pytest.fixture
def org() -> SoqlOrg:
    made = soql_org()
    made.add("Account", Name="A", Type="Customer", AnnualRevenue=10, NumberOfEmployees=1, Signed__c="2026-01-05")
    made.add("Account", Name="a", Type="customer", AnnualRevenue=20, NumberOfEmployees=2, Signed__c="2026-04-05")
    made.add("Account", Name="B", Type=None, AnnualRevenue=None, Signed__c="2025-12-31")
    return made


def test_count_has_no_records(org: SoqlOrg) -> None:
    assert org.count("SELECT COUNT() FROM Account") == 3
    assert org.count("select count() from Account where Type != null") == 2
    assert org.count("SELECT COUNT() FROM Account LIMIT 1") == 1
    assert org.records("SELECT COUNT() FROM Account") == []


@pytest.mark.parametrize(
    ("soql", "expected"),
    [
        ("SELECT COUNT(Id) FROM Account", [{"expr0": 3}]),
        ("SELECT COUNT(Type), COUNT_DISTINCT(Type) d, MAX(Name) FROM Account", [{"expr0": 2, "d": 1, "expr1": "B"}]),
        ("SELECT SUM(AnnualRevenue) s, AVG(NumberOfEmployees) FROM Account", [{"s": 30.0, "expr0": 1.5}]),
        ("SELECT MIN(Signed__c), MAX(Signed__c) FROM Account", [{"expr0": "2025-12-31", "expr1": "2026-04-05"}]),
        ("SELECT SUM(AnnualRevenue) FROM Account WHERE Name = 'none'", [{"expr0": None}]),
        (
            "SELECT Type, COUNT(Id) n FROM Account GROUP BY Type ORDER BY COUNT(Id) DESC",
            [{"Type": "Customer", "n": 2}, {"Type": None, "n": 1}],
        ),
        ("SELECT Type t FROM Account GROUP BY Type HAVING COUNT(Id) > 1", [{"t": "Customer"}]),
        ("SELECT COUNT(Id) FROM Account GROUP BY Type HAVING Type LIKE 'c%' LIMIT 5", [{"expr0": 2}]),
        (
            "SELECT CALENDAR_YEAR(Signed__c) y, CALENDAR_QUARTER(Signed__c) q, COUNT(Id) FROM Account "
            "GROUP BY CALENDAR_YEAR(Signed__c), CALENDAR_QUARTER(Signed__c) ORDER BY CALENDAR_YEAR(Signed__c), "
            "CALENDAR_QUARTER(Signed__c)",
            [
                {"y": 2025, "q": 4, "expr0": 1},
                {"y": 2026, "q": 1, "expr0": 1},
                {"y": 2026, "q": 2, "expr0": 1},
            ],
        ),
    ],
)
def test_aggregates(org: SoqlOrg, soql: str, expected: list[dict[str, Any]]) -> None:
    records = org.records(soql)
    assert all(r["attributes"] == {"type": "AggregateResult"} for r in records)
    assert plain(records) == expected


def test_groups_by_a_parent(org: SoqlOrg) -> None:
    account = org.add("Account", Name="Parent")
    org.add("Contact", LastName="x", AccountId=account)
    org.add("Contact", LastName="y", AccountId=account)
    found = org.records("SELECT Account.Name, COUNT(Id) n FROM Contact GROUP BY Account.Name")
    assert plain(found) == [{"Name": "Parent", "n": 2}]


@pytest.mark.parametrize(
    ("soql", "text"),
    [
        ("SELECT Name, COUNT(Id) FROM Account", "Field must be grouped or aggregated: Name"),
        ("SELECT Name, COUNT(Id) FROM Account GROUP BY Type", "Field must be grouped or aggregated: Name"),
        ("SELECT COUNT(Id) FROM Account GROUP BY Type HAVING Name = 'x'", "Field must be grouped or aggregated: Name"),
        ("SELECT COUNT(Id) FROM Account GROUP BY Type ORDER BY Name", "Field must be grouped or aggregated: Name"),
        ("SELECT COUNT(Id) FROM Account LIMIT 1", "cannot also use LIMIT"),
        ("SELECT COUNT(Id) n, MAX(Name) n FROM Account", "duplicate alias: n"),
        ("SELECT COUNT(), Name FROM Account", "COUNT takes one argument"),
        ("SELECT COUNT() FROM Account GROUP BY Type", "COUNT() cannot be used"),
        ("SELECT Name FROM Account HAVING Name = 'x'", "HAVING is only allowed with GROUP BY"),
        ("SELECT Name FROM Account GROUP BY ROLLUP(Name)", "ROLLUP is not supported"),
        ("SELECT Name FROM Account WHERE COUNT(Id) > 1", "Aggregate function not allowed here"),
        ("SELECT Type, (SELECT Id FROM Contacts) FROM Account GROUP BY Type", "cannot use child relationships"),
    ],
)
def test_refused(org: SoqlOrg, soql: str, text: str) -> None:
    with pytest.raises(SoqlError) as refused:
        org.compile(soql)
    assert refused.value.code == "MALFORMED_QUERY"
    assert text in refused.value.message


@pytest.mark.parametrize(
    "what", ["SUM(Name)", "MAX(IsDeleted)", "COUNT(Skills__c)", "MAX(Description)", "AVG(Signed__c)"]
)
def test_fields_that_cannot_be_aggregated(org: SoqlOrg, what: str) -> None:
    with pytest.raises(SoqlError, match="does not support aggregate operator") as refused:
        org.compile(f"SELECT {what} FROM Account")
    assert refused.value.code == "INVALID_FIELD"

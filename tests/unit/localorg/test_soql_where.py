"""WHERE: operators, nulls, text, ids, lists."""

from __future__ import annotations

import pytest
from soql_org import SoqlOrg, soql_org


@pytest.fixture
def org() -> SoqlOrg:
    made = soql_org()
    made.add("Account", Name="Acme", Type="Customer", NumberOfEmployees=10, Vip__c=1, Skills__c="a;b", Ext__c="X-1")
    made.add("Account", Name="beta 50%", Type=None, NumberOfEmployees=None, Skills__c="b;c", Code__c="Kk")
    made.add("Account", Name="O'Hara\\", Type="Prospect", NumberOfEmployees=30, Skills__c=None, Ext__c="X-3")
    made.add("Account", Name="gone", IsDeleted=1)
    return made


ALL = ["Acme", "O'Hara\\", "beta 50%"]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Name = 'ACME'", ["Acme"]),
        ("name='acme'", ["Acme"]),
        ("Name != 'acme'", ["O'Hara\\", "beta 50%"]),
        ("Name <> 'acme'", ["O'Hara\\", "beta 50%"]),
        ("Name > 'B'", ["O'Hara\\", "beta 50%"]),
        ("Name <= 'acme'", ["Acme"]),
        ("Type != 'Customer'", ["O'Hara\\", "beta 50%"]),
        ("NOT Type = 'Customer'", ["O'Hara\\", "beta 50%"]),
        ("NOT (Type = 'Customer' OR Name = 'x')", ["O'Hara\\", "beta 50%"]),
        ("NOT NOT Type = 'Customer'", ["Acme"]),
        ("Type = null", ["beta 50%"]),
        ("Type = ''", ["beta 50%"]),
        ("Type != NULL", ["Acme", "O'Hara\\"]),
        ("Type IN ('customer', 'Other')", ["Acme"]),
        ("Type IN ('Customer', null)", ["Acme", "beta 50%"]),
        ("Type NOT IN ('Customer')", ["O'Hara\\", "beta 50%"]),
        ("NumberOfEmployees >= 10 AND NumberOfEmployees < 30", ["Acme"]),
        ("NumberOfEmployees IN (10, 30.0)", ["Acme", "O'Hara\\"]),
        ("NumberOfEmployees != 10", ["O'Hara\\", "beta 50%"]),
        ("NumberOfEmployees > 1e1", ["O'Hara\\"]),
        ("NumberOfEmployees < null", []),
        ("Vip__c = true", ["Acme"]),
        ("Vip__c != TRUE", ["O'Hara\\", "beta 50%"]),
        ("Name LIKE '%M_'", ["Acme"]),
        (r"Name LIKE '%50\%'", ["beta 50%"]),
        (r"Name LIKE '%50\_'", []),
        (r"Name LIKE 'O\'Hara\\'", ["O'Hara\\"]),
        (r"Name = 'o\'hara\\'", ["O'Hara\\"]),
        (r"Name = '\u0041cme'", ["Acme"]),
        ("Skills__c INCLUDES ('a')", ["Acme"]),
        ("Skills__c INCLUDES ('a;c', 'B')", ["Acme", "beta 50%"]),
        ("Skills__c INCLUDES ('a;c')", []),
        ("Skills__c EXCLUDES ('a')", ["O'Hara\\", "beta 50%"]),
        ("Skills__c = 'a;b'", ["Acme"]),
        ("(Name = 'acme' OR Name LIKE 'beta%') AND Vip__c = true", ["Acme"]),
        ("Id = '001Lo0000000001'", ["Acme"]),
        ("Id = '001Lo0000000001IAA'", ["Acme"]),
        ("Id = '001LO0000000001IAA'", ["Acme"]),
        ("Id IN ('001Lo0000000001', '001Lo0000000002IAA')", ["Acme", "beta 50%"]),
        ("Id > '001Lo0000000001' AND Id < '001Lo0000000003IAA'", ["beta 50%"]),
        ("Ext__c = 'x-1'", ["Acme"]),
        ("Code__c = 'Kk'", ["beta 50%"]),
        ("Code__c = 'KK'", []),
        ("IsDeleted = false", ALL),
        ("Account.Name = 'Acme'", ["Acme"]),
    ],
)
def test_conditions(org: SoqlOrg, where: str, names: list[str]) -> None:
    assert org.names(where) == names


def test_an_alias_names_the_object(org: SoqlOrg) -> None:
    assert org.names("a.Name = 'acme'", source="Account a") == ["Acme"]
    assert org.names("a.Name = 'acme'", source="Account AS a") == ["Acme"]


def test_deleted_rows_show_with_all_rows_only(org: SoqlOrg) -> None:
    assert org.names("Name LIKE '%'") == ALL
    assert org.names("IsDeleted = true", all_rows=True) == ["gone"]


def test_archived_tasks_show_with_all_rows_only(org: SoqlOrg) -> None:
    org.add("Task", Subject="now")
    org.add("Task", Subject="old", IsArchived=1)
    assert [r["Subject"] for r in org.records("SELECT Subject FROM Task")] == ["now"]
    assert len(org.records("SELECT Subject FROM Task", all_rows=True)) == 2


def test_a_long_list_is_one_bound_value(org: SoqlOrg) -> None:
    listed = ",".join(f"'n{i}'" for i in range(10_000)) + ",'acme'"
    compiled = org.compile(f"SELECT Id FROM Account WHERE Name IN ({listed})")
    assert len(compiled.params) == 1
    assert org.names(f"Name IN ({listed})") == ["Acme"]


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("Id = '001Lo0000000001'", "sqlite_autoindex_Account_1"),
        ("Id IN ('001Lo0000000001', '001Lo0000000002')", "sqlite_autoindex_Account_1"),
        ("Ext__c = 'x'", "Account.Ext__c"),
        ("Ext__c IN ('x', 'y')", "Account.Ext__c"),
        ("OwnerId = '005000000000001'", "Account.OwnerId"),
        ("SystemModstamp > 2026-01-01T00:00:00Z", "Account.SystemModstamp"),
    ],
)
def test_lookups_use_an_index(org: SoqlOrg, where: str, index: str) -> None:
    compiled = org.compile(f"SELECT Id FROM Account WHERE {where}")
    plan = " ".join(str(row[-1]) for row in org.con.execute("EXPLAIN QUERY PLAN " + compiled.sql, compiled.params))
    assert index in plan

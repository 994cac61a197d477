"""What a query hands back: records, parents, children, order, pages."""

from __future__ import annotations

import pytest
from soql_org import SoqlOrg, plain, soql_org


@pytest.fixture
def org() -> SoqlOrg:
    made = soql_org()
    boss = made.add("User", Name="Bo", Username="bo@x", IsActive=1)
    ann = made.add("User", Name="Ann", Username="ann@x", ManagerId=boss, IsActive=1)
    queue = made.add("Group", Name="Desk", Type="Queue")
    acme = made.add(
        "Account", Name="Acme", OwnerId=ann, Type="Customer", AnnualRevenue=10, Level__c="mid", BillingCity="Riga"
    )
    made.add("Account", Name="beta", OwnerId=ann, Level__c="high", Seen__c="2026-11-18T22:00:00.000Z")
    made.add("Account", Name="Zed", Level__c="low")
    lara = made.add("Contact", Name="Lara L", LastName="L", AccountId=acme, OwnerId=ann)
    made.add("Contact", Name="Kim K", LastName="K", AccountId=acme, OwnerId=ann)
    made.add("Contact", Name="No One", LastName="One")
    made.add("Contact", Name="Gone", LastName="Gone", AccountId=acme, IsDeleted=1)
    made.add("Task", Subject="call", WhoId=lara, WhatId=acme, OwnerId=queue, AccountId=acme)
    made.add("Task", Subject="none", OwnerId=ann)
    return made


def test_a_record(org: SoqlOrg) -> None:
    (record,) = org.records("select id, NAME, AnnualRevenue, NumberOfEmployees, Vip__c, Seen__c FROM account LIMIT 1")
    assert record == {
        "attributes": {"type": "Account", "url": "/services/data/v65.0/sobjects/Account/001Lo0000000001IAA"},
        "Id": "001Lo0000000001IAA",
        "Name": "Acme",
        "AnnualRevenue": 10.0,
        "NumberOfEmployees": None,
        "Vip__c": False,
        "Seen__c": None,
    }


def test_datetimes_are_written_as_rest_does(org: SoqlOrg) -> None:
    (record,) = org.records("SELECT Seen__c FROM Account WHERE Seen__c != null")
    assert record["Seen__c"] == "2026-11-18T22:00:00.000+0000"


def test_parents_are_nested_up_to_five_levels(org: SoqlOrg) -> None:
    records = org.records("SELECT LastName, Account.Owner.Manager.Name, Account.Name FROM Contact ORDER BY LastName")
    user = "/services/data/v65.0/sobjects/User/"
    assert records[0]["Account"] == {
        "attributes": {"type": "Account", "url": "/services/data/v65.0/sobjects/Account/001Lo0000000001IAA"},
        "Owner": {
            "attributes": {"type": "User", "url": user + "005Lo0000000002IAA"},
            "Manager": {"attributes": {"type": "User", "url": user + "005Lo0000000001IAA"}, "Name": "Bo"},
        },
        "Name": "Acme",
    }
    assert records[2]["Account"] is None


def test_conditions_on_parents(org: SoqlOrg) -> None:
    assert [r["LastName"] for r in org.records("SELECT LastName FROM Contact WHERE Account.Name = null")] == ["One"]
    found = org.records(
        "SELECT LastName FROM Contact WHERE Account.Owner.Manager.Name = 'bo' ORDER BY Account.Name, Name"
    )
    assert [r["LastName"] for r in found] == ["K", "L"]
    # A boolean of a parent that is not there is false.
    assert len(org.records("SELECT Id FROM Contact WHERE Account.Vip__c = false")) == 3


def test_references_to_several_objects(org: SoqlOrg) -> None:
    soql = "SELECT Subject, Who.Name, Who.Type, What.Name, What.Type, Owner.Name, Owner.Type FROM Task ORDER BY Subject"
    call, none = org.records(soql)
    assert call["Owner"]["attributes"] == {
        "type": "Name",
        "url": "/services/data/v65.0/sobjects/Group/00GLo0000000001MAA",
    }
    assert plain([call, none]) == [
        {
            "Subject": "call",
            "Who": {"Name": "Lara L", "Type": "Contact"},
            "What": {"Name": "Acme", "Type": "Account"},
            "Owner": {"Name": "Desk", "Type": "Queue"},
        },
        {"Subject": "none", "Who": None, "What": None, "Owner": {"Name": "Ann", "Type": "User"}},
    ]
    assert len(org.records("SELECT Id FROM Task WHERE What.Type = 'Account' AND Who.Type IN ('Contact')")) == 1


def test_child_queries(org: SoqlOrg) -> None:
    children = "(SELECT LastName, Account.Name FROM Contacts ORDER BY LastName LIMIT 5)"
    soql = f"SELECT Name, {children} FROM Account ORDER BY Name"
    acme, beta, _ = org.records(soql)
    assert acme["Contacts"]["totalSize"] == 2
    assert acme["Contacts"]["done"] is True
    assert plain(acme["Contacts"]["records"]) == [
        {"LastName": "K", "Account": {"Name": "Acme"}},
        {"LastName": "L", "Account": {"Name": "Acme"}},
    ]
    assert beta["Contacts"] is None


def test_nulls_come_first_both_ways_unless_told(org: SoqlOrg) -> None:
    def order(by: str) -> list[str]:
        return [r["Name"] for r in org.records(f"SELECT Name FROM Account ORDER BY {by}")]

    assert order("Name") == ["Acme", "beta", "Zed"]
    assert order("Name DESC") == ["Zed", "beta", "Acme"]
    assert order("Type, Name") == ["beta", "Zed", "Acme"]
    assert order("Type DESC, Name") == ["beta", "Zed", "Acme"]
    assert order("Type ASC NULLS LAST, Name") == ["Acme", "beta", "Zed"]
    assert order("Owner.Name NULLS LAST, Name") == ["Zed", "Acme", "beta"]  # no effect on a parent's field
    assert order("Level__c") == ["Zed", "Acme", "beta"]  # low, mid, high


def test_limit_and_offset(org: SoqlOrg) -> None:
    assert plain(org.records("SELECT Name FROM Account ORDER BY Name LIMIT 1 OFFSET 1")) == [{"Name": "beta"}]
    assert org.records("SELECT Name FROM Account LIMIT 0") == []
    assert len(org.records("SELECT Name FROM Account OFFSET 2")) == 1


def test_fields(org: SoqlOrg) -> None:
    (record,) = org.records("SELECT FIELDS(ALL) FROM Account ORDER BY Name LIMIT 1")
    assert record["BillingAddress"]["city"] == "Riga"
    assert record["ShippingAddress"] is None
    (custom,) = plain(org.records("SELECT FIELDS(CUSTOM) FROM Account ORDER BY Name LIMIT 1"))
    assert set(custom) == {"Ext__c", "Code__c", "Skills__c", "Level__c", "Signed__c", "Seen__c", "Vip__c"}
    assert "Ext__c" not in org.records("SELECT FIELDS(STANDARD) FROM Account")[0]


def test_labels_and_formats(org: SoqlOrg) -> None:
    (record,) = plain(org.records("SELECT toLabel(Level__c), FORMAT(AnnualRevenue) r FROM Account WHERE Name = 'Acme'"))
    assert record == {"Level__c": "Mid", "r": 10.0}
    assert org.names("toLabel(Level__c) = 'Mid'") == ["Acme"]


def test_for_view_and_reference_change_nothing(org: SoqlOrg) -> None:
    assert len(org.records("SELECT Id FROM Account FOR VIEW")) == 3
    assert len(org.records("SELECT Id FROM Account LIMIT 1 FOR REFERENCE")) == 1


def test_columns_are_what_a_csv_file_is_headed_with(org: SoqlOrg) -> None:
    compiled = org.compile("SELECT id, owner.name FROM Account")
    assert [(c.name, c.type) for c in compiled.columns] == [("Id", "id"), ("Owner.Name", "string")]
    assert next(org.con.execute(compiled.sql))[:2] == ("001Lo0000000001IAA", "Ann")


def test_names_that_are_also_keywords() -> None:
    assert soql_org().records("SELECT Id FROM Group WHERE Name LIKE 'x%' ORDER BY Id LIMIT 2") == []

"""What the user may not see is not there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from soql_org import SoqlOrg, plain, soql_org

from sf_lifecycle.localorg.soql import SoqlError


@dataclass(frozen=True)
class SomeAccess:
    """No phones, no campaigns, and only accounts of one type."""

    def object_readable(self, name: str) -> bool:
        return name != "Campaign"

    def readable(self, object_name: str, field_name: str) -> bool:
        return field_name not in {"Phone", "ReportsToId"}

    def row_filter(self, object_name: str, alias: str) -> tuple[str, tuple[str, ...]] | None:
        return (f'"{alias}"."Type" = ?', ("Customer",)) if object_name == "Account" else None


@pytest.fixture
def org() -> SoqlOrg:
    made = soql_org()
    mine = made.add("Account", Name="mine", Type="Customer")
    other = made.add("Account", Name="other", Type="Partner")
    made.add("Contact", LastName="a", AccountId=mine)
    made.add("Contact", LastName="b", AccountId=other)
    made.add("Task", Subject="a", WhatId=mine)
    made.add("Task", Subject="b", WhatId=other)
    made.access = SomeAccess()
    return made


@pytest.mark.parametrize(
    ("soql", "code", "text"),
    [
        ("SELECT Phone FROM Account", "INVALID_FIELD", "No such column 'Phone' on entity 'Account'"),
        ("SELECT Id FROM Account WHERE Phone = 'x'", "INVALID_FIELD", "No such column 'Phone'"),
        ("SELECT Account.Phone FROM Contact", "INVALID_FIELD", "No such column 'Phone' on entity 'Account'"),
        ("SELECT ReportsTo.Name FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'ReportsTo'"),
        ("SELECT Id FROM Campaign", "INVALID_TYPE", "sObject type 'Campaign' is not supported"),
        ("SELECT Campaign.Name FROM Opportunity", "INVALID_FIELD", "Didn't understand relationship 'Campaign'"),
        ("SELECT (SELECT Id FROM ChildCampaigns) FROM Account", "INVALID_TYPE", "Didn't understand relationship"),
    ],
)
def test_hidden_things_do_not_exist(org: SoqlOrg, soql: str, code: str, text: str) -> None:
    with pytest.raises(SoqlError) as refused:
        org.compile(soql)
    assert refused.value.code == code
    assert text in refused.value.message


def test_hidden_fields_are_not_among_all_fields(org: SoqlOrg) -> None:
    (record,) = org.records("SELECT FIELDS(ALL) FROM Account LIMIT 5")
    assert "Fax" in record
    assert "Phone" not in record


def test_rows_of_others_are_not_there(org: SoqlOrg) -> None:
    assert org.names("Name != null") == ["mine"]
    assert org.count("SELECT COUNT() FROM Account") == 1
    assert len(org.records("SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account)")) == 1


def test_parents_of_others_are_null(org: SoqlOrg) -> None:
    assert plain(org.records("SELECT LastName, Account.Name FROM Contact ORDER BY LastName")) == [
        {"LastName": "a", "Account": {"Name": "mine"}},
        {"LastName": "b", "Account": None},
    ]
    assert plain(org.records("SELECT What.Name FROM Task ORDER BY Subject")) == [
        {"What": {"Name": "mine"}},
        {"What": None},
    ]

"""Refusals: code, text, and the mark at the place."""

from __future__ import annotations

import pytest
from soql_org import SoqlOrg, soql_org

from sf_lifecycle.localorg.soql import SoqlError


@pytest.fixture(scope="module")
def org() -> SoqlOrg:
    return soql_org()


def refusal(org: SoqlOrg, soql: str) -> SoqlError:
    with pytest.raises(SoqlError) as refused:
        org.compile(soql)
    return refused.value


def test_the_mark_points_at_the_field(org: SoqlOrg) -> None:
    found = refusal(org, "SELECT Bad FROM Account")
    assert found.code == "INVALID_FIELD"
    assert found.message == (
        "\nSELECT Bad FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Bad' on entity 'Account'. "
        "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )


def test_the_mark_counts_rows(org: SoqlOrg) -> None:
    assert "\n  Bad\n  ^\nERROR at Row:2:Column:3\n" in refusal(org, "SELECT Id,\n  Bad\nFROM Account").message


def test_a_long_query_is_shown_around_the_mark(org: SoqlOrg) -> None:
    lines = refusal(org, "SELECT Id FROM Account WHERE Name = '" + "x" * 500 + "' AND Bad = 1").message.splitlines()
    assert len(lines[1]) < 80
    assert lines[1][lines[2].index("^") :].startswith("Bad")


@pytest.mark.parametrize(
    ("soql", "word"),
    [
        ("SELECT Id FRM Account", "FRM"),
        ("SELECT Id FROM Account WHER Name = 'x'", "WHER"),
        ("SELECT Id FROM Account WHERE Name = 'x' AND Name = 'y' OR Name = 'z'", "OR"),
        ("SELECT Id FROM Account WHERE Name = 'x' OR Name = 'y' AND Name = 'z'", "AND"),
        ('SELECT Id FROM Account WHERE Name = "x"', '"'),
        ("SELECT Id FROM Account WHERE Name = 'x", "'"),
        ("SELECT Id FROM Account WHERE Name = foo", "foo"),
        ("SELECT Id FROM Account WHERE Name = :foo", ":"),
        ("SELECT Id FROM Account LIMIT 1.5", "1.5"),
        ("SELECT Id FROM Account LIMIT -1", "-"),
        ("SELECT Id FROM Account;", ";"),
        ("SELECT Id FROM", "<EOF>"),
        ("SELECT Id", "<EOF>"),
        ("UPDATE Account", "UPDATE"),
        ("SELECT Id FROM Account WHERE Name IN ()", ")"),
        ("SELECT Id FROM Account WHERE Seen__c > 2026-01-01T10:00:00", "-"),
    ],
)
def test_unexpected_tokens(org: SoqlOrg, soql: str, word: str) -> None:
    found = refusal(org, soql)
    assert found.code == "MALFORMED_QUERY"
    assert found.message.endswith(f"unexpected token: '{word}'")
    assert "ERROR at Row:1:Column:" in found.message


@pytest.mark.parametrize(
    ("soql", "code", "text"),
    [
        ("SELECT Id FROM Nope", "INVALID_TYPE", "sObject type 'Nope' is not supported."),
        ("SELECT Foo.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foo' in field path."),
        ("SELECT Owner.Bad FROM Account", "INVALID_FIELD", "No such column 'Bad' on entity 'User'."),
        ("SELECT What.Bad FROM Task", "INVALID_FIELD", "No such column 'Bad' on entity 'Name'."),
        ("SELECT (SELECT Id FROM Foos) FROM Account", "INVALID_TYPE", "'Foos' in FROM part of query call."),
        ("SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account", "INVALID_FIELD", "more than 5 levels"),
        ("SELECT Id, Name, id FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id, FIELDS(STANDARD) FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "'Description' can not be filtered"),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", "'Description' can not be sorted"),
        ("SELECT Id FROM Account GROUP BY Description", "INVALID_FIELD", "'Description' can not be grouped"),
        ("SELECT Id FROM Account WHERE BillingAddress = null", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Account WHERE Name = 1", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Account WHERE Name = true", "INVALID_FIELD", "must be of type string"),
        ("SELECT Id FROM Account WHERE AnnualRevenue = 'x'", "INVALID_FIELD", "must be of type double and should not"),
        ("SELECT Id FROM Account WHERE NumberOfEmployees = TODAY", "INVALID_FIELD", "must be of type int"),
        ("SELECT Id FROM Account WHERE Vip__c = 'true'", "INVALID_FIELD", "must be of type boolean"),
        ("SELECT Id FROM Account WHERE Seen__c = 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Account WHERE Signed__c = 2026-01-01T00:00:00Z", "INVALID_FIELD", "must be of type date "),
        ("SELECT Id FROM Account WHERE Signed__c = 1699-12-31", "INVALID_FIELD", "Invalid date"),
        ("SELECT Id FROM Account WHERE Signed__c = LAST_N_YEARS:9999", "INVALID_FIELD", "Invalid date"),
        ("SELECT Id FROM Account WHERE Signed__c = 2026-02-30", "MALFORMED_QUERY", "Invalid date"),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        ("SELECT Id FROM Account WHERE OwnerId LIKE '005%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id"),
        ("SELECT Id FROM Account WHERE Vip__c > true", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on boolean"),
        ("SELECT Id FROM Account WHERE Name INCLUDES ('x')", "INVALID_QUERY_FILTER_OPERATOR", "multipicklist"),
        (r"SELECT Id FROM Account WHERE Name = 'a\z'", "MALFORMED_QUERY", r"Illegal character sequence '\z'"),
        ("SELECT Id FROM Account WHERE Name = '" + "x" * 4001 + "'", "MALFORMED_QUERY", "longer than 4000"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT FIELDS(CUSTOM) FROM Account LIMIT 201", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT Name n FROM Account", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT Id FROM Account ALL ROWS", "MALFORMED_QUERY", "ALL ROWS not allowed in this context"),
        ("SELECT Id FROM Account FOR UPDATE", "MALFORMED_QUERY", "FOR UPDATE not allowed in this context"),
        ("SELECT TYPEOF What WHEN Account THEN Name END FROM Task", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Account WHERE " + "NOT " * 60 + "Name = 'x'", "QUERY_TOO_COMPLICATED", "too complicated"),
        ("", "MALFORMED_QUERY", "A query string has to be specified"),
        ("SELECT Id FROM Account WHERE Name = 'x'" + " " * 100_000, "MALFORMED_QUERY", "longer than 100000"),
    ],
)
def test_refused(org: SoqlOrg, soql: str, code: str, text: str) -> None:
    found = refusal(org, soql)
    assert found.code == code
    assert text in found.message

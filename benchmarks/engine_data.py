"""A mirror of made-up records, written straight into DuckDB: the same for the same number of accounts.

As untidy as life where it costs: unknown dates and values, accounts without children, accounts with many.
"""

from __future__ import annotations

import duckdb

AS_OF = "2026-11-22"
OWNERS_PER_ACCOUNT = 0.002
CONTRACTS_ELSEWHERE, OWN_CONTRACTS, CONTACTS, OPPORTUNITIES = 1.2, 0.6, 0.8, 0.2
"""Related rows per account: 2.8 in all."""


def _id(prefix: str, number: str) -> str:
    return f"printf('{prefix}%015d', {number})"


def _pick(salt: int, words: list[str]) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"[{listed}][1 + CAST(hash(i, {salt}) % {len(words)} AS INTEGER)]"


def _some(salt: int, share: float, value: str) -> str:
    """A value, or null in the rest of the rows."""
    return f"CASE WHEN hash(i, {salt}) % 1000 < {int(share * 1000)} THEN {value} END"


def _day(salt: int, first: int, last: int) -> str:
    return f"DATE '{AS_OF}' + CAST(hash(i, {salt}) % {last - first} AS INTEGER) + ({first})"


def generate(con: duckdb.DuckDBPyConnection, accounts: int) -> dict[str, int]:
    """Fill the schema `mirror`. Gives rows per table."""
    con.execute("CREATE SCHEMA mirror")
    owners = max(1, int(accounts * OWNERS_PER_ACCOUNT))
    user, first = 1, 1 + owners
    tables = {
        "Account": (accounts, "001", _account(user, owners)),
        "Lifecycle_Provider_Contract__c": (int(accounts * CONTRACTS_ELSEWHERE), "a00", _elsewhere(first, accounts)),
        "Contract": (int(accounts * OWN_CONTRACTS), "800", _own(first, accounts)),
        "Contact": (int(accounts * CONTACTS), "003", _contact(first, accounts)),
        "Opportunity": (int(accounts * OPPORTUNITIES), "006", _opportunity(first, accounts)),
    }
    ids = [f"SELECT {_id('005', 'i')} AS id, i + {user} AS key FROM range({owners}) AS t(i)"]
    for name, (rows, prefix, columns) in tables.items():
        said = ", ".join(f'{value} AS "{column}"' for column, value in columns.items())
        con.execute(
            f'CREATE TABLE mirror."{name}" AS SELECT i + {first} AS _key, {_id(prefix, "i")} AS _id, {said} '
            f"FROM range({rows}) AS t(i)"
        )
        ids.append(f'SELECT _id AS id, _key AS key FROM mirror."{name}"')
        first += rows
    con.execute(f"CREATE TABLE mirror._ids AS {' UNION ALL '.join(ids)}")
    con.execute("CHECKPOINT")
    return {name: rows for name, (rows, _, _) in tables.items()}


def _account(user: int, owners: int) -> dict[str, str]:
    return {
        "Name": "'Firm ' || i",
        "OwnerId": f"CAST(hash(i, 1) % {owners} AS BIGINT) + {user}",
        "Lifecycle_Satisfaction__c": _some(2, 0.4, "CAST(hash(i, 3) % 11 AS DECIMAL(18, 0))"),
        "AccountSource": _some(4, 0.7, _pick(5, ["Web", "Phone Inquiry", "Partner", "Other"])),
        "NumberOfEmployees": _some(6, 0.8, "CAST(hash(i, 7) % 400 AS BIGINT)"),
    }


def _parent(first: int, accounts: int) -> str:
    # A tenth of the rows falls on a thousandth of the accounts.
    spread = (
        f"CASE WHEN hash(i, 8) % 10 = 0 THEN hash(i, 9) % {max(1, accounts // 1000)} ELSE hash(i, 10) % {accounts} END"
    )
    return f"CAST({spread} AS BIGINT) + {first}"


def _elsewhere(first: int, accounts: int) -> dict[str, str]:
    return {
        "Account__c": _parent(first, accounts),
        "Provider__c": _pick(11, ["Belnet", "KabelNu", "Noordtel", "Other"]),
        "Product_Line__c": _pick(12, ["Mobile", "Fixed", "Internet"]),
        "End_Date__c": _some(13, 0.7, _day(14, -400, 900)),
        "End_Date_Certainty__c": _some(15, 0.8, _pick(16, ["exact", "month", "quarter", "estimate"])),
        "Notice_Days__c": _some(17, 0.5, "CAST(30 * (hash(i, 18) % 4) AS DECIMAL(18, 0))"),
        "Monthly_Value__c": _some(19, 0.8, "CAST((hash(i, 20) % 100000) * 0.01 AS DECIMAL(18, 2))"),
        "Researched_On__c": _some(21, 0.6, _day(22, -800, 0)),
    }


def _own(first: int, accounts: int) -> dict[str, str]:
    return {
        "AccountId": _parent(first, accounts),
        "Status": _pick(23, ["Activated", "Activated", "Expired", "Draft", "Terminated"]),
        "StartDate": _some(24, 0.95, _day(25, -2500, 0)),
        "EndDate": _some(26, 0.7, _day(27, -300, 1200)),
        "Lifecycle_Product_Line__c": _pick(28, ["Mobile", "Fixed", "Internet"]),
        "Lifecycle_Monthly_Value__c": _some(29, 0.9, "CAST((hash(i, 30) % 80000) * 0.01 AS DECIMAL(18, 2))"),
    }


def _contact(first: int, accounts: int) -> dict[str, str]:
    return {
        "AccountId": _parent(first, accounts),
        "Title": _some(31, 0.8, _pick(32, ["Director", "Decision maker", "IT manager", "Buyer", "Assistant"])),
        "DoNotCall": "hash(i, 33) % 10 = 0",
        "Phone": _some(34, 0.8, "'+31 6 ' || i"),
        "LastActivityDate": _some(35, 0.5, _day(36, -900, 0)),
    }


def _opportunity(first: int, accounts: int) -> dict[str, str]:
    return {"AccountId": _parent(first, accounts), "IsClosed": "hash(i, 37) % 2 = 0"}

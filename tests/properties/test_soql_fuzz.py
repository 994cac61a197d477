"""Whatever is asked, the answer is a query that runs or a SoqlError."""

from __future__ import annotations

import datetime
import re
import sqlite3
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st

from sf_lifecycle.localorg.ddl import create_tables
from sf_lifecycle.localorg.schema import Schema
from sf_lifecycle.localorg.soql import SoqlError, compile_query
from sf_lifecycle.localorg.standard import load_standard

NOW = datetime.datetime(2026, 3, 29, 12, 0, tzinfo=datetime.UTC)
OBJECTS = ("Account", "Contact", "Task", "Case", "Campaign", "CampaignMember", "Contract", "Asset", "User", "Group")


@cache
def org() -> tuple[Schema, sqlite3.Connection]:
    schema = load_standard()
    con = sqlite3.connect(":memory:", check_same_thread=False)
    create_tables(con, schema)
    values = {"Id": "001000000000001AAA", "Name": "Acme", "CreatedDate": "2026-03-29T00:30:00.000Z"}
    columns = ", ".join(f'"{name}"' for name in values)
    con.execute(f'INSERT INTO "Account" ({columns}) VALUES (?, ?, ?)', tuple(values.values()))
    return schema, con


def check(soql: str) -> None:
    schema, con = org()
    try:
        compiled = compile_query(
            soql, schema=schema, access=None, now=NOW, timezone=ZoneInfo("Europe/Riga"), all_rows=False
        )
    except SoqlError:
        return
    rows = con.execute(compiled.sql, compiled.params).fetchall()
    if not compiled.is_count:
        assert len(compiled.shape(rows, "65.0")) == len(rows)


def field_names(draw: st.DrawFn, name: str) -> str:
    sobject = org()[0].get(name)
    assert sobject is not None
    own = [f.name for f in sobject.fields.values()]
    parents = [f.relationship_name for f in sobject.fields.values() if f.relationship_name]
    if parents and draw(st.integers(0, 3)) == 0:
        last = ["Name", "Id", "Name", "Id", "Type", "Owner.Name", "X"]
        return f"{draw(st.sampled_from(parents))}.{draw(st.sampled_from(last))}"
    return draw(st.sampled_from(own))


text = st.text(max_size=6).map(lambda t: "'" + t.replace("\\", "\\\\").replace("'", "\\'") + "'")
raw_text = st.text(alphabet="'\\%_nutx;0a ", max_size=6).map(lambda t: f"'{t}'")
words = st.sampled_from(
    ["null", "TRUE", "false", "TODAY", "LAST_90_DAYS", "THIS_FISCAL_QUARTER", "USD100", "foo", "NEXT_YEAR"]
)
counted = st.tuples(
    st.sampled_from(["LAST_N_DAYS", "NEXT_N_WEEKS", "N_MONTHS_AGO", "LAST_N_FISCAL_YEARS", "N_DAYS_AGO"]),
    st.integers(0, 10**7),
).map(lambda t: f"{t[0]}:{t[1]}")
moments = st.sampled_from(
    [
        "2026-02-30",
        "2026-01-31",
        "1699-01-01",
        "2026-01-01T10:00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01T10:00:00+99:99",
    ]
)
ids_ = st.sampled_from(["'001000000000001'", "'001000000000001AAA'", "'005000000000001AAA'"])
numbers = st.one_of(st.integers().map(str), st.floats(allow_nan=False, allow_infinity=False).map(str), st.just("1e999"))
values = st.one_of(text, raw_text, words, counted, moments, ids_, numbers)
days = st.one_of(counted, st.sampled_from(["TODAY", "LAST_QUARTER", "null", "next_week"]))
FITTING = {
    "id": ids_,
    "reference": ids_,
    "boolean": st.sampled_from(["TRUE", "false", "null"]),
    "int": numbers,
    "double": numbers,
    "currency": numbers,
    "percent": numbers,
    "date": st.one_of(days, st.just("2026-01-31")),
    "datetime": st.one_of(days, st.just("2026-01-01T10:00:00+02:00")),
}


def literals(name: str, left: str) -> st.SearchStrategy[str]:
    """Mostly what fits the field, so that most queries mean something."""
    sobject = org()[0].get(name)
    found = sobject.get(left) if sobject else None
    fitting = FITTING.get(found.type if found else "string", text)
    return st.one_of(fitting, fitting, fitting, fitting, fitting, values)


@st.composite
def expressions(draw: st.DrawFn, name: str) -> str:
    field = field_names(draw, name)
    if draw(st.integers(0, 14)):
        return field
    function = draw(st.sampled_from(["COUNT", "MAX", "SUM", "toLabel", "FORMAT", "CALENDAR_YEAR", "DAY_ONLY", "X"]))
    return f"{function}({field})"


@st.composite
def conditions(draw: st.DrawFn, name: str, depth: int = 3) -> str:
    kind = draw(st.integers(0, 8)) if depth else 8
    if kind <= 1:
        operator = draw(st.sampled_from([" AND ", " OR "]))
        parts = [draw(conditions(name, depth - 1)) for _ in range(draw(st.integers(1, 3)))]
        return "(" + operator.join(f"({p})" for p in parts) + ")"
    if kind == 2:
        return f"NOT {draw(conditions(name, depth - 1))}"
    left = draw(expressions(name))
    if kind == 3:
        listed = ", ".join(draw(st.lists(literals(name, left), min_size=1, max_size=3)))
        return f"{left} {draw(st.sampled_from(['IN', 'NOT IN', 'IN', 'INCLUDES', 'EXCLUDES']))} ({listed})"
    if kind == 4 and draw(st.booleans()):
        inner = draw(st.sampled_from(OBJECTS))
        negated = draw(st.sampled_from(["IN", "NOT IN"]))
        return f"{left} {negated} ({draw(queries(inner, depth=1, bare=True))})"
    operator = draw(st.sampled_from(["=", "!=", "<>", "<", "<=", ">", ">=", "LIKE"]))
    return f"{left} {operator} {draw(literals(name, left))}"


@st.composite
def queries(draw: st.DrawFn, name: str, depth: int = 3, bare: bool = False, source: str | None = None) -> str:
    items = list(dict.fromkeys(draw(expressions(name)) for _ in range(1 if bare else draw(st.integers(1, 4)))))
    sobject = org()[0].get(name)
    assert sobject is not None
    children = [c for c in sobject.child_relationships if c.relationship_name]
    if not bare and depth and children and draw(st.integers(0, 3)) == 0:
        child = draw(st.sampled_from(children))
        items.append(f"({draw(queries(child.child_sobject, depth=0, source=child.relationship_name))})")
    if not bare and draw(st.integers(0, 9)) == 0:
        items = [draw(st.sampled_from(["COUNT()", "FIELDS(ALL)", "FIELDS(STANDARD)", "Name, COUNT(Id) n"]))]
    soql = f"SELECT {', '.join(items)} FROM {source or name}"
    if draw(st.booleans()):
        soql += f" WHERE {draw(conditions(name, depth))}"
    if not bare and draw(st.integers(0, 9)) == 0:
        soql += f" GROUP BY {draw(st.sampled_from([items[0], field_names(draw, name)]))}"
        if draw(st.booleans()):
            soql += " HAVING COUNT(Id) > 1"
    if not bare and draw(st.integers(0, 3)) == 0:
        ends = draw(st.sampled_from(["", " ASC", " DESC NULLS LAST", " NULLS FIRST"]))
        soql += f" ORDER BY {draw(st.sampled_from([items[0], field_names(draw, name)]))}{ends}"
    if not bare and draw(st.booleans()):
        soql += f" LIMIT {draw(st.sampled_from([0, 1, 200, 10**20]))}"
    if not bare and draw(st.integers(0, 9)) == 9:
        soql += f" OFFSET {draw(st.sampled_from([1, 2000, 1, 2000, 2001]))}"
    return soql


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_made_up_queries(data: st.DataObject) -> None:
    check(data.draw(queries(data.draw(st.sampled_from(OBJECTS)))))


TOKENS = re.findall(
    r"\S+",
    "SELECT FROM WHERE AND OR NOT IN LIKE GROUP BY ORDER DESC NULLS LAST LIMIT OFFSET HAVING FOR VIEW ALL ROWS "
    "Id Name Owner.Name Account Contact COUNT() COUNT(Id) TODAY 1 -2.5 2026-01-01",
)
TOKENS += ["(", ")", ",", "=", "!=", "<", "'x'", "'it\\'s'", ".", ":", "'", "\\", "\0", "ä"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=14))
def test_tokens_in_any_order(tokens: list[str]) -> None:
    check(" ".join(tokens))
    check("SELECT Id FROM Account WHERE " + " ".join(tokens))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text(soql: str) -> None:
    check(soql)


def test_very_long_and_very_deep_queries() -> None:
    check("SELECT Id FROM Account WHERE " + " AND ".join(["Name = 'x'"] * 6000))
    check("SELECT Id FROM Account WHERE " + " OR ".join(["NumberOfEmployees=1"] * 4000))
    check("SELECT Id FROM Account WHERE " + "NOT " * 10_000 + "Name = 'x'")
    check("SELECT Id FROM Account WHERE " + "(" * 20_000 + "Name = 'x'" + ")" * 20_000)
    check("SELECT Id FROM Account WHERE Name IN (" + ",".join(["'x'"] * 20_000) + ")")
    for depth in range(1, 60):
        nested = "Name = 'x'"
        for level in range(depth):
            operator = "AND" if level % 2 else "OR"
            nested = f"({nested} {operator} Name LIKE 'y%' {operator} NOT Phone IN ('1', null))"
        check(f"SELECT Id FROM Account WHERE {nested}")
    check("SELECT Id FROM Account WHERE " + "NOT " * 49 + "(Name = 'x' AND NOT (Phone = 'y' OR Fax = 'z'))")


@cache
def varied_accounts() -> tuple[Schema, sqlite3.Connection]:
    """Accounts with and without values, parents and owners."""
    schema = load_standard()
    con = sqlite3.connect(":memory:", check_same_thread=False)
    create_tables(con, schema)
    con.execute("""INSERT INTO "User" ("Id", "Name") VALUES ('005000000000001AAA', 'x')""")
    for number in range(1, 9):
        con.execute(
            'INSERT INTO "Account" ("Id", "Name", "OwnerId", "ParentId", "NumberOfEmployees", "CreatedDate")'
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                f"00100000000000{number}AAA",
                "xX ä"[number % 4],
                "005000000000001AAA" if number % 2 else None,
                "001000000000001AAA" if number % 3 else None,
                number if number > 4 else None,
                "2026-03-29T00:30:00.000Z" if number % 2 else None,
            ),
        )
    return schema, con


@settings(max_examples=200, deadline=None)
@given(conditions("Account"))
def test_a_condition_and_its_opposite_share_the_rows(condition: str) -> None:
    """SOQL knows no unknown: a record meets a condition or its negation, nulls or not."""
    schema, con = varied_accounts()
    found: list[str] = []
    for where in (f"({condition})", f"NOT ({condition})"):
        soql = f"SELECT Id FROM Account WHERE {where}"
        try:
            compiled = compile_query(
                soql, schema=schema, access=None, now=NOW, timezone=ZoneInfo("Europe/Riga"), all_rows=False
            )
        except SoqlError:
            return
        found += [row[0] for row in con.execute(compiled.sql, compiled.params)]
    assert sorted(found) == [f"00100000000000{number}AAA" for number in range(1, 9)]

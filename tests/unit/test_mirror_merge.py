from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.mirror import merge, open_mirror
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.salesforce.arrow import table_of_rows

ACCOUNT = ObjectPull(
    table="Account",
    object="Account",
    fields=(
        ("Id", FieldInfo(name="Id", type="id")),
        ("Name", FieldInfo(name="Name", type="string")),
        ("OwnerId", FieldInfo(name="OwnerId", type="reference")),
        ("Individual.ShouldForget", FieldInfo(name="ShouldForget", type="boolean")),
        ("End__c", FieldInfo(name="End__c", type="date")),
        ("Seen__c", FieldInfo(name="Seen__c", type="datetime")),
        ("Money__c", FieldInfo(name="Money__c", type="currency", scale=2)),
        ("Count__c", FieldInfo(name="Count__c", type="int")),
    ),
    absent=(("ManagerId", FieldInfo(name="ManagerId", type="reference")),),
)
TASKS = ObjectPull(
    table="_our_tasks",
    object="Task",
    fields=(("Id", FieldInfo(name="Id", type="id")), ("WhatId", FieldInfo(name="WhatId", type="reference"))),
    absent=(("Done__c", FieldInfo(name="Done__c", type="datetime")),),
    keyed=False,
)
NOTHING = ObjectPull(table="_our_x", object="X", fields=(), absent=TASKS.fields, keyed=False, readable=False)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    mirror = open_mirror(tmp_path, org_id="00D000000000001AAA", kind="local")
    with mirror.connect(read_only=False) as found:
        yield found


def put(con: duckdb.DuckDBPyConnection, pull: ObjectPull, *rows: dict[str, Any]) -> None:
    merge.stage(con, pull, table_of_rows(rows, pull.fields))


def swap(con: duckdb.DuckDBPyConnection, *pulls: ObjectPull) -> None:
    con.execute("begin")
    merge.swap(con, pulls)
    con.execute("commit")
    merge.discard(con, pulls)


def ids(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(con.execute("select id, key from mirror._ids order by key").fetchall())


def test_ids_become_integers_in_their_order_and_keep_them(con: duckdb.DuckDBPyConnection) -> None:
    put(con, ACCOUNT, {"Id": "001B", "OwnerId": "005Z"}, {"Id": "001a", "OwnerId": "005Z"})
    swap(con, ACCOUNT)
    assert ids(con) == {"001B": 1, "001a": 2, "005Z": 3}
    put(con, ACCOUNT, {"Id": "001A", "OwnerId": "005Y"}, {"Id": "001B", "OwnerId": None})
    swap(con, ACCOUNT)
    assert ids(con) == {"001B": 1, "001a": 2, "005Z": 3, "001A": 4, "005Y": 5}
    rows = con.execute('select _key, _id, "Id", "OwnerId" from mirror."Account"').fetchall()
    assert rows == [(1, "001B", 1, None), (4, "001A", 4, 5)]


def test_columns_have_the_types_of_their_fields(con: duckdb.DuckDBPyConnection) -> None:
    row = {
        "Id": "001A",
        "Name": 'a "b"\n=HYPERLINK() {{ 7*7 }} 😀',
        "OwnerId": "005Z",
        "Individual.ShouldForget": True,
        "End__c": "4000-12-31",
        "Seen__c": "2026-01-01T00:30:00.000+0100",
        "Money__c": Decimal("12.5"),
        "Count__c": 3,
    }
    put(con, ACCOUNT, row)
    swap(con, ACCOUNT)
    found = con.execute('select * from mirror."Account"')
    described = {name: str(kind) for name, kind, *_ in found.description or ()}
    assert described["_key"] == described["OwnerId"] == described["ManagerId"] == described["Count__c"] == "BIGINT"
    assert (described["Money__c"], described["End__c"]) == ("DECIMAL(18,2)", "DATE")
    assert (described["Seen__c"], described["Individual.ShouldForget"]) == ("TIMESTAMP", "BOOLEAN")
    values = dict(zip(described, found.fetchall()[0], strict=True))
    assert values["Name"] == row["Name"]
    assert values["End__c"] == dt.date(4000, 12, 31)
    assert values["Seen__c"] == dt.datetime(2025, 12, 31, 23, 30)  # noqa: DTZ001 - naive means UTC in the mirror
    assert values["Money__c"] == Decimal("12.50")


def test_our_own_records_keep_their_ids_as_text(con: duckdb.DuckDBPyConnection) -> None:
    put(con, ACCOUNT)
    put(con, TASKS, {"Id": "00TB", "WhatId": "001A"}, {"Id": "00TA", "WhatId": None})
    swap(con, ACCOUNT, TASKS, NOTHING)
    assert con.execute("select * from mirror._our_tasks").fetchall() == [("00TA", None, None), ("00TB", "001A", None)]
    assert con.execute("select * from mirror._our_x").fetchall() == []
    assert ids(con) == {}


def test_a_row_that_came_twice_is_there_once(con: duckdb.DuckDBPyConnection) -> None:
    put(con, ACCOUNT, {"Id": "001A", "Name": "x"})
    put(con, ACCOUNT, {"Id": "001A", "Name": "x"}, {"Id": "001B", "Name": "y"})
    swap(con, ACCOUNT)
    assert con.execute('select _id from mirror."Account"').fetchall() == [("001A",), ("001B",)]


def test_tables_that_are_no_longer_mapped_go_away(con: duckdb.DuckDBPyConnection) -> None:
    put(con, ACCOUNT)
    put(con, TASKS)
    swap(con, ACCOUNT, TASKS)
    put(con, ACCOUNT)
    swap(con, ACCOUNT)
    names = con.execute("select table_name from duckdb_tables() where schema_name = 'mirror' order by 1").fetchall()
    assert names == [("Account",), ("_ids",), ("_merged",), ("_meta",), ("_pulls",), ("_rates",)]


def test_a_merge_that_fails_leaves_the_old_tables(con: duckdb.DuckDBPyConnection) -> None:
    put(con, ACCOUNT, {"Id": "001A", "Name": "old"})
    swap(con, ACCOUNT)
    put(con, ACCOUNT, {"Id": "001A", "Name": "new"}, {"Id": "001Z"})
    con.execute("begin")
    merge.swap(con, [ACCOUNT])
    con.execute("rollback")
    assert con.execute('select "Name" from mirror."Account"').fetchall() == [("old",)]
    assert ids(con) == {"001A": 1}


def test_thirty_nights_of_changes_do_not_blow_up_the_file(tmp_path: Path) -> None:
    mirror = open_mirror(tmp_path, org_id="00D000000000001AAA", kind="local")
    fields = ACCOUNT.fields[:3]
    marks = (
        ("SystemModstamp", FieldInfo(name="SystemModstamp", type="datetime")),
        ("IsDeleted", FieldInfo(name="IsDeleted", type="boolean")),
    )
    pull = ObjectPull(table="Account", object="Account", fields=fields, marks=marks)
    sizes = []
    for night in range(31):
        numbers = range(night % 20, 20_000, 20) if night else range(20_000)
        rows = {
            "Id": [f"001{number:06}" for number in numbers],
            "Name": [f"firm {number * 7919 % 20_011} of night {night}" for number in numbers],
            "OwnerId": [f"005{number % 40}" for number in numbers],
        }
        table = pa.table(rows)
        if night:
            stamps = pa.nulls(len(numbers), pa.timestamp("us"))
            table = table.append_column("SystemModstamp", stamps).append_column("IsDeleted", [[False] * len(numbers)])
        with mirror.connect(read_only=False) as con:
            merge.stage(con, pull, table)
            merge.ask_again(con, pull, ())
            con.execute("begin")
            merge.swap(con, [pull], {"Account"} if night else set())
            con.execute("commit")
            assert con.execute('select count(*) from mirror."Account"').fetchall() == [(20_000,)]
        sizes.append(mirror.path.stat().st_size)
    assert max(sizes) < 3 * sizes[0]

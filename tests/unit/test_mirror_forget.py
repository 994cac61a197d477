from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.errors import UsageError
from sf_lifecycle.mirror import Mirror, MirrorReader, ObjectReport, forget_rows, merge, open_mirror
from sf_lifecycle.mirror.known import write_known
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.mirror.store import write_meta
from sf_lifecycle.salesforce.arrow import table_of_rows

NOW = dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)


def table(name: str, *references: str, keyed: bool = True, object_name: str = "") -> ObjectPull:
    fields = [("Id", "id"), ("Name", "string"), *((each, "reference") for each in references)]
    infos = tuple((path, FieldInfo(name=path, type=kind)) for path, kind in fields)
    return ObjectPull(table=name, object=object_name or name, fields=infos, keyed=keyed)


TABLES = {
    table("Account", "ParentId"): [
        {"Id": "001A", "Name": "forgotten Ltd"},
        {"Id": "001B", "Name": "stays", "ParentId": "001A"},
    ],
    table("Contact", "AccountId", "ReportsToId"): [
        {"Id": "003A", "Name": "of the forgotten", "AccountId": "001A"},
        {"Id": "003B", "Name": "forgotten Jo", "AccountId": "001B"},
        {"Id": "003C", "Name": "reports", "AccountId": "001B", "ReportsToId": "003B"},
    ],
    table("Case", "AccountId", "ContactId"): [
        {"Id": "500A", "Name": "of the firm", "AccountId": "001A"},
        {"Id": "500B", "Name": "of the person", "AccountId": "001B", "ContactId": "003B"},
        {"Id": "500C", "Name": "stays", "AccountId": "001B", "ContactId": "003C"},
    ],
    table("_our_tasks", "WhoId", "WhatId", keyed=False, object_name="Task"): [
        {"Id": "00TA", "Name": "call", "WhoId": "003B", "WhatId": "001B"},
        {"Id": "00TB", "Name": "call", "WhoId": "003C", "WhatId": "001B"},
    ],
}


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    made = open_mirror(tmp_path, org_id="00D000000000001AAA", kind="local")
    with made.connect(read_only=False) as con:
        for pull, rows in TABLES.items():
            merge.stage(con, pull, table_of_rows(rows, pull.fields))
        merge.swap(con, list(TABLES))
        reports = [
            ObjectReport(table=pull.table, object=pull.object, rows=len(rows), calls=1, seconds=0.1, bulk=False)
            for pull, rows in TABLES.items()
        ]
        write_known(con, zip(TABLES, reports, [NOW] * len(TABLES), strict=True), ahead=0.0)
        con.execute("insert into mirror._merged values ('Account', '001X', '001A'), ('Account', '001Y', '001B')")
        write_meta(con, {"pulled_at": NOW.isoformat()})
    return made


def rows(mirror: Mirror, sql: str) -> list[tuple[Any, ...]]:
    with mirror.connect() as con:
        return con.execute(sql).fetchall()


def test_people_and_firms_are_forgotten_with_what_is_about_them(mirror: Mirror) -> None:
    assert forget_rows(mirror, ["001A", "003B"]) == 6
    assert rows(mirror, 'select _id, "ParentId" from mirror."Account"') == [("001B", None)]
    assert rows(mirror, 'select _id, "ReportsToId" from mirror."Contact"') == [("003C", None)]
    assert rows(mirror, 'select _id from mirror."Case"') == [("500C",)]
    assert rows(mirror, 'select "Id" from mirror._our_tasks') == [("00TB",)]
    with mirror.connect() as con:
        assert MirrorReader(con).merged() == {"001Y": "001B"}


def test_nothing_of_them_stays_in_the_file(mirror: Mirror) -> None:
    for word in (b"forgotten Jo", b"forgotten Ltd"):
        assert word in mirror.path.read_bytes()
    forget_rows(mirror, ["001A", "003B"])
    for word in (b"forgotten Jo", b"forgotten Ltd"):
        assert word not in mirror.path.read_bytes()
    assert mirror.path.stat().st_mode & 0o077 == 0
    assert [each.name for each in mirror.path.parent.rglob("*") if each.is_file()] == ["mirror.duckdb"]
    assert open_mirror(mirror.path.parent, org_id=mirror.org_id, kind=mirror.kind).notes == ()


def test_who_is_not_there_is_forgotten_already(mirror: Mirror) -> None:
    before = rows(mirror, 'select * from mirror."Contact"')
    assert forget_rows(mirror, ["003Z"]) == 0
    assert forget_rows(mirror, []) == 0
    assert rows(mirror, 'select * from mirror."Contact"') == before


def test_a_mirror_in_use_is_not_touched(mirror: Mirror) -> None:
    with mirror.connect(), pytest.raises(UsageError, match="in use"):
        forget_rows(mirror, ["001A"])
    assert len(rows(mirror, 'select * from mirror."Account"')) == 2


def test_an_empty_mirror_has_nothing_to_forget(tmp_path: Path) -> None:
    made = open_mirror(tmp_path / "new", org_id="00D000000000001AAA", kind="local")
    assert forget_rows(made, ["001A"]) == 0

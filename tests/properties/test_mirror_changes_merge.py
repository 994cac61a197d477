"""Merging what changed, without an org: nights of rows in any order, with repeats, against a plain dictionary."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings, strategies as st

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.mirror import merge, open_mirror
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.salesforce.arrow import table_of_rows

START = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
FIELDS = tuple(
    (name, FieldInfo(name=name, type=kind))
    for name, kind in (("Id", "id"), ("Name", "string"), ("ParentId", "reference"))
)
MARKS = tuple(
    (name, FieldInfo(name=name, type=kind))
    for name, kind in (("SystemModstamp", "datetime"), ("IsDeleted", "boolean"), ("IsArchived", "boolean"))
)
KEYED = ObjectPull(table="Account", object="Account", fields=FIELDS, marks=MARKS)
OURS = ObjectPull(
    table="_our_x", object="X", fields=(*FIELDS, MARKS[1]), marks=MARKS, keyed=False, all_rows=True, where="ours"
)

number = st.integers(0, 7)
CHANGE = st.fixed_dictionaries(
    {
        "Id": number.map(lambda n: f"001{n}"),
        "Name": st.sampled_from(["a", "b", None, "😀", "'"]),
        "ParentId": st.none() | number.map(lambda n: f"001{n}"),
        "IsDeleted": st.booleans(),
        "IsArchived": st.just(False) | st.booleans(),
        "second": st.integers(0, 3),
    }
)
NIGHT = st.tuples(st.lists(CHANGE, max_size=8), st.sets(number.map(lambda n: f"001{n}"), max_size=2), st.booleans())


def _row(change: dict[str, Any]) -> dict[str, Any]:
    stamp = START + dt.timedelta(seconds=change["second"])
    return {**{k: v for k, v in change.items() if k != "second"}, "SystemModstamp": stamp.isoformat()}


def _run(pull: ObjectPull, con: duckdb.DuckDBPyConnection, night: Any, truth: dict[str, dict[str, Any]]) -> None:
    changes, asked_again, whole = night
    fields = pull.fields + tuple(each for each in MARKS if each not in pull.fields)
    newest: dict[str, dict[str, Any]] = {}
    for change in changes:  # the later of two of one second wins
        if change["Id"] not in newest or change["second"] >= newest[change["Id"]]["second"]:
            newest[change["Id"]] = change
    if whole:
        truth.clear()
        living = [each for each in changes if pull.all_rows or not (each["IsDeleted"] or each["IsArchived"])]
        newest = {each["Id"]: each for each in reversed(living)}  # a full pull knows no stamps: the first
        merge.stage(con, pull, table_of_rows([_row(each) for each in living], pull.fields))
    else:
        for gone in asked_again:
            truth.pop(gone, None)
        merge.stage(con, pull, table_of_rows([_row(each) for each in changes], fields))
        merge.ask_again(con, pull, sorted(asked_again))
    for key, change in newest.items():
        truth.pop(key, None)
        if pull.all_rows or not (change["IsDeleted"] or change["IsArchived"]):
            truth[key] = change
    con.execute("begin")
    merge.swap(con, [pull], set() if whole else {pull.table})
    con.execute("commit")
    merge.discard(con, [pull])


@pytest.mark.parametrize("pull", [KEYED, OURS], ids=["keyed", "ours"])
@given(nights=st.lists(NIGHT, min_size=1, max_size=5))
@settings(max_examples=15)
def test_the_table_holds_the_newest_of_each_row(pull: ObjectPull, nights: list[Any]) -> None:
    truth: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        mirror = open_mirror(Path(folder), org_id="00D000000000001AAA", kind="local")
        with mirror.connect(read_only=False) as con:
            _run(pull, con, ([], set(), True), truth)
            seen: dict[str, int] = {}
            for night in nights:
                _run(pull, con, night, truth)
                keys = dict(con.execute("select id, key from mirror._ids").fetchall())
                assert seen.items() <= keys.items(), "a key stays"
                assert len(set(keys.values())) == len(keys)
                seen = keys
                assert _content(con, pull) == sorted(
                    ((r["Id"], r["Name"], r["ParentId"]) for r in truth.values()), key=lambda row: row[0]
                )


def _content(con: duckdb.DuckDBPyConnection, pull: ObjectPull) -> list[tuple[Any, ...]]:
    if not pull.keyed:
        return con.execute(f'select "Id", "Name", "ParentId" from mirror."{pull.table}" order by 1').fetchall()
    return con.execute(
        f"""
        select _id, "Name", p.id from mirror."{pull.table}" left join mirror._ids as p on p.key = "ParentId" order by 1
        """
    ).fetchall()

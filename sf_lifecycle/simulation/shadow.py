"""The mirror as it would be: the file's tables, and our Tasks as the simulation has them. The file is never written.

Rules read Tasks too (who was called lately?), so Tasks that a simulation makes and finishes must be seen by the next
week. Everything lies in memory on the mirror's own connection, and goes when the simulation ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

TASK = "Task"
ACCOUNT = "001"
REFERENCE = "BIGINT"
_NEW, _IDS, _TASKS = (f"weeks_ahead.mirror.{name}" for name in ("_new_ids", "_ids", '"Task"'))
Columns = dict[str, str]


class Shadow:
    """Our Tasks among all Tasks; `show` puts them in."""

    def __init__(self, con: duckdb.DuckDBPyConnection, columns: Columns) -> None:
        self._con, self._columns = con, columns

    def show(self, tasks: pd.DataFrame) -> None:
        """`tasks` are all Tasks of ours, in the columns of the mirror's `_our_tasks`; deleted ones are not shown."""
        if not self._columns:
            return
        living = tasks[~tasks["IsDeleted"].eq(True)]
        self._con.register("ours_given", self._table(living))
        try:
            self._con.execute(
                f'INSERT INTO {_NEW} SELECT g."_id", (SELECT max(key) FROM {_IDS}) + row_number() OVER () '
                f'FROM ours_given AS g WHERE g."_id" NOT IN (SELECT id FROM {_IDS})'
            )
            ours = pa.table({"id": pa.array(sorted(tasks["Id"]), pa.string())})
            self._con.register("ours_ids", ours)
            self._con.execute(f"DELETE FROM {_TASKS} WHERE _id IN (SELECT id FROM ours_ids)")
            self._con.unregister("ours_ids")
            self._con.execute(self._insert())
        finally:
            self._con.unregister("ours_given")

    def _table(self, tasks: pd.DataFrame) -> pa.Table:
        """Ids as text, everything else as the mirror's column has it; what a Task of ours does not tell is null."""
        given: dict[str, pd.Series[Any]] = {str(name): tasks[name] for name in tasks.columns}
        what = tasks["WhatId"]
        at_account = [isinstance(id_, str) and id_.startswith(ACCOUNT) for id_ in what]
        given["AccountId"] = what.where(pd.Series(at_account, index=what.index, dtype=bool), None)
        done = tasks["CompletedDateTime"] if "CompletedDateTime" in tasks else tasks["CreatedDate"]
        given["LastModifiedDate"] = done.where(done.notna(), tasks["CreatedDate"])
        arrays = {"_id": pa.array(tasks["Id"], pa.string())}
        for name, kind in self._columns.items():
            values = [_plain(value) for value in given[name]] if name in given else [None] * len(tasks)
            arrays[name] = pa.array([_as(kind, value) for value in values], _ARROW.get(kind, pa.string()))
        return pa.table(arrays)

    def _insert(self) -> str:
        columns, joins = [], []
        for number, (name, kind) in enumerate(self._columns.items()):
            quoted = _quoted(name)
            if kind == REFERENCE:
                joins.append(f"LEFT JOIN {_IDS} AS i{number} ON i{number}.id = g.{quoted}")
                columns.append(f"i{number}.key AS {quoted}")
            else:
                columns.append(f"CAST(g.{quoted} AS {kind}) AS {quoted}")
        return (
            f'INSERT INTO {_TASKS} BY NAME SELECT own.key AS _key, g."_id" AS _id, {", ".join(columns)} '
            f'FROM ours_given AS g JOIN {_IDS} AS own ON own.id = g."_id" {" ".join(joins)}'
        )


@contextmanager
def shadowed(con: duckdb.DuckDBPyConnection) -> Iterator[Shadow]:
    """Until the end, `mirror.X` on this connection means the shadow's."""
    ((file,),) = con.execute("SELECT current_database()").fetchall()
    tables = [
        str(name)
        for (name,) in con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'mirror'", [file]
        ).fetchall()
    ]
    columns = _columns(con, file) if TASK in tables else {}
    con.execute("ATTACH ':memory:' AS weeks_ahead")
    try:
        con.execute("CREATE SCHEMA weeks_ahead.mirror")
        for name in tables:
            if name not in (TASK, "_ids"):
                con.execute(f"CREATE VIEW weeks_ahead.mirror.{_quoted(name)} AS {_all_of(file, name)}")
        con.execute(f"CREATE TABLE {_NEW} (id VARCHAR, key BIGINT)")
        con.execute(
            f"CREATE VIEW weeks_ahead.mirror._ids AS {_all_of(file, '_ids')} UNION ALL SELECT id, key FROM {_NEW}"
        )
        if columns:
            con.execute(f'CREATE TABLE weeks_ahead.mirror."Task" AS {_all_of(file, TASK)}')
        con.execute("USE weeks_ahead")
        yield Shadow(con, columns)
    finally:
        con.execute(f"USE {_quoted(file)}")
        con.execute("DETACH weeks_ahead")


def _columns(con: duckdb.DuckDBPyConnection, file: str) -> Columns:
    found = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND schema_name = 'mirror' "
        "AND table_name = ? AND column_name NOT IN ('_key', '_id') ORDER BY column_index",
        [file, TASK],
    ).fetchall()
    return {str(name): str(kind) for name, kind in found}


def _all_of(file: str, name: str) -> str:
    return f"SELECT * FROM {_quoted(file)}.mirror.{_quoted(name)}"


_ARROW = {"BOOLEAN": pa.bool_(), "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us")}


def _as(kind: str, value: Any) -> Any:
    """A reference stays text until it is looked up; what the column cannot take is text as well."""
    if value is None or kind in _ARROW:
        return value
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return pd.Timestamp(value).to_pydatetime()
    return None if value is None or value is pd.NaT or value != value else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""From pulled Arrow tables to the mirror's, in SQL: Ids become integers that stay, and all tables change at once.

Pulled rows wait in temporary tables; `swap` puts every new table in place in one transaction, so a pull that is killed
leaves the old mirror whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.salesforce.arrow import arrow_type

_IDS = ("id", "reference")


def stage(con: duckdb.DuckDBPyConnection, pull: ObjectPull, rows: pa.Table) -> None:
    """Adds pulled rows (columns: `pull.fields`, Ids as text) to the table they wait in."""
    if not pull.fields:
        return
    con.register("arrived", rows)
    try:
        con.execute(f"create temp table if not exists {_waiting(pull)} as from arrived limit 0")
        con.execute(f"insert into {_waiting(pull)} select * from arrived")
    finally:
        con.unregister("arrived")


def staged_rows(con: duckdb.DuckDBPyConnection, pull: ObjectPull) -> int:
    """How many rows wait."""
    if not pull.fields:
        return 0
    return int(con.execute(f"select count(*) from {_waiting(pull)}").fetchall()[0][0])


def staged_ids(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Ids of the waiting rows of `table` that are not deleted."""
    text = f"""select "Id" from temp.{_quoted("waiting." + table)} where not "IsDeleted" order by "Id" """
    return [str(found) for (found,) in con.execute(text).fetchall()]


def swap(con: duckdb.DuckDBPyConnection, pulls: Sequence[ObjectPull]) -> None:
    """New tables for old, tables no longer wanted dropped. To be called inside a transaction, all `pulls` staged."""
    keyed = [pull for pull in pulls if pull.keyed]
    for pull in pulls:
        _drop_repeated(con, pull)
    _add_ids(con, keyed)
    for pull in pulls:
        con.execute(_keyed_table(pull) if pull.keyed else _text_table(pull))
    kept = {pull.table for pull in pulls} | {"_ids", "_meta", "_pulls"}
    for (name,) in con.execute("select table_name from duckdb_tables() where schema_name = 'mirror'").fetchall():
        if name not in kept:
            con.execute(f"drop table mirror.{_quoted(name)}")


def discard(con: duckdb.DuckDBPyConnection, pulls: Sequence[ObjectPull]) -> None:
    """Drops the waiting rows."""
    for pull in pulls:
        con.execute(f"drop table if exists {_waiting(pull)}")


def _add_ids(con: duckdb.DuckDBPyConnection, pulls: Sequence[ObjectPull]) -> None:
    """Every Id seen for the first time, also one only referenced, gets the next key, in the order of the Ids."""
    seen = " union all ".join(
        f"select {_quoted(path)} as id from {_waiting(pull)}"
        for pull in pulls
        for path, info in pull.fields
        if info.type in _IDS
    )
    con.execute(
        f"""
        insert into mirror._ids
        select id, (select coalesce(max(key), 0) from mirror._ids) + row_number() over (order by id)
        from (select distinct id from ({seen}) where id is not null) as new
        anti join mirror._ids as known using (id)
        order by id
        """
    )


def _drop_repeated(con: duckdb.DuckDBPyConnection, pull: ObjectPull) -> None:
    """A row that moved between pages while they were read comes twice: one of them stays."""
    if not pull.fields:
        return
    waiting = _waiting(pull)
    con.execute(
        f"""
        delete from {waiting} where rowid in (
            select unnest(list(rowid)[2:]) from {waiting} group by "Id" having count(*) > 1
        )
        """
    )


def _keyed_table(pull: ObjectPull) -> str:
    columns, joins = ["own.key as _key", 'w."Id" as _id'], ['join mirror._ids as own on own.id = w."Id"']
    for number, (path, info) in enumerate(pull.fields):
        if path == "Id":
            columns.append('own.key as "Id"')
        elif info.type in _IDS:
            columns.append(f"r{number}.key as {_quoted(path)}")
            joins.append(f"left join mirror._ids as r{number} on r{number}.id = w.{_quoted(path)}")
        else:
            columns.append(f"w.{_quoted(path)}")
    columns += [_null(path, info, keyed=True) for path, info in pull.absent]
    text = f"select {', '.join(columns)} from {_waiting(pull)} as w {' '.join(joins)} order by own.key"
    return f"create or replace table mirror.{_quoted(pull.table)} as {text}"


def _text_table(pull: ObjectPull) -> str:
    columns = [f"w.{_quoted(path)}" for path, _ in pull.fields]
    columns += [_null(path, info, keyed=False) for path, info in pull.absent]
    rows = f'from {_waiting(pull)} as w order by w."Id"' if pull.fields else "limit 0"
    text = f"select {', '.join(columns)} {rows}"
    return f"create or replace table mirror.{_quoted(pull.table)} as {text}"


def _null(path: str, info: FieldInfo, *, keyed: bool) -> str:
    kind = arrow_type(info)
    sql = {"bool": "boolean", "date32[day]": "date", "timestamp[us]": "timestamp", "string": "varchar"}[str(kind)]
    return f"cast(null as {'bigint' if keyed and info.type in _IDS else sql}) as {_quoted(path)}"


def _waiting(pull: ObjectPull) -> str:
    return f"temp.{_quoted('waiting.' + pull.table)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""From pulled Arrow tables to the mirror's, in SQL: Ids become integers that stay, and all tables change at once.

Pulled rows wait in temporary tables; `swap` puts everything in place in one transaction, so a pull that is killed
leaves the old mirror whole. A table read whole is replaced. Of one that is followed, the rows that wait take the place
of those with the same Id; what was deleted, archived, or asked for again (`again`) and not found, leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb
import pyarrow as pa

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.mirror.following import ARCHIVED, DELETED, STAMP
from sf_lifecycle.mirror.ours import OUR_CAMPAIGNS, OUR_STATUSES
from sf_lifecycle.mirror.plan import ObjectPull
from sf_lifecycle.mirror.sql import again, quoted, waiting
from sf_lifecycle.salesforce.arrow import arrow_type

_IDS = ("id", "reference")
_KEPT = {"_ids", "_meta", "_pulls", "_merged", "_rates"}


def stage(con: duckdb.DuckDBPyConnection, pull: ObjectPull, rows: pa.Table) -> None:
    """Adds pulled rows (Ids as text; an empty table makes the columns known) to the table they wait in."""
    if not pull.fields:
        return
    con.register("arrived", rows)
    try:
        con.execute(f"create temp table if not exists {waiting(pull.table)} as from arrived limit 0")
        con.execute(f"insert into {waiting(pull.table)} select * from arrived")
    finally:
        con.unregister("arrived")


def ask_again(con: duckdb.DuckDBPyConnection, pull: ObjectPull, ids: Sequence[str]) -> None:
    """Notes the Ids whose rows are asked for again: what the org no longer has of them leaves the table."""
    con.execute(f"create temp table if not exists {again(pull.table)} (id varchar)")
    if ids:
        con.execute(f"insert into {again(pull.table)} select unnest(?)", [list(ids)])


def staged_rows(con: duckdb.DuckDBPyConnection, pull: ObjectPull) -> int:
    """How many rows wait."""
    if not pull.fields:
        return 0
    return int(con.execute(f"select count(*) from {waiting(pull.table)}").fetchall()[0][0])


def swap(con: duckdb.DuckDBPyConnection, pulls: Sequence[ObjectPull], followed: Collection[str] = ()) -> None:
    """What waits is put in place, tables no longer wanted are dropped. To be called inside a transaction, all `pulls`
    staged. `followed`: the tables of which only what changed waits.
    """
    for pull in pulls:
        _drop_repeated(con, pull, stamped=pull.table in followed)
    _add_ids(con, [pull for pull in pulls if pull.keyed], followed)
    for pull in pulls:
        if pull.table in followed:
            _weave(con, pull)
        else:
            name = f"mirror.{quoted(pull.table)}"
            con.execute(f"create or replace table {name} as {_rows(pull)}")
    if OUR_STATUSES.table in followed:
        _drop_strange_statuses(con)
    kept = {pull.table for pull in pulls} | _KEPT
    for (name,) in con.execute("select table_name from duckdb_tables() where schema_name = 'mirror'").fetchall():
        if name not in kept:
            con.execute(f"drop table mirror.{quoted(name)}")


def discard(con: duckdb.DuckDBPyConnection, pulls: Sequence[ObjectPull]) -> None:
    """Drops the waiting rows."""
    for pull in pulls:
        con.execute(f"drop table if exists {waiting(pull.table)}; drop table if exists {again(pull.table)}")


def _weave(con: duckdb.DuckDBPyConnection, pull: ObjectPull) -> None:
    name, own = f"mirror.{quoted(pull.table)}", "_id" if pull.keyed else '"Id"'
    changed = f'select "Id" from {waiting(pull.table)} union all select id from {again(pull.table)}'
    con.execute(f"delete from {name} where {own} in ({changed})")
    con.execute(f"insert into {name} {_rows(pull, living=not pull.all_rows)}")


def _drop_strange_statuses(con: duckdb.DuckDBPyConnection) -> None:
    """Changes are asked for whatever the campaign; only those of our own campaigns that are still there stay."""
    con.execute(
        f"""
        delete from mirror.{OUR_STATUSES.table} where "CampaignId" not in (
            select "Id" from mirror.{OUR_CAMPAIGNS.table} where not "IsDeleted"
        )
        """
    )


def _add_ids(con: duckdb.DuckDBPyConnection, pulls: Sequence[ObjectPull], followed: Collection[str]) -> None:
    """Every Id seen for the first time, also one only referenced, gets the next key, in the order of the Ids."""
    seen = " union all ".join(
        f"select {quoted(path)} as id from {waiting(pull.table)} as w{_where(pull, living=pull.table in followed)}"
        for pull in pulls
        for path, info in pull.fields
        if info.type in _IDS
    )
    if not seen:
        return
    con.execute(
        f"""
        insert into mirror._ids
        select id, (select coalesce(max(key), 0) from mirror._ids) + row_number() over (order by id)
        from (select distinct id from ({seen}) where id is not null) as new
        anti join mirror._ids as known using (id)
        order by id
        """
    )


def _drop_repeated(con: duckdb.DuckDBPyConnection, pull: ObjectPull, *, stamped: bool) -> None:
    """A row that moved between pages while they were read, or was asked for again, comes twice: the newest stays."""
    if not pull.fields:
        return
    table, newest = waiting(pull.table), f"{quoted(STAMP)} desc nulls last, rowid desc" if stamped else "rowid"
    con.execute(
        f"""
        delete from {table} where rowid in (
            select unnest(list(rowid order by {newest})[2:]) from {table} group by "Id" having count(*) > 1
        )
        """
    )


def _rows(pull: ObjectPull, *, living: bool = False) -> str:
    """The waiting rows as the mirror's table holds them. `living`: without those deleted and archived."""
    columns, joins = [], []
    if pull.keyed:
        columns, joins = ["own.key as _key", 'w."Id" as _id'], ['join mirror._ids as own on own.id = w."Id"']
    for number, (path, info) in enumerate(pull.fields):
        if pull.keyed and path == "Id":
            columns.append('own.key as "Id"')
        elif pull.keyed and info.type in _IDS:
            columns.append(f"r{number}.key as {quoted(path)}")
            joins.append(f"left join mirror._ids as r{number} on r{number}.id = w.{quoted(path)}")
        else:
            columns.append(f"w.{quoted(path)}")
    columns += [_null(path, info, keyed=pull.keyed) for path, info in pull.absent]
    if not pull.fields:
        return f"select {', '.join(columns)} limit 0"
    order = "own.key" if pull.keyed else 'w."Id"'
    tail = f"{' '.join(joins)}{_where(pull, living=living)} order by {order}"
    return f"select {', '.join(columns)} from {waiting(pull.table)} as w {tail}"


def _where(pull: ObjectPull, *, living: bool) -> str:
    gone = [name for name, _ in pull.marks if name in (DELETED, ARCHIVED)]
    return " where " + " and ".join(f"not w.{quoted(name)}" for name in gone) if living and gone else ""


def _null(path: str, info: FieldInfo, *, keyed: bool) -> str:
    kind = arrow_type(info)
    sql = {"bool": "boolean", "date32[day]": "date", "timestamp[us]": "timestamp", "string": "varchar"}[str(kind)]
    return f"cast(null as {'bigint' if keyed and info.type in _IDS else sql}) as {quoted(path)}"

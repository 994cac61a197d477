"""The mirror of a firm of any size: one sample firm pulled as the program pulls it, and copies of it beside each other.

A copy has its own accounts, people and contracts, in the proportions of the sample firm. Reps are the exception: the
sample has so many that every kind of rep is in it, and a large firm has one for some 300 accounts. So a few copies side
by side share the reps of the first of them, and each of those owns as much more. Whatever the mapping reads is there,
since it was pulled for that mapping.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sf_lifecycle.cli.demo_folder import make_demo_folder, point_at
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.localorg import serve_in_thread
from sf_lifecycle.mirror import open_mirror, pull, schema_for
from sf_lifecycle.mirror.store import FILE_NAME
from sf_lifecycle.salesforce import connect

BASE = 2_000  # accounts of the firm that is copied
ACCOUNTS_OF_A_REP = 300
SECRET = "local-secret"
HANDLES = ("Alias", "CommunityNickname", "EmployeeNumber", "FederationIdentifier", "Username")  # tell users apart
JOB = "nightly"


@contextmanager
def firm(folder: Path, accounts: int, day: dt.date) -> Iterator[tuple[Workspace, OrgSchema]]:
    """A working folder with the shipped rules, its org, and a mirror of it in `folder`/mirror."""
    work = folder / "work"
    make_demo_folder(work)
    with serve_in_thread(
        metadata=work / "salesforce", client_id="local-worker", client_secret=SECRET, sample=accounts, seed=7, as_of=day
    ) as org:
        point_at(work, url=org.url, org_id=org.org_id, listen="127.0.0.1:0")
        workspace = load_workspace(work / "config.toml", environ={})
        mapping = workspace.mappings[workspace.job(JOB).mapping]
        with connect(workspace.settings.salesforce) as door:
            schema = schema_for(door, mapping)
            mirror = open_mirror(folder / "mirror", org_id=door.identity.org_id, kind=door.identity.kind)
            settings = workspace.settings
            pull(
                door,
                mirror,
                mapping,
                schema,
                now=dt.datetime.now(dt.UTC),
                settings=settings.pull,
                bulk_from_rows=settings.salesforce.bulk_from_rows,
            )
        yield workspace, schema


def copied(base: Path, target: Path, schema: OrgSchema, copies: int) -> dict[str, int]:
    """A mirror of so many firms side by side, made from the one at `base`. Gives rows per table of records."""
    target.mkdir(parents=True)
    rows: dict[str, int] = {}
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{base / FILE_NAME}' AS one (READ_ONLY)")
        con.execute(f"ATTACH '{target / FILE_NAME}' AS many")
        con.execute("CREATE SCHEMA many.mirror")
        step = _number(con, "SELECT max(key) + 1 FROM one.mirror._ids")
        users = _users(con)
        ids = f"{_id('id', 'key', step)} AS id, key + copy * {step} AS key"
        each = f"range({copies}) AS t(copy)"
        con.execute(f"CREATE TABLE many.mirror._ids AS SELECT {ids} FROM one.mirror._ids, {each}")
        for name in _tables(con):
            made, kept = f'many.mirror."{name}"', f'one.mirror."{name}"'
            columns = _columns(con, name)
            if "_key" not in columns:
                if name != "_ids":
                    con.execute(f"CREATE TABLE {made} AS FROM {kept}")
                continue
            said = ", ".join(
                f'{_value(schema, name, column, kind, step, users)} AS "{column}"' for column, kind in columns.items()
            )
            some = f" WHERE copy % {users.copies} = 0" if name == "User" else ""
            con.execute(f"CREATE TABLE {made} AS SELECT {said} FROM {kept}, {each}{some}")
            rows[name] = _number(con, f"SELECT count(*) FROM {made}")
        con.execute("CHECKPOINT many")
    return rows


@dataclass(frozen=True, kw_only=True)
class Users:
    """The users of the firm that is copied: their keys, and for how many copies the same of them are there."""

    keys: str
    copies: int


def _users(con: duckdb.DuckDBPyConnection) -> Users:
    accounts, reps = con.execute('SELECT count(*), count(DISTINCT "OwnerId") FROM one.mirror."Account"').fetchall()[0]
    keys = con.execute('SELECT _key FROM one.mirror."User" ORDER BY 1').fetchall()
    listed = ", ".join(str(key) for (key,) in keys)
    return Users(keys=listed or "NULL", copies=max(1, round(reps * ACCOUNTS_OF_A_REP / max(1, accounts))))


def _value(schema: OrgSchema, table: str, column: str, kind: str, step: int, users: Users) -> str:
    """One column of a copy: keys move along, those of users in larger steps, and what tells users apart stays so."""
    quoted = f'"{column}"'
    if column == "_id":
        return _id("_id", "_key", step)
    if column == "_key":
        return f"{quoted} + copy * {step}"
    if kind == "BIGINT" and _refers(schema, table, column):
        ours = f"CASE WHEN {quoted} IN ({users.keys}) THEN copy - copy % {users.copies} ELSE copy END"
        return f"{quoted} + {ours} * {step}"
    if table == "User" and column in HANDLES:
        return f"{quoted} || CASE WHEN copy > 0 THEN '.' || copy ELSE '' END"
    if column in ("Name", "Company") and table in ("Account", "Lead"):
        return f"{quoted} || CASE WHEN copy > 0 THEN ' ' || copy ELSE '' END"
    return quoted


def _refers(schema: OrgSchema, table: str, column: str) -> bool:
    """Is it a lookup? A field reached through another record is none here, unless its name says so."""
    info = schema.objects[table].fields.get(column) if table in schema.objects else None
    return info.type in ("id", "reference") if info else column.endswith("Id")


def _id(id_: str, key: str, step: int) -> str:
    """An Id of the same object: its prefix, and the new key."""
    return f"left({id_}, 3) || printf('%015d', {key} + copy * {step})"


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'one' AND schema_name = 'mirror' ORDER BY 1"
    ).fetchall()
    return [str(name) for (name,) in found]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    found = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'one' AND schema_name = 'mirror' "
        "AND table_name = ? ORDER BY column_index",
        [table],
    ).fetchall()
    return {str(name): str(kind) for name, kind in found}


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((number,),) = con.execute(sql).fetchall()
    return int(number)

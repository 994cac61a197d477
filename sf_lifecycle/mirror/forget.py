"""Forgetting people: rows of given Ids, and what stands beside them, leave the mirror, and the file, at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from sf_lifecycle.mirror.known import count, references
from sf_lifecycle.mirror.sql import quoted
from sf_lifecycle.mirror.store import Mirror, rewrite

_ACCOUNT = "001"
_PARTIES = frozenset({"Account", "Contact", "Lead"})
_Table = tuple[str, list[str]]  # its name, and its columns that refer to other records


def forget_rows(mirror: Mirror, ids: Collection[str]) -> int:
    """Removes the rows of these accounts, contacts and leads (18-character Ids) and all rows that refer to them; how
    many. An account, and a contact or lead that is not the account's own, only loses what refers to them: a parent
    company or a manager who is forgotten takes nobody along.

    They come back with a later pull where the org still has them, so they are to be erased there first. The file is
    written anew, so that nothing of them stays in it. UsageError where the mirror is in use.

    What refers to a row that goes, goes as well: the memberships and Tasks of an account's contacts.
    """
    if not ids:
        return 0
    with mirror.connect(read_only=False) as con:
        tables = _tables(con)
        _mark(con, tables, ids)
        con.execute("begin")
        removed = sum(_forget_in(con, table, columns) for table, columns in tables)
        marked = "select id from forgotten"
        con.execute(f"delete from mirror._merged where loser in ({marked}) or survivor in ({marked})")
        con.execute("commit")
    rewrite(mirror)
    return removed


def ids_to_forget(mirror: Mirror, ids: Collection[str]) -> list[str]:
    """`ids` and the Ids of all rows that `forget_rows` would take along: an account's contacts and contracts, what was
    merged into them, our Tasks and memberships of them. UsageError where the mirror is in use, so that whoever asks may
    forget elsewhere first.
    """
    with mirror.connect(read_only=False) as con:
        _mark(con, _tables(con), ids)
        return [each for (each,) in con.execute("select id from forgotten order by id").fetchall()]


def _tables(con: duckdb.DuckDBPyConnection) -> list[_Table]:
    found = con.execute("select object, columns from mirror._pulls order by object").fetchall()
    return [(table, references(columns)) for table, columns in found]


def _mark(con: duckdb.DuckDBPyConnection, tables: Sequence[_Table], ids: Collection[str]) -> None:
    """Fills the table `forgotten`, until nothing more refers to what is in it."""
    con.execute("create temp table forgotten as select unnest(?::varchar[]) as id", [sorted(set(ids))])
    marked = -1
    while marked != (marked := con.execute("select count(*) from forgotten").fetchall()[0][0]):
        _add(con, "select loser from mirror._merged where survivor in (select id from forgotten)")
        for table, columns in tables:
            for column in columns:
                going = _forgotten(_takes_along(table), keyed=_keyed(table))
                _add(con, f"select {_own(table)} from mirror.{quoted(table)} where {quoted(column)} in ({going})")


def _add(con: duckdb.DuckDBPyConnection, ids: str) -> None:
    con.execute(
        f"insert into forgotten select distinct more.id from ({ids}) as more(id) anti join forgotten using (id)"
    )


def _keyed(table: str) -> bool:
    return not table.startswith("_")


def _own(table: str) -> str:
    return "_id" if _keyed(table) else '"Id"'


def _takes_along(table: str) -> str:
    """A party belongs to an account, and only that takes it along."""
    return "true" if table not in _PARTIES else f"starts_with(id, '{_ACCOUNT}') and {table != 'Account'}"


def _forget_in(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> int:
    before, name = count(con, table), f"mirror.{quoted(table)}"
    con.execute(f"delete from {name} where {_own(table)} in (select id from forgotten)")
    if table in _PARTIES:
        told = _forgotten("true", keyed=_keyed(table))
        for column in columns:
            con.execute(f"update {name} set {quoted(column)} = null where {quoted(column)} in ({told})")
    return before - count(con, table)


def _forgotten(condition: str, *, keyed: bool) -> str:
    if not keyed:
        return f"select id from forgotten where {condition}"
    return f"select i.key from mirror._ids as i join forgotten using (id) where {condition}"

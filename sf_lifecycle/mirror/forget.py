"""Forgetting people: rows of given Ids, and what stands beside them, leave the mirror, and the file, at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from sf_lifecycle.mirror.known import count, references
from sf_lifecycle.mirror.sql import quoted
from sf_lifecycle.mirror.store import Mirror, rewrite

_ACCOUNT = "001"
_PARTIES = frozenset({"Account", "Contact", "Lead"})


def forget_rows(mirror: Mirror, ids: Collection[str]) -> int:
    """Removes the rows of these accounts, contacts and leads (18-character Ids) and all rows that refer to them; how
    many. An account, and a contact or lead that is not the account's own, only loses what refers to them: a parent
    company or a manager who is forgotten takes nobody along.

    They come back with a later pull where the org still has them, so they are to be erased there first. The file is
    written anew, so that nothing of them stays in it. UsageError where the mirror is in use.
    """
    if not ids:
        return 0
    with mirror.connect(read_only=False) as con:
        tables = con.execute("select object, columns from mirror._pulls order by object").fetchall()
        con.execute("create temp table forgotten as select unnest(?) as id", [sorted(ids)])
        con.execute("begin")
        removed = sum(_forget_in(con, table, references(columns)) for table, columns in tables)
        marked = "select id from forgotten"
        con.execute(f"delete from mirror._merged where loser in ({marked}) or survivor in ({marked})")
        con.execute("commit")
    rewrite(mirror)
    return removed


def _forget_in(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> int:
    before, name = count(con, table), f"mirror.{quoted(table)}"
    keyed = not table.startswith("_")
    own = "_id" if keyed else '"Id"'
    con.execute(f"delete from {name} where {own} in (select id from forgotten)")
    for column in columns:
        # A party belongs to an account, and only that takes it along.
        takes_along = "true" if table not in _PARTIES else f"starts_with(id, '{_ACCOUNT}') and {table != 'Account'}"
        con.execute(f"delete from {name} where {quoted(column)} in ({_forgotten(takes_along, keyed=keyed)})")
        if table in _PARTIES:
            told = _forgotten("true", keyed=keyed)
            con.execute(f"update {name} set {quoted(column)} = null where {quoted(column)} in ({told})")
    return before - count(con, table)


def _forgotten(condition: str, *, keyed: bool) -> str:
    if not keyed:
        return f"select id from forgotten where {condition}"
    return f"select i.key from mirror._ids as i join forgotten using (id) where {condition}"

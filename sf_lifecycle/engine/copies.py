"""An account's rows once a day: which rows those are, where the copies stand, and statements over them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from sf_lifecycle.engine import graph, sql
from sf_lifecycle.engine.compile import Compiled, Compiler, compiled_of
from sf_lifecycle.engine.definitions import OWN_ID
from sf_lifecycle.engine.graph import Key
from sf_lifecycle.engine.reading import needs_of_refs
from sf_lifecycle.engine.scope import KEY, PARENT, link_column
from sf_lifecycle.engine.sources import Copies, Only
from sf_lifecycle.engine.steps import Step
from sf_lifecycle.engine.types import Ref

if TYPE_CHECKING:
    from sf_lifecycle.engine.program import Program

_TIMES = itertools.count()


@dataclass(frozen=True, kw_only=True)
class Root:
    """What is read of a set: `columns` of SQL over `refs`."""

    set: str
    refs: frozenset[Ref]
    columns: tuple[str, ...]


def compile_roots(program: Program, roots: Mapping[str, Root], account: int | None, copies: Copies | None) -> Compiled:
    """Statements by the roots' names: `_key` and the columns. `account`: only its rows, those below it, its clusters;
    None: all rows there are.
    """
    refs = frozenset().union(*(_all_refs(program, root, account) for root in roots.values()))
    compiler = program.compiler(_keys(refs), only=copies)
    for name, root in roots.items():
        _add(compiler, name, root, account)
    return compiled_of(compiler)


@contextmanager
def copies_of(
    program: Program,
    con: duckdb.DuckDBPyConnection,
    account: int,
    roots: Mapping[str, Root],
    *,
    as_of: dt.date,
    history: pa.Table | None,
) -> Iterator[tuple[Copies, int]]:
    """Tables of an account's rows and of those it shares the clusters with that the roots read; how many rows."""
    with ExitStack() as stack:
        table = _tables(con, stack)
        clusters = _clusters(program, roots, account)
        keys = _with_mates(program, con, account, clusters, table, as_of=as_of, history=history)
        tables, rows = _copied(program, con, keys, table)
        yield Copies(days=table("days"), keys=keys, tables=tables), rows


@contextmanager
def neighbours(
    program: Program,
    con: duckdb.DuckDBPyConnection,
    only: Only,
    refs: frozenset[Ref],
    *,
    as_of: dt.date,
    history: pa.Table | None,
) -> Iterator[Only]:
    """One account's rows, with those of the accounts it shares the clusters with that `refs` rest on."""
    clusters = _clusters_below(program, _keys(refs))
    if not clusters:
        yield only
        return
    with ExitStack() as stack:
        table = _tables(con, stack)
        key = only.row if only.account is None else only.account
        keys = _with_mates(program, con, key, clusters, table, as_of=as_of, history=history)
        tables, _ = _copied(program, con, keys, table)
        yield replace(only, keys=keys, tables=tables)


@contextmanager
def among(
    program: Program,
    con: duckdb.DuckDBPyConnection,
    accounts: Collection[str],
    refs: frozenset[Ref],
    *,
    as_of: dt.date,
    history: pa.Table | None,
) -> Iterator[Only]:
    """Some accounts' rows (by Id), with those of the accounts they share the clusters with that `refs` rest on."""
    with ExitStack() as stack:
        table = _tables(con, stack)
        keys = table("keys")
        con.register("lifecycle_among", pa.table({"id": pa.array(sorted(accounts), pa.string())}))
        try:
            known = 'SELECT "key" FROM mirror._ids WHERE id IN (FROM lifecycle_among)'
            con.execute(f"CREATE TEMP TABLE {keys} AS {known}")
        finally:
            con.unregister("lifecycle_among")
        clusters = _clusters_below(program, _keys(refs))
        if clusters:
            _add_mates(program, con, keys, clusters, table, as_of=as_of, history=history)
        tables, _ = _copied(program, con, keys, table)
        yield Only(account=None, row=0, keys=keys, tables=tables)


def _tables(con: duckdb.DuckDBPyConnection, stack: ExitStack) -> Callable[[str], str]:
    """Names for temporary tables, which are gone when the stack is left."""
    number = next(_TIMES)

    def table(what: str) -> str:
        name = f"temp.{sql.quoted(f'lifecycle_copies_{number}_{what}')}"
        stack.callback(con.execute, f"DROP TABLE IF EXISTS {name}")
        return name

    return table


def _with_mates(
    program: Program,
    con: duckdb.DuckDBPyConnection,
    key: int,
    clusters: set[str],
    table: Callable[[str], str],
    *,
    as_of: dt.date,
    history: pa.Table | None,
) -> str:
    """A table of a key and the keys of all that shares these clusters with it."""
    keys = table("keys")
    con.execute(f"CREATE TEMP TABLE {keys} AS SELECT CAST({key} AS BIGINT) AS key")
    if clusters:
        _add_mates(program, con, keys, clusters, table, as_of=as_of, history=history)
    return keys


def _copied(
    program: Program, con: duckdb.DuckDBPyConnection, keys: str, table: Callable[[str], str]
) -> tuple[dict[str, str], int]:
    """The mirror's rows of these accounts, by object; how many there are. Read once, however often they are needed."""
    tables, rows = {}, 0
    for name, links in _links(program).items():
        tables[name] = table(name)
        test = " OR ".join(f"{sql.quoted(link)} IN (FROM {keys})" for link in sorted(links))
        con.execute(f"CREATE TEMP TABLE {tables[name]} AS SELECT * FROM mirror.{sql.quoted(name)} WHERE {test}")
        ((count,),) = con.execute(f"SELECT count(*) FROM {tables[name]}").fetchall()
        rows += int(count)
    return tables, rows


def _links(program: Program) -> dict[str, set[str]]:
    """Object → the columns by which its rows belong to an account, or are one."""
    links: dict[str, set[str]] = {}
    for info in program.reading.found.sets.values():
        for source in info.sources:
            found = links.setdefault(source.object, {KEY})
            if source.parent and source.parent != OWN_ID:
                found.add(source.parent)
    return links


def _all_refs(program: Program, root: Root, account: int | None) -> frozenset[Ref]:
    """With the cluster's key in the rows it gathers, where the account's own clusters are wanted."""
    cluster = program.reading.found.sets[root.set].cluster
    if cluster is None or account is None:
        return root.refs
    return root.refs | {Ref((), cluster.of, link_column(root.set))}


def _keys(refs: frozenset[Ref]) -> set[Key]:
    return {(need.set, need.name) for need in needs_of_refs(refs)}


def _add(compiler: Compiler, name: str, root: Root, account: int | None) -> None:
    info = compiler.found.sets[root.set]
    rows = compiler.rows(root.set, root.refs, extra=(PARENT,) if info.child else ())
    reads, where = rows.reads, ""
    if account is not None and info.cluster is not None:
        link = Ref((), info.cluster.of, link_column(root.set))
        child = compiler.found.sets[info.cluster.of].child
        below = compiler.rows(info.cluster.of, {link}, extra=(PARENT,) if child else ())
        reads += below.reads
        own = f"SELECT {sql.quoted(link.name)} FROM ({below.text}) WHERE {_own(child, account)}"
        where = f" WHERE {sql.quoted(KEY)} IN ({own})"
    elif account is not None:
        where = f" WHERE {_own(info.child, account)}"
    text = f"SELECT {', '.join([sql.quoted(KEY), *root.columns])} FROM ({rows.text}){where}"
    compiler.steps[name] = Step(table=name, text=text, reads=reads, root=True)


def _own(child: bool, account: int) -> str:
    return f"{sql.quoted(PARENT if child else KEY)} // {sql.DAYS} = {account}"


def clusters_of(program: Program, set_: str, refs: frozenset[Ref]) -> set[str]:
    """The clusters that a value of a set rests on, its own set among them."""
    own = {set_} if program.reading.found.sets[set_].cluster else set()
    return own | _clusters_below(program, _keys(refs))


def _clusters(program: Program, roots: Mapping[str, Root], account: int) -> set[str]:
    """The clusters that the roots read anything of."""
    return _clusters_below(program, _keys(frozenset().union(*(_all_refs(program, r, account) for r in roots.values()))))


def _clusters_below(program: Program, wanted: set[Key]) -> set[str]:
    needs = {key: node.needs for key, node in program.nodes.items() if key in program.made}
    below = graph.reachable(needs, wanted)
    sets = program.reading.found.sets
    return {
        name
        for name, info in sets.items()
        if info.cluster and any(key in ((info.cluster.of, link_column(name)), (name, key[1])) for key in below)
    }


def _add_mates(
    program: Program,
    con: duckdb.DuckDBPyConnection,
    keys: str,
    clusters: set[str],
    table: Callable[[str], str],
    *,
    as_of: dt.date,
    history: pa.Table | None,
) -> None:
    """Adds who shares a cluster with the account; and with those, where what one cluster is rests on another."""
    sets = program.reading.found.sets
    roots, linked = {}, []
    for name in sorted(clusters):
        info = sets[name].cluster
        assert info is not None
        parent = sql.quoted(PARENT) if sets[info.of].child else "CAST(NULL AS BIGINT)"
        link = Ref((), info.of, link_column(name))
        columns = (f"{parent} AS parent", f"{sql.quoted(link.name)} AS link")
        roots[name] = Root(set=info.of, refs=frozenset([link]), columns=columns)
    with program.run_compiled(con, {}, compile_roots(program, roots, None, None), as_of=as_of, history=history) as run:
        for name in roots:
            linked.append(table(f"in {name}"))
            run.keep(name, linked[-1], f'SELECT "{KEY}" AS key, parent, link FROM ({{}}) WHERE link IS NOT NULL')
    nested = any(_clusters_below(program, {k for k in program.made if k[0] == name}) - {name} for name in clusters)
    before = 0
    while True:
        mates = " UNION ".join(_mates(links, keys) for links in linked)
        con.execute(f"INSERT INTO {keys} SELECT DISTINCT key FROM ({mates}) WHERE key NOT IN (FROM {keys})")
        ((count,),) = con.execute(f"SELECT count(*) FROM {keys}").fetchall()
        if not nested or count == before:
            return
        before = count


def _mates(links: str, keys: str) -> str:
    mine = f"SELECT link FROM {links} WHERE key IN (FROM {keys}) OR parent IN (FROM {keys})"
    return f"SELECT unnest([key, parent]) AS key FROM {links} WHERE link IN ({mine})"

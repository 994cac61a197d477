"""What time alone will change for one account, and when.

The account's rows, and those of the accounts it shares clusters with, are copied once a day and worked out for many
days in one pass: a copy's key tells its day. All data stay as they are. What labels read of their past is the state at
the end of the first day, which stays true until the first change; only the labels of other rows of a cluster may have
changed before by then, so a value that rests on those and their past is exact no further than their first change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from sf_lifecycle.engine import graph, sql
from sf_lifecycle.engine.compile import Compiled
from sf_lifecycle.engine.copies import Root, clusters_of, compile_roots, copies_of
from sf_lifecycle.engine.definitions import ACCOUNT
from sf_lifecycle.engine.explain import only_of
from sf_lifecycle.engine.parse import Fault, parse
from sf_lifecycle.engine.scope import KEY
from sf_lifecycle.engine.sources import Copies
from sf_lifecycle.engine.today import texts_of
from sf_lifecycle.engine.types import Ref, Typed
from sf_lifecycle.errors import ConfigError, Problem

if TYPE_CHECKING:
    from sf_lifecycle.engine.program import Program
    from sf_lifecycle.engine.run import Run

MOST_DAYS = sql.DAYS - 1
_LEAST_DAYS, _ROWS = 8, 400_000
"""How much is worked out at once: days at least, and rows at most, about."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that changes. `id`: the row's, None where it is a cluster. A question (`kind`) is yes or no, `before`
    and `after` are booleans; a label's are words.
    """

    set: str
    id: str | None
    kind: str
    name: str
    before: str | bool | None
    after: str | bool | None


@dataclass(frozen=True, kw_only=True)
class NextChange:
    """The first day on which something changes, and everything that does on that day."""

    day: dt.date
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """A label or question of a set, as a value of its rows."""

    set: str
    kind: str
    name: str
    value: Typed


def next_change(
    program: Program,
    con: duckdb.DuckDBPyConnection,
    *,
    as_of: dt.date,
    history: pa.Table | None,
    row_id: str,
    days: int,
    asked: Mapping[str, tuple[str, str]],
) -> NextChange | None:
    """None where nothing changes within so many days. `asked`: name → set and condition, true or not of its rows.

    Labels of the account and of its child rows are looked at, and of conditions also those of its clusters. Raises
    UsageError where no record has the Id, ConfigError where a condition cannot be read.
    """
    account = only_of(program, con, ACCOUNT, row_id).row
    watched = [each for each in _watched(program, asked) if _moves(program, each.value)]
    alone = [each for each in watched if not clusters_of(program, each.set, each.value.refs)]
    shared = [each for each in watched if each not in alone]
    found: NextChange | None = None
    days = min(days, MOST_DAYS)
    # What is the account's alone needs few rows, and often tells that no later day has to be looked at.
    for group in (alone, shared):
        if group:
            work = _Work(program=program, con=con, account=account, watched=group, as_of=as_of)
            found = _sooner(found, work.find(history, (found.day - as_of).days if found else days))
    return found


def _sooner(one: NextChange | None, other: NextChange | None) -> NextChange | None:
    if one is None or other is None:
        return one or other
    if one.day == other.day:
        changes = sorted([*one.changes, *other.changes], key=lambda c: (c.set, c.kind, c.name, c.id or ""))
        return NextChange(day=one.day, changes=tuple(changes))
    return min(one, other, key=lambda each: each.day)


def _watched(program: Program, asked: Mapping[str, tuple[str, str]]) -> Iterator[_Watched]:
    reading = program.reading
    for set_, label in sorted(program.reading.found.labels):
        if set_ == ACCOUNT or reading.found.sets[set_].child:
            yield _Watched(set=set_, kind="label", name=label, value=reading.name((label,), set_))
    for name, (set_, text) in asked.items():
        try:
            tree = parse(text).tree
            reading.needs_of(tree, set_)
            yield _Watched(set=set_, kind="question", name=name, value=reading.translator(set_).condition(tree))
        except Fault as fault:
            problem = Problem(file="", place=name, message=f"{text}: {fault.message}", hint=fault.hint)
            raise ConfigError([problem]) from fault


def _moves(program: Program, value: Typed) -> bool:
    """Whether today has a say in it, however far below."""
    if sql.TODAY in value.sql:
        return True
    needs = {key: node.needs for key, node in program.nodes.items() if key in program.made}
    below = graph.reachable(needs, {(ref.set, ref.name) for ref in value.refs})
    # Rows come and go with the day where a source is narrowed by it.
    sets = {set_ for set_, _ in below} | {ref.set for ref in value.refs}
    sets |= {program.made[key].below for key in below if program.made[key].below}
    narrowed = [where for set_ in sets & set(program.origins) for where in program.origins[set_].where.values()]
    return any(sql.TODAY in text for key in below for text in texts_of(program.made[key])) or any(
        sql.TODAY in where.sql for where in narrowed
    )


def _roots(program: Program, watched: Sequence[_Watched]) -> dict[str, Root]:
    """What is read of each set."""
    roots = {}
    for set_ in dict.fromkeys(each.set for each in watched):
        values = [(each.kind, each.value) for each in watched if each.set == set_]
        said = [f"coalesce({value.sql}, FALSE)" if kind == "question" else value.sql for kind, value in values]
        roots[set_] = Root(
            set=set_,
            refs=frozenset().union(*(value.refs for _, value in values)),
            columns=tuple(f"{text} AS v{index}" for index, text in enumerate(said)),
        )
    return roots


@dataclass(frozen=True, kw_only=True)
class _Work:
    """One account's copies, and what is watched of them."""

    program: Program
    con: duckdb.DuckDBPyConnection
    account: int
    watched: Sequence[_Watched]
    as_of: dt.date

    def find(self, history: pa.Table | None, days: int) -> NextChange | None:
        """The first of so many days on which anything changes."""
        roots = _roots(self.program, self.watched)
        with copies_of(self.program, self.con, self.account, roots, as_of=self.as_of, history=history) as (
            copies,
            rows,
        ):
            compiled = compile_roots(self.program, roots, self.account, copies)
            history = self._after(compiled, copies, history)
            size = max(_LEAST_DAYS, _ROWS // (rows + 1))
            for first in range(1, days + 1, size):
                chunk = range(first, min(first + size, days + 1))
                found = self._changes(compiled, copies, chunk, history)
                if found is not None:
                    return found
        return None

    def _after(self, compiled: Compiled, copies: Copies, history: pa.Table | None) -> pa.Table | None:
        """What history will say of these rows once the first day is over, of the labels whose past is read."""
        keys = sorted(compiled.history)
        if not keys:
            return None
        roots = {f"{set_}.{label}": self._state(set_, label) for set_, label in keys}
        states = compile_roots(self.program, roots, None, copies)
        tables = []
        with self._run(states, copies, [0], history) as run:
            for set_, label in keys:
                around = f"""
                    SELECT {sql.text(set_)} AS "set", {sql.text(label)} AS label, i.id, word, since, highest, previous
                    FROM ({{}}) AS q JOIN mirror._ids AS i ON i.key = q."{KEY}" // {sql.DAYS}
                    WHERE word IS NOT NULL
                """
                tables.append(run.read(f"{set_}.{label}", around))
        return pa.concat_tables(tables)

    def _changes(self, compiled: Compiled, copies: Copies, days: range, history: pa.Table | None) -> NextChange | None:
        """What changes on the first of these days on which anything does."""
        found: list[tuple[int, Change]] = []
        with self._run(compiled, copies, [0, *days], history) as run:
            for set_ in dict.fromkeys(each.set for each in self.watched):
                found += self._of_set(run, set_)
        if not found:
            return None
        first = min(day for day, _ in found)
        changes = tuple(change for day, change in found if day == first)
        return NextChange(day=self.as_of + dt.timedelta(days=first), changes=changes)

    def _run(self, compiled: Compiled, copies: Copies, days: Sequence[int], history: pa.Table | None) -> Run:
        numbers = 'SELECT unnest(?::BIGINT[]) AS "#day"'
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {copies.days} AS {numbers}", [list(days)])
        return self.program.run_compiled(self.con, {}, compiled, as_of=self.as_of, history=history, days=copies.days)

    def _of_set(self, run: Run, set_: str) -> Iterator[tuple[int, Change]]:
        mine = [each for each in self.watched if each.set == set_]
        for row in run.read(set_, self._differing(set_, len(mine))).to_pylist():
            for index, each in enumerate(mine):
                was, now = row[f"was{index}"], row[f"v{index}"]
                if was != now:
                    yield (
                        row["day"],
                        Change(set=set_, id=row["id"], kind=each.kind, name=each.name, before=was, after=now),
                    )

    def _differing(self, set_: str, count: int) -> str:
        """SQL for rows that are not what they were on the first day: those of the first day on which any is not."""
        key, values = sql.quoted(KEY), ", ".join(f"v{i}" for i in range(count))
        was = ", ".join(f"first_value(v{i}) OVER own AS was{i}" for i in range(count))
        other = " OR ".join(f"v{i} IS DISTINCT FROM was{i}" for i in range(count))
        days = f"SELECT {key} // {sql.DAYS} AS key, {key} % {sql.DAYS} AS day, {values} FROM ({{}})"
        both = f"SELECT *, {was} FROM ({days}) WINDOW own AS (PARTITION BY key ORDER BY day)"
        first = f"SELECT * FROM (SELECT * FROM ({both}) WHERE {other}) QUALIFY day = min(day) OVER ()"
        is_cluster = self.program.reading.found.sets[set_].cluster is not None
        named = "CAST(NULL AS VARCHAR)" if is_cluster else "i.id"
        return (
            f"SELECT q.*, {named} AS id FROM ({first}) AS q LEFT JOIN mirror._ids AS i ON i.key = q.key ORDER BY q.key"
        )

    def _state(self, set_: str, label: str) -> Root:
        parts = {"word": label, "since": f"{label}#since", "previous": f"{label}#previous"}
        if (set_, f"{label}#highest") in self.program.made:
            parts["highest"] = f"{label}#highest"
        columns = [f"{sql.quoted(name)} AS {part}" for part, name in parts.items()]
        if "highest" not in parts:
            columns.append("CAST(NULL AS VARCHAR) AS highest")
        refs = frozenset(Ref((), set_, name) for name in parts.values())
        return Root(set=set_, refs=refs, columns=tuple(columns))

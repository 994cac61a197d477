"""Running a program: statements in order on the connection it is given, results fetched, tables dropped."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import time
from collections.abc import Collection, Iterator, Mapping
from types import TracebackType

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Label
from sf_lifecycle.engine import sql
from sf_lifecycle.engine.because import render
from sf_lifecycle.engine.compile import history_table
from sf_lifecycle.engine.fetch_sql import AMONG, among_rows, id_columns, root, told_columns
from sf_lifecycle.engine.graph import Key
from sf_lifecycle.engine.labels import HISTORY
from sf_lifecycle.engine.query import Asked
from sf_lifecycle.engine.sources import corporate_currency
from sf_lifecycle.engine.steps import Script, Statement, reading

HISTORY_COLUMNS = ("set", "label", "id", "word", "since", "highest", "previous")
CHOSEN, CHOSEN_IDS = "chosen rows", "chosen ids"
_RUNS = itertools.count()


def harden(con: duckdb.DuckDBPyConnection) -> None:
    """No files, no network, no extensions, and none of that to be changed any more: call it once the file is open."""
    con.execute("SET autoinstall_known_extensions = false")
    con.execute("SET autoload_known_extensions = false")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


class Run:
    """Values worked out for one day. Holds temporary tables on the connection until closed; use it as a context.

    `days`: a table of days' numbers, where each row stands there once a day, `as_of` being the first.

    `steps`: seconds by step, in order; a query's seconds are added when it is fetched.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        *,
        script: Script,
        asked: Mapping[str, Asked],
        labels: Mapping[Key, Label],
        history_of: frozenset[Key],
        locales: Mapping[Key, str],
        as_of: dt.date,
        history: pa.Table | None,
        days: str = "",
    ) -> None:
        self._con, self._asked, self._labels, self._days = con, asked, labels, days
        self._locales, self._as_of = locales, as_of
        self._currency = corporate_currency(con)
        self._prefix = f"lifecycle_{next(_RUNS)}"
        self._numbers = itertools.count()
        self._tables: dict[str, str] = {}
        self._roots = {each.table: each for each in script.statements if each.root}
        self.steps: dict[str, float] = {}
        try:
            for set_, label in sorted(history_of):
                self._make_history(set_, label, history)
            for statement in script.statements:
                if not statement.root:
                    self._timed(
                        statement.table, f"CREATE TEMP TABLE {self._new(statement.table)} AS {self._text(statement)}"
                    )
                for table in [t for t, last in script.last_use.items() if last == statement.table]:
                    self._drop(table)
        except BaseException:
            self.close()
            raise

    def fetch(self, query_name: str, *, among: tuple[str, Collection[str] | pa.Array] | None = None) -> pa.Table:
        """A query's result: `_key`, `_id` (18 characters, null for clusters), then its columns; sorted.

        `among`: only rows where a column of texts or Ids has one of these values, or whose `_key` (an Arrow array of
        integers) is one of these; what is worth the same for a group is worked out of all of its rows.
        """
        asked = self._asked[query_name]
        started = time.perf_counter()
        try:
            text = self._text(self._roots[root(asked)]).replace(AMONG, self._among(asked, among))
            if not asked.told:
                table = self._result(text)
                columns = [name.removeprefix("=") for name in table.column_names]
                table = self._with_ids(asked, table.rename_columns(columns))
            else:
                table = self._told(asked, text)
        finally:
            self._drop(CHOSEN)
        self.steps[root(asked)] = self.steps.get(root(asked), 0.0) + time.perf_counter() - started
        return table

    def portions(self, query_name: str, size: int) -> Iterator[pa.Table]:
        """The same in portions of up to `size` rows, for what would be long: only one is held at a time."""
        asked = self._asked[query_name]
        started = time.perf_counter()
        try:
            said, joins = self._reasons(asked, self._text(self._roots[root(asked)]).replace(AMONG, ""))
            ((rows,),) = self._con.execute(f"SELECT count(*) FROM {self._table('result')}").fetchall()
            for first in range(1, max(int(rows), 1) + 1, size):
                where = f'"q"."#row" BETWEEN {first} AND {first + size - 1}'
                yield self._with_ids(asked, self._result(self._said(asked, said, joins, where)))
        finally:
            self._drop_reasons(asked)
        self.steps[root(asked)] = self.steps.get(root(asked), 0.0) + time.perf_counter() - started

    def _among(self, asked: Asked, among: tuple[str, Collection[str] | pa.Array] | None) -> str:
        if among is None:
            return ""
        column, values = among
        if not isinstance(values, pa.Array):
            return among_rows(asked, column, values)
        self._register(CHOSEN, pa.table({"value": values}))
        return among_rows(asked, column, None, self._table(CHOSEN))

    def read(self, root: str, around: str) -> pa.Table:
        """The result of SQL `around` a statement, which stands in it as `{}`."""
        return self._result(around.format(self._text(self._roots[root])))

    def keep(self, root: str, table: str, around: str) -> None:
        """The same as a temporary table, which is the caller's to drop."""
        self._con.execute(f"CREATE TEMP TABLE {table} AS {around.format(self._text(self._roots[root]))}")

    def close(self) -> None:
        """Drop what the run made. Harmless when repeated."""
        for table in list(self._tables):
            self._drop(table)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _told(self, asked: Asked, text: str) -> pa.Table:
        """The result with reasons."""
        try:
            return self._with_ids(asked, self._result(self._said(asked, *self._reasons(asked, text))))
        finally:
            self._drop_reasons(asked)

    def _with_ids(self, asked: Asked, table: pa.Table) -> pa.Table:
        """Keys of records as their Ids. Looked up here: a join would hold all Ids there are, once a column."""
        for column in id_columns(asked):
            keys = table[column].combine_chunks()
            found = pc.unique(keys)
            self._register(CHOSEN_IDS, pa.table({"value": found}))
            try:
                listed = f'SELECT "key", "id" FROM mirror._ids WHERE "key" IN (FROM {self._table(CHOSEN_IDS)})'
                known = self._result(listed)
            finally:
                self._drop(CHOSEN_IDS)
            place = pc.index_in(keys, value_set=known["key"].combine_chunks())
            ids = known["id"].combine_chunks().take(place)
            table = table.set_column(table.column_names.index(column), column, ids)
        return table

    def _reasons(self, asked: Asked, text: str) -> tuple[dict[str, str], str]:
        """Keeps the result in a table and its reasons, each distinct one rendered once, in others: the SQL of the
        columns with reasons, and the joins that bring them.
        """
        result = self._new("result")
        self._con.execute(f'CREATE TEMP TABLE {result} AS SELECT *, row_number() OVER () AS "#row" FROM ({text})')
        said, joins = {}, ""
        for index, (column, told) in enumerate(asked.told.items()):
            names = [sql.quoted(out) for out, _ in told_columns(asked, column, index)]
            distinct = self._result(f"SELECT DISTINCT {', '.join(names)} FROM {result} ORDER BY ALL")
            key = told.reason.set, told.reason.label
            rendered = render(told.reason, self._labels[key], distinct, self._locales[key], self._currency)
            alias = sql.quoted(f"t{index}")
            self._register(f"texts {index}", rendered)
            same = " AND ".join(f'"q".{name} IS NOT DISTINCT FROM {alias}.{name}' for name in names)
            joins += f" LEFT JOIN {self._table(f'texts {index}')} AS {alias} ON {same}"
            said[column] = f'{alias}."text"'
        return said, joins

    def _said(self, asked: Asked, said: Mapping[str, str], joins: str, where: str = "TRUE") -> str:
        order = [*asked.query.select, *asked.query.aggregates]
        columns = [
            f"{said.get(c) or chr(34) + 'q' + chr(34) + '.' + sql.quoted('=' + c)} AS {sql.quoted(c)}" for c in order
        ]
        listed = ", ".join(['"q"."_key"', '"q"."_id"', *columns])
        return f'SELECT {listed} FROM {self._table("result")} AS "q"{joins} WHERE {where} ORDER BY "q"."#row"'

    def _drop_reasons(self, asked: Asked) -> None:
        for name in ("result", *(f"texts {index}" for index in range(len(asked.told)))):
            self._drop(name)

    def _result(self, text: str) -> pa.Table:
        return self._con.sql(text).to_arrow_table()

    def _make_history(self, set_: str, label: str, history: pa.Table | None) -> None:
        columns = ", ".join(f"{have} AS {sql.quoted(f'{label}#{part}')}" for part, have in HISTORY.items())
        name = history_table(set_, label)
        if history is None:
            empty = "CAST(NULL AS VARCHAR) AS word, CAST(NULL AS DATE) AS since, CAST(NULL AS VARCHAR) AS highest"
            rows = f"SELECT CAST(NULL AS BIGINT) AS _key, {empty}, CAST(NULL AS VARCHAR) AS previous WHERE FALSE"
        else:
            previous = "h.previous" if "previous" in history.column_names else "CAST(NULL AS VARCHAR)"
            source = f"{self._prefix}_history"
            self._con.register(source, history)
            rows = (
                f'SELECT i."key" AS _key, h.word, CAST(h.since AS DATE) AS since, h.highest, {previous} AS previous '
                f"FROM {source} AS h JOIN mirror._ids AS i ON i.id = h.id "
                f'WHERE h."set" = {sql.text(set_)} AND h.label = {sql.text(label)}'
            )
        if self._days:
            rows = f'SELECT * REPLACE (_key * {sql.DAYS} + "#day" AS _key) FROM ({rows}) CROSS JOIN {self._days}'
        try:
            self._con.execute(f"CREATE TEMP TABLE {self._new(name)} AS SELECT _key, {columns} FROM ({rows})")
        finally:
            if history is not None:
                self._con.unregister(f"{self._prefix}_history")

    def _register(self, name: str, table: pa.Table) -> None:
        source = f"{self._prefix}_source"
        self._con.register(source, table)
        try:
            self._con.execute(f"CREATE TEMP TABLE {self._new(name)} AS SELECT * FROM {source}")
        finally:
            self._con.unregister(source)

    def _new(self, table: str) -> str:
        self._tables[table] = f"{self._prefix}_{next(self._numbers)}_{re.sub(r'[^a-z0-9_]', '_', table)}"
        return self._table(table)

    def _table(self, table: str) -> str:
        return sql.quoted(self._tables[table])

    def _drop(self, table: str) -> None:
        name = self._tables.pop(table, None)
        if name is not None:
            self._con.execute(f"DROP TABLE IF EXISTS temp.{sql.quoted(name)}")

    def _timed(self, step: str, text: str) -> None:
        started = time.perf_counter()
        self._con.execute(text)
        self.steps[step] = time.perf_counter() - started

    def _text(self, statement: Statement) -> str:
        text = statement.on(self._as_of, days=bool(self._days))
        for table in self._tables:
            text = text.replace(table if table.startswith("\x01") else reading(table), self._table(table))
        return text

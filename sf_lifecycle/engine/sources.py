"""The rows of a set as the mirror has them, by our names: the one place that knows the mirror's tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import duckdb

from sf_lifecycle.config.mapping import Source as RoleSource
from sf_lifecycle.engine import sql
from sf_lifecycle.engine.definitions import OWN_ID, SetInfo, currency_code
from sf_lifecycle.engine.scope import KEY, PARENT
from sf_lifecycle.engine.types import Typed

ID_TEXT = "_id"


@dataclass(frozen=True, kw_only=True)
class Only:
    """Rows of one account and what hangs on it (or, where there is none, one row): by their keys.

    `keys`: a table of the keys of all accounts and rows to be read, its own among them, `tables` the copies of theirs
    by object; empty: no others, and the mirror's own tables.
    """

    account: int | None
    row: int
    keys: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Copies:
    """Rows once a day: tables that hold the days' numbers, the keys of accounts, and by object the rows of theirs."""

    days: str
    keys: str
    tables: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A role's rows: the set and the condition of each of its sources, where it has one."""

    info: SetInfo
    where: Mapping[int, Typed]

    def select(self, columns: Collection[str], *, only: Only | Copies | None = None) -> str:
        """SQL giving `_key`, `_parent`, `_id` and fields, as far as asked for."""
        parts = [self._one(index, source, columns, only) for index, source in enumerate(self.info.sources)]
        return " UNION ALL BY NAME ".join(parts)

    def _one(self, index: int, source: RoleSource, columns: Collection[str], only: Only | Copies | None) -> str:
        where = self.where.get(index)
        inner = set(columns) | ({ref.name for ref in where.refs} if where else set())
        if only is not None:
            inner |= {PARENT, KEY}
        said = [f"{self._column(source, name)} AS {sql.quoted(name)}" for name in sorted(inner)]
        text = f"SELECT {', '.join(said)} FROM {self._table(source, inner, only)}"
        if isinstance(only, Copies):
            text = self._copied(text, inner, only)
        tests = ([where.sql] if where else []) + ([self._only(only)] if isinstance(only, Only) else [])
        if not tests:
            return text
        outer = ", ".join(sql.quoted(name) for name in sorted(columns))
        return f"SELECT {outer} FROM ({text}) WHERE {' AND '.join(f'({test})' for test in tests)}"

    def _table(self, source: RoleSource, names: Collection[str], only: Only | Copies | None) -> str:
        """The mirror's table, or its copy, with the rate of each currency code beside an amount among `names`."""
        text = f"mirror.{sql.quoted(source.object)}"
        text = only.tables.get(source.object, text) if only is not None else text
        for code in sorted({code for name in names if (code := self._code(source, name)) is not None}):
            rate = sql.quoted(_rate(code))
            text += f" LEFT JOIN (SELECT iso AS {sql.quoted(f'iso of {code}')}, rate AS {rate} FROM mirror._rates)"
            text += f" ON {sql.quoted(f'iso of {code}')} = {sql.quoted(code)}"
        return text

    def _code(self, source: RoleSource, name: str) -> str | None:
        """The column of the currency code that a field's amount is to be converted by."""
        ref = source.fields.get(name)
        if ref is None or ref.currency == "own" or (source.object, ref.field) not in self.info.money:
            return None
        return currency_code(ref.field)

    def _copied(self, text: str, names: Collection[str], copies: Copies) -> str:
        said = [
            f'{sql.quoted(name)} * {sql.DAYS} + "#day" AS {sql.quoted(name)}'
            if self._is_key(name)
            else sql.quoted(name)
            for name in sorted(names)
        ]
        kept = f"SELECT * FROM ({text}) WHERE {self._only(copies)}"
        return f"SELECT {', '.join(said)} FROM ({kept}) CROSS JOIN {copies.days}"

    def _is_key(self, name: str) -> bool:
        return name in (KEY, PARENT) or (name in self.info.fields and self.info.fields[name].kind == "id")

    def _only(self, only: Only | Copies) -> str:
        key, parent = sql.quoted(KEY), sql.quoted(PARENT)
        if only.keys:
            return f"{key} IN (FROM {only.keys}) OR {parent} IN (FROM {only.keys})"
        assert isinstance(only, Only)  # copies always have their keys in a table
        if only.account is None:
            return f"{key} = {only.row}"
        return f"{key} = {only.account} OR {parent} = {only.account}"

    def _column(self, source: RoleSource, name: str) -> str:
        if name in (KEY, ID_TEXT):
            return sql.quoted(name)
        if name == PARENT and source.parent == OWN_ID:
            return sql.quoted(KEY)
        if name == PARENT:
            return sql.quoted(source.parent) if source.parent else "CAST(NULL AS BIGINT)"
        if name == "object":
            return sql.text(source.object)
        type_ = self.info.fields[name]
        ref = source.fields.get(name)
        if ref is None:
            return f"CAST(NULL AS {type_.sql})"
        column = sql.quoted(ref.field)
        code = self._code(source, name)
        if code is not None:
            column = sql.converted(column, sql.quoted(_rate(code)), self.info.money[source.object, ref.field])
        if type_.kind == "number" and type_.scale and len(self.info.sources) > 1:
            return f"CAST({column} AS {type_.sql})"
        return column


def corporate_currency(con: duckdb.DuckDBPyConnection) -> str | None:
    """The code that amounts are in, in an org with several currencies; None where there is one, or it is not known."""
    has = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'mirror' AND table_name = '_rates'"
    if not con.execute(has).fetchall():
        return None
    found = con.execute("SELECT min(iso) FROM mirror._rates WHERE corporate").fetchall()
    return None if found[0][0] is None else str(found[0][0])


def _rate(code: str) -> str:
    """The column that brings a currency code's rate."""
    return f"rate of {code}"

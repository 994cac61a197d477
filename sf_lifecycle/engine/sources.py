"""The rows of a set as the mirror has them, by our names: the one place that knows the mirror's tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sf_lifecycle.config.mapping import Source as RoleSource
from sf_lifecycle.engine import sql
from sf_lifecycle.engine.definitions import SetInfo
from sf_lifecycle.engine.scope import KEY, PARENT
from sf_lifecycle.engine.types import Typed

ID_TEXT = "_id"


@dataclass(frozen=True, kw_only=True)
class Only:
    """Rows of one account and what hangs on it (or, where there is none, one row): by their keys."""

    account: int | None
    row: int


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A role's rows: the set and the condition of each of its sources, where it has one."""

    info: SetInfo
    where: Mapping[int, Typed]

    def select(self, columns: Collection[str], *, only: Only | None = None) -> str:
        """SQL giving `_key`, `_parent`, `_id` and fields, as far as asked for."""
        parts = [self._one(index, source, columns, only) for index, source in enumerate(self.info.sources)]
        return " UNION ALL BY NAME ".join(parts)

    def _one(self, index: int, source: RoleSource, columns: Collection[str], only: Only | None) -> str:
        where = self.where.get(index)
        inner = set(columns) | ({ref.name for ref in where.refs} if where else set())
        if only is not None:
            inner |= {PARENT, KEY}
        said = [f"{self._column(source, name)} AS {sql.quoted(name)}" for name in sorted(inner)]
        text = f"SELECT {', '.join(said)} FROM mirror.{sql.quoted(source.object)}"
        tests = ([where.sql] if where else []) + ([self._only(only)] if only is not None else [])
        if not tests:
            return text
        outer = ", ".join(sql.quoted(name) for name in sorted(columns))
        return f"SELECT {outer} FROM ({text}) WHERE {' AND '.join(f'({test})' for test in tests)}"

    def _only(self, only: Only) -> str:
        key, parent = sql.quoted(KEY), sql.quoted(PARENT)
        if only.account is None:
            return f"{key} = {only.row}"
        return f"{key} = {only.account} OR {parent} = {only.account}"

    def _column(self, source: RoleSource, name: str) -> str:
        if name in (KEY, ID_TEXT):
            return sql.quoted(name)
        if name == PARENT:
            return sql.quoted(source.parent) if source.parent else "CAST(NULL AS BIGINT)"
        if name == "object":
            return sql.text(source.object)
        type_ = self.info.fields[name]
        ref = source.fields.get(name)
        if ref is None:
            return f"CAST(NULL AS {type_.sql})"
        column = sql.quoted(ref.field)
        if type_.kind == "number" and type_.scale and len(self.info.sources) > 1:
            return f"CAST({column} AS {type_.sql})"
        return column

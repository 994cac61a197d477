"""A query ready to run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sf_lifecycle.localorg.schema import Field
from sf_lifecycle.localorg.soql.shape import Record, Row, Shape
from sf_lifecycle.localorg.soql.sql import Param


@dataclass(frozen=True, kw_only=True)
class Column:
    """A selected value: its name as in a CSV header (`Account.Name`), its type, and its field unless computed."""

    name: str
    type: str
    field: Field | None


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """SQLite SQL with its values. Its rows begin with `columns`, in order; what follows is for `shape` only.

    `is_count`: `SELECT COUNT()`; the only row holds the number, which REST gives as totalSize with no records.
    `is_aggregate`: the records are AggregateResults. `features`: clauses used, of "AGGREGATE", "CHILDREN", "COMPOUND",
    "COUNT", "GROUP BY", "LIMIT", "OFFSET", "ORDER BY".
    """

    sql: str
    params: tuple[Param, ...]
    object_name: str
    is_count: bool
    is_aggregate: bool
    columns: tuple[Column, ...]
    features: frozenset[str]
    _shape: Shape

    def shape(self, rows: Iterable[Row], api_version: str) -> list[Record]:
        """The rows as REST records. `api_version` as in `65.0`; it stands in the records' URLs."""
        return self._shape.records(rows, api_version)

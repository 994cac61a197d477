"""Hooks around a write. Rows are stored values under their API field names."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from ..access import Access
from ..store import Store

Row = dict[str, Any]


class Context(Protocol):
    """What a rule may use: the transaction, the store, the running user and the moment of the write."""

    @property
    def con(self) -> sqlite3.Connection: ...

    @property
    def store(self) -> Store: ...

    @property
    def access(self) -> Access: ...

    @property
    def moment(self) -> datetime: ...

    @property
    def now(self) -> str: ...

    @property
    def today(self) -> str: ...

    def create(self, object_name: str, row: Row) -> str: ...

    def change(self, object_name: str, record_id: str, changes: Mapping[str, Any]) -> None: ...


class Rule:
    """Does nothing; objects override what they need. Any hook may raise ApiError and so refuse the row.

    `goes_along`: deleted together with its parent, a record is not asked whether it may go.
    """

    goes_along = False

    def given(self, ctx: Context, row: Row) -> None:
        """`row` holds what somebody gave for a new record; required fields may be put into it."""

    def before_insert(self, ctx: Context, row: Row) -> None:
        """`row` holds given values and defaults; more may be put into it."""

    def after_insert(self, ctx: Context, row: Row) -> None: ...

    def before_update(self, ctx: Context, old: Mapping[str, Any], changes: Row) -> None:
        """`changes` holds the given values; derived ones may be put into it."""

    def after_update(self, ctx: Context, old: Mapping[str, Any], new: Mapping[str, Any]) -> None: ...

    def before_delete(self, ctx: Context, old: Mapping[str, Any]) -> None: ...

    def after_delete(self, ctx: Context, old: Mapping[str, Any]) -> None: ...

    def after_undelete(self, ctx: Context, row: Mapping[str, Any]) -> None: ...


def one(ctx: Context, sql: str, *params: Any) -> Any:
    """The first column of the first row, or None."""
    row = ctx.con.execute(sql, params).fetchone()
    return None if row is None else row[0]

"""Many rows at once: a million of them pass without an object or a statement each."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table
from sqlalchemy.dialects import postgresql, sqlite

IDS = 1_000  # per statement; drivers cap their parameters
ROWS = 20_000

T = TypeVar("T")


def portions(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`."""
    rest = iter(values)
    return iter(lambda: list(islice(rest, size)), [])


def upsert(connection: Connection, table: Table) -> Any:
    """An insert into `table` of this database's own kind: one that knows ON CONFLICT."""
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table)


def send(
    connection: Connection,
    statement: Any,
    table: Table,
    names: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    same: Mapping[str, Any],
) -> None:
    """Execute an insert into `table` for each of `rows`: values of the columns `names`, those of `same` for them all.

    The statement itself must hold no bound values.
    """
    if connection.dialect.name == "sqlite":
        _send_to_sqlite(connection, statement, table, names, rows, same)
        return
    for some in portions(rows, ROWS):
        connection.execute(statement, [dict(zip(names, row, strict=True), **same) for row in some])


def _send_to_sqlite(
    connection: Connection,
    statement: Any,
    table: Table,
    names: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
    same: Mapping[str, Any],
) -> None:
    """A third of the time: past SQLAlchemy's dictionaries, tuples in the order that the compiled statement wants."""
    columns = [*names, *same]
    compiled = statement.compile(dialect=connection.dialect, column_keys=columns)
    pick = operator.itemgetter(*(columns.index(name) for name in compiled.positiontup))
    stored = {name: table.c[name].type.bind_processor(connection.dialect) for name in columns}
    constants = tuple(value if (store := stored[name]) is None else store(value) for name, value in same.items())
    converted = [(i, store) for i, name in enumerate(names) if (store := stored[name]) is not None]
    for some in portions(rows, ROWS):
        tuples = []
        for row in some:
            values = [*row, *constants]
            for i, store in converted:
                values[i] = store(values[i])
            tuples.append(pick(values))
        connection.exec_driver_sql(str(compiled), tuples)


def columns_of(connection: Connection, query: Select[Any]) -> list[tuple[Any, ...]]:
    """The result of `query` as columns of the driver's own values: SQLite hands out dates as text."""
    result = connection.execute(query)
    cursor: Any = result.cursor
    rows = cursor.fetchall()
    result.close()
    return list(zip(*rows, strict=True)) or [()] * len(query.selected_columns)

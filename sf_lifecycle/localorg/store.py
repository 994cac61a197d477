"""The records: SQLite, one table per sObject, one column per field, both under their API names.

Values are stored as SOQL compares them: booleans 0 or 1, dates `YYYY-MM-DD`, datetimes `YYYY-MM-DDTHH:MM:SS.000Z` in
UTC, Ids with 18 characters. A deleted record stays with IsDeleted = 1. Compound fields have no column.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

from . import ids, merging, seeding
from .clock import Clock, utc_now
from .ddl import create_tables
from .schema import Field, Schema, SObject

_PICKLIST_ENTRIES = "01J"  # objects without a key prefix of their own are entries of a picklist


class Store:
    """All records of one org. Any number of readers, one writer at a time; safe to use from several threads."""

    def __init__(self, path: str | Path, schema: Schema, *, now: Clock = utc_now) -> None:
        """`path`: a file, made if absent, or ":memory:" for an org that is gone when it is closed."""
        self.schema = schema
        self.now = now
        self._folder: str | None = None
        lasting = str(path) != ":memory:"
        if not lasting:
            # A shared in-memory database locks whole tables against readers; a file that nobody syncs does not.
            self._folder = tempfile.mkdtemp(prefix="localorg-")
            path = Path(self._folder) / "org.db"
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._synchronous = "NORMAL" if lasting else "OFF"
        self._lock = threading.RLock()
        self._readers: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._current: ContextVar[sqlite3.Connection | None] = ContextVar("localorg_transaction", default=None)
        self._writer = self._connect()
        with self.write() as con:
            create_tables(con, schema)

    def _connect(self) -> sqlite3.Connection:
        con = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, cached_statements=512)
        con.execute("PRAGMA journal_mode = WAL")
        con.execute(f"PRAGMA synchronous = {self._synchronous}")
        con.execute("PRAGMA cache_size = -65536")
        con.execute("PRAGMA temp_store = MEMORY")
        con.row_factory = sqlite3.Row
        return con

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with. Inside `write()` of the same thread it sees what was written there."""
        current = self._current.get()
        if current is not None:
            yield current
            return
        try:
            con = self._readers.get_nowait()
        except Empty:
            con = self._connect()
        try:
            yield con
        finally:
            self._readers.put(con)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back on any exception. One inside another is a savepoint."""
        current = self._current.get()
        if current is not None:
            with _savepoint(current):
                yield current
            return
        with self._lock:
            con = self._writer
            con.execute("BEGIN IMMEDIATE")
            token = self._current.set(con)
            try:
                yield con
            except BaseException:
                con.execute("ROLLBACK")
                raise
            else:
                con.execute("COMMIT")
            finally:
                self._current.reset(token)

    def close(self) -> None:
        with self._lock:
            self._writer.close()
            while True:
                try:
                    self._readers.get_nowait().close()
                except Empty:
                    break
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)

    # -- facts about the org itself ------------------------------------------------------------------------------

    def setting(self, name: str) -> str | None:
        with self.read() as con:
            row = con.execute('SELECT value FROM "_setting" WHERE name = ?', (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        with self.write() as con:
            con.execute('INSERT OR REPLACE INTO "_setting" (name, value) VALUES (?, ?)', (name, value))

    # -- records -------------------------------------------------------------------------------------------------

    def object(self, name: str) -> SObject:
        """The object; KeyError if there is none."""
        found = self.schema.get(name)
        if found is None:
            raise KeyError(f"no object {name}")
        return found

    def get(self, object_name: str, record_id: str) -> dict[str, Any] | None:
        """The stored row, deleted ones too, by 18-character Id."""
        name = self.object(object_name).name
        with self.read() as con:
            row = con.execute(f'SELECT * FROM "{name}" WHERE "Id" = ?', (record_id,)).fetchone()
        return None if row is None else dict(row)

    def allot(self, object_name: str, count: int = 1) -> Sequence[str]:
        """Fresh Ids, in rising order."""
        prefix = self.object(object_name).key_prefix or _PICKLIST_ENTRIES
        return list(ids.make_many(prefix, self.next_number(prefix, count), count))

    def next_number(self, name: str, count: int = 1) -> int:
        """The first of `count` consecutive numbers of a named sequence, for auto-number fields."""
        with self.write() as con:
            row = con.execute(
                'INSERT INTO "_sequence" (name, last) VALUES (?, ?)'
                " ON CONFLICT (name) DO UPDATE SET last = last + excluded.last RETURNING last",
                (name, count),
            ).fetchone()
        return int(row[0]) - count + 1

    def auto_number(self, sobject: SObject, field: Field) -> str:
        return seeding.auto_number(field, self.next_number(f"{sobject.name}.{field.name}"))

    def insert_many(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """Insert records fast and unchecked, for seeding; see `seeding.insert_many`. Ids in the order of the rows."""
        return seeding.insert_many(self, self.object(object_name), rows)

    def analyze(self) -> None:
        """Let SQLite look at the data, so that it picks the right indexes."""
        with self._lock:
            self._writer.execute("ANALYZE")

    def merge(self, object_name: str, master: str, losers: Sequence[str]) -> None:
        """Merge records as Salesforce does: losers are deleted and point to the master, their children move to it."""
        merging.merge(self, self.object(object_name), master, losers)


@contextmanager
def _savepoint(con: sqlite3.Connection) -> Iterator[None]:
    con.execute("SAVEPOINT inner")
    try:
        yield
    except BaseException:
        con.execute("ROLLBACK TO inner")
        con.execute("RELEASE inner")
        raise
    con.execute("RELEASE inner")

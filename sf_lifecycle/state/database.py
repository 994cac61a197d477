"""The database behind state: opened, set up as we need it, and brought to the newest version."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, NoSuchModuleError, OperationalError

from sf_lifecycle.errors import UsageError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 30_000
_ADVISORY_LOCK = 0x5F11FE  # any number: two services must not migrate one PostgreSQL at once
_OURS_ALONE = 0o600  # names, phone numbers: nobody else's business

_IN_USE = "state is in use by another program; try again"
_LOST = "the connection to the state database was lost; see that its server runs, and try again"
_SQLITE = {
    sqlite3.SQLITE_BUSY: _IN_USE,
    sqlite3.SQLITE_LOCKED: _IN_USE,
    sqlite3.SQLITE_READONLY: "the state database cannot be written; see the rights of the file and of its folder",
    sqlite3.SQLITE_IOERR: "the disk that holds the state database fails; nothing more was written to it",
    sqlite3.SQLITE_FULL: "there is no room left for the state database; make some, and try again",
    sqlite3.SQLITE_CANTOPEN: "the file of the state database cannot be opened; see storage.state_url",
}
_POSTGRES = {
    "55P03": _IN_USE,  # a lock was not given in time
    "57014": _IN_USE,  # neither was an answer
    "40P01": _IN_USE,
    "53100": "the server of the state database has no room left; make some, and try again",
    "53300": "the server of the state database takes no more connections; try again",
}
_POSTGRES_LOST = ("08", "57P")  # beginnings of codes


class OutOfReach(UsageError, OperationalError):
    """State cannot be had just now: a sentence for people. Still the database's own error for who tries again anyway,
    as a claim's renewal does.
    """

    def __init__(self, message: str, cause: DBAPIError) -> None:
        OperationalError.__init__(self, cause.statement, None, cause.orig or cause)
        self.message = message
        self.args = (message,)

    def __str__(self) -> str:
        return self.message

    @property
    def in_use(self) -> bool:
        """Whether somebody else only has to end."""
        return self.message == _IN_USE


class Database:
    """Transactions on the state database. `read` never waits for a writer; `write` takes the writer's turn at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with _within_reach(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A deferred SQLite transaction that reads first may be refused when it comes to write: begin as a writer."""
        with _within_reach(), self._writer() as connection, connection.begin():
            yield connection

    def _writer(self) -> Connection:
        return self.engine.connect().execution_options(writes=True)

    def scrub(self) -> None:
        """Remove what deleted and blanked rows left behind in the files. UsageError where the database will not.

        On PostgreSQL the rows are vacuumed; what its own logs and backups hold is its operator's to age out.
        """
        try:
            if self.is_sqlite:
                self._rewrite_sqlite()
                return
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM")
        except (DatabaseError, sqlite3.Error) as error:
            raise UsageError(
                f"what was deleted may still be read in the database's files: {error}; run it again"
            ) from error

    def _rewrite_sqlite(self) -> None:
        """Past SQLAlchemy: a file cannot be rewritten within a transaction."""
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            answer = cursor.fetchone()
            cursor.close()
        finally:
            connection.close()
        if answer is None or answer[0]:
            raise sqlite3.OperationalError("somebody else has the database open and reads it")

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str) -> Database:
    """The database at `url` (SQLite file made if missing), migrated. UsageError where it cannot be opened."""
    engine = _engine(_parsed(url))
    database = Database(engine)
    try:
        _migrate(database)
    except DatabaseError as error:
        database.close()
        if isinstance(error, OutOfReach) and error.in_use:
            raise
        raise UsageError(
            f"The state database {_shown(url)} cannot be opened: {error.orig}; see storage.state_url."
        ) from error
    except CommandError as error:
        database.close()
        raise UsageError(
            f"The state database {_shown(url)} was written by a newer sf-lifecycle ({error}); "
            "install that version, or point storage.state_url elsewhere."
        ) from error
    return database


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(
            "storage.state_url is not a database URL: expected sqlite:///var/state.db or postgresql+psycopg://…"
        ) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise UsageError(f"storage.state_url: expected sqlite or postgresql, got {parsed.get_backend_name()!r}.")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        path = Path(str(parsed.database))
        _make_folder(path.parent)
        _make_private(path)
    return parsed


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {folder} of storage.state_url cannot be made: {error.strerror}.") from error


def _make_private(path: Path) -> None:
    """The file, before SQLite makes it for everybody to read; what SQLite puts beside it later has the same rights."""
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OURS_ALONE))
    except OSError as error:
        raise UsageError(f"The state database {path} cannot be made: {error.strerror}.") from error
    for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        # Somebody else's file is theirs to close; one that is gone by now was SQLite's.
        with suppress(FileNotFoundError, PermissionError):
            if each.is_file() and each.stat().st_mode & 0o077:
                each.chmod(_OURS_ALONE)


@contextmanager
def _within_reach() -> Iterator[None]:
    """What is nobody's mistake, in words."""
    try:
        yield
    except DBAPIError as error:
        message = _in_words(error)
        if isinstance(error, OutOfReach) or not message:
            raise
        raise OutOfReach(message, error) from error


def _in_words(error: DBAPIError) -> str:
    """Empty where it is none of this."""
    if isinstance(error.orig, sqlite3.Error):
        code: int = getattr(error.orig, "sqlite_errorcode", 0)
        return _SQLITE.get(code & 0xFF, "")  # the rest of it says more than we need
    state: str = getattr(error.orig, "sqlstate", None) or ""
    if error.connection_invalidated or state.startswith(_POSTGRES_LOST):
        return _LOST
    if not state and isinstance(error, OperationalError):
        return _LOST  # no server was there to give a code
    return _POSTGRES.get(state, "")


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(url)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise UsageError(
            f"storage.state_url needs a driver that is not installed ({error}); "
            "for PostgreSQL: pip install 'sf-lifecycle[postgres]' and a URL that starts with postgresql+psycopg://."
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transactions leave DDL outside; ours are begun in _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # an intent must outlive a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is forgotten must not be read from the file
    cursor.execute("PRAGMA cache_size = -65536")  # KiB
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    with database.read() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)

"""The database behind state: nobody else's to read, and somebody else's lock is a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from sf_lifecycle.errors import UsageError
from sf_lifecycle.state import database as databases
from sf_lifecycle.state.database import Database, OutOfReach, open_database

IN_USE = "^state is in use by another program; try again$"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "state.db"


@pytest.fixture
def opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_MS", 20)
    database = open_database(f"sqlite:///{path}")
    yield database
    database.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """As another program holds it that lets nobody in, not even to read."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("CREATE TABLE other (x)")
    try:
        yield
    finally:
        other.close()


@contextmanager
def written(path: Path) -> Iterator[None]:
    """As another program holds it that writes."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def test_its_files_are_nobody_elses(path: Path, opened: Database) -> None:
    with opened.write() as connection:
        connection.execute(sa.text("CREATE TABLE x (y)"))
        files = {each.name: mode(each) for each in path.parent.iterdir()}
    assert files == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    assert mode(path.parent) == 0o700


def test_a_file_that_everybody_could_read_is_tightened_and_its_folder_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    path = tmp_path / "state.db"
    others = [path.with_name("state.db-wal"), path.with_name("state.db-shm")]
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE x (y)")
    for each in (path, *others):
        each.chmod(0o644)
    database = open_database(f"sqlite:///{path}")
    assert [mode(each) for each in (path, *others)] == [0o600] * 3
    assert mode(tmp_path) == 0o755
    made.close()
    database.close()


def test_a_folder_in_its_place_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "state.db").mkdir(mode=0o755)
    with pytest.raises(UsageError, match="cannot be opened"):
        open_database(f"sqlite:///{tmp_path}/state.db")
    assert mode(tmp_path / "state.db") == 0o755


def test_somebody_who_writes_is_told_as_that_and_reading_goes_on(path: Path, opened: Database) -> None:
    with written(path):
        with pytest.raises(UsageError, match=IN_USE) as told, opened.write():
            pass
        with opened.read() as connection:
            assert connection.scalar(sa.text("SELECT 1")) == 1
    assert told.value.exit_code == 2
    with opened.write() as connection:  # nothing is left of it
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_somebody_who_lets_nobody_in_is_told_by_every_door(path: Path, opened: Database) -> None:
    opened.close()
    with locked(path):
        for door in (opened.read, opened.write):
            with pytest.raises(UsageError, match=IN_USE), door() as connection:
                connection.scalar(sa.text("SELECT count(*) FROM runs"))
        with pytest.raises(UsageError, match=IN_USE):
            open_database(f"sqlite:///{path}")


def test_who_tries_again_by_himself_still_meets_the_databases_error(path: Path, opened: Database) -> None:
    with written(path), pytest.raises(OperationalError) as met, opened.write():
        pass
    assert isinstance(met.value, OutOfReach)
    assert str(met.value) == str(UsageError(met.value.message))


def test_a_mistake_of_ours_keeps_its_traceback(opened: Database) -> None:
    with pytest.raises(OperationalError, match="no such table") as met, opened.read() as connection:
        connection.execute(sa.text("SELECT * FROM absent"))
    assert not isinstance(met.value, UsageError)


class Lost(Exception):
    """As a driver of PostgreSQL says it."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("as the server said it")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "says"),
    [
        ("55P03", IN_USE),
        ("40P01", IN_USE),
        ("57014", IN_USE),
        ("57P01", "was lost"),
        ("08006", "was lost"),
        (None, "was lost"),
        ("53300", "no more connections"),
    ],
)
def test_what_postgresql_says(opened: Database, sqlstate: str | None, says: str) -> None:
    with pytest.raises(UsageError, match=says), opened.read():
        raise OperationalError("SELECT 1", {}, Lost(sqlstate))

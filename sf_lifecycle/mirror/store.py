"""The mirror's file: a DuckDB database of one org, one writer at a time. A cache: whatever is wrong with it, it is made
anew and pulled again; only that it belongs to another org is never passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sf_lifecycle.errors import UsageError

FORMAT = 2
FILE_NAME = "mirror.duckdb"

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # What is worked out of a million accounts goes on to the disk beside the file, so that Python has room as well.
    "memory_limit": "1GB",
}
# The name the file is attached by: opened directly, it would be called `mirror`, as its schema is, and every
# `mirror.x` would be ambiguous.
_CATALOG = "org_mirror"
_SCHEMA = """
create schema if not exists mirror;
create table mirror._ids (id varchar not null, key bigint not null);
create table mirror._meta (name varchar not null, value varchar);
create table mirror._merged (object varchar not null, loser varchar not null, survivor varchar not null);
create table mirror._rates (iso varchar, rate decimal(18, 6), corporate boolean);
create table mirror._pulls (
    object varchar, rows bigint, calls bigint, seconds double, org_count bigint, mode varchar, watermark varchar,
    ahead double, full_at varchar, columns varchar
);
"""


@dataclass(frozen=True, kw_only=True)
class Mirror:
    """One org's mirror. `notes`: sentences a person should see, such as that the file was made anew."""

    path: Path
    org_id: str
    kind: str
    notes: tuple[str, ...] = ()

    @contextmanager
    def connect(self, *, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that can reach no other file and no network. Temporary tables may be made read-only too."""
        try:
            con = _connect(self.path, read_only=read_only)
        except duckdb.Error as error:
            raise _unusable(self.path, error) from error
        try:
            yield con
        except duckdb.Error as error:
            if "Corrupt" in str(error) or "No space left" in str(error):
                raise _unusable(self.path, error) from error
            raise
        finally:
            con.close()


def open_mirror(data_dir: Path, *, org_id: str, kind: str) -> Mirror:
    """The mirror in `data_dir`, made where there is none.

    UsageError where the file belongs to another org or is in use. A damaged, foreign or older file is set aside under
    the ending `.unusable` and a new one made, which `notes` tells.
    """
    path = data_dir / FILE_NAME
    data_dir.mkdir(parents=True, exist_ok=True)
    notes: list[str] = []
    if path.exists():
        why = _why_unusable(path, org_id, kind)
        if why:
            aside = path.with_suffix(".unusable")
            path.replace(aside)
            path.with_name(path.name + ".wal").unlink(missing_ok=True)
            notes.append(f"{path} {why}; it was set aside as {aside} and is pulled anew")
    if not path.exists():
        _make(path, org_id, kind)
    return Mirror(path=path, org_id=org_id, kind=kind, notes=tuple(notes))


def rewrite(mirror: Mirror) -> None:
    """Copies the file's tables into a new file and puts that in place: what was deleted is in the old one until its
    place is needed, and the room it takes is not given back. Killed on the way, the old file stays.
    """
    fresh = mirror.path.with_suffix(".fresh")
    fresh.unlink(missing_ok=True)
    with mirror.connect() as held:  # nobody else's writes are lost: two may read, none may write
        con = duckdb.connect(":memory:", config=_CONFIG)
        try:
            con.execute(f"set temp_directory = {_literal(str(mirror.path) + '.tmp')}; set enable_progress_bar = false")
            con.execute(f"attach {_literal(str(mirror.path))} as old (read_only)")
            con.execute(f"attach {_literal(str(fresh))} as fresh")
            fresh.chmod(0o600)
            con.execute("copy from database old to fresh")
        except duckdb.Error as error:
            fresh.unlink(missing_ok=True)
            raise _unusable(mirror.path, error) from error
        finally:
            con.close()
        del held
    fresh.replace(mirror.path)
    mirror.path.with_name(mirror.path.name + ".wal").unlink(missing_ok=True)


def read_meta(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """`_meta` as values: format, org_id, kind, pulled_at (text, ISO 8601 with zone) once pulled."""
    return {name: json.loads(value) for name, value in con.execute("select name, value from mirror._meta").fetchall()}


def write_meta(con: duckdb.DuckDBPyConnection, values: Mapping[str, object]) -> None:
    """Sets entries of `_meta`."""
    for name, value in values.items():
        con.execute("delete from mirror._meta where name = ?", [name])
        con.execute("insert into mirror._meta values (?, ?)", [name, json.dumps(value)])


def _make(path: Path, org_id: str, kind: str) -> None:
    con = _connect(path, read_only=False)
    try:
        path.chmod(0o600)  # names, phone numbers: nobody else's business
        con.execute(_SCHEMA)
        write_meta(con, {"format": FORMAT, "org_id": org_id, "kind": kind})
    finally:
        con.close()


def _why_unusable(path: Path, org_id: str, kind: str) -> str:
    """Why a file cannot be used as this org's mirror, empty where it can."""
    try:
        con = _connect(path, read_only=False)
    except duckdb.Error as error:
        return f"cannot be read ({_first_line(error)})"
    try:
        meta = read_meta(con)
        con.execute("select max(id), max(key) from mirror._ids").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException, ValueError):
        return "is no mirror of ours"
    except duckdb.Error as error:
        return f"is damaged ({_first_line(error)})"
    finally:
        con.close()
    if meta.get("format") != FORMAT:
        return "has an older form"
    found = (meta.get("org_id"), meta.get("kind"))
    if found != (org_id, kind):
        raise UsageError(
            f"{path} mirrors the {found[1]} org {found[0]}, not the {kind} org {org_id}; set storage.data_dir in "
            "config.toml to another folder, or delete the file: it is a cache"
        )
    return ""


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """UsageError where the file is in use or may not be opened; duckdb.Error where it is damaged."""
    con = duckdb.connect(":memory:", config=_CONFIG)
    spill = path.with_name(path.name + ".tmp")
    with suppress(OSError):  # whoever may not make it may not open the file either, which is told below
        spill.mkdir(mode=0o700, exist_ok=True)  # the database's own would be for all to read
    try:
        con.execute(f"set temp_directory = {_literal(str(spill))}; set enable_progress_bar = false")
        mode = "read_only" if read_only else "read_write"
        con.execute(f"attach {_literal(str(path))} as {_CATALOG} ({mode})")
        con.execute(f"use {_CATALOG}; set enable_external_access = false; set lock_configuration = true")
    except duckdb.Error as error:
        con.close()
        text = str(error)
        if "already attached" in text:
            raise UsageError(f"{path} is in use by this program; try again when its run has ended") from error
        if "Could not set lock" in text:
            raise UsageError(f"{path} is in use by another run; try again when it has ended") from error
        if "Permission denied" in text or "No space left" in text:
            raise UsageError(f"{path} cannot be opened: {_first_line(error)}") from error
        raise
    return con


def _unusable(path: Path, error: duckdb.Error) -> UsageError:
    return UsageError(f"{path} cannot be used: {_first_line(error)}; delete the file and pull again, it is a cache")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from sf_lifecycle.errors import UsageError
from sf_lifecycle.mirror import MirrorReader, open_mirror, store
from sf_lifecycle.mirror.store import FILE_NAME, Mirror, write_meta

ORG = "00D000000000001AAA"


def opened(folder: Path, org_id: str = ORG, kind: str = "local") -> Mirror:
    return open_mirror(folder, org_id=org_id, kind=kind)


def test_a_mirror_is_made_and_opened_again(tmp_path: Path) -> None:
    first = opened(tmp_path / "var")
    assert first.notes == ()
    assert first.path.stat().st_mode & 0o077 == 0
    with first.connect(read_only=False) as con:
        con.execute("insert into mirror._ids values ('001A', 1)")
    again = opened(tmp_path / "var")
    assert again.notes == ()
    with again.connect() as con:
        assert con.execute("select * from mirror._ids").fetchall() == [("001A", 1)]


@pytest.mark.parametrize(("org_id", "kind"), [("00D000000000002AAA", "local"), (ORG, "production")])
def test_the_mirror_of_another_org_is_refused_with_the_way_out(tmp_path: Path, org_id: str, kind: str) -> None:
    opened(tmp_path)
    with pytest.raises(UsageError, match=r"storage\.data_dir") as caught:
        opened(tmp_path, org_id, kind)
    assert ORG in str(caught.value)
    assert opened(tmp_path).notes == ()


def garbage(path: Path) -> None:
    path.write_bytes(b"not a database" * 500)


def empty(path: Path) -> None:
    path.touch()


def foreign(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("create table theirs as select 1 as x")


def older(path: Path) -> None:
    with opened(path.parent).connect(read_only=False) as con:
        write_meta(con, {"format": 0})


def broken(path: Path) -> None:
    with opened(path.parent).connect(read_only=False) as con:
        con.execute("insert into mirror._ids select 'x' || i, i from range(200000) as r(i)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * (size - 3 * 4096))


@pytest.mark.parametrize("spoil", [garbage, empty, foreign, older, broken])
def test_a_file_that_cannot_be_used_is_set_aside_and_made_anew(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    spoil(tmp_path / FILE_NAME)
    (note,) = opened(tmp_path).notes
    assert "set aside" in note
    assert (tmp_path / "mirror.unusable").exists()
    assert opened(tmp_path).notes == ()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    mirror = opened(tmp_path)
    with mirror.connect(read_only=False):
        with pytest.raises(UsageError, match="in use"), mirror.connect():
            pass
        code = f"import duckdb; duckdb.connect({str(mirror.path)!r})"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "lock" in done.stderr


def test_a_file_locked_by_another_process_is_told_as_such(tmp_path: Path) -> None:
    mirror = opened(tmp_path)
    code = f"import duckdb; c = duckdb.connect({str(mirror.path)!r}); print('up', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        with pytest.raises(UsageError, match="another run"):
            opened(tmp_path)
        other.stdin.close()


def test_a_connection_reaches_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with opened(tmp_path).connect() as con:
        con.execute("create temp table scratch as select 1 as x")
        with pytest.raises(duckdb.PermissionException):
            con.execute(f"select * from '{tmp_path}/secret.csv'")
        with pytest.raises(duckdb.Error):
            con.execute("set enable_external_access = true")


def test_an_empty_mirror_says_to_pull(tmp_path: Path) -> None:
    with opened(tmp_path).connect() as con, pytest.raises(UsageError, match="sf-lifecycle pull"):
        MirrorReader(con)


@pytest.mark.parametrize("spoil", [garbage, foreign])
def test_reading_a_file_that_is_no_mirror_says_so(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    path = tmp_path / FILE_NAME
    spoil(path)
    with pytest.raises(UsageError, match="delete"), Mirror(path=path, org_id=ORG, kind="local").connect() as con:
        MirrorReader(con)


def test_what_does_not_fit_in_memory_goes_to_the_disk_for_nobody_else_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(store._CONFIG, "memory_limit", "40MB")
    with open_mirror(tmp_path, org_id=ORG, kind="local").connect() as con:
        con.execute(
            "create temp table t as select md5(i::varchar) as x, md5((i + 1)::varchar) as y from range(900000) t(i)"
        )
        ((spilled,),) = con.execute("select sum(temporary_storage_bytes) from duckdb_memory()").fetchall()
        assert spilled > 0
        assert (tmp_path / "mirror.duckdb.tmp").stat().st_mode & 0o077 == 0
    assert list((tmp_path / "mirror.duckdb.tmp").iterdir()) == []

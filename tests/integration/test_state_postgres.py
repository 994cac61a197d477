"""State on a real PostgreSQL: everything it does on SQLite, and what only many at once can go wrong about.

The server is SF_LIFECYCLE_TEST_POSTGRES where that names one (its user may make databases), else one of our own for
the time of the tests. Skipped where neither the server's programs nor the driver are there.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from firms import DAY, Firm

from sf_lifecycle.errors import Refused
from sf_lifecycle.state import State, Tombstone, open_state

ROOT = Path(__file__).parents[2]
ORG = "00D000000000001AAA"
PROGRAMS = "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += [found for pattern in PROGRAMS for found in sorted(Path("/").glob(pattern[1:]), reverse=True)]
    return next((each for each in folders if (each / "initdb").exists() and (each / "pg_ctl").exists()), None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server's URL without a database's name."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("the PostgreSQL driver is not installed: pip install 'sf-lifecycle[postgres]'")
    given = os.environ.get("SF_LIFECYCLE_TEST_POSTGRES")
    if given:
        yield given.rpartition("/")[0]
        return
    bin_dir = programs()
    if bin_dir is None:
        pytest.skip("no PostgreSQL server on this machine: install it, or set SF_LIFECYCLE_TEST_POSTGRES")
    # Not in pytest's own folder: that one is closed to the user the server runs as where we are root.
    with tempfile.TemporaryDirectory(prefix="sf-lifecycle-postgres-") as folder:
        yield from served(bin_dir, Path(folder))


def served(bin_dir: Path, folder: Path) -> Iterator[str]:
    """A server whose data lie in `folder`, stopped at the end."""
    user = unprivileged()
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def call(program: str, *options: str) -> None:
        done = subprocess.run(
            [bin_dir / program, "-D", data, *options],
            user=user,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    call("initdb", "-A", "trust", "-U", "postgres", "--no-sync")
    port = 40_000 + os.getpid() % 20_000
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    call("pg_ctl", "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}"
    finally:
        call("pg_ctl", "-m", "immediate", "-w", "stop")


def unprivileged() -> str | None:
    """Whom the server runs as where we are root."""
    if os.geteuid() != 0:
        return None
    import pwd

    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the test's own."""
    name = f"test_{os.getpid()}_{re.sub(r'[^a-z0-9]', '_', request.node.name.lower())}"[:60]
    admin = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield f"{server}/{name}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


def start(state: State) -> str:
    return state.start_run(job="nightly", org_id=ORG, as_of=DAY, mapping="telecom", model="tele2").id


@pytest.mark.slow
def test_all_that_holds_on_sqlite_holds_here(url: str) -> None:
    tests = [f"tests/unit/state/{path.name}" for path in sorted((ROOT / "tests/unit/state").glob("test_*.py"))]
    tests.remove("tests/unit/state/test_state_commands.py")  # they bring a database of their own
    options = ["-q", "-p", "no:cacheprovider", "-m", "not slow", "--tb=short"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=ROOT,
        env=os.environ | {"SF_LIFECYCLE_TEST_POSTGRES": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_many_may_open_an_empty_database_at_once(url: str) -> None:
    together = Barrier(4)

    def open_it(_: int) -> str:
        together.wait()
        with open_state(url) as state:
            return start(state)

    with ThreadPoolExecutor(4) as threads:
        runs = set(threads.map(open_it, range(4)))
    with open_state(url) as state:
        assert {run.id for run in state.runs()} == runs


def test_one_of_many_gets_the_org(url: str) -> None:
    open_state(url).close()
    together, done = Barrier(4), Barrier(4)

    def claim(_: int) -> bool:
        with open_state(url) as state:
            run = start(state)
            together.wait()
            try:
                with state.claim(ORG, run):
                    done.wait()
                    return True
            except Refused:
                done.wait()
                return False

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(claim, range(4))) == [False, False, False, True]


def test_many_keys_are_buried_in_seconds(url: str) -> None:
    stones = [Tombstone(key=f"renewal:{n:016x}", object="Task", cause="done", on=DAY) for n in range(50_000)]
    with open_state(url) as state:
        began = time.monotonic()
        state.bury(ORG, start(state), stones)
        assert len(state.tombstones(ORG)) == 50_000
        assert time.monotonic() - began < 30


@pytest.mark.slow
def test_a_night_and_a_second_one(url: str, make_firm: Callable[..., Firm]) -> None:
    firm = make_firm(60)
    config = firm.config.read_text(encoding="utf-8")
    firm.config.write_text(re.sub(r"(?m)^state_url = .*$", f'state_url = "{url}"', config), encoding="utf-8")
    first, second = firm.run(), firm.run()
    assert (first.status, second.status) == ("done", "nothing")
    with open_state(url) as state:
        assert state.counts(firm.org.org_id).done == first.writes > 0

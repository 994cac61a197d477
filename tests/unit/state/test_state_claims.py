"""One run at a time per org."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sf_lifecycle.errors import Refused
from sf_lifecycle.state import Claim, State
from sf_lifecycle.state.database import Database, open_database
from sf_lifecycle.state.process import BOOT, shown, started, this_process
from sf_lifecycle.state.schema import claims

ORG = "00D000000000001AAA"
NOW = dt.datetime(2026, 11, 22, 3, 30, tzinfo=dt.UTC)
IN_ITS_OWN_PIDS = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]

judged = pytest.mark.skipif(not BOOT.exists(), reason="this system does not tell its boots apart: claims run out")


def start(state: State, org_id: str = ORG) -> str:
    return state.start_run(job="nightly", org_id=org_id, as_of=NOW.date(), mapping="telecom", model="tele2").id


def execute(url: str, statement: sa.Executable) -> list[Any]:
    database = open_database(url)
    with database.write() as connection:
        result = connection.execute(statement)
        rows = list(result) if result.returns_rows else []
    database.close()
    return rows


def claim_of(run_id: str, until: dt.datetime) -> sa.Executable:
    values = {"org_id": ORG, "run_id": run_id, "holder": "another-host:1", "since": until, "until": until}
    return sa.insert(claims).values(values)


def test_a_second_run_waits_its_turn(state: State) -> None:
    first, second = start(state), start(state)
    with state.claim(ORG, first) as claim:
        assert claim.note == ""
        assert not claim.lost.is_set()
        with (
            pytest.raises(Refused, match=f"run {first} of job nightly .* is writing to this org"),
            state.claim(ORG, second),
        ):
            pytest.fail("two runs held one org")
    with state.claim(ORG, second):
        pass


def test_another_org_is_not_in_the_way(state: State) -> None:
    with state.claim(ORG, start(state)), state.claim("00D000000000002AAA", start(state)):
        pass


def test_a_claim_is_given_up_when_a_run_breaks(state: State, url: str) -> None:
    with pytest.raises(RuntimeError), state.claim(ORG, start(state)):
        raise RuntimeError
    assert execute(url, sa.select(claims)) == []


@judged
def test_a_killed_process_gives_way_and_its_run_is_ended(state: State, url: str) -> None:
    killed = start(state)
    code = (
        "import os, signal\n"
        "from sf_lifecycle.state import open_state\n"
        f"with open_state({url!r}) as state, state.claim({ORG!r}, {killed!r}):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with state.claim(ORG, start(state)) as claim:
        assert claim.note.startswith(f"took over from run {killed}")
        assert claim.note.endswith("its process is gone")
    ended = state.run(killed)
    assert ended is not None
    assert (ended.status, ended.ended is not None) == ("failed", True)
    assert "ended without a word" in ended.message


def test_a_claim_that_ran_out_elsewhere_gives_way(state: State, url: str) -> None:
    killed = start(state)
    past = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    execute(url, claim_of(killed, past))
    with state.claim(ORG, start(state)) as claim:
        assert "its claim ran out" in claim.note


def test_a_claim_elsewhere_that_still_runs_is_respected(state: State, url: str) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    execute(url, claim_of(start(state), soon))
    with pytest.raises(Refused, match="another-host:1"), state.claim(ORG, start(state)):
        pytest.fail("taken from a living run")


def test_a_claim_is_renewed_while_held_and_its_loss_noticed(state: State, url: str) -> None:
    with state.claim(ORG, start(state), minutes=0.2 / 60) as claim:
        until = execute(url, sa.select(claims.c.until))
        time.sleep(0.3)
        assert execute(url, sa.select(claims.c.until)) != until
        execute(url, sa.delete(claims))
        assert claim.lost.wait(2)


def held_by(url: str, run_id: str, process: dict[str, str], name: str = "") -> None:
    """A claim with five minutes to go. `process` {}: as the first version wrote it."""
    now = dt.datetime.now(dt.UTC)
    values = {"org_id": ORG, "run_id": run_id, "holder": name or shown(process), "process": process}
    execute(url, sa.insert(claims).values(values | {"since": now, "until": now + dt.timedelta(minutes=5)}))


def note_of_the_next(state: State) -> str:
    """What the run that comes next says of the claim that it takes over; "refused" where it must wait."""
    try:
        with state.claim(ORG, start(state)) as claim:
            return claim.note.rpartition(": ")[2]
    except Refused:
        return "refused"


@pytest.fixture
def dead_pid() -> str:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return str(ended.pid)


@pytest.fixture
def living() -> Iterator[dict[str, str]]:
    """Another process of this place."""
    with subprocess.Popen(["sleep", "60"]) as child:
        yield this_process() | {"pid": str(child.pid), "started": started(str(child.pid))}
        child.kill()


def test_a_claim_of_the_first_version_is_waited_for(state: State, url: str, dead_pid: str) -> None:
    held_by(url, start(state), {}, f"{socket.gethostname()}:{dead_pid}")
    assert note_of_the_next(state) == "refused"


@pytest.mark.parametrize("place", ["host", "boot", "pids", "times"])
def test_a_process_of_another_place_is_not_judged(state: State, url: str, dead_pid: str, place: str) -> None:
    held_by(url, start(state), this_process() | {"pid": dead_pid, place: "another"})
    assert note_of_the_next(state) == "refused"


@judged
def test_a_process_that_is_gone_gives_way(state: State, url: str, dead_pid: str) -> None:
    held_by(url, start(state), this_process() | {"pid": dead_pid})
    assert note_of_the_next(state) == "its process is gone"


@judged
def test_what_this_process_left_behind_gives_way(state: State, url: str) -> None:
    held_by(url, start(state), this_process())
    assert note_of_the_next(state) == "its process is gone"


def test_a_process_that_lives_is_waited_for(state: State, url: str, living: dict[str, str]) -> None:
    held_by(url, start(state), living)
    assert note_of_the_next(state) == "refused"


@judged
def test_a_pid_given_to_another_process_is_not_the_holder(state: State, url: str, living: dict[str, str]) -> None:
    held_by(url, start(state), living | {"started": "1"})
    assert note_of_the_next(state) == "its process is gone"


def test_a_pid_of_which_no_start_is_known_is_waited_for(state: State, url: str, living: dict[str, str]) -> None:
    held_by(url, start(state), living | {"started": ""})
    assert note_of_the_next(state) == "refused"


def test_a_holder_that_is_not_the_process_beside_it_is_waited_for(state: State, url: str, dead_pid: str) -> None:
    held_by(url, start(state), this_process() | {"pid": dead_pid}, f"{socket.gethostname()}:1")
    assert note_of_the_next(state) == "refused"


def test_people_read_a_host_and_a_pid(state: State, url: str) -> None:
    with state.claim(ORG, start(state)):
        assert execute(url, sa.select(claims.c.holder)) == [(f"{socket.gethostname()}:{os.getpid()}",)]


def test_a_container_of_the_same_host_name_does_not_take_a_living_run_s_org(state: State, url: str) -> None:
    if not shutil.which("unshare") or subprocess.run([*IN_ITS_OWN_PIDS, "true"], check=False).returncode:
        pytest.skip("no PID namespace can be made here")
    code = (
        "from sf_lifecycle.errors import Refused\n"
        "from sf_lifecycle.state import open_state\n"
        f"with open_state({url!r}) as state:\n"
        "    try:\n"
        f"        with state.claim({ORG!r}, {start(state)!r}) as claim:\n"
        "            print('took it:', claim.note)\n"
        "    except Refused:\n"
        "        print('refused')\n"
    )
    with state.claim(ORG, start(state)) as claim:
        inside = [*IN_ITS_OWN_PIDS, sys.executable, "-c", code]
        assert subprocess.run(inside, capture_output=True, text=True, check=True).stdout == "refused\n"
        assert claim.check()


def test_a_claim_that_was_taken_over_is_noticed_before_the_next_beat(state: State, url: str) -> None:
    with state.claim(ORG, start(state)) as claim:
        assert claim.check()
        assert not claim.lost.is_set()
        execute(url, sa.update(claims).values(run_id=start(state)))
        assert not claim.check()
        assert claim.lost.is_set()
        execute(url, sa.update(claims).values(run_id=claim.run_id))
        assert not claim.check()  # somebody wrote in between


def test_a_claim_that_was_removed_is_lost(state: State, url: str) -> None:
    with state.claim(ORG, start(state)) as claim:
        execute(url, sa.delete(claims))
        assert not claim.check()


def test_a_busy_database_is_no_loss(tmp_path: Path) -> None:
    file = tmp_path / "busy.db"
    engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0.05})
    claims.create(engine)
    claim = Claim(org_id=ORG, run_id="r1", note="", database=Database(engine))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert claim.check()
    other.execute("ROLLBACK")
    other.close()
    assert not claim.check()
    engine.dispose()

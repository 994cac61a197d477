"""One run at a time per org."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from typing import Any

import pytest
import sqlalchemy as sa

from sf_lifecycle.errors import Refused
from sf_lifecycle.state import State
from sf_lifecycle.state.database import open_database
from sf_lifecycle.state.schema import claims

ORG = "00D000000000001AAA"
NOW = dt.datetime(2026, 11, 22, 3, 30, tzinfo=dt.UTC)


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

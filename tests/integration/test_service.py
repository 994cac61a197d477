"""The service as operators run it: a process of its own, its JSON lines, its health, its end."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from firms import SECRET, Firm

from sf_lifecycle import pipeline
from sf_lifecycle.localorg import Fault
from sf_lifecycle.report import report
from sf_lifecycle.request import Request, Unwatched
from sf_lifecycle.session import open_session
from sf_lifecycle.state import State, open_state

ZONE = ZoneInfo("Europe/Amsterdam")
PATIENCE = 30  # seconds, of a busy machine too


class Served:
    """A running `sf-lifecycle serve`, its lines read as they come."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address = process, address
        self.lines: list[dict[str, Any]] = []

    def wait_for(self, event: str, **facts: object) -> dict[str, Any]:
        """The next line of this event that says so; every line on the way must be JSON."""
        assert self.process.stderr
        impatience = threading.Timer(2 * PATIENCE, self.process.kill)
        impatience.start()
        try:
            for line in self.process.stderr:
                self.lines.append(json.loads(line))
                if self.lines[-1]["event"] == event and facts.items() <= self.lines[-1].items():
                    return self.lines[-1]
        finally:
            impatience.cancel()
        raise AssertionError(f"no {event} {facts} in {self.lines}")

    def health(self, *ended: str) -> tuple[int, dict[str, Any]]:
        """What `/health` says once runs of these jobs have ended: it hears of it a moment after the log."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = requests.get(f"http://{self.address}/health", timeout=10)
            if {*ended} <= {*answer.json()["jobs"]} or time.monotonic() > deadline:
                return answer.status_code, answer.json()
            time.sleep(0.02)

    def terminate(self) -> None:
        """SIGTERM ends the process well, and soon."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=PATIENCE)
        self.lines += [json.loads(line) for line in err.splitlines()]
        assert (self.process.returncode, out) == (0, "")
        assert self.lines[-1]["event"] == "service ended"


@contextlib.contextmanager
def serving(firm: Firm) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = re.sub(r"(?m)^listen = .*$", f'listen = "{address}"', firm.config.read_text(encoding="utf-8"))
    firm.config.write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "sf_lifecycle", "serve", "--config", str(firm.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Served(process, address)
        finally:
            process.kill()


def state_of(firm: Firm, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)) -> State:
    return open_state(firm.workspace().settings.storage.state_url, clock=clock)


def missed(firm: Firm, *jobs: str) -> None:
    """Each job's last run was eight days ago: whatever the day, one has been missed since."""
    then = dt.datetime.now(dt.UTC) - dt.timedelta(days=8)
    with state_of(firm, lambda: then) as state:
        for job in jobs:
            run = state.start_run(job=job, org_id=firm.org.org_id, as_of=then.date(), mapping="telecom", model="tele2")
            state.finish_run(run.id, status="nothing", counts={}, calls=0)


def set_window(path: Path, line: str) -> None:
    path.write_text(re.sub(r"(?m)^write_between.*$", line, path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.fixture
def late(make_firm: Callable[..., Firm]) -> Firm:
    """A firm of today whose job was missed, and that may write at any time."""
    firm = make_firm(90, as_of=dt.datetime.now(ZONE).date())
    firm.only("switch-window", "research-dates")
    set_window(firm.folder / "jobs/nightly.toml", "")
    missed(firm, "nightly")
    return firm


def unsettled(firm: Firm) -> int:
    with state_of(firm) as state:
        return len(state.unsettled(firm.org.org_id))


def test_a_missed_run_is_stopped_between_batches_and_made_up_once(late: Firm) -> None:
    faults = late.org.org.faults
    faults.add(Fault(kind="row_error", object="Task", operation="insert"))  # a pause before the row is tried again
    with serving(late) as served:
        served.wait_for("a missed run is made up", job="nightly")
        run_id = served.wait_for("run began", job="nightly")["run"]
        served.wait_for("stage", job="nightly", run=run_id, stage="apply")
        deadline = time.monotonic() + PATIENCE
        while faults.listed() and time.monotonic() < deadline:
            time.sleep(0.01)
        served.terminate()
        ended = next(line for line in served.lines if line["event"] == "run ended")
        assert (ended["status"], ended["run"], ended["job"]) == ("stopped", run_id, "nightly")
        assert ended["reason"] == "the service was told to stop"
    written = len(late.rows('SELECT 1 FROM "Task" WHERE "Lifecycle_Key__c" IS NOT NULL'))
    assert written > 0
    assert unsettled(late) == 0
    with serving(late) as served:
        served.wait_for("a missed run is made up", job="nightly")
        ended = served.wait_for("run ended")
        assert (ended["status"], ended["failed"], ended["unknown"]) == ("done", 0, 0)
        assert ended["updated"]["Account"] > 0
        status, body = served.health("nightly")
        assert (status, body["ok"], body["jobs"]["nightly"]["status"]) == (200, True, "done")
        assert list(body["next"]) == ["nightly"]
        served.terminate()
        _nothing_private(late, served.lines)
    keys = late.rows('SELECT "Lifecycle_Key__c" AS key FROM "Task" WHERE "Lifecycle_Key__c" IS NOT NULL')
    assert len({row["key"] for row in keys}) == len(keys) >= written
    assert unsettled(late) == 0
    with serving(late) as served:
        assert served.wait_for("service began")["jobs"] == ["nightly"]
        served.terminate()
        assert "a missed run is made up" not in {line["event"] for line in served.lines}


def _nothing_private(firm: Firm, lines: list[dict[str, Any]]) -> None:
    logged = json.dumps(lines)
    names = [row["Name"] for row in firm.rows('SELECT "Name" FROM "Account"')]
    assert names
    assert [name for name in [SECRET, *names] if name in logged] == []
    assert all(line["timestamp"] and line["level"] for line in lines)


def test_a_run_that_finds_another_at_work_does_nothing_and_is_no_failure(late: Firm) -> None:
    with state_of(late) as state:
        other = state.start_run(
            job="by-hand", org_id=late.org.org_id, as_of=dt.datetime.now(ZONE).date(), mapping="telecom", model="tele2"
        )
        with state.claim(late.org.org_id, other.id):
            with serving(late) as served:
                busy = served.wait_for("another run has the org; this one did nothing", job="nightly")
                assert f"run {other.id} of job by-hand" in busy["message"]
                assert busy["again"]
                status, body = served.health("nightly")
                assert (status, body["jobs"]["nightly"]["status"]) == (200, "busy")
                assert set(body["next"]) == {"nightly", "nightly, once"}
                served.terminate()
            command = [sys.executable, "-m", "sf_lifecycle", "run", "nightly", "--config", str(late.config)]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
            assert ended.returncode == 3
            assert f"one_run: run {other.id} of job by-hand" in ended.stderr
        assert [run.status for run in state.runs("nightly")] == ["busy", "busy", "nothing"]
    assert late.rows('SELECT 1 FROM "Task" WHERE "Lifecycle_Key__c" IS NOT NULL') == []


def test_a_failing_job_does_not_stop_the_others_and_a_waiting_one_neither(late: Firm) -> None:
    jobs = late.folder / "jobs"
    nightly = (jobs / "nightly.toml").read_text(encoding="utf-8")
    strict = re.sub(r"(?m)^create_tasks.*$", "create_tasks = { most = 0 }", nightly)
    (jobs / "careful.toml").write_text(strict, encoding="utf-8")
    now = dt.datetime.now(ZONE)
    hours = ("22:00", "23:00") if now.hour < 20 else ("00:00", "00:01")
    (jobs / "early.toml").write_text(f'write_between = ["{hours[0]}", "{hours[1]}"]\n{nightly}', encoding="utf-8")
    missed(late, "careful", "early")
    with serving(late) as served:
        seen = {served.wait_for(event)["job"] for event in ("run refused", "waits for write_between", "run ended")}
        assert seen == {"careful", "early", "nightly"}
        refused = next(line for line in served.lines if line["event"] == "run refused")
        assert (refused["guards"], refused["exit_code"]) == (["create_tasks"], 3)
        status, body = served.health("careful", "nightly")
        assert (status, body["ok"]) == (503, False)
        assert {job: last["status"] for job, last in body["jobs"].items()} == {"nightly": "done", "careful": "refused"}
        opens = dt.datetime.fromisoformat(body["next"]["early, once"])
        assert (opens.astimezone(ZONE).strftime("%H:%M"), opens > now) == (hours[0], True)
        served.terminate()


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        pytest.param(
            "jobs/nightly.toml",
            'mapping       = "telecom"',
            'mapping = "telecon"',
            "jobs/nightly.toml: mapping:",
            marks=pytest.mark.slow,
        ),
        ("config.toml", 'listen = "127.0.0.1:0"', 'listen = "127.0.0.1:TAKEN"', "cannot listen on 127.0.0.1:"),
    ],
    ids=["mapping", "address"],
)
def test_what_cannot_work_is_told_at_start(late: Firm, path: str, old: str, new: str, told: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        late.edit(path, old, new.replace("TAKEN", str(taken.getsockname()[1])))
        command = [sys.executable, "-m", "sf_lifecycle", "serve", "--config", str(late.config)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 2, ended.stderr
    assert told in ended.stderr
    assert "run began" not in ended.stderr


def test_a_run_whose_org_was_taken_over_writes_no_more(late: Firm) -> None:
    workspace = late.workspace()
    plan = pipeline.run(workspace, Request(job="nightly", dry_run=True), Unwatched()).plan
    with open_session(workspace, Request(job="nightly"), Unwatched()) as session:
        assert session.claim
        session.claim.lost.set()
        made = report(session, plan, None, session.apply(plan, workspace.job("nightly")))
    assert (made.status, made.writes, made.exit_code) == ("stopped", 0, 4)
    with state_of(late) as state:
        run = state.runs("nightly")[0]
    assert (run.status, run.message) == ("stopped", "another run took over the org")

"""Runs that are killed: in a process of their own, at a chosen moment, against an org that can be put back."""

from __future__ import annotations

import datetime as dt
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firms import Firm
from killing_gate import Blow, Gate

from sf_lifecycle.plan.changes import ORDER
from sf_lifecycle.state import State, Write, open_state

KEY = "Lifecycle_Key__c"
VOLATILE = {"CreatedDate", "LastModifiedDate", "SystemModstamp", "LastModifiedById", "LastViewedDate"}
UNCOMPARED = {"Lifecycle_Job__c"}  # the heartbeat: each run writes its own
WRITTEN_TO = ("Account", "Lead", "Lifecycle_Provider_Contract__c")
LONGEST = 120  # seconds

Rows = Counter[tuple[tuple[str, Any], ...]]
Picture = dict[str, Rows]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An org, and a worker's memory of it (a folder, or none), as they were."""

    org: sqlite3.Connection
    var: Path | None


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A piece of work that nobody interrupted. `status`: how it says it ended; `first`: which request wrote first."""

    status: str
    seconds: float
    requests: int
    first: int
    writes: int
    commits: int


class Ring:
    """A firm whose runs are killed. `firm.run` runs unharmed, in this process."""

    def __init__(self, firm: Firm, folder: Path) -> None:
        self.firm, self.folder = firm, folder
        self.gate = Gate(firm.org)
        self._kept = 0
        self._end = folder / "ended.json"
        command = [sys.executable, str(Path(__file__).with_name("killed_work.py")), str(firm.config)]
        # Unbuffered: what was read is what `select` no longer sees.
        self._forks = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._answer()

    def close(self) -> None:
        self._forks.communicate(timeout=LONGEST)

    # ---------------------------------------------------------------- as it was

    def keep(self) -> Kept:
        """How org and memory are now."""
        copy = sqlite3.connect(":memory:")
        with _opened(self.firm.org.org.store.path) as source:
            source.backup(copy)
        self._kept += 1
        var, target = self.firm.folder / "var", self.folder / f"kept-{self._kept}"
        if var.exists():
            shutil.copytree(var, target)
        return Kept(org=copy, var=target if var.exists() else None)

    def put_back(self, kept: Kept) -> None:
        """As it was then."""
        with _opened(self.firm.org.org.store.path) as target:
            kept.org.backup(target)
        var = self.firm.folder / "var"
        shutil.rmtree(var, ignore_errors=True)
        if kept.var is not None:
            shutil.copytree(kept.var, var)

    def send_few(self, rows: int) -> None:
        """Requests of so many rows, so that there are more of them to die in."""
        kinds = {(name, operation) for name, operation in ORDER} | {(name, "update") for name in WRITTEN_TO}
        with self.state() as state:
            for name, operation in kinds:
                state.remember_batch_size(self.firm.org.org_id, name, operation, rows)

    # ---------------------------------------------------------------- the blow

    def measure(self, **order: Any) -> Measured:
        """Let it be done whole."""
        self.gate.begin()
        began = time.monotonic()
        self._start(order)
        assert self._answer() == 0
        seconds, said = time.monotonic() - began, self._said()
        assert "error" not in said, said["error"]
        gate = self.gate
        return Measured(
            status=said["status"],
            seconds=seconds,
            requests=gate.seen,
            first=gate.first,
            writes=gate.written,
            commits=int(said["commits"]),
        )

    def strike(self, blow: Blow, whole: Measured, **order: Any) -> bool:
        """Let it be done until the blow comes. False where the work was over before."""
        began = time.monotonic()
        target: list[int] = []
        # The first request comes after the child has been named: it has a configuration to read.
        self.gate.begin(blow, lambda: os.kill(target[0], signal.SIGKILL))
        target.append(self._start(order | ({"die_at": int(blow.at)} if blow.kind == "commit" else {})))
        if blow.kind == "moment":
            ended = self._answered(max(0.0, began + whole.seconds * blow.at - time.monotonic()))
            if not ended:
                os.kill(target[0], signal.SIGKILL)
        status = self._answer()
        self.gate.begin()
        self._rest()
        assert status in (0, -signal.SIGKILL)
        assert "error" not in self._said(), self._said()["error"]
        return status != 0

    def _start(self, order: dict[str, Any]) -> int:
        """The child's process id."""
        self._end.unlink(missing_ok=True)
        pipe = self._forks.stdin
        assert pipe is not None
        order = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in order.items()}
        whole = {**order, "config": str(self.firm.config), "end": str(self._end)}
        pipe.write(json.dumps(whole).encode() + b"\n")
        return self._answer()

    def _answer(self) -> int:
        assert self._answered(LONGEST), "it does not end"
        assert self._forks.stdout is not None
        return int(self._forks.stdout.readline())

    def _answered(self, seconds: float) -> bool:
        assert self._forks.stdout is not None
        return bool(select.select([self._forks.stdout], [], [], seconds)[0])

    def _said(self) -> dict[str, Any]:
        return dict(json.loads(self._end.read_text())) if self._end.exists() else {}

    def _rest(self) -> None:
        """Wait until the org has done what the dead asked for."""
        until = time.monotonic() + LONGEST
        while self.gate.inside:
            assert time.monotonic() < until, "the org does not come to rest"
            time.sleep(0.002)

    # ---------------------------------------------------------------- what is there afterwards

    @contextmanager
    def state(self) -> Iterator[State]:
        with open_state(self.firm.workspace().settings.storage.state_url) as state:
            yield state

    def ledger(self) -> list[Write]:
        """All of it, newest run first."""
        with self.state() as state:
            return [write for run in state.runs(limit=1000) for write in state.ledger(run.id)]

    def words(self, day: dt.date) -> list[dict[str, Any]]:
        """What state remembers of labels after a day."""
        with self.state() as state:
            rows = state.history(self.firm.org.org_id, day + dt.timedelta(days=1)).to_pylist()
        return sorted(rows, key=str)

    def ours(self, name: str) -> list[dict[str, Any]]:
        """Our records of one object, deleted ones too."""
        return self.firm.rows(f'SELECT * FROM "{name}" WHERE {KEY} IS NOT NULL')

    def picture(self) -> Picture:
        """Everything the org holds: object → rows counted. Our own records are told by their keys, not their Ids."""
        names = {each.name for each in self.firm.org.org.store.schema.objects.values()} - UNCOMPARED
        found = {name: self.firm.rows(f'SELECT * FROM "{name}"') for name in sorted(names)}
        ours = {row["Id"]: f"{name} {row[KEY]}" for name, rows in found.items() for row in rows if row.get(KEY)}
        ours |= {row["Id"]: "" for row in found["CampaignMemberStatus"]}
        return {name: Counter(_row(row, ours) for row in rows) for name, rows in found.items() if rows}


def differences(expected: Picture, found: Picture) -> list[str]:
    """For people: what is missing, what is there too much, and which fields of one record differ."""
    nothing: Rows = Counter()
    told = []
    for name in sorted({*expected, *found}):
        missing = [dict(row) for row in (expected.get(name, nothing) - found.get(name, nothing)).elements()]
        surplus = [dict(row) for row in (found.get(name, nothing) - expected.get(name, nothing)).elements()]
        for row in missing:
            other = next((each for each in surplus if row["Id"] and each["Id"] == row["Id"]), None)
            if other is None:
                told.append(f"missing: {name} {_brief(row)}")
                continue
            surplus.remove(other)
            fields = {field: (value, other[field]) for field, value in row.items() if value != other[field]}
            told.append(f"{name} {row['Id']} (expected, found): {fields}")
        told += [f"too much: {name} {_brief(row)}" for row in surplus]
    return told


def _row(row: dict[str, Any], ours: dict[str, str]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, ours.get(value, value)) for name, value in row.items() if name not in VOLATILE)


def _brief(row: dict[str, Any]) -> dict[str, str]:
    return {name: str(value)[:60] for name, value in row.items() if value not in (None, "", 0)}


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    con = sqlite3.connect(path)
    try:
        yield con
    finally:
        con.close()

"""State: what only we know, behind one door. Each call is one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import pandas as pd
import pyarrow as pa

from sf_lifecycle.state import bindings, claims, labels, ledger, memory, runs
from sf_lifecycle.state.claims import Claim
from sf_lifecycle.state.database import Database, open_database
from sf_lifecycle.state.values import Identity, Intent, Run, RunStatus, Settlement, Write

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def open_state(url: str, *, clock: Clock = utc_now) -> State:
    """State at `url` (`sqlite:///file` or `postgresql+psycopg://…`), migrated. UsageError where it cannot be used."""
    return State(open_database(url), clock)


class State:
    """Runs, ledger, label history, observations and claims of one org. `clock` gives aware datetimes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def __enter__(self) -> State:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def check_binding(self, identity: Identity) -> None:
        """Bind to this org at first use; OrgError (WRONG_ORG) for any other org, or another kind of org."""
        with self._database.write() as connection:
            bindings.bind(connection, identity, self._clock())

    # Runs

    def start_run(
        self,
        *,
        job: str,
        org_id: str,
        as_of: dt.date,
        mapping: str,
        model: str,
        rules_digest: str = "",
        plan_digest: str = "",
    ) -> Run:
        now = self._clock()
        run = Run(
            id=runs.new_id(now),
            job=job,
            org_id=org_id,
            as_of=as_of,
            mapping=mapping,
            model=model,
            rules_digest=rules_digest,
            plan_digest=plan_digest,
            started=now,
            ended=None,
            status="running",
            counts={},
            calls=0,
            message="",
        )
        with self._database.write() as connection:
            runs.start(connection, run)
        return run

    def note_plan(self, run_id: str, *, plan_digest: str, rules_digest: str) -> None:
        """Which plan the run carries out, once it is known and before anything is written."""
        with self._database.write() as connection:
            runs.note_plan(connection, run_id, plan_digest, rules_digest)

    def finish_run(
        self, run_id: str, *, status: RunStatus, counts: Mapping[str, Any], calls: int, message: str = ""
    ) -> Run:
        with self._database.write() as connection:
            runs.finish(
                connection, run_id, now=self._clock(), status=status, counts=counts, calls=calls, message=message
            )
            return runs.find(connection, run_id=run_id)[0]

    def run(self, run_id: str) -> Run | None:
        with self._database.read() as connection:
            return next(iter(runs.find(connection, run_id=run_id)), None)

    def runs(self, job: str | None = None, limit: int = 20) -> list[Run]:
        """Newest first."""
        with self._database.read() as connection:
            return runs.find(connection, job=job, limit=limit)

    def last_run(self, job: str) -> Run | None:
        return next(iter(self.runs(job, limit=1)), None)

    def claim(self, org_id: str, run_id: str, minutes: float = 10) -> AbstractContextManager[Claim]:
        """Hold the org for this run, renewed while held. Refused where a living run holds it; stale claims give way."""
        return claims.hold(self._database, org_id, run_id, minutes, self._clock)

    # The ledger

    def intend(self, run_id: str, rows: Sequence[Intent]) -> list[int]:
        """Write down rows about to be sent; their sequence numbers, in their order."""
        with self._database.write() as connection:
            return ledger.intend(connection, run_id, rows, self._clock())

    def settle(self, run_id: str, seqs: Sequence[int], outcomes: Sequence[Settlement]) -> None:
        """Write down what became of them. May be done again when more is known."""
        with self._database.write() as connection:
            ledger.settle(connection, run_id, seqs, outcomes, self._clock())

    def unsettled(self, org_id: str) -> list[Write]:
        """Rows of which nobody knows whether they reached the org. Under a claim they are all of earlier runs."""
        with self._database.read() as connection:
            return ledger.unsettled(connection, org_id)

    def ledger(self, run_id: str) -> Iterator[Write]:
        """A run's rows in the order of sending, read page by page: nothing waits for whoever iterates."""
        rows: list[Write] = []
        while True:
            with self._database.read() as connection:
                rows = ledger.page(connection, run_id, rows[-1].seq if rows else 0)
            yield from rows
            if len(rows) < ledger.PAGE:
                return

    def last_read_back(self, org_id: str, object_name: str, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Record Id → API field → value as the org gave it right after our last write.

        A record that differs from it has been worked on by somebody; one that is not in it we cannot tell of.
        """
        with self._database.read() as connection:
            return ledger.last_read_back(connection, org_id, object_name, ids)

    # Label history

    def history(self, org_id: str, as_of: dt.date) -> pa.Table:
        """Words as the day began: set, label, id, word, since (date), highest, previous; sorted by the first three."""
        with self._database.read() as connection:
            return labels.read(connection, org_id, as_of)

    def record_labels(
        self, org_id: str, run_id: str, as_of: dt.date, frame: pd.DataFrame, unwritten: Collection[str] = ()
    ) -> int:
        """All words that changed since the day `as_of` began, as this run sees it; those of `unwritten` Ids left out.

        What a run of the same mapping and model entered earlier that day, and this one does not hold, is withdrawn.
        """
        with self._database.write() as connection:
            return labels.record(connection, org_id, run_id, as_of, frame, unwritten)

    # What guards remember

    def observe(self, org_id: str, job: str, run_id: str, values: Mapping[str, Any]) -> None:
        """Keep JSON values by name for later runs' guards."""
        with self._database.write() as connection:
            memory.observe(connection, org_id, job, run_id, values)

    def observed(self, org_id: str, job: str) -> dict[str, Any]:
        """Name → the value last observed."""
        with self._database.read() as connection:
            return memory.observed(connection, org_id, job)

"""State: what only we know, behind one door. Each call is one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import pandas as pd
import pyarrow as pa

from sf_lifecycle.state import (
    adopting,
    approval,
    bindings,
    claims,
    counting,
    failing,
    forgetting,
    graveyard,
    holding,
    keeping,
    labels,
    ledger,
    memory,
    merging,
    runs,
    sizes,
    telling,
    written,
)
from sf_lifecycle.state.claims import Claim
from sf_lifecycle.state.database import open_database
from sf_lifecycle.state.door import Clock, Door, reading, writing, writing_now
from sf_lifecycle.state.values import Failure, Identity, Intent, Run, RunKind, RunStatus, Settlement, Write


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def open_state(url: str, *, clock: Clock = utc_now) -> State:
    """State at `url` (`sqlite:///file` or `postgresql+psycopg://…`), migrated. UsageError where it cannot be used."""
    return State(open_database(url), clock)


class State(Door):
    """All that is remembered of one org. `clock` gives aware datetimes.

    Methods that are no more than a function on a connection are that function (`reading`, `writing`): its arguments
    without the connection and the time, and its docstring, are theirs.
    """

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

    bound = reading(bindings.bound)
    adopt = writing_now(adopting.adopt)
    counts = reading(counting.count)

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
        kind: RunKind = "run",
        undoes: str = "",
    ) -> Run:
        """A run that begins now. `undoes`: the run it takes back."""
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
            kind=kind,
            undoes=undoes,
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

    def note_allowed(self, run_id: str, guards: Collection[str], *, who: str, why: str) -> None:
        """Which guards were lifted for this run alone, by whom and why."""
        with self._database.write() as connection:
            runs.note_allowed(connection, run_id, guards, who=who, why=why)

    def completed_runs(self, org_id: str, job: str) -> int:
        """How many runs of a job came to their end with a plan carried out, or with nothing to write. No undos."""
        with self._database.read() as connection:
            return runs.completed(connection, org_id, job)

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

    makers = reading(written.makers)
    made = reading(written.made)
    rewritten = reading(written.rewritten)

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

    withdraw_labels = writing(labels.withdraw)
    stays = reading(labels.stays)
    made_about = reading(telling.made_about)

    # What guards remember

    def observe(self, org_id: str, job: str, run_id: str, values: Mapping[str, Any]) -> None:
        """Keep JSON values by name for later runs' guards."""
        with self._database.write() as connection:
            memory.observe(connection, org_id, job, run_id, values)

    def observed(self, org_id: str, job: str) -> dict[str, Any]:
        """Name → the value last observed."""
        with self._database.read() as connection:
            return memory.observed(connection, org_id, job)

    # What is done, deleted or gone; what failed

    bury = writing(graveyard.bury)
    tombstones = reading(graveyard.read)
    unbury = writing(graveyard.unbury)
    raise_dead = writing(graveyard.raise_dead)

    def note_outcomes(
        self,
        org_id: str,
        object_name: str,
        operation: str,
        failures: Sequence[Failure],
        succeeded: Collection[str],
    ) -> None:
        """One more attempt for each failure, the first where its values are new; rows that succeeded are forgotten."""
        if not failures:
            with self._database.read() as connection:
                if not failing.any_known(connection, org_id, object_name, operation):
                    return
        with self._database.write() as connection:
            failing.note(connection, self._clock(), org_id, object_name, operation, failures, succeeded)

    asides = reading(failing.among)
    all_asides = reading(failing.read)
    retry_asides = writing(failing.retry)

    # What the org taught us

    batch_size = reading(sizes.read)
    remember_batch_size = writing_now(sizes.remember)
    remember_merges = writing_now(merging.remember)
    merges = reading(merging.read)

    # What people decide

    hold = writing_now(holding.hold)
    held = reading(holding.held)
    holds = reading(holding.read)
    release = writing_now(holding.release)

    keep_plan = writing(approval.keep)
    saved_plan = reading(approval.find)
    saved_plans = reading(approval.read)
    decide_plan = writing_now(approval.decide)

    # What is not kept

    expire_values = writing_now(keeping.expire)

    def forget(self, org_id: str, ids: Collection[str]) -> dict[str, int]:
        """Remove a person's or an account's data; rows by what they were: ledger, open, labels, set_aside, tombstones.

        `open` rows keep their values until a run has settled them: forget again then. Refused while a run writes.
        """
        with self._database.write() as connection:
            gone = forgetting.forget(connection, self._clock(), org_id, ids)
        self._database.scrub()
        return gone

"""What goes into state and comes out of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

# `waiting`: the plan waits for a person's word. `busy`: another run had the org, nothing was done. `stopped`: told to
# end; what was left is planned again.
# what was left is planned again.
RunStatus = Literal["running", "done", "partial", "failed", "refused", "nothing", "waiting", "busy", "stopped"]
RunKind = Literal["run", "apply", "undo"]
PlanStatus = Literal["waiting", "approved", "rejected", "applied", "expired"]
WriteStatus = Literal["intent", "done", "failed", "unknown", "exists"]
JsonRecord = Mapping[str, Any]


class Identity(Protocol):
    """Which org this is, as far as state cares: `org_id` of 18 characters, `kind` production, sandbox or local."""

    @property
    def org_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a job. `id` sorts by time; `calls` are API requests sent; `ended` is None while it runs.

    `undoes`: the run it takes back. `allowed`: guards lifted for this run alone, {"guards": [...], "who", "why"}, or
    empty. `values_gone`: since when its ledger holds no values any more.
    """

    id: str
    job: str
    org_id: str
    as_of: dt.date
    mapping: str
    model: str
    rules_digest: str
    plan_digest: str
    started: dt.datetime
    ended: dt.datetime | None
    status: RunStatus
    counts: Mapping[str, Any]
    calls: int
    message: str
    kind: RunKind = "run"
    undoes: str = ""
    allowed: Mapping[str, Any] = field(default_factory=dict)
    values_gone: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A row about to be sent. `ref` is the plan's (record Id for updates, our key for creates); values are JSON."""

    object: str
    operation: str
    ref: str
    record_id: str | None = None
    before: JsonRecord = field(default_factory=dict)
    after: JsonRecord = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What became of a row. `attempts` counts how often it was sent; `read_back` is what the org holds since."""

    status: WriteStatus
    record_id: str | None = None
    code: str = ""
    message: str = ""
    attempts: int = 1
    read_back: JsonRecord | None = None


@dataclass(frozen=True, kw_only=True)
class Write:
    """One row of the ledger: the intent, and once settled its outcome."""

    run_id: str
    seq: int
    object: str
    operation: str
    ref: str
    record_id: str | None
    before: JsonRecord
    after: JsonRecord
    read_back: JsonRecord | None
    status: WriteStatus
    code: str
    message: str
    attempts: int
    sent_at: dt.datetime
    settled_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Tombstone:
    """A key whose record is done, deleted or gone. `on`: the day; `account`: whom it was about (Id).

    `cause`: done, deleted (by a person), lapsed, withdrawn, opted out, merged, undone.
    """

    key: str
    object: str
    cause: str
    on: dt.date
    record_id: str | None = None
    account: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A row that the org refused. `digest`: of the values sent; other values make a fresh row of it."""

    ref: str
    digest: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Aside:
    """A row that failed `attempts` times with the same values, first at `since` and last at `last`."""

    object: str
    operation: str
    ref: str
    digest: str
    attempts: int
    code: str
    message: str
    since: dt.datetime
    last: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """The same value (JSON) of one field, written to one record so many times."""

    object: str
    record_id: str
    field: str
    value: Any
    times: int


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A job may not write until a person releases it. `run_id`: the run that led to it."""

    job: str
    run_id: str
    since: dt.datetime
    who: str
    why: str


@dataclass(frozen=True, kw_only=True)
class SavedPlan:
    """A plan document on disk and what was decided about it. `run_id`: the run that made it, or wrote it."""

    digest: str
    job: str
    as_of: dt.date
    path: str
    status: PlanStatus
    made: dt.datetime
    decided: dt.datetime | None = None
    who: str = ""
    why: str = ""
    run_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Bound:
    """The org that state belongs to."""

    org_id: str
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many rows are remembered. `ledger`: all of it, of which `done` and `open` (nobody knows); the rest failed.

    `tombstones`: cause → keys. `failing`: rows that failed before, and would be sent again or are set aside.
    """

    runs: int
    ledger: int
    done: int
    open: int
    labels: int
    tombstones: Mapping[str, int]
    failing: int
    merges: int

"""What goes into state and comes out of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

# `busy`: another run had the org, nothing was done. `stopped`: told to end; what was left is planned again.
RunStatus = Literal["running", "done", "partial", "failed", "refused", "nothing", "busy", "stopped"]
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
    """One run of a job. `id` sorts by time; `calls` are API requests sent; `ended` is None while it runs."""

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

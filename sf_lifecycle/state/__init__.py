"""What only we know: runs, the ledger, label history, what people decided. Backed up, migrated, never rebuilt."""

from sf_lifecycle.state.claims import ONE_RUN, Claim
from sf_lifecycle.state.store import State, open_state, utc_now
from sf_lifecycle.state.values import (
    Aside,
    Bound,
    Counts,
    Failure,
    Hold,
    Identity,
    Intent,
    PlanStatus,
    Rewritten,
    Run,
    RunKind,
    RunStatus,
    SavedPlan,
    Settlement,
    Tombstone,
    Write,
    WriteStatus,
)

__all__ = [
    "ONE_RUN",
    "Aside",
    "Bound",
    "Claim",
    "Counts",
    "Failure",
    "Hold",
    "Identity",
    "Intent",
    "PlanStatus",
    "Rewritten",
    "Run",
    "RunKind",
    "RunStatus",
    "SavedPlan",
    "Settlement",
    "State",
    "Tombstone",
    "Write",
    "WriteStatus",
    "open_state",
    "utc_now",
]

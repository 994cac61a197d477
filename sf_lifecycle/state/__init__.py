"""What only we know: runs, the ledger, label history, claims. A record: backed up, migrated, never rebuilt."""

from sf_lifecycle.state.claims import ONE_RUN, Claim
from sf_lifecycle.state.store import State, open_state, utc_now
from sf_lifecycle.state.values import Identity, Intent, Run, RunStatus, Settlement, Write, WriteStatus

__all__ = [
    "ONE_RUN",
    "Claim",
    "Identity",
    "Intent",
    "Run",
    "RunStatus",
    "Settlement",
    "State",
    "Write",
    "WriteStatus",
    "open_state",
    "utc_now",
]

"""Tombstones: what state remembers of a key whose record we took back, so that it is made again only when it should be.

They are set *before* the record goes and taken away again where it did not: whoever is killed in between leaves a
tombstone for a record that the next run finds gone, or finds standing and takes the tombstone away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sf_lifecycle.apply.records import KEY_FIELD, Row
from sf_lifecycle.plan.changes import CAUSES
from sf_lifecycle.state import Settlement, State, Tombstone

CLOSES = frozenset({"Task"})  # a member of a frozen wave that opted out gets a status, and is no less a member


def takes_back(object_name: str, operation: str, row: Row) -> bool:
    """Does this change end what we made?"""
    return operation == "delete" or (operation == "update" and row.cause is not None and object_name in CLOSES)


def bury(
    state: State, org_id: str, run_id: str, object_name: str, operation: str, rows: Iterable[Row], on: dt.date
) -> None:
    """Tombstones for what is about to be taken back; a row without a key or a cause has none."""
    stones = [
        Tombstone(key=row.key, object=object_name, cause=row.cause, on=on, record_id=row.ref, account=row.about)
        for row in rows
        if row.key and row.cause and takes_back(object_name, operation, row)
    ]
    if stones:
        state.bury(org_id, run_id, stones)


def unbury(
    state: State, org_id: str, object_name: str, operation: str, rows: Sequence[Row], outcomes: Sequence[Settlement]
) -> None:
    """What was made stands again, and what could not be taken back still stands."""
    if operation == "create":
        keys = [row.values.get(KEY_FIELD) for row, outcome in zip(rows, outcomes, strict=True) if _done(outcome)]
    else:
        keys = [
            row.key
            for row, outcome in zip(rows, outcomes, strict=True)
            if row.cause and takes_back(object_name, operation, row) and not (_done(outcome) or _open(outcome))
        ]
    if some := [key for key in keys if key]:
        state.unbury(org_id, object_name, some)


def stands_after_all(state: State, org_id: str, object_name: str, keys: Sequence[str]) -> None:
    """Records that a killed run may have meant to take back, and did not. A person's "done" is left as it is."""
    if not keys:
        return
    buried = state.tombstones(org_id)
    ours = buried[buried["object"].eq(object_name) & buried["key"].isin(keys) & buried["cause"].isin(CAUSES)]
    if len(ours):
        state.unbury(org_id, object_name, ours["key"].tolist())


def _done(outcome: Settlement) -> bool:
    return outcome.status == "done"


def _open(outcome: Settlement) -> bool:
    return outcome.status in ("intent", "unknown")

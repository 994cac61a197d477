"""`@KEY` in a plan: the record of this plan, or of the org, whose Lifecycle_Key__c is KEY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sf_lifecycle.apply import lookup
from sf_lifecycle.apply.records import Row
from sf_lifecycle.salesforce import Org
from sf_lifecycle.state import Settlement

# Which object a reference field's @KEY names.
OBJECTS = {"CampaignId": "Campaign"}


class References:
    """Our keys and the Ids they have come to stand for."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._failed: dict[str, str] = {}

    def learn(self, rows: Iterable[Row], outcomes: Iterable[Settlement]) -> None:
        """What became of records that later rows may name. `ref` of a create is its key."""
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome.status in ("done", "exists") and outcome.record_id:
                self._ids[row.ref] = outcome.record_id
            else:
                self._failed[row.ref] = outcome.message or outcome.code

    def read_missing(self, org: Org, rows: Sequence[Row]) -> None:
        """Ask the org for keys that this plan did not make."""
        named = {(OBJECTS.get(field, ""), key) for row in rows for field, key in row.named_keys().items()}
        for object_name in sorted({kind for kind, _ in named if kind}):
            keys = sorted(key for kind, key in named if kind == object_name and not self._is_settled(key))
            found = lookup.by_key(org, object_name, keys, ()) if keys else {}
            self._ids.update((key, str(row["Id"])) for key, row in found.items())

    def resolve(self, row: Row) -> tuple[Row, str]:
        """The row with Ids, and why it cannot be sent (empty where it can)."""
        named = row.named_keys()
        if not named:
            return row, ""
        for field, key in named.items():
            if key in self._failed:
                return row, f"{field}: {key} was not made: {self._failed[key]}"
            if key not in self._ids:
                return row, f"{field}: no record has the key {key}"
        return row.with_ids(self._ids), ""

    def _is_settled(self, key: str) -> bool:
        return key in self._ids or key in self._failed

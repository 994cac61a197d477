"""How many rows one request carries: halved where the org's automation runs into its limits, and remembered."""

from __future__ import annotations

from sf_lifecycle.state import State


class Size:
    """The size for one object and operation.

    Starts where the last run ended. When a run has sent a full request and none had to be halved, the next one tries
    twice as many: a trigger that was repaired costs nothing for long, one that was not costs a refused request every
    other run.
    """

    def __init__(self, state: State, org_id: str, object_name: str, operation: str, most: int) -> None:
        self._state, self._kind, self._most = state, (org_id, object_name, operation), most
        self.rows = min(most, state.batch_size(*self._kind) or most)
        self._halved, self._largest = False, 0

    def halve(self, rows: int) -> None:
        """A request of so many rows was too large."""
        self._halved = True
        self._set(min(self.rows, max(1, rows // 2)))

    def went(self, rows: int) -> None:
        """A request of so many rows was not too large."""
        self._largest = max(self._largest, rows)

    def close(self) -> None:
        """The section is over."""
        if self._largest >= self.rows and not self._halved and self.rows < self._most:
            self._set(min(self._most, self.rows * 2))

    def _set(self, rows: int) -> None:
        if rows != self.rows:
            self.rows = rows
            self._state.remember_batch_size(*self._kind, rows)

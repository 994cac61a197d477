"""One batch, sent until each of its rows has an outcome. What an answer means is decided in `outcome`."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sf_lifecycle.apply import lookup
from sf_lifecycle.apply.compare import differing
from sf_lifecycle.apply.outcome import Verdict, judge, settlement
from sf_lifecycle.apply.records import KEPT, Row, as_json, fields_to_read, record
from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce import Org
from sf_lifecycle.state import Settlement, WriteStatus

MOST_LOST = 2  # answers lost before a row is left as unknown


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much to send at once and how often to try again. `pause` in seconds, doubled with each round, jittered."""

    rows: int = 200
    lock_retries: int = 3
    shrink: int = 4
    pause: float = 1.0
    sleep: Callable[[float], None] = time.sleep


class Sending:
    """The rows of one batch on their way. `outcomes` is at every moment the best that is known of the rows sent."""

    def __init__(self, org: Org, object_name: str, operation: str, rows: Sequence[Row], effort: Effort) -> None:
        self.org, self.object, self.operation, self.rows, self.effort = org, object_name, operation, rows, effort
        self.fields = fields_to_read(object_name, (row.values for row in rows))
        self.outcomes: dict[int, Settlement] = {}
        self._verdicts: dict[int, Verdict] = {}
        self._attempts = [0] * len(rows)
        self._lost = [0] * len(rows)

    def run(self) -> OrgError | None:
        """Send, settle, read back. The error where the org refused us as a whole or could not be reached any more."""
        try:
            if self.object in lookup.NO_KEY:
                self._leave_what_is_there()
            self._send()
            self._read_back()
        except OrgError as error:
            return error
        return None

    def settlements(self) -> list[Settlement]:
        """One for each row; a row that was never sent has failed with the reason of the whole."""
        never = Settlement(status="failed", code="NOT_SENT", message="the org could not be used any more", attempts=0)
        return [self.outcomes.get(i, never) for i in range(len(self.rows))]

    def _leave_what_is_there(self) -> None:
        values = [row.values for row in self.rows]
        for i, found in enumerate(lookup.existing(self.org, self.object, values, self.fields)):
            if found is not None:
                self.outcomes[i] = self._met(i, found)

    def _send(self) -> None:
        queue = [i for i in range(len(self.rows)) if i not in self.outcomes]
        size, pause = self.effort.rows, self.effort.pause
        while queue:
            for start in range(0, len(queue), size):
                self._post(queue[start : start + size])
            self._compare([i for i in queue if self._verdicts[i] is Verdict.EXISTS])
            self._look([i for i in queue if self._verdicts[i] is Verdict.UNKNOWN])
            queue = [i for i in queue if self._goes_again(i)]
            if any(self._verdicts[i] is Verdict.AGAIN for i in queue):
                self.effort.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))
            size, pause = max(1, size // self.effort.shrink), pause * 2

    def _post(self, some: Sequence[int]) -> None:
        send = self.org.create if self.operation == "create" else self.org.update
        for i in some:
            self._attempts[i] += 1
        try:
            answers = send(self.object, [record(self.operation, self.rows[i]) for i in some])
        except OrgError as error:
            for i in some:
                # With a code the org has answered, and done nothing; without one, or after a lost answer, nobody knows.
                status: WriteStatus = "failed" if error.code and not self._lost[i] else "unknown"
                self.outcomes[i] = Settlement(
                    status=status, code=error.code or "NO_ANSWER", message=error.message, attempts=self._attempts[i]
                )
            raise
        for i, answer in zip(some, answers, strict=True):
            verdict = judge(answer, self.operation)
            self._lost[i] += verdict is Verdict.UNKNOWN
            self._verdicts[i] = verdict
            self.outcomes[i] = settlement(verdict, answer, self._attempts[i])

    def _goes_again(self, i: int) -> bool:
        if self._verdicts[i] is Verdict.AGAIN:
            return self._attempts[i] <= self.effort.lock_retries
        return self._verdicts[i] is Verdict.UNKNOWN and self._lost[i] < MOST_LOST

    def _compare(self, some: Sequence[int]) -> None:
        """The org says that it exists. Nothing found: something else was a duplicate, and the row has failed."""
        values = [self.rows[i].values for i in some]
        met = lookup.in_the_way(self.org, self.object, values, self.fields) if some else []
        for i, found in zip(some, met, strict=True):
            if found is not None:
                self.outcomes[i] = self._met(i, found)

    def _met(self, i: int, found: lookup.Found) -> Settlement:
        if found.get("IsDeleted"):
            return self._different(i, found, "a deleted record holds the key")
        names = differing(self.rows[i].values, found)
        if names:
            return self._different(i, found, f"differs in {', '.join(names)}")
        ours = self._lost[i] > 0  # the request whose answer was lost did arrive
        return Settlement(status="done" if ours else "exists", record_id=found["Id"], attempts=self._attempts[i])

    def _different(self, i: int, found: lookup.Found, message: str) -> Settlement:
        return Settlement(
            status="exists", record_id=found["Id"], code="DIFFERENT", message=message, attempts=self._attempts[i]
        )

    def _look(self, some: Sequence[int]) -> None:
        """Were rows done whose answer was lost? Those found are; the others stay unknown."""
        for i, found in zip(some, self._as_the_org_has_them(some), strict=True):
            if found is not None and not (self.operation == "update" and differing(self.rows[i].values, found)):
                self._verdicts[i] = Verdict.DONE
                self.outcomes[i] = Settlement(status="done", record_id=found["Id"], attempts=self._attempts[i])

    def _as_the_org_has_them(self, some: Sequence[int]) -> Iterable[lookup.Found | None]:
        if not some:
            return []
        if self.operation == "update":
            rows = lookup.by_id(self.org, self.object, [self.rows[i].ref for i in some], self.fields)
            return [rows.get(self.rows[i].ref) for i in some]
        return lookup.existing(self.org, self.object, [self.rows[i].values for i in some], self.fields)

    def _read_back(self) -> None:
        """What the org made of it: kept in the ledger, and the proof where the org replaces values in silence."""
        written = [i for i, known in self.outcomes.items() if known.status in ("done", "exists") and not known.code]
        if self.object in KEPT and written:
            ids = [str(self.outcomes[i].record_id) for i in written]
            rows = lookup.by_id(self.org, self.object, ids, self.fields)
            for i in written:
                self._keep(i, rows.get(str(self.outcomes[i].record_id)))
        elif self.object in lookup.NO_KEY:
            made = [i for i in written if self.outcomes[i].status == "done"]
            for i, found in zip(made, self._as_the_org_has_them(made), strict=True):
                if found is None:
                    self._fail(i, "NOT_READ_BACK", "the org said it was made, and does not have it")

    def _keep(self, i: int, found: lookup.Found | None) -> None:
        if found is None:
            return
        self.outcomes[i] = replace(self.outcomes[i], read_back=as_json(found))
        asked = self.rows[i].values.get("Status")
        if self.object == "CampaignMember" and asked and asked.casefold() != str(found["Status"]).casefold():
            self._fail(i, "STATUS_SUBSTITUTED", f"asked for {asked!r}, the org stored {found['Status']!r}")

    def _fail(self, i: int, code: str, message: str) -> None:
        self.outcomes[i] = replace(self.outcomes[i], status="failed", code=code, message=message)

"""One batch, sent until each of its rows has an outcome. What an answer means is decided in `outcome`."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sf_lifecycle.apply import doors, lookup
from sf_lifecycle.apply.compare import differing, same
from sf_lifecycle.apply.effort import Effort
from sf_lifecycle.apply.ground import gone
from sf_lifecycle.apply.outcome import UNREADABLE, Verdict, judge, settlement
from sf_lifecycle.apply.records import KEPT, LAST_HAND, Row, fields_to_read, read_back_of
from sf_lifecycle.apply.sizes import Size
from sf_lifecycle.errors import OrgError, OrgUnavailable
from sf_lifecycle.salesforce import Org, RowOutcome
from sf_lifecycle.salesforce.decide import fault_of_row, row_stops_all, way_out
from sf_lifecycle.state import Settlement, WriteStatus

MOST_LOST = 2  # answers lost before a row is left as unknown
NOT_READ_BACK = "NOT_READ_BACK"
NOT_SENT = "NOT_SENT"


class Sending:
    """The rows of one batch on their way. `outcomes` is at every moment the best that is known of the rows sent.

    With `bulk` the first try is a Bulk job. What goes again goes by collections: a job has no size to halve and no
    order that keeps rows of one account apart.
    `remembered`: Ids → what was read back of them last. `is_known`: does the ledger have this record as made by us?
    `should_stop` is asked before each request but the first; `stopped`: it said so while rows were left.
    """

    def __init__(
        self,
        org: Org,
        object_name: str,
        operation: str,
        rows: Sequence[Row],
        *,
        effort: Effort,
        size: Size,
        bulk: bool = False,
        should_stop: Callable[[], bool] = lambda: False,
        remembered: Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]] = lambda _: {},
        is_known: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self.org, self.object, self.operation, self.rows = org, object_name, operation, rows
        self.effort, self.size, self.bulk = effort, size, bulk
        self.fields = fields_to_read(object_name, (row.values for row in rows))
        self.outcomes: dict[int, Settlement] = {}
        self.stopped = False
        self._should_stop, self._posted = should_stop, False
        self._remembered, self._is_known = remembered, is_known
        self._found_there: set[int] = set()  # rows to be made whose record stood there already
        self._verdicts: dict[int, Verdict] = {}
        self._attempts = [0] * len(rows)
        self._lost = [0] * len(rows)
        self._locked = [0] * len(rows)

    def run(self) -> OrgError | None:
        """Send, settle, read back. The error where the org refused us as a whole or could not be reached any more."""
        error: OrgError | None = None
        try:
            if self.object in lookup.NO_KEY and self.operation == "create":
                self._leave_what_is_there()
            self._send()
        except OrgError as failure:
            error = failure
        try:
            self._read_back()
        except OrgError as failure:
            self._not_read_back()
            error = error or failure
        return error

    def settlements(self) -> list[Settlement]:
        """One for each row; a row that was never sent has failed with the reason of the whole."""
        never = Settlement(status="failed", code=NOT_SENT, message="the org could not be used any more", attempts=0)
        return [self.outcomes.get(i, never) for i in range(len(self.rows))]

    def _leave_what_is_there(self) -> None:
        values = [row.values for row in self.rows]
        for i, found in enumerate(lookup.existing(self.org, self.object, values, self.fields)):
            if found is not None:
                self.outcomes[i] = self._met(i, found)

    # Sending

    def _send(self) -> None:
        queue = [i for i in range(len(self.rows)) if i not in self.outcomes]
        pause, shrunk, bulk = self.effort.pause, 1, self.bulk
        while queue:
            left: list[int] = []
            if bulk:
                self._post(queue, doors.by_bulk)
            else:
                left = self._round(queue, shrunk)
            unsent = set(left)
            sent = [i for i in queue if i not in unsent]
            self._ask_about(sent)
            queue = [i for i in sent if self._goes_again(i, bulk)]
            if self.stopped:
                self._leave([*queue, *left])
                return
            if any(self._verdicts[i] is Verdict.AGAIN for i in queue):
                self.effort.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))
                pause, shrunk = pause * 2, shrunk * (1 if bulk else self.effort.shrink)
            bulk = False

    def _round(self, queue: Sequence[int], shrunk: int) -> list[int]:
        """Everything once; what was too much at once again, half as much at a time, down to one row.

        Returns what a stop left: such a round has not found out how much is too much.
        """
        most = start = max(1, self.size.rows // shrunk)
        left = deque([list(queue)])
        refused: list[list[int]] = []
        while left:
            if self._stops():
                return [i for some in left for i in some]
            some = left.popleft()
            if some[most:]:
                left.appendleft(some[most:])
                some = some[:most]
            self._post(some, doors.by_collections)
            again = [i for i in some if self._verdicts[i] is Verdict.SMALLER]
            if not again:
                self.size.went(len(some))
            elif len(some) == 1:
                most = start  # this row was what the larger requests failed for
            else:
                half = (len(again) + 1) // 2
                left.extendleft(part for part in (again[half:], again[:half]) if part)
                if self._met_limits(some, again):
                    refused.append(some)
                    most = half
        alone = {i for i in queue if self._verdicts[i] is Verdict.SMALLER}
        if sizes := [len(some) for some in refused if not alone.intersection(some)]:
            self.size.halve(min(sizes))
        return []

    def _stops(self) -> bool:
        """Before the first request it was asked already."""
        self.stopped = self.stopped or (self._posted and self._should_stop())
        return self.stopped

    def _leave(self, some: Iterable[int]) -> None:
        """Rows that a stop keeps from being sent, or sent again; of one whose answer was lost that stays unknown."""
        message = "the run was stopped before it was sent"
        for i in some:
            if self._verdicts.get(i) is not Verdict.UNKNOWN:
                attempts = self._attempts[i]
                self.outcomes[i] = Settlement(status="failed", code=NOT_SENT, message=message, attempts=attempts)

    def _met_limits(self, some: Sequence[int], again: Sequence[int]) -> bool:
        """Did the request fail as a whole for its size? Not for bad company, nor for one value that is no value."""
        return len(again) == len(some) and any(self.outcomes[i].code != UNREADABLE for i in again)

    def _post(self, some: Sequence[int], door: Callable[..., list[RowOutcome]]) -> None:
        self._posted = True
        for i in some:
            self._attempts[i] += 1
        try:
            answers = door(self.org, self.object, self.operation, [self.rows[i] for i in some])
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
            self._locked[i] += verdict is Verdict.AGAIN
            self._verdicts[i] = verdict
            self.outcomes[i] = settlement(verdict, answer, self._attempts[i])
        _stop_where_all_would_fail(answers, self.object)

    def _goes_again(self, i: int, was_bulk: bool) -> bool:
        match self._verdicts[i]:
            case Verdict.AGAIN:
                return self._locked[i] <= self.effort.lock_retries
            case Verdict.UNKNOWN:
                return self._lost[i] < MOST_LOST
            case Verdict.SMALLER:
                return was_bulk
            case _:
                return False

    # What the org has

    def _ask_about(self, queue: Sequence[int]) -> None:
        """Before anything goes again: is it there, was it done, has it gone?"""
        self._compare([i for i in queue if self._verdicts[i] is Verdict.EXISTS])
        self._look([i for i in queue if self._verdicts[i] in (Verdict.UNKNOWN, Verdict.GONE)])

    def _compare(self, some: Sequence[int]) -> None:
        """The org says that it exists. Nothing found: something else was a duplicate, and the row has failed."""
        values = [self.rows[i].values for i in some]
        met = lookup.in_the_way(self.org, self.object, values, self.fields) if some else []
        for i, found in zip(some, met, strict=True):
            self.outcomes[i] = self._met(i, found) if found is not None else replace(self.outcomes[i], status="failed")

    def _met(self, i: int, found: lookup.Found) -> Settlement:
        if found.get("IsDeleted"):
            return self._different(i, found, "a deleted record holds the key")
        names = differing(self.rows[i].values, found)
        if names:
            return self._different(i, found, f"differs in {', '.join(names)}")
        self._found_there.add(i)
        # The request whose answer was lost did arrive, or one that an earlier run died over and that came late.
        may_be_late = self.operation == "create" and self.object not in lookup.NO_KEY
        ours = self._lost[i] > 0 or (may_be_late and not self._is_known(found["Id"]))
        return Settlement(status="done" if ours else "exists", record_id=found["Id"], attempts=self._attempts[i])

    def _different(self, i: int, found: lookup.Found, message: str) -> Settlement:
        return Settlement(
            status="exists", record_id=found["Id"], code="DIFFERENT", message=message, attempts=self._attempts[i]
        )

    def _look(self, some: Sequence[int]) -> None:
        """Were rows done whose answer was lost? Those found so are; the others stay as they are."""
        if not some:
            return
        if self.operation == "delete":
            living = lookup.living(self.org, self.object, [self.rows[i].ref for i in some])
            for i in some:
                if self.rows[i].ref not in living:
                    self.outcomes[i] = self._went(i)
                elif self._verdicts[i] is Verdict.GONE:
                    self.outcomes[i] = replace(self.outcomes[i], status="failed")
            return
        for i, found in zip(some, self._as_the_org_has_them(some), strict=True):
            if found is not None and not (self.operation == "update" and differing(self.rows[i].values, found)):
                self._verdicts[i] = Verdict.DONE
                if self.operation == "create":
                    self._found_there.add(i)
                self.outcomes[i] = Settlement(status="done", record_id=found["Id"], attempts=self._attempts[i])

    def _went(self, i: int) -> Settlement:
        """A record that was to be deleted is not there any more; by us, where a request of ours may have arrived."""
        self._verdicts[i] = Verdict.DONE
        if self._lost[i]:
            return Settlement(status="done", record_id=self.rows[i].ref, attempts=self._attempts[i])
        return gone(self.rows[i].ref, self._attempts[i])

    def _as_the_org_has_them(self, some: Sequence[int]) -> Iterable[lookup.Found | None]:
        if self.operation == "update":
            rows = lookup.by_id(self.org, self.object, [self.rows[i].ref for i in some], self.fields)
            return [rows.get(self.rows[i].ref) for i in some]
        return lookup.existing(self.org, self.object, [self.rows[i].values for i in some], self.fields)

    # Reading back

    def _written(self) -> list[int]:
        if self.operation == "delete":
            return []
        written = [i for i, known in self.outcomes.items() if known.status in ("done", "exists") and not known.code]
        if self.object in KEPT:
            return written
        return [i for i in written if self.object in lookup.NO_KEY and self.outcomes[i].status == "done"]

    def _read_back(self) -> None:
        """What the org made of it: kept in the ledger, and the proof where the org replaces values in silence."""
        written = self._written()
        if not written:
            return
        if self.object in KEPT:
            ids = [str(self.outcomes[i].record_id) for i in written]
            fields = (*self.fields, LAST_HAND) if self._found_there else self.fields
            rows = lookup.by_id(self.org, self.object, ids, fields)
            remembered = self._remembered(ids) if self.operation == "update" else {}
            for i, id_ in zip(written, ids, strict=True):
                self._keep(i, rows.get(id_), remembered.get(id_, {}))
            return
        for i, found in zip(written, self._as_the_org_has_them(written), strict=True):
            if found is None:
                self._fail(i, NOT_READ_BACK, "the org said it was made, and does not have it")

    def _not_read_back(self) -> None:
        """Written, but what the org made of it is not known: the next run reads it, and knows the record as ours."""
        for i in self._written():
            if self.outcomes[i].status == "done" and self.outcomes[i].read_back is None:
                message = "written, and not read back"
                self.outcomes[i] = replace(self.outcomes[i], status="unknown", code=NOT_READ_BACK, message=message)

    def _keep(self, i: int, found: lookup.Found | None, remembered: Mapping[str, Any]) -> None:
        """Of a record that stood there already only where nobody has changed it since."""
        us, values = self.org.identity.user_id, self.rows[i].values
        if found is None or (i in self._found_there and not same(found.get(LAST_HAND) or us, us)):
            return
        read_back = read_back_of(self.object, values, found, remembered)
        self.outcomes[i] = replace(self.outcomes[i], read_back=read_back)
        asked = values.get("Status")
        if self.object == "CampaignMember" and asked and asked.casefold() != str(found["Status"]).casefold():
            self._fail(i, "STATUS_SUBSTITUTED", f"asked for {asked!r}, the org stored {found['Status']!r}")

    def _fail(self, i: int, code: str, message: str) -> None:
        self.outcomes[i] = replace(self.outcomes[i], status="failed", code=code, message=message)


def _stop_where_all_would_fail(answers: Iterable[RowOutcome], object_name: str) -> None:
    for answer in answers:
        if not answer.ok and row_stops_all(answer.code):
            raise OrgUnavailable(
                f"The org takes no more {object_name}: {answer.code}: {answer.message}",
                code=answer.code,
                way_out=way_out(fault_of_row(answer.code, answer.message)),
            )

"""What a killed run left open: read back and settled before the next run writes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sf_lifecycle.apply import lookup, stones
from sf_lifecycle.apply.compare import differing, same
from sf_lifecycle.apply.records import KEPT, KEY_FIELD, LAST_HAND, as_json, fields_to_read, read_back_of
from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce import Org
from sf_lifecycle.state import Settlement, State, Write

NOT_IN_ORG = "NOT_IN_ORG"

# Outcomes in the order of the rows, and our keys of records that still stand where they were to go.
Found = tuple[list[Settlement], list[str]]


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """Rows that were open; those the org turned out to have; those it has not, which are planned anew."""

    rows: int
    done: int
    failed: int


def recover(org: Org, state: State) -> Recovery:
    """Settle every row of earlier runs that is still `intent` or `unknown`. Call it under the claim on the org.

    At most one query for 200 rows. Tombstones follow: of what was made, and of what still stands, none is left.
    OrgError leaves rows that are still open for the next time.
    """
    org_id = org.identity.org_id
    done = failed = 0
    for writes in _portions(state.unsettled(org_id)):
        outcomes, standing = _WAYS[writes[0].operation](org, state, writes)
        _tombstones(state, org_id, writes, outcomes, standing)
        for run_id, some in groupby(zip(writes, outcomes, strict=True), key=lambda pair: pair[0].run_id):
            pairs = list(some)
            state.settle(run_id, [write.seq for write, _ in pairs], [outcome for _, outcome in pairs])
        done += sum(outcome.status == "done" for outcome in outcomes)
        failed += sum(outcome.status == "failed" for outcome in outcomes)
    return Recovery(rows=done + failed, done=done, failed=failed)


def _portions(writes: Sequence[Write]) -> Iterator[list[Write]]:
    def kind(write: Write) -> tuple[str, str]:
        return write.object, write.operation

    for _, some in groupby(sorted(writes, key=kind), key=kind):
        rows = list(some)
        for start in range(0, len(rows), lookup.PER_QUERY):
            yield rows[start : start + lookup.PER_QUERY]


def _tombstones(
    state: State, org_id: str, writes: Sequence[Write], outcomes: Sequence[Settlement], standing: Iterable[str]
) -> None:
    """Before the rows are settled: whoever is killed here finds them open again."""
    pairs = zip(writes, outcomes, strict=True)
    made = [w.after.get(KEY_FIELD) for w, outcome in pairs if (w.operation, outcome.status) == ("create", "done")]
    if keys := [key for key in made if key]:
        state.unbury(org_id, writes[0].object, keys)
    stones.stands_after_all(state, org_id, writes[0].object, [key for key in standing if key])


def _creates(org: Org, state: State, writes: Sequence[Write]) -> Found:
    """By key. Only fields that every org has are read: those of the run's mapping may be gone by now.

    A deleted record that has a tombstone was there before: the one that this key had last time.
    """
    kind = writes[0].object
    fields = (*KEPT[kind], LAST_HAND) if kind in KEPT else ()
    found = lookup.existing(org, kind, [write.after for write in writes], fields, deleted=True)
    if any(record and record.get("IsDeleted") for record in found):
        buried = set(state.tombstones(org.identity.org_id)["record_id"])
        found = [None if record and record.get("IsDeleted") and record["Id"] in buried else record for record in found]
    us = org.identity.user_id
    return [_created(write, record, us) for write, record in zip(writes, found, strict=True)], []


def _created(write: Write, found: lookup.Found | None, us: str) -> Settlement:
    if found is None:
        return Settlement(status="failed", code=NOT_IN_ORG, message="not in the org", attempts=write.attempts)
    names = differing(write.after, found)
    notes = [
        *(["deleted since"] if found.get("IsDeleted") else []),
        *([f"differs in {', '.join(names)}"] if names else []),
    ]
    if not notes and not same(found.get(LAST_HAND) or us, us):
        notes.append("changed by somebody since")  # it may be a field that we did not send
    return Settlement(
        status="done",
        record_id=found["Id"],
        message="; ".join(notes),
        attempts=max(1, write.attempts),
        # Without a read-back the record counts as somebody's: we cannot tell what they changed.
        read_back=None if notes or write.object not in KEPT else as_json(found),
    )


def _updates(org: Org, state: State, writes: Sequence[Write]) -> Found:
    kind = writes[0].object
    known = (KEY_FIELD,) if kind in stones.CLOSES else ()
    fields = tuple(dict.fromkeys((*fields_to_read(kind, (write.after for write in writes)), *known)))
    try:
        found = lookup.by_id(org, kind, [write.ref for write in writes], fields)
    except OrgError as error:
        if error.code != "INVALID_FIELD":
            raise
        message = f"cannot be read back: {error.message}"
        return [Settlement(status="failed", code=error.code, message=message, attempts=w.attempts) for w in writes], []
    refs = [write.ref for write in writes]
    remembered = state.last_read_back(org.identity.org_id, kind, refs) if kind in KEPT else {}
    outcomes = [_updated(write, found.get(write.ref), remembered.get(write.ref, {})) for write in writes]
    as_it_was = (found[w.ref] for w, o in zip(writes, outcomes, strict=True) if o.status == "failed" and w.ref in found)
    return outcomes, [str(record.get(KEY_FIELD) or "") for record in as_it_was]


def _deletes(org: Org, _: State, writes: Sequence[Write]) -> Found:
    living = lookup.living(org, writes[0].object, [write.ref for write in writes])
    outcomes = [
        Settlement(status="failed", code=NOT_IN_ORG, message="not deleted", attempts=write.attempts)
        if write.ref in living
        else Settlement(status="done", record_id=write.ref, attempts=max(1, write.attempts))
        for write in writes
    ]
    return outcomes, [str(write.before.get(KEY_FIELD) or "") for write in writes if write.ref in living]


def _updated(write: Write, found: lookup.Found | None, remembered: Mapping[str, Any]) -> Settlement:
    names = differing(write.after, found) if found is not None else ()
    if found is None or names:
        message = f"not in the org: differs in {', '.join(names)}" if names else "not in the org"
        return Settlement(status="failed", code=NOT_IN_ORG, message=message, attempts=write.attempts)
    read_back = read_back_of(write.object, write.after, found, remembered) if write.object in KEPT else None
    return Settlement(status="done", record_id=write.ref, attempts=max(1, write.attempts), read_back=read_back)


_WAYS: Mapping[str, Callable[[Org, State, Sequence[Write]], Found]] = {
    "create": _creates,
    "update": _updates,
    "delete": _deletes,
}

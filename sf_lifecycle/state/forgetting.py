"""A person's or an account's data leaves state: what remains says that something was written, not what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from sf_lifecycle.state.bulk import IDS, portions
from sf_lifecycle.state.claims import refuse_while_held
from sf_lifecycle.state.keeping import BLANK, OPEN
from sf_lifecycle.state.schema import asides, label_history, runs, tombstones, writes

IDS_A_SCAN = 50
WRITTEN = ("00T", "00v")  # Tasks and members: no value of ours names one, each is known by its record
SHORT = 15  # the part of an Id that tells records apart; a link in a text may hold no more


@dataclass(kw_only=True)
class _Found:
    """Rows of the ledger: settled ones by (run, number), how many are open, what they are about."""

    settled: set[tuple[str, int]] = field(default_factory=set)
    open: set[tuple[str, int]] = field(default_factory=set)
    records: set[str] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)


def forget(connection: Connection, now: dt.datetime, org_id: str, ids: Collection[str]) -> dict[str, int]:
    """Remove all values about these records; rows by what they were. `ids`: 18 characters each, of accounts, contacts
    and Leads, and of what is theirs: contracts, Tasks, memberships.

    `ledger`: rows blanked, those of every record that names one of them included (a Task's subject holds a name).
    `open`: rows left as they are, since nobody knows yet whether they reached the org; forget again when a run has
    settled them. `labels`, `set_aside`: rows deleted. `tombstones`: rows that name nobody any more.
    Refused while a run writes.
    """
    refuse_while_held(connection, org_id, now)
    found = _look(connection, org_id, sorted(set(ids)))
    _blank(connection, found.settled)
    return {
        "ledger": len(found.settled),
        "open": len(found.open),
        "labels": _delete_labels(connection, org_id, ids),
        "set_aside": _delete_asides(connection, org_id, ids, found.refs),
        "tombstones": _unname(connection, org_id, ids),
    }


def _look(connection: Connection, org_id: str, ids: list[str]) -> _Found:
    found = _Found()
    for some in portions((each for each in ids if not each.startswith(WRITTEN)), IDS_A_SCAN):
        columns = (writes.c.before, writes.c.after, writes.c.read_back, writes.c.message)
        named = (_holds(connection, column, each[:SHORT]) for column in columns for each in some)
        _take(found, connection.execute(_rows(org_id, or_(writes.c.ref.in_(some), *named))))
    for some in portions(sorted(found.records | set(ids)), IDS):
        _take(found, connection.execute(_rows(org_id, writes.c.record_id.in_(some))))
    return found


def _rows(org_id: str, wanted: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    columns = (writes.c.run_id, writes.c.seq, writes.c.record_id, writes.c.ref, writes.c.status)
    return select(*columns).join(runs, runs.c.id == writes.c.run_id).where(runs.c.org_id == org_id, wanted)


def _take(found: _Found, rows: Iterable[Row[tuple[object, ...]]]) -> None:
    for row in rows:
        (found.open if row.status in OPEN else found.settled).add((row.run_id, row.seq))
        found.refs.add(row.ref)
        if row.record_id is not None:
            found.records.add(row.record_id)


def _holds(connection: Connection, column: ColumnElement[object], text: str) -> ColumnElement[bool]:
    """Unlike LIKE both tell capitals from small letters, as Ids do."""
    where = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return where(column, literal(text)) > 0


def _blank(connection: Connection, rows: Collection[tuple[str, int]]) -> None:
    this = (writes.c.run_id == bindparam("of_run"), writes.c.seq == bindparam("of_seq"))
    values = [{"of_run": run_id, "of_seq": seq, **BLANK} for run_id, seq in sorted(rows)]
    if values:
        connection.execute(update(writes).where(*this), values)


def _delete_labels(connection: Connection, org_id: str, ids: Collection[str]) -> int:
    of_org = delete(label_history).where(label_history.c.org_id == org_id)
    some = portions(sorted(ids), IDS)
    return sum(connection.execute(of_org.where(label_history.c.record_id.in_(part))).rowcount for part in some)


def _delete_asides(connection: Connection, org_id: str, ids: Collection[str], refs: Collection[str]) -> int:
    """By what they would have written, and by what the org said about it."""
    of_org = delete(asides).where(asides.c.org_id == org_id)
    by_ref = [asides.c.ref.in_(part) for part in portions(sorted({*ids, *refs}), IDS)]
    by_message = [
        or_(*(_holds(connection, asides.c.message, each[:SHORT]) for each in part))
        for part in portions((each for each in sorted(ids) if not each.startswith(WRITTEN)), IDS_A_SCAN)
    ]
    return sum(connection.execute(of_org.where(some)).rowcount for some in (*by_ref, *by_message))


def _unname(connection: Connection, org_id: str, ids: Collection[str]) -> int:
    unnamed = 0
    for some in portions(sorted(ids), IDS):
        for column in (tombstones.c.account, tombstones.c.record_id):
            named = update(tombstones).where(tombstones.c.org_id == org_id, column.in_(some))
            unnamed += connection.execute(named.values({column: None})).rowcount
    return unnamed

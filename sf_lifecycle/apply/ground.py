"""Do changes still rest on what their plan saw? What a person touched since is left alone, and told.

Asked of each Task about to be deleted or closed and of each member about to be removed; of other updates where their
plan waited between being made and being applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sf_lifecycle.apply import lookup
from sf_lifecycle.apply.compare import differing
from sf_lifecycle.apply.records import KEPT, KEY_FIELD, Row
from sf_lifecycle.apply.stones import takes_back
from sf_lifecycle.lifecycle.touched import TOUCH_FIELDS
from sf_lifecycle.plan.changes import Section
from sf_lifecycle.salesforce import Org
from sf_lifecycle.state import Settlement, State

GROUND_MOVED = "GROUND_MOVED"
ALREADY_GONE = "ALREADY_GONE"

# What tells a person's work. Of other objects: every value that goes, but the owner, who never counts.
JUDGED: Mapping[str, tuple[str, ...]] = {"Task": TOUCH_FIELDS, "CampaignMember": KEPT["CampaignMember"]}


def standing(org: Org, object_name: str, rows: Sequence[Row]) -> list[Settlement | None]:
    """For each update None where it may be sent; else what became of it without: it is so already, or must not be.

    One query for 200 rows. OrgError where the org cannot be asked.
    """
    fields = sorted({name for row in rows for name in row.values})
    found = lookup.by_id(org, object_name, [row.ref for row in rows], fields)
    return [_judge(row, row.before, found.get(row.ref), {}) for row in rows]


def untouched(
    org: Org, state: State, section: Section, rows: Sequence[Row]
) -> tuple[list[Row], list[Settlement | None]]:
    """The same for what takes back something of ours; other rows get None. Rows come back with their keys.

    A record is held against the values before it in the plan, and where the plan does not have them against what we
    read back after our last write. A record that a merge has moved to the survivor is where it was.
    """
    places = [i for i, row in enumerate(rows) if takes_back(section.object, section.operation, row)]
    judged: list[Settlement | None] = [None] * len(rows)
    if not places:
        return list(rows), judged
    org_id = org.identity.org_id
    remembered = state.last_read_back(org_id, section.object, [rows[i].ref for i in places])
    expected = {i: _expected(section, rows[i], remembered.get(rows[i].ref, {})) for i in places}
    found = _read(org, section.object, [rows[i] for i in places], expected.values())
    merges = state.merges(org_id)
    keyed = list(rows)
    for i in places:
        record = found.get(rows[i].ref)
        keyed[i] = replace(rows[i], key=rows[i].key or (record or {}).get(KEY_FIELD))
        judge = _judge_removal if section.operation == "delete" else _judge
        judged[i] = judge(rows[i], expected[i], record, merges)
    return keyed, judged


def gone(ref: str, attempts: int) -> Settlement:
    """Somebody was quicker: what should go has gone."""
    return Settlement(
        status="exists", record_id=ref, code=ALREADY_GONE, message="deleted in the org already", attempts=attempts
    )


def _expected(section: Section, row: Row, remembered: Mapping[str, Any]) -> dict[str, Any]:
    """Field → value, of fields that tell a person's work and whose value is known. A delete names nulls by silence."""
    known = section.fields if section.operation == "delete" else tuple(row.before)
    judged = JUDGED.get(section.object, tuple(name for name in known if name not in ("OwnerId", KEY_FIELD)))
    return {
        **{name: remembered[name] for name in judged if name in remembered},
        **{name: row.before.get(name) for name in judged if name in known},
    }


def _read(
    org: Org, object_name: str, rows: Sequence[Row], expected: Iterable[Mapping[str, Any]]
) -> dict[str, lookup.Found]:
    names = {name for values in expected for name in values} | {name for row in rows for name in row.values}
    names |= set() if object_name in lookup.NO_KEY else {KEY_FIELD}
    return lookup.by_id(org, object_name, [row.ref for row in rows], sorted(names))


def _judge_removal(
    row: Row, expected: Mapping[str, Any], found: lookup.Found | None, merges: Mapping[str, str]
) -> Settlement | None:
    if found is None:
        return gone(row.ref, 0)
    return _moved(row, differing(_followed(expected, found, merges), found))


def _judge(
    row: Row, expected: Mapping[str, Any], found: lookup.Found | None, merges: Mapping[str, str]
) -> Settlement | None:
    if found is None:
        return Settlement(status="failed", code=GROUND_MOVED, message="the record is gone", attempts=0)
    wanted = differing(row.values, found)
    if not wanted:
        return Settlement(status="exists", record_id=row.ref, attempts=0)
    moved = differing(_followed(expected, found, merges), found)
    # A field that is already as it shall be did not move; others count where they tell a person's work.
    return _moved(row, tuple(name for name in moved if name in wanted or name not in row.values))


def _moved(row: Row, names: Sequence[str]) -> Settlement | None:
    if not names:
        return None
    message = f"changed in the org since the plan was made: {', '.join(names)}"
    return Settlement(status="failed", record_id=row.ref, code=GROUND_MOVED, message=message, attempts=0)


def _followed(expected: Mapping[str, Any], found: lookup.Found, merges: Mapping[str, str]) -> dict[str, Any]:
    """With survivors of merges in the place of those that went, where the record moved along."""
    return {
        name: merges[value] if value in merges and merges[value] == found.get(name) else value
        for name, value in expected.items()
    }

"""Do changes still rest on what their plan saw? What a person touched since is left alone, and told.

Asked of each Task about to be deleted or closed and of each member about to be removed; of other updates where their
plan waited between being made and being applied. Of members that come or go also their campaign is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from sf_lifecycle.apply import lookup
from sf_lifecycle.apply.compare import differing
from sf_lifecycle.apply.records import ANSWERS, KEY_FIELD, TELLING, Row
from sf_lifecycle.apply.stones import takes_back
from sf_lifecycle.errors import OrgError
from sf_lifecycle.plan.cells import CAMPAIGN_STATUS
from sf_lifecycle.plan.changes import Section
from sf_lifecycle.salesforce import Org
from sf_lifecycle.state import Settlement, State

GROUND_MOVED = "GROUND_MOVED"
ALREADY_GONE = "ALREADY_GONE"
MOVED_ON = Settlement(status="failed", code=GROUND_MOVED, message="its campaign has moved on", attempts=0)


class Ground:
    """What changes rest on, asked of the org while one plan is carried out. OrgError where it cannot be asked."""

    def __init__(self, org: Org, state: State) -> None:
        self._org, self._state = org, state
        self._answers: tuple[str, ...] = ANSWERS  # those that this org shows us, once it has refused one

    def standing(self, section: Section, rows: Sequence[Row], *, by_field: bool = False) -> list[Settlement | None]:
        """For each update None where it may be sent; else what became of it without: it is so already, or must not be.

        A Task is held against all that tells a person's work, other objects against the fields that change;
        `by_field`: Tasks as well. One query for 200 rows.
        """
        expected: list[Mapping[str, Any]] = [row.before for row in rows]
        merges: Mapping[str, str] = {}
        if section.object == "Task" and not by_field:
            org_id = self._org.identity.org_id
            remembered = self._state.last_read_back(org_id, section.object, [row.ref for row in rows])
            expected = [{**_expected(section, row, remembered.get(row.ref, {})), **row.before} for row in rows]
            merges = self._state.merges(org_id)
        names = {name for values in (*expected, *(row.values for row in rows)) for name in values}
        found = self._read(section.object, rows, names)
        unanswered = self._unanswered(section.object)
        return [
            _judge(row, {**unanswered, **values}, found.get(row.ref), merges)
            for row, values in zip(rows, expected, strict=True)
        ]

    def untouched(self, section: Section, rows: Sequence[Row]) -> tuple[list[Row], list[Settlement | None]]:
        """The same for what takes back something of ours; other rows get None. Rows come back with their keys.

        A record is held against the values before it in the plan, and where the plan does not have them against what
        we read back after our last write. A record that a merge has moved to the survivor is where it was.
        """
        places = [i for i, row in enumerate(rows) if takes_back(section.object, section.operation, row)]
        judged: list[Settlement | None] = [None] * len(rows)
        if not places:
            return list(rows), judged
        some = [rows[i] for i in places]
        org_id = self._org.identity.org_id
        remembered = self._state.last_read_back(org_id, section.object, [row.ref for row in some])
        expected = [_expected(section, row, remembered.get(row.ref, {})) for row in some]
        names = {name for values in (*expected, *(row.values for row in some)) for name in values}
        found = self._read(section.object, some, names | (set() if section.object in lookup.NO_KEY else {KEY_FIELD}))
        unanswered = self._unanswered(section.object)
        merges = self._state.merges(org_id)
        judge = _judge_removal if section.operation == "delete" else _judge
        keyed = list(rows)
        for i, values in zip(places, expected, strict=True):
            record = found.get(rows[i].ref)
            keyed[i] = replace(rows[i], key=rows[i].key or (record or {}).get(KEY_FIELD))
            judged[i] = judge(rows[i], {**unanswered, **values}, record, merges)
        return keyed, judged

    def campaigns(self, section: Section, rows: Sequence[Row]) -> list[Settlement | None]:
        """For each member that comes or goes None where its campaign is as the plan saw it, or the plan did not look.

        Rows name their campaign by its Id. One query for a batch.
        """
        seen: dict[int, str] = {}
        if section.object == "CampaignMember" and section.operation != "update":
            values = [row.before if section.operation == "delete" else row.values for row in rows]
            seen = {
                i: str(values[i].get("CampaignId") or "") for i, row in enumerate(rows) if CAMPAIGN_STATUS in row.rests
            }
        found = lookup.by_id(self._org, "Campaign", seen.values(), ("Status",)) if seen else {}
        return [
            MOVED_ON if i in seen and not _is_as_seen(row.rests[CAMPAIGN_STATUS], found.get(seen[i])) else None
            for i, row in enumerate(rows)
        ]

    def _unanswered(self, object_name: str) -> dict[str, None]:
        """What is expected of a rep's answer: none."""
        return dict.fromkeys(self._answers) if object_name == "Task" else {}

    def _read(self, object_name: str, rows: Sequence[Row], names: Set[str]) -> dict[str, lookup.Found]:
        """A rep's answers with a Task, as far as the org shows them: not every org has the fields, or lets us read."""
        ids = [row.ref for row in rows]
        for answers in _choices(self._answers) if object_name == "Task" else ():
            try:
                found = lookup.by_id(self._org, object_name, ids, sorted(names | set(answers)))
            except OrgError as error:
                if error.code != "INVALID_FIELD":
                    raise
                continue
            self._answers = answers
            return found
        found = lookup.by_id(self._org, object_name, ids, sorted(names))
        self._answers = () if object_name == "Task" else self._answers
        return found


def _choices(answers: tuple[str, ...]) -> Sequence[tuple[str, ...]]:
    """All, or each by itself."""
    return list(dict.fromkeys((answers, *((name,) for name in answers)))) if answers else ()


def _is_as_seen(status: Any, campaign: lookup.Found | None) -> bool:
    return campaign is not None and str(status or "").casefold() == str(campaign["Status"] or "").casefold()


def gone(ref: str, attempts: int) -> Settlement:
    """Somebody was quicker: what should go has gone."""
    return Settlement(
        status="exists", record_id=ref, code=ALREADY_GONE, message="deleted in the org already", attempts=attempts
    )


def _expected(section: Section, row: Row, remembered: Mapping[str, Any]) -> dict[str, Any]:
    """Field → value, of fields that tell a person's work and whose value is known. A delete names nulls by silence.

    Of objects of which we keep nothing: every value that goes, but the owner, who never counts.
    """
    known = section.fields if section.operation == "delete" else tuple(row.before)
    judged = TELLING.get(section.object, tuple(name for name in known if name not in ("OwnerId", KEY_FIELD)))
    return {
        **{name: remembered[name] for name in judged if name in remembered},
        **{name: row.before.get(name) for name in judged if name in known},
    }


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

"""Who may not be approached, asked of the org at the moment of writing. Fails closed: what we cannot see is a no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sf_lifecycle.apply import lookup
from sf_lifecycle.apply.records import PERSON_FIELDS
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.salesforce import Org

Record = Mapping[str, Any]

# Whom a record approaches, and the field of the person that forbids it.
APPROACHES = {"Task": ("WhoId",), "CampaignMember": PERSON_FIELDS}
FORBIDS = {"Task": "DoNotCall", "CampaignMember": "HasOptedOutOfEmail"}
PEOPLE = {"003": "Contact", "00Q": "Lead"}


class Barred:
    """Why the person of a record must not be approached, or an empty text. Made by `barred_people`."""

    def __init__(self, answers: Mapping[tuple[str, str], Any]) -> None:
        self._answers = answers

    def __call__(self, object_name: str, values: Record) -> str:
        for person in _people(object_name, values):
            forbids = FORBIDS[object_name]
            if (person, forbids) not in self._answers:
                return f"it cannot be told whether the person may be approached ({forbids})"
            if self._answers[person, forbids]:
                return f"the person may not be approached any more ({forbids})"
        return ""


def barred_people(org: Org, schema: OrgSchema, rows: Sequence[tuple[str, Record]]) -> Barred:
    """For records (object, values) that are to be made, or opened, again. One query for 200 people."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for name, values in rows:
        for person in _people(name, values):
            if (kind := PEOPLE.get(person[:3])) is not None:
                wanted.setdefault((kind, FORBIDS[name]), set()).add(person)
    answers: dict[tuple[str, str], Any] = {}
    for (kind, name), ids in sorted(wanted.items()):
        if schema.resolve(kind, name) is not None:
            found = lookup.by_id(org, kind, sorted(ids), (name,))
            answers |= {(person, name): record[name] for person, record in found.items()}
    return Barred(answers)


def _people(object_name: str, values: Record) -> list[str]:
    return [str(values[name]) for name in APPROACHES.get(object_name, ()) if values.get(name)]

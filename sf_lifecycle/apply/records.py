"""A plan's rows as Salesforce takes them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sf_lifecycle.lifecycle.touched import TOUCH_FIELDS
from sf_lifecycle.plan.changes import Section, to_wire

KEY_FIELD = "Lifecycle_Key__c"
PERSON_FIELDS = ("ContactId", "LeadId")

# Read after writing, whether we set them or not: what later tells a person's work, or the org's own, from ours.
KEPT: Mapping[str, tuple[str, ...]] = {
    "Task": (*TOUCH_FIELDS, "OwnerId"),
    "CampaignMember": ("CampaignId", *PERSON_FIELDS, "Status", "HasResponded"),
}
# Of those, what tells a person's work.
TELLING: Mapping[str, tuple[str, ...]] = {"Task": TOUCH_FIELDS, "CampaignMember": KEPT["CampaignMember"]}
LAST_HAND = "LastModifiedById"
ANSWERS = ("Lifecycle_Outcome__c", "Lifecycle_Next_Date__c")  # a rep's, on a Task of ours

_AS_THEY_ARE = (str, bool, int, type(None))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One change as JSON. `values`: the fields that change, None clears; `before`: fields as they were.

    `key`: our key of the record, where the change itself says it. `about`, `cause`, `rests`: as in the plan.
    """

    ref: str
    values: Mapping[str, Any]
    before: Mapping[str, Any]
    key: str | None = None
    about: str | None = None
    cause: str | None = None
    rests: Mapping[str, Any] = field(default_factory=dict)

    def named_keys(self) -> Mapping[str, str]:
        """Field → KEY, where the plan says `@KEY`: a record that had no Id when it was planned."""
        return {
            name: value[1:]
            for name, value in self.values.items()
            if isinstance(value, str) and value.startswith("@") and name.endswith("Id")
        }

    def with_ids(self, ids: Mapping[str, str]) -> Row:
        """The row with `@KEY` replaced; every key named must be in `ids`."""
        found = {name: ids[key] for name, key in self.named_keys().items()}
        return replace(self, values={**self.values, **found}) if found else self


def rows_of(section: Section, span: range) -> list[Row]:
    """Rows of a section, on the wire's terms: dates as ISO days, decimals as numbers."""
    heads = section.rows[["about", "cause", "rests"]].iloc[span.start : span.stop].itertuples(index=False, name=None)
    records = section.records(span.start, span.stop)
    return [
        Row(
            ref=ref,
            values=_wire(after),
            before=_wire(before),
            key=_key(before) or _key(after),
            about=about,
            cause=cause,
            rests=rests or {},
        )
        for (ref, after, before), (about, cause, rests) in zip(records, heads, strict=True)
    ]


def _key(values: Mapping[str, object]) -> str | None:
    """Our key among these fields, if it is there: a text in every org."""
    key = values.get(KEY_FIELD)
    return key if isinstance(key, str) else None


def record(operation: str, row: Row) -> dict[str, Any]:
    """The JSON of one record in a request."""
    return dict(row.values) if operation == "create" else {"Id": row.ref, **row.values}


def fields_to_read(object_name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Fields that the rows hold and those kept of this object, each once, in a stable order."""
    return tuple(sorted({name for row in rows for name in row} | set(KEPT.get(object_name, ()))))


def as_json(found: Mapping[str, Any]) -> dict[str, Any]:
    """A record read from the org as the ledger keeps it."""
    return _wire({name: value for name, value in found.items() if name != LAST_HAND})


def read_back_of(
    object_name: str, sent: Mapping[str, Any], found: Mapping[str, Any], remembered: Mapping[str, Any]
) -> dict[str, Any]:
    """What an update left, as the ledger keeps it. `remembered`: what was read back of the record before.

    Fields of a Task that tell a person's work and that the update did not send stay as remembered: what else the org
    holds there by now may be a rep's, who was there between our looking and our writing.
    """
    telling = TOUCH_FIELDS if object_name == "Task" else ()
    kept = {name: remembered[name] for name in telling if name in remembered and name not in sent}
    return {**as_json(found), **kept}


def _wire(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if type(value) in _AS_THEY_ARE else to_wire(value) for name, value in values.items()}

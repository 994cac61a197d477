"""A plan is a value: what would be written, row by row, with reasons, the values before, and a digest.

Sections hold frames, not objects, so that a first night over a million accounts stays one value. A cell is *set* where
after differs from before, *cleared* where after is null and before is not, and *left alone* where both are equal: the
three-valued write needs no third marker.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import pandas as pd

Operation = Literal["delete", "create", "update"]
CellValue = str | int | bool | Decimal | dt.date | None

AFTER, BEFORE = "after.", "before."
ROW_COLUMNS = ("ref", "about", "why", "rests", "cause")
CAUSES = ("withdrawn", "lapsed", "opted out", "merged", "undone")
LABEL_COLUMNS = ("set", "label", "id", "word", "previous", "since", "highest", "why")

# What goes makes room for what comes: a key is free again, a person may join another wave. Then campaigns before their
# statuses, statuses before members; whoever is killed in between finds the rest next time.
ORDER: tuple[tuple[str, Operation], ...] = (
    ("Task", "delete"),
    ("CampaignMember", "delete"),
    ("CampaignMemberStatus", "delete"),
    ("Campaign", "delete"),
    ("Campaign", "create"),
    ("CampaignMemberStatus", "create"),
    ("CampaignMember", "update"),
    ("CampaignMember", "create"),
    ("Task", "create"),
    ("Task", "update"),
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """All changes of one kind to one object.

    `rows` has the columns `ref` (record Id for updates and deletes; our key for creates), `about` (Id of the account or
    Lead it concerns, may be null), `why`, `rests` (name → value of the facts it rests on beyond its own fields; null:
    none), `cause` (why something of ours is taken back: one of CAUSES; else null), and per field in `fields`
    `after.<API name>` (creates, updates) and `before.<API name>` (updates, deletes). All columns hold Python objects,
    null is None. A value `@KEY` in a reference field means the record of this plan (or of the org) whose
    `Lifecycle_Key__c` is KEY.
    """

    object: str
    operation: Operation
    fields: tuple[str, ...]
    rows: pd.DataFrame

    def __len__(self) -> int:
        return len(self.rows)

    def changed(self, name: str) -> pd.Series[bool]:
        """Row by row: is this field set or cleared? A record that goes loses every value it has."""
        if self.operation == "delete":
            return self.rows[BEFORE + name].notna()
        after = self.rows[AFTER + name]
        if self.operation == "create":
            return after.notna()
        before = self.rows[BEFORE + name]
        return ~((after == before) | (after.isna() & before.isna())).astype(bool)

    def records(self, start: int, stop: int) -> Iterator[tuple[str, dict[str, CellValue], dict[str, CellValue]]]:
        """Rows start..stop as (ref, {field: after}, {field: before}), changed fields only. For batches."""
        part = Section(
            object=self.object, operation=self.operation, fields=self.fields, rows=self.rows.iloc[start:stop]
        )
        changed = {name: part.changed(name).to_numpy() for name in self.fields}
        later = () if self.operation == "delete" else self.fields
        earlier = () if self.operation == "create" else self.fields
        after = {name: part.rows[AFTER + name].to_numpy() for name in later}
        before = {name: part.rows[BEFORE + name].to_numpy() for name in earlier}
        for i, ref in enumerate(part.rows["ref"]):
            names = [name for name in self.fields if changed[name][i]]
            was = {name: before[name][i] for name in names if name in before}
            yield ref, {name: after[name][i] for name in names if name in after}, was


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a plan is for. A plan is for one org, one job and one day; nothing here depends on a clock.

    `undoes`: the Id of the run it takes back.
    """

    job: str
    mapping: str
    model: str
    org_id: str
    kind: str
    as_of: dt.date
    rules_digest: str
    expected_calls: int = 0
    undoes: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Desired minus actual.

    `labels`: words that changed since the day began, to be remembered once written (columns LABEL_COLUMNS).
    `counts`: numbers for people and guards: `play.reason` → rows (`switch-window.planned`, `renewal.no contact …`).
    `sizes`: what shares are shares of: `Account` → rows the mirror holds, `stage` → accounts that had a stage.
    """

    header: Header
    sections: tuple[Section, ...]
    labels: pd.DataFrame
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    digest: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing to write to the org."""
        return not any(len(section) for section in self.sections)

    def section(self, object_name: str, operation: Operation) -> Section | None:
        """The section of that kind, if any."""
        return next((s for s in self.sections if (s.object, s.operation) == (object_name, operation)), None)

    def totals(self, operation: Operation) -> dict[str, int]:
        """Object → rows, for one operation."""
        return {s.object: len(s) for s in self.sections if s.operation == operation and len(s)}


def arrange(sections: list[Section]) -> tuple[Section, ...]:
    """Sections in the order they are carried out, empty ones dropped; members by campaign, the rest by account."""
    rank = {kind: i for i, kind in enumerate(ORDER)}
    kept = [_sorted(section) for section in sections if len(section)]
    return tuple(sorted(kept, key=lambda s: (rank.get((s.object, s.operation), len(rank)), s.object, s.operation)))


def _sorted(section: Section) -> Section:
    campaign = [name for name in (AFTER + "CampaignId", BEFORE + "CampaignId") if name in section.rows][:1]
    first = campaign if section.object.startswith("CampaignMember") else []
    rows = section.rows.sort_values([*first, "about", "ref"], na_position="last", kind="stable", ignore_index=True)
    return Section(object=section.object, operation=section.operation, fields=section.fields, rows=rows)


def section_from(
    object_name: str, operation: Operation, refs: pd.DataFrame, after: pd.DataFrame, before: pd.DataFrame | None = None
) -> Section:
    """A section of creates or updates from `refs` (ROW_COLUMNS; those left out are null) and frames of API fields.

    Updates that change nothing are dropped. For what goes: `removal`.
    """
    fields = tuple(after.columns)
    parts = [_row_columns(refs), _objects(after).add_prefix(AFTER)]
    if operation == "update":
        if before is None:
            raise ValueError("an update needs the values before")
        parts.append(_objects(before[list(fields)]).add_prefix(BEFORE))
    section = Section(object=object_name, operation=operation, fields=fields, rows=pd.concat(parts, axis=1))
    if operation == "create":
        return section
    touched = (
        pd.concat([section.changed(name) for name in fields], axis=1).any(axis=1) if fields else pd.Series(dtype=bool)
    )
    used = tuple(name for name in fields if section.changed(name).any())
    columns = [*ROW_COLUMNS, *(AFTER + name for name in used), *(BEFORE + name for name in used)]
    rows = section.rows.loc[touched, columns].reset_index(drop=True)
    return Section(object=object_name, operation=operation, fields=used, rows=rows)


def removal(object_name: str, refs: pd.DataFrame, before: pd.DataFrame) -> Section:
    """A section of deletes from `refs` (as in `section_from`) and the values that go with the records."""
    rows = pd.concat([_row_columns(refs), _objects(before).add_prefix(BEFORE)], axis=1)
    return Section(object=object_name, operation="delete", fields=tuple(before.columns), rows=rows)


def _row_columns(refs: pd.DataFrame) -> pd.DataFrame:
    return _objects(refs.reindex(columns=list(ROW_COLUMNS)))


def _objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Python objects, null as None: what JSON, comparison and Salesforce all agree on."""
    plain = frame.reset_index(drop=True).astype(object)
    return plain.where(plain.notna(), None)


def no_labels() -> pd.DataFrame:
    """An empty frame of label changes."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in LABEL_COLUMNS})


def to_wire(value: CellValue) -> Any:
    """A cell as JSON for Salesforce and for plan documents: dates as ISO days, decimals as numbers."""
    if isinstance(value, dt.datetime):
        raise TypeError("a plan holds dates, not datetimes")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value

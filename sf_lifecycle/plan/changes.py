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

Operation = Literal["create", "update"]
CellValue = str | int | bool | Decimal | dt.date | None

AFTER, BEFORE = "after.", "before."
ROW_COLUMNS = ("ref", "about", "why")
LABEL_COLUMNS = ("set", "label", "id", "word", "previous", "since", "highest", "why")

# Campaigns before their statuses, statuses before members; whoever is killed in between finds the rest next time.
ORDER: tuple[tuple[str, Operation], ...] = (
    ("Campaign", "create"),
    ("CampaignMemberStatus", "create"),
    ("CampaignMember", "create"),
    ("Task", "create"),
    ("Task", "update"),
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """All changes of one kind to one object.

    `rows` has the columns `ref` (record Id for updates; our key for creates), `about` (Id of the account or Lead it
    concerns, may be null), `why`, and per field in `fields` `after.<API name>`; updates also `before.<API name>`. All
    columns hold Python objects, null is None. A value `@KEY` in a reference field means the record of this plan (or of
    the org) whose `Lifecycle_Key__c` is KEY.
    """

    object: str
    operation: Operation
    fields: tuple[str, ...]
    rows: pd.DataFrame

    def __len__(self) -> int:
        return len(self.rows)

    def changed(self, name: str) -> pd.Series[bool]:
        """Row by row: is this field set or cleared?"""
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
        after = {name: part.rows[AFTER + name].to_numpy() for name in self.fields}
        earlier = self.fields if self.operation == "update" else ()
        before = {name: part.rows[BEFORE + name].to_numpy() for name in earlier}
        for i, ref in enumerate(part.rows["ref"]):
            names = [name for name in self.fields if changed[name][i]]
            was = {name: before[name][i] for name in names if name in before}
            yield ref, {name: after[name][i] for name in names}, was


@dataclass(frozen=True, kw_only=True)
class Header:
    """What a plan is for. A plan is for one org, one job and one day; nothing here depends on a clock."""

    job: str
    mapping: str
    model: str
    org_id: str
    kind: str
    as_of: dt.date
    rules_digest: str
    expected_calls: int = 0


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
    first = [AFTER + "CampaignId"] if section.object.startswith("CampaignMember") else []
    rows = section.rows.sort_values([*first, "about", "ref"], na_position="last", kind="stable", ignore_index=True)
    return Section(object=section.object, operation=section.operation, fields=section.fields, rows=rows)


def section_from(
    object_name: str, operation: Operation, refs: pd.DataFrame, after: pd.DataFrame, before: pd.DataFrame | None = None
) -> Section:
    """A section from `refs` (ROW_COLUMNS) and frames of API fields. Rows that change nothing are dropped."""
    fields = tuple(after.columns)
    parts = [_objects(refs[list(ROW_COLUMNS)]), _objects(after).add_prefix(AFTER)]
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

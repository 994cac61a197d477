"""Fields that the org's own automation keeps overwriting: after two rounds we no longer write them, and say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from sf_lifecycle.plan.changes import AFTER, BEFORE, ROW_COLUMNS, Section, section_from, to_wire

Rewritten = Mapping[tuple[str, str], Mapping[str, tuple[Any, int]]]
"""(sObject, Id) → field → (JSON value, how often we wrote it)."""

ROUNDS = 2
NAMED = 3


def without_contested(sections: Iterable[Section], rewritten: Rewritten) -> tuple[list[Section], tuple[str, ...]]:
    """The sections without cells whose value we wrote `ROUNDS` times already to that record; and a note a field.

    Rows that then change nothing are gone. What is taken back is left whole or not at all.
    """
    found: dict[str, list[str]] = {}
    kept = [_uncontested(section, rewritten, found) for section in sections]
    return kept, tuple(_note(name, sorted(ids)) for name, ids in sorted(found.items()))


def _note(name: str, ids: list[str]) -> str:
    records = f"{len(ids):,} {'record' if len(ids) == 1 else 'records'}"
    some = ", ".join(ids[:NAMED]) + (", …" if len(ids) > NAMED else "")
    return f"the org's own automation keeps overwriting what we write, and it is left so: {name} on {records} ({some})"


def _uncontested(section: Section, rewritten: Rewritten, found: dict[str, list[str]]) -> Section:
    mine = {record: fields for (name, record), fields in rewritten.items() if name == section.object}
    refs = section.rows["ref"]
    if section.operation != "update" or not refs.isin(list(mine)).any():
        return section
    again = pd.DataFrame({name: _again(section, name, mine) for name in section.fields})
    found |= {f"{section.object}.{name}": refs[again[name]].tolist() for name in section.fields if again[name].any()}
    taken_back = section.rows["cause"].notna() & again.any(axis=1)
    after = pd.DataFrame(
        {
            name: section.rows[AFTER + name].where(~(again[name] | taken_back), section.rows[BEFORE + name])
            for name in section.fields
        }
    )
    before = pd.DataFrame({name: section.rows[BEFORE + name] for name in section.fields})
    return section_from(section.object, "update", section.rows[list(ROW_COLUMNS)], after, before)


def _again(section: Section, name: str, records: Mapping[str, Mapping[str, tuple[Any, int]]]) -> pd.Series[bool]:
    """Row by row: is this the value that we wrote so often?"""
    often = {id_: fields[name][0] for id_, fields in records.items() if name in fields and fields[name][1] >= ROUNDS}
    refs, wanted = section.rows["ref"], section.rows[AFTER + name]
    known = refs.isin(list(often)) & section.changed(name)
    same = [to_wire(value) == often[ref] for ref, value in zip(refs[known], wanted[known], strict=True)]
    return pd.Series(same, index=refs.index[known], dtype=bool).reindex(refs.index, fill_value=False)

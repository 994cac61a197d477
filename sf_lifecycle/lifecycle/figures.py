"""What is counted of the engine's tables for people: who may be approached, and how labels stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping as MappingABC

import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Mapping, Model

STAGE = ("account", "stage")


def tally(table: pa.Table) -> tuple[tuple[str, str | None, int], ...]:
    """(word, reason, how many) of a funnel, most first."""
    pairs = table.group_by(["word", "why"], use_threads=False).aggregate([([], "count_all")])
    rows = zip(*(pairs[name].to_pylist() for name in ("word", "why", "count_all")), strict=True)
    counted = [(str(word), why, number) for word, why, number in rows]
    return tuple(sorted(counted, key=lambda each: (-each[2], each[0], each[1] or "")))


def of_people(contacts: pa.Table, column: str, wanted: Collection[str]) -> dict[str, str]:
    """Contact → a column of a funnel, for those wanted; the table has every contact."""
    found = contacts.filter(pc.is_in(contacts["_id"], pa.array(sorted(wanted), pa.string())))
    return dict(zip(found["_id"].to_pylist(), found[column].to_pylist(), strict=True))


def compact(table: pa.Table, *columns: str) -> pa.Table:
    """With columns of few distinct texts that hold each once: reasons of a million people are long."""
    for name in columns:
        table = table.set_column(table.column_names.index(name), name, pc.dictionary_encode(table[name]))
    return table.unify_dictionaries()


def label_fields(mapping: Mapping, model: Model, set_: str) -> dict[str, str]:
    """Field → `set.label`, for the labels of a set whose bare word is written back; the stage is counted apart."""
    own = {**mapping.labels.get(set_, {}), **model.labels.get(set_, {})}
    written = {field: text.strip() for field, text in mapping.outputs.get(set_, {}).items()}
    found = {name: field for field, name in written.items() if name in own and (set_, name) != STAGE}
    return {field: f"{set_}.{name}" for name, field in found.items()}


def words_in(table: pa.Table, fields: MappingABC[str, str]) -> dict[str, Counter[str]]:
    """`set.label` → word → how many of these rows, of the columns that `fields` names."""
    return {label: _counts(table[field]) for field, label in fields.items()}


def _counts(words: pa.ChunkedArray) -> Counter[str]:
    counts = pc.value_counts(words.drop_null())
    return Counter(dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)))

"""What is counted of the engine's tables for people: who may be approached, and how contracts stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc


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


POSITION = "Position__c"


def positions(table: pa.Table) -> Counter[str]:
    """Contract position → how many of these rows, where the mapping writes positions back."""
    if POSITION not in table.column_names:
        return Counter()
    counts = pc.value_counts(table[POSITION])
    return Counter(dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)))

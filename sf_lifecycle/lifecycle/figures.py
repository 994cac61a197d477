"""What is counted of the engine's tables for people: who may be approached, and how contracts stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

import pyarrow as pa
import pyarrow.compute as pc


def tally(table: pa.Table) -> tuple[tuple[str, str | None, int], ...]:
    """(word, reason, how many) of a funnel, most first."""
    pairs = Counter(zip(table["word"].to_pylist(), table["why"].to_pylist(), strict=True))
    counted = [(str(word), why, number) for (word, why), number in pairs.items()]
    return tuple(sorted(counted, key=lambda each: (-each[2], each[0], each[1] or "")))


def of_people(contacts: pa.Table, column: str, wanted: Collection[str]) -> dict[str, str]:
    """Contact → a column of a funnel, for those wanted; the table has every contact."""
    found = contacts.filter(pc.is_in(contacts["_id"], pa.array(sorted(wanted), pa.string())))
    return dict(zip(found["_id"].to_pylist(), found[column].to_pylist(), strict=True))


def positions(tables: Iterable[pa.Table]) -> tuple[tuple[str, int], ...]:
    """Contract position → how many, most first, where the mapping writes positions back."""
    for table in tables:
        if "Position__c" in table.column_names:
            return tuple(Counter(table["Position__c"].to_pylist()).most_common())
    return ()

"""Which rows are one outreach, for whole lists at once: each distinct key is hashed once, and no row twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.lifecycle import keys

Numbers = npt.NDArray[np.int64]


def key_columns(table: pa.Table) -> list[pa.ChunkedArray]:
    """The key values of a play's rows (columns `key0`, `key1`, …)."""
    names = [name for name in table.column_names if name[:3] == "key" and name[3:].isdigit()]
    return [table[name] for name in sorted(names, key=lambda name: int(name[3:]))]


def outreach_names(play: str, columns: Sequence[pa.ChunkedArray], rows: int) -> tuple[list[str], Numbers]:
    """(what the outreaches are called, in the order of their first row; for each row the place of its own)."""
    encoded = [_encoded(column) for column in columns]
    of = np.zeros(rows, dtype=np.int64)
    for codes, distinct in encoded:
        of = pd.factorize(of * max(len(distinct), 1) + codes)[0].astype(np.int64) if len(encoded) > 1 else codes
    first = np.unique(of, return_index=True)[1]
    values = [[distinct[code] for code in codes[first].tolist()] for codes, distinct in encoded]
    digests = keys.digests(values, len(first))
    if len(set(digests)) < len(digests):  # other values of one text, such as two moments of one day
        again, different = pd.factorize(np.array(digests, dtype=object))
        of, digests = again.astype(np.int64)[of], different.tolist()
    prefix = play[: keys.PLAY_LENGTH]
    return [f"{prefix}:{digest}" for digest in digests], of


def _encoded(column: pa.ChunkedArray) -> tuple[Numbers, list[object]]:
    """(the number of each row's value, the values in the order of their first row); null is a value like others."""
    found = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return np.asarray(found.indices.to_numpy(zero_copy_only=False), dtype=np.int64), found.dictionary.to_pylist()

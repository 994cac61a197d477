"""The door from Arrow to pandas: Python objects, one null (None), real dates. pandas' guesses would blur all three."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def object_frame(table: pa.Table) -> pd.DataFrame:
    """Object columns: str, Decimal, int, bool, datetime.date; None for null."""
    return pd.DataFrame({name: _objects(table.column(name)) for name in table.column_names})


def _objects(column: pa.ChunkedArray) -> pd.Series[Any]:
    kind = column.type
    if not (pa.types.is_string(kind) or pa.types.is_decimal(kind) or pa.types.is_date32(kind)):
        return pd.Series(column.to_pylist(), dtype=object)
    encoded = pc.dictionary_encode(column.combine_chunks())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    if len(encoded.dictionary) * 2 > len(encoded) and not pa.types.is_date32(kind):
        return pd.Series(column.to_numpy(), dtype=object)
    # Each distinct value is one object, whichever rows have it: whole lists stand in memory. The last one is null.
    values = np.empty(len(encoded.dictionary) + 1, dtype=object)
    values[:-1] = _plain(encoded.dictionary)
    places = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return pd.Series(values[places], dtype=object)


def _plain(values: pa.Array) -> Any:
    if pa.types.is_date32(values.type):  # nanosecond-free, so that the years 1900 and 4000 are dates like any other
        return values.to_numpy(zero_copy_only=False).astype("datetime64[D]").astype(object)
    return values.to_numpy(zero_copy_only=False)

"""The door from Arrow to pandas: Python objects, one null (None), real dates. pandas' guesses would blur all three."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa


def object_frame(table: pa.Table) -> pd.DataFrame:
    """Object columns: str, Decimal, int, bool, datetime.date; None for null."""
    return pd.DataFrame({name: _objects(table.column(name)) for name in table.column_names})


def _objects(column: pa.ChunkedArray) -> pd.Series[Any]:
    kind = column.type
    if pa.types.is_date32(kind):  # nanosecond-free, so that the years 1900 and 4000 are dates like any other
        return pd.Series(column.to_numpy().astype("datetime64[D]").astype(object), dtype=object)
    if pa.types.is_string(kind) or pa.types.is_decimal(kind):
        return pd.Series(column.to_numpy(), dtype=object)
    return pd.Series(column.to_pylist(), dtype=object)

"""Rows with one key are one outreach, and are called as each row by itself would be."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.grouping import key_columns, outreach_names

TEXTS = st.one_of(st.none(), st.sampled_from(["a", "A", "", "ü", "a\u001fb"]))
DAYS = st.one_of(st.none(), st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 3)))
MONEY = st.one_of(st.none(), st.integers(-2, 2).map(lambda cents: Decimal(cents) / 100))
MOMENTS = st.sampled_from(
    [dt.datetime.combine(dt.date(2026, 1, day), dt.time(hour)) for day in (1, 2) for hour in (8, 9)]
)


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ((TEXTS,), (pa.string(),)),
        ((TEXTS, DAYS), (pa.string(), pa.date32())),
        ((MONEY, TEXTS, st.booleans()), (pa.decimal128(18, 2), pa.string(), pa.bool_())),
        ((MOMENTS,), (pa.timestamp("us"),)),
    ],
)
@given(data=st.data())
def test_whole_lists_are_named_as_each_row_would_be(
    values: Sequence[st.SearchStrategy[Any]], kinds: Sequence[pa.DataType], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.tuples(*values), max_size=8))
    arrays = {f"key{i}": pa.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)}
    table = pa.table(arrays)
    names, of = outreach_names("call", key_columns(table), len(rows))
    assert [names[place] for place in of.tolist()] == [keys.outreach("call", row) for row in rows]
    assert names == list(dict.fromkeys(names))
    assert list(dict.fromkeys(of.tolist())) == list(range(len(names)))

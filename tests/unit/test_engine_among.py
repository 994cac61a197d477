"""A fetch of some rows: by a text, by Ids, or by the rows themselves; what a group shares is of all its rows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from engine_world import SCHEMA, TODAY, A, account, deal, mapping, mirror, model, record_id

from sf_lifecycle.engine import Query, build

ROWS = {
    "Account": [account(1), account(2), account(3)],
    "Deal__c": [
        deal(1, 1, Provider__c="b", Monthly__c=Decimal(1), End_Date__c=dt.date(2026, 3, 1)),
        deal(2, 1, Provider__c="O'Neil", Monthly__c=Decimal(2), End_Date__c=dt.date(2026, 1, 1)),
        deal(3, 3, Provider__c=None, Monthly__c=Decimal(4), End_Date__c=dt.date(2026, 2, 1)),
    ],
}
QUERY = Query(
    name="q",
    set="deal",
    select={"p": "provider", "a": "account.id"},
    group=("account.id",),
    aggregates={"first": "min(end_date)"},
    order=("monthly desc",),
)


@pytest.mark.parametrize(
    ("among", "expected"),
    [
        (None, [3, 2, 1]),
        (("p", ["b", "O'Neil"]), [2, 1]),
        (("p", ["O'Neil"]), [2]),
        (("p", []), []),
        (("a", [record_id(A, 3), record_id(A, 2)]), [3]),
    ],
)
def test_only_some_rows_are_fetched(among: Any, expected: list[int]) -> None:
    with mirror(ROWS) as con, build(mapping(), model(), SCHEMA, [QUERY]).run(con, as_of=TODAY) as run:
        every = run.fetch("q").to_pylist()
        found = run.fetch("q", among=among).to_pylist()
        assert [int(row["_id"][3:]) for row in found] == expected
        assert found == [row for row in every if row in found]
        keys = pa.array([row["_key"] for row in found], pa.int64())
        assert run.fetch("q", among=("_key", keys)).to_pylist() == found
        assert len(run.fetch("q")) == 3

"""Whatever people type into Salesforce comes through CSV and SOQL as they typed it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

from hypothesis import given, settings, strategies as st

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.salesforce import soql
from sf_lifecycle.salesforce.arrow import table_of_csv, table_of_rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
FIELDS = (
    ("Id", FieldInfo(name="Id", type="id")),
    ("Name", FieldInfo(name="Name", type="string")),
    ("End__c", FieldInfo(name="End__c", type="date")),
    ("Seen__c", FieldInfo(name="Seen__c", type="datetime")),
    ("Money__c", FieldInfo(name="Money__c", type="currency", scale=2)),
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "Id": st.from_regex(r"\A001[A-Za-z0-9]{15}\Z"),
            "Name": TEXTS,
            "End__c": st.none() | st.dates(dt.date(1700, 1, 1), dt.date(4000, 12, 31)),
            "Seen__c": st.none() | st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2100, 1, 1)),  # noqa: DTZ001 - made aware below
            "Money__c": st.none() | st.decimals(-(10**12), 10**12, places=4, allow_nan=False),
        }
    ),
    max_size=8,
)


def as_salesforce(value: object) -> str | None:
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="milliseconds") + "Z"
    return None if value is None else str(value)


@settings(deadline=None)
@given(rows=ROWS)
def test_bulk_and_rest_say_the_same(rows: list[dict[str, object]]) -> None:
    wire = [{key: as_salesforce(value) for key, value in row.items()} for row in rows]
    file = io.StringIO()
    writer = csv.DictWriter(file, [path for path, _ in FIELDS], quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(wire)
    table = table_of_csv(file.getvalue().encode(), FIELDS)
    assert table == table_of_rows(wire, FIELDS)
    assert table["Name"].to_pylist() == [row["Name"] or None for row in rows]
    assert table["End__c"].to_pylist() == [row["End__c"] for row in rows]


@given(text=TEXTS)
def test_a_quoted_text_reads_as_it_was(text: str) -> None:
    quoted = soql.literal(text)
    inner = quoted[1:-1]
    assert not re.search(r"(?<!\\)(\\\\)*'", inner)
    escapes = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
    assert re.sub(r"\\(.)", lambda found: escapes.get(found[1], found[1]), inner, flags=re.DOTALL) == text

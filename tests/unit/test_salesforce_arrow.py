from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal

import pyarrow as pa
import pytest

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce.arrow import empty_table, table_of_csv, table_of_rows

FIELDS = (
    ("Id", FieldInfo(name="Id", type="id")),
    ("Name", FieldInfo(name="Name", type="string")),
    ("End__c", FieldInfo(name="End__c", type="date")),
    ("CreatedDate", FieldInfo(name="CreatedDate", type="datetime")),
    ("Money__c", FieldInfo(name="Money__c", type="currency", precision=18, scale=2)),
    ("Count__c", FieldInfo(name="Count__c", type="int")),
    ("Flag__c", FieldInfo(name="Flag__c", type="boolean")),
    ("Owner.Name", FieldInfo(name="Name", type="string")),
)
HEADER = '"Id","Name","End__c","CreatedDate","Money__c","Count__c","Flag__c","Owner.Name"\n'
ROW = '"001A","Acme","2026-12-31","2013-05-07T22:07:19.000Z","12.50","3","true","Jo"\n'


def csv(*rows: str, header: str = HEADER) -> bytes:
    return (header + "".join(rows)).encode()


def test_a_page_becomes_typed_columns() -> None:
    table = table_of_csv(csv(ROW), FIELDS)
    assert table.schema.types == [
        pa.string(),
        pa.string(),
        pa.date32(),
        pa.timestamp("us"),
        pa.decimal128(18, 2),
        pa.int64(),
        pa.bool_(),
        pa.string(),
    ]
    assert table.to_pylist() == [
        {
            "Id": "001A",
            "Name": "Acme",
            "End__c": dt.date(2026, 12, 31),
            "CreatedDate": dt.datetime(2013, 5, 7, 22, 7, 19),  # noqa: DTZ001 - naive means UTC in the mirror
            "Money__c": Decimal("12.50"),
            "Count__c": 3,
            "Flag__c": True,
            "Owner.Name": "Jo",
        }
    ]


@pytest.mark.parametrize("day", ["1900-01-01", "4000-12-31", "1700-01-01", "0001-01-01", "9999-12-31"])
def test_odd_dates_stay_dates(day: str) -> None:
    table = table_of_csv(csv(ROW.replace("2026-12-31", day)), FIELDS)
    assert table["End__c"].to_pylist() == [dt.date.fromisoformat(day)]


@pytest.mark.parametrize(
    "name",
    [
        'the ""best"" firm',
        "two\nlines",
        "two\r\nlines, and a comma",
        "Zażółć 😀",
        '=HYPERLINK(""x"")',
        "{{ 7*7 }}",
        "NA",
        "null",
        "#N/A",
        "true",
        "0012",
        " padded ",
    ],
)
def test_texts_come_through_as_they_are(name: str) -> None:
    table = table_of_csv(csv(ROW.replace("Acme", name)), FIELDS)
    assert table["Name"].to_pylist() == [name.replace('""', '"')]


def test_empty_values_are_null() -> None:
    table = table_of_csv(csv('"001A","","","","","","",""\n'), FIELDS)
    assert table.to_pylist() == [{path: "001A" if path == "Id" else None for path, _ in FIELDS}]


def test_the_header_may_be_absent_reordered_or_gzipped() -> None:
    once = table_of_csv(csv(ROW), FIELDS)
    assert table_of_csv(csv(ROW, header=""), FIELDS) == once
    assert table_of_csv(b"\xef\xbb\xbf" + csv(ROW).replace(b"\n", b"\r\n"), FIELDS) == once
    assert table_of_csv(gzip.compress(csv(ROW)), FIELDS, gzipped=True) == once
    two = (FIELDS[1], FIELDS[0])
    assert table_of_csv(b'Id,Name\n"001A","x"\n', two).to_pylist() == [{"Name": "x", "Id": "001A"}]


def test_no_rows_keep_their_columns() -> None:
    assert table_of_csv(csv(), FIELDS) == empty_table(FIELDS)
    assert table_of_csv(b"", FIELDS) == empty_table(FIELDS)
    assert table_of_rows([], FIELDS) == empty_table(FIELDS)


@pytest.mark.parametrize(
    ("text", "value"), [("1.005", "1.01"), ("-1.005", "-1.01"), ("1.0E7", "10000000.00"), ("7", "7")]
)
def test_numbers_are_exact_and_round_half_away_from_zero(text: str, value: str) -> None:
    from_csv = table_of_csv(csv(ROW.replace("12.50", text)), FIELDS)["Money__c"].to_pylist()
    from_rest = table_of_rows([{"Money__c": Decimal(text)}], FIELDS)["Money__c"].to_pylist()
    assert from_csv == from_rest == [Decimal(value)]


def test_a_page_that_does_not_fit_is_an_error_of_the_org() -> None:
    with pytest.raises(OrgError, match="does not fit"):
        table_of_csv(csv(ROW.replace("2026-12-31", "soon")), FIELDS)


def test_rest_rows_give_the_same_table_as_csv() -> None:
    row = {
        "Id": "001A",
        "Name": "Acme",
        "End__c": "2026-12-31",
        "CreatedDate": "2013-05-07T22:07:19.000+0000",
        "Money__c": Decimal("12.5"),
        "Count__c": 3,
        "Flag__c": True,
        "Owner.Name": "Jo",
    }
    assert table_of_rows([row], FIELDS) == table_of_csv(csv(ROW), FIELDS)


def test_an_empty_parent_is_null() -> None:
    assert table_of_rows([{"Id": "001A", "Owner": None}], FIELDS)["Owner.Name"].to_pylist() == [None]

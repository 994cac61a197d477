"""Salesforce's types as Arrow's, and the two ways values come: CSV pages (Bulk) and JSON rows (REST). Pure.

Dates stay dates (1900 and 4000 too), datetimes become naive UTC microseconds, numbers with digits after the point exact
decimals of at most six, Ids and everything else text. An empty value is null.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from sf_lifecycle.config.schema import FieldInfo
from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce.query import Row

Fields = Sequence[tuple[str, FieldInfo]]

NOT_PULLED = frozenset({"address", "location", "base64", "complexvalue"})
"""Describe types that Bulk cannot read and that are no single value."""

_MAX_SCALE = 6
_WIDE = pa.decimal128(38, 18)
_UTC = pa.timestamp("us", tz="UTC")
_NAIVE = pa.timestamp("us")
# The longest record Salesforce takes in is 400,000 characters; a row must fit into one block.
_BLOCK_BYTES = 8 << 20


def arrow_type(info: FieldInfo) -> pa.DataType:
    """The Arrow type of one field, as the mirror stores it (Ids still text)."""
    match info.type:
        case "boolean":
            return pa.bool_()
        case "int":
            return pa.int64()
        case "double" | "currency" | "percent":
            return pa.decimal128(18, min(info.scale, _MAX_SCALE))
        case "date":
            return pa.date32()
        case "datetime":
            return _NAIVE
        case _:
            return pa.string()


def empty_table(fields: Fields) -> pa.Table:
    """No rows, all columns."""
    return pa.schema([(path, arrow_type(info)) for path, info in fields]).empty_table()


def table_of_csv(page: bytes, fields: Fields, *, gzipped: bool = False) -> pa.Table:
    """One result page of a Bulk query: typed columns in the order of `fields`.

    A first row that is the header is dropped; whether later pages repeat it is not agreed on among those who saw real
    orgs, so it is looked at, not assumed.
    """
    data = _unzipped(page) if gzipped else page
    wanted = {path.lower(): path for path, _ in fields}
    first = [cell.strip('" \r').lower() for cell in _first_line(data).split(",")]
    has_header = set(first) == set(wanted)
    names = [wanted[cell] for cell in first] if has_header else [path for path, _ in fields]
    if not data.strip():
        return empty_table(fields)
    types = {path: _UTC if arrow_type(info) == _NAIVE else arrow_type(info) for path, info in fields}
    try:
        table = _read_csv(data, names, types, skip=int(has_header))
    except pa.ArrowInvalid:
        # More digits after the point than the field says: read wide, round below.
        wide = {path: _WIDE if pa.types.is_decimal(kind) else kind for path, kind in types.items()}
        try:
            table = _read_csv(data, names, wide, skip=int(has_header))
        except pa.ArrowInvalid as error:
            raise OrgError(f"A page of Bulk results does not fit the fields' types: {error}") from error
    columns = [_settle(table[path], arrow_type(info)) for path, info in fields]
    return pa.table(columns, names=[path for path, _ in fields])


def table_of_rows(rows: Sequence[Row], fields: Fields) -> pa.Table:
    """REST rows (flattened): typed columns in the order of `fields`. A missing path is null (its parent is empty)."""
    columns = [
        pa.array([_value(row.get(path), arrow_type(info)) for row in rows], type=arrow_type(info))
        for path, info in fields
    ]
    return pa.table(columns, names=[path for path, _ in fields])


def _unzipped(page: bytes) -> bytes:
    try:
        unzipped: bytes = pa.CompressedInputStream(pa.BufferReader(page), "gzip").read()
    except OSError as error:
        raise OrgError(f"A page of Bulk results is damaged: {error}", way_out="run again") from error
    return unzipped


def _first_line(data: bytes) -> str:
    end = data.find(b"\n")
    return data[: end if end >= 0 else len(data)].decode("utf-8-sig", errors="replace")


def _read_csv(data: bytes, names: list[str], types: dict[str, pa.DataType], *, skip: int) -> pa.Table:
    return pacsv.read_csv(
        BytesIO(data),
        read_options=pacsv.ReadOptions(column_names=names, skip_rows=skip, block_size=_BLOCK_BYTES),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True, true_values=["true"], false_values=["false"]
        ),
    )


def _settle(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_decimal(kind) and column.type == _WIDE:
        column = pc.round(column, ndigits=kind.scale, round_mode="half_towards_infinity")
    return column.cast(kind) if column.type != kind else column


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None or value == "":
        return None
    if pa.types.is_decimal(kind):
        return Decimal(value).quantize(Decimal(1).scaleb(-kind.scale), rounding=ROUND_HALF_UP)
    if pa.types.is_date(kind):
        return dt.date.fromisoformat(value)
    if pa.types.is_timestamp(kind):
        return dt.datetime.fromisoformat(value).astimezone(dt.UTC).replace(tzinfo=None)
    if pa.types.is_integer(kind):
        return int(value)
    return value if pa.types.is_boolean(kind) else str(value)

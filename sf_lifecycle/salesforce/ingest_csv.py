"""Records as the CSV of a Bulk job, and a job's result files as outcomes. Pure: no HTTP."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sf_lifecycle.salesforce.write import RowOutcome

CLEAR = "#N/A"
INEXPRESSIBLE = "NOT_EXPRESSIBLE_IN_BULK"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT_ID = 15
_ERROR = re.compile(r"(?P<code>[A-Z][A-Z0-9_]*):(?P<message>.*):(?P<fields>[\w. ]*?)\s*--\s*", re.DOTALL)
_UNSAFE = re.compile(r'[",\r\n]')
_CODE = re.compile(r"([A-Z][A-Z0-9_]*):(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What one job is given: CSV with a header, and the names of its rows in order."""

    names: tuple[str, ...]
    data: bytes


def row_name(value: object, key: str) -> str:
    """What a row is matched by: its key as text, Ids always with 18 characters."""
    text = str(value)
    return id18(text) if key == "Id" else text


def id18(text: str) -> str:
    """An Id with its three characters of checksum; anything that is no short Id as it is."""
    if len(text) != _SHORT_ID or not text.isalnum() or not text.isascii():
        return text
    chunks = (text[start : start + 5] for start in range(0, _SHORT_ID, 5))
    return text + "".join(_CHECKSUM[sum(1 << k for k, c in enumerate(chunk) if c.isupper())] for chunk in chunks)


def cell(value: object) -> str:
    """A value as Bulk reads it. None and empty text clear the field: an empty cell would leave it alone.

    ValueError for what cannot be said in a cell.
    """
    if value is None or value == "":
        return CLEAR
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if value == CLEAR:
            raise ValueError(f"the text {CLEAR} clears a field in Bulk")
        value.encode("utf-8")  # a lone surrogate has no form: UnicodeEncodeError is a ValueError
        return value
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be written")
        return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (int, float)):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in CSV")


def uploads(
    records: Sequence[Mapping[str, Any]], names: Sequence[str], refused: dict[str, RowOutcome], *, most_bytes: int
) -> Iterator[Upload]:
    """The records as uploads of at most `most_bytes` each, one set of fields to an upload: in CSV a column is there for
    every row. A row that CSV cannot say goes into `refused`, under its name.
    """
    groups: dict[frozenset[str], list[tuple[str, Mapping[str, Any]]]] = {}
    for name, record in zip(names, records, strict=True):
        groups.setdefault(frozenset(record), []).append((name, record))
    for group in groups.values():
        yield from _cut(group, refused, most_bytes)


def _cut(
    group: Sequence[tuple[str, Mapping[str, Any]]], refused: dict[str, RowOutcome], most_bytes: int
) -> Iterator[Upload]:
    columns = list(group[0][1])
    header = _line(columns)
    held, size = [header], len(header)
    held_names: list[str] = []
    for name, record in group:
        try:
            line = _line([cell(record[column]) for column in columns])
        except ValueError as problem:
            refused[name] = RowOutcome(ok=False, id=record.get("Id"), code=INEXPRESSIBLE, message=str(problem))
            continue
        if held_names and size + len(line) > most_bytes:
            yield Upload(names=tuple(held_names), data=b"".join(held))
            held, held_names, size = [header], [], len(header)
        held.append(line)
        held_names.append(name)
        size += len(line)
    if held_names:
        yield Upload(names=tuple(held_names), data=b"".join(held))


def _line(values: Sequence[str]) -> bytes:
    """One CSV line. The csv module would leave a lone carriage return unquoted, which ends a row."""
    cells = ('"' + value.replace('"', '""') + '"' if _UNSAFE.search(value) else value for value in values)
    return (",".join(cells) + "\n").encode("utf-8")


def read_results(data: bytes, *, key: str) -> Iterator[tuple[str, str | None, str]]:
    """(name of the row, Id or None, error text) for each whole row of a result file, in whatever order they come.

    Nothing for a file that is no result: its rows stay without an outcome.
    """
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig", "replace"), newline=""))
    places = {name.lower(): place for place, name in enumerate(next(rows, []))}
    key_at, id_at, error_at = (places.get(name) for name in (key.lower(), "sf__id", "sf__error"))
    for row in rows:
        if key_at is None or len(row) != len(places):
            continue
        record_id = (row[id_at] or None) if id_at is not None else None
        name = row_name(row[key_at] or (record_id if key == "Id" else ""), key)
        yield name, record_id, row[error_at] if error_at is not None else ""


def failed(record_id: str | None, text: str) -> RowOutcome:
    """`CODE:message:field1 field2 --`, as in sf__Error."""
    found = _ERROR.fullmatch(text)
    if found is not None:
        fields = tuple(found["fields"].split())
        return RowOutcome(ok=False, id=record_id, code=found["code"], message=found["message"], fields=fields)
    found = _CODE.fullmatch(text)
    if found is not None:
        return RowOutcome(ok=False, id=record_id, code=found[1], message=found[2])
    return RowOutcome(ok=False, id=record_id, code="NO_CODE", message=text)

"""A result on disk: CSV rows, and a second file that says where each row begins, so that any page is one read."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from sf_lifecycle.localorg.bulk.formats import CsvFormat

_WIDTH = 8  # bytes per place
_FLUSH = 1 << 20
_READ = 1 << 20


class RowWriter:
    """Writes rows; `csv.writer` hands over one line at a time, which is how the places are known."""

    def __init__(self, path: Path, layout: CsvFormat) -> None:
        self._rows = path.open("wb", buffering=_FLUSH)
        self._places = _places_of(path).open("wb")
        self._starts = array("Q")
        self._at = 0
        self._csv = csv.writer(self, delimiter=layout.separator, lineterminator=layout.newline, quoting=csv.QUOTE_ALL)

    def write(self, line: str) -> None:
        data = line.encode("utf-8")
        self._rows.write(data)
        self._starts.append(self._at)
        self._at += len(data)

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        self._csv.writerows(rows)
        self._starts.tofile(self._places)
        self._starts = array("Q")

    def __enter__(self) -> RowWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._starts.append(self._at)
        self._starts.tofile(self._places)
        self._rows.close()
        self._places.close()


def _places_of(path: Path) -> Path:
    return path.with_suffix(".places")


def row_count(path: Path) -> int:
    return _places_of(path).stat().st_size // _WIDTH - 1


def page(path: Path, first: int, count: int) -> Iterator[bytes]:
    """The bytes of `count` rows from row `first` on, in blocks."""
    with _places_of(path).open("rb") as places:
        start, end = (_place(places.read, places.seek, row) for row in (first, first + count))
    with path.open("rb") as rows:
        rows.seek(start)
        left = end - start
        while left > 0:
            block = rows.read(min(_READ, left))
            left -= len(block)
            yield block


def _place(read: Any, seek: Any, row: int) -> int:
    seek(row * _WIDTH)
    found = array("Q")
    found.frombytes(read(_WIDTH))
    return found[0]

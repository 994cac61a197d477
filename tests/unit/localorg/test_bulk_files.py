"""Results on disk, and the CSV that comes in."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from sf_lifecycle.localorg.bulk.formats import DELIMITERS, LINE_ENDINGS, BulkError, CsvFormat
from sf_lifecycle.localorg.bulk.rowfile import RowWriter, page, row_count

CELL = st.text(alphabet='a"\n\r,;ä€', max_size=4)
FORMATS = st.builds(
    CsvFormat, delimiter=st.sampled_from(sorted(DELIMITERS)), line_ending=st.sampled_from(sorted(LINE_ENDINGS))
)


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL), max_size=8), FORMATS, st.data())
def test_any_page_is_those_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], layout: CsvFormat, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("rows") / "result.csv"
    with RowWriter(path, layout) as writer:
        writer.add(rows[:3])
        writer.add(rows[3:])
    assert row_count(path) == len(rows)
    first = data.draw(st.integers(0, len(rows)))
    count = data.draw(st.integers(0, len(rows) - first))
    text = b"".join(page(path, first, count)).decode()
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator))
    assert [tuple(row) for row in found] == rows[first : first + count]


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5), FORMATS)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], layout: CsvFormat
) -> None:
    path = tmp_path_factory.mktemp("rows") / "upload.csv"
    header = ["Id", "Name"]
    path.write_bytes(b"".join(layout.line(row) for row in [header, *rows]))
    assert [tuple(row) for row in layout.read(path)] == [tuple(header), *rows]


@pytest.mark.parametrize(
    ("data", "layout", "text"),
    [
        (b"Name\r\nx\r\n", CsvFormat(), "Current LineEnding setting is LF"),
        (b"Name\nx\n", CsvFormat(line_ending="CRLF"), "Current LineEnding setting is CRLF"),
        (b'Name\n"x\n', CsvFormat(), "Failed to parse CSV"),
        (b"Name\n\xff\n", CsvFormat(), "Failed to parse CSV"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, data: bytes, layout: CsvFormat, text: str) -> None:
    path = tmp_path / "upload.csv"
    path.write_bytes(data)
    with pytest.raises(BulkError, match=text):
        list(layout.read(path))

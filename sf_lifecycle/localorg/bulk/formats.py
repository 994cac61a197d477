"""How a job's CSV is read and written: delimiters and line ends by the names the API gives them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

DELIMITERS: Mapping[str, str] = {
    "BACKQUOTE": "`",
    "CARET": "^",
    "COMMA": ",",
    "PIPE": "|",
    "SEMICOLON": ";",
    "TAB": "\t",
}
LINE_ENDINGS: Mapping[str, str] = {"LF": "\n", "CRLF": "\r\n"}


class BulkError(Exception):
    """Why a whole job fails; the text is its errorMessage."""


@dataclass(frozen=True, kw_only=True)
class CsvFormat:
    delimiter: str = "COMMA"
    line_ending: str = "LF"

    @property
    def separator(self) -> str:
        return DELIMITERS[self.delimiter]

    @property
    def newline(self) -> str:
        return LINE_ENDINGS[self.line_ending]

    def line(self, row: Iterable[object]) -> bytes:
        """A row as written: every value quoted, as Salesforce does in results."""
        out = StringIO()
        csv.writer(out, delimiter=self.separator, lineterminator=self.newline, quoting=csv.QUOTE_ALL).writerow(row)
        return out.getvalue().encode("utf-8")

    def read(self, path: Path) -> Iterator[list[str]]:
        """The rows of a file, the header first; BulkError if it is not such a file."""
        self._check_line_ending(path)
        with path.open(encoding="utf-8", newline="") as file:
            try:
                for row in csv.reader(file, delimiter=self.separator, strict=True):
                    if row:
                        yield row
            except (csv.Error, UnicodeDecodeError) as problem:
                raise BulkError(f"InvalidBatch : Failed to parse CSV: {problem}") from problem

    def _check_line_ending(self, path: Path) -> None:
        with path.open("rb") as file:
            first = file.readline()
        if first.endswith(b"\r\n") != (self.line_ending == "CRLF") and first.endswith(b"\n"):
            raise BulkError(
                "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is "
                + self.line_ending
            )

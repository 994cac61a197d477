"""What a query is refused with: Salesforce's code, and its text with the marker of row and column."""

from __future__ import annotations

_BEFORE, _AFTER = 40, 30  # characters of the query shown around the mark


class SoqlError(Exception):
    """A query the org does not accept. `code` is Salesforce's errorCode; the HTTP status is 400."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def marked(code: str, source: str, at: int, text: str) -> SoqlError:
    """A refusal that points at the character `at` (0-based offset) of the query."""
    line_start = source.rfind("\n", 0, at) + 1
    line_end = source.find("\n", at)
    line = source[line_start : line_end if line_end >= 0 else len(source)]
    column = at - line_start
    shown_from = max(0, column - _BEFORE)
    shown = line[shown_from : column + _AFTER]
    row = source.count("\n", 0, at) + 1
    mark = " " * (column - shown_from) + "^"
    return SoqlError(code, f"\n{shown}\n{mark}\nERROR at Row:{row}:Column:{column + 1}\n{text}")


def malformed(text: str) -> SoqlError:
    return SoqlError("MALFORMED_QUERY", text)

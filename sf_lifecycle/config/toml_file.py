"""Files as people save them: bytes to text to TOML, with the line and a caret where that fails."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from decimal import Decimal
from pathlib import Path
from typing import Any

from sf_lifecycle.config.found import is_secret
from sf_lifecycle.errors import ConfigError, Problem

MOST_BYTES = 1_000_000
_AT = re.compile(r"^(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)
_HINTS = {
    "Invalid initial character for a key part": "a table in { } must stand on one line; use a [heading] of its own",
    "Cannot overwrite a value": "the same key is written twice",
    "Cannot declare": "the same [heading] is written twice; a list of tables is written [[heading]]",
    "Invalid value": "texts stand in quotes",
}


def read_text(path: Path, *, shown: str) -> str:
    """The file's text, UTF-8 (a byte order mark is dropped), NFC-normalised. `shown` names it. Raises ConfigError."""

    def refuse(message: str, hint: str = "") -> ConfigError:
        return ConfigError([Problem(file=shown, place="", message=message, hint=hint)])

    try:
        if not path.is_file():
            raise refuse("expected a file, got a folder" if path.is_dir() else "there is no such file")
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise refuse(f"expected at most {MOST_BYTES:,} bytes, got {size:,}")
        content = path.read_bytes()
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror or error}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"line {line}: expected UTF-8 text, got the byte 0x{content[error.start]:02x}"
        raise refuse(message, "save the file as UTF-8") from error
    return unicodedata.normalize("NFC", text)


def read_toml(path: Path, *, shown: str) -> dict[str, Any]:
    """The file as a dictionary; numbers with a point become Decimal. Raises ConfigError with the line."""
    text = read_text(path, shown=shown)
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_parse_problem(str(error), text, shown)]) from error
    except RecursionError as error:
        message = "lists or tables are nested too deep"
        raise ConfigError([Problem(file=shown, place="", message=message)]) from error


def _parse_problem(reason: str, text: str, shown: str) -> Problem:
    found = _AT.match(reason)
    what = found["what"] if found else reason
    hint = next((hint for start, hint in _HINTS.items() if what.startswith(start)), "")
    if not found or not found["line"]:
        where = "at the end of the file: " if found else ""
        return Problem(file=shown, place="", message=f"{where}not valid TOML: {what}", hint=hint)
    line, column = int(found["line"]), int(found["column"])
    written = text.replace("\r\n", "\n").split("\n")[line - 1]
    excerpt = "" if is_secret(written) else f"{written}\n{' ' * (column - 1)}^"
    return Problem(file=shown, place="", message=f"line {line}: not valid TOML: {what}", hint=hint, excerpt=excerpt)

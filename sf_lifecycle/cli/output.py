"""What commands print: tables for people, JSON for programs, progress on a terminal only. Data is never markup."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from sf_lifecycle.errors import UsageError

# Where no terminal tells its width, lines are not cut for one.
WIDE = 400

Tick = Callable[[str, int, int | None], None]


def stdout() -> Console:
    """Where results go. Made anew for each use, so that a redirected stream is the one written to."""
    return _console(stderr=False)


def stderr() -> Console:
    """Where errors and progress go."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    width = None if terminal or "COLUMNS" in os.environ else WIDE
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True, width=width)


def plain(text: str) -> str:
    """`text` without characters that would steer a terminal: an org's data may hold any."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    kind = unicodedata.category(character)
    return (kind == "Cc" and character not in "\n\t") or (
        kind == "Cf" and unicodedata.bidirectional(character) in _BIDI
    )


_BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def say(*parts: str | tuple[str, str]) -> None:
    """One line on stdout: texts, or (text, style)."""
    pieces = [(plain(part), "") if isinstance(part, str) else (plain(part[0]), part[1]) for part in parts]
    stdout().print(Text.assemble(*pieces))


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    right: Iterable[str] = (),
    whole: Iterable[str] = (),
) -> None:
    """A table on stdout. `right`: the columns of numbers; `whole`: those never broken, such as Ids to be copied.

    None is shown as nothing, dates as ISO, the lines of a `Text` cell as lines.
    """
    aligned, unbroken = set(right), {*right, *whole}
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(
            Text(column), justify="right" if column in aligned else "left", overflow="fold", no_wrap=column in unbroken
        )
    for row in rows:
        made.add_row(*(value if isinstance(value, Text) else Text(_cell(value)) for value in row))
    console = stdout()
    if title:
        console.print(Text(plain(title), style="bold"))
    console.print(made, soft_wrap=False)


def lines(first: object, second: object) -> Text:
    """A cell of two lines, the second one dim; of one where there is no second."""
    return Text.assemble(_cell(first), ("\n" + _cell(second), "dim") if second else "")


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case Decimal():
            return format(value, "f") if value else "0"
        case _:
            return plain(str(value)).replace("\n", " ")


def print_json(value: object) -> None:
    """`value` as indented JSON on stdout: dataclasses, dates, Decimals (exact, as text), paths, sets (sorted)."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(value, default=_for_json, option=options).decode())
    sys.stdout.flush()


def check_writable(out: Path | None) -> None:
    """UsageError where a file to be written at the end cannot be: said before the work, not after it."""
    if out is None:
        return
    if out.is_dir():
        raise UsageError(f"--out: {out} is a folder; name a file")
    if not out.absolute().parent.is_dir():
        raise UsageError(f"--out: there is no folder {out.absolute().parent}")
    if not os.access(out if out.exists() else out.absolute().parent, os.W_OK):
        raise UsageError(f"--out: {out} cannot be written")


def deliver(out: Path | None, data: bytes) -> None:
    """Write a file's content to `out`, else to stdout. UsageError where that cannot be."""
    try:
        if out is None:
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        else:
            out.write_bytes(data)
            say("Written to ", (str(out), "bold"))
    except OSError as error:
        raise UsageError(f"{out or 'stdout'} cannot be written: {error.strerror}") from error


def _for_json(value: object) -> Any:
    match value:
        case Decimal():
            return format(value, "f")  # never 0E-10
        case PurePath():
            return value.as_posix()
        case set() | frozenset():
            return sorted(value, key=str)
        case Mapping():
            return dict(value)
        case dt.timedelta():
            return value.total_seconds()
        case _:
            raise TypeError(f"no JSON for {type(value).__name__}")


@contextlib.contextmanager
def progress(*, wanted: bool = True, forecast: bool = False) -> Iterator[Tick]:
    """Gives `tick(stage, done, total)`, a bar a stage, total None while not known. Silent without a terminal.

    `forecast`: also how long it will still take.
    """
    console = stderr()
    if not (wanted and console.is_terminal):
        yield lambda _stage, _done, _total: None
        return
    columns: list[ProgressColumn] = [TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()]
    columns += (
        [TimeElapsedColumn(), TextColumn("still about"), TimeRemainingColumn()] if forecast else [TimeElapsedColumn()]
    )
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def tick(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(plain(stage), total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tick

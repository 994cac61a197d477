"""Steps: which table of a set is read by whom, and how the texts of the statements are put together.

A step is one SELECT giving a set's rows with some of its values. A step read by one statement stands in its WITH; a
step read by several becomes a temporary table. Views are never made: they would be worked out again at each reading.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sf_lifecycle.engine import sql


@dataclass(kw_only=True)
class Step:
    """`table`: its name wherever it stands. `reads`: the steps its text reads, once per place. `root`: asked for from
    outside (a query's result, a reason's inputs), so a statement of its own in any case."""

    table: str
    text: str
    reads: tuple[str, ...]
    root: bool = False


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement: `table` is created as a temporary table, or read as a result where it is a root."""

    table: str
    text: str
    root: bool

    def on(self, as_of: dt.date, *, days: bool = False) -> str:
        """Its text for a day, or for rows of many days that begin with it."""
        return sql.with_days(self.text, as_of) if days else sql.with_today(self.text, as_of)


@dataclass(kw_only=True)
class Script:
    """All statements in order. `last_use`: after which statement a temporary table may go."""

    statements: list[Statement] = field(default_factory=list)
    last_use: dict[str, str] = field(default_factory=dict)


def script(steps: Mapping[str, Step], order: Iterable[str]) -> Script:
    """Statements from steps. `order`: readers after what they read. Temporary tables are named when they are made."""
    tables = list(order)
    temporary = _temporary(steps, tables)
    found = Script()
    for table in tables:
        step = steps[table]
        if not (step.root or table in temporary):
            continue
        text, used = _with(table, steps, tables, temporary)
        found.statements.append(Statement(table=table, text=text, root=step.root))
        for each in used:
            found.last_use[each] = table
    roots = {table for table in tables if steps[table].root}
    found.last_use = {table: by for table, by in found.last_use.items() if by not in roots}
    return found


def _temporary(steps: Mapping[str, Step], tables: list[str]) -> set[str]:
    """Steps read by more than one statement."""
    statements_of: dict[str, set[str]] = {table: set() for table in tables}
    temporary: set[str] = set()
    for table in reversed(tables):
        own = statements_of[table]
        if not steps[table].root and len(own) > 1:
            temporary.add(table)
        passed = {table} if steps[table].root or table in temporary else own
        for read in steps[table].reads:
            statements_of[read] |= passed
    return temporary


def _with(table: str, steps: Mapping[str, Step], tables: list[str], temporary: set[str]) -> tuple[str, set[str]]:
    inside, used, pending = {table}, set[str](), [table]
    readings: dict[str, int] = {}
    while pending:
        for read in steps[pending.pop()].reads:
            if read in temporary:
                used.add(read)
                continue
            readings[read] = readings.get(read, 0) + 1
            if read not in inside:
                inside.add(read)
                pending.append(read)
    parts = []
    for each in tables:
        if each in inside and each != table:
            kept = "MATERIALIZED" if readings[each] > 1 else "NOT MATERIALIZED"
            parts.append(f"{sql.quoted(each)} AS {kept} ({_renamed(steps[each], temporary)})")
    head = f"WITH {', '.join(parts)} " if parts else ""
    return head + _renamed(steps[table], temporary), used


def reading(table: str) -> str:
    """How a step's text names another step, until it is known what that one becomes."""
    return f"\x01table:{table}\x01"


def _renamed(step: Step, temporary: set[str]) -> str:
    text = step.text
    for read in set(step.reads) - temporary:
        text = text.replace(reading(read), sql.quoted(read))
    return text

"""What waits for a person, and what can be taken back, for people and for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.cli.plan_page import DOES
from sf_lifecycle.cli.run_page import written
from sf_lifecycle.decisions import Listed
from sf_lifecycle.plans import short
from sf_lifecycle.state import Run


def show_plans(found: Sequence[Listed]) -> None:
    """Saved plans, newest first."""
    if not found:
        say("No plan waits")
        return
    rows = [
        (
            short(each.saved.digest),
            each.saved.job,
            each.saved.as_of,
            _writes(each.writes),
            _age(each.saved.made),
            each.status,
            "; ".join(part for part in (each.saved.who, each.saved.why) if part),
        )
        for each in found
    ]
    table(("Plan", "Job", "For", "Would write", "Made", "Status", "Word"), rows, whole=("Plan", "Job", "For", "Status"))
    if any(each.status == "waiting" for each in found):
        say("Look at one with `sf-lifecycle plans --json`; write it with `sf-lifecycle approve PLAN`, or `reject` it")


def plans_facts(found: Sequence[Listed]) -> list[dict[str, Any]]:
    """Saved plans for programs."""
    return [vars(each.saved) | {"status": each.status, "writes": each.writes} for each in found]


def show_undoable(found: Sequence[tuple[Run, str]]) -> None:
    """Runs that wrote something, newest first."""
    if not found:
        say("No run has written anything that is remembered")
        return
    rows = [
        (run.id, run.job, run.as_of, run.kind, run.status, written(run.counts), undone_by) for run, undone_by in found
    ]
    columns = ("Run", "Job", "For", "Kind", "Ended", "Written", "Taken back by")
    table(columns, rows, right=("Written",), whole=(*columns[:5], columns[6]))
    say("Take one back with `sf-lifecycle undo RUN`; nothing is written before you say so")


def runs_facts(found: Sequence[tuple[Run, str]]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [vars(run) | {"undone_by": undone_by or None} for run, undone_by in found]


def _writes(writes: Mapping[str, Mapping[str, int]] | None) -> str:
    if writes is None:
        return "its file is gone"
    parts = [
        f"{DOES[operation]} {number:,} {name}"
        for operation, objects in sorted(writes.items())
        for name, number in sorted(objects.items())
    ]
    return ", ".join(parts) or "nothing"


def _age(made: dt.datetime) -> str:
    minutes = int((dt.datetime.now(dt.UTC) - made).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days ago"

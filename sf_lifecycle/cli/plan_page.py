"""A plan for people to read: counts first, then examples with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.errors import Refusal
from sf_lifecycle.plan.changes import CellValue, Plan, Section, to_wire

EXAMPLES = 3
OURS = "Lifecycle_"
NAMES = ("Subject", "Name", "Label")
MOST_SHOWN = 70


def show_plan(plan: Plan, refusals: tuple[Refusal, ...] = (), *, examples: int = EXAMPLES) -> None:
    """The whole page."""
    head = plan.header
    say((f"Plan of job {head.job} for {head.as_of}", "bold"), f" in the {head.kind} org {head.org_id}")
    if plan.is_empty:
        say("Nothing to write: the org says what it should say.")
    else:
        rows = [(section.object, section.operation, len(section)) for section in plan.sections]
        table(("Object", "To do", "Records"), rows, right=("Records",))
        for section in plan.sections:
            _show_section(section, examples)
    show_plays(plan.counts)
    for note in plan.notes:
        say(("Note: ", "yellow"), note)
    say(f"About {head.expected_calls:,} API calls to write it. Digest {plan.digest}.")
    for refusal in refusals:
        say(("A run would be refused: ", "bold red"), str(refusal))


def show_plays(counts: Mapping[str, Mapping[str, int]]) -> None:
    """What became of every play's outreaches."""
    rows = [
        (play, what, number)
        for play, whats in counts.items()
        for what, number in sorted(whats.items(), key=lambda item: (-item[1], item[0]))
    ]
    if rows:
        table(("Play", "Outcome", "Outreaches"), rows, right=("Outreaches",))


def plan_facts(plan: Plan, refusals: tuple[Refusal, ...] = ()) -> dict[str, Any]:
    """The page for programs."""
    return {
        "job": plan.header.job,
        "as_of": plan.header.as_of,
        "org_id": plan.header.org_id,
        "kind": plan.header.kind,
        "digest": plan.digest,
        "create": plan.totals("create"),
        "update": plan.totals("update"),
        "plays": plan.counts,
        "expected_calls": plan.header.expected_calls,
        "notes": list(plan.notes),
        "refusals": [{"guard": each.guard, "message": each.message, "way_out": each.way_out} for each in refusals],
    }


def _show_section(section: Section, most: int) -> None:
    if not most:
        return
    shown = section.rows.iloc[:most]
    rows = [
        (ref if before else about, _change(after, before), why)
        for (ref, after, before), about, why in zip(section.records(0, most), shown["about"], shown["why"], strict=True)
    ]
    more = len(section) - len(rows)
    title = f"{section.object}: {section.operation}" + (f" (the first {len(rows)} of {len(section):,})" if more else "")
    if section.operation == "create":
        table(("For", "What", "Why"), rows, title=title, whole=("For",))
    else:
        table(("Record", "Change", "Why"), rows, title=title, whole=("Record",))


def _change(after: Mapping[str, CellValue], before: Mapping[str, CellValue]) -> str:
    name = next((str(after[field]) for field in NAMES if after.get(field)), "")
    if name and not before:
        day = after.get("ActivityDate")
        return f"{name} (due {day})" if day else name
    if not before:  # keys and reasons of ours are told elsewhere, or nobody's concern
        return "; ".join(f"{field}: {_shown(value)}" for field, value in after.items() if not field.startswith(OURS))
    return "; ".join(f"{field}: {_shown(before.get(field))} → {_shown(value)}" for field, value in after.items())


def _shown(value: CellValue) -> str:
    text = "empty" if value is None else str(to_wire(value))
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"

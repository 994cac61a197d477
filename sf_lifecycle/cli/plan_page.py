"""A plan for people to read: counts first, then examples with their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sf_lifecycle.cli.output import lines, say, table
from sf_lifecycle.errors import Refusal
from sf_lifecycle.plan.changes import CellValue, Plan, Section, to_wire

EXAMPLES = 3
OURS = "Lifecycle_"
NAMES = ("Subject", "Name", "Label")
MOST_SHOWN = 70
DOES = {"create": "create", "update": "update", "delete": "to the recycle bin"}


def show_plan(plan: Plan, refusals: tuple[Refusal, ...] = (), *, examples: int = EXAMPLES) -> None:
    """The whole page."""
    head = plan.header
    what = f"Undo of run {head.undoes}, job {head.job}, for" if head.undoes else f"Plan of job {head.job} for"
    say((f"{what} {head.as_of}", "bold"), f" in the {head.kind} org {head.org_id}")
    if plan.is_empty:
        say("Nothing to write: the org says what it should say.")
    else:
        rows = [(section.object, DOES[section.operation], len(section)) for section in plan.sections]
        table(("Object", "To do", "Records"), rows, right=("Records",))
        show_causes(plan)
        for section in plan.sections:
            _show_section(section, examples)
    show_plays(plan.counts)
    for note in plan.notes:
        say(("Note: ", "yellow"), note)
    say(f"About {head.expected_calls:,} API calls to write it. Digest {plan.digest}.")
    for refusal in refusals:
        say(("A run would be refused: ", "bold red"), str(refusal))


def show_causes(plan: Plan) -> None:
    """Why records of ours are taken back, where any are."""
    rows = [(name, cause, number) for name, causes in causes_of(plan).items() for cause, number in causes.items()]
    if rows:
        table(("Taken back", "Because", "Records"), rows, right=("Records",))


def causes_of(plan: Plan) -> dict[str, dict[str, int]]:
    """Object → cause → records of ours that are deleted, closed or given up."""
    found: dict[str, Counter[str]] = {}
    for section in plan.sections:
        causes = section.rows["cause"].dropna()
        if len(causes):
            found.setdefault(section.object, Counter()).update(causes)
    return {name: dict(sorted(causes.items())) for name, causes in sorted(found.items())}


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
        "delete": plan.totals("delete"),
        "causes": causes_of(plan),
        "undoes": plan.header.undoes or None,
        "plays": plan.counts,
        "expected_calls": plan.header.expected_calls,
        "notes": list(plan.notes),
        "refusals": [{"guard": each.guard, "message": each.message, "way_out": each.way_out} for each in refusals],
    }


def _show_section(section: Section, most: int) -> None:
    if not most:
        return
    shown = section.rows.iloc[:most]
    heads = shown[["about", "why", "rests", "cause"]].itertuples(index=False, name=None)
    rows = [
        (ref if before else about, _change(after, before), lines(_because(why, cause), _rests(rests)))
        for (ref, after, before), (about, why, rests, cause) in zip(section.records(0, most), heads, strict=True)
    ]
    more = len(section) - len(rows)
    title = f"{section.object}: {DOES[section.operation]}"
    title += f" (the first {len(rows)} of {len(section):,})" if more else ""
    match section.operation:
        case "create":
            table(("For", "What", "Why"), rows, title=title, whole=("For",))
        case "delete":
            table(("Record", "What goes", "Why"), rows, title=title, whole=("Record",))
        case _:
            table(("Record", "Change", "Why"), rows, title=title, whole=("Record",))


def _because(why: str | None, cause: str | None) -> str:
    return f"{cause}: {why}" if cause and why else cause or why or ""


def _rests(rests: Mapping[str, CellValue] | None) -> str:
    """The facts that a change rests on: when one of them moves before it is written, the change is skipped."""
    return "rests on " + ", ".join(f"{name} = {_shown(value)}" for name, value in rests.items()) if rests else ""


def _change(after: Mapping[str, CellValue], before: Mapping[str, CellValue]) -> str:
    name = next((str(after[field]) for field in NAMES if after.get(field)), "")
    if not after:
        return next((str(before[field]) for field in NAMES if before.get(field)), "") or _fields(before)
    if name and not before:
        day = after.get("ActivityDate")
        return f"{name} (due {day})" if day else name
    if not before:  # keys and reasons of ours are told elsewhere, or nobody's concern
        return _fields(after)
    return "; ".join(f"{field}: {_shown(before.get(field))} → {_shown(value)}" for field, value in after.items())


def _fields(values: Mapping[str, CellValue]) -> str:
    return "; ".join(f"{field}: {_shown(value)}" for field, value in values.items() if not field.startswith(OURS))


def _shown(value: CellValue) -> str:
    text = "empty" if value is None else str(to_wire(value))
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"

"""An undo as a plan says it: its rows, and what stays as it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from sf_lifecycle.apply.compare import same
from sf_lifecycle.apply.undoing import Change, Left
from sf_lifecycle.plan.changes import ROW_COLUMNS, Plan, Section, removal, section_from
from sf_lifecycle.plan.recheck import Rechecked, Skipped
from sf_lifecycle.state import Run

SET_OFF = (
    "what the writes set off in the org is not undone: flows that ran, mails and notifications that were sent, "
    "field history, LastModifiedDate"
)


def sections_of(changes: Sequence[Change], why: str) -> list[Section]:
    """One section for each kind of change."""
    sections = []
    for name, operation in sorted({(change.object, change.operation) for change in changes}):
        some = [change for change in changes if (change.object, change.operation) == (name, operation)]
        cause = "undone" if operation == "delete" else None  # what is made or set again is not taken back
        rows = [(change.ref, change.about, why, None, cause) for change in some]
        refs = pd.DataFrame(rows, columns=list(ROW_COLUMNS), dtype=object)
        after = pd.DataFrame([change.after for change in some], dtype=object)
        before = pd.DataFrame([change.before for change in some], dtype=object)
        match operation:
            case "delete":
                sections.append(removal(name, refs, before))
            case "update":
                sections.append(section_from(name, operation, refs, after, before))
            case _:
                sections.append(section_from(name, operation, refs, after))
    return sections


def notes_of(run: Run, left: Iterable[Left], so_already: int) -> tuple[str, ...]:
    """What a person should know before saying yes."""
    notes = [f"takes back run {run.id} of job {run.job} for {run.as_of}; {SET_OFF}"]
    if run.undoes:
        notes.append(f"run {run.id} was itself the undo of run {run.undoes}: what that one wrote is written again")
    if run.values_gone is not None:
        notes.append(
            f"the ledger has forgotten the values of run {run.id} on {run.values_gone.date()} (storage.values_days): "
            "what it wrote cannot be taken back any more"
        )
    notes += [
        f"left as it is: {number:,} {name}, {reason} (for example {example})"
        for (name, reason), (number, example) in _counted(left)
    ]
    if so_already:
        notes.append(f"as it was before, gone, or hidden from us: {so_already:,}")
    return tuple(notes)


def in_common(saved: Plan, fresh: Plan, left: Iterable[Left]) -> Rechecked:
    """The rows of `saved` that `fresh` has too, under the saved plan's digest; no field more than both set to the same.

    Others are skipped where `left` or another value tells why, else the org has them already.
    """
    reasons: dict[tuple[str, str], str] = {}
    for each in left:
        place = (each.object, each.row or each.ref)
        reasons[place] = "; ".join(filter(None, (reasons.get(place), each.reason)))
    sections: list[Section] = []
    skipped: list[Skipped] = []
    already = 0
    for section in saved.sections:
        again = fresh.section(section.object, section.operation)
        now = {ref: after for ref, after, _ in again.records(0, len(again))} if again is not None else {}
        goes = set()
        for ref, after, _ in section.records(0, len(section)):
            values, reason = now.get(ref), reasons.get((section.object, ref), "")
            if values is not None and all(name in after and same(after[name], values[name]) for name in values):
                goes.add(ref)
                reason = reason if len(values) < len(after) else ""
            elif values is not None:
                reason = "it would get another value now"
            elif not reason:
                already += 1
            if reason:
                skipped.append(Skipped(object=section.object, operation=section.operation, ref=ref, reason=reason))
        if again is not None and goes:
            sections.append(replace(again, rows=again.rows[again.rows["ref"].isin(goes)].reset_index(drop=True)))
    return Rechecked(plan=replace(saved, sections=tuple(sections)), skipped=tuple(sorted(skipped)), already=already)


def _counted(left: Iterable[Left]) -> list[tuple[tuple[str, str], tuple[int, str]]]:
    """(object, reason) → (records, the first one's Id), most first."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for each in left:
        number, example = found.get((each.object, each.reason), (0, each.ref))
        found[each.object, each.reason] = (number + 1, example)
    return sorted(found.items(), key=lambda item: (-item[1][0], item[0]))

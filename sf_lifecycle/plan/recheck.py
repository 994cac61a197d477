"""Does a plan that waited still rest on the same ground? Held, row by row, against the plan that the day gives now.

A row goes when the fresh plan makes the same change for the same reasons; it is dropped where the org holds it already;
else it is skipped, with the reason in words. Pure: the fresh plan and what the org holds now are arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping as MappingABC, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from sf_lifecycle.config.job import Job
from sf_lifecycle.errors import Refusal
from sf_lifecycle.lifecycle.keys import outreach_of
from sf_lifecycle.plan.changes import AFTER, BEFORE, Plan, Section, to_wire

GUARD = "moved_ground"
# What settles anew each day (the slot in a rep's week) is no part of what a person approved.
SETTLED_DAILY = {"create": frozenset({"ActivityDate"})}

Record = MappingABC[str, Any]
Refs = MappingABC[str, Sequence[str]]
# (object, ref) → the fields of the living record: by Id, and for creates by our key.
Held = MappingABC[tuple[str, str], Record]

WORDS: MappingABC[str, str] = MappingProxyType(
    {
        "OwnerId": "the owner changed",
        "WhoId": "another person is to be approached",
        "ContactId": "another person is to be approached",
        "LeadId": "another person is to be approached",
        "WhatId": "it belongs to another record now",
        "CampaignId": "it belongs to another campaign now",
        "Lifecycle_Key__c": "its date moved",
        "Lifecycle_Decision_Date__c": "the contract's date changed",
    }
)
# Facts that a change rests on, in people's words; others are told with their values.
FACTS: MappingABC[str, str] = MappingProxyType(
    {
        "contact": "another person is to be approached",
        "member": "another person is to be approached",
        "owner": "the owner changed",
        "account": "it belongs to another account now",
        "occasion": "its date moved",
        "campaign_status": "its campaign was moved on",
        "contact_may": "the person may no longer be approached",
        "member_may": "the person may no longer be approached",
    }
)
# Told only where nothing else is: texts follow from what they tell.
TEXTS: MappingABC[str, str] = MappingProxyType(
    {
        "Subject": "what it says changed",
        "Description": "what it says changed",
        "Lifecycle_Reason__c": "the reason for it changed",
        "Lifecycle_Basis__c": "the basis for approaching the person changed",
    }
)


@dataclass(frozen=True, kw_only=True, order=True)
class Skipped:
    """A row of a saved plan that was not written, and why."""

    object: str
    operation: str
    ref: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Rechecked:
    """`plan`: what still goes, under the saved plan's digest. `already`: rows dropped because the org holds them."""

    plan: Plan
    skipped: tuple[Skipped, ...]
    already: int


def unsettled(saved: Plan, fresh: Plan) -> dict[str, list[str]]:
    """Object → refs of rows that the fresh plan does not repeat to the letter: what the org holds of them decides."""
    found: dict[str, list[str]] = {}
    for section in saved.sections:
        again = fresh.section(section.object, section.operation)
        refs = section.rows.loc[~_repeated(section, again, {}), "ref"].tolist()
        if refs:
            found.setdefault(section.object, []).extend(refs)
    return found


def recheck(saved: Plan, fresh: Plan, held: Held, told: MappingABC[str, str] = MappingProxyType({})) -> Rechecked:
    """The part of `saved` that `fresh` still bears out.

    `held`: what the org holds of the rows that `unsettled` names. `told`: our key → why it is not planned any more.
    """
    sections, skipped, already = [], [], 0
    wanted = {about for section in fresh.sections for ref in _keys(section) if (about := _about(ref))}
    for section in saved.sections:
        again = fresh.section(section.object, section.operation)
        kept, left, there = _judge(section, again, held, told, wanted)
        sections += [kept] if len(kept) else []
        skipped += left
        already += there
    if not skipped and not already:
        return Rechecked(plan=saved, skipped=(), already=0)
    gone = {each.ref for each in skipped}
    plan = replace(saved, sections=tuple(sections), labels=_labels(saved.labels, fresh.labels, gone))
    return Rechecked(plan=plan, skipped=tuple(sorted(skipped)), already=already)


def refused(saved: Plan, checked: Rechecked, job: Job) -> Refusal | None:
    """The guard's word where so much of the ground moved that the rest is no longer what a person approved."""
    limit, moved = job.guards.moved_ground, len(checked.skipped)
    rows = sum(len(section) for section in saved.sections)
    if limit.most is not None and moved > limit.most:
        over = f"over {limit.most:,}"
    elif limit.most_share is not None and moved > limit.most_share * rows:
        over = f"{moved / rows:.1%}, over {limit.most_share:.0%}"
    else:
        return None
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in reasons_of(checked.skipped)[:3])
    return Refusal(
        guard=GUARD,
        message=f"the ground of {moved:,} of the plan's {rows:,} changes moved since it was made ({reasons}): {over}",
        way_out=f"make a new plan with `sf-lifecycle run {job.name}`, or write the others with --allow {GUARD}",
    )


def reasons_of(skipped: Iterable[Skipped]) -> list[tuple[str, int]]:
    """(reason, rows), most first."""
    counted: dict[str, int] = {}
    for each in skipped:
        counted[each.reason] = counted.get(each.reason, 0) + 1
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _judge(
    section: Section, again: Section | None, held: Held, told: MappingABC[str, str], wanted: set[str]
) -> tuple[Section, list[Skipped], int]:
    """The rows that go, those skipped, and how many are so already."""
    goes = _repeated(section, again, held).to_numpy(copy=True)
    places = np.flatnonzero(~goes).tolist()
    asked = _lines(section, section.rows.iloc[places])
    refs = [line.ref for line in asked]
    fresh = {} if again is None else {ln.ref: ln for ln in _lines(again, again.rows[again.rows["ref"].isin(refs)])}
    skipped, already = [], 0
    for place, line in zip(places, asked, strict=True):
        now, then = held.get((section.object, line.ref)), fresh.get(line.ref)
        if then is not None:
            reason = _moved(section.operation, line, then, now, held)
        elif _is_so(section.operation, line, now):
            already += 1
            continue
        else:
            reason = _gone(section.operation, line, now, told, wanted)
        goes[place] = not reason
        if reason:
            skipped.append(Skipped(object=section.object, operation=section.operation, ref=line.ref, reason=reason))
    return replace(section, rows=section.rows.loc[goes].reset_index(drop=True)), skipped, already


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One row of a section: the fields that change, what they were, and the facts it rests on."""

    ref: str
    after: Record
    before: Record
    rests: Record


def _lines(section: Section, rows: pd.DataFrame) -> list[_Line]:
    """Some rows of a section."""
    some = replace(section, rows=rows.reset_index(drop=True))
    records = zip(some.records(0, len(some)), some.rows["rests"], strict=True)
    return [_Line(ref=ref, after=after, before=before, rests=rests or {}) for (ref, after, before), rests in records]


def _repeated(section: Section, again: Section | None, held: Held) -> pd.Series[bool]:
    """Row by row: does the fresh section say the same of the same record, on the same ground?"""
    if again is None:
        return pd.Series(False, index=section.rows.index)
    there = again.rows.drop_duplicates("ref").set_index("ref").reindex(section.rows["ref"])
    there.index = section.rows.index
    same = section.rows["ref"].isin(again.rows["ref"])
    same &= _equal(section.rows["rests"], there["rests"], same, held)
    nothing = pd.Series(None, index=there.index, dtype=object)
    for name in section.fields:
        if name in SETTLED_DAILY.get(section.operation, ()):
            continue
        matters = section.changed(name)
        for column in (side + name for side in (AFTER, BEFORE) if side + name in section.rows):
            other = there.get(column, nothing)
            same &= ~matters | _equal(section.rows[column], other, same & matters, held)
    return same.astype(bool)


def _equal(left: pd.Series[Any], right: pd.Series[Any], asked: pd.Series[bool], held: Held) -> pd.Series[bool]:
    """Row by row where `asked`: equal as the org would see it; a saved plan has numbers for a fresh one's decimals."""
    rows = zip(left, right, asked, strict=True)
    return pd.Series([wanted and _same(a, b, held) for a, b, wanted in rows], index=left.index, dtype=bool)


def _same(left: Any, right: Any, held: Held = MappingProxyType({})) -> bool:
    return left is right or bool(_plain(left, held) == _plain(right, held))


def _plain(value: Any, held: Held) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each, held) for name, each in sorted(value.items())}
    if isinstance(value, str) and value.startswith("@"):  # a campaign that has been made since has an Id
        return held.get(("Campaign", value[1:]), {}).get("Id", value)
    return None if value is None or value != value else to_wire(value)  # NaN is a null too


def _is_so(operation: str, line: _Line, now: Record | None) -> bool:
    """Does the org hold it already? A key that lives is the record; a record that went needs no deleting."""
    if operation == "update":
        return now is not None and all(name in now and _same(value, now[name]) for name, value in line.after.items())
    return (now is None) == (operation == "delete")


def _moved(operation: str, saved: _Line, fresh: _Line, now: Record | None, held: Held) -> str:
    """What differs between a saved row and the fresh one for the same record, in words; empty: nothing that matters."""
    reasons = [
        FACTS.get(name, f"{name} was {_shown(saved.rests.get(name))}, is {_shown(fresh.rests.get(name))} now")
        for name in sorted({*saved.rests, *fresh.rests})
        if not _same(saved.rests.get(name), fresh.rests.get(name))
    ]
    moved = []
    for name in sorted(set(saved.after) - SETTLED_DAILY.get(operation, frozenset())):
        if name in fresh.after:
            stands = _same(saved.after[name], fresh.after[name], held)
        else:  # nothing to do in this field: it is so already, or no longer wanted
            stands = now is not None and name in now and _same(saved.after[name], now[name])
        if not stands:
            moved.append(name)
    reasons += [WORDS.get(name, f"{name} is to get another value now") for name in moved if name not in TEXTS]
    texts = [TEXTS[name] for name in moved if name in TEXTS]
    return "; ".join(dict.fromkeys(reasons or texts)) or _changed(saved.before, fresh.before)


def _gone(operation: str, line: _Line, now: Record | None, told: MappingABC[str, str], wanted: set[str]) -> str:
    """Why the fresh plan has no such row."""
    if operation == "update" and now is None:
        return "the record is gone"
    if operation == "create" and _about(line.ref) in wanted:
        return "its date moved: it is planned for another occasion now"
    if line.ref in told:
        return f"no longer wanted: {told[line.ref]}"
    plain = "no longer to be taken back" if operation == "delete" else "no longer wanted"
    return _changed(line.before, now or {}) or plain


def _changed(before: Record, now: Record) -> str:
    names = sorted(name for name in before if name in now and not _same(before[name], now[name]))
    return f"changed in the org since the plan was made: {', '.join(names)}" if names else ""


def _about(ref: str) -> str | None:
    """What an outreach's key is about, whichever time it was; None for what is no such key."""
    return outreach_of(ref) if ref.count(":") == 2 and "|" not in ref else None


def _keys(section: Section) -> Iterable[str]:
    """Our keys that a fresh section makes or moves to."""
    if section.operation == "create":
        return list(section.rows["ref"])
    column = AFTER + "Lifecycle_Key__c"
    return [key for key in section.rows[column] if key] if column in section.rows else []


def _labels(saved: pd.DataFrame, fresh: pd.DataFrame, gone: set[str]) -> pd.DataFrame:
    """Words that the fresh plan gives too, of records that are written."""
    columns = ["set", "label", "id", "word"]
    again = pd.MultiIndex.from_frame(saved[columns]).isin(pd.MultiIndex.from_frame(fresh[columns]))
    return saved.loc[again & ~saved["id"].isin(gone).to_numpy()].reset_index(drop=True)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case _:
            return str(to_wire(value))

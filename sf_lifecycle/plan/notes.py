"""What a person should know of a plan and no change in it shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import pandas as pd

from sf_lifecycle.lifecycle.decide import Decision
from sf_lifecycle.lifecycle.owners import Desk

NAMED = 5


def notes(decision: Decision, desk: Desk, unrated: Mapping[str, int]) -> tuple[str, ...]:
    """A sentence each, the urgent ones first. `unrated`: `Object.Field` → amounts whose currency has no rate."""
    left = pd.concat([decision.past.open, decision.past.surplus])
    return (*_notes(decision, left[~left["Id"].isin(decision.others)]), *_of_money(unrated), *desk.notes)


def _of_money(unrated: Mapping[str, int]) -> Iterator[str]:
    if unrated:
        named = ", ".join(f"{name} {count:,}" for name, count in sorted(unrated.items()))
        yield (
            "amounts that count as unknown, because their record has no currency code, or one that the org has no rate "
            f"for: {named}"
        )


def _notes(decision: Decision, left: pd.DataFrame) -> Iterator[str]:
    """`left`: our open Tasks that stay and that this job looks after."""
    listed = set(decision.outreaches["outreach"])
    theirs = left["Id"].isin(decision.touched)
    refused = left.loc[theirs & left["Id"].isin(decision.refused), "Id"]
    changed = left.loc[theirs & ~left["Id"].isin(decision.unknown), "Id"]
    idle = left.loc[theirs & ~left["outreach"].isin(listed), "Id"]
    if len(refused):
        yield (
            "LOOK AT THESE: open Tasks that are left alone, because people have changed them, ask to approach somebody "
            f"who may no longer be approached: {_counted(refused)}"
        )
    if len(idle):
        yield (
            "Tasks of ours that rest on facts that no longer hold, and are left as they are, because people have "
            f"changed them: {len(idle):,}"
        )
    if len(changed):
        yield f"open Tasks of ours that people have changed, and are theirs now: {len(changed):,}"
    stranded = left.loc[theirs & left["Id"].isin(decision.stranded), "Id"]
    if len(stranded):
        yield f"open Tasks people have changed whose owner can no longer work: {_counted(stranded)}"
    unknown = left.loc[left["Id"].isin(decision.unknown), "Id"]
    if len(unknown):
        yield f"open Tasks with a key of ours that we have no record of writing, left as they are: {len(unknown):,}"
    vanished = left.loc[left["Id"].isin(decision.vanished), "Id"]
    if len(vanished):
        yield (
            "open Tasks of ours whose account cannot be seen any more (deleted, or a lost permission), left as they "
            f"are: {_counted(vanished)}"
        )


def _counted(ids: Collection[str]) -> str:
    some = sorted(ids)
    return f"{len(some):,} ({', '.join(some[:NAMED])}{', …' if len(some) > NAMED else ''})"

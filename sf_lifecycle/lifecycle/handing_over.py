"""Who has an open Task from now on: who has it, unless the work went to somebody else and the Task did not follow.

A person who changes an account's owner in Salesforce's pages takes its open Tasks along; the API does not, and nobody
does it for an owner who left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sf_lifecycle.lifecycle.capacity import Handed
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.scope import Scope
from sf_lifecycle.lifecycle.standing import Standing


class Known(Protocol):
    """What is known of our open Tasks."""

    @property
    def scope(self) -> Scope: ...
    @property
    def theirs(self) -> frozenset[str]: ...
    @property
    def read_back(self) -> Mapping[str, Mapping[str, Any]]: ...


def hands(
    outreaches: pd.DataFrame, open_tasks: pd.DataFrame, known: Known, desk: Desk, standing: Standing
) -> pd.Series[str]:
    """The owner of each outreach: its open Task's, and for others the one wished.

    An untouched Task goes to the owner wished where its own is still who we gave it to, and no row it is about asks for
    them any more. Somebody else than we gave it to was chosen by a person. Who can no longer work keeps none; who is
    away for a while keeps theirs, for they may have seen them.
    """
    tasks = open_tasks.set_index("outreach")
    wished = outreaches["owner"]
    has = outreaches["outreach"].map(tasks["OwnerId"])
    differ = has.notna() & has.ne(wished)
    rows = pd.DataFrame(
        {
            "outreach": outreaches["outreach"],
            "has": has,
            "task": outreaches["outreach"].map(tasks["Id"]),
            "due": outreaches["outreach"].map(tasks["ActivityDate"]),
        }
    )[differ]
    free = open_tasks.loc[known.scope.covers(open_tasks) & ~open_tasks["Id"].isin(known.theirs), "Id"]
    given = rows["task"].map(lambda task: known.read_back.get(task, {}).get("OwnerId"))
    left = rows["has"].map(desk.gone).astype(bool)
    asked = [
        _still_asked_for(owner, due, standing.owners.get(about), desk)
        for about, owner, due in zip(rows["outreach"], rows["has"], rows["due"], strict=True)
    ]
    over = given.eq(rows["has"]) & ~pd.Series(asked, index=rows.index, dtype=bool)
    goes = rows["task"].isin(set(free)) & (left | over)
    return wished.where(has.isna() | goes.reindex(outreaches.index, fill_value=False), has)


def _still_asked_for(owner: str, due: object, wished: frozenset[object] | None, desk: Desk) -> bool:
    """Does some row ask for this owner, or for whom they stand in? Where no row says by itself: can they work?

    Who is away comes back: whoever has a Task because it is due on a day of their absence keeps it. So does who has it
    because those below them had no room for the work of somebody who left.
    """
    if wished is None:
        return desk.stands_in.get(owner) == owner
    asked = [str(one) for one in wished]
    takers = {desk.stands_in.get(one, desk.fallback) for one in asked}
    if owner in takers or any(desk.stood_in(owner, one, due) for one in asked):
        return True
    return any(owner in desk.takers(one, desk.stands_in.get(one, desk.fallback)) for one in asked)


def handed_over(outreaches: pd.DataFrame, open_tasks: pd.DataFrame, desk: Desk) -> list[Handed]:
    """The open Tasks that `hands` gives to another owner: they need a day in that one's week. Those that move to
    another occasion get a new day anyway.

    `outreaches` needs outreach, owner (settled), wished, target, limit, held, moved. What is held stands for another
    occasion than today's, whose last day nobody knows here: it is due on its day, or before.
    """
    tasks = open_tasks.set_index("outreach")
    has = outreaches["outreach"].map(tasks["OwnerId"])
    stays = outreaches["moved"].astype(bool) | outreaches["target"].isna() | has.isna() | has.eq(outreaches["owner"])
    rows = np.flatnonzero(~stays)
    some = outreaches.iloc[rows]
    days = some["outreach"].map(tasks["ActivityDate"])
    limits = some["limit"].to_numpy().astype("datetime64[D]").astype(object)
    columns = (rows.tolist(), some["wished"], some["owner"], some["held"], days, limits)
    found = []
    for row, wished, owner, held, day, limit in zip(*columns, strict=True):
        due = day if isinstance(day, dt.date) else None
        takers = desk.takers(wished, owner)
        found.append(Handed(row=row, day=due, takers=takers, limit=due if held else limit))
    return found

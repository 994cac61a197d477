"""Where a cluster's joint Task stays: at the firm it was made at, whichever firm comes first today.

Which firm comes first may change with the days alone; a rep who has begun with one goes on with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping as MappingABC

import pandas as pd

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.answers import Answers
from sf_lifecycle.lifecycle.grouping import key_columns, outreach_names
from sf_lifecycle.lifecycle.outreach import JOINT


def rooted(
    outreaches: pd.DataFrame,
    open_tasks: pd.DataFrame,
    mapping: Mapping,
    stages: MappingABC[str, tuple[str, ...]],
    answers: Answers,
    *,
    refused: Collection[str],
    held: Collection[str],
) -> frozenset[str]:
    """Ids of open joint Tasks that stay with their firm and with all that they say, though another comes first today.

    The firm is of the cluster still, in a stage that the play serves, its person may be approached (no Id in
    `refused`), and the occasion is the same or keeps itself (`held`). `stages`: stage → purposes.
    """
    joint = outreaches.loc[outreaches["part"].eq(JOINT), ["outreach", "key", "account", "play"]].set_index("outreach")
    tasks = open_tasks[open_tasks["outreach"].isin(set(joint.index))]
    now = joint.loc[tasks["outreach"]].set_axis(tasks.index)
    same = tasks["key"].eq(now["key"]) | tasks["Id"].isin(list(held))
    asked = tasks[same & tasks["account"].ne(now["account"]) & ~tasks["Id"].isin(list(refused))]
    stay: set[str] = set()
    for play, mine in asked.groupby(now["play"].reindex(asked.index), sort=True):
        part = mapping.plays[str(play)]
        table = answers.of_cluster(str(play), sorted(set(mine["account"].dropna())))
        names, of = outreach_names(str(play), key_columns(table), len(table))
        rows = zip(table["account"].to_pylist(), table["stage"].to_pylist(), of.tolist(), strict=True)
        there = {(account, names[place]) for account, stage, place in rows if part.purpose in stages.get(stage, ())}
        pairs = zip(mine["Id"], mine["account"], mine["outreach"], strict=True)
        stay |= {id_ for id_, account, about in pairs if (account, about) in there}
    return frozenset(stay)

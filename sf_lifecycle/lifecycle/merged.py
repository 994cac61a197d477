"""Records merged in Salesforce: what was about a loser is about the survivor.

Keys hash Ids, so that a loser's outreach cannot be read from its key. The other way round it can: for each outreach
about a survivor the keys it would have had as one of the losers are worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pandas as pd

from sf_lifecycle.lifecycle import keys


def survivors(ids: pd.Series[Any], merges: Mapping[str, str]) -> pd.Series[Any]:
    """Ids with losers replaced by who survived them; null stays null. `merges`: loser → survivor."""
    if not merges:
        return ids
    found = ids.map(merges).astype(object)
    return found.where(found.notna(), ids)


def aliases(play: str, rows: pd.DataFrame, merges: Mapping[str, str]) -> dict[str, str]:
    """What losers' outreaches of a play were called → what the survivor's is called.

    `rows`: the play's rows, with `outreach` and the key values in columns `key…`. A loser that is on the list itself
    (it was undeleted) keeps its name.
    """
    losers: dict[object, list[str]] = {}
    for loser, survivor in sorted(merges.items()):
        losers.setdefault(survivor, []).append(loser)
    parts = [name for name in rows.columns if name.startswith("key")]
    if not losers or not parts or rows.empty:
        return {}
    named = pd.concat([rows[part].isin(list(losers)) for part in parts], axis=1).any(axis=1)
    about = rows.loc[named, ["outreach", *parts]].drop_duplicates("outreach")
    own = set(rows["outreach"])
    return {
        alias: str(outreach)
        for outreach, *values in about.itertuples(index=False, name=None)
        for other in product(*((value, *losers.get(value, ())) for value in values))
        if (alias := keys.outreach(play, other)) not in own
    }

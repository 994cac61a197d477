"""What still stands by itself: a row's own occasion and owner, whether or not the play's `when` holds for it now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping as MappingABC
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.frames import object_frame

Table = Callable[[str], pa.Table | None]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`keys`: whole keys that rows give, each by itself. `owners`: outreach → owners that any of its rows asks for."""

    keys: frozenset[str] = frozenset()
    owners: MappingABC[str, frozenset[object]] = field(default_factory=dict)


def standing_of(asked: pd.DataFrame, table: Table) -> Standing:
    """What stands of these plays and accounts (columns play, account). `table`: play → its standing rows, or None."""
    found: set[str] = set()
    owners: dict[str, set[object]] = {}
    for play, mine in asked.dropna(subset=["account"]).groupby("play", sort=True):
        rows = table(str(play))
        if rows is not None:
            wanted = pa.array(mine["account"].unique().tolist(), pa.string())
            near = object_frame(rows.filter(pc.is_in(rows["account"], wanted)))
            abouts = outreaches(str(play), near)
            found |= {keys.full(about, occasion) for about, occasion in zip(abouts, near["occasion"], strict=True)}
            for about, owner in zip(abouts, near.get("owner", ()), strict=False):
                owners.setdefault(about, set()).add(owner)
    return Standing(keys=frozenset(found), owners={about: frozenset(some) for about, some in owners.items()})


def outreaches(play: str, rows: pd.DataFrame) -> list[str]:
    """What each row is about, from its key values (columns `key…`)."""
    parts: Iterable[pd.Series[Any]] = [rows[name] for name in rows.columns if name.startswith("key")]
    return [keys.outreach(play, values) for values in zip(*parts, strict=True)]

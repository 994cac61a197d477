"""What still stands by itself: a row's own occasion and owner, whether or not the play's `when` holds for it now."""

from __future__ import annotations

from collections.abc import Callable, Mapping as MappingABC
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.frames import object_frame
from sf_lifecycle.lifecycle.grouping import key_columns, outreach_names

Table = Callable[[str], pa.Table | None]


def _none(play: str) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`keys`: whole keys that rows give, each by itself. `owners`: outreach → owners that any of its rows asks for."""

    keys: frozenset[str] = frozenset()
    owners: MappingABC[str, frozenset[object]] = field(default_factory=dict)


def standing_of(asked: pd.DataFrame, table: Table, firms: Table = _none) -> Standing:
    """What stands of these plays and accounts (columns play, account). `table`: play → its standing rows, or None;
    `firms`: play → the rows of its cluster's firms, or None.
    """
    found: set[str] = set()
    owners: dict[str, set[object]] = {}
    for play, mine in asked.dropna(subset=["account"]).groupby("play", sort=True):
        rows = table(str(play))
        if rows is None:
            continue
        wanted = pa.array(mine["account"].unique().tolist(), pa.string())
        near = rows.filter(pc.is_in(rows["account"], wanted)) if "account" in rows.column_names else rows
        names, of = outreach_names(str(play), key_columns(near), len(near))
        abouts = [names[place] for place in of.tolist()]
        frame = object_frame(near)
        found |= {keys.full(about, occasion) for about, occasion in zip(abouts, frame["occasion"], strict=True)}
        for about, owner in zip(abouts, frame.get("owner", ()), strict=False):
            owners.setdefault(about, set()).add(owner)
        found |= _of_firms(str(play), firms(str(play)), wanted, dict(zip(abouts, frame["occasion"], strict=True)))
    return Standing(keys=frozenset(found), owners={about: frozenset(some) for about, some in owners.items()})


def _of_firms(play: str, firms: pa.Table | None, accounts: pa.Array, occasions: MappingABC[str, object]) -> set[str]:
    """The whole keys of memberships of these accounts in their clusters' waves. `occasions`: of clusters."""
    if firms is None:
        return set()
    near = firms.filter(pc.is_in(firms["account"], accounts))
    names, of = outreach_names(play, key_columns(near), len(near))
    parts = [column.to_pylist() for column in key_columns(near)]
    rows = zip(of.tolist(), near["account"].to_pylist(), *parts, strict=True)
    return {
        keys.full(keys.outreach(play, (*values, account)), occasions[names[place]])
        for place, account, *values in rows
        if names[place] in occasions
    }

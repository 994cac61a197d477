"""What the texts say is asked of those outreaches alone that are put into words, row by row behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping as MappingABC
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from sf_lifecycle.lifecycle.frames import object_frame
from sf_lifecycle.lifecycle.outreach import MEMBER, PlayList
from sf_lifecycle.lifecycle.queries import FIRM_TEXTS, TEXT, TEXTS

Ask = Callable[[str, pa.Array], pa.Table | None]
Numbers = npt.NDArray[np.int64]


def with_rows(lists: MappingABC[str, PlayList], chosen: pd.DataFrame, ask: Ask) -> dict[str, PlayList]:
    """The lists with `rows` and `firms` of the `chosen` outreaches. `ask`: (query, `_key` of rows) → their values; None
    where the texts name nothing.
    """
    told = dict(lists)
    for play, mine in chosen.groupby("play", sort=True):
        told[str(play)] = _of_play(lists[str(play)], mine, ask)
    return told


def _of_play(found: PlayList, chosen: pd.DataFrame, ask: Ask) -> PlayList:
    behind, member = found.behind, chosen["part"].eq(MEMBER).to_numpy(dtype=bool)
    position = chosen["position"].to_numpy(dtype=np.int64)
    about = chosen["outreach"].to_numpy(dtype=object)
    # The places of memberships come after those of the outreaches that have rows of their own.
    firm = position[member] - (behind.of.max() + 1 if len(behind.of) else 0)
    cluster = position.copy()
    cluster[member] = behind.firm_of[firm]
    wanted = np.flatnonzero(np.isin(behind.of, cluster))
    ours = pd.DataFrame({"place": behind.of[wanted], "_key": behind.keys[wanted]})
    said = pd.DataFrame({"place": cluster, "outreach": about}).merge(ours, on="place", how="left", sort=False)
    own = pd.DataFrame({"outreach": about[member], "_key": behind.firm_keys[firm]})
    return replace(found, rows=_joined(said, TEXTS + found.play, ask), firms=_joined(own, FIRM_TEXTS + found.play, ask))


def _joined(rows: pd.DataFrame, query: str, ask: Ask) -> pd.DataFrame:
    """`outreach` and the texts' values of these rows, in their order."""
    names = rows[["outreach"]].reset_index(drop=True)
    if rows.empty:
        return names
    table = ask(query, pa.array(np.unique(rows["_key"].to_numpy(dtype=np.int64))))
    if table is None:
        return names
    place = pd.Series(range(len(table)), index=table["_key"].to_numpy())
    values = object_frame(table.select([name for name in table.column_names if name.startswith(TEXT)]))
    values = values.iloc[rows["_key"].map(place).to_numpy(dtype=np.int64)].reset_index(drop=True)
    return pd.concat([names, values], axis=1)

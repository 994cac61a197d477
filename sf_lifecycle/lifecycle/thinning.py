"""Rows that nothing can be made of tonight are counted and let go before they become Python objects.

Of a million accounts' outreaches most end so: nobody there may be approached, the account is reserved, the play takes
on no more. Whatever a record of ours is about stays, and so does whatever people want to be shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping as MappingABC
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Mapping, Play
from sf_lifecycle.lifecycle.nobody import NOBODY_FITS, NOBODY_ON_RECORD, UNASKED
from sf_lifecycle.lifecycle.outreach import Left
from sf_lifecycle.lifecycle.queries import VERBS
from sf_lifecycle.lifecycle.reserved import Reserved
from sf_lifecycle.lifecycle.voice import BEYOND, UNDATED

Mask = npt.NDArray[np.bool_]
Also = Callable[[pd.DataFrame], "pd.Series[bool]"]


class Thinning:
    """What is let go. `about`: outreaches that records of ours are about; `people`: channel → everybody's word and
    account; `also`: rows (columns play, account) → which of them are kept all the same.
    """

    def __init__(
        self,
        mapping: Mapping,
        *,
        about: frozenset[str],
        reserved: Reserved,
        people: MappingABC[str, pa.Table],
        also: Also,
    ) -> None:
        self._mapping, self._about, self._reserved, self._also = mapping, about, reserved, also
        self._people = {channel: _accounts(table) for channel, table in people.items()}
        self._held = pa.array(list(reserved.word), pa.string())

    def keep(
        self, name: str, rows: pa.Table, outreaches: list[str], aliases: MappingABC[str, str]
    ) -> tuple[Mask, Left]:
        """Which of a play's leading rows (best first, called `outreaches`) stay, and what is told of the others.

        A play for clusters keeps all of its rows.
        """
        play = self._mapping.plays[name]
        if play.for_each in self._mapping.clusters or not len(rows):
            return np.ones(len(rows), dtype=bool), Left()
        ours = self._about | set(aliases.values())
        kept = np.fromiter((about in ours for about in outreaches), dtype=bool, count=len(rows))
        why = self._why(name, play, rows, kept)
        out = why != ""
        if out.any():
            shown = pd.DataFrame({"play": name, "account": rows["account"].filter(pa.array(out)).to_pandas()})
            out[np.flatnonzero(out)[self._also(shown).to_numpy(dtype=bool)]] = False
        owners = rows["owner"].filter(pa.array(out)) if "owner" in rows.column_names else pa.chunked_array([[]])
        return ~out, Left(reasons=Counter(why[out].tolist()), owners=_counted(owners))

    def _why(self, name: str, play: Play, rows: pa.Table, ours: Mask) -> npt.NDArray[np.object_]:
        """Why each row cannot be made; empty where it may be, or is one of `ours`. The order is that of `settle`."""
        why = np.full(len(rows), "", dtype=object)
        self._say_reserved(name, rows, why)
        free = why == ""
        by_task, by_wave, barred = _reach(play, rows)
        undated = (play.task is not None) & ~_has(rows, "day") & ~barred & ~by_wave
        why[free & undated] = UNDATED
        nobody = free & ~undated & ~by_task & ~by_wave
        self._say_nobody(play, rows, nobody, why)
        waits = (why == "") & ~ours
        if play.most is not None:
            before = np.cumsum(waits) - waits
            why[(why == "") & (before >= play.most)] = BEYOND
        why[ours] = ""
        return why

    def _say_reserved(self, name: str, rows: pa.Table, why: npt.NDArray[np.object_]) -> None:
        held = np.flatnonzero(_mask(pc.is_in(rows["account"], value_set=self._held)))
        accounts = rows["account"].take(pa.array(held)).to_pylist()
        for place, account in zip(held.tolist(), accounts, strict=True):
            if (self._reserved.word[account], name) in self._reserved.barred:
                why[place] = self._reserved.reason(account).partition(":")[0]

    def _say_nobody(self, play: Play, rows: pa.Table, nobody: Mask, why: npt.NDArray[np.object_]) -> None:
        part = play.campaign if play.task is None else play.task
        channel = part.channel if part is not None else "email"
        if channel not in self._people:
            why[nobody] = UNASKED
            return
        some, stopped = (_mask(pc.is_in(rows["account"], value_set=found)) for found in self._people[channel])
        why[nobody & ~some] = NOBODY_ON_RECORD
        why[nobody & some & ~stopped] = NOBODY_FITS
        why[nobody & stopped] = f"nobody may be {VERBS[channel]}"


def _reach(play: Play, rows: pa.Table) -> tuple[Mask, Mask, Mask]:
    """What `reach` says of rows that are no cluster's: `by_task`, `by_wave`, `barred`."""
    barred = ~_has(rows, "contact") | _refused(rows, "contact_may")
    by_wave = _has(rows, "member") & ~_refused(rows, "member_may")
    if play.task is None:
        return np.zeros(len(rows), dtype=bool), by_wave, barred
    nobody = barred if play.contact is not None else np.zeros(len(rows), dtype=bool)
    return _has(rows, "day") & ~nobody, by_wave, barred


def _has(rows: pa.Table, name: str) -> Mask:
    return _mask(pc.is_valid(rows[name])) if name in rows.column_names else np.zeros(len(rows), dtype=bool)


def _refused(rows: pa.Table, name: str) -> Mask:
    if name not in rows.column_names:
        return np.zeros(len(rows), dtype=bool)
    return _mask(pc.fill_null(pc.not_equal(rows[name], "yes"), fill_value=False))


def _mask(values: pa.ChunkedArray) -> Mask:
    return np.asarray(values.to_numpy(), dtype=bool)


def _accounts(people: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Accounts with anybody at all, and those where anybody is stopped."""
    stopped = people.filter(pc.fill_null(pc.not_equal(people["word"], "yes"), fill_value=False))
    every, some = (pc.unique(table["account"].drop_null()) for table in (people, stopped))
    return every, some


def _counted(values: pa.ChunkedArray) -> Counter[Any]:
    counts = pc.value_counts(values)
    return Counter(dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)))

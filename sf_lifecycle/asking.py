"""One day's run of the engine, as the lifecycle asks it; and the day of the job's last run, asked again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa

from sf_lifecycle.engine import Run
from sf_lifecycle.lifecycle.outreach import PlayList, play_list
from sf_lifecycle.lifecycle.queries import FIRM_TEXTS, FIRMS, PLAY, TEXTS, VOICE
from sf_lifecycle.lifecycle.reserved import Reserved, read_reserved, reserved_words
from sf_lifecycle.lifecycle.telling import with_rows
from sf_lifecycle.lifecycle.wording import words
from sf_lifecycle.prepared import Prepared

if TYPE_CHECKING:
    from sf_lifecycle.lifecycle.speech import Speech

LISTS, WORDS = (PLAY, FIRMS), (PLAY, FIRMS, TEXTS, FIRM_TEXTS)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What the lifecycle asks of one day's `run`. `merges`: loser → survivor."""

    prepared: Prepared
    run: Run
    merges: Mapping[str, str]

    def list(self, play: str) -> PlayList:
        """The play's list of accounts in the stages that its purpose serves."""
        mapping, stages = self.prepared.mapping, self.prepared.model.stages
        served = [stage for stage, purposes in stages.items() if mapping.plays[play].purpose in purposes]
        asked, about = self.prepared.program.asked, ("stage", served)
        own = "stage" in asked[PLAY + play].query.select
        table = self.run.fetch(PLAY + play, among=about if own else None)
        members = self.run.fetch(FIRMS + play, among=about) if FIRMS + play in asked else None
        return play_list(play, mapping, table, self.merges, members)

    def told(self, lists: Mapping[str, PlayList], chosen: pd.DataFrame) -> dict[str, PlayList]:
        """The lists with what the texts of the `chosen` outreaches say."""
        return with_rows(lists, chosen, self._values)

    def reserved(self) -> Reserved:
        """Who has the word at which account."""
        mapping, asked = self.prepared.mapping, VOICE in self.prepared.program.asked
        among = ("word", reserved_words(mapping))
        return read_reserved(mapping, self.run.fetch(VOICE, among=among) if asked else None)

    def _values(self, query: str, rows: pa.Array) -> pa.Table | None:
        return self.run.fetch(query, among=("_key", rows)) if query in self.prepared.program.asked else None


@dataclass(kw_only=True)
class Again:
    """The plays worked out a second time, for the day of the job's last run, from today's records: what has changed
    since then has changed by time alone. Worked out only where it is asked; `runs` closes it.
    """

    prepared: Prepared
    mirror: duckdb.DuckDBPyConnection
    history: pa.Table
    merges: Mapping[str, str]
    day: dt.date
    runs: ExitStack
    _lists: Asking | None = field(default=None, init=False)

    def list(self, play: str) -> PlayList | None:
        """The play's list of that day, where this job runs it."""
        return self._listing().list(play) if play in self.prepared.plays else None

    def reserved(self) -> Reserved:
        """Who had the word at which account."""
        return self._listing().reserved()

    def words(self, speech: Speech, *, on: dt.date | None) -> Callable[[pd.DataFrame], pd.DataFrame]:
        """Today's outreaches → the words that the same had `on` a day (None: the last run's), by index; of those that
        were on their list then.
        """

        def of(rows: pd.DataFrame) -> pd.DataFrame:
            plays = sorted({str(play) for play in rows["play"]})
            asking = self._asking(plays, WORDS, on or self.day)
            lists = {play: asking.list(play) for play in plays}
            then = [
                found.outreaches[found.outreaches["outreach"].isin(set(rows["outreach"]))] for found in lists.values()
            ]
            frame = pd.concat(then).set_index("outreach", drop=False)
            there = rows[rows["outreach"].isin(set(frame["outreach"]))]
            chosen = frame.loc[there["outreach"]].assign(owner=there["owner"].to_numpy()).set_axis(there.index)
            return words(chosen, asking.told(lists, chosen), self.prepared.texts, speech)

        return of

    def _listing(self) -> Asking:
        self._lists = self._lists or self._asking(self.prepared.plays, LISTS, self.day)
        return self._lists

    def _asking(self, plays: Collection[str], kinds: tuple[str, ...], day: dt.date) -> Asking:
        program = self.prepared.program
        wanted = {kind + play for kind in kinds for play in plays} | {VOICE}
        asked = {name: query for name, query in program.asked.items() if name in wanted}
        compiled = program.compile(asked.values())
        run = program.run_compiled(self.mirror, asked, compiled, as_of=day, history=self.history)
        return Asking(prepared=self.prepared, run=self.runs.enter_context(run), merges=self.merges)

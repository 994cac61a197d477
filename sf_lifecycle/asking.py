"""One day's run of the engine, as the lifecycle asks it; and the day of the job's last run, asked again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow as pa

from sf_lifecycle.engine import Run
from sf_lifecycle.lifecycle.figures import compact
from sf_lifecycle.lifecycle.outreach import Keep, PlayList, play_list
from sf_lifecycle.lifecycle.queries import FIRM_TEXTS, FIRMS, FUNNEL, PLAY, TEXTS, VOICE
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

    def list(self, play: str, keep: Keep | None = None) -> PlayList:
        """The play's list of accounts in the stages that its purpose serves; see `play_list` for `keep`."""
        mapping, stages = self.prepared.mapping, self.prepared.model.stages
        served = [stage for stage, purposes in stages.items() if mapping.plays[play].purpose in purposes]
        asked, about = self.prepared.program.asked, ("stage", served)
        own = "stage" in asked[PLAY + play].query.select
        table = self.run.fetch(PLAY + play, among=about if own else None)
        members = self.run.fetch(FIRMS + play, among=about) if FIRMS + play in asked else None
        return play_list(play, mapping, table, self.merges, members, keep)

    def people(self, labels: Collection[str]) -> dict[str, pa.Table]:
        """Label on contacts → everybody's `_id`, `word`, `why` and `account`; what two tables share is held once."""
        found: dict[str, pa.Table] = {}
        for label in labels:
            table = compact(self.run.fetch(FUNNEL + label).drop_columns(["_key"]), "word", "why")
            for other in list(found.values())[:1]:
                for name in ("_id", "account"):
                    if table[name].equals(other[name]):
                        table = table.set_column(table.column_names.index(name), name, other[name])
            found[label] = table
        return found

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
    since then has changed by time alone. Worked out only where it is asked, of those accounts alone that are asked for.
    """

    prepared: Prepared
    mirror: duckdb.DuckDBPyConnection
    history: pa.Table
    merges: Mapping[str, str]
    day: dt.date

    def lists(self, plays: Collection[str], accounts: Collection[str]) -> dict[str, PlayList]:
        """What those of the plays that this job runs asked of these accounts on that day."""
        mine = sorted(set(plays) & set(self.prepared.plays))
        with self._asking({kind + play for kind in LISTS for play in mine}, accounts, self.day) as asking:
            return {play: asking.list(play) for play in mine}

    def reserved(self, accounts: Collection[str]) -> Reserved:
        """Who had the word at these accounts."""
        with self._asking({VOICE}, accounts, self.day) as asking:
            return asking.reserved()

    def words(self, speech: Speech, *, on: dt.date | None) -> Callable[[pd.DataFrame], pd.DataFrame]:
        """Today's outreaches → the words that the same had `on` a day (None: the last run's), by index; of those that
        were on their list then.
        """

        def of(rows: pd.DataFrame) -> pd.DataFrame:
            plays = sorted({str(play) for play in rows["play"]})
            wanted = {kind + play for kind in WORDS for play in plays}
            with self._asking(wanted, set(rows["account"].dropna()), on or self.day) as asking:
                lists = {play: asking.list(play) for play in plays}
                about = set(rows["outreach"])
                then = [found.outreaches[found.outreaches["outreach"].isin(about)] for found in lists.values()]
                frame = pd.concat(then).set_index("outreach", drop=False)
                there = rows[rows["outreach"].isin(set(frame["outreach"]))]
                chosen = frame.loc[there["outreach"]].assign(owner=there["owner"].to_numpy()).set_axis(there.index)
                return words(chosen, asking.told(lists, chosen), self.prepared.texts, speech)

        return of

    @contextmanager
    def _asking(self, queries: Collection[str], accounts: Collection[str], day: dt.date) -> Iterator[Asking]:
        program = self.prepared.program
        asked = {name: query for name, query in program.asked.items() if name in queries}
        with program.run_among(self.mirror, asked, accounts, as_of=day, history=self.history) as run:
            yield Asking(prepared=self.prepared, run=run, merges=self.merges)

"""What a decision asks of the engine beyond the lists; what is a call is worked out only where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Mapping as Rules
from sf_lifecycle.lifecycle.keys import PLAY_LENGTH, play_of
from sf_lifecycle.lifecycle.outreach import PlayList
from sf_lifecycle.lifecycle.reserved import NOBODYS, Reserved

STAGE_COLUMNS = ("_id", "word", "why")


def _no_stages() -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in STAGE_COLUMNS})


def _none(play: str) -> None:
    return None


def _no_rows(play: str, accounts: Collection[str]) -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in ("account", "stage", "key0")})


def _no_lists(plays: Collection[str], accounts: Collection[str]) -> dict[str, PlayList]:
    return {}


def _nobody_says(accounts: Collection[str]) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Answers:
    """`standing`: play → its standing rows, if it has any. `earlier`: plays, accounts → the lists of those accounts
    as of the last run's day, from today's records, as far as anybody can say. `stages`: `_id`, `word`, `why` of
    every account. `may`: channel → person → the word of `may_<channel>`, of people that our records name. `firms`:
    play → the rows of its cluster's firms, if it has one; `of_cluster`: play, accounts → all that its cluster groups
    of them. `people`: channel → everybody's word, reason and account. `reserved`: who has the word at which account;
    `reserved_earlier`: the same at some accounts as of the last run's day.
    """

    standing: Callable[[str], pa.Table | None] = _none
    earlier: Callable[[Collection[str], Collection[str]], Mapping[str, PlayList]] = _no_lists
    stages: pa.Table = field(default_factory=_no_stages)
    may: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    firms: Callable[[str], pa.Table | None] = _none
    of_cluster: Callable[[str, Collection[str]], pa.Table] = _no_rows
    people: Mapping[str, pa.Table] = field(default_factory=dict)
    reserved: Reserved = NOBODYS
    reserved_earlier: Callable[[Collection[str]], Reserved | None] = _nobody_says

    def stages_of(self, accounts: Iterable[object]) -> pd.DataFrame:
        """Columns word and why by account, of those that are in the mirror."""
        wanted = pa.array(sorted({str(account) for account in accounts if isinstance(account, str)}), pa.string())
        found = self.stages.filter(pc.is_in(self.stages["_id"], wanted))
        columns = {name: pd.Series(found[name].to_pylist(), dtype=object) for name in STAGE_COLUMNS}
        return pd.DataFrame(columns).set_index("_id")

    def refused(self, people: pd.Series[str], channels: pd.Series[str]) -> pd.Series[bool]:
        """Row by row: is it known that this person may not be approached through this channel?"""
        words = [
            self.may.get(channel, {}).get(person, "yes") if isinstance(person, str) else "yes"
            for person, channel in zip(people, channels, strict=True)
        ]
        return pd.Series([word != "yes" for word in words], index=people.index, dtype=bool)


def full_names(rules: Rules, records: pd.DataFrame) -> pd.Series[str]:
    """The play of each record (column key) as the mapping calls it; as the key has it where the mapping has none."""
    names = {name[:PLAY_LENGTH]: name for name in rules.plays}
    return records["key"].map(play_of).map(lambda short: names.get(short, short)).astype(object)


def channels(rules: Rules, plays: pd.Series[str], *, part: str) -> pd.Series[str]:
    """Through which channel each play's Task or campaign (`part`) approaches people; a call or a mail where unknown."""
    usual = "call" if part == "task" else "email"
    known = {name: part_.channel for name, play in rules.plays.items() if (part_ := getattr(play, part)) is not None}
    return plays.map(lambda play: known.get(play, usual)).astype(object)

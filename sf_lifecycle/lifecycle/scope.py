"""Which of our records a job may take back: those of its own plays, and those of plays that no job runs any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from sf_lifecycle.lifecycle.keys import PLAY_LENGTH, play_of


@dataclass(frozen=True, kw_only=True)
class Scope:
    """`plays`: those this job runs; `others`: those that other jobs of the workspace run; `makers`: record Id → job."""

    job: str
    plays: frozenset[str]
    others: frozenset[str] = frozenset()
    makers: Mapping[str, str] = field(default_factory=dict)

    def covers(self, records: pd.DataFrame) -> pd.Series[bool]:
        """Row by row (columns Id, key). A play of two jobs: each has what it made."""
        play = records["key"].map(play_of)
        mine, others = play.isin(_short(self.plays)), play.isin(_short(self.others))
        maker = records["Id"].map(dict(self.makers))
        made_elsewhere = maker.notna() & maker.ne(self.job)
        return (mine & ~(others & made_elsewhere)) | (~mine & ~others)

    def runs(self, records: pd.DataFrame) -> pd.Series[bool]:
        """Row by row: is it of a play of this job?"""
        return records["key"].map(play_of).isin(_short(self.plays))


def _short(plays: frozenset[str]) -> set[str]:
    return {name[:PLAY_LENGTH] for name in plays}

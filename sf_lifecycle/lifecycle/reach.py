"""Whom an outreach can reach: by its Task, by its wave, or not at all."""

from __future__ import annotations

import pandas as pd

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.outreach import MEMBER


def reach(outreaches: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Row by row: `by_task` (there is a day, and somebody who may be approached where the play needs a person),
    `by_wave` (somebody may join the wave), `barred` (the person is missing, or may not be approached), `nobody` (a
    person is needed for the Task, and barred).

    `outreaches` needs play, part, contact, contact_may, day, member, member_may.
    """
    asks = {name for name, play in mapping.plays.items() if play.task is not None and play.contact is not None}
    tasked = has_task(outreaches, mapping)
    barred = outreaches["contact"].isna() | _refused(outreaches["contact_may"])
    nobody = tasked & outreaches["play"].isin(asks) & barred
    member = outreaches["member"].notna() & ~_refused(outreaches["member_may"])
    return pd.DataFrame(
        {
            "by_task": tasked & outreaches["day"].notna() & ~nobody,
            "by_wave": member.astype(bool),
            "barred": barred.astype(bool),
            "nobody": nobody.astype(bool),
        }
    )


def has_task(outreaches: pd.DataFrame, mapping: Mapping) -> pd.Series[bool]:
    """Row by row: is a Task asked for? A firm's membership in a cluster's wave is none."""
    tasked = {name for name, play in mapping.plays.items() if play.task is not None}
    return outreaches["play"].isin(tasked) & outreaches["part"].ne(MEMBER)


def _refused(may: pd.Series[str]) -> pd.Series[bool]:
    return may.notna() & may.ne("yes")

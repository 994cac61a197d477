"""Whom an outreach can reach: by its Task, by its wave, or not at all."""

from __future__ import annotations

import pandas as pd

from sf_lifecycle.config.mapping import Mapping


def reach(outreaches: pd.DataFrame, mapping: Mapping) -> pd.DataFrame:
    """Row by row: `by_task` (there is a day, and somebody who may be approached where the play needs a person),
    `by_wave` (somebody may join the wave), `barred` (the person is missing, or may not be approached), `nobody` (a
    person is needed for the Task, and barred).

    `outreaches` needs play, object, contact, contact_may, target, member, member_may.
    """
    plays = mapping.plays.items()
    needs_contact = outreaches["play"].map({name: play.contact is not None for name, play in plays}).astype(bool)
    has_task = outreaches["play"].map({name: play.task is not None for name, play in plays}).astype(bool)
    barred = outreaches["contact"].isna() | _refused(outreaches["contact_may"])
    nobody = has_task & needs_contact & barred
    member = outreaches["member"].notna() & ~_refused(outreaches["member_may"]) & ~outreaches["object"].eq("Lead")
    return pd.DataFrame(
        {
            "by_task": has_task & outreaches["target"].notna() & ~nobody,
            "by_wave": member.astype(bool),
            "barred": barred.astype(bool),
            "nobody": nobody.astype(bool),
        }
    )


def _refused(may: pd.Series[str]) -> pd.Series[bool]:
    return may.notna() & may.ne("yes")

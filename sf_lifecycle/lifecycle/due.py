"""The day a Task is wanted on, and the last day it makes sense, by the calendar of whoever has it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC

import numpy as np
import pandas as pd

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.calendar import Numbers, WorkingDays, shift_by
from sf_lifecycle.lifecycle.diary import QUIET
from sf_lifecycle.lifecycle.owners import Desk


def due_days(outreaches: pd.DataFrame, mapping: Mapping, desk: Desk, default_days: WorkingDays) -> pd.DataFrame:
    """With `target` and `limit` (datetime64[s], NaT: none), from `day` and the owner, who is settled.

    Outreaches without a Task (`by_task` false) have no target; a membership keeps the limit of its play's Task.
    `default_days`: the working days of nobody in particular.
    """
    plays = {name: play.task.due for name, play in mapping.plays.items() if play.task}
    before = before_its_day(outreaches, mapping)
    counts = outreaches["play"].map({name: due.business_days for name, due in plays.items()}).fillna(0)
    signed: Numbers = np.asarray(counts.where(~before, -counts), dtype=np.int64)
    days = outreaches["day"].to_numpy().astype("datetime64[D]")
    target = np.full(len(outreaches), np.datetime64("NaT", "D"))
    tasked = np.flatnonzero(outreaches["by_task"].to_numpy(dtype=bool))

    def days_of(owner: str) -> WorkingDays:
        return desk.days(owner) if isinstance(owner, str) else default_days

    target[tasked] = shift_by(days_of, outreaches["owner"].iloc[tasked], days[tasked], signed[tasked])
    return outreaches.assign(
        target=target.astype("datetime64[s]"), limit=outreaches["day"].where(before).astype("datetime64[s]")
    )


def before_its_day(outreaches: pd.DataFrame, mapping: Mapping) -> pd.Series[bool]:
    """Row by row: is the Task due before a date of the outreach, which is then its last day?"""
    before = {name for name, play in mapping.plays.items() if play.task and play.task.due.before is not None}
    return outreaches["play"].isin(before)


def waits_until(
    outreaches: pd.DataFrame, mapping: Mapping, kinds: MappingABC[str, str], as_of: dt.date
) -> pd.Series[pd.Timestamp]:
    """The last day that an outreach waits for an owner who is away (NaT: as far as weeks are filled ahead).

    Its limit where it has one; what is spoken or urgent waits `lead_days` from its own day on, or from today where that
    is past. Research has time.
    """
    before = before_its_day(outreaches, mapping)
    quiet = outreaches["play"].map(dict(kinds)).eq(QUIET)
    days = outreaches["day"]
    today = pd.Timestamp(as_of)
    near = days.mask(days < today, today) + pd.Timedelta(days=mapping.capacity.lead_days)
    return days.where(before, near.mask(quiet)).astype("datetime64[s]")

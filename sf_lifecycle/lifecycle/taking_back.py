"""Which open, untouched Tasks of ours are taken back, and why: what no longer holds, and what nobody did in time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import pandas as pd

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.answers import Answers, channels, full_names
from sf_lifecycle.lifecycle.causes import (
    LAPSED,
    MERGED,
    OPTED_OUT,
    WITHDRAWN,
    Listed,
    lapse_by_time,
    looked_up,
    say,
    say_closed,
    titles_of,
)
from sf_lifecycle.lifecycle.past import Past
from sf_lifecycle.lifecycle.queries import VERBS
from sf_lifecycle.lifecycle.reach import reach
from sf_lifecycle.lifecycle.scope import Scope


def tasks_taken_back(
    mapping: Mapping,
    past: Past,
    listed: Listed,
    answers: Answers,
    scope: Scope,
    *,
    theirs: Collection[str],
    as_of: dt.date,
) -> pd.DataFrame:
    """The open Tasks to take back. Left alone: what people work on (`theirs`), what other jobs run, and Tasks of
    accounts that the mirror does not hold: that may be a lost permission, and no fact about them is known.
    """
    every = pd.concat([past.open.assign(second=False), past.surplus.assign(second=True)])
    stages = answers.stages_of(every["account"])
    mine = scope.covers(every) & ~every["Id"].isin(theirs) & every["account"].isin(set(stages.index))
    rows = every[mine].astype({"second": bool})
    rows = rows.assign(play=full_names(mapping, rows), cause=None, why=None)
    on = listed.of(rows)
    off = on["key"].isna()
    runs = scope.runs(rows)
    titles = titles_of(mapping, rows["play"])
    say(rows, rows["second"], *_second(rows))
    say_closed(rows, rows["cause"].isna(), listed.reserved, answers)
    open_ = rows["cause"].isna()
    say(rows, off & ~runs, WITHDRAWN, "no job runs the play " + rows["play"] + " any more")
    say(rows, off, WITHDRAWN, "no longer on the list of " + titles + ": " + _fact_gone(rows, stages, mapping, listed))
    elsewhere = rows["Id"].isin(listed.rooted)
    say(rows, ~off & on["nobody"].eq(True) & ~elsewhere, *_unreachable(rows, mapping, answers))
    moves = ~off & on["key"].ne(rows["key"]) & ~rows["Id"].isin(listed.held)
    say(rows, moves & on["key"].isin(set(past.over)), WITHDRAWN, "what it would move to was done already: " + titles)
    by_facts = runs & open_ & rows["cause"].isin([WITHDRAWN, OPTED_OUT])
    lapse_by_time(rows, by_facts, titles, answers, lambda frame: ~reach(frame, mapping)["nobody"])
    last = as_of - dt.timedelta(days=mapping.withdraw.lapse_days)
    overdue = rows["ActivityDate"].map(lambda day: isinstance(day, dt.date) and day < last).astype(bool)
    days = f", more than {mapping.withdraw.lapse_days} days ago"
    say(rows, overdue, LAPSED, "nobody did it: it was due " + rows["ActivityDate"].astype(str) + days)
    return rows[rows["cause"].notna()].drop(columns="second")


def _second(rows: pd.DataFrame) -> tuple[pd.Series[str], pd.Series[str]]:
    """Two open Tasks for one outreach: after a merge, or because somebody brought one back."""
    merged = rows["outreach"].isin(set(rows.loc[rows["key"].ne(rows["org_key"]), "outreach"]))
    why = {
        True: "two records were merged, and another open Task stands for the same",
        False: "another open Task stands for the same",
    }
    return looked_up(merged, {True: MERGED, False: WITHDRAWN}), looked_up(merged, why)


def _fact_gone(rows: pd.DataFrame, stages: pd.DataFrame, mapping: Mapping, listed: Listed) -> pd.Series[str]:
    """In words, as far as it can be told cheaply: the stage, the date, or the play's condition."""
    word, reason = (looked_up(rows["account"], stages[name]) for name in ("word", "why"))
    purpose = looked_up(rows["play"], {name: play.purpose for name, play in mapping.plays.items()})
    serves = {(stage, purpose) for stage, purposes in listed.stages.items() for purpose in purposes}
    served = pd.Series([pair in serves for pair in zip(word, purpose, strict=True)], index=rows.index, dtype=bool)
    said = "the stage is now " + word.fillna("none") + looked_up(reason, lambda text: f" ({text})" if text else "")
    words = {True: "what it asks for is no longer so", False: "the date it stood for is on no record any more"}
    return looked_up(rows["key"].isin(listed.standing.keys), words).where(served, said)


def _unreachable(rows: pd.DataFrame, mapping: Mapping, answers: Answers) -> tuple[pd.Series[str], pd.Series[str]]:
    channel = channels(mapping, rows["play"], part="task")
    refused = answers.refused(rows["WhoId"], channel)
    verb = looked_up(channel, lambda name: VERBS.get(name, "approached"))
    why = ("the person may no longer be " + verb + ", and nobody else there may be").where(
        refused, "nobody there who may be " + verb + " any more"
    )
    return looked_up(refused, {True: OPTED_OUT, False: WITHDRAWN}), why.astype(object)

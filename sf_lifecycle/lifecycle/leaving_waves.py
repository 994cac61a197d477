"""Which planned members of ours leave their wave, and who of a wave that moved on may no longer be approached."""

from __future__ import annotations

import pandas as pd

from sf_lifecycle.config.mapping import CampaignPart, Mapping
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.answers import Answers, channels, full_names
from sf_lifecycle.lifecycle.causes import (
    OPTED_OUT,
    WITHDRAWN,
    Listed,
    lapse_by_time,
    looked_up,
    say,
    say_closed,
    titles_of,
)
from sf_lifecycle.lifecycle.party import person_of
from sf_lifecycle.lifecycle.past import Past
from sf_lifecycle.lifecycle.reach import reach
from sf_lifecycle.lifecycle.scope import Scope

# A play that the mapping no longer has left no word on what it called planned: then the usual one.
USUAL = CampaignPart.model_validate({"wave": "none", "name": "none", "members": "none"})


def planned_members(
    mapping: Mapping, past: Past, answers: Answers, scope: Scope, campaigns: pd.DataFrame
) -> pd.DataFrame:
    """Members that we made (`scope.makers`) and that are still as planned, with `play`, `campaign_key` and `frozen`.

    Who responded, or was moved on by somebody, is communications'.
    """
    every = past.members
    every = every[every["Id"].isin(set(scope.makers))]
    every = every[scope.covers(every)]
    rows = _with_wave(every.assign(play=full_names(mapping, every)), mapping, campaigns)
    return rows[rows["account"].isin(set(answers.stages_of(rows["account"]).index))]


def members_taken_back(
    mapping: Mapping, planned: pd.DataFrame, listed: Listed, answers: Answers, scope: Scope
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(those of `planned_members` who leave, those who opted out of a wave that moved on), with `cause` and `why`."""
    rows = planned.assign(cause=None, why=None)
    channel = channels(mapping, rows["play"], part="campaign")
    refused = answers.refused(person_of(rows), channel)
    on, runs = listed.of(rows), scope.runs(rows)
    titles = titles_of(mapping, rows["play"])
    say(rows, refused, OPTED_OUT, "the person may no longer be mailed: " + titles)
    say_closed(rows, ~rows["frozen"], listed.reserved, answers)
    stands = rows["cause"].isna()
    unwanted = ~rows["frozen"] & ~_wanted(rows, on, listed)
    say(rows, unwanted & ~runs, WITHDRAWN, "no job runs the play " + rows["play"] + " any more")
    say(rows, unwanted, WITHDRAWN, "no longer on the list of " + titles)
    by_facts = runs & stands & rows["cause"].eq(WITHDRAWN)
    lapse_by_time(rows, by_facts, titles, answers, lambda frame: reach(frame, mapping)["by_wave"])
    found = rows[rows["cause"].notna()]
    return found[~found["frozen"]], found[found["frozen"]]


def _with_wave(rows: pd.DataFrame, mapping: Mapping, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Those still as planned, with `campaign_key`, `campaign_status` and `frozen`: communications moved it on.

    Members of campaigns that are gone are gone with them.
    """
    parts = {name: play.campaign for name, play in mapping.plays.items() if play.campaign}
    waves = campaigns[~campaigns["IsDeleted"].eq(True)].set_index("Id")
    rows = rows[rows["CampaignId"].isin(set(waves.index))]
    moved_on = looked_up(rows["CampaignId"], waves["Status"])
    status = looked_up(rows["play"], lambda play: parts.get(play, USUAL).status)
    planned = looked_up(rows["play"], lambda play: parts.get(play, USUAL).member.status)
    responded = rows["HasResponded"].eq(True)
    return rows.assign(
        campaign_key=looked_up(rows["CampaignId"], waves["Lifecycle_Key__c"]),
        campaign_status=moved_on,
        frozen=moved_on.ne(status).astype(bool),
    )[rows["Status"].eq(planned).astype(bool) & ~responded]


def _wanted(rows: pd.DataFrame, on: pd.DataFrame, listed: Listed) -> pd.Series[bool]:
    """The same occasion, one that still stands by itself, or another one in the same wave for the same person."""
    same = on["key"].eq(rows["key"])
    stands = on["key"].notna() & rows["key"].isin(listed.standing.keys)
    waves = [
        keys.outreach(play, (wave,)) if listed_there else None
        for play, wave, listed_there in zip(rows["play"], on["wave"], on["key"].notna(), strict=True)
    ]
    again = pd.Series(waves, index=rows.index, dtype=object).eq(rows["campaign_key"])
    return same | stands | (again & on["member"].eq(person_of(rows)))

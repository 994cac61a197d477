"""Desired minus actual for campaigns, their member statuses, and memberships that are wanted and do not stand yet."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.outreach import OPEN, PLANNED, WAITING
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.party import member_of
from sf_lifecycle.lifecycle.past import Past
from sf_lifecycle.plan.cells import CAMPAIGN_STATUS, constants, fitted, heads, mapped
from sf_lifecycle.plan.changes import Section, section_from
from sf_lifecycle.plan.desired import Actual

# What a new membership rests on.
RESTS = {
    "account": "account",
    "stage": "stage",
    "occasion": "occasion",
    "member": "member",
    "member_may": "member_may",
    CAMPAIGN_STATUS: CAMPAIGN_STATUS,
}


def campaign_sections(
    worded: pd.DataFrame,
    mapping: Mapping,
    actual: Actual,
    past: Past,
    desk: Desk,
    schema: OrgSchema,
    as_of: dt.date,
) -> list[Section]:
    """Campaigns, their member statuses, and memberships that are wanted and do not stand yet.

    `past`: our memberships without those that leave today.
    """
    waves = _memberships(worded, mapping, as_of)
    frozen = _frozen(actual.campaigns, mapping)
    taken = set(past.members["key"]) | set(past.over_members)
    waves = waves[~waves["campaign_key"].isin(frozen) & ~waves["key"].isin(taken) & ~waves["held"].astype(bool)]
    known = dict(zip(actual.campaigns["Lifecycle_Key__c"], actual.campaigns["Id"], strict=True))
    waves = waves.assign(CampaignId=mapped(waves["campaign_key"], lambda key: known.get(key, f"@{key}")))
    waves = waves.assign(**{CAMPAIGN_STATUS: _statuses_now(waves, actual.campaigns, mapping)})
    waves = _not_there_yet(waves, pd.concat([past.members, past.left]))
    new = waves[~waves["campaign_key"].isin(list(known))].drop_duplicates("campaign_key")
    return [_campaigns(new, mapping, desk, schema), _statuses(waves, actual, mapping), _members(waves, mapping, schema)]


def _memberships(worded: pd.DataFrame, mapping: Mapping, as_of: dt.date) -> pd.DataFrame:
    """Outreaches with a member whose wave is near enough, with `campaign_key`."""
    wanted = worded[worded["member"].notna() & worded["state"].isin([OPEN, PLANNED, WAITING])]
    lead = wanted["play"].map({name: play.campaign.lead_days for name, play in mapping.plays.items() if play.campaign})
    near = [
        not isinstance(wave, dt.date) or (wave - as_of).days <= days
        for wave, days in zip(wanted["wave"], lead, strict=True)
    ]
    wanted = wanted[pd.Series(near, index=wanted.index, dtype=bool)]
    campaign_key = [keys.outreach(play, (wave,)) for play, wave in zip(wanted["play"], wanted["wave"], strict=True)]
    return wanted.assign(campaign_key=pd.Series(campaign_key, index=wanted.index, dtype=object))


def _frozen(campaigns: pd.DataFrame, mapping: Mapping) -> set[str]:
    """Keys of campaigns that communications has moved on, or a person deleted: nobody is added there any more."""
    planned = {name[: keys.PLAY_LENGTH]: p.campaign.status for name, p in mapping.plays.items() if p.campaign}
    status = campaigns["Lifecycle_Key__c"].map(lambda key: planned.get(keys.play_of(key)))
    return set(campaigns.loc[campaigns["Status"].ne(status) | campaigns["IsDeleted"].eq(True), "Lifecycle_Key__c"])


def _statuses_now(waves: pd.DataFrame, campaigns: pd.DataFrame, mapping: Mapping) -> pd.Series[str]:
    """The status each row's campaign has, or is made with."""
    made_with = waves["play"].map({name: p.campaign.status for name, p in mapping.plays.items() if p.campaign})
    now = waves["CampaignId"].map(dict(zip(campaigns["Id"], campaigns["Status"], strict=True)))
    return now.where(now.notna(), made_with).astype(object)


def _not_there_yet(waves: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """One membership per campaign and person, and none where that person is a member already."""
    people = member_of(waves)
    waves = waves.assign(**people, person=people["ContactId"].where(people["ContactId"].notna(), people["LeadId"]))
    there = set(
        zip(
            members["CampaignId"],
            members["ContactId"].where(members["ContactId"].notna(), members["LeadId"]),
            strict=True,
        )
    )
    first = ~waves.duplicated(["CampaignId", "person"])
    absent = [pair not in there for pair in zip(waves["CampaignId"], waves["person"], strict=True)]
    return waves[first & pd.Series(absent, index=waves.index, dtype=bool)]


def _campaigns(new: pd.DataFrame, mapping: Mapping, desk: Desk, schema: OrgSchema) -> Section:
    parts = {name: play.campaign for name, play in mapping.plays.items() if play.campaign}
    play = new["play"]
    fields = pd.DataFrame(
        {
            "Name": new["campaign"],
            "Status": play.map({name: part.status for name, part in parts.items()}),
            "Type": play.map({name: part.type for name, part in parts.items()}),
            "IsActive": play.map({name: part.active for name, part in parts.items()}),
            "OwnerId": play.map({name: desk.named.get(part.owner or "") for name, part in parts.items()}),
            "StartDate": new["wave"].where(new["wave"].map(lambda wave: isinstance(wave, dt.date)).astype(bool), None),
            "Lifecycle_Key__c": new["campaign_key"],
            "Lifecycle_Play__c": play,
        }
    )
    fields = fields.join(constants(play, {name: part.fields for name, part in parts.items()}))
    titles = play.map({name: mapping.plays[name].title for name in parts})
    refs = pd.DataFrame({"ref": new["campaign_key"], "about": None, "why": titles})
    return section_from("Campaign", "create", refs, fitted(fields, "Campaign", schema))


def _statuses(waves: pd.DataFrame, actual: Actual, mapping: Mapping) -> Section:
    """The member statuses each campaign in use needs; the first of a list is the default, the last a response.

    What is null is left to the org: a new campaign has Sent and Responded already.
    """
    there = set(zip(actual.statuses["CampaignId"], actual.statuses["Label"], strict=True))
    rows = []
    for campaign in waves.drop_duplicates("campaign_key").itertuples(index=False):
        part = mapping.plays[str(campaign.play)].campaign
        labels = part.statuses if part else ()
        for label in labels:
            if (campaign.CampaignId, label) not in there:
                first, last = label == labels[0] or None, label == labels[-1] or None
                rows.append((campaign.CampaignId, label, first, last, f"{campaign.campaign_key}|{label}"))
    names = ["CampaignId", "Label", "IsDefault", "HasResponded", "ref"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    refs = frame[["ref"]].assign(about=None, why="member status the play names")
    return section_from("CampaignMemberStatus", "create", refs, frame[names[:-1]])


def _members(waves: pd.DataFrame, mapping: Mapping, schema: OrgSchema) -> Section:
    parts = {name: play.campaign.member for name, play in mapping.plays.items() if play.campaign}
    fields = waves[["CampaignId", "ContactId", "LeadId"]].assign(
        Status=waves["play"].map({name: part.status for name, part in parts.items()}),
        Lifecycle_Key__c=waves["key"],
        Lifecycle_Play__c=waves["play"],
        Lifecycle_Reason__c=waves["member_why"],
        Lifecycle_Decision_Date__c=waves["limit"].map(pd.Timestamp.date, na_action="ignore"),  # due before this day
    )
    fields = fields.join(constants(waves["play"], {name: part.fields for name, part in parts.items()}))
    return section_from("CampaignMember", "create", heads(waves, RESTS), fitted(fields, "CampaignMember", schema))

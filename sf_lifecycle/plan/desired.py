"""Desired minus actual for Tasks, campaigns and memberships."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping as MappingABC
from dataclasses import dataclass
from functools import partial

import pandas as pd

from sf_lifecycle.config.mapping import FieldValues, Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.decide import Decision
from sf_lifecycle.lifecycle.outreach import OPEN, PLANNED, WAITING
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.party import member_of, who_and_what
from sf_lifecycle.lifecycle.wording import stored
from sf_lifecycle.plan.changes import Section, section_from

# What a Task of ours says. The day and the owner of one that is open are kept (nights are stable).
CONTENT = (
    "Subject",
    "Description",
    "WhoId",
    "WhatId",
    "Priority",
    "Lifecycle_Key__c",
    "Lifecycle_Reason__c",
    "Lifecycle_Basis__c",
)
DEFAULT_LENGTHS = {
    "Subject": 255,
    "Description": 32000,
    "Lifecycle_Reason__c": 255,
    "Lifecycle_Basis__c": 255,
    "Name": 80,
}


@dataclass(frozen=True, kw_only=True)
class Actual:
    """What of ours stands in the org: frames with API names as columns, Ids as text."""

    tasks: pd.DataFrame
    campaigns: pd.DataFrame
    members: pd.DataFrame
    statuses: pd.DataFrame


def task_sections(worded: pd.DataFrame, decision: Decision, mapping: Mapping, schema: OrgSchema) -> list[Section]:
    """Tasks to create (planned outreaches) and the open, untouched ones whose content or day changed."""
    with_task = worded[worded["target"].notna()]
    return [
        _new_tasks(with_task[with_task["state"].eq(PLANNED)], mapping, schema),
        _changed_tasks(with_task[with_task["state"].eq(OPEN)], decision, mapping, schema),
    ]


def _new_tasks(planned: pd.DataFrame, mapping: Mapping, schema: OrgSchema) -> Section:
    fields = _content(planned, mapping, schema)
    fields["ActivityDate"], fields["OwnerId"] = planned["due"], planned["owner"]
    fields["Lifecycle_Play__c"] = planned["play"]
    constants = _constants(
        planned["play"], {name: play.task.fields for name, play in mapping.plays.items() if play.task}
    )
    fields = fields.join(constants)
    return section_from("Task", "create", _refs(planned, "key"), fields)


def _changed_tasks(open_: pd.DataFrame, decision: Decision, mapping: Mapping, schema: OrgSchema) -> Section:
    ours = decision.past.open.set_index("outreach")
    free = open_[open_["outreach"].map(ours["Id"]).notna()]
    free = free[~free["outreach"].map(ours["Id"]).isin(decision.touched | decision.held)]
    fields = _content(free, mapping, schema)
    before = ours.rename(columns={"key": "Lifecycle_Key__c"}).reindex(free["outreach"]).set_axis(free.index)
    # Salesforce's own pages write line ends as two characters; that is no other text.
    before["Description"] = before["Description"].str.replace("\r\n", "\n")
    fields["ActivityDate"] = free["due"].where(free["due"].notna(), before["ActivityDate"])
    refs = _refs(free.assign(id=before["Id"]), "id")
    return section_from("Task", "update", refs, fields, before)


def _content(outreaches: pd.DataFrame, mapping: Mapping, schema: OrgSchema) -> pd.DataFrame:
    priority = {name: play.task.priority for name, play in mapping.plays.items() if play.task}
    fields = pd.DataFrame(
        {
            "Subject": outreaches["subject"],
            "Description": outreaches["description"],
            **who_and_what(outreaches),
            "Priority": outreaches["play"].map(priority),
            "Lifecycle_Key__c": outreaches["key"],
            "Lifecycle_Reason__c": outreaches["why"],
            "Lifecycle_Basis__c": outreaches["contact_basis"],
        },
        columns=list(CONTENT),
    )
    return _fitted(fields, "Task", schema)


def _fitted(fields: pd.DataFrame, object_name: str, schema: OrgSchema) -> pd.DataFrame:
    """Texts cut at a word to the length the org gives the field."""
    fitted = fields.copy()
    for name in DEFAULT_LENGTHS.keys() & set(fields.columns):
        info = schema.resolve(object_name, name)
        length = info.length if info and info.length else DEFAULT_LENGTHS[name]
        fitted[name] = _map(fields[name], partial(stored, length=length))
    return fitted


def _map(values: pd.Series[str], change: Callable[[str], str | None]) -> pd.Series[str]:
    return values.map(change, na_action="ignore").astype(object)


def _constants(plays: pd.Series[str], fields: MappingABC[str, FieldValues]) -> pd.DataFrame:
    """The constants each row's play gives its record: a column per API field, null where the play names none."""
    names = dict.fromkeys(name for values in fields.values() for name in values)
    columns = {name: plays.map({play: values.get(name) for play, values in fields.items()}) for name in names}
    return pd.DataFrame(columns, index=plays.index)


def _refs(outreaches: pd.DataFrame, ref: str) -> pd.DataFrame:
    return pd.DataFrame({"ref": outreaches[ref], "about": outreaches["account"], "why": outreaches["why"]})


def campaign_sections(
    worded: pd.DataFrame, mapping: Mapping, actual: Actual, desk: Desk, schema: OrgSchema, as_of: dt.date
) -> list[Section]:
    """Campaigns, their member statuses, and memberships that are wanted and do not stand yet."""
    waves = _memberships(worded, mapping, as_of)
    frozen = _frozen(actual.campaigns, mapping)
    taken = set(actual.members["Lifecycle_Key__c"].dropna())
    waves = waves[~waves["campaign_key"].isin(frozen) & ~waves["key"].isin(taken) & ~waves["held"].astype(bool)]
    known = dict(zip(actual.campaigns["Lifecycle_Key__c"], actual.campaigns["Id"], strict=True))
    waves = waves.assign(CampaignId=_map(waves["campaign_key"], lambda key: known.get(key, f"@{key}")))
    waves = _not_there_yet(waves, actual.members)
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
    fields = fields.join(_constants(play, {name: part.fields for name, part in parts.items()}))
    titles = play.map({name: mapping.plays[name].title for name in parts})
    refs = pd.DataFrame({"ref": new["campaign_key"], "about": None, "why": titles})
    return section_from("Campaign", "create", refs, _fitted(fields, "Campaign", schema))


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
        Lifecycle_Reason__c=waves["why"],
        Lifecycle_Decision_Date__c=waves["limit"].map(pd.Timestamp.date, na_action="ignore"),  # due before this day
    )
    fields = fields.join(_constants(waves["play"], {name: part.fields for name, part in parts.items()}))
    return section_from("CampaignMember", "create", _refs(waves, "key"), _fitted(fields, "CampaignMember", schema))

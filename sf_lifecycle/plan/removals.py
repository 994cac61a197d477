"""What is taken back, as changes: Tasks deleted or closed, members removed, people who opted out marked."""

from __future__ import annotations

import pandas as pd

from sf_lifecycle.config.mapping import CampaignPart, Mapping
from sf_lifecycle.lifecycle.causes import TakenBack
from sf_lifecycle.lifecycle.keys import set_aside
from sf_lifecycle.plan.cells import CAMPAIGN_STATUS, constants, resting
from sf_lifecycle.plan.changes import Section, removal, section_from
from sf_lifecycle.plan.desired import CONTENT, Actual

# With these a record can be made again as it was.
TASK = (*CONTENT, "ActivityDate", "OwnerId", "Status", "Lifecycle_Play__c")
MEMBER = (
    "CampaignId",
    "ContactId",
    "LeadId",
    "Status",
    "Lifecycle_Key__c",
    "Lifecycle_Play__c",
    "Lifecycle_Reason__c",
    "Lifecycle_Decision_Date__c",
)


def removal_sections(taken: TakenBack, mapping: Mapping, actual: Actual) -> list[Section]:
    """Sections for what goes and what is closed. Where a campaign lacks the status for opt-outs, it is made."""
    tasks = _tasks_closed if mapping.withdraw.tasks == "close" else _tasks_deleted
    return [
        tasks(taken.tasks, mapping),
        _members_removed(taken.members, mapping),
        *_opted_out(taken.opted_out, mapping, actual),
    ]


def _heads(taken: pd.DataFrame) -> pd.DataFrame:
    columns = {"ref": "Id", "about": "account", "why": "why", "cause": "cause"}
    return pd.DataFrame({name: taken[column] for name, column in columns.items()})


def _as_it_was(taken: pd.DataFrame, fields: tuple[str, ...]) -> pd.DataFrame:
    return taken.rename(columns={"org_key": "Lifecycle_Key__c"}).reindex(columns=list(fields))


def _tasks_deleted(taken: pd.DataFrame, mapping: Mapping) -> Section:
    parts = {name: play.task.fields for name, play in mapping.plays.items() if play.task}
    return removal("Task", _heads(taken), _as_it_was(taken, TASK).join(constants(taken["play"], parts)))


def _tasks_closed(taken: pd.DataFrame, mapping: Mapping) -> Section:
    """A closed Task stays in the org; it gives its key away, so that the occasion can come again."""
    before = _as_it_was(taken, ("Status", "Lifecycle_Key__c"))
    aside = [set_aside(*pair) for pair in zip(taken["org_key"], taken["Id"], strict=True)]
    after = before.assign(
        Status=mapping.withdraw.status, Lifecycle_Key__c=pd.Series(aside, index=taken.index, dtype=object)
    )
    return section_from("Task", "update", _heads(taken), after, before)


def _members_removed(taken: pd.DataFrame, mapping: Mapping) -> Section:
    parts = {name: play.campaign.member.fields for name, play in mapping.plays.items() if play.campaign}
    heads = _heads(taken).assign(rests=resting(taken, {CAMPAIGN_STATUS: CAMPAIGN_STATUS}))
    return removal("CampaignMember", heads, _as_it_was(taken, MEMBER).join(constants(taken["play"], parts)))


def _opted_out(taken: pd.DataFrame, mapping: Mapping, actual: Actual) -> list[Section]:
    parts = {name: play.campaign for name, play in mapping.plays.items() if play.campaign}
    usual = str(CampaignPart.model_fields["opted_out"].default)
    label = taken["play"].map(lambda play: parts[play].opted_out if play in parts else usual).astype(object)
    after = pd.DataFrame({"Status": label})
    there = {(status[0], str(status[1]).casefold()) for status in zip(*_statuses(actual), strict=True)}
    wanted = taken.assign(label=label).drop_duplicates(["CampaignId", "label"])
    missing = [pair not in there for pair in zip(wanted["CampaignId"], wanted["label"].str.casefold(), strict=True)]
    wanted = wanted[pd.Series(missing, index=wanted.index, dtype=bool)]
    new = pd.DataFrame({"CampaignId": wanted["CampaignId"], "Label": wanted["label"]})
    heads = pd.DataFrame(
        {"ref": wanted["campaign_key"] + "|" + wanted["label"], "why": "for people who opt out of a wave that moved on"}
    )
    return [
        section_from("CampaignMemberStatus", "create", heads, new),
        section_from("CampaignMember", "update", _heads(taken), after, taken[["Status"]]),
    ]


def _statuses(actual: Actual) -> tuple[pd.Series[str], pd.Series[str]]:
    return actual.statuses["CampaignId"], actual.statuses["Label"]


def together(sections: list[Section]) -> list[Section]:
    """One section of each kind: a plan has a change of a kind in one place."""
    kinds = dict.fromkeys((section.object, section.operation) for section in sections)
    return [
        _one(
            [s for s in sections if (s.object, s.operation) == kind and len(s)]
            or [next(s for s in sections if (s.object, s.operation) == kind)]
        )
        for kind in kinds
    ]


def _one(same: list[Section]) -> Section:
    if len(same) == 1:
        return same[0]
    fields = tuple(dict.fromkeys(name for section in same for name in section.fields))
    rows = pd.concat([section.rows for section in same], ignore_index=True).astype(object)
    first = same[0]
    return Section(object=first.object, operation=first.operation, fields=fields, rows=rows.where(rows.notna(), None))

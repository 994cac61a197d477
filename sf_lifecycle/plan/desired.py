"""Desired minus actual for Tasks: those to make, and the open, untouched ones that change."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field

import pandas as pd

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.lifecycle.decide import Decision
from sf_lifecycle.lifecycle.outreach import OPEN, PLANNED
from sf_lifecycle.lifecycle.party import who_and_what
from sf_lifecycle.lifecycle.steady import STANDS
from sf_lifecycle.plan.cells import constants, fitted, heads, refs
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
# What a new Task rests on: looked at again before it is made, when its plan waited.
RESTS = {
    "account": "account",
    "stage": "stage",
    "occasion": "occasion",
    "owner": "wished",
    "contact": "contact",
    "contact_may": "contact_may",
}


@dataclass(frozen=True, kw_only=True)
class Actual:
    """What of ours stands in the org: frames with API names as columns, Ids as text.

    `unrated`: `Object.Field` → amounts there whose worth nobody can tell, their currency having no rate.
    """

    tasks: pd.DataFrame
    campaigns: pd.DataFrame
    members: pd.DataFrame
    statuses: pd.DataFrame
    unrated: MappingABC[str, int] = field(default_factory=dict)


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
    parts = {name: play.task.fields for name, play in mapping.plays.items() if play.task}
    fields = fields.join(constants(planned["play"], parts))
    return section_from("Task", "create", heads(planned, RESTS), fields)


def _changed_tasks(open_: pd.DataFrame, decision: Decision, mapping: Mapping, schema: OrgSchema) -> Section:
    """What is held keeps its words and its day; its owner may change, and its key after a merge. What is `steady` keeps
    its words.
    """
    ours = decision.past.open.set_index("outreach")
    free = open_[open_["outreach"].map(ours["Id"]).notna()]
    free = free[~free["outreach"].map(ours["Id"]).isin(decision.touched)]
    fields = _content(free, mapping, schema)
    known = ours.rename(columns={"org_key": "Lifecycle_Key__c"}).reindex(free["outreach"]).set_axis(free.index)
    # Salesforce's own pages write line ends as two characters; that is no other text.
    before = known.assign(Description=known["Description"].str.replace("\r\n", "\n"))
    held = free["held"].astype(bool)
    for name in CONTENT:
        fields[name] = fields[name].where(~held, before[name])
    for name in STANDS.values():
        fields[name] = fields[name].where(~free["steady"].astype(bool), before[name])
    fields["Lifecycle_Key__c"] = fields["Lifecycle_Key__c"].where(~held, known["key"])
    fields["ActivityDate"] = free["due"].where(free["due"].notna(), before["ActivityDate"])
    fields["OwnerId"] = free["owner"]
    return section_from("Task", "update", refs(free.assign(id=before["Id"]), "id"), fields, before)


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
    return fitted(fields, "Task", schema)

"""What plays may fill in, and the statuses and fields that must be there for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_samples import PLAY, write_workspace

from sf_lifecycle.config.check_written import WRITTEN, written_notes
from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import ConfigError

PLAYFILE = "mappings/telecom/plays/switch-window.toml"
TASK_FIELDS = ("Subject", "Description", "WhoId", "WhatId", "OwnerId", "ActivityDate", "Priority", "Lifecycle_Key__c")
CAMPAIGN_FIELDS = ("Name", "Status", "Type", "IsActive", "OwnerId", "StartDate", "Lifecycle_Play__c")
MEMBER_FIELDS = ("Status", "CampaignId", "ContactId", "LeadId", "Lifecycle_Reason__c", "Lifecycle_Decision_Date__c")


def problems(tmp_path: Path, play: str) -> list[str]:
    try:
        load_workspace(write_workspace(tmp_path, {PLAYFILE: play}), environ={})
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("table", "field"),
    [
        *(("task.fields", field) for field in (*TASK_FIELDS, "Lifecycle_Basis__c", "Status", "subject")),
        *(("campaign.fields", field) for field in CAMPAIGN_FIELDS),
        *(("campaign.member.fields", field) for field in MEMBER_FIELDS),
    ],
)
def test_a_field_that_the_play_writes_itself(tmp_path: Path, table: str, field: str) -> None:
    (line,) = problems(tmp_path, f'{PLAY}\n[{table}]\n{field} = "x"\nOther__c = "y"\n')
    assert line.startswith(f"{PLAYFILE}: {table}.{field}: written by the play itself; ")


def test_the_way_out_names_the_key() -> None:
    assert WRITTEN["Task"]["Subject"] == "use subject"
    assert WRITTEN["Campaign"]["StartDate"] == "it is the wave"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('[campaign.member]\nstatus = "Invited"\n', "one of the campaign's statuses (Planned, Responded or Sent), got"),
        ('statuses = ["Invited", "Came"]\n', 'one of the campaign\'s statuses (Came or Invited), got "Planned"'),
    ],
)
def test_a_members_status_is_one_of_the_campaigns(tmp_path: Path, more: str, told: str) -> None:
    (line,) = problems(tmp_path, PLAY + more)
    assert line.startswith(f"{PLAYFILE}: campaign.member.status: expected {told}")


def test_a_members_status_in_other_letters_and_one_who_opted_out_are_fine(tmp_path: Path) -> None:
    more = 'opted_out = "Gone"\n[campaign.member]\nstatus = "planned"\n'
    assert problems(tmp_path, PLAY + more) == []


def described(*names: str) -> OrgSchema:
    fields = {name: FieldInfo(name=name, type="string") for name in ("Lifecycle_Tier__c", "Region__c")}
    return OrgSchema(objects={name: ObjectInfo(name=name, fields=fields) for name in names}, source="the tests")


def test_a_field_that_nobody_knows_is_a_note(tmp_path: Path) -> None:
    lifecycle = "mappings/telecom/lifecycle.toml"
    play = PLAY + '[campaign.fields]\nRegio__c = "x"\n[campaign.member.fields]\nRegio__c = "x"\n[task.fields]\nZ = 1\n'
    workspace = load_workspace(write_workspace(tmp_path, {PLAYFILE: play}), environ={})
    found = workspace.mappings["telecom"]
    mapping = found.model_copy(update={"outputs": {"account": {"Lifecycle_Tierr__c": "name", "Region__c": "name"}}})
    assert isinstance(mapping, Mapping)
    assert written_notes(mapping, ["switch-window"], described("Account", "Task", "Campaign")) == [
        f"{lifecycle}: outputs.account.Lifecycle_Tierr__c: Account has no such field that is known here; "
        "did you mean `Lifecycle_Tier__c`?",
        f"{PLAYFILE}: task.fields.Z: Task has no such field that is known here",
        f"{PLAYFILE}: campaign.fields.Regio__c: Campaign has no such field that is known here; "
        "did you mean `Region__c`?",
    ]
    assert written_notes(mapping, [], described("Task")) == []

"""Fields that plays and outputs write: none that the program fills in itself; a note where nobody knows the field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping as MappingABC, Sequence

from sf_lifecycle.config.found import dotted, nearest
from sf_lifecycle.config.mapping import Mapping, Play
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.errors import Problem

_OURS = dict.fromkeys(
    ("Id", "Lifecycle_Key__c", "Lifecycle_Play__c", "Lifecycle_Reason__c", "Lifecycle_Basis__c"), "leave it out"
)
# What the program writes by itself, and the key that says what.
WRITTEN: MappingABC[str, MappingABC[str, str]] = {
    "Task": _OURS
    | {
        "Subject": "use subject",
        "Description": "use text",
        "WhoId": "use contact",
        "WhatId": "it is the account",
        "OwnerId": "use owner",
        "ActivityDate": "use due",
        "Priority": "use priority",
        "Status": "a new Task has the org's own default",
    },
    "Campaign": _OURS
    | {
        "Name": "use name",
        "Status": "use status",
        "Type": "use type",
        "IsActive": "use active",
        "OwnerId": "use owner",
        "StartDate": "it is the wave",
    },
    "CampaignMember": _OURS
    | {
        "Status": "use status",
        "CampaignId": "it is the wave's",
        "ContactId": "use members",
        "LeadId": "use members",
        "Lifecycle_Decision_Date__c": "leave it out",
    },
}


def written_problems(play: Play, *, file: str) -> Iterator[Problem]:
    """Fields that the play fills in and the program, too: one of them would be lost."""
    for object_name, place, fields in _constants(play):
        ways = {name.casefold(): way for name, way in WRITTEN[object_name].items()}
        for name in fields:
            if way := ways.get(name.casefold()):
                at = f"{place}.{dotted((name,))}"
                yield Problem(file=file, place=at, message="written by the play itself", hint=way)


def written_notes(mapping: Mapping, plays: Collection[str], schema: OrgSchema) -> list[str]:
    """A sentence for each field to be written that no object it is for is known to have. `plays`: those that run."""
    notes = []
    file = mapping.files.get("outputs", f"mappings/{mapping.name}/lifecycle.toml")
    for set_, outputs in sorted(mapping.outputs.items()):
        objects = [source.object for source in mapping.roles.get(set_, ())]
        notes += [f"{file}: outputs.{set_}.{said}" for said in _unknown(outputs, objects, schema)]
    for name in plays:
        file = mapping.files.get(f"plays.{name}", f"mappings/{mapping.name}/plays/{name}.toml")
        for object_name, place, fields in _constants(mapping.plays[name]):
            notes += [f"{file}: {place}.{said}" for said in _unknown(fields, [object_name], schema)]
    return notes


def _unknown(fields: Collection[str], objects: Sequence[str], schema: OrgSchema) -> Iterator[str]:
    """`Nmae__c: …` for each field that none of the objects has; nothing where one of them is not known."""
    if not all(name in schema.objects and schema.objects[name].fields for name in objects):
        return
    known = {field for name in objects for field in schema.objects[name].fields}
    whose = f"{objects[0]} has" if len(objects) == 1 else f"{' and '.join(objects)} have"
    for field in fields:
        if field not in known:
            hint = nearest(field, known)
            yield f"{field}: {whose} no such field that is known here" + (f"; {hint}" if hint else "")


def _constants(play: Play) -> Iterator[tuple[str, str, Collection[str]]]:
    """Object, place and fields of each table of constants."""
    if play.task:
        yield "Task", "task.fields", play.task.fields
    if play.campaign:
        yield "Campaign", "campaign.fields", play.campaign.fields
        yield "CampaignMember", "campaign.member.fields", play.campaign.member.fields

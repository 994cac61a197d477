"""Which fields of which objects a mapping asks for, and where it says so. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.mirror.ours import ALL_OURS, USER, USER_KINDS

OWN_ID = "Id"


@dataclass(frozen=True, kw_only=True)
class Want:
    """One field asked for; `path` empty asks for the object itself. `place` is the key path in `file`.

    `optional`: the role is read from several objects and one having the field is enough (outputs).
    """

    object: str
    path: str
    file: str
    place: str
    optional: bool = False


def wants_of(mapping: Mapping) -> Iterator[Want]:
    """Every object and field of the roles, in the order of the mapping, the fields written back, those of the users."""
    file = file_of(mapping, "roles", "objects.toml")
    for role, sources in mapping.roles.items():
        for index, source in enumerate(sources):
            at = role if len(sources) == 1 else f"{role}[{index}]"
            yield Want(object=source.object, path="", file=file, place=f"{at}.object")
            if source.parent and source.parent != OWN_ID:  # a record that is its own account needs no reference
                yield Want(object=source.object, path=source.parent, file=file, place=f"{at}.parent")
            for name, ref in source.fields.items():
                yield Want(object=source.object, path=ref.field, file=file, place=f"{at}.fields.{name}")
    for role, outputs in mapping.outputs.items():
        for source in mapping.roles.get(role, ()):
            for field in outputs:
                file, place = file_of(mapping, "outputs", "lifecycle.toml"), f"outputs.{role}.{field}"
                yield Want(object=source.object, path=field, file=file, place=place, optional=True)
    for want, _ in user_fields(mapping):
        yield want


def file_of(mapping: Mapping, section: str, usual: str) -> str:
    """The file that a section of the mapping was read from, for messages."""
    return mapping.files.get(section, f"mappings/{mapping.name}/{usual}")


def user_fields(mapping: Mapping) -> Iterator[tuple[Want, str]]:
    """The fields of users that `[owners.user]` names itself, each with the kind of value it must hold."""
    file = file_of(mapping, "owners", "lifecycle.toml")
    for name in sorted(mapping.owners.user.model_fields_set):
        if path := getattr(mapping.owners.user, name):
            yield Want(object=USER, path=path, file=file, place=f"owners.user.{name}"), USER_KINDS[name]


def play_fields(mapping: Mapping) -> Iterator[Want]:
    """The constants that plays set on Tasks, campaigns and members."""
    for name, play in mapping.plays.items():
        file = file_of(mapping, f"plays.{name}", f"plays/{name}.toml")
        parts = [("Task", "task.fields", play.task.fields)] if play.task else []
        if play.campaign:
            parts.append(("Campaign", "campaign.fields", play.campaign.fields))
            parts.append(("CampaignMember", "campaign.member.fields", play.campaign.member.fields))
        for object_name, place, fields in parts:
            for field in fields:
                yield Want(object=object_name, path=field, file=file, place=f"{place}.{field}")


def objects_of(mapping: Mapping) -> set[str]:
    """The objects to be described first; `parents_missing` tells which more the relationship paths lead to."""
    return {want.object for want in wants_of(mapping)} | {"User"} | {ours.object for ours in ALL_OURS}


def parents_missing(mapping: Mapping, schema: OrgSchema) -> set[str]:
    """Objects that a relationship path leads to and that `schema` does not have yet."""
    missing = set()
    for want in wants_of(mapping):
        info = schema.objects.get(want.object)
        for part in want.path.split(".")[:-1]:
            reference = next((f for f in info.fields.values() if f.relationship_name == part), None) if info else None
            if reference is None or not reference.reference_to:
                break
            target = reference.reference_to[0]
            info = schema.objects.get(target)
            if info is None:
                missing.add(target)
                break
    return missing

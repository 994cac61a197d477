"""Who may be approached is asked of every person, through a label per channel; a play that could not ask is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping as MappingABC

from sf_lifecycle.config.mapping import Label, Mapping
from sf_lifecycle.errors import Problem
from sf_lifecycle.lifecycle.queries import SPOKEN, play_file

PERSON = "contact"


def problems(mapping: Mapping) -> Iterator[Problem]:
    """Plays that would approach people nobody asked about: they fail here and not in the field."""
    labels = mapping.labels.get(PERSON, {})
    for name, play in sorted(mapping.plays.items()):
        file = play_file(mapping, name)
        if play.task and play.task.channel in SPOKEN:
            if play.contact is None:
                message = f"a Task through the channel {play.task.channel} needs the person it goes to"
                yield Problem(file=file, place="contact", message=message, hint='such as "account.decision_maker"')
            yield from _unasked(labels, play.task.channel, file, "task.channel")
        if play.campaign and play.campaign.channel in SPOKEN:
            yield from _unasked(labels, play.campaign.channel, file, "campaign.channel")
    for name, label in sorted(labels.items()):
        if name.removeprefix("may_") in SPOKEN and label.unknown != "no":
            file = mapping.files.get("labels", f"mappings/{mapping.name}/lifecycle.toml")
            message = "what is unknown must count as no"
            yield Problem(
                file=file, place=f"labels.{PERSON}.{name}.unknown", message=message, hint='write unknown = "no"'
            )


def _unasked(labels: MappingABC[str, Label], channel: str, file: str, place: str) -> Iterator[Problem]:
    if f"may_{channel}" not in labels:
        message = f"the channel {channel} asks the label {PERSON}.may_{channel}, which there is not"
        yield Problem(file=file, place=place, message=message, hint=f"define [labels.{PERSON}.may_{channel}]")

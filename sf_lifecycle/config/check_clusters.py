"""Plays for a cluster: whose Task it is, whom it goes to, and which firms its campaign is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping as MappingABC

from sf_lifecycle.config.found import found, nearest, one_of
from sf_lifecycle.config.mapping import Mapping, Members, Play
from sf_lifecycle.errors import Problem

ACCOUNT = "account"


def cluster_problems(mapping: Mapping) -> list[Problem]:
    """What a cluster's play lacks, and what no other play may have. `mapping.files` must be filled in."""
    problems: list[Problem] = []
    for name, play in mapping.plays.items():
        file = mapping.files.get(f"plays.{name}", f"mappings/{mapping.name}/plays/{name}.toml")
        of_play = _cluster(mapping, play) if play.for_each in mapping.clusters else _plain(play, mapping.clusters)
        problems += [Problem(file=file, place=place, message=message, hint=hint) for place, message, hint in of_play]
    return problems


def _cluster(mapping: Mapping, play: Play) -> Iterator[tuple[str, str, str]]:
    """(place, message, hint) of a play whose rows are a cluster's."""
    cluster = play.for_each
    picks = sorted(name for name, each in mapping.features.get(cluster, {}).items() if each.pick is not None)
    if play.task is not None:
        account = play.task.account
        hint = "such as " + one_of(picks) if picks else f"pick one: [features.{cluster}] anchor = {{ from, pick }}"
        if account is None:
            message = f"expected the account of the joint Task, a row picked on {cluster}, got nothing"
            yield "task.account", message, hint
        elif account.partition(".")[0] not in picks:
            message = f"expected a row picked on {cluster}, got {found(account)}"
            yield "task.account", message, nearest(account, picks) or hint
        elif "." not in account and play.contact is not None and not play.contact.startswith(f"{account}."):
            message = f"expected a person at {account}, whose Task it is, got {found(play.contact)}"
            yield "contact", message, f'such as "{account}.decision_maker"'
    for index, key in enumerate(play.key):
        if not key.isidentifier():
            message = f"expected the name of a value of {cluster}, by which its firms are found, got {found(key)}"
            hint = f"define it in [columns.{cluster}] and name it here"
            yield f"key[{index}]", message, hint
    if play.campaign is not None:
        yield from _members(mapping, play, play.campaign.members)


def _members(mapping: Mapping, play: Play, members: str | Members) -> Iterator[tuple[str, str, str]]:
    cluster = play.for_each
    of = mapping.clusters[cluster].of
    if not isinstance(members, Members):
        message = f"a campaign for {cluster} needs to know which of its firms it is for"
        yield "campaign.members", message, f'write members = {{ from = "{of}", contact = "…" }}'
        return
    if members.from_ != of:
        message = f"expected {found(of)}, which {cluster} groups, got {found(members.from_)}"
        yield "campaign.members.from", message, ""


def _plain(play: Play, clusters: MappingABC[str, object]) -> Iterator[tuple[str, str, str]]:
    hint = "for_each is one of " + one_of(clusters) if clusters else "the mapping has no [clusters]"
    if play.task is not None and play.task.account is not None:
        message = f"expected none: rows of {play.for_each} have an account of their own; it is for a play of a cluster"
        yield "task.account", message, hint
    if play.campaign is not None and isinstance(play.campaign.members, Members):
        message = f"expected the path of a person, such as `account.mail_contact`: {play.for_each} is no cluster"
        yield "campaign.members", message, hint

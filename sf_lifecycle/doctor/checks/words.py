"""Words that we write or compare: does the org know them?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sf_lifecycle.config.check_labels import words_of
from sf_lifecycle.config.mapping import Label
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo
from sf_lifecycle.doctor.facts import Facts, Setup
from sf_lifecycle.doctor.findings import VALUES, Finding, error, ok, warning

_LABEL = re.compile(r"^\s*(?P<name>[a-z][a-z0-9_]*)(\.(previous|highest))?\s*$")


def written_words(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """The words of stages, positions and other labels, in the fields they are written to."""
    wrong = False
    number = 0
    for set_name, outputs in sorted(setup.mapping.outputs.items()):
        for source in setup.mapping.roles.get(set_name, ()):
            info = facts.schema.objects.get(source.object)
            for field_name, expression in outputs.items():
                field = info.fields.get(field_name) if info else None
                label = _label(setup, set_name, expression)
                if field is None or label is None:
                    continue
                number += 1
                for finding in _words(f"{source.object}.{field_name}", field, words_of(label), setup.job.name):
                    wrong = True
                    yield finding
    if number and not wrong:
        yield ok(VALUES, "the org's picklists know every word of the stage model and of the labels written back")


def _label(setup: Setup, set_name: str, expression: str) -> Label | None:
    found = _LABEL.match(expression)
    name = found["name"] if found else ""
    return setup.mapping.labels.get(set_name, {}).get(name) or setup.model.labels.get(set_name, {}).get(name)


def _words(place: str, field: FieldInfo, words: Iterable[str], job: str) -> Iterator[Finding]:
    every = list(words)
    if field.type != "picklist":
        longest = max(map(len, every))
        if 0 < field.length < longest:
            what = f"{place} holds {field.length} characters, and the longest word has {longest}"
            yield error(VALUES, what, f"make it at least {longest} long")
        return
    fix = f"write the source with `sf-lifecycle metadata {job}`, then deploy it"
    yield from unknown_words(place, field, every, fix)


def unknown_words(place: str, field: FieldInfo, words: Iterable[str], fix: str) -> Iterator[Finding]:
    """Words that a picklist does not have: refused where it is restricted, else kept as inactive values."""
    known = {value.casefold() for value in field.picklist}
    missing = [word for word in dict.fromkeys(words) if word.casefold() not in known]
    if not missing or field.type not in ("picklist", "multipicklist"):
        return
    quoted = ", ".join(f"'{word}'" for word in missing)
    if field.restricted_picklist:
        yield error(VALUES, f"{place} does not know {quoted}: such records are refused", fix)
    else:
        what = f"{place} does not know {quoted}: kept as inactive, missing from filters, list views and translations"
        yield warning(VALUES, what, fix)


def task_words(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Priorities and constants of Tasks."""
    info = facts.schema.objects.get("Task")
    parts = [play.task for play in setup.plays.values() if play.task]
    if info is None or not parts:
        return
    words: dict[str, list[str]] = {"Priority": [part.priority for part in parts]}
    for part in parts:
        for name, value in part.fields.items():
            words.setdefault(name, []).extend([value] if isinstance(value, str) else [])
    yield from _all_known(info, words, "name a value of the picklist in the play, or add it in Setup")


def campaign_words(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """Status, type and constants of campaigns, constants of members."""
    parts = [play.campaign for play in setup.plays.values() if play.campaign]
    campaign, member = facts.schema.objects.get("Campaign"), facts.schema.objects.get("CampaignMember")
    if not parts:
        return
    words: dict[str, list[str]] = {
        "Status": [part.status for part in parts],
        "Type": [part.type for part in parts if part.type],
    }
    of_member: dict[str, list[str]] = {}
    for part in parts:
        for given, target in ((part.fields, words), (part.member.fields, of_member)):
            for name, value in given.items():
                target.setdefault(name, []).extend([value] if isinstance(value, str) else [])
    fix = "add the value in Setup > Object Manager > Campaign, or name one that is there in the play"
    if campaign is not None:
        yield from _all_known(campaign, words, fix)
    if member is not None and of_member:
        yield from _all_known(member, of_member, fix)


def _all_known(info: ObjectInfo, words: Mapping[str, Iterable[str]], fix: str) -> Iterator[Finding]:
    """Findings on each field whose picklist lacks a word; one line where none does."""
    findings = [
        finding
        for name, given in words.items()
        if name in info.fields
        for finding in unknown_words(f"{info.name}.{name}", info.fields[name], given, fix)
    ]
    yield from findings
    if not findings:
        yield ok(VALUES, f"{info.name}: the org's picklists know every value that plays give")


def member_statuses(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """A member status that its campaign does not have is replaced by the default, without a word."""
    wrong = False
    parts = {name: play.campaign for name, play in setup.plays.items() if play.campaign}
    for name, part in parts.items():
        if part.member.status not in part.statuses:
            wrong = True
            yield error(
                VALUES,
                f"play {name}: the member status '{part.member.status}' is none of campaign.statuses: Salesforce would "
                f"store the campaign's default instead, as if it had been sent",
                f"add it to campaign.statuses in plays/{name}.toml",
            )
    if parts and not wrong:
        yield ok(VALUES, "member statuses are made with each campaign, the planned one among them")

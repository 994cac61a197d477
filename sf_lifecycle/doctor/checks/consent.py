"""What says whether a person may be called or mailed must be readable: hidden, it would quietly exclude everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sf_lifecycle.doctor.facts import Facts, Setup
from sf_lifecycle.doctor.findings import CONSENT, Finding, error, ok, warning
from sf_lifecycle.lifecycle.queries import SPOKEN

PERSON = "contact"
_WORD = re.compile(r"[a-z][a-z0-9_]*")
# What Salesforce itself keeps; hidden in a fresh org.
STANDARD = {"call": "DoNotCall", "email": "HasOptedOutOfEmail"}


def readable(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """The fields that the may_… labels rest on."""
    channels = _channels(setup)
    if not channels:
        return
    hidden = list(hidden_fields(facts, setup))
    for _, place, names in hidden:
        yield error(
            CONSENT,
            f"{place} is hidden from the worker, and {names} rest on it: nobody could be approached, so no run is made",
            "grant read on the field (Setup > Permission Sets > the worker's > Object Settings), or take it out of the "
            "mapping with whoever answers for consent",
        )
    yield from _unmapped(channels, setup)
    if not hidden:
        yield ok(CONSENT, f"all fields that {', '.join(sorted(channels.values()))} rest on can be read")


def hidden_fields(facts: Facts, setup: Setup) -> Iterator[tuple[str, str, str]]:
    """(key path, Object.Field, the labels) of consent fields that the org does not show."""
    asked = {label: _names(setup, label) for label in _channels(setup).values()}
    sources = setup.mapping.roles.get(PERSON, ())
    for index, source in enumerate(sources):
        at = PERSON if len(sources) == 1 else f"{PERSON}[{index}]"
        info = facts.schema.objects.get(source.object)
        for name, ref in source.fields.items():
            labels = [label for label, names in asked.items() if name in names]
            if labels and info is not None and facts.schema.resolve(source.object, ref.field) is None:
                yield f"{at}.fields.{name}", f"{source.object}.{ref.field}", ", ".join(labels)


def _unmapped(channels: dict[str, str], setup: Setup) -> Iterator[Finding]:
    """Salesforce's own opt-out of a channel that nothing looks at."""
    mapped = {
        ref.field.removeprefix("Person")
        for sources in setup.mapping.roles.values()
        for source in sources
        for ref in source.fields.values()
    }
    for channel, label in channels.items():
        field = STANDARD.get(channel)
        if field and field not in mapped:
            what = f"{label} does not look at {field}, where people in Salesforce tick that somebody wants no {channel}"
            yield warning(CONSENT, what, f"map {field} in [contact.fields], and use it in labels.contact.{label}")


def _channels(setup: Setup) -> dict[str, str]:
    """Channel → its label, for channels that plays use."""
    used = {part.channel for play in setup.plays.values() for part in (play.task, play.campaign) if part is not None}
    return {channel: f"may_{channel}" for channel in sorted(used) if channel in SPOKEN}


def _names(setup: Setup, label_name: str) -> set[str]:
    """Our names in a label's rules, columns of the contact followed."""
    label = setup.mapping.labels.get(PERSON, {}).get(label_name)
    texts = [rule.when for rule in label.rules if rule.when] if label else []
    columns = setup.mapping.columns.get(PERSON, {})
    found: set[str] = set()
    while texts:
        fresh = set(_WORD.findall(texts.pop())) - found
        found |= fresh
        texts += [columns[name] for name in fresh if name in columns]
    return found

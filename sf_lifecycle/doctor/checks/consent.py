"""What says whether a person may be called or mailed must be readable: hidden, it would quietly exclude everybody."""

from __future__ import annotations

from collections.abc import Iterator

from sf_lifecycle.config.consent import NO_RUN, ConsentField, consent_fields, how_to_read
from sf_lifecycle.doctor.facts import Facts, Setup
from sf_lifecycle.doctor.findings import CONSENT, Finding, error, ok, warning
from sf_lifecycle.lifecycle.queries import SPOKEN

# What Salesforce itself keeps; hidden in a fresh org.
STANDARD = {"call": "DoNotCall", "email": "HasOptedOutOfEmail"}


def readable(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """The fields that the may_… labels rest on."""
    channels = _channels(setup)
    if not channels:
        return
    hidden = list(hidden_fields(facts, setup))
    for each in hidden:
        place, names = f"{each.object}.{each.path}", ", ".join(each.labels)
        yield error(
            CONSENT,
            f"{place} is hidden from the worker, and {names} rest on it: {NO_RUN}",
            how_to_read(each.object, each.path, consent=True),
        )
    yield from _unmapped(channels, setup)
    if not hidden:
        yield ok(CONSENT, f"all fields that {', '.join(sorted(channels.values()))} rest on can be read")


def hidden_fields(facts: Facts, setup: Setup) -> Iterator[ConsentField]:
    """Consent fields that the org does not show."""
    for each in consent_fields(setup.mapping, list(_channels(setup).values())):
        if each.object in facts.schema.objects and facts.schema.resolve(each.object, each.path) is None:
            yield each


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

"""What must fit together within objects.toml and lifecycle.toml: sets that exist, a known calendar and locale."""

from __future__ import annotations

from collections.abc import Iterator

import holidays
from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from sf_lifecycle.config.check_clusters import cluster_problems
from sf_lifecycle.config.check_labels import label_problems, words_of
from sf_lifecycle.config.check_names import name_problems
from sf_lifecycle.config.found import KeyPath, dotted, found, nearest, one_of
from sf_lifecycle.config.mapping import Calendar, Mapping
from sf_lifecycle.errors import Problem

ACCOUNT = "account"


def mapping_problems(mapping: Mapping) -> list[Problem]:
    """Problems of everything but what a play says by itself. `mapping.files` must be filled in."""
    file = mapping.files["columns"]
    problems = [*_sets(mapping, file), *name_problems(mapping), *label_problems(mapping.labels, file)]
    problems += locale_problems(mapping.locale, file, "locale")
    problems += _calendar(mapping.calendar, file)
    problems += _voice(mapping, file)
    problems += cluster_problems(mapping)
    if ACCOUNT not in mapping.roles:
        problems.append(Problem(file=mapping.files["roles"], place=ACCOUNT, message="expected this role, got nothing"))
    return problems


def _voice(mapping: Mapping, file: str) -> list[Problem]:
    """Who has the word at an account is a label's to say, in words that the label has."""
    voice, labels = mapping.voice, mapping.labels.get(ACCOUNT, {})
    if voice.label is None:
        message = "expected none without `label`, the label on account that gives these words"
        return [Problem(file=file, place="voice.words", message=message)] if voice.words else []
    if voice.label not in labels:
        message = f"expected a label of account ({one_of(labels)}), got {found(voice.label)}"
        return [Problem(file=file, place="voice.label", message=message, hint=nearest(voice.label, labels))]
    words = words_of(labels[voice.label])
    return [
        Problem(
            file=file,
            place=dotted(("voice", "words", word)),
            message=f"expected a word of labels.account.{voice.label} ({one_of(words)}), got {found(word)}",
            hint=nearest(word, words),
        )
        for word in voice.words
        if word not in words
    ]


def locale_problems(name: str, file: str, place: str) -> list[Problem]:
    """Whether Babel knows the locale, written with `_` as in nl_NL."""
    try:
        Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        known = locale_identifiers()
        message = f"expected a locale such as nl_NL, got {found(name)}"
        return [Problem(file=file, place=place, message=message, hint=nearest(name.replace("-", "_"), known))]
    return []


def _calendar(calendar: Calendar, file: str) -> list[Problem]:
    countries = holidays.list_supported_countries()
    if calendar.country not in countries:
        message = f"expected a country whose holidays are known, got {found(calendar.country)}"
        hint = nearest(calendar.country, countries)
        return [Problem(file=file, place="calendar.country", message=message, hint=hint)]
    parts = countries[calendar.country]
    if calendar.subdivision is not None and calendar.subdivision not in parts:
        message = f"expected one of {one_of(parts)}, got {found(calendar.subdivision)}"
        hint = nearest(calendar.subdivision, parts)
        return [Problem(file=file, place="calendar.subdivision", message=message, hint=hint)]
    return []


def _sets(mapping: Mapping, file: str) -> list[Problem]:
    sets = {*mapping.roles, *mapping.clusters}
    problems = []
    for place, name, known in _named_sets(mapping, sets):
        if name not in known:
            kind = "roles and clusters" if known is sets else "roles"
            message = f"expected one of the {kind} {one_of(known)}, got {found(name)}"
            problems.append(Problem(file=file, place=dotted(place), message=message, hint=nearest(name, known)))
    return problems


def _named_sets(mapping: Mapping, sets: set[str]) -> Iterator[tuple[KeyPath, str, set[str]]]:
    """Every place that names a set, and which sets it may name: what is written back needs a record, so a role."""
    roles = set(mapping.roles)
    for section in ("columns", "features", "labels"):
        for name in getattr(mapping, section):
            yield (section, name), name, sets
    for of_set, features in mapping.features.items():
        for name, feature in features.items():
            yield ("features", of_set, name, "from"), feature.from_, sets
    for name, cluster in mapping.clusters.items():
        yield ("clusters", name, "of"), cluster.of, roles
    for name in mapping.outputs:
        yield ("outputs", name), name, roles

"""What the labels that say who may be approached rest on, and how a worker comes to read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sf_lifecycle.config.mapping import Mapping

PERSON = "contact"
MAY = "may_"
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_READ = "grant read on the field (Setup > Permission Sets > the worker's > Object Settings)"
NO_RUN = "nobody could be approached, so no run is made"
_OWN_WAY = "or take it out of the mapping with whoever answers for consent"
# What only some orgs have, and the permission set that is shipped for it.
_OPTIONAL = {
    "individuals": "assign Lifecycle_Worker_Individuals (salesforce/optional/individuals)",
    "person-accounts": "assign Lifecycle_Worker_Person_Accounts (salesforce/optional/person-accounts)",
}


@dataclass(frozen=True, kw_only=True)
class ConsentField:
    """A mapped field of people (`object`, `path`; `place` in objects.toml) and the labels that rest on it."""

    place: str
    object: str
    path: str
    labels: tuple[str, ...]

    @property
    def rests(self) -> str:
        """`may_call, may_email rest on it`."""
        return f"{', '.join(self.labels)} {'rest' if len(self.labels) > 1 else 'rests'} on it"


def consent_fields(mapping: Mapping, labels: Collection[str] | None = None) -> Iterator[ConsentField]:
    """Every field that one of the labels rests on; None for all that say who may be approached."""
    known = mapping.labels.get(PERSON, {})
    asked = sorted(name for name in known if name.startswith(MAY)) if labels is None else labels
    names = {label: _names(mapping, label) for label in asked}
    sources = mapping.roles.get(PERSON, ())
    for index, source in enumerate(sources):
        at = PERSON if len(sources) == 1 else f"{PERSON}[{index}]"
        for name, ref in source.fields.items():
            if resting := tuple(label for label, found in names.items() if name in found):
                yield ConsentField(place=f"{at}.fields.{name}", object=source.object, path=ref.field, labels=resting)


def how_to_read(object_name: str, path: str, *, consent: bool = False) -> str:
    """What makes a hidden field readable; empty where nothing more is known than that it is hidden."""
    if "Individual" in path:
        grant = _OPTIONAL["individuals"]
    elif (object_name, path) == ("Lead", "Company"):
        grant = _OPTIONAL["person-accounts"]
    else:
        grant = _READ if consent else ""
    return f"{grant}, {_OWN_WAY}" if consent else grant


def _names(mapping: Mapping, label_name: str) -> set[str]:
    """Our names in a label's rules, columns of the contact followed."""
    label = mapping.labels.get(PERSON, {}).get(label_name)
    texts = [rule.when for rule in label.rules if rule.when] if label else []
    columns = mapping.columns.get(PERSON, {})
    found: set[str] = set()
    while texts:
        fresh = set(_WORD.findall(texts.pop())) - found
        found |= fresh
        texts += [columns[name] for name in fresh if name in columns]
    return found

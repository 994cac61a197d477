"""What an org has switched on for good: several currencies, person accounts, data protection records.

An org begins with its features and keeps them, as Salesforce lets none of them be taken back; the data file knows them.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from .schema import Schema, SObject

SETTING = "features"
_CODE = re.compile(r"[A-Z]{3}")
_INDIVIDUAL = "Individual"


class FeatureError(ValueError):
    """Features that cannot be, or that the data file does not have; the text says which."""


@dataclass(frozen=True, kw_only=True)
class Features:
    """`currencies`: ISO code -> units for one of the corporate currency; empty where the org knows no codes."""

    currencies: Mapping[str, Decimal] = field(default_factory=dict)
    corporate: str = ""
    person_accounts: bool = False
    individuals: bool = False

    def dumped(self) -> str:
        rates = {code: _shown(rate) for code, rate in self.currencies.items()}
        return json.dumps(
            {
                "currencies": rates,
                "corporate": self.corporate,
                "person_accounts": self.person_accounts,
                "individuals": self.individuals,
            }
        )

    @property
    def folders(self) -> tuple[str, ...]:
        """What of a project's `optional/` is deployed to such an org."""
        there = {"person-accounts": self.person_accounts, "individuals": self.individuals}
        return tuple(name for name, on in there.items() if on)

    @property
    def words(self) -> Mapping[str, str]:
        """What a person would say of each."""
        codes = ", ".join(f"{code}={_shown(rate)}" for code, rate in self.currencies.items())
        return {
            "currencies": f"{codes} (corporate: {self.corporate})" if codes else "none",
            "person_accounts": "on" if self.person_accounts else "off",
            "individuals": "on" if self.individuals else "off",
        }


def features_of(
    data: str | Path,
    *,
    currencies: Mapping[str, str | Decimal] | None = None,
    corporate: str | None = None,
    person_accounts: bool | None = None,
    individuals: bool | None = None,
) -> Features:
    """The features of the org in a data file, or of a new one. None: whatever the file has, or without.

    `corporate`: one of the currencies; the first where none is named, and its rate is 1. FeatureError for currencies
    that cannot be, and for a feature that the file does not have.
    """
    held = _held(Path(data)) if str(data) != ":memory:" else None
    asked = held or Features()
    if currencies is not None:
        rates, base = _currencies(currencies, corporate)
        asked = replace(asked, currencies=rates, corporate=base)
    if person_accounts is not None:
        asked = replace(asked, person_accounts=person_accounts)
    if individuals is not None:
        asked = replace(asked, individuals=individuals)
    if held is not None and asked != held:
        name = next(n for n, word in held.words.items() if asked.words[n] != word)
        raise FeatureError(
            f"the org in {data} began with {name.replace('_', ' ')}: {held.words[name]}, and keeps that; asked for:"
            f" {asked.words[name]}. Leave it out, or take another data file"
        )
    return asked


def without_individuals(schema: Schema) -> Schema:
    """The schema of an org whose records have no data protection details."""
    objects = {name: _unlinked(one) for name, one in schema.objects.items() if one.name != _INDIVIDUAL}
    return Schema(objects=objects)


def _unlinked(sobject: SObject) -> SObject:
    children = tuple(c for c in sobject.child_relationships if c.child_sobject != _INDIVIDUAL)
    fields = {name: one for name, one in sobject.fields.items() if one.reference_to != (_INDIVIDUAL,)}
    return replace(sobject, fields=fields, child_relationships=children)


def _currencies(given: Mapping[str, str | Decimal], corporate: str | None) -> tuple[dict[str, Decimal], str]:
    if not given:
        return {}, ""
    base = corporate or next(iter(given))
    rates: dict[str, Decimal] = {}
    for code, rate in given.items():
        if not _CODE.fullmatch(code):
            raise FeatureError(f"{code} is no currency code; three capital letters are expected, such as EUR")
        rates[code] = rate_of(code, rate)
    if base not in rates:
        raise FeatureError(f"the corporate currency {base} is none of {', '.join(rates)}")
    if rates[base] != 1:
        raise FeatureError(f"the corporate currency {base} has the rate 1, not {_shown(rates[base])}")
    return rates, base


def rate_of(code: str, given: str | Decimal) -> Decimal:
    """A conversion rate: so many of this currency for one of the corporate one, six digits after the point at most."""
    try:
        rate = Decimal(given)
    except InvalidOperation:
        raise FeatureError(f"{code}={given}: the rate is no number") from None
    if not rate.is_finite() or rate <= 0 or rate != round(rate, 6):
        raise FeatureError(f"{code}={given}: a rate is above 0 and has six digits after the point at most")
    return rate


def _held(file: Path) -> Features | None:
    """What an existing data file says of itself; one without a word of features has none. None: no org there yet."""
    if not file.is_file():
        return None
    with closing(sqlite3.connect(file)) as con:
        if con.execute("SELECT 1 FROM sqlite_master WHERE name = '_setting'").fetchone() is None:
            return None
        known = dict(con.execute('SELECT name, value FROM "_setting" WHERE name IN (?, ?)', (SETTING, "org_id")))
    if "org_id" not in known:
        return None
    found = json.loads(known.get(SETTING, "{}"))
    rates = {code: Decimal(rate) for code, rate in found.pop("currencies", {}).items()}
    return Features(currencies=rates, **found)


def _shown(rate: Decimal) -> str:
    return f"{rate.normalize():f}"

"""How each user works, by the fields of User that `[owners.user]` names: days, share of a week, absence, language."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from sf_lifecycle.config.mapping import Calendar, UserFields
from sf_lifecycle.lifecycle.calendar import Range, WorkingDays, working_days
from sf_lifecycle.lifecycle.countries import country_code

FULL = Fraction(1)
NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Person:
    """One user. `days` has the absence in it; `share` is of a full week, 0 to 1."""

    days: WorkingDays
    language: str | None = None
    locale: str | None = None
    share: Fraction = FULL
    away: tuple[Range, ...] = ()


@dataclass(frozen=True, kw_only=True)
class People:
    """All users by Id. `everybody`: the mapping's own calendar. `notes`: what their fields say and nobody can mean."""

    by_id: MappingABC[str, Person]
    everybody: WorkingDays
    notes: tuple[str, ...] = ()


def read_people(users: pd.DataFrame, fields: UserFields, calendar: Calendar, as_of: dt.date) -> People:
    """The users of one org. A field that is not named, or not among the columns, says nothing of anybody."""
    calendars = _Calendars(calendar, as_of)
    read = {
        name: _column(users, getattr(fields, name))
        for name in ("language", "locale", "country", "hours_share", "away_from", "away_until")
    }
    people: dict[str, Person] = {}
    odd = Counter[str]()
    countries = Counter[str]()
    for user, *values in zip(users["Id"], *read.values(), strict=True):
        said = dict(zip(read, values, strict=True))
        country = country_code(said["country"])
        if said["country"] and country is None:
            countries[said["country"]] += 1
        share = _share(said["hours_share"])
        odd["share"] += share != _within(share)
        away = _away(said["away_from"], said["away_until"])
        odd["away"] += away is None
        people[user] = Person(
            days=calendars.of(country, away or ()),
            language=said["language"] or None,
            locale=said["locale"] or None,
            share=_within(share),
            away=away or (),
        )
    return People(by_id=people, everybody=calendars.of(None, ()), notes=_notes(fields, calendar, countries, odd))


class _Calendars:
    """One object for all who share a country and an absence."""

    def __init__(self, own: Calendar, as_of: dt.date) -> None:
        self._own, self._as_of = own, as_of
        self._known: dict[tuple[str, tuple[Range, ...]], WorkingDays] = {}

    def of(self, country: str | None, away: tuple[Range, ...]) -> WorkingDays:
        key = (country or self._own.country, away)
        if key not in self._known:
            self._known[key] = self._made(*key)
        return self._known[key]

    def _made(self, country: str, away: tuple[Range, ...]) -> WorkingDays:
        if away:
            return self.of(country, ()).without(away, self._as_of)
        calendar = self._own if country == self._own.country else Calendar(country=country)
        return working_days(calendar, self._as_of)


def _column(users: pd.DataFrame, name: str | None) -> list[Any]:
    if name is None or name not in users:
        return [None] * len(users)
    return [None if pd.isna(value) else value for value in users[name]]


def _share(percent: object) -> Fraction:
    return FULL if percent is None else Fraction(str(percent)) / 100


def _within(share: Fraction) -> Fraction:
    return min(max(share, Fraction(0)), FULL)


def _away(since: dt.date | None, until: dt.date | None) -> tuple[Range, ...] | None:
    """The absence as ranges; None where it ends before it begins."""
    if since is None and until is None:
        return ()
    if since is not None and until is not None and until < since:
        return None
    return ((since, until),)


def _notes(fields: UserFields, calendar: Calendar, countries: Counter[str], odd: Counter[str]) -> tuple[str, ...]:
    said = []
    if countries:
        some = ", ".join(
            f"'{name}'" for name, _ in sorted(countries.items(), key=lambda each: (-each[1], each[0]))[:NAMED]
        )
        more = ", …" if len(countries) > NAMED else ""
        said.append(
            f"users whose {fields.country} is no country that we know ({some}{more}): {countries.total():,}; "
            f"their working days are those of {calendar.country}"
        )
    if odd["share"]:
        said.append(f"users whose {fields.hours_share} is not between 0 and 100, read as the nearer: {odd['share']:,}")
    if odd["away"]:
        said.append(
            f"users whose {fields.away_until} is before their {fields.away_from}, read as there: {odd['away']:,}"
        )
    return tuple(said)

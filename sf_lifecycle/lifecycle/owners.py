"""Who gets a Task: the record's owner, or whoever stands in for an owner who cannot work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from sf_lifecycle.config.found import nearest, one_of
from sf_lifecycle.config.mapping import Calendar, Owners
from sf_lifecycle.errors import ConfigError, Problem
from sf_lifecycle.lifecycle.calendar import AHEAD_DAYS, Range, WorkingDays
from sf_lifecycle.lifecycle.hours import People, Person, read_people

USER = "005"  # how the Ids of users begin
MOST_MANAGERS = 5  # a chain of managers longer than this is a loop or a mistake


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everyone who may own a Task. `stands_in`: User Id → Id of the user who takes the work: active, full, with hours.

    `above`: who takes it → the next one up the managers who could. `people`: how each of them works; nobody's own
    fields are known where it is None. `notes`: what a person should know of the users' fields.
    """

    stands_in: Mapping[str, str]
    fallback: str
    named: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    above: Mapping[str, str] = field(default_factory=dict)
    people: People = field(default_factory=lambda: People(by_id={}, everybody=WorkingDays()))

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence each about fields of users that nobody can mean so."""
        return self.people.notes

    def days(self, user: str) -> WorkingDays:
        """The user's working days, absence left out; the mapping's calendar where nothing is known of them."""
        person = self.people.by_id.get(user)
        return self.people.everybody if person is None else person.days

    def share(self, user: str) -> Fraction:
        """How much of a full week the user works, 0 to 1."""
        return self._person(user).share

    def language(self, user: str) -> str | None:
        """The user's language as Salesforce writes it (`nl_NL`)."""
        return self._person(user).language

    def locale(self, user: str) -> str | None:
        """How the user's dates and numbers are written, as Salesforce names it (`nl_NL`)."""
        return self._person(user).locale

    def away(self, user: str) -> tuple[Range, ...]:
        """From and until of the user's absence, both included, None where it is open."""
        return self._person(user).away

    def _person(self, user: str) -> Person:
        return self.people.by_id.get(user) or Person(days=self.people.everybody)

    def resolve(self, owners: pd.Series[str]) -> pd.Series[str]:
        """Owner Ids → Ids of those who take the work. Unknown users, queues and nulls go to the fallback."""
        return owners.map(self.stands_in).fillna(self.fallback)

    def present(self, owners: pd.Series[str], limits: pd.Series[Any], as_of: dt.date) -> pd.Series[str]:
        """Resolved owners; for those away from `as_of` to the limit the next one above who is not, or the fallback.

        `limits`: the last day that it can wait for its owner (`waits_until`); null: as far as weeks are filled ahead.
        Somebody who works on any day of that span keeps it: it is due before they leave, or waits for them.
        """
        back = {user: self.days(user).first(as_of) for user in owners.unique() if self.away(user)}
        days = limits.to_numpy().astype("datetime64[D]")
        until = np.where(np.isnat(days), np.datetime64(as_of, "D") + AHEAD_DAYS, days)
        asked = pd.to_datetime(owners.map(back)).to_numpy().astype("datetime64[D]") > until
        spans = zip(owners[asked], until[asked].tolist(), strict=True)
        taken = pd.Series([self._there(*span, as_of) for span in spans], index=owners.index[asked], dtype=object)
        return owners.mask(asked, taken)

    def _there(self, user: str, limit: dt.date, as_of: dt.date) -> str:
        """Of the user and those above the first who is not away for the whole span."""
        if limit < as_of:
            return user
        candidates = (each for each in (user, *self._chain(user)) if not self._gone_for(each, as_of, limit))
        return next(candidates, self.fallback)

    def _gone_for(self, user: str, first: dt.date, last: dt.date) -> bool:
        overlaps = any((since or first) <= last and (until or last) >= first for since, until in self.away(user))
        return overlaps and self.days(user).first(first) > last

    def _chain(self, user: str) -> Iterator[str]:
        for _ in range(MOST_MANAGERS):
            above = self.above.get(user)
            if above is None:
                return
            yield above
            user = above

    def takers(self, asked: object, owner: str) -> tuple[str, ...]:
        """Who may have an open Task that goes to `owner`, in their order: for who was `asked` for and can no longer
        work, those above and the fallback as well.
        """
        if isinstance(asked, str) and self.stands_in.get(asked) == asked:
            return (owner,)
        return tuple(dict.fromkeys((owner, *self._chain(owner), self.fallback)))

    def stood_in(self, user: str, owner: str, day: Any) -> bool:
        """Does `user` have what is due on this day because its owner, or who takes their work, is away then?"""
        taker = self.stands_in.get(owner, self.fallback)
        if pd.isna(day) or not isinstance(day, dt.date) or user not in (*self._chain(taker), self.fallback):
            return False
        return any((since or day) <= day <= (until or day) for since, until in self.away(taker))

    def gone(self, user: object) -> bool:
        """Is this a user who can no longer work? A queue is none: whoever gives it a Task means it so."""
        return isinstance(user, str) and user.startswith(USER) and self.stands_in.get(user) != user

    def unresolved(self, owners: pd.Series[str]) -> int:
        """How many owners have nobody of their own to stand in."""
        return int((~owners.isin(list(self.stands_in))).sum())


def open_desk(owners: Owners, users: pd.DataFrame, *, file: str, calendar: Calendar, as_of: dt.date) -> Desk:
    """The desk of one org. `users` has Id, Name, IsActive, UserType, ManagerId, the field `owners.by` and those that
    `[owners.user]` names. `calendar`: of whoever has no country of their own.

    Raises ConfigError where a name in `[owners]` is nobody in the org, or somebody who cannot work.
    """
    people = read_people(users, owners.user, calendar, as_of)
    works = set(users.loc[users["IsActive"].eq(True) & users["UserType"].eq("Standard"), "Id"])
    able = {user for user in works if people.by_id[user].share > 0}
    found = _named(owners, users, works, able, file)
    manager = dict(zip(users["Id"], users["ManagerId"], strict=True))
    stands_in = {user: stand for user in manager if (stand := _first_able(user, able, manager))}
    return Desk(
        stands_in=stands_in,
        fallback=found["owners.fallback"],
        named={name: found[f"owners.named.{name}"] for name in owners.named},
        names=dict(zip(users["Id"], users["Name"], strict=True)),
        above={
            user: above
            for user in sorted(able)
            if (above := _first_able(manager[user], able, manager)) and above != user
        },
        people=people,
    )


def _named(owners: Owners, users: pd.DataFrame, works: set[str], able: set[str], file: str) -> dict[str, str]:
    """Place → Id of whom `[owners]` names. The fallback must have hours for Tasks; others may own campaigns alone."""
    by_name = {name: id_ for name, id_ in zip(users[owners.by], users["Id"], strict=True) if name}
    problems = []
    found: dict[str, str] = {}
    for place, name in {
        "owners.fallback": owners.fallback,
        **{f"owners.named.{k}": v for k, v in owners.named.items()},
    }.items():
        user = by_name.get(name)
        if user is None:
            message = f"no user of the org has {owners.by} '{name}'"
            hint = nearest(name, by_name) or f"there is {one_of(by_name)}"
            problems.append(Problem(file=file, place=place, message=message, hint=hint))
        elif user not in works:
            message = f"user '{name}' is inactive or no full user and cannot own Tasks"
            problems.append(Problem(file=file, place=place, message=message))
        elif user not in able and place == "owners.fallback":
            message = f"user '{name}' takes no Tasks: their {owners.user.hours_share} is 0"
            problems.append(Problem(file=file, place=place, message=message, hint="give them hours, or name another"))
        else:
            found[place] = user
    if problems:
        raise ConfigError(problems)
    return found


def _first_able(user: str | None, able: set[str], manager: Mapping[str, str | None]) -> str | None:
    for _ in range(MOST_MANAGERS):
        if user is None or user in able:
            return user
        user = manager.get(user)
    return None

"""Who gets a Task: the record's owner, or whoever stands in for an owner who cannot work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from sf_lifecycle.config.found import nearest, one_of
from sf_lifecycle.config.mapping import Owners
from sf_lifecycle.errors import ConfigError, Problem

USER = "005"  # how the Ids of users begin
MOST_MANAGERS = 5  # a chain of managers longer than this is a loop or a mistake


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everyone who may own a Task. `stands_in`: User Id → Id of the active, full user who takes the work."""

    stands_in: Mapping[str, str]
    fallback: str
    named: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, owners: pd.Series[str]) -> pd.Series[str]:
        """Owner Ids → Ids of those who take the work. Unknown users, queues and nulls go to the fallback."""
        return owners.map(self.stands_in).fillna(self.fallback)

    def gone(self, user: object) -> bool:
        """Is this a user who can no longer work? A queue is none: whoever gives it a Task means it so."""
        return isinstance(user, str) and user.startswith(USER) and self.stands_in.get(user) != user

    def unresolved(self, owners: pd.Series[str]) -> int:
        """How many owners have nobody of their own to stand in."""
        return int((~owners.isin(list(self.stands_in))).sum())


def open_desk(owners: Owners, users: pd.DataFrame, *, file: str) -> Desk:
    """The desk of one org. `users` has Id, Name, IsActive, UserType, ManagerId and the field `owners.by`.

    Raises ConfigError where a name in `[owners]` is nobody in the org, or somebody who cannot work.
    """
    works = users["IsActive"].eq(True) & users["UserType"].eq("Standard")
    able = set(users.loc[works, "Id"])
    manager = dict(zip(users["Id"], users["ManagerId"], strict=True))
    by_name = {name: id_ for name, id_ in zip(users[owners.by], users["Id"], strict=True) if name}
    problems = []
    found: dict[str, str] = {}
    for place, name in {
        "owners.fallback": owners.fallback,
        **{f"owners.named.{k}": v for k, v in owners.named.items()},
    }.items():
        user = by_name.get(name)
        if user is None:
            hint = nearest(name, by_name) or f"there is {one_of(by_name)}"
            problems.append(
                Problem(
                    file=file,
                    place=place,
                    message=f"no user of the org has {owners.by} '{name}'",
                    hint=hint,
                )
            )
        elif user not in able:
            problems.append(
                Problem(
                    file=file, place=place, message=f"user '{name}' is inactive or no full user and cannot own Tasks"
                )
            )
        else:
            found[place] = user
    if problems:
        raise ConfigError(problems)
    stands_in = {user: stand for user in manager if (stand := _first_able(user, able, manager))}
    return Desk(
        stands_in=stands_in,
        fallback=found["owners.fallback"],
        named={name: found[f"owners.named.{name}"] for name in owners.named},
        names=dict(zip(users["Id"], users["Name"], strict=True)),
    )


def _first_able(user: str | None, able: set[str], manager: Mapping[str, str | None]) -> str | None:
    for _ in range(MOST_MANAGERS):
        if user is None or user in able:
            return user
        user = manager.get(user)
    return None

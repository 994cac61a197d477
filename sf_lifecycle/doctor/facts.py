"""What was gathered from the org, as values; whatever it would not tell is an `Untold` with the reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from sf_lifecycle.config.job import Job
from sf_lifecycle.config.mapping import Mapping as MappingConfig, Model, Play, ValueType
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.settings import Settings
from sf_lifecycle.errors import Problem
from sf_lifecycle.salesforce import OrgIdentity

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Untold:
    """The org did not say; `why` in a few words."""

    why: str


Told: TypeAlias = T | Untold


@dataclass(frozen=True, kw_only=True)
class Me:
    """The running user. `role` is its role's Id, None where it has none."""

    id: str
    profile: str
    user_type: str
    timezone: str
    role: str | None
    marketing: bool


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user. `handle` is the value of the field by which the mapping names owners."""

    id: str
    handle: str
    active: bool
    user_type: str
    manager: str | None = None
    role: str | None = None

    @property
    def can_work(self) -> bool:
        """Active and a full user: only such a one is given Tasks."""
        return self.active and self.user_type == "Standard"


@dataclass(frozen=True, kw_only=True)
class Status:
    """An entry of TaskStatus or ContractStatus, in the org's order. `code`: a contract status's category."""

    word: str
    closed: bool = False
    default: bool = False
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One org as one user sees it, for one mapping.

    `rights`: right → granted by profile or any permission set. `modify_all`: objects with Modify All granted.
    `sharing`: object → internal organisation-wide default. `roles`: role → the role above it. `frozen`: User Ids.
    `owned`: object → owner → rows. `limits`: limit → (most, left). `counted`: object → rows the org has, whoever sees
    them; `seen`: object → rows the user sees. `layouts`: object → fields on the layouts of the user's profile.
    `paused`: names of the settings on which the brake is ticked.
    """

    today: dt.date
    identity: OrgIdentity
    schema: OrgSchema
    versions: Told[tuple[str, ...]]
    edition: Told[str]
    me: Told[Me]
    licence: Told[str]
    licence_sets: Told[frozenset[str]]
    permission_sets: Told[frozenset[str]]
    rights: Told[frozenset[str]]
    modify_all: Told[frozenset[str]]
    sharing: Told[Mapping[str, str]]
    roles: Told[Mapping[str, str | None]]
    people: Told[tuple[Person, ...]]
    frozen: Told[frozenset[str]]
    task_statuses: Told[tuple[Status, ...]]
    contract_statuses: Told[tuple[Status, ...]]
    limits: Told[Mapping[str, tuple[int, int]]]
    counted: Told[Mapping[str, int]]
    paused: Told[tuple[str, ...]]
    owned: Mapping[str, Told[Mapping[str, int]]] = field(default_factory=dict)
    seen: Mapping[str, Told[int]] = field(default_factory=dict)
    layouts: Mapping[str, Told[frozenset[str]]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What one job wants of the org. `missing`: what the org does not show; `wrong`: what does not compile against it.
    `types`: (set, API name) → the kind of value that the mapping writes there, where it compiles.
    """

    settings: Settings
    job: Job
    mapping: MappingConfig
    model: Model
    missing: tuple[Problem, ...] = ()
    wrong: tuple[Problem, ...] = ()
    types: Mapping[tuple[str, str], ValueType] = field(default_factory=dict)

    @property
    def plays(self) -> dict[str, Play]:
        """The plays that the job runs, by name."""
        every = self.mapping.plays
        return {name: every[name] for name in sorted(self.job.plays or every) if name in every}

"""What runs, when, and within which limits: one TOML file a job."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from sf_lifecycle.config.mapping import Name, Part

Share = Annotated[float, Field(ge=0, le=1)]


class Limit(Part):
    """A guard's limits; a plan over either is refused. `most` counts rows; `most_share` is of the rows there are."""

    most: int | None = Field(default=None, ge=0)
    most_share: Share | None = None


class CallLimit(Part):
    """How much of the org's day of API calls may be spent, ours and others' together."""

    most_share_of_day: Share = 0.8


class AgeLimit(Part):
    """How old what a plan rests on may be when it is carried out."""

    most_hours: float = Field(default=24, gt=0)


class Guards(Part):
    """Limits on one plan. Every guard is on; a key left out takes the default shown in docs/guide."""

    create_tasks: Limit = Limit(most=500)
    create_members: Limit = Limit(most=2000)
    create_campaigns: Limit = Limit(most=24)
    update_tasks: Limit = Limit(most_share=0.5)
    update_records: Limit = Limit(most_share=1.0)
    close_tasks: Limit = Limit(most_share=0.2)
    remove_tasks: Limit = Limit(most_share=0.2)
    remove_members: Limit = Limit(most_share=0.2)
    update_members: Limit = Limit(most_share=0.2)
    stage_changes: Limit = Limit(most_share=0.2)
    label_jump: Limit = Limit(most_share=0.2)
    rules_changed: Limit = Limit(most=0)
    first_run: Limit = Limit(most=0)
    moved_ground: Limit = Limit(most_share=0.1)
    old_mirror: AgeLimit = AgeLimit()
    storage: Limit = Limit(most_share=0.9)
    clear_values: Limit = Limit(most_share=0.05)
    shrunk_roles: Limit = Limit(most_share=0.2)
    hidden_rows: Limit = Limit(most_share=0.05)
    vanished_values: Limit = Limit(most_share=0.2)
    unresolved_owners: Limit = Limit(most_share=0.05)
    api_calls: CallLimit = CallLimit()


OrgKind = Literal["production", "sandbox", "local"]


class Ramp(Part):
    """The first runs in an org write a part of their plan: so many rows of each kind, until so many runs were whole.

    `kinds`: the kinds of org where it holds, and where the guard `first_run` asks for a person's word.
    """

    runs: int = Field(default=3, ge=0)
    rows_per_run: int = Field(default=2000, ge=1)
    kinds: tuple[OrgKind, ...] = ("production", "sandbox")


Transport = Literal["rest", "bulk"]


class Job(Part):
    """One job. `plays` names the plays it runs (all of the mapping's where empty).

    `transport`: object → how its records are written, REST collections where it is not named.
    """

    name: str
    description: str = ""
    schedule: str | None = None
    write_between: tuple[dt.time, dt.time] | None = None
    mapping: Name
    model: Name
    approval: Literal["automatic", "required"] = "automatic"
    plays: tuple[str, ...] = ()
    transport: dict[str, Transport] = Field(default_factory=dict)
    ramp: Ramp = Ramp()
    guards: Guards = Guards()

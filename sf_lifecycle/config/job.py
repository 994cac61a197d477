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


class Guards(Part):
    """Limits on one plan. Every guard is on; a key left out takes the default shown in docs/guide."""

    create_tasks: Limit = Limit(most=500)
    create_members: Limit = Limit(most=2000)
    create_campaigns: Limit = Limit(most=24)
    update_records: Limit = Limit(most_share=1.0)
    stage_changes: Limit = Limit(most_share=0.2)
    clear_values: Limit = Limit(most_share=0.05)
    shrunk_roles: Limit = Limit(most_share=0.2)
    hidden_rows: Limit = Limit(most_share=0.05)
    vanished_values: Limit = Limit(most_share=0.2)
    unresolved_owners: Limit = Limit(most_share=0.05)
    api_calls: CallLimit = CallLimit()


class Job(Part):
    """One job. `plays` names the plays it runs (all of the mapping's where empty)."""

    name: str
    description: str = ""
    schedule: str | None = None
    write_between: tuple[dt.time, dt.time] | None = None
    mapping: Name
    model: Name
    approval: Literal["automatic", "required"] = "automatic"
    plays: tuple[str, ...] = ()
    guards: Guards = Guards()

"""Looking without an org: what the mirror and state together say of one day. Nothing is pulled, nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from sf_lifecycle.caught_up import caught_up
from sf_lifecycle.config.offline_schema import workspace_schema
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import UsageError
from sf_lifecycle.mirror import Mirror, MirrorReader
from sf_lifecycle.mirror.lacking import lacking, lacking_text
from sf_lifecycle.mirror.store import FILE_NAME
from sf_lifecycle.observe import ground_of
from sf_lifecycle.past_days import LOCAL, Tense, look_ahead, records_day, refusal, tense
from sf_lifecycle.stages import Ground, Prepared, parts, prepare
from sf_lifecycle.state import State, open_state

WHOLE = ("done", "partial", "nothing", "waiting")
MOST_RUNS = 50


@dataclass(frozen=True, kw_only=True)
class View:
    """A compiled job over what was last pulled. `records`: the day that the records stand for, None for any."""

    prepared: Prepared
    ground: Ground
    schema: OrgSchema
    as_of: dt.date
    state: State
    records: dt.date | None = None

    @property
    def tense(self) -> Tense:
        """How the view's day lies to the records."""
        return tense(self.as_of, self.records)

    @property
    def ahead(self) -> str:
        """What to say first of a day to come; empty for any other."""
        return look_ahead(self.as_of, self.records) if self.records and self.tense == "future" else ""

    def refuse_past(self, what: str) -> None:
        """UsageError where the view's day is past: the records of that day are gone."""
        if self.records and self.tense == "past":
            raise UsageError(refusal(what, self.as_of, self.records))


def has_mirror(workspace: Workspace) -> bool:
    """Was anything ever pulled?"""
    return (workspace.settings.storage.data_dir / FILE_NAME).exists()


@contextmanager
def look(workspace: Workspace, job_name: str, as_of: dt.date) -> Iterator[View]:
    """The job's view of `as_of`. UsageError where nothing was pulled yet, or not what the mapping reads by now."""
    _, mapping = parts(workspace, job_name)
    path = workspace.settings.storage.data_dir / FILE_NAME
    if not has_mirror(workspace):
        raise UsageError(f"there is no mirror in {path.parent}; run `sf-lifecycle pull` first")
    schema = workspace_schema(workspace, mapping.name)
    prepared = prepare(workspace, job_name, schema)
    mirror = Mirror(path=path, org_id="", kind="")  # which org it is of, its own file says
    with open_state(workspace.settings.storage.state_url) as state, mirror.connect() as con:
        refuse_lacking(workspace, job_name, con, schema)
        ground = ground_of(con, state, mapping, as_of, job=job_name)
        ground = caught_up(ground, state, closed=mapping.withdraw.status or "")
        pulled_at = dt.datetime.fromisoformat(ground.pulled_at) if ground.pulled_at else None
        records = records_day(ground.kind, pulled_at, last_run_day(state, ground.org_id), workspace.settings.timezone)
        yield View(prepared=prepared, ground=ground, schema=schema, as_of=as_of, state=state, records=records)


def refuse_lacking(workspace: Workspace, job_name: str, con: duckdb.DuckDBPyConnection, schema: OrgSchema) -> None:
    """UsageError where the mapping reads what the last pull did not bring."""
    MirrorReader(con)  # one that is empty, or none, says so itself
    if found := lacking(con, parts(workspace, job_name)[1], schema):
        pull = "sf-lifecycle pull" if len(workspace.jobs) == 1 else f"sf-lifecycle pull {job_name}"
        raise UsageError(f"the mirror has {lacking_text(found)} yet: run `{pull}`")


def last_run_day(state: State, org_id: str) -> dt.date | None:
    """The as-of day of the org's last run that wrote, or had nothing to write."""
    found = (run for run in state.runs(limit=MOST_RUNS) if run.org_id == org_id and run.kind != "undo")
    return next((run.as_of for run in found if run.status in WHOLE), None)


def refuse_past_plan(workspace: Workspace, as_of: dt.date | None, what: str) -> None:
    """The same for what reads the org anew: its records will be today's. UsageError."""
    records = _records_of_plan(workspace) if as_of else None
    if as_of and records and tense(as_of, records) == "past":
        raise UsageError(refusal(what, as_of, records))


def ahead_of_plan(workspace: Workspace, as_of: dt.date | None) -> str:
    """What to say first of a plan for a day to come; empty for any other."""
    records = _records_of_plan(workspace) if as_of else None
    return look_ahead(as_of, records) if as_of and records and tense(as_of, records) == "future" else ""


def _records_of_plan(workspace: Workspace) -> dt.date | None:
    settings = workspace.settings
    last = None
    if settings.salesforce.kind == LOCAL:
        with open_state(settings.storage.state_url) as state:
            bound = state.bound()
            last = last_run_day(state, bound.org_id) if bound else None
    return records_day(settings.salesforce.kind, None, last, settings.timezone)

"""Looking without an org: what the mirror and state together say of one day. Nothing is pulled, nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sf_lifecycle.config.offline_schema import workspace_schema
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import UsageError
from sf_lifecycle.mirror import Mirror
from sf_lifecycle.mirror.store import FILE_NAME
from sf_lifecycle.observe import ground_of
from sf_lifecycle.stages import Ground, Prepared, parts, prepare
from sf_lifecycle.state import open_state


@dataclass(frozen=True, kw_only=True)
class View:
    """A compiled job over what was last pulled."""

    prepared: Prepared
    ground: Ground
    as_of: dt.date


@contextmanager
def look(workspace: Workspace, job_name: str, as_of: dt.date) -> Iterator[View]:
    """The job's view of `as_of`. UsageError where nothing was pulled yet."""
    _, mapping = parts(workspace, job_name)
    path = workspace.settings.storage.data_dir / FILE_NAME
    if not path.exists():
        raise UsageError(f"there is no mirror in {path.parent}; run `sf-lifecycle pull` first")
    prepared = prepare(workspace, job_name, workspace_schema(workspace, mapping.name))
    mirror = Mirror(path=path, org_id="", kind="")  # which org it is of, its own file says
    with open_state(workspace.settings.storage.state_url) as state, mirror.connect() as con:
        yield View(prepared=prepared, ground=ground_of(con, state, mapping, as_of, job=job_name), as_of=as_of)

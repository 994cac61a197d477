"""A running local org and the working folder of the worker that serves it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from sf_lifecycle import pipeline
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.localorg import LocalOrg
from sf_lifecycle.report import RunReport
from sf_lifecycle.session import Request, Unwatched

DAY = dt.date(2026, 11, 23)
SECRET = "local-secret"


@dataclass(frozen=True, kw_only=True)
class Firm:
    """A running local org and the folder of the worker that serves it."""

    org: LocalOrg
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def workspace(self) -> Workspace:
        return load_workspace(self.config, environ={})

    def run(self, as_of: dt.date = DAY, *, dry_run: bool = False, allow: frozenset[str] = frozenset()) -> RunReport:
        request = Request(job="nightly", as_of=as_of, dry_run=dry_run, allow=allow)
        return pipeline.run(self.workspace(), request, Unwatched())

    def edit(self, path: str, old: str, new: str) -> None:
        """Change one text in a file of the folder; it must be there."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

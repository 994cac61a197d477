"""A running local org and the working folder of the worker that serves it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sf_lifecycle import pipeline
from sf_lifecycle.cli.demo_folder import make_demo_folder, point_at
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.localorg import LocalOrg, serve_in_thread
from sf_lifecycle.report import RunReport
from sf_lifecycle.request import Request, Unwatched

DAY = dt.date(2026, 11, 23)
SECRET = "local-secret"
Said = TypeVar("Said")


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

    def only(self, *plays: str) -> None:
        """Let the job run these plays alone: most tests need no more, and are quicker."""
        listed = ", ".join(f'"{play}"' for play in plays)
        self.edit("jobs/nightly.toml", "[guards]", f"plays = [{listed}]\n[guards]")

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows of the org's own store: what is really there, whoever may see it."""
        with self.org.org.store.read() as con:
            return [dict(row) for row in con.execute(sql, values)]

    def change(self, sql: str, *values: object) -> None:
        """Change records behind everybody's back, also to what no API would take."""
        with self.org.org.store.write() as con:
            con.execute(sql, values)


def open_firm(folder: Path, *, accounts: int | None, seed: int = 7, as_of: dt.date = DAY, **options: Any) -> Firm:
    """A firm in a new folder; close its org at the end."""
    make_demo_folder(folder)
    return serve_folder(folder, accounts=accounts, seed=seed, as_of=as_of, **options)


def serve_folder(folder: Path, *, accounts: int | None, seed: int = 7, as_of: dt.date = DAY, **options: Any) -> Firm:
    """An org for a working folder that is there."""
    served = {"metadata": folder / "salesforce", "client_id": "local-worker", "timezone": "Europe/Amsterdam"}
    org = serve_in_thread(**(served | options), sample=accounts, seed=seed, as_of=as_of, client_secret=SECRET)
    point_at(folder, url=org.url, org_id=org.org_id, listen="127.0.0.1:0")
    return Firm(org=org, folder=folder)


class Shelf:
    """Firms to which something has happened already: done once, then handed out again and again, each time untouched.

    A firm comes back in the folder it was made in, with a server of its own: of what one test does to its org and its
    folder the next sees nothing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said: dict[str, object] = {}

    def take(self, name: str, happened: Callable[[Firm], Said], *, accounts: int) -> tuple[Firm, Said]:
        """The firm of this name, and what `happened` said when it was made; close its org at the end."""
        folder, kept = self._folder / name, self._folder / f"{name}-kept"
        org, kept_org = self._folder / f"{name}.db", self._folder / f"{name}-kept.db"
        if name not in self._said:
            made = open_firm(folder, accounts=accounts, data=org)
            try:
                self._said[name] = happened(made)
            finally:
                made.org.close()
            folder.rename(kept)
            org.rename(kept_org)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(kept, folder)
        shutil.copyfile(kept_org, org)
        said: Any = self._said[name]
        return serve_folder(folder, accounts=None, data=org), said

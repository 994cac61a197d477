"""Firms for tests: a local org on real HTTP with a sample firm, and a working folder that points at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from firms import DAY, SECRET, Firm

from sf_lifecycle.cli.demo_folder import make_demo_folder, point_at
from sf_lifecycle.localorg import LocalOrg, serve_in_thread


@pytest.fixture
def make_firm(tmp_path: Path) -> Iterator[Callable[..., Firm]]:
    """Makes firms of so many accounts; all are stopped at the end."""
    opened: list[LocalOrg] = []

    def make(accounts: int = 200, *, seed: int = 7, as_of: dt.date = DAY, **options: object) -> Firm:
        folder = tmp_path / f"firm{len(opened)}"
        make_demo_folder(folder)
        org = serve_in_thread(
            metadata=folder / "salesforce", sample=accounts, seed=seed, as_of=as_of, client_id="local-worker",
            client_secret=SECRET, timezone="Europe/Amsterdam", **options,
        )  # fmt: skip
        opened.append(org)
        point_at(folder, url=org.url, org_id=org.org_id, listen="127.0.0.1:0")
        return Firm(org=org, folder=folder)

    yield make
    for org in opened:
        org.close()


@pytest.fixture
def firm(make_firm: Callable[..., Firm]) -> Firm:
    """A small firm, as untidy as life."""
    return make_firm()

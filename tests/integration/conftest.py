"""Firms for tests: a local org on real HTTP with a sample firm, and a working folder that points at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from firms import Firm, Said, Shelf, open_firm


@pytest.fixture
def make_firm(tmp_path: Path) -> Iterator[Callable[..., Firm]]:
    """Makes firms of so many accounts; all are stopped at the end."""
    opened: list[Firm] = []

    def make(accounts: int | None = 200, **options: Any) -> Firm:
        opened.append(open_firm(tmp_path / f"firm{len(opened)}", accounts=accounts, **options))
        return opened[-1]

    yield make
    for firm in opened:
        firm.org.close()


@pytest.fixture
def firm(make_firm: Callable[..., Firm]) -> Firm:
    """A small firm, as untidy as life."""
    return make_firm()


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def take_firm(shelf: Shelf) -> Iterator[Callable[..., tuple[Firm, Any]]]:
    """Firms to which something has happened already; all are stopped at the end. One of each name for a test."""
    taken: list[Firm] = []

    def take(name: str, happened: Callable[[Firm], Said], *, accounts: int = 200) -> tuple[Firm, Said]:
        firm, said = shelf.take(name, happened, accounts=accounts)
        taken.append(firm)
        return firm, said

    yield take
    for firm in taken:
        firm.org.close()

"""State on SQLite; on PostgreSQL instead where SF_LIFECYCLE_TEST_POSTGRES names a database to empty and use."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sf_lifecycle.state import State, open_state, utc_now


@pytest.fixture
def url(tmp_path: Path) -> str:
    server = os.environ.get("SF_LIFECYCLE_TEST_POSTGRES")
    if not server:
        return f"sqlite:///{tmp_path}/deep/state.db"
    engine = sa.create_engine(server)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    return server


@pytest.fixture
def clock() -> Callable[[], dt.datetime]:
    """The machine's; a file of tests may have one of its own (state_clock)."""
    return utc_now


@pytest.fixture
def state(url: str, clock: Callable[[], dt.datetime]) -> Iterator[State]:
    with open_state(url, clock=clock) as opened:
        yield opened

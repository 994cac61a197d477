"""Runs, binding, observations and the opening of the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from state_clock import Clock, ticking

from sf_lifecycle.errors import OrgError, UsageError
from sf_lifecycle.state import State, open_state
from sf_lifecycle.state.database import open_database
from sf_lifecycle.state.schema import metadata

ORG = "00D000000000001AAA"
AS_OF = dt.date(2026, 11, 22)
ADDED = {"tombstones", "asides", "batch_sizes", "merges", "holds", "saved_plans"}


@dataclass(frozen=True, kw_only=True)
class Org:
    org_id: str = ORG
    kind: str = "sandbox"
    name: str = "Acme"


@pytest.fixture
def clock() -> Clock:
    return ticking()


def start(state: State, job: str = "nightly") -> str:
    return state.start_run(job=job, org_id=ORG, as_of=AS_OF, mapping="telecom", model="tele2").id


def test_migrations_and_tables_agree(url: str) -> None:
    database = open_database(url)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_opening_again_keeps_what_is_there(url: str) -> None:
    with open_state(url) as first:
        run = start(first)
    with open_state(url) as second:
        assert [known.id for known in second.runs()] == [run]


def test_sqlite_is_set_up_for_two_readers_and_a_writer(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/state.db")
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("var/state.db", "not a database URL"),
        ("mysql://x/y", "expected sqlite or postgresql"),
        ("sqlite:////proc/nowhere/state.db", "cannot be made"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_plain_word(bad: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        open_state(bad)


def test_a_database_of_the_first_version_is_brought_up_to_date(url: str) -> None:
    with open_state(url) as state:
        run = start(state)
    engine = sa.create_engine(url)
    later = [table.name for table in metadata.sorted_tables if table.name in ADDED]
    with engine.begin() as connection:
        for table in later:
            connection.execute(sa.text(f"DROP TABLE {table}"))
        for index in ("writes_made", "writes_done", "label_history_explained"):
            connection.execute(sa.text(f"DROP INDEX {index}"))
        for column in ("kind", "undoes", "allowed", "values_gone"):
            connection.execute(sa.text(f"ALTER TABLE runs DROP COLUMN {column}"))
        connection.execute(sa.text("ALTER TABLE claims DROP COLUMN process"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    with open_state(url) as state:
        known = state.run(run)
        assert known is not None
        assert (known.kind, known.undoes, known.allowed, known.values_gone) == ("run", "", {}, None)
    test_migrations_and_tables_agree(url)


def test_a_newer_database_is_refused(url: str) -> None:
    open_state(url).close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(UsageError, match="newer sf-lifecycle"):
        open_state(url)


def test_state_belongs_to_the_first_org_it_meets(state: State) -> None:
    state.check_binding(Org())
    state.check_binding(Org(name="Acme renamed"))
    with pytest.raises(
        OrgError, match=r"state belongs to the sandbox org 'Acme'.*its own storage.state_url"
    ) as refused:
        state.check_binding(Org(org_id="00D000000000002AAA", kind="production"))
    assert refused.value.code == "WRONG_ORG"
    with pytest.raises(OrgError):
        state.check_binding(Org(kind="production"))


def test_a_run_is_begun_noted_and_ended(state: State) -> None:
    begun = state.start_run(job="nightly", org_id=ORG, as_of=AS_OF, mapping="telecom", model="tele2")
    assert begun.id.startswith("20261123T0331")
    assert begun.status == "running"
    assert begun.ended is None
    assert state.run(begun.id) == begun
    state.note_plan(begun.id, plan_digest="p1", rules_digest="r1")
    ended = state.finish_run(begun.id, status="partial", counts={"Task": {"failed": 2}}, calls=31, message="two rows")
    assert (ended.plan_digest, ended.rules_digest, ended.status, ended.calls) == ("p1", "r1", "partial", 31)
    assert ended.counts == {"Task": {"failed": 2}}
    assert ended.ended is not None
    assert ended.ended > ended.started
    assert ended.ended.tzinfo is not None


def test_runs_come_newest_first_and_by_job(state: State) -> None:
    first, second, other = start(state), start(state), start(state, "weekly")
    assert [run.id for run in state.runs()] == [other, second, first]
    assert [run.id for run in state.runs("nightly", limit=1)] == [second]
    last = state.last_run("weekly")
    assert last is not None
    assert last.id == other
    assert state.last_run("never") is None


def test_guards_remember_what_was_last_observed(state: State) -> None:
    first, second = start(state), start(state)
    state.observe(ORG, "nightly", first, {"rows.account": 2000, "filled.end_date": 0.61})
    state.observe(ORG, "nightly", second, {"rows.account": 1990})
    state.observe(ORG, "nightly", second, {"rows.account": 1991})
    state.observe(ORG, "weekly", second, {"rows.account": 7})
    assert state.observed(ORG, "nightly") == {"rows.account": 1991, "filled.end_date": 0.61}
    assert state.observed("00D000000000002AAA", "nightly") == {}


def test_datetimes_without_a_zone_are_refused(url: str) -> None:
    with open_state(url, clock=lambda: dt.datetime(2026, 1, 1)) as naive, pytest.raises(sa.exc.StatementError):  # noqa: DTZ001 - the case
        start(naive)

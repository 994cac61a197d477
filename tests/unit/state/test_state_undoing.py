"""Whatever happened before: taking labels back ends where they began, and forgetting one leaves all others."""

from __future__ import annotations

import datetime as dt
import itertools

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings, strategies as st
from state_clock import Clock, ticking

from sf_lifecycle.state import Intent, Settlement, State

MONDAY = dt.date(2026, 11, 23)
COLUMNS = ["set", "label", "id", "word", "previous", "since", "highest", "why"]
WORDS = st.sampled_from(["lead", "prospect", "customer", "lost"])
IDS = st.sampled_from("abcd")
DAYS = st.integers(0, 6)
NIGHT = st.dictionaries(IDS, WORDS, max_size=4)
_orgs = (f"00D{n:012d}AAA" for n in itertools.count())  # one database, a new org for each example
lasting = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def clock() -> Clock:
    return ticking()


def record(state: State, org_id: str, day: int, words: dict[str, str]) -> str:
    as_of = MONDAY + dt.timedelta(days=day)
    run = state.start_run(job="nightly", org_id=org_id, as_of=as_of, mapping="telecom", model="tele2").id
    rows = [("account", "stage", i, word, None, as_of, word, f"now {word}") for i, word in words.items()]
    state.record_labels(org_id, run, as_of, pd.DataFrame(rows, columns=COLUMNS, dtype=object))
    return run


def everything(url: str, org_id: str) -> list[tuple[str, ...]]:
    engine = sa.create_engine(url)
    query = 'SELECT label, record_id, entered, "left", word, why FROM label_history WHERE org_id = :org ORDER BY 2, 3'
    with engine.connect() as connection:
        rows = [tuple(map(str, row)) for row in connection.execute(sa.text(query), {"org": org_id})]
    engine.dispose()
    return rows


@lasting
@given(nights=st.lists(st.tuples(DAYS, NIGHT), max_size=5), last=st.tuples(DAYS, NIGHT))
def test_labels_taken_back_are_as_if_never_entered(
    state: State, url: str, nights: list[tuple[int, dict[str, str]]], last: tuple[int, dict[str, str]]
) -> None:
    org_id = next(_orgs)
    for day, words in nights:
        if day != last[0]:  # what a run replaces on its own day is not brought back
            record(state, org_id, day, words)
    before = everything(url, org_id)
    run = record(state, org_id, *last)
    assert state.withdraw_labels(org_id, run) == len(last[1])
    assert everything(url, org_id) == before


@lasting
@given(
    nights=st.lists(st.tuples(DAYS, NIGHT), min_size=1, max_size=6, unique_by=lambda n: n[0]), which=st.integers(0, 5)
)
def test_taking_back_touches_no_record_that_moved_on(
    state: State, url: str, nights: list[tuple[int, dict[str, str]]], which: int
) -> None:
    org_id = next(_orgs)
    runs = [record(state, org_id, *night) for night in nights]
    which %= len(runs)
    moved_on = {i for _, words in nights[which + 1 :] for i in words}
    before = everything(url, org_id)
    state.withdraw_labels(org_id, runs[which])
    after = everything(url, org_id)
    assert [row for row in after if row[1] in moved_on] == [row for row in before if row[1] in moved_on]
    # Entries still end where the next one begins.
    for _, rows in itertools.groupby(after, key=lambda row: row[1]):
        entries = list(rows)
        assert [row[3] for row in entries[:-1]] == [row[2] for row in entries[1:]]
        assert entries[-1][3] == "None"


PEOPLE = [f"00300000000000{n}AAA" for n in range(4)]
TASKS = [f"00T00000000000{n}AAA" for n in range(4)]
ROW = st.tuples(st.sampled_from(TASKS), st.one_of(st.none(), st.sampled_from(PEOPLE)))


@lasting
@given(rows=st.lists(ROW, max_size=8), gone=st.sets(st.sampled_from(PEOPLE), max_size=3))
def test_forgetting_blanks_every_record_that_names_them_and_no_other(
    state: State, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[str, str | None]], gone: set[str]
) -> None:
    monkeypatch.setattr("sf_lifecycle.state.database.Database.scrub", lambda _: None)
    org_id = next(_orgs)
    run = state.start_run(job="nightly", org_id=org_id, as_of=MONDAY, mapping="telecom", model="tele2").id
    for record_id, who in rows:
        after = {"Subject": "Ring"} | ({"WhoId": who} if who else {})
        row = Intent(object="Task", operation="update", ref=record_id, record_id=record_id, after=after)
        state.settle(run, state.intend(run, [row]), [Settlement(status="done")])
    named = {record_id for record_id, who in rows if who in gone}
    state.forget(org_id, gone)
    assert [bool(row.after) for row in state.ledger(run)] == [record_id not in named for record_id, _ in rows]

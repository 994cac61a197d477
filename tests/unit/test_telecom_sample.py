"""The sample firm shows everything: each play finds somebody in it, and each stage of each model occurs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import duckdb
import pytest
from telecom_mirror import MODELS, STAGE, program_of, shipped
from telecom_sample import sample_mirror

from sf_lifecycle.lifecycle.queries import PLAY

AS_OF = dt.date(2026, 11, 22)
ACCOUNTS = 2000


@pytest.fixture(scope="module")
def mirror() -> Iterator[duckdb.DuckDBPyConnection]:
    con = sample_mirror(ACCOUNTS, AS_OF)
    yield con
    con.close()


@pytest.mark.parametrize("model", MODELS)
def test_each_stage_of_each_model_occurs(mirror: duckdb.DuckDBPyConnection, model: str) -> None:
    with program_of(STAGE + model).run(mirror, as_of=AS_OF) as run:
        found = Counter(run.fetch(STAGE + model).column("stage").to_pylist())
    assert set(found) == set(shipped(model)[1].stages)


@pytest.mark.parametrize("play", sorted(shipped()[0].plays))
def test_each_play_finds_somebody(mirror: duckdb.DuckDBPyConnection, play: str) -> None:
    served = {stage for stage, purposes in shipped()[1].stages.items() if shipped()[0].plays[play].purpose in purposes}
    with program_of(PLAY + play).run(mirror, as_of=AS_OF) as run:
        rows = run.fetch(PLAY + play).to_pylist()
    assert any(row.get("stage") in served or "stage" not in row for row in rows)


def test_each_answer_and_each_word_occurs(mirror: duckdb.DuckDBPyConnection) -> None:
    answers = mirror.execute('select distinct "Lifecycle_Outcome__c" from mirror."Task" where true').fetchall()
    assert {word for (word,) in answers} == {None, "Reached", "Not interested", "Later", "Wrong date", "Gone"}
    with program_of("account").run(mirror, as_of=AS_OF) as run:
        rows = run.fetch("account").to_pylist()
    words = {"gone", "in talks as customer", "in talks", "later", "rep at work", "declined", "nobody"}
    assert {row["reserved"] for row in rows} == words
    assert {row["tier"] for row in rows} == {"gold", "silver", "bronze", "none"}
    assert {row["readiness"] for row in rows} == {"ready", "timing", "need", "no"}
    for question in ("just_left_us", "locked_elsewhere", "can_end_soon", "content_there"):
        assert {row[question] for row in rows} == {"yes", "no", "unknown"}, question
    assert sum(row["next_change"] is not None for row in rows) > ACCOUNTS / 5
    assert all(row["next_change"] > AS_OF for row in rows if row["next_change"])

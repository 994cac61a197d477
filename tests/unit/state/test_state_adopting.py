"""A refreshed sandbox: the same org under a new Id keeps all that is known of it, and nobody else gets it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from sf_lifecycle.errors import OrgError, Refused
from sf_lifecycle.state import Failure, Intent, SavedPlan, Settlement, State, Tombstone
from sf_lifecycle.state.adopting import OF_AN_ORG
from sf_lifecycle.state.schema import metadata

OLD, NEW = "00D000000000001AAA", "00D000000000002AAA"
MONDAY = dt.date(2026, 11, 23)
NOW = dt.datetime(2026, 11, 23, 3, 30, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Org:
    org_id: str = OLD
    kind: str = "sandbox"
    name: str = "Acme"


def fill(state: State, org_id: str = OLD) -> str:
    """Something of everything."""
    run = state.start_run(job="nightly", org_id=org_id, as_of=MONDAY, mapping="telecom", model="tele2").id
    state.settle(
        run,
        state.intend(run, [Intent(object="Task", operation="create", ref="a", after={"Subject": "Ring"})]),
        [Settlement(status="done", record_id="00T1", read_back={"Subject": "Ring"})],
    )
    columns = ["set", "label", "id", "word", "previous", "since", "highest", "why"]
    word = ("account", "stage", "001A", "prospect", None, MONDAY, "prospect", "new")
    state.record_labels(org_id, run, MONDAY, pd.DataFrame([word], columns=columns, dtype=object))
    state.observe(org_id, "nightly", run, {"rows.account": 1})
    state.bury(org_id, run, [Tombstone(key="b", object="Task", cause="done", on=MONDAY)])
    state.note_outcomes(org_id, "Task", "create", [Failure(ref="c", digest="v1", code="X", message="no")], [])
    state.remember_batch_size(org_id, "Task", "create", 25)
    state.remember_merges(org_id, {"001A": "001B"})
    state.hold(org_id, "nightly", run, who="ann", why="undone")
    for digest in ("sha256:a", "sha256:b", "sha256:c"):
        plan = SavedPlan(digest=digest, job="nightly", as_of=MONDAY, path="p.jsonl", status="waiting", made=NOW)
        state.keep_plan(org_id, plan)
    state.decide_plan(org_id, "sha256:b", "approved", who="ann")
    state.decide_plan(org_id, "sha256:c", "rejected", who="ann")
    return run


def known(state: State, org_id: str) -> dict[str, Any]:
    """All that can be asked of an org, but for plans."""
    return {
        "run": [(run.id, run.status) for run in state.runs() if run.org_id == org_id],
        "history": state.history(org_id, MONDAY + dt.timedelta(days=1)).to_pylist(),
        "observed": state.observed(org_id, "nightly"),
        "stones": state.tombstones(org_id).to_dict("records"),
        "asides": state.all_asides(org_id),
        "size": state.batch_size(org_id, "Task", "create"),
        "merges": state.merges(org_id),
        "held": state.held(org_id, "nightly"),
        "makers": state.makers(org_id, "Task"),
        "read_back": state.last_read_back(org_id, "Task", ["00T1"]),
        "counts": state.counts(org_id),
    }


def test_every_table_that_names_an_org_is_handed_over() -> None:
    named = {table.name for table in metadata.sorted_tables if "org_id" in table.c} - {"bindings", "claims"}
    assert {table.name for table in OF_AN_ORG} == named


def test_the_same_org_under_a_new_id_keeps_everything(state: State, url: str) -> None:
    assert state.bound() is None
    state.check_binding(Org())
    fill(state)
    before = known(state, OLD)
    moved = state.adopt(Org(org_id=NEW, name="Acme refreshed"), from_org_id=OLD)
    assert known(state, NEW) == before
    assert moved == {table.name: 1 for table in OF_AN_ORG} | {"saved_plans": 3}
    bound = state.bound()
    assert bound is not None
    assert (bound.org_id, bound.kind, bound.name) == (NEW, "sandbox", "Acme refreshed")
    state.check_binding(Org(org_id=NEW))
    with pytest.raises(OrgError):
        state.check_binding(Org())
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        for table in OF_AN_ORG:
            assert connection.scalar(sa.select(sa.func.count()).where(table.c.org_id == OLD)) == 0, table.name
    engine.dispose()


def test_plans_not_carried_out_yet_expire(state: State) -> None:
    state.check_binding(Org())
    fill(state)
    state.adopt(Org(org_id=NEW), from_org_id=OLD)
    plans = {plan.digest: plan for plan in state.saved_plans(NEW)}
    assert {digest: plan.status for digest, plan in plans.items()} == {
        "sha256:a": "expired",
        "sha256:b": "expired",
        "sha256:c": "rejected",
    }
    assert NEW in plans["sha256:a"].why


@pytest.mark.parametrize(
    ("org", "bound_to", "says"),
    [
        (Org(org_id=NEW, kind="production"), OLD, "belongs to a sandbox org, 'Acme' .* is a production org"),
        (Org(org_id=NEW), NEW, f"belongs to {OLD}, not to {NEW}"),
    ],
)
def test_another_org_gets_nothing(state: State, org: Org, bound_to: str, says: str) -> None:
    state.check_binding(Org())
    fill(state)
    before = known(state, OLD)
    with pytest.raises(OrgError, match=says) as refused:
        state.adopt(org, from_org_id=bound_to)
    assert refused.value.code == "WRONG_ORG"
    assert known(state, OLD) == before


def test_state_of_no_org_cannot_be_handed_over(state: State) -> None:
    with pytest.raises(OrgError, match="belongs to no org yet"):
        state.adopt(Org(), from_org_id=OLD)


def test_nothing_is_handed_over_under_a_run(state: State) -> None:
    state.check_binding(Org())
    run = fill(state)
    with state.claim(OLD, run):
        with pytest.raises(Refused, match=f"run {run} of job nightly"):
            state.adopt(Org(org_id=NEW), from_org_id=OLD)
        with pytest.raises(Refused):
            state.forget(OLD, ["001A"])
    assert state.adopt(Org(org_id=NEW), from_org_id=OLD)["runs"] == 1

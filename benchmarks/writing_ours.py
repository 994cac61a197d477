"""Our ways of the writing benchmark, each in a process of its own: a plan carried out, a night without changes."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
from measured import Facts, Stopwatch, measured, report

from sf_lifecycle.apply import apply_plan
from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.settings import PullSettings, SalesforceSettings
from sf_lifecycle.lifecycle.answers import Answers
from sf_lifecycle.lifecycle.calendar import working_days
from sf_lifecycle.lifecycle.decide import Ours, decide
from sf_lifecycle.lifecycle.owners import open_desk
from sf_lifecycle.lifecycle.past import look_back
from sf_lifecycle.lifecycle.scope import Scope
from sf_lifecycle.lifecycle.wording import words
from sf_lifecycle.mirror import PullReport, open_mirror, pull, schema_for
from sf_lifecycle.observe import ground_of
from sf_lifecycle.plan.build import Computed, build_plan
from sf_lifecycle.plan.changes import Header, Plan, arrange, no_labels, section_from
from sf_lifecycle.plan.document import seal
from sf_lifecycle.salesforce import Org, connect
from sf_lifecycle.stages import Ground
from sf_lifecycle.state import Run, State, open_state

AS_OF = dt.date(2026, 11, 22)
DATES = ("ActivityDate",)
ABOUT, WHY = "WhatId", "Lifecycle_Reason__c"
CALL = {
    "title": "Call", "purpose": "win", "for_each": "account", "when": "stage = 'prospect'", "rank": "name",
    "key": ["name"], "occasion": "stage", "priority": 1, "because": "why",
    "task": {"subject": "Call", "due": {"before": "next_decision"}},
}  # fmt: skip
STAGE = {
    "word": "Lifecycle_Stage__c",
    "since": "Lifecycle_Stage_Since__c",
    "previous": "Lifecycle_Previous_Stage__c",
    "highest": "Lifecycle_Highest_Stage__c",
    "why": "Lifecycle_Reason__c",
}
ROLE = {"name": "Name", "owner": "OwnerId", "country": "BillingCountry", "city": "BillingCity", "phone": "Phone",
        "employees": "NumberOfEmployees", "created": "CreatedDate"}  # fmt: skip


def main() -> None:
    """One way of one measurement: `way` and what it needs, as JSON."""
    asked = json.loads(sys.argv[1])
    settings = SalesforceSettings.model_validate(
        {"login": "access_token", "access_token": asked["token"], "instance_url": asked["url"], "kind": "local"}
    )
    folder = Path(asked["folder"])
    with connect(settings) as org, open_state(f"sqlite:///{folder}/state.db") as state:
        work: Callable[[Org, State, Facts], Facts] = WAYS[asked["way"]]
        before = org.calls.spent
        facts = measured(lambda: work(org, state, asked))
        facts["calls"] = org.calls.spent - before
        if "run" in facts:
            whole = [each.status == "done" and each.read_back is not None for each in state.ledger(facts["run"])]
            facts["kept"] = sum(whole)
        report(facts)


# Creates


def creates(org: Org, state: State, asked: Facts) -> Facts:
    """A plan made from the file and carried out: each row intended, sent, judged, read back, settled."""
    watch = Stopwatch()
    watch.watch(org, "sending", "create", "ingest")
    watch.watch(org, "reading back", "query", "query_many", "query_rest")
    watch.watch(state, "ledger", "intend", "settle")
    watch.watch(state, "tombstones", "bury", "unbury", "tombstones")
    with watch.on("making the plan"):
        plan = _plan(org, asked["file"])
    run = _start(org, state)
    done = apply_plan(plan, org, state, run, transport=asked["transport"])
    if done.status != "done":
        raise SystemExit(f"{done.status}: {done.troubles} {done.error}")
    return {"rows": done.written, "parts": watch.seconds, "run": run.id}


def _plan(org: Org, file: str) -> Plan:
    frame = pd.read_csv(file, dtype=object, keep_default_na=False)
    for name in DATES:
        frame[name] = [dt.date.fromisoformat(text) for text in frame[name]]
    refs = pd.DataFrame({"ref": frame["Lifecycle_Key__c"], "about": frame[ABOUT], "why": frame[WHY]})
    section = section_from("Task", "create", refs, frame)
    return seal(Plan(header=_header(org), sections=arrange([section]), labels=no_labels()))


def _header(org: Org) -> Header:
    identity = org.identity
    return Header(job="nightly", mapping="benchmark", model="benchmark", org_id=identity.org_id, kind=identity.kind,
                  as_of=AS_OF, rules_digest="benchmark")  # fmt: skip


def _start(org: Org, state: State) -> Run:
    org_id = org.identity.org_id
    return state.start_run(job="nightly", org_id=org_id, as_of=AS_OF, mapping="benchmark", model="benchmark")


# A night without changes


def first(org: Org, state: State, asked: Facts) -> Facts:
    """The first pull, of everything: what later nights go on from."""
    del state
    return {"rows": _pull(org, asked).report.rows}


def quiet(org: Org, state: State, asked: Facts) -> Facts:
    """Pull what changed (nothing), hold every account's values against those wanted, carry out the plan (empty)."""
    watch = Stopwatch()
    mapping = _mapping(asked["outputs"])
    with watch.on("pull"):
        pulled = _pull(org, asked)
    with watch.on("load what is wanted"), pa.memory_map(asked["file"]) as source:
        wanted = pa.ipc.open_file(source).read_all()
    mirror = open_mirror(Path(asked["folder"]), org_id=org.identity.org_id, kind=org.identity.kind)
    with mirror.connect() as con:
        with watch.on("read what stands"):
            ground = ground_of(con, state, mapping, AS_OF)
            now = con.sql('SELECT * EXCLUDE (_key) FROM mirror."Account" ORDER BY _key').to_arrow_table()
        with watch.on("compare, build the plan"):
            plan = _night(org, mapping, pulled.schema, ground, wanted, now)
    with watch.on("apply"):
        done = apply_plan(plan, org, state, _start(org, state))
    if not plan.is_empty or len(plan.labels) or pulled.report.objects[0].mode != "unchanged":
        raise SystemExit(f"not a quiet night: {plan.totals('update')}, {pulled.report.objects}")
    return {"rows": len(now), "parts": watch.seconds, "written": done.written}


@dataclass(frozen=True)
class Pulled:
    """What the org is like, and what was read."""

    schema: OrgSchema
    report: PullReport


def _pull(org: Org, asked: Facts) -> Pulled:
    mapping = _mapping(asked["outputs"])
    mirror = open_mirror(Path(asked["folder"]), org_id=org.identity.org_id, kind=org.identity.kind)
    schema, now = schema_for(org, mapping), dt.datetime.now(dt.UTC)
    return Pulled(schema, pull(org, mirror, mapping, schema, now=now, settings=PullSettings(), bulk_from_rows=2000))


def _mapping(outputs: list[str]) -> Mapping:
    fields = {name.lower().removesuffix("__c"): name for name in outputs}
    return Mapping.model_validate(
        {
            "name": "benchmark",
            "roles": {"account": [{"object": "Account", "fields": {**ROLE, **fields}}]},
            "owners": {"fallback": "sdesk"},
            "plays": {"call": CALL},
        }
    )


def _night(org: Org, mapping: Mapping, schema: OrgSchema, ground: Ground, wanted: pa.Table, now: pa.Table) -> Plan:
    """A plan as any night makes it. Its play has nobody to call, so that only the accounts' values are compared."""
    desk = open_desk(mapping.owners, ground.users, file="lifecycle.toml")
    past = look_back(ground.actual.tasks, ground.actual.members, AS_OF)
    ours = Ours(
        past=past.one_each(()),
        scope=Scope(job="nightly", plays=frozenset()),
        theirs=frozenset(),
        read_back={},
        campaigns=ground.actual.campaigns,
    )
    decision = decide(
        mapping, Model(title="benchmark", labels={}, stages={}), {}, Answers(), ours,
        desk=desk, days=working_days(mapping.calendar, AS_OF), as_of=AS_OF,
    )  # fmt: skip
    stages = wanted.select(["_id", *STAGE.values()]).rename_columns(["_id", *STAGE])
    computed = Computed(stages=stages, outputs={"account": wanted}, now={"account": {"Account": now}})
    worded = words(decision.outreaches, {}, {}, mapping.locale)
    return build_plan(
        _header(org), mapping, schema, computed, decision, worded, ground.actual, desk, ground.sizes, ground.rewritten
    )


WAYS: dict[str, Callable[[Org, State, Facts], Facts]] = {"creates": creates, "first": first, "quiet": quiet}

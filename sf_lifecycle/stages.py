"""Compiling a job, and working out one day of it: the pure rooms, in order, over what mirror and state hold."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping as MappingABC
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.job import Job
from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.engine import Program, Run, build
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.lifecycle.compliance import problems
from sf_lifecycle.lifecycle.decide import Decision, decide
from sf_lifecycle.lifecycle.outreach import OPEN, PLANNED, WAITING
from sf_lifecycle.lifecycle.owners import Desk, open_desk
from sf_lifecycle.lifecycle.past import look_back
from sf_lifecycle.lifecycle.queries import (
    FUNNEL,
    OUTPUT,
    PLAY,
    STANDING,
    PlayTexts,
    funnel_query,
    output_query,
    play_query,
    play_texts,
    stage_query,
    standing_query,
)
from sf_lifecycle.lifecycle.touched import touched
from sf_lifecycle.lifecycle.wording import words
from sf_lifecycle.plan.build import Computed, build_plan
from sf_lifecycle.plan.changes import Header, Plan
from sf_lifecycle.plan.desired import Actual


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A job with its mapping and model, checked and compiled: everything that needs no org."""

    job: Job
    mapping: Mapping
    model: Model
    texts: MappingABC[str, PlayTexts]
    program: Program
    standing: frozenset[str]
    rules_digest: str

    @property
    def plays(self) -> tuple[str, ...]:
        """The plays this job runs."""
        return self.job.plays or tuple(sorted(self.mapping.plays))


def parts(workspace: Workspace, job_name: str) -> tuple[Job, Mapping]:
    """A job and its mapping. Raises UsageError with the names there are."""
    job = workspace.job(job_name)
    return job, workspace.mappings[job.mapping]


def prepare(workspace: Workspace, job_name: str, schema: OrgSchema) -> Prepared:
    """Compile a job against what is known of the org. Raises ConfigError with every problem."""
    job, found = parts(workspace, job_name)
    model = workspace.models[job.model]
    mapping = found.model_copy(update={"files": {**found.files, "model": workspace.files[f"models.{job.model}"]}})
    plays = job.plays or tuple(sorted(mapping.plays))
    texts = _texts(mapping, plays)
    standing = {name: query for name in plays if (query := standing_query(mapping, name))}
    queries = [
        *standing.values(),
        *(play_query(mapping, name, texts[name]) for name in plays),
        *(output_query(mapping, set_name) for set_name in sorted(mapping.outputs)),
        *(funnel_query(label) for label in funnels(mapping)),
        stage_query(),
    ]
    program = build(mapping, model, schema, queries, timezone=workspace.settings.timezone)
    rules = "\n".join([mapping.model_dump_json(), model.model_dump_json()])
    return Prepared(
        job=job,
        mapping=mapping,
        model=model,
        texts=texts,
        program=program,
        standing=frozenset(standing),
        rules_digest=hashlib.sha256(rules.encode()).hexdigest()[:16],
    )


def _texts(mapping: Mapping, plays: Collection[str]) -> dict[str, PlayTexts]:
    """Every play's texts. ConfigError with what is wrong in any of them, and with plays that ask nobody."""
    found = list(problems(mapping))
    texts = {}
    for name in plays:
        try:
            texts[name] = play_texts(mapping, name)
        except ConfigError as error:
            found += error.problems
    if found:
        raise ConfigError(sorted(found))
    return texts


def funnels(mapping: Mapping) -> list[str]:
    """The labels on contacts that say who may be approached."""
    return [name for name in sorted(mapping.labels.get("contact", {})) if name.startswith("may_")]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a day's computation stands on: the mirror, and what state remembers. Read once, before anything is decided.

    `read_back`: Task Id → fields as we last read them back. `sizes`: sObject → rows in the mirror. `filled`:
    `Object.Field` → rows with a value, the fields that we write ourselves left out.
    """

    mirror: duckdb.DuckDBPyConnection
    org_id: str
    kind: str
    users: pd.DataFrame
    actual: Actual
    history: pa.Table
    read_back: MappingABC[str, MappingABC[str, Any]]
    sizes: MappingABC[str, int]
    filled: MappingABC[str, int]


@dataclass(frozen=True, kw_only=True)
class Worked:
    """One day, worked out: the decision, its words, what is to be written back, and the figures people ask for.

    `positions`: (position, contracts). `funnel`: label on contacts → (word, reason, contacts), most first.
    """

    as_of: dt.date
    decision: Decision
    worded: pd.DataFrame
    computed: Computed
    desk: Desk
    positions: tuple[tuple[str, int], ...]
    funnel: MappingABC[str, tuple[tuple[str, str | None, int], ...]]
    seconds: MappingABC[str, float]


def work_out(prepared: Prepared, ground: Ground, as_of: dt.date) -> Worked:
    """Labels, lists, one voice per account, capacity, words: everything about one day, nothing written."""
    mapping = prepared.mapping
    desk = open_desk(mapping.owners, ground.users, file=f"mappings/{mapping.name}/lifecycle.toml")
    members = ground.actual.members
    with prepared.program.run(ground.mirror, as_of=as_of, history=ground.history) as run:
        funnel: dict[str, tuple[tuple[str, str | None, int], ...]] = {}
        people: dict[str, str] = {}
        for label in funnels(mapping):
            contacts = run.fetch(FUNNEL + label)
            funnel[label] = _tally(contacts)
            people |= _accounts(contacts, members["ContactId"])
        past = look_back(ground.actual.tasks, members, as_of, people=people)
        decision = decide(
            mapping,
            prepared.model,
            {name: run.fetch(PLAY + name) for name in prepared.plays},
            lambda play: run.fetch(STANDING + play) if play in prepared.standing else None,
            plays=prepared.plays,
            desk=desk,
            past=past,
            touched=touched(past.open, ground.read_back),
            as_of=as_of,
        )
        computed = _computed(prepared, run, ground)
        positions = _positions(computed)
        seconds = dict(run.steps)
    made = decision.outreaches["state"].isin([OPEN, PLANNED]) | (
        decision.outreaches["state"].eq(WAITING) & decision.outreaches["member"].notna()
    )
    worded = words(decision.outreaches[made], decision.lists, prepared.texts, mapping.locale)
    return Worked(
        as_of=as_of,
        decision=decision,
        worded=worded,
        computed=computed,
        desk=desk,
        positions=positions,
        funnel=funnel,
        seconds=seconds,
    )


def make_plan(prepared: Prepared, ground: Ground, schema: OrgSchema, worked: Worked) -> Plan:
    """Desired minus actual, as a sealed value."""
    header = Header(
        job=prepared.job.name,
        mapping=prepared.mapping.name,
        model=prepared.job.model,
        org_id=ground.org_id,
        kind=ground.kind,
        as_of=worked.as_of,
        rules_digest=prepared.rules_digest,
    )
    return build_plan(
        header,
        prepared.mapping,
        schema,
        worked.computed,
        worked.decision,
        worked.worded,
        ground.actual,
        worked.desk,
        ground.sizes,
    )


def _computed(prepared: Prepared, run: Run, ground: Ground) -> Computed:
    outputs = {name: run.fetch(OUTPUT + name) for name in sorted(prepared.mapping.outputs)}
    now = {
        name: {source.object: _standing(ground.mirror, source.object) for source in prepared.mapping.roles[name]}
        for name in outputs
    }
    return Computed(stages=run.fetch("stage"), outputs=outputs, now=now)


def _standing(mirror: duckdb.DuckDBPyConnection, object_name: str) -> pa.Table:
    """An object's values as the org holds them now, Ids as text."""
    quoted = object_name.replace('"', '""')
    return mirror.sql(f'SELECT * EXCLUDE (_key) FROM mirror."{quoted}" ORDER BY _key').to_arrow_table()


def _accounts(contacts: pa.Table, wanted: pd.Series[str]) -> dict[str, str]:
    """The accounts of the contacts wanted; `contacts` has every one's."""
    ids = pa.array(wanted.dropna().unique().tolist(), pa.string())
    found = contacts.filter(pc.is_in(contacts["_id"], ids))
    return dict(zip(found["_id"].to_pylist(), found["account"].to_pylist(), strict=True))


def _tally(table: pa.Table) -> tuple[tuple[str, str | None, int], ...]:
    """(word, reason, how many), most first."""
    pairs = Counter(zip(table["word"].to_pylist(), table["why"].to_pylist(), strict=True))
    counted = [(str(word), why, number) for (word, why), number in pairs.items()]
    return tuple(sorted(counted, key=lambda each: (-each[2], each[0], each[1] or "")))


def _positions(computed: Computed) -> tuple[tuple[str, int], ...]:
    """Contract position → how many, most first, where the mapping writes positions back."""
    for table in computed.outputs.values():
        if "Position__c" in table.column_names:
            return tuple(Counter(table["Position__c"].to_pylist()).most_common())
    return ()

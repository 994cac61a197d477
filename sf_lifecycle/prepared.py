"""A job compiled: everything about it that needs no org, checked."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping as MappingABC
from dataclasses import dataclass

from sf_lifecycle.config.job import Job
from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.engine import Program, build
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.lifecycle.compliance import problems
from sf_lifecycle.lifecycle.filter_types import filter_problems
from sf_lifecycle.lifecycle.money_texts import money_problems
from sf_lifecycle.lifecycle.queries import (
    PlayTexts,
    funnel_query,
    member_texts_query,
    members_query,
    of_cluster_query,
    output_query,
    play_query,
    play_texts,
    stage_query,
    standing_query,
    texts_query,
    voice_query,
)
from sf_lifecycle.lifecycle.writing_back import output_problems, output_types


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A job with its mapping and model, checked and compiled: everything that needs no org.

    `other_jobs_plays`: what other jobs of the workspace run; their records are theirs. `schema`: what was known of the
    org's objects.
    """

    job: Job
    mapping: Mapping
    model: Model
    schema: OrgSchema
    texts: MappingABC[str, PlayTexts]
    program: Program
    standing: frozenset[str]
    rules_digest: str
    other_jobs_plays: frozenset[str] = frozenset()

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
    if unwritable := list(output_problems(mapping, schema)):
        raise ConfigError(unwritable)
    standing = {name: query for name in plays if (query := standing_query(mapping, name))}
    of_plays = [
        (
            play_query(mapping, name),
            members_query(mapping, name),
            of_cluster_query(mapping, name),
            texts_query(mapping, name, texts[name]),
            member_texts_query(mapping, name, texts[name]),
        )
        for name in plays
    ]
    queries = [
        *standing.values(),
        *(query for some in [*of_plays, (voice_query(mapping),)] for query in some if query),
        *(output_query(mapping, name, output_types(mapping, name, schema)) for name in sorted(mapping.outputs)),
        *(funnel_query(label) for label in funnels(mapping)),
        stage_query(),
    ]
    program = build(mapping, model, schema, queries, timezone=workspace.settings.timezone)
    if unfit := sorted(set(filter_problems(texts, program))):
        raise ConfigError(unfit)
    rules = "\n".join([mapping.model_dump_json(), model.model_dump_json()])
    return Prepared(
        job=job,
        mapping=mapping,
        model=model,
        schema=schema,
        texts=texts,
        program=program,
        standing=frozenset(standing),
        rules_digest=hashlib.sha256(rules.encode()).hexdigest()[:16],
        other_jobs_plays=frozenset(
            play
            for name, other in workspace.jobs.items()
            if name != job_name and other.mapping in workspace.mappings
            for play in workspace.plays_of(name)
        ),
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
    found += money_problems(mapping, texts)
    if found:
        raise ConfigError(sorted(dict.fromkeys(found)))  # plays share scripts
    return texts


def funnels(mapping: Mapping) -> list[str]:
    """The labels on contacts that say who may be approached."""
    return [name for name in sorted(mapping.labels.get("contact", {})) if name.startswith("may_")]

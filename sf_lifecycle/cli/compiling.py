"""How `check` compiles a job."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sf_lifecycle.config.check_labels import run_out
from sf_lifecycle.config.check_written import written_notes
from sf_lifecycle.config.job import Job
from sf_lifecycle.config.offline_schema import workspace_schema
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What there is to say of a compiled job. `values`: `set.name` of every value worked out; `notes`: sentences."""

    values: tuple[str, ...]
    types_from: str
    notes: tuple[str, ...] = ()


def compile_job(workspace: Workspace, name: str, schema: OrgSchema, today: dt.date) -> Compiled:
    """Compile a job as a run would: mapping, model, plays and texts. Raises ConfigError with every problem."""
    # Imported here: the engine takes a while to load, and most commands do without.
    from sf_lifecycle.lifecycle.day_notes import day_notes
    from sf_lifecycle.stages import prepare
    from sf_lifecycle.value_sets import unoffered

    prepared = prepare(workspace, name, schema)
    program, files = prepared.program, prepared.mapping.files
    values = tuple(f"{of_set}.{value}" for of_set, value in sorted(program.values))
    notes = (
        *unoffered(workspace, name, schema),
        *run_out(prepared.mapping.labels, files["labels"], today),
        *run_out(prepared.model.labels, files["model"], today),
        *written_notes(prepared.mapping, prepared.plays, schema),
        *day_notes(prepared.mapping, prepared.plays, program),
    )
    return Compiled(values=values, types_from=schema.source, notes=notes)


def compile_spare(workspace: Workspace, mapping: str, today: dt.date) -> str:
    """Compile a mapping that no job runs, with the first model that it fits; returns that model.

    Raises ConfigError with the problems of the model that comes nearest. The workspace must have a model.
    """
    least: ConfigError | None = None
    schema = workspace_schema(workspace, mapping)
    for model in sorted(workspace.models):
        job = Job.model_validate({"name": mapping, "mapping": mapping, "model": model})
        try:
            compile_job(replace(workspace, jobs={mapping: job}), mapping, schema, today)
        except ConfigError as error:
            least = error if least is None or len(error.problems) < len(least.problems) else least
        else:
            return model
    assert least is not None, "a workspace without models has no jobs, and is refused before"
    raise least

"""How `check` compiles a job."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sf_lifecycle.config.check_labels import run_out
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What there is to say of a compiled job. `values`: `set.name` of every value worked out; `notes`: sentences."""

    values: tuple[str, ...]
    types_from: str
    notes: tuple[str, ...] = ()


def compile_job(workspace: Workspace, name: str, schema: OrgSchema, today: dt.date) -> Compiled:
    """Compile a job as a run would: mapping, model, plays and texts. Raises ConfigError with every problem."""
    # Imported here: the engine takes a while to load, and most commands do without.
    from sf_lifecycle.stages import prepare
    from sf_lifecycle.value_sets import unoffered

    prepared = prepare(workspace, name, schema)
    program, files = prepared.program, prepared.mapping.files
    values = tuple(f"{of_set}.{value}" for of_set, value in sorted(program.values))
    notes = (
        *unoffered(workspace, name, schema),
        *run_out(prepared.mapping.labels, files["labels"], today),
        *run_out(prepared.model.labels, files["model"], today),
    )
    return Compiled(values=values, types_from=schema.source, notes=notes)

"""Plan documents on disk: saved whole or not at all, readable by their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import UsageError
from sf_lifecycle.plan.changes import Plan
from sf_lifecycle.plan.document import dump, load


def plans_dir(workspace: Workspace) -> Path:
    """Where plans wait that nobody named a file for."""
    return workspace.settings.storage.data_dir / "plans"


def save_plan(plan: Plan, target: Path) -> Path:
    """The plan's document at `target`, or in it where that is a folder. It holds names: for its owner alone."""
    head = plan.header
    path = target / f"{head.job}-{head.as_of}-{plan.digest[-8:]}.jsonl" if target.suffix != ".jsonl" else target
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.writelines(dump(plan))
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"the plan cannot be saved as {path}: {error.strerror}") from error
    return path


def read_plan(path: Path) -> Plan:
    """A saved plan. UsageError where there is none, or where it is not as it was saved."""
    try:
        with path.open("rb") as file:
            return load(iter(file), name=str(path))
    except OSError as error:
        raise UsageError(f"the plan {path} cannot be read: {error.strerror}") from error

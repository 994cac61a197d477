"""What a person decides: a plan approved or rejected, a run taken back, a job released."""

from sf_lifecycle.decisions.approval import (
    Listed,
    apply_plan_file,
    approve,
    list_plans,
    reject,
    write_what_stands,
)
from sf_lifecycle.decisions.undoing import find_run, release_job, take_back, undo_run, undoable
from sf_lifecycle.decisions.word import Word

__all__ = [
    "Listed",
    "Word",
    "apply_plan_file",
    "approve",
    "find_run",
    "list_plans",
    "reject",
    "release_job",
    "take_back",
    "undo_run",
    "undoable",
    "write_what_stands",
]

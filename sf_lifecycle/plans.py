"""Plan documents on disk, and what state knows of them: saved whole or not at all, readable by their owner alone."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from pathlib import Path

import orjson

from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.errors import UsageError
from sf_lifecycle.plan.changes import Header, Plan
from sf_lifecycle.plan.document import dump, load
from sf_lifecycle.state import SavedPlan, State

SHORT = 8  # of the digest's digits, in a file's name and on the command line
LEAST = 4  # characters of a digest or an Id that people name something by: less is a slip, and fits anything
REPLACED = "a later plan of the job took its place"


def plans_dir(workspace: Workspace) -> Path:
    """Where plans wait that nobody named a file for."""
    return workspace.settings.storage.data_dir / "plans"


def short(digest: str) -> str:
    """The beginning of a digest: enough for people to name a plan by."""
    return digest.removeprefix("sha256:")[:SHORT]


def check_name(text: str, what: str) -> None:
    """UsageError where too little of a name is given: a shell's unset variable must not mean the only one there is."""
    if len(text.strip().removeprefix("sha256:")) < LEAST:
        raise UsageError(f"'{text}' is too short to name {what} by: give at least {LEAST} characters")


def save_plan(plan: Plan, target: Path) -> Path:
    """The plan's document at `target`, or in it where that is a folder already. It holds names: for its owner alone."""
    head = plan.header
    name = "-".join([head.job, *(["undo"] if head.undoes else []), str(head.as_of), short(plan.digest)])
    path = target / f"{name}.jsonl" if target.is_dir() else target
    partial = path.with_name(f"{path.name}.partial")
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


def leave_waiting(workspace: Workspace, state: State, plan: Plan, run_id: str) -> SavedPlan:
    """Save a plan for a person's word, and what stands of it then: a person may have said no to the same plan before.

    Earlier ones of the job, not written or not to the end, make way; an undo waits by itself, and is asked for anew
    each time.
    """
    waiting = plans_dir(workspace)
    waiting.mkdir(parents=True, exist_ok=True)
    path = save_plan(plan, waiting).resolve()
    head = plan.header
    for old in (*state.saved_plans(head.org_id, "waiting"), *state.saved_plans(head.org_id, "approved")):
        same_kind = _is_undo(Path(old.path)) == bool(head.undoes)
        if old.job == head.job and same_kind and old.digest != plan.digest:
            state.decide_plan(head.org_id, old.digest, "expired", who="", why=REPLACED, run_id=run_id)
    return state.keep_plan(head.org_id, saved(plan, path, run_id=run_id), asked_anew=bool(head.undoes))


def wait_again(state: State, plan: Plan, run_id: str, why: str) -> SavedPlan | None:
    """A plan that a person approved and that was not written to the end waits for the next word, as it was saved."""
    known = state.saved_plan(plan.header.org_id, plan.digest)
    if known is not None and known.status == "approved":
        said = f"{why}; {known.who} had approved it" if known.who else why
        state.decide_plan(plan.header.org_id, plan.digest, "waiting", who="", why=said, run_id=run_id)
    return known


def told(known: SavedPlan) -> str:
    """What became of a plan, by whom, when and why."""
    when = f" on {known.decided.date()}" if known.decided else ""
    by = f" by {known.who}" if known.who else ""
    because = f": {known.why}" if known.why else ""
    return f"plan {short(known.digest)} was {known.status}{by}{when}{because}"


def saved(plan: Plan, path: Path, *, run_id: str | None = None) -> SavedPlan:
    """What state keeps of a plan document that waits."""
    head = plan.header
    return SavedPlan(
        digest=plan.digest,
        job=head.job,
        as_of=head.as_of,
        path=str(path.resolve()),
        status="waiting",
        made=dt.datetime.now(dt.UTC),
        run_id=run_id,
    )


def contents(path: Path) -> dict[str, dict[str, int]] | None:
    """Operation → object → rows of a saved plan, without loading it; None where the file is gone or is none."""
    counted: dict[str, Counter[str]] = {}
    try:
        with path.open("rb") as file:
            for line in map(orjson.loads, file):
                if "do" in line:
                    counted.setdefault(line["do"], Counter())[line["object"]] += 1
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {operation: dict(objects) for operation, objects in counted.items()}


def _is_undo(path: Path) -> bool:
    header = header_of(path)
    return header is not None and bool(header.undoes)


def header_of(path: Path) -> Header | None:
    """The head of a saved plan, which is its first line; None where there is none. Not proven by the digest."""
    try:
        with path.open("rb") as file:
            facts = orjson.loads(file.readline())["plan"]
        known = {name: facts[name] for name in Header.__dataclass_fields__ if name in facts}
        return Header(**(known | {"as_of": dt.date.fromisoformat(known["as_of"])}))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def drop_old(workspace: Workspace, before: dt.datetime) -> int:
    """Delete plan documents last written before then: they hold names. How many."""
    old = [path for path in plans_dir(workspace).glob("*.jsonl") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)

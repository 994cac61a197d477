"""`forget`: an account's, a contact's or a Lead's data leave this machine."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import print_json, say
from sf_lifecycle.cli.state import Yes, ask, open_bound
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.errors import UsageError

if TYPE_CHECKING:
    from sf_lifecycle.mirror import Mirror
    from sf_lifecycle.state import Bound, State

KINDS = {"001": "account", "003": "contact", "00Q": "Lead"}
SHORT, LONG = 15, 18
PARTLY_DONE = 4


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(forget)


def forget(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of accounts, contacts or Leads.")],
    config: ConfigFile = DEFAULT_CONFIG,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove all data of accounts, contacts or Leads from state, the mirror and saved plans. It cannot be undone."""
    workspace = load_workspace(config)
    whole = whole_ids(ids)
    with open_bound(workspace) as (state, bound):
        ask(f"Forget {', '.join(whole)} for good, with the values an undo would need?", yes=yes)
        mirror = _mirror(workspace, bound)
        every = _with_theirs(mirror, state, bound, whole)
        people = [each for each in every if each[:3] in KINDS]
        gone = state.forget(bound.org_id, every)
        with _half_way("state has forgotten them, the mirror and saved plans have not", people):
            gone["mirror"] = _forget_in_mirror(workspace, mirror, every)
        with _half_way("state and the mirror have forgotten them, not all saved plans have", people):
            gone["plans"] = _forget_in_plans(workspace, state, bound, every)
    if as_json:
        print_json({"ids": whole, "theirs": [each for each in people if each not in whole], "gone": gone})
    else:
        _show(gone, people)
    if gone["open"]:
        raise typer.Exit(PARTLY_DONE)


def whole_ids(ids: Iterable[str]) -> list[str]:
    """With 18 characters each. UsageError where one is no Id of an account, a contact or a Lead."""
    from sf_lifecycle.salesforce.ingest_csv import id18

    whole = [id18(each) for each in ids]
    for each in whole:
        if len(each) != LONG or not (each.isascii() and each.isalnum()) or id18(each[:SHORT]) != each:
            raise UsageError(f"{each} is no Salesforce Id")
        if each[:3] not in KINDS:
            raise UsageError(f"{each} is no Id of an account (001…), a contact (003…) or a Lead (00Q…)")
    return sorted(set(whole))


def _mirror(workspace: Workspace, bound: Bound) -> Mirror | None:
    """None where nothing was pulled."""
    from sf_lifecycle.mirror import open_mirror
    from sf_lifecycle.mirror.store import FILE_NAME

    path = workspace.settings.storage.data_dir / FILE_NAME
    return open_mirror(path.parent, org_id=bound.org_id, kind=bound.kind) if path.exists() else None


def _with_theirs(mirror: Mirror | None, state: State, bound: Bound, ids: Collection[str]) -> list[str]:
    """With the Ids of all that is theirs, as far as the mirror knows: contacts, contracts, our Tasks and memberships.

    UsageError where the mirror is in use: nothing was forgotten yet.
    """
    from sf_lifecycle.mirror.forget import ids_to_forget

    merged = {loser for loser, survivor in state.merges(bound.org_id).items() if survivor in ids}
    every = {*ids, *merged}
    return ids_to_forget(mirror, every) if mirror else sorted(every)


@contextmanager
def _half_way(what: str, people: Sequence[str]) -> Iterator[None]:
    """What follows cannot be done together with what came before: say which is which."""
    try:
        yield
    except UsageError as error:
        again = f"sf-lifecycle forget {' '.join(people)}"
        raise UsageError(f"{error}; {what}: when that is mended, run `{again}`") from error


def _forget_in_mirror(workspace: Workspace, mirror: Mirror | None, ids: Sequence[str]) -> int:
    """Rows gone from the mirror; one that was set aside is of no use and goes whole."""
    from sf_lifecycle.mirror import forget_rows
    from sf_lifecycle.mirror.store import FILE_NAME

    _delete((workspace.settings.storage.data_dir / FILE_NAME).with_suffix(".unusable"))
    return forget_rows(mirror, ids) if mirror else 0


def _forget_in_plans(workspace: Workspace, state: State, bound: Bound, ids: Sequence[str]) -> int:
    """Plan documents that name one of `ids` are deleted: without a line they would be no plan any more."""
    from sf_lifecycle.plans import plans_dir

    needles = [each[:SHORT].encode() for each in ids]
    folder = plans_dir(workspace)
    gone, left = [], []
    for path in sorted(folder.glob("*.jsonl")):
        try:
            if _names(path, needles):
                _delete(path)
                gone.append(path)
        except UsageError as error:  # the others go all the same
            left.append(str(error))
    paths = {path.resolve() for path in gone}
    for status in ("waiting", "approved"):
        for plan in state.saved_plans(bound.org_id, status):
            if Path(plan.path).resolve() in paths:
                state.decide_plan(
                    bound.org_id, plan.digest, "expired", who="forget", why="somebody in it was forgotten"
                )
    if left:
        raise UsageError("; ".join(left))
    return len(gone)


def _names(path: Path, needles: Sequence[bytes]) -> bool:
    try:
        with path.open("rb") as lines:
            return any(needle in line for line in lines for needle in needles)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; delete it by hand") from error


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be deleted: {error.strerror}; delete it by hand") from error


def _show(gone: dict[str, int], people: Sequence[str]) -> None:
    say(f"Blanked {gone['ledger']:,} rows of the ledger; an undo cannot bring their values back.")
    say(
        f"Deleted {gone['labels']:,} words of labels, {gone['set_aside']:,} rows that failed, "
        f"{gone['mirror']:,} rows of the mirror and {gone['plans']:,} saved plans."
    )
    say(f"Tombstones that named them: {gone['tombstones']:,}; what is left of them is a hash that names nobody.")
    say("Files that you exported yourself, logs and backups are yours to look through.")
    say(("A person who is still in Salesforce comes back with the next pull: delete them there first.", "bold"))
    if gone["open"]:
        rows = f"{gone['open']:,} rows of the ledger"
        say((f"{rows} keep their values: ", "bold red"), "nobody knows yet whether they reached the org.")
        say(f"Once the next run has settled them, forget again: sf-lifecycle forget {' '.join(people)}")

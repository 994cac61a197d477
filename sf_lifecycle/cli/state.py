"""`state show|adopt|aside|retry`: what is remembered of the org, and what a person may decide about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import print_json, say
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.errors import UsageError

# The rooms behind a command are imported by the command: loading them all takes longer than most commands run.
if TYPE_CHECKING:
    from sf_lifecycle.state import Bound, Identity, State

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

app = typer.Typer(no_args_is_help=True, help="What is remembered of the org.")


@app.callback()
def _group() -> None:
    """What is remembered of the org."""


@app.command()
def show(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Which org state belongs to, how much it holds, and what waits for a person."""
    from sf_lifecycle.cli.state_page import facts, show_state

    with open_bound(load_workspace(config)) as (state, bound):
        found = facts(state, bound)
    if as_json:
        print_json(found)
        return
    show_state(found)


@app.command()
def adopt(config: ConfigFile = DEFAULT_CONFIG, yes: Yes = False, as_json: AsJson = False) -> None:
    """Hand state over to the org of config.toml: the same sandbox under a new Id, after a refresh."""
    from sf_lifecycle.cli.state_page import show_adopted
    from sf_lifecycle.salesforce import check_identity, connect

    workspace = load_workspace(config)
    settings = workspace.settings
    with connect(settings.salesforce) as org:
        check_identity(settings.salesforce, org.identity)
        identity = org.identity
    with open_bound(workspace) as (state, bound):
        if (bound.org_id, bound.kind) == (identity.org_id, identity.kind):
            moved, aside = {}, None
        else:
            if bound.kind == identity.kind:  # any other kind is refused, asked or not
                _tell_both(bound, identity, quiet=as_json)
                ask("Hand everything over?", yes=yes)
            moved = state.adopt(identity, from_org_id=bound.org_id)
            aside = set_mirror_aside(settings.storage.data_dir)
    if as_json:
        print_json({"from": bound.org_id, "to": identity.org_id, "rows": moved, "mirror_set_aside": aside})
        return
    show_adopted(identity.name, moved, aside)


def _tell_both(bound: Bound, identity: Identity, *, quiet: bool) -> None:
    if quiet:
        return
    say("State belongs to  ", (bound.name, "bold"), f" ({bound.org_id}, {bound.kind})")
    say("config.toml names ", (identity.name, "bold"), f" ({identity.org_id}, {identity.kind})")
    say("Only a refresh of the same sandbox makes this right: the ledger, histories and tombstones name its records.")


def set_mirror_aside(data_dir: Path) -> Path | None:
    """The mirror under the ending `.unusable`, so that the next pull makes a new one; None where there is none.

    UsageError where it cannot be moved.
    """
    from sf_lifecycle.mirror.store import FILE_NAME

    path = data_dir / FILE_NAME
    aside = path.with_suffix(".unusable")
    try:
        path.replace(aside)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be set aside: {error.strerror}; delete it, it is of another org") from error
    return aside


@app.command()
def aside(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Rows that the org refused: those sent again apart from others, and those set aside after some attempts."""
    from sf_lifecycle.cli.state_page import aside_facts, show_asides

    with open_bound(load_workspace(config)) as (state, bound):
        found = aside_facts(state.all_asides(bound.org_id))
    if as_json:
        print_json(found)
        return
    show_asides(found)


@app.command()
def retry(
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="As `state aside` shows them; all by default.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Try rows again that the org refused: the next run sends them as if they were new."""
    with open_bound(load_workspace(config)) as (state, bound):
        unknown = sorted(set(refs or ()) - {each.ref for each in state.all_asides(bound.org_id)})
        if unknown:
            raise UsageError(f"no row {unknown[0]} failed; see `sf-lifecycle state aside`")
        tried = state.retry_asides(bound.org_id, refs or None)
    if as_json:
        print_json({"rows": tried})
        return
    say(f"{tried:,} rows are sent again by the next run." if tried else "No row failed: nothing to try again.")


@contextmanager
def open_bound(workspace: Workspace) -> Iterator[tuple[State, Bound]]:
    """State and the org it belongs to. UsageError where it belongs to none yet."""
    from sf_lifecycle.state import open_state

    with open_state(workspace.settings.storage.state_url) as state:
        bound = state.bound()
        if bound is None:
            raise UsageError("nothing is remembered yet: state belongs to the first org that a run or a pull meets")
        yield state, bound


def ask(question: str, *, yes: bool) -> None:
    """Go on where a person says yes. UsageError where there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to be asked; add --yes")
    if not typer.confirm(question, err=True):
        say("Nothing was changed.")
        raise typer.Exit

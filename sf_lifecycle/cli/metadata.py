"""`metadata`: the SFDX source that depends on the chosen stage models, written from the TOML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import print_json, say
from sf_lifecycle.config.offline_schema import SFDX
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import UsageError

if TYPE_CHECKING:
    from sf_lifecycle.value_sets import Written


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(metadata)


def metadata(
    jobs: Annotated[
        list[str] | None, typer.Argument(metavar="[JOB]...", help="Whose words; all jobs' by default.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Another SFDX project; salesforce/ by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the picklist values of the jobs' stage models and labels into the SFDX project; says what changed."""
    from sf_lifecycle.value_sets import wanted, write

    workspace = load_workspace(config)
    local = workspace.root / SFDX
    project = local if local.is_dir() else shipped_root() / SFDX
    target = out or local
    if target.exists() and not target.is_dir():
        raise UsageError(f"--out: {target} is a file; name a folder")
    chosen = list(dict.fromkeys(jobs or workspace.jobs))
    found = write(project, target, wanted(workspace, chosen))
    if as_json:
        print_json([vars(each) | {"changed": each.changed} for each in found])
        return
    _show(found, target)


def _show(found: list[Written], target: Path) -> None:
    for each in found:
        parts = [f"new {_quoted(each.added)}"] if each.added else []
        parts += [f"gone {_quoted(each.gone)}"] if each.gone else []
        parts += ["in another order"] if each.reordered else []
        if each.note:
            say(("Note: ", "yellow"), f"{each.field}: {each.note}")
        elif parts:
            say((each.field, "bold"), ": ", "; ".join(parts))
    if any(each.changed for each in found):
        say(
            f"Written below {target}. Deploy it (`sf project deploy start`) or restart the local org; then run the job."
        )
    else:
        say(f"Nothing to write: {target} offers every word of the jobs' models and labels.")


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)

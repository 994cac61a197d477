"""The command line as a whole: which commands there are, and how the process ends."""

from __future__ import annotations

import importlib.metadata
import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from sf_lifecycle.cli import (
    configure,
    decisions,
    demo,
    doctor,
    forget,
    local_org,
    look,
    metadata,
    run,
    service,
    simulate,
    state,
)
from sf_lifecycle.cli.wording import word
from sf_lifecycle.errors import LifecycleError

PROGRAM = "sf-lifecycle"
EXIT_CODES = (
    "Exit codes: 0 done, 2 configuration or usage, 3 refused by a guard, 4 done in part, "
    "5 the org cannot be reached or refused us, 1 a bug, 130 interrupted."
)

app = typer.Typer(
    name=PROGRAM,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    # A bug shows Python's own traceback: Rich's would print local values, secrets among them.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (demo, configure, metadata, doctor, run, decisions, look, simulate, service, forget):
    group.register(app)
app.add_typer(state.app, name="state")
app.add_typer(local_org.app, name="org")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {importlib.metadata.version(PROGRAM)}")
        raise typer.Exit


@app.callback(epilog=EXIT_CODES)
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Plans outreach on contract end dates in Salesforce: stages, Tasks and campaign members."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code. `argv` is without the program's name."""
    # What a library logs (a retry, say) is no message to a person; `serve` sets up logs of its own.
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    try:
        app(args=None if argv is None else list(argv), prog_name=PROGRAM)
    except LifecycleError as error:
        sys.exit(word(error))
    except KeyboardInterrupt:
        sys.exit(130)

"""`serve`: the scheduled service."""

from __future__ import annotations

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, ConfigFile
from sf_lifecycle.config.workspace import load_workspace


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(serve)


def serve(config: ConfigFile = DEFAULT_CONFIG) -> None:
    """Run every job that has a schedule, until stopped. Logs are JSON lines on standard error."""
    # Imported here: the whole pipeline takes a while to load, and most commands do without.
    from sf_lifecycle.service.log import set_up
    from sf_lifecycle.service.serve import Service

    workspace = load_workspace(config)
    set_up()
    service = Service(workspace)
    service.listen_to_signals()
    service.serve()

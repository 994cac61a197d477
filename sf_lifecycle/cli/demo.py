"""`demo`: a sample firm in a local org, one night's outreach over HTTP, and a second night that writes nothing."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from sf_lifecycle.cli.options import AsJson
from sf_lifecycle.cli.output import print_json, progress, say
from sf_lifecycle.cli.run import day
from sf_lifecycle.cli.watching import watching
from sf_lifecycle.config.workspace import Workspace, load_workspace

if TYPE_CHECKING:
    from sf_lifecycle.localorg import LocalOrg

FOLDER = Path("sf-lifecycle-demo")
JOB = "nightly"
ZONE = "Europe/Amsterdam"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(demo)


def demo(
    accounts: Annotated[
        int, typer.Option("--accounts", min=0, max=1_000_000, help="How large the sample firm is.")
    ] = 2000,
    serve: Annotated[bool, typer.Option("--serve", help="Keep the org and the scheduled service up.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes another sample firm.")] = 1,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="The sample firm's today.")] = None,
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where its configuration and data go.")] = FOLDER,
    as_json: AsJson = False,
) -> None:
    """See it work: a local org with a sample firm, one night's run over HTTP, and what came of it."""
    # Imported here: server and pipeline take a while to load, and most commands do without.
    from sf_lifecycle import pipeline
    from sf_lifecycle.cli import demo_page
    from sf_lifecycle.cli.demo_folder import ORG_FILE, make_demo_folder, point_at
    from sf_lifecycle.localorg import serve_in_thread
    from sf_lifecycle.request import Request

    today = day(as_of) or dt.datetime.now(ZoneInfo(ZONE)).date()
    make_demo_folder(folder)
    if not as_json:
        say(f"A sample firm of {accounts:,} accounts, as of {today}, in a local org.")
    with progress(wanted=not as_json) as tick:
        org = serve_in_thread(
            data=folder / ORG_FILE,
            metadata=folder / "salesforce",
            sample=accounts,
            seed=seed,
            as_of=today,
            client_id="local-worker",
            client_secret="local-secret",  # noqa: S106 - opens nothing but this process's own loopback server
            timezone=ZONE,
            progress=lambda done, total: tick("sample firm", done, total),
        )
    with org:
        point_at(folder, url=org.url, org_id=org.org_id, listen=f"127.0.0.1:{_free_port()}")
        workspace = load_workspace(folder / "config.toml")
        request = Request(job=JOB, as_of=today)
        with watching(bars=not as_json) as watch:
            first = pipeline.run(workspace, request, watch)
        with watching(bars=not as_json) as watch:
            second = pipeline.run(workspace, request, watch)
        if as_json:
            print_json(demo_page.facts(accounts, first, second))
        else:
            stages = workspace.models[workspace.jobs[JOB].model].labels["account"]["stage"].order
            demo_page.show_first(first, stages)
            demo_page.show_written(first, "First run")
            demo_page.show_written(second, "Second run")
            demo_page.show_next(folder, serving=serve)
        if serve:
            _keep_up(workspace, org)
    raise typer.Exit(max(first.exit_code, second.exit_code))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _keep_up(workspace: Workspace, org: LocalOrg) -> None:
    from sf_lifecycle.cli.local_org import say_administrator
    from sf_lifecycle.service.log import set_up
    from sf_lifecycle.service.serve import Service

    say("")
    say(
        "The org is at ",
        (org.url, "bold"),
        f", the service at http://{workspace.settings.service.listen}/health; Ctrl-C stops both.",
    )
    say_administrator(org)
    set_up()
    service = Service(workspace)
    service.listen_to_signals()
    service.serve()

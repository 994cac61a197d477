"""`simulate`: the coming months, week by week, without writing anything and without an org."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import check_writable, deliver, print_json, progress
from sf_lifecycle.cli.run import Day, JobName, day
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import UsageError

if TYPE_CHECKING:
    from sf_lifecycle.simulation import Simulation

MOST_MONTHS = 36


class SimulationFormat(StrEnum):
    """How a simulation comes out."""

    TABLE = "table"
    CSV = "csv"
    HTML = "html"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(simulate)


def simulate(
    job: JobName,
    config: ConfigFile = DEFAULT_CONFIG,
    months: Annotated[int, typer.Option("--months", min=1, max=MOST_MONTHS, help="How far ahead.")] = 12,
    as_of: Day = None,
    output: Annotated[SimulationFormat, typer.Option("--format", help="table, csv or html.")] = SimulationFormat.TABLE,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Stages, lists, Tasks per rep and waves for every week ahead, over what was last pulled. Writes nothing."""
    from sf_lifecycle.look import look
    from sf_lifecycle.request import today

    _check(output, out)
    workspace = load_workspace(config)
    workspace.job(job)
    with look(workspace, job, day(as_of) or today(workspace)) as view:
        view.refuse_past("simulate")
        from sf_lifecycle.simulation import simulate as work_ahead

        try:
            with progress(wanted=not as_json, forecast=True) as tick:
                found = work_ahead(
                    view.prepared,
                    view.ground,
                    view.schema,
                    as_of=view.as_of,
                    months=months,
                    told=lambda done, total: tick("weeks", done, total),
                )
        except OverflowError as error:
            raise UsageError(f"--months: {error}") from error
    _show(found, output, out, as_json=as_json)


def _check(output: SimulationFormat, out: Path | None) -> None:
    if output is SimulationFormat.TABLE and out is not None:
        raise UsageError("--out: a table is for the terminal; choose --format csv or --format html for a file")
    if output is SimulationFormat.HTML and out is None and sys.stdout.isatty():
        raise UsageError("a page is for a browser; name a file with --out")
    check_writable(out)


def _show(found: Simulation, output: SimulationFormat, out: Path | None, *, as_json: bool) -> None:
    from sf_lifecycle.cli.simulate_page import show_simulation
    from sf_lifecycle.exports import as_csv
    from sf_lifecycle.simulation import long_table
    from sf_lifecycle.simulation.page import page

    if as_json:
        print_json(_facts(found))
    elif output is SimulationFormat.CSV:
        deliver(out, as_csv(long_table(found)).encode())
    elif output is SimulationFormat.HTML:
        deliver(out, page(found).encode())
    else:
        show_simulation(found)


def _facts(found: Simulation) -> dict[str, Any]:
    from sf_lifecycle.simulation import long_table

    return {
        "job": found.job,
        "as_of": found.as_of,
        "until": found.until,
        "assumption": found.assumption,
        "numbers": long_table(found).to_dict("records"),
    }

"""`pull`, `plan`, `apply`, `run` and `runs`: one night, whole or in steps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import print_json, say
from sf_lifecycle.cli.watching import watching
from sf_lifecycle.config.found import nearest
from sf_lifecycle.config.job import Guards
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.errors import UsageError

# The rooms behind a command are imported by the command: loading them all takes longer than most commands run.
if TYPE_CHECKING:
    from sf_lifecycle.report import RunReport

JobName = Annotated[str, typer.Argument(metavar="JOB", help="The job's name: its file in jobs/ without .toml.")]
Day = Annotated[str | None, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Work as on this day instead of today.")]
Allow = Annotated[
    list[str] | None, typer.Option("--allow", metavar="GUARD", help="Lift this guard once; may be given again.")
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why a guard is lifted; kept with the run.")]
Full = Annotated[bool, typer.Option("--full", help="Read everything anew, not only what changed.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (pull, plan, apply, run, runs):
        app.command()(command)


def pull(
    job: Annotated[str | None, typer.Argument(metavar="JOB", help="Whose mapping; the only job's by default.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    full: Full = False,
    as_json: AsJson = False,
) -> None:
    """Bring the mirror up to date: what changed since the last time, or every mapped field of every mapped object."""
    from sf_lifecycle import pipeline
    from sf_lifecycle.cli.run_page import show_pull

    workspace = load_workspace(config)
    with watching() as watch:
        report = pipeline.pull(workspace, job or only_job(workspace), watch, full=full)
    if as_json:
        print_json({"rows": {each.table: each.rows for each in report.objects}, "api_calls": report.calls})
        return
    show_pull(report)


def plan(
    job: JobName,
    config: ConfigFile = DEFAULT_CONFIG,
    as_of: Day = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Save the plan for `apply` as this file, or in this folder if it is one."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What would be written, with reasons and the API calls it costs. Nothing is."""
    from sf_lifecycle.plans import save_plan

    report = _run(config, job, as_of, dry_run=True, allow=None)
    saved = save_plan(report.plan, out) if out else None
    _show_dry(report, as_json=as_json, saved=saved, ahead=_ahead(config, as_of))
    if saved and not as_json:
        say("Saved as ", (str(saved), "bold"), f"; write it with `sf-lifecycle apply {saved}`")


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan that `plan --out` saved.")],
    config: ConfigFile = DEFAULT_CONFIG,
    allow: Allow = None,
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Carry out a saved plan: exactly that one, in its org, on its day, row by row where its facts still hold."""
    from sf_lifecycle import decisions
    from sf_lifecycle.request import user_name

    word = decisions.Word(who=user_name(), why=why, allow=guards(allow))
    with watching() as watch:
        report = decisions.apply_plan_file(load_workspace(config), file, word, watch)
    close(report, as_json=as_json)


def run(
    job: JobName,
    config: ConfigFile = DEFAULT_CONFIG,
    as_of: Day = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Everything but the writing.")] = False,
    allow: Allow = None,
    why: Why = "",
    full: Full = False,
    as_json: AsJson = False,
) -> None:
    """Pull, plan and apply: one night of one job."""
    report = _run(config, job, as_of, dry_run=dry_run, allow=allow, why=why, full=full)
    if dry_run:
        _show_dry(report, as_json=as_json, ahead=_ahead(config, as_of))
        return
    close(report, as_json=as_json)


def runs(
    job: Annotated[str | None, typer.Argument(metavar="JOB", help="Only this job's.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """The last runs: when, how they ended, what they wrote."""
    from sf_lifecycle.cli.run_page import show_runs
    from sf_lifecycle.state import open_state

    workspace = load_workspace(config)
    with open_state(workspace.settings.storage.state_url) as state:
        found = state.runs(job, limit=most)
    if job and not found:
        workspace.job(job)  # one that is configured no more may still have run
    if as_json:
        print_json(found)
        return
    show_runs(found)


def _show_dry(report: RunReport, *, as_json: bool, saved: Path | None = None, ahead: str = "") -> None:
    from sf_lifecycle.cli.funnel_page import show_funnel
    from sf_lifecycle.cli.plan_page import plan_facts, show_plan
    from sf_lifecycle.funnel import funnel_of_day

    funnel = funnel_of_day(report.worked) if report.worked else None
    if as_json:
        facts = plan_facts(report.plan, report.refusals) | {"api_calls": report.calls, "funnel": funnel}
        print_json(facts | ({"saved": saved} if saved else {}))
    else:
        if ahead:
            say((ahead, "bold"))
        show_plan(report.plan, report.refusals)
        if funnel is not None:
            show_funnel(funnel)
        say(f"{report.calls} API calls were spent to read.")


def _ahead(config: Path, as_of: str | None) -> str:
    """What to say first of a plan for a day to come."""
    from sf_lifecycle.look import ahead_of_plan

    return ahead_of_plan(load_workspace(config), day(as_of))


def _run(
    config: Path,
    job: str,
    as_of: str | None,
    *,
    dry_run: bool,
    allow: list[str] | None,
    why: str = "",
    full: bool = False,
) -> RunReport:
    from sf_lifecycle import pipeline
    from sf_lifecycle.look import refuse_past_plan
    from sf_lifecycle.request import Request

    workspace = load_workspace(config)
    workspace.job(job)
    if dry_run:
        refuse_past_plan(workspace, day(as_of), "plan")
    request = Request(job=job, as_of=day(as_of), dry_run=dry_run, allow=guards(allow), why=why, full=full)
    with watching() as watch:
        return pipeline.run(workspace, request, watch)


def day(text: str | None) -> dt.date | None:
    """A day as people write it on the command line. UsageError where it is none."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UsageError(f"--as-of: expected a day such as 2026-12-31, got '{text}'") from error


def guards(allow: list[str] | None) -> frozenset[str]:
    known = (*Guards.model_fields, "brake")
    unknown = sorted(set(allow or ()) - set(known))
    if unknown:
        hint = nearest(unknown[0], known) or f"there is {', '.join(known)}"
        raise UsageError(f"--allow: there is no guard '{unknown[0]}'; {hint}")
    return frozenset(allow or ())


def only_job(workspace: Workspace) -> str:
    """The name of the one job there is. UsageError where there are several."""
    if len(workspace.jobs) == 1:
        return next(iter(workspace.jobs))
    raise UsageError(f"which job's mapping? Name one of {', '.join(sorted(workspace.jobs))}")


def close(report: RunReport, *, as_json: bool) -> None:
    from sf_lifecycle.cli.run_page import run_facts, show_run

    if as_json:
        print_json(run_facts(report))
    else:
        show_run(report)
    raise typer.Exit(report.exit_code)

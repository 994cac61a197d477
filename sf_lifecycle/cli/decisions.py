"""`plans`, `approve`, `reject`, `undo` and `release`: what a person decides."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import print_json, say
from sf_lifecycle.cli.run import Allow, close, guards
from sf_lifecycle.cli.watching import watching
from sf_lifecycle.config.workspace import load_workspace

# The rooms behind a command are imported by the command: loading them all takes longer than most commands run.
if TYPE_CHECKING:
    from sf_lifecycle.decisions import Word
    from sf_lifecycle.report import RunReport

PLAN_HELP = (
    "The plan's file, the beginning of its digest (4 characters or more), or the job whose only open plan it is."
)
PlanName = Annotated[str, typer.Argument(metavar="PLAN", help=PLAN_HELP)]
By = Annotated[str | None, typer.Option("--by", metavar="WHO", help="Who decides; by default who is logged in here.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the record.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (plans, approve, reject, undo, release):
        app.command()(command)


def plans(
    config: ConfigFile = DEFAULT_CONFIG,
    every: Annotated[bool, typer.Option("--all", help="Also those that were decided.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plans that wait for a person's word: what each would write, and how old it is."""
    from sf_lifecycle.cli.decisions_page import plans_facts, show_plans
    from sf_lifecycle.decisions import list_plans

    found = list_plans(load_workspace(config), every=every)
    if as_json:
        print_json(plans_facts(found))
        return
    show_plans(found)


def approve(
    plan: PlanName,
    config: ConfigFile = DEFAULT_CONFIG,
    why: Why = "",
    by: By = None,
    allow: Allow = None,
    as_json: AsJson = False,
) -> None:
    """Write a plan that waits: row by row, without those whose ground has moved."""
    from sf_lifecycle import decisions

    workspace = load_workspace(config)
    with watching() as watch:
        report = decisions.approve(workspace, plan, _word(by, why, allow), watch)
    close(report, as_json=as_json)


def reject(
    plan: PlanName,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for whoever made the rules.")],
    config: ConfigFile = DEFAULT_CONFIG,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """A plan that waits is not written, and why."""
    from sf_lifecycle import decisions
    from sf_lifecycle.plans import short

    rejected, begun = decisions.reject(load_workspace(config), plan, _word(by, why))
    if as_json:
        print_json(vars(rejected) | {"partly_written": begun})
        return
    what = "the rest is not written; see `sf-lifecycle undo` for what was" if begun else "nothing is written"
    say("Rejected: ", (short(rejected.digest), "bold"), f" of {rejected.job} for {rejected.as_of}; {what}")


def undo(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="The run's Id, or the beginning of it.")] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
    why: Why = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take back what a run wrote, but for what changed since; without RUN, the runs that wrote something.

    The run's job is then held: it writes nothing until `release JOB`.
    """
    from sf_lifecycle import decisions
    from sf_lifecycle.cli.decisions_page import runs_facts, show_undoable

    workspace = load_workspace(config)
    if run is None:
        found = decisions.undoable(workspace)
        if as_json:
            print_json(runs_facts(found))
        else:
            show_undoable(found)
        return
    word = _word(by, why)
    with watching() as watch:
        report = decisions.undo_run(workspace, run, word, watch, yes=yes)
    if report.waiting is not None and not as_json:
        report = _ask(config, report, word)
    if not as_json and report.waiting is None:
        _say_held(report)
    close(report, as_json=as_json)


def release(
    job: Annotated[str, typer.Argument(metavar="JOB", help="The job that is held.")],
    config: ConfigFile = DEFAULT_CONFIG,
    why: Why = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Let a job write again that an undo holds."""
    from sf_lifecycle import decisions

    hold = decisions.release_job(load_workspace(config), job, _word(by, why))
    if as_json:
        print_json({"job": job, "released": hold is not None, "hold": hold})
    elif hold is None:
        say(f"{job} is not held")
    else:
        say((f"{job} may write again", "bold"), f"; it was held since {hold.since.date()} by {hold.who}: {hold.why}")


def _word(by: str | None, why: str, allow: list[str] | None = None) -> Word:
    from sf_lifecycle.decisions import Word
    from sf_lifecycle.request import user_name

    return Word(who=by or user_name(), why=why, allow=guards(allow))


def _ask(config: Path, report: RunReport, word: Word) -> RunReport:
    """Show the way back; at a terminal ask, and write it on a yes. Else it waits."""
    from sf_lifecycle import decisions
    from sf_lifecycle.cli.plan_page import show_plan

    show_plan(report.plan)
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not terminal or not typer.confirm("Write this, and hold the job?"):
        return report
    with watching() as watch:
        return decisions.approve(load_workspace(config), str(report.waiting), word, watch)


def _say_held(report: RunReport) -> None:
    if report.applied is not None and not report.plan.is_empty:
        job = report.plan.header.job
        say(("Held: ", "yellow"), f"{job} writes nothing until `sf-lifecycle release {job}`")

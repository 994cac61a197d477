"""`init` and `check`: a working folder, and whether what is written in it is right. Neither needs an org."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sf_lifecycle.cli.compiling import Compiled, compile_job, compile_spare
from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import print_json, say, table
from sf_lifecycle.cli.working_folder import make_working_folder
from sf_lifecycle.config.offline_schema import workspace_schema
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.errors import ConfigError, Problem, UsageError

if TYPE_CHECKING:
    from sf_lifecycle.funnel import Funnel


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(init)
    app.command()(check)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; made where it does not exist.")],
) -> None:
    """Make a working folder: config.toml, jobs, mappings and the SFDX project. Nothing is ever overwritten."""
    made = make_working_folder(folder)
    say("Made in ", (str(folder), "bold"), ": ", ", ".join(made))
    say("")
    say("Next, from that folder:")
    say("  sf-lifecycle check             ", ("what is configured, and whether it is right", "dim"))
    say("  edit config.toml               ", ("where your org is; every key is explained there", "dim"))
    say("  sf-lifecycle org serve --help  ", ("or an org of your own on this machine, to try it first", "dim"))
    say("  sf-lifecycle pull              ", ("read the org; says which fields it lacks", "dim"))


def check(config: ConfigFile = DEFAULT_CONFIG, as_json: AsJson = False) -> None:
    """Check the configuration alone: settings, jobs, mappings, expressions and texts. No org is needed.

    Where something was pulled: also who of it may be approached, and what stops the rest.
    """
    try:
        workspace = load_workspace(config)
        compiled = _compile_all(workspace)
    except ConfigError as error:
        if as_json:
            print_json({"ok": False, "problems": [_problem(problem) for problem in error.problems]})
            raise typer.Exit(error.exit_code) from error
        raise
    funnels = dict(_funnels(workspace))
    if as_json:
        print_json(_facts(workspace, compiled) | {"funnels": funnels})
        return
    _report(workspace, compiled)
    _show_funnels(funnels)


def _funnels(workspace: Workspace) -> Iterator[tuple[str, Funnel | str]]:
    """Mapping → its funnel over what was last pulled, or why there is none; nothing where nothing was pulled."""
    # Imported here: the engine takes a while to load, and most commands do without.
    from sf_lifecycle.funnel import funnel_of
    from sf_lifecycle.look import has_mirror, look
    from sf_lifecycle.request import today

    if not has_mirror(workspace):
        return
    of_mapping = {job.mapping: name for name, job in reversed(list(workspace.jobs.items()))}
    for mapping, job in sorted(of_mapping.items()):
        try:
            with look(workspace, job, today(workspace)) as view:
                yield mapping, funnel_of(view)
        except (UsageError, ConfigError) as error:
            yield mapping, f"not counted: {error}"


def _show_funnels(funnels: Mapping[str, Funnel | str]) -> None:
    from sf_lifecycle.cli.funnel_page import show_funnel

    for mapping, found in funnels.items():
        if len(funnels) > 1:
            say((f"{mapping}:", "bold"))
        if isinstance(found, str):
            say(("Note: ", "yellow"), "who may be approached is ", found)
        else:
            show_funnel(found)


def _compile_all(workspace: Workspace) -> dict[str, Compiled]:
    """Every job compiled, and mappings that no job runs. Raises ConfigError with the problems of all."""
    from sf_lifecycle.request import today

    compiled: dict[str, Compiled] = {}
    problems: set[Problem] = set()
    for name, job in workspace.jobs.items():
        try:
            schema = workspace_schema(workspace, job.mapping)
            compiled[name] = compile_job(workspace, name, schema, today(workspace))
        except ConfigError as error:
            problems.update(error.problems)
    spare = sorted(set(workspace.mappings) - {job.mapping for job in workspace.jobs.values()})
    for mapping in spare if workspace.models else ():
        try:
            compile_spare(workspace, mapping, today(workspace))
        except ConfigError as error:
            problems.update(error.problems)
    if problems:
        raise ConfigError(sorted(problems))
    return compiled


def _report(workspace: Workspace, compiled: Mapping[str, Compiled]) -> None:
    rows = []
    for name, job in workspace.jobs.items():
        plays = workspace.plays_of(name)
        mapping, one = workspace.mappings[job.mapping], compiled[name]
        schedule = job.schedule or "by hand"
        rows.append((name, schedule, job.mapping, job.model, len(mapping.roles), len(one.values), len(plays)))
    columns = ("Job", "Schedule", "Mapping", "Model", "Roles", "Values", "Plays")
    table(columns, rows, right=columns[4:])
    org = workspace.settings.salesforce
    say(f"Org: {org.kind} at {org.instance_url}, login {org.login}. Time zone: {workspace.settings.timezone}.")
    for source in sorted({one.types_from for one in compiled.values()}):
        say(f"Types of fields from: {source}.")
    for note in (*workspace.notes, *(note for one in compiled.values() for note in one.notes)):
        say(("Note: ", "yellow"), note)
    jobs = len(workspace.jobs)
    say(("The configuration is right: ", "green"), f"{jobs} {'job' if jobs == 1 else 'jobs'} checked.")


def _facts(workspace: Workspace, compiled: Mapping[str, Compiled]) -> dict[str, Any]:
    jobs = {}
    for name, job in workspace.jobs.items():
        mapping = workspace.mappings[job.mapping]
        jobs[name] = {
            "schedule": job.schedule,
            "mapping": job.mapping,
            "model": job.model,
            "roles": sorted(mapping.roles),
            "values": sorted(compiled[name].values),
            "plays": sorted(workspace.plays_of(name)),
            "types_from": compiled[name].types_from,
        }
    notes = [*workspace.notes, *(note for one in compiled.values() for note in one.notes)]
    org = workspace.settings.salesforce
    settings = {"instance_url": org.instance_url, "kind": org.kind, "timezone": workspace.settings.timezone}
    return {"ok": True, "settings": settings, "jobs": jobs, "notes": notes}


def _problem(problem: Problem) -> dict[str, str]:
    return {
        "file": problem.file,
        "place": problem.place,
        "message": problem.message,
        "hint": problem.hint,
        "excerpt": problem.excerpt,
    }

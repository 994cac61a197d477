"""`doctor`: what is missing in the org or the configuration, and how to repair it, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sf_lifecycle.cli.options import DEFAULT_CONFIG, AsJson, ConfigFile
from sf_lifecycle.cli.output import print_json, say
from sf_lifecycle.cli.watching import watching
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.errors import ConfigError

if TYPE_CHECKING:
    from sf_lifecycle.doctor import Finding, Report

_STYLES = {"ok": "green", "warning": "yellow", "error": "bold red"}
_WIDTH = max(map(len, _STYLES))


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(doctor)


def doctor(
    job: Annotated[
        str | None, typer.Argument(metavar="JOB", help="This job's needs only; all jobs' by default.")
    ] = None,
    config: ConfigFile = DEFAULT_CONFIG,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Also try to make, change and delete records in one request that Salesforce takes back as a whole. "
            "Your triggers and flows run.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the configuration against the org: login, rights, fields, words, owners, limits; and how to repair each."""
    from sf_lifecycle.doctor import examine
    from sf_lifecycle.request import today

    try:
        workspace = load_workspace(config)
    except ConfigError as error:
        if as_json:
            print_json(_not_loaded(error))
            raise typer.Exit(error.exit_code) from error
        raise
    jobs = [workspace.job(job).name] if job else list(workspace.jobs)
    if probe and not as_json:
        say("The probe writes, and Salesforce takes it back; triggers and flows of your org run.")
    with watching(bars=not as_json) as watch:
        report = examine(workspace, jobs, watch, today=today(workspace), try_writing=probe)
    if as_json:
        print_json(_facts(report, workspace, jobs))
    else:
        _show(report)
    raise typer.Exit(report.exit_code)


def _show(report: Report) -> None:
    area = ""
    for finding in report.findings:
        if finding.area != area:
            area = finding.area
            say((area, "bold"))
        fix = f" → {finding.fix}" if finding.fix else ""
        say("  ", (finding.level.ljust(_WIDTH), _STYLES[finding.level]), f"  {finding.what}", (fix, "dim"))
    counts = _counts(report.findings)
    say("")
    say(
        (f"{counts['error']} wrong", _STYLES["error"] if counts["error"] else ""),
        f", {counts['warning']} to look at, {counts['ok']} well. API calls spent: {report.calls}.",
    )


def _facts(report: Report, workspace: Workspace, jobs: Sequence[str]) -> dict[str, Any]:
    org = report.org
    return {
        "ok": report.exit_code == 0,
        "exit_code": report.exit_code,
        "org": {"id": org.org_id, "name": org.name, "kind": org.kind, "user": org.username} if org else None,
        "instance_url": workspace.settings.salesforce.instance_url,
        "jobs": list(jobs),
        "counts": _counts(report.findings),
        "findings": [_finding(each) for each in report.findings],
        "api_calls": report.calls,
    }


def _not_loaded(error: ConfigError) -> dict[str, Any]:
    """The files themselves are wrong: as far as the program is concerned, findings like all others."""
    from sf_lifecycle.doctor import as_findings

    findings = as_findings(error.problems)
    listed = [_finding(each) for each in findings]
    return {"ok": False, "exit_code": error.exit_code, "counts": _counts(findings), "findings": listed, "api_calls": 0}


def _finding(finding: Finding) -> dict[str, str]:
    return {"level": finding.level, "area": finding.area, "what": finding.what, "fix": finding.fix}


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return {level: sum(each.level == level for each in findings) for level in _STYLES}

"""The examination, told in order: in, the right org, the facts, the checks, and on demand the probe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping as MappingABC, Sequence
from dataclasses import dataclass, replace

from sf_lifecycle.config.mapping import ValueType
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.workspace import Workspace
from sf_lifecycle.doctor.checks import check_all
from sf_lifecycle.doctor.checks.fields import as_finding
from sf_lifecycle.doctor.checks.limits import not_served
from sf_lifecycle.doctor.checks.login import refusal, wrong_org
from sf_lifecycle.doctor.checks.people import shown_fields
from sf_lifecycle.doctor.facts import Setup
from sf_lifecycle.doctor.findings import AREAS, CONFIGURATION, Finding
from sf_lifecycle.doctor.gather import gather, read_schema
from sf_lifecycle.doctor.probe import probe
from sf_lifecycle.doctor.storage import data_dir
from sf_lifecycle.errors import ConfigError, OrgError, Problem
from sf_lifecycle.mirror import plan_pull
from sf_lifecycle.request import Watch
from sf_lifecycle.salesforce import Org, OrgIdentity, Patience, check_identity, connect
from sf_lifecycle.salesforce.versions import served_versions
from sf_lifecycle.stages import Prepared, prepare

# Somebody waits for the answer.
PATIENCE = Patience(attempts=3, total_seconds=60)
_OLD_VERSION = frozenset({"NOT_FOUND", "UNSUPPORTED_API_VERSION", "GONE"})


@dataclass(frozen=True, kw_only=True)
class Report:
    """All findings, in the order of the areas. `org` is None where there was no getting in."""

    findings: tuple[Finding, ...]
    calls: int
    org: OrgIdentity | None = None

    @property
    def exit_code(self) -> int:
        """0 without an error; 5 where the org refused us, else 2: something is to be set up."""
        errors = [each for each in self.findings if each.level == "error"]
        return (5 if any(each.refused for each in errors) else 2) if errors else 0


def examine(
    workspace: Workspace, jobs: Sequence[str], watch: Watch, *, today: dt.date, try_writing: bool = False
) -> Report:
    """Everything that can be told of the jobs and their org. Nothing is written; `try_writing` writes and takes back.

    An org that cannot be entered is a finding, not an exception.
    """
    settings = workspace.settings.salesforce
    kept = data_dir(workspace.settings.storage.data_dir)
    watch.stage("connect")
    try:
        org = connect(settings, patience=PATIENCE)
    except OrgError as error:
        return Report(findings=(*_no_entry(error, workspace), *_unless_well(kept)), calls=0)
    with org:
        try:
            findings = [kept, *_examined(org, workspace, jobs, watch, today=today, try_writing=try_writing)]
        except OrgError as error:
            findings = [refusal(error, settings), *_unless_well(kept)]
        return Report(findings=_in_order(findings), calls=org.calls.spent, org=org.identity)


def _unless_well(finding: Finding) -> Iterator[Finding]:
    if finding.level != "ok":
        yield finding


def _examined(
    org: Org, workspace: Workspace, jobs: Sequence[str], watch: Watch, *, today: dt.date, try_writing: bool
) -> Iterator[Finding]:
    settings = workspace.settings.salesforce
    right_org = True
    try:
        check_identity(settings, org.identity)
    except ConfigError as error:
        right_org = False
        yield from wrong_org(error.problems)
    last: Setup | None = None
    for name in jobs:
        watch.stage(f"examine {name}")
        last = Setup(
            settings=workspace.settings,
            job=workspace.job(name),
            mapping=workspace.mappings[workspace.job(name).mapping],
            model=workspace.models[workspace.job(name).model],
        )
        schema = read_schema(org, last.mapping)
        last = _compiled(workspace, last, schema)
        facts = gather(org, last.mapping, schema, settings=settings, today=today, pages=set(shown_fields(last)))
        yield from check_all(facts, last)
        if try_writing and right_org:
            watch.stage(f"probe {name}")
            yield from probe(org, facts, last)


def _compiled(workspace: Workspace, setup: Setup, schema: OrgSchema) -> Setup:
    """The job against the org's own descriptions: what is missing, what does not fit, what kinds are written back."""
    try:
        plan_pull(setup.mapping, schema)
    except ConfigError as error:
        return replace(setup, missing=tuple(error.problems))
    try:
        prepared = prepare(workspace, setup.job.name, schema)
    except ConfigError as error:
        return replace(setup, wrong=tuple(error.problems))
    return replace(setup, types=_types(prepared))


def _types(prepared: Prepared) -> MappingABC[tuple[str, str], ValueType]:
    found: dict[tuple[str, str], ValueType] = {}
    for set_name, outputs in prepared.mapping.outputs.items():
        for name, expression in outputs.items():
            try:
                found[set_name, name] = prepared.program.type_of(set_name, expression)
            except ConfigError:
                continue  # always null: any field holds that
    return found


def _no_entry(error: OrgError, workspace: Workspace) -> Iterator[Finding]:
    """Why there is no getting in; a version that the org does not serve looks like a wrong address."""
    settings = workspace.settings.salesforce
    if error.code in _OLD_VERSION:
        try:
            findings = [*not_served(settings.api_version, served_versions(settings))]
        except OrgError:
            findings = []
        yield from (replace(each, refused=True) for each in findings)
        if findings:
            return
    yield refusal(error, settings)


def _in_order(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """By area, the worst first within each, each once: jobs share most of what there is to say."""
    rank = {"error": 0, "warning": 1, "ok": 2}
    once = dict.fromkeys(findings)
    return tuple(sorted(once, key=lambda each: (AREAS.index(each.area), rank[each.level])))


def as_findings(problems: Sequence[Problem]) -> tuple[Finding, ...]:
    """Mistakes in the files, as findings: for programs that read `--json`."""
    return tuple(as_finding(CONFIGURATION, problem) for problem in problems)

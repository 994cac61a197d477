"""An org in which all is well for the shipped job, and changes to it: one broken thing a test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from sf_lifecycle.config.offline_schema import workspace_schema
from sf_lifecycle.config.schema import FieldInfo, OrgSchema
from sf_lifecycle.config.workspace import Workspace, load_workspace
from sf_lifecycle.doctor.checks import check_all
from sf_lifecycle.doctor.facts import Facts, Me, Person, Setup, Status
from sf_lifecycle.doctor.findings import Finding
from sf_lifecycle.salesforce import OrgIdentity

ROOT = Path(__file__).parents[3]
TODAY = dt.date(2026, 11, 23)
WORKER, REP, DESK, COMMS = "005W", "005R", "005D", "005C"


@cache
def workspace() -> Workspace:
    """The shipped one."""
    return load_workspace(ROOT / "config.example.toml", environ={})


@cache
def schema() -> OrgSchema:
    """As the shipped files describe an org, with every field that is not worked out writable."""
    found = workspace_schema(workspace(), "telecom")
    return OrgSchema(
        objects={name: replace(info, fields=dict(info.fields)) for name, info in found.objects.items()},
        source="a test",
    )


CONTRACT_STATUSES = (
    Status(word="Draft", code="Draft"),
    Status(word="In Approval Process", code="InApproval"),
    Status(word="Activated", code="Activated"),
    Status(word="Expired", code="Activated"),
)


def me(**changes: Any) -> Me:
    """The worker's user, as it should be."""
    values: dict[str, Any] = {
        "id": WORKER,
        "profile": "Minimum Access - API Only Integrations",
        "user_type": "Standard",
        "timezone": "Europe/Amsterdam",
        "role": "top",
        "marketing": True,
    }
    return Me(**(values | changes))


def setup(**changes: Any) -> Setup:
    """What the shipped job wants. `mapping` and `job` take a dict of changed fields."""
    one = workspace()
    job, mapping = one.jobs["nightly"], one.mappings["telecom"]
    if isinstance(made := changes.pop("mapping", None), dict):
        mapping = mapping.model_copy(update=made)
    if isinstance(made := changes.pop("job", None), dict):
        job = job.model_copy(update=made)
    settings = changes.pop("settings", one.settings)
    return Setup(settings=settings, job=job, mapping=mapping, model=one.models["tele2"], **changes)


def facts(**changes: Any) -> Facts:
    """A healthy org, with changes."""
    values: dict[str, Any] = {
        "today": TODAY,
        "identity": OrgIdentity(
            org_id="00D000000000001AAA",
            name="Acme",
            is_sandbox=False,
            kind="production",
            user_id=WORKER,
            username="worker@acme.example",
        ),
        "schema": schema(),
        "versions": tuple(f"{number}.0" for number in range(41, 69)),
        "edition": "Enterprise Edition",
        "me": me(),
        "licence": "Salesforce Integration",
        "licence_sets": frozenset({"SalesforceAPIIntegrationPsl"}),
        "permission_sets": frozenset({"Lifecycle_Worker"}),
        "rights": frozenset({"ApiEnabled", "ViewSetup", "ViewAllUsers", "EditTask", "ActivitiesAccess"}),
        "modify_all": frozenset(),
        "sharing": {"Task": "Private", "Account": "Private", "Contact": "ControlledByParent", "Lead": "Private"},
        "roles": {"top": None, "sales": "top", "team": "sales"},
        "people": (
            person(WORKER, "lworker", role="top"),
            person(REP, "rep", role="team"),
            person(DESK, "sdesk", role="sales"),
            person(COMMS, "comms", role="sales"),
        ),
        "frozen": frozenset(),
        "task_statuses": (
            Status(word="Not Started", default=True),
            Status(word="Completed", closed=True),
            Status(word="Withdrawn", closed=True),
        ),
        "contract_statuses": CONTRACT_STATUSES,
        "limits": {"DailyApiRequests": (100_000, 90_000), "DataStorageMB": (10_240, 8_000)},
        "counted": {"Account": 100},
        "paused": (),
        "owned": {"Account": {REP: 90, DESK: 10}},
        "seen": {"Account": 100},
        "layouts": {},
    }
    return Facts(**(values | changes))


def person(id_: str, handle: str, **changes: Any) -> Person:
    """An active, full user."""
    return Person(**({"id": id_, "handle": handle, "active": True, "user_type": "Standard"} | changes))


def with_object(name: str, **changes: Any) -> OrgSchema:
    """The schema with one object changed."""
    info = schema().objects[name]
    return OrgSchema(objects={**schema().objects, name: replace(info, **changes)}, source="a test")


def with_field(object_name: str, field: str, **changes: Any) -> OrgSchema:
    """The schema with one field changed, or added."""
    fields = schema().objects[object_name].fields
    changed = replace(fields.get(field) or FieldInfo(name=field, type="string"), **changes)
    return with_object(object_name, fields={**fields, field: changed})


def without_field(object_name: str, field: str) -> OrgSchema:
    """The schema with one field hidden."""
    fields = {name: info for name, info in schema().objects[object_name].fields.items() if name != field}
    return with_object(object_name, fields=fields)


def without_object(*names: str) -> OrgSchema:
    """The schema with objects hidden."""
    return OrgSchema(objects={n: i for n, i in schema().objects.items() if n not in names}, source="a test")


def run(check: Callable[[Facts, Setup], Iterator[Finding]], of: Facts, what: Setup | None = None) -> list[Finding]:
    """One check's findings."""
    return list(check(of, what or setup()))


def only(check: Callable[[Facts, Setup], Iterator[Finding]], of: Facts, what: Setup | None = None) -> Finding:
    """The one finding of a check."""
    (found,) = run(check, of, what)
    return found


def problems(of: Facts, what: Setup | None = None) -> list[Finding]:
    """Everything that is not well."""
    return [each for each in check_all(of, what or setup()) if each.level != "ok"]

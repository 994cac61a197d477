"""Two firms that are no telecom supplier: an org with their custom fields, and a working folder with their own job.

The folder is what `init` makes; their fields are put beside the shipped ones in its salesforce/, as their people would.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sf_lifecycle import pipeline
from sf_lifecycle.cli.demo_folder import make_demo_folder
from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.localorg import LocalOrg
from sf_lifecycle.report import RunReport
from sf_lifecycle.request import Request, Unwatched
from sf_lifecycle.salesforce import Org, RowOutcome, connect
from sf_lifecycle.value_sets import wanted, write

DAY = dt.date(2026, 11, 23)  # a Monday
NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
SFDX = Path(__file__).parent / "suppliers_sfdx"
MODELS = ("tele2", "efficy", "servicenow", "profit4sf", "flywheel")
# Another model is other rules and other words at every account: a person says that this is meant.
MEANT = frozenset({"rules_changed", "label_jump", "stage_changes", "remove_tasks", "update_tasks"})


def make_folder(folder: Path, name: str) -> Path:
    """A working folder whose only job runs the mapping `name`; its picklists offer the words of all five models."""
    make_demo_folder(folder)
    (folder / "jobs/nightly.toml").unlink()
    shutil.copytree(SFDX / name, folder / "salesforce", dirs_exist_ok=True)
    jobs = folder / "jobs"
    for model in MODELS:
        (jobs / f"{model}.toml").write_text(f'mapping = "{name}"\nmodel = "{model}"\n', encoding="utf-8")
    workspace = load_workspace(folder / "config.toml", environ={})
    write(folder / "salesforce", folder / "salesforce", wanted(workspace, MODELS))
    for model in MODELS:
        (jobs / f"{model}.toml").unlink()
    shutil.copyfile(SFDX / f"{name}.toml", jobs / f"{name}.toml")
    return folder


@dataclass
class Supplier:
    """The running org of one firm, its worker's folder, and an administrator's client that fills it over the API."""

    name: str
    org: LocalOrg
    folder: Path
    admin: Org = field(init=False)
    users: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = {"instance_url": self.org.url, "kind": "local", "login": "access_token"}
        self.admin = connect(SalesforceSettings.model_validate({**settings, "access_token": self.org.admin_token}))

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def staff(self, **languages: str) -> None:
        """Users by alias, below the worker in the hierarchy; and the worker's second permission set."""
        store = self.org.org.store
        with store.read() as con:
            (profile,) = con.execute("SELECT Id FROM Profile WHERE Name = 'Standard User'").fetchone()
            named = f"Lifecycle_Worker_{self.name.capitalize()}"
            (extra,) = con.execute("SELECT Id FROM PermissionSet WHERE Name = ?", (named,)).fetchone()
        top = store.setting("top_role_id")
        (role,) = store.insert_many("UserRole", [{"Name": "Reps", "DeveloperName": "Reps", "ParentRoleId": top}])
        people = [
            {
                "Username": f"{alias}@{self.name}.example",
                "Email": f"{alias}@{self.name}.example",
                "LastName": alias.capitalize(),
                "Alias": alias,
                "CommunityNickname": alias,
                "ProfileId": profile,
                "UserRoleId": role,
                "UserType": "Standard",
                "IsActive": True,
                "LanguageLocaleKey": locale,
                "LocaleSidKey": locale,
                "TimeZoneSidKey": "Europe/Amsterdam",
                "EmailEncodingKey": "UTF-8",
            }
            for alias, locale in languages.items()
        ]
        self.users = dict(zip(languages, store.insert_many("User", people), strict=True))
        store.insert_many("PermissionSetAssignment", [{"PermissionSetId": extra, "AssigneeId": self.org.org.worker_id}])

    def add(self, object_name: str, *records: Mapping[str, Any]) -> list[str]:
        """Records made over the API; all of them must be taken."""
        outcomes = self.admin.create(object_name, list(records))
        _all_taken(outcomes)
        return [str(each.id) for each in outcomes]

    def update(self, object_name: str, *records: Mapping[str, Any]) -> None:
        _all_taken(self.admin.update(object_name, list(records)))

    def ticket(self, account: str, subject: str) -> None:
        """An open Case; put in the store: over the API the local org wants business hours, which it does not have."""
        self.org.org.store.insert_many("Case", [{"AccountId": account, "Subject": subject, "Status": "New"}])

    def rows(self, soql: str) -> list[dict[str, Any]]:
        return self.admin.query(soql)

    def run(self, as_of: dt.date = DAY, *, allow: frozenset[str] = frozenset()) -> RunReport:
        request = Request(job=self.name, as_of=as_of, allow=allow)
        return pipeline.run(load_workspace(self.config, environ={}), request, Unwatched())

    def model(self, new: str) -> None:
        """Another stage model: one line of the job."""
        job = self.folder / f"jobs/{self.name}.toml"
        lines = job.read_text(encoding="utf-8").splitlines()
        (at,) = [number for number, line in enumerate(lines) if line.startswith("model ")]
        lines[at] = f'model   = "{new}"'
        job.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def stages(self) -> dict[str, str]:
        """Account → stage, as people see it in Salesforce."""
        found = self.rows("SELECT Name, Lifecycle_Stage__c FROM Account ORDER BY Name")
        return {row["Name"]: row["Lifecycle_Stage__c"] for row in found}

    def tasks(self) -> list[dict[str, Any]]:
        """Our Tasks by play."""
        fields = "Id, Subject, ActivityDate, Priority, Description, OwnerId, What.Name, Who.Name"
        ours = "Lifecycle_Play__c, Lifecycle_Reason__c, Lifecycle_Basis__c"
        order = "Lifecycle_Key__c >= '0' ORDER BY Lifecycle_Play__c, Subject"
        return self.rows(f"SELECT {fields}, {ours} FROM Task WHERE {order}")

    def task(self, play: str) -> dict[str, Any]:
        """The play's only Task."""
        (found,) = [row for row in self.tasks() if row["Lifecycle_Play__c"] == play]
        return found


def _all_taken(outcomes: Sequence[RowOutcome]) -> None:
    refused = [each for each in outcomes if not each.ok]
    assert not refused, refused


def add_firms(supplier: Supplier, owner: str, names: Sequence[str], **usual: Any) -> dict[str, str]:
    """Accounts with a person each who may be called and mailed; name → Id."""
    rows = [{"Name": name, "OwnerId": supplier.users[owner], **usual} for name in names]
    made = dict(zip(names, supplier.add("Account", *rows), strict=True))
    people = [
        {
            "AccountId": made[name],
            "OwnerId": supplier.users[owner],
            "LastName": f"Vos van {name}",
            "Title": "Director",
            "Phone": "+31 20 555 01 01",
            "Email": f"vos{number}@firm.example",
        }
        for number, name in enumerate(names)
    ]
    supplier.add("Contact", *people)
    return made

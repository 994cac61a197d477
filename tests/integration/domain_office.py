"""A small telecom supplier, made for the purpose: its org, the worker's folder, its reps, and days that pass there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firms import DAY, serve_folder

from sf_lifecycle import pipeline
from sf_lifecycle.cli.demo_folder import make_demo_folder
from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.localorg import LocalOrg
from sf_lifecycle.report import RunReport
from sf_lifecycle.request import Request, Unwatched
from sf_lifecycle.salesforce import Org, RowOutcome, connect

REPS = {"visser": "nl_NL", "archer": "en_GB", "nowak": "pl", "sdesk": "en_GB", "comms": "en_GB"}
# A handful of firms: one that changes is a large share of them all.
SMALL = frozenset(
    {
        *("remove_tasks", "remove_members", "update_tasks", "update_members", "clear_values"),
        *("stage_changes", "label_jump", "shrunk_roles", "vanished_values"),
    }
)
TASK_FIELDS = (
    *("Id", "Subject", "Description", "ActivityDate", "Priority", "Status", "IsClosed", "OwnerId", "WhoId", "WhatId"),
    *("AccountId", "Lifecycle_Play__c", "Lifecycle_Reason__c", "Lifecycle_Basis__c", "Lifecycle_Key__c"),
)


class Wall:
    """The org's clock: it stands still until a day is over."""

    def __init__(self, day: dt.date) -> None:
        self.set(day, 11)

    def set(self, day: dt.date, hour: int) -> None:
        self.moment = dt.datetime(day.year, day.month, day.day, hour, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.moment


@dataclass
class Office:
    """The running org of one supplier, and an administrator's client with which its people work."""

    org: LocalOrg
    folder: Path
    wall: Wall
    reps: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.org.org.store.read() as con:
            (profile,) = con.execute("SELECT Id FROM Profile WHERE Name = 'Standard User'").fetchone()
        top = self.org.org.store.setting("top_role_id")
        (role,) = self._insert("UserRole", {"Name": "Reps", "DeveloperName": "Reps", "ParentRoleId": top})
        people = [
            {
                **dict.fromkeys(("Username", "Email"), f"{alias}@firm.example"),
                **dict.fromkeys(("Alias", "CommunityNickname"), alias),
                **dict.fromkeys(("LanguageLocaleKey", "LocaleSidKey"), locale),
                "LastName": alias.title(),
                "ProfileId": profile,
                "UserRoleId": role,
                "UserType": "Standard",
                "IsActive": True,
                "TimeZoneSidKey": "Europe/Amsterdam",
                "EmailEncodingKey": "UTF-8",
            }
            for alias, locale in REPS.items()
        ]
        self.reps = dict(zip(REPS, self._insert("User", *people), strict=True))

    def _insert(self, object_name: str, *records: Mapping[str, Any]) -> list[str]:
        return self.org.org.store.insert_many(object_name, [dict(each) for each in records])

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def admin(self) -> Org:
        settings = {"instance_url": self.org.url, "kind": "local", "login": "access_token"}
        return connect(SalesforceSettings.model_validate({**settings, "access_token": self.org.admin_token}))

    def add(self, object_name: str, *records: Mapping[str, Any]) -> list[str]:
        """Records made over the API; all of them must be taken."""
        with self.admin as org:
            return [str(each.id) for each in _taken(org.create(object_name, [dict(each) for each in records]))]

    def update(self, object_name: str, *records: Mapping[str, Any]) -> None:
        with self.admin as org:
            _taken(org.update(object_name, [dict(each) for each in records]))

    def rows(self, soql: str, *, all_rows: bool = False) -> list[dict[str, Any]]:
        with self.admin as org:
            return org.query(soql, all_rows=all_rows)

    def firms(self, owner: str, *names: str, nobody: bool = False, **usual: Any) -> dict[str, str]:
        """Companies with a director who may be called and mailed; name → Id. `nobody`: without."""
        base = {"OwnerId": self.reps[owner], "BillingCountry": "Netherlands", "Lifecycle_Legal_Form__c": "BV"}
        made = dict(zip(names, self.add("Account", *({**base, "Name": name, **usual} for name in names)), strict=True))
        if not nobody:
            self.add("Contact", *(director(id_, name) for name, id_ in made.items()))
        return made

    def only(self, *plays: str) -> None:
        """Let the job run these plays alone: quicker."""
        job = self.folder / "jobs/nightly.toml"
        listed = ", ".join(f'"{play}"' for play in plays)
        job.write_text(
            job.read_text(encoding="utf-8").replace("[guards]", f"plays = [{listed}]\n[guards]"), encoding="utf-8"
        )

    def night(self, day: dt.date = DAY, *, allow: frozenset[str] = SMALL) -> RunReport:
        """The job on this day, before anybody works; then it is noon."""
        self.wall.set(day, 4)
        request = Request(job="nightly", as_of=day, allow=allow)
        report = pipeline.run(load_workspace(self.config, environ={}), request, Unwatched())
        assert report.status in ("done", "nothing"), report.applied
        self.wall.set(day, 11)
        return report

    def quiet(self, day: dt.date) -> None:
        """A night on which there is nothing to do."""
        sections = self.night(day).plan.sections
        assert not sections, [(each.operation, each.object, list(each.records(0, 5))) for each in sections]

    def tasks(self, account: str | None = None, play: str | None = None) -> list[dict[str, Any]]:
        """Our Tasks that are there, oldest first; of one account or Lead, of one play."""
        found = self.rows(f"SELECT {', '.join(TASK_FIELDS)} FROM Task WHERE Lifecycle_Key__c >= '0' ORDER BY Id")
        mine = [row for row in found if account in (None, row["AccountId"], row["WhoId"])]
        return [row for row in mine if play in (None, row["Lifecycle_Play__c"])]

    def task(self, account: str, play: str) -> dict[str, Any]:
        """The one there is."""
        (found,) = self.tasks(account, play)
        return found

    def plays(self, account: str) -> list[str]:
        """What is open there, by play."""
        return sorted(row["Lifecycle_Play__c"] for row in self.tasks(account) if not row["IsClosed"])

    def members(self) -> list[dict[str, Any]]:
        """Our members: campaign's name, person, why."""
        fields = "Campaign.Name, ContactId, LeadId, Contact.AccountId, Lifecycle_Play__c, Lifecycle_Reason__c, Status"
        return self.rows(f"SELECT {fields} FROM CampaignMember WHERE Lifecycle_Key__c >= '0' ORDER BY Id")

    def stage(self, account: str) -> str:
        (row,) = self.rows(f"SELECT Lifecycle_Stage__c FROM Account WHERE Id = '{account}'")
        return str(row["Lifecycle_Stage__c"])

    def sign(self, *contracts: Mapping[str, Any]) -> list[str]:
        """Contracts with us that run."""
        ids = self.add("Contract", *contracts)
        self.update("Contract", *({"Id": each, "Status": "Activated"} for each in ids))
        return ids

    def answer(self, task: str, outcome: str, next_date: dt.date | None = None) -> None:
        """A rep closes a Task of ours with an answer."""
        when = {"Lifecycle_Next_Date__c": str(next_date)} if next_date else {}
        self.update("Task", {"Id": task, "Status": "Completed", "Lifecycle_Outcome__c": outcome, **when})


def _taken(outcomes: Sequence[RowOutcome]) -> Sequence[RowOutcome]:
    refused = [each for each in outcomes if not each.ok]
    assert not refused, refused
    return outcomes


def open_office(folder: Path, **options: Any) -> Office:
    """A supplier without a customer; close its org at the end."""
    make_demo_folder(folder)
    wall = Wall(DAY)
    served = serve_folder(folder, accounts=None, now=wall, **options)
    return Office(org=served.org, folder=folder, wall=wall)


def director(account: str, firm: str, **more: Any) -> dict[str, Any]:
    """Whoever decides there."""
    usual = {"Title": "Director", "Phone": "+31 20 555 01 01", "Email": f"{abs(hash(firm))}@firm.example"}
    return {"AccountId": account, "LastName": f"Vos van {firm}"[:80], **usual, **more}


def ours(account: str, start: str, months: int, **more: Any) -> dict[str, Any]:
    """A contract with us, still a draft: `Office.sign` makes it run."""
    usual = {"Lifecycle_Product_Line__c": "Mobile", "Lifecycle_Notice_Days__c": 30, "Lifecycle_Monthly_Value__c": 300}
    return {"AccountId": account, "Status": "Draft", "StartDate": start, "ContractTerm": months, **usual, **more}


def elsewhere(account: str, end: str | dt.date | None, **more: Any) -> dict[str, Any]:
    """A contract with another provider, exact and just researched. `end`: its last day."""
    known = {"End_Date__c": str(end), "End_Date_Certainty__c": "exact"} if end else {}
    usual = {"Provider__c": "Belnet", "Product_Line__c": "Mobile", "Notice_Days__c": 30, "Monthly_Value__c": 400}
    return {"Account__c": account, "Researched_On__c": "2026-10-01", **usual, **known, **more}

"""A desk to apply plans from: a local org over HTTP, logged in to, with state; and plans' sections to try."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sf_lifecycle.apply import ApplyReport, Effort, apply_plan
from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.localorg import Fault, LocalOrg, serve_in_thread
from sf_lifecycle.plan.changes import Header, Plan, Section, arrange, no_labels, removal, section_from
from sf_lifecycle.salesforce import Org, Patience, connect
from sf_lifecycle.state import Run, State, Write, open_state

AS_OF = dt.date(2026, 11, 22)
METADATA = Path(__file__).parents[2] / "salesforce"
QUICK = Patience(attempts=2, first_wait=0.01, longest_wait=0.02, jitter=0.01)

Applied = tuple[ApplyReport, list[Write]]


@dataclass
class Desk:
    """An org, the worker logged in to it, and state."""

    server: LocalOrg
    org: Org
    admin: Org
    state: State
    naps: list[float] = field(default_factory=list)
    transport: Mapping[str, str] = field(default_factory=dict)

    def fault(self, kind: str, **rule: Any) -> None:
        self.server.org.faults.add(Fault(kind=kind, **rule))

    def start(self) -> Run:
        org_id = self.org.identity.org_id
        return self.state.start_run(job="nightly", org_id=org_id, as_of=AS_OF, mapping="telecom", model="tele2")

    def plan(self, *sections: Section, labels: pd.DataFrame | None = None, org_id: str | None = None) -> Plan:
        header = Header(
            job="nightly",
            mapping="telecom",
            model="tele2",
            org_id=org_id or self.org.identity.org_id,
            kind="local",
            as_of=AS_OF,
            rules_digest="r",
        )
        return Plan(header=header, sections=arrange(list(sections)), labels=no_labels() if labels is None else labels)

    @property
    def org_id(self) -> str:
        return self.org.identity.org_id

    def ours(self, fields: str = "Id, Lifecycle_Key__c", *, deleted: bool = False) -> list[dict[str, Any]]:
        """Our Tasks by key; those in the recycle bin only if asked for."""
        living = "" if deleted else " AND IsDeleted = FALSE"
        text = f"SELECT {fields} FROM Task WHERE Lifecycle_Key__c >= '0'{living} ORDER BY Lifecycle_Key__c"
        return self.admin.query(text, all_rows=True)

    def stones(self) -> dict[str, str]:
        """Key → cause."""
        frame = self.state.tombstones(self.org_id)
        return dict(zip(frame["key"], frame["cause"], strict=True))

    def apply(self, *sections: Section, labels: pd.DataFrame | None = None, **options: Any) -> Applied:
        return self.carry_out(self.plan(*sections, labels=labels), **options)

    def carry_out(self, plan: Plan, *, rows: int = 200, bulk_rows: int = 10_000, **options: Any) -> Applied:
        """The report and the ledger of a run that applies the plan; the books balance."""
        run = self.start()
        effort = Effort(rows=rows, bulk_rows=bulk_rows, sleep=self.naps.append)
        options.setdefault("transport", self.transport)
        report = apply_plan(plan, self.org, self.state, run, effort=effort, **options)
        writes = list(self.state.ledger(run.id))
        for section in report.sections:
            assert section.sent == section.done + section.exists + section.failed + section.unknown
        assert sum(section.sent + section.set_aside for section in report.sections) == len(writes)
        assert not any(write.status == "intent" for write in writes)
        return report, writes

    def rows(self, soql: str) -> list[dict[str, Any]]:
        return self.admin.query(soql)


@contextmanager
def open_desk(tmp_path: Path, *, worker: Mapping[str, Any] | None = None, **org: Any) -> Iterator[Desk]:
    """A local org of 40 firms with the worker and an administrator logged in, and fresh state.

    `worker`: settings of the worker's connection; without a `login` it has a token, and no way to get another.
    """

    def login(server: LocalOrg, token: str, chosen: Mapping[str, Any]) -> Org:
        settings = {"instance_url": server.url, "kind": "local", "login": "access_token", "access_token": token}
        if chosen.get("login") == "client_credentials":
            settings = {**settings, "client_id": server.client_id, "client_secret": server.client_secret}
        return connect(SalesforceSettings.model_validate({**settings, **chosen}), patience=QUICK)

    with (
        serve_in_thread(metadata=METADATA, sample=40, as_of=AS_OF, **org) as server,
        login(server, server.token, worker or {}) as worker_org,
        login(server, server.admin_token, {}) as admin,
        open_state(f"sqlite:///{tmp_path}/state.db") as state,
    ):
        yield Desk(server, worker_org, admin, state)


def accounts(desk: Desk, count: int) -> list[str]:
    return [row["Id"] for row in desk.rows(f"SELECT Id FROM Account ORDER BY Id LIMIT {count}")]


def contacts(desk: Desk, count: int) -> list[str]:
    return [row["Id"] for row in desk.rows(f"SELECT Id FROM Contact ORDER BY Id LIMIT {count}")]


def rep(desk: Desk) -> str:
    return str(desk.rows("SELECT Id FROM User WHERE Name = 'Sales Desk'")[0]["Id"])


def refs(keys: Sequence[str], about: Sequence[str | None] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"ref": keys, "about": about or [None] * len(keys), "why": "because"}, dtype=object)


def tasks(desk: Desk, count: int, **fields: Any) -> Section:
    known = accounts(desk, 40)
    about = [known[i % len(known)] for i in range(count)]
    keys = [f"play:{i:04d}:1" for i in range(count)]
    values = {
        "Lifecycle_Key__c": keys,
        "Subject": [f"Call {i}: 'quoted' 🔔 " for i in range(count)],
        "Description": "line one\r\nline two",
        "WhatId": about,
        "OwnerId": rep(desk),
        "ActivityDate": dt.date(2026, 12, 1),
        **fields,
    }
    return section_from("Task", "create", refs(keys, about), pd.DataFrame(values, dtype=object))


def campaign(key: str = "wave:1", **fields: Any) -> Section:
    values = {"Lifecycle_Key__c": [key], "Name": ["Switch window December 2026"], "IsActive": [True], **fields}
    return section_from("Campaign", "create", refs([key]), pd.DataFrame(values, dtype=object))


def statuses(labels: Sequence[str] = ("Planned", "sent", "Responded"), key: str = "wave:1") -> Section:
    values = {
        "CampaignId": "@" + key,
        "Label": list(labels),
        "IsDefault": [label == "Planned" for label in labels],
        "HasResponded": [label == "Responded" for label in labels],
        "SortOrder": [10 + i for i in range(len(labels))],
    }
    keys = [f"{key}/{label}" for label in labels]
    return section_from("CampaignMemberStatus", "create", refs(keys), pd.DataFrame(values, dtype=object))


def members(people: Sequence[str], key: str = "wave:1", campaign_id: str | None = None) -> Section:
    keys = [f"member:{i}" for i in range(len(people))]
    values = {
        "CampaignId": campaign_id or "@" + key,
        "ContactId": list(people),
        "Status": "Planned",
        "Lifecycle_Key__c": keys,
    }
    return section_from("CampaignMember", "create", refs(keys), pd.DataFrame(values, dtype=object))


def stages(ids: Sequence[str], after: Sequence[Any], before: Sequence[Any] | None = None) -> Section:
    column = "Lifecycle_Reason__c"
    return section_from(
        "Account",
        "update",
        refs(ids, list(ids)),
        pd.DataFrame({column: after}, dtype=object),
        pd.DataFrame({column: before or [None] * len(ids)}, dtype=object),
    )


def labels(ids: Sequence[str]) -> pd.DataFrame:
    rows = [("account", "stage", i, "prospect", None, AS_OF, "prospect", "no contract of ours") for i in ids]
    return pd.DataFrame(rows, columns=list(no_labels().columns), dtype=object)


def remembered(desk: Desk) -> set[str]:
    return set(desk.state.history(desk.org.identity.org_id, AS_OF + dt.timedelta(days=1))["id"].to_pylist())


def by_ref(writes: Sequence[Write]) -> dict[str, Write]:
    return {write.ref: write for write in writes}


TASK_VALUES = ("Subject", "Status", "Description", "ActivityDate", "WhoId", "WhatId", "Priority", "Lifecycle_Key__c")


def deletes(desk: Desk, tasks: Sequence[Mapping[str, Any]], cause: str | None = "withdrawn") -> Section:
    """Our Tasks (as `Desk.ours` gives them) to the recycle bin, as they stand now."""
    ids = ", ".join(f"'{row['Id']}'" for row in tasks)
    rows = desk.admin.query(f"SELECT Id, {', '.join(TASK_VALUES)} FROM Task WHERE Id IN ({ids}) ORDER BY Id")
    who = pd.DataFrame({"ref": [row["Id"] for row in rows], "about": [row["WhatId"] for row in rows]}, dtype=object)
    who = who.assign(why="its facts no longer hold", cause=cause)
    values = pd.DataFrame([{name: row[name] for name in TASK_VALUES} for row in rows], dtype=object)
    return removal("Task", who, values)


def closes(tasks: Sequence[Mapping[str, Any]], status: str, cause: str | None = "lapsed") -> Section:
    """Our Tasks closed with a status."""
    ids = [row["Id"] for row in tasks]
    who = refs(ids).assign(cause=cause)
    return section_from("Task", "update", who, _column("Status", status, ids), _column("Status", "Not Started", ids))


def _column(name: str, value: Any, ids: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: [value] * len(ids)}, dtype=object)

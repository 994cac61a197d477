"""An org on paper for what apply asks of one: no HTTP, and any answer that chance gives. It keeps what it did."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pandas as pd

from sf_lifecycle.errors import OrgError, OrgUnavailable
from sf_lifecycle.plan.changes import Header, Plan, Section, arrange, no_labels, removal, section_from
from sf_lifecycle.salesforce import UNKNOWN, Answer, Asked, Org, OrgIdentity, RowOutcome
from sf_lifecycle.state import Run, State, open_state

AS_OF = dt.date(2026, 11, 22)
ORG_ID = "00D000000000001AAA"
KEY = "Lifecycle_Key__c"
PREFIXES = {"Task": "00T", "Account": "001", "Campaign": "701", "CampaignMember": "00v"}
DEFAULTS: dict[str, dict[str, Any]] = {"Task": {"Status": "Not Started", "Priority": "Normal"}}

# What may come of a row that would go well: (code, message, is it done?)
REFUSALS = (
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "VAT number required", False),
    ("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", False),
    ("ENTITY_IS_LOCKED", "the record waits for an approval", False),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "System.LimitException: Too many SOQL queries: 101", False),
    ("DUPLICATE_VALUE", "duplicate value found: <unknown>", False),
    ("ENTITY_IS_DELETED", "entity is deleted", False),
    ("JSON_PARSER_ERROR", "Cannot deserialize instance of date", False),
    (UNKNOWN, "no answer in time", False),
    (UNKNOWN, "no answer in time", True),
)
# What may come of a whole call: (error or None for "every row's answer is lost", is it done?)
CALLS: tuple[tuple[OrgError | None, bool], ...] = (
    (None, True),
    (None, False),
    (OrgUnavailable("read only", code="INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"), False),
    (OrgUnavailable("TotalRequests Limit exceeded.", code="REQUEST_LIMIT_EXCEEDED"), False),
    (OrgUnavailable("the connection could not be made"), False),
    (OrgUnavailable("no answer in time"), True),
)


@dataclass
class PaperOrg:
    """`bad_row`, `bad_call`: how often chance strikes; `dice` throws. `records`: object → Id → fields.

    `hidden`: fields it does not show us. `most`: rows in one request before its automation meets its limits.
    """

    dice: random.Random = field(default_factory=lambda: random.Random(1))
    bad_row: float = 0
    bad_call: float = 0
    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    spent: int = 0
    lost: set[str] = field(default_factory=set)  # rows whose answer is lost, and which nobody asked for since
    blind: list[str] = field(default_factory=list)  # rows sent again although nobody had asked for them
    requests: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()
    most: int | None = None
    asked: list[str] = field(default_factory=list)  # SOQL of queries
    identity: OrgIdentity = field(
        default_factory=lambda: OrgIdentity(
            org_id=ORG_ID, name="Paper", is_sandbox=False, kind="local", user_id="005000000000001AAA", username="w@x"
        )
    )

    @property
    def calls(self) -> PaperOrg:
        return self

    def as_org(self) -> Org:
        return cast(Org, self)

    def keys(self, object_name: str = "Task") -> Counter[str]:
        return Counter(row[KEY] for row in self.records.get(object_name, {}).values() if not row["IsDeleted"])

    # What apply asks

    def create(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[RowOutcome]:
        return self._call("create", object_name, [dict(record) for record in records], lambda row: str(row[KEY]))

    def update(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[RowOutcome]:
        return self._call("update", object_name, [dict(record) for record in records], lambda row: str(row["Id"]))

    def delete(self, ids: Sequence[str]) -> list[RowOutcome]:
        rows = [{"Id": each} for each in ids]
        name = next((name for name, prefix in PREFIXES.items() if ids[0].startswith(prefix)), "Task")
        return self._call("delete", name, rows, lambda row: str(row["Id"]))

    def ingest(
        self, object_name: str, operation: str, records: Sequence[Mapping[str, Any]], *, key: str
    ) -> list[RowOutcome]:
        kind = {"insert": "create"}.get(operation, operation)
        return self._call(kind, object_name, [dict(record) for record in records], lambda row: str(row[key]))

    def query(self, soql: str, *, all_rows: bool = False) -> list[dict[str, Any]]:
        self.spent += 1
        if self.dice.random() < self.bad_call / 3:
            raise OrgUnavailable("no answer in time")
        return self._select(soql)

    def query_many(self, queries: Sequence[Asked]) -> list[Answer]:
        self.spent += 1
        found = [self._select(each.soql) for each in queries]
        return [Answer(rows=rows, total=len(rows)) for rows in found]

    def query_rest(self, following: str) -> list[dict[str, Any]]:
        raise AssertionError(f"no answer here has a second page: {following}")

    # Inside

    def _select(self, soql: str) -> list[dict[str, Any]]:
        found = re.fullmatch(r"SELECT (.+) FROM (\w+) WHERE (\w+) IN \((.+?)\)( AND IsDeleted = FALSE)?", soql)
        assert found, soql
        self.asked.append(soql)
        names, object_name, column, listed, living = found.groups()
        if unseen := sorted(self.hidden & set(names.split(", "))):
            raise OrgError(f"No such column '{unseen[0]}' on entity '{object_name}'", code="INVALID_FIELD")
        wanted = set(re.findall(r"'([^']*)'", listed))
        self.lost -= wanted
        rows = self.records.get(object_name, {}).values()
        return [
            {name: row.get(name) for name in names.split(", ")}
            for row in rows
            if row.get(column) in wanted and not (living and row["IsDeleted"])
        ]

    def _call(
        self, operation: str, object_name: str, rows: list[dict[str, Any]], name_of: Callable[[dict[str, Any]], str]
    ) -> list[RowOutcome]:
        self.spent += 1
        names = [name_of(row) for row in rows]
        self.requests.append((operation, object_name, tuple(names)))
        self.blind += [name for name in names if name in self.lost]
        if self.dice.random() < self.bad_call:
            return self._bad_call(operation, object_name, rows, names)
        if self.most is not None and len(rows) > self.most:
            code, message, _ = REFUSALS[3]
            return [RowOutcome(ok=False, id=row.get("Id"), code=code, message=message) for row in rows]
        return [self._row(operation, object_name, row, name) for row, name in zip(rows, names, strict=True)]

    def _bad_call(
        self, operation: str, object_name: str, rows: list[dict[str, Any]], names: list[str]
    ) -> list[RowOutcome]:
        error, is_done = self.dice.choice(CALLS)
        for row in rows if is_done else ():
            self._do(operation, object_name, row)
        if error is not None:
            raise error
        self.lost |= set(names)
        return [RowOutcome(ok=False, id=row.get("Id"), code=UNKNOWN, message="lost") for row in rows]

    def _row(self, operation: str, object_name: str, row: dict[str, Any], name: str) -> RowOutcome:
        if self.dice.random() >= self.bad_row:
            return self._do(operation, object_name, row)
        code, message, is_done = self.dice.choice(REFUSALS)
        if is_done:
            self._do(operation, object_name, row)
        if code == UNKNOWN:
            self.lost.add(name)
        return RowOutcome(ok=False, id=row.get("Id"), code=code, message=message)

    def _do(self, operation: str, object_name: str, row: dict[str, Any]) -> RowOutcome:
        table = self.records.setdefault(object_name, {})
        if operation == "create":
            if any(held[KEY] == row[KEY] and not held["IsDeleted"] for held in table.values()):
                return RowOutcome(ok=False, id=None, code="DUPLICATE_VALUE", message="duplicate value found: <unknown>")
            made = f"{PREFIXES[object_name]}{len(table):012d}AAA"
            table[made] = {**DEFAULTS.get(object_name, {}), **row, "Id": made, "IsDeleted": False}
            return RowOutcome(ok=True, id=made)
        held = table.get(row["Id"])
        if held is None or held["IsDeleted"]:
            return RowOutcome(ok=False, id=row["Id"], code="ENTITY_IS_DELETED", message="entity is deleted")
        held.update({"IsDeleted": True} if operation == "delete" else row)
        return RowOutcome(ok=True, id=row["Id"])


@contextmanager
def fresh_state() -> Iterator[State]:
    with open_state("sqlite://") as state:
        yield state


def start(state: State) -> Run:
    return state.start_run(job="nightly", org_id=ORG_ID, as_of=AS_OF, mapping="telecom", model="tele2")


def plan_of(*sections: Section) -> Plan:
    header = Header(
        job="nightly", mapping="telecom", model="tele2", org_id=ORG_ID, kind="local", as_of=AS_OF, rules_digest="r"
    )
    return Plan(header=header, sections=arrange(list(sections)), labels=no_labels())


def new_members(people: Sequence[str], campaigns: Sequence[str], rests: Sequence[Any]) -> Section:
    """Row by row a person, the campaign, and what the plan saw of it."""
    keys = [f"member:{i}" for i in range(len(people))]
    values = {"CampaignId": list(campaigns), "ContactId": list(people), "Status": "Planned", KEY: keys}
    heads = refs(keys).assign(rests=pd.Series(list(rests), dtype=object))
    return section_from("CampaignMember", "create", heads, pd.DataFrame(values, dtype=object))


def removed_members(rows: Sequence[Mapping[str, Any]], rests: Sequence[Any]) -> Section:
    names = ("CampaignId", "ContactId", "Status", KEY)
    before = pd.DataFrame([{name: row[name] for name in names} for row in rows], dtype=object)
    heads = refs([row["Id"] for row in rows], "withdrawn").assign(rests=pd.Series(list(rests), dtype=object))
    return removal("CampaignMember", heads, before)


def refs(ids: Sequence[str], cause: str | None = None) -> pd.DataFrame:
    about = [f"001{i // 2:012d}AAA" for i in range(len(ids))]
    return pd.DataFrame({"ref": list(ids), "about": about, "why": "because", "cause": cause}, dtype=object)


def new_tasks(count: int, first: int = 0) -> Section:
    keys = [f"play:{i:06d}:1" for i in range(first, first + count)]
    values = pd.DataFrame(
        {
            KEY: keys,
            "Subject": [f"Call {key}" for key in keys],
            "Description": "why, and what to say",
            "ActivityDate": AS_OF,
            "WhatId": [f"001{i // 2:012d}AAA" for i in range(count)],
        },
        dtype=object,
    )
    return section_from("Task", "create", refs(keys), values)


def changed_tasks(ids: Sequence[str], *, status: str | None = None) -> Section:
    name, value = ("Status", status) if status else ("Subject", "Another call")
    after = pd.DataFrame({name: [value] * len(ids)}, dtype=object)
    before = pd.DataFrame({name: ["Not Started" if status else "?"] * len(ids)}, dtype=object)
    return section_from("Task", "update", refs(ids, "lapsed" if status else None), after, before)


def deleted_tasks(rows: Sequence[Mapping[str, Any]], cause: str = "withdrawn") -> Section:
    before = pd.DataFrame([{"Subject": row["Subject"], KEY: row[KEY]} for row in rows], dtype=object)
    return removal("Task", refs([row["Id"] for row in rows], cause), before)

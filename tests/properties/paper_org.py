"""An org on paper: the mirror's tables from plain records, and what Salesforce would do to them when a plan is applied.

No HTTP, no state database, no clock. What Salesforce would refuse (a key twice, a member twice, a text too long, a Task
for somebody who cannot work) fails the test that caused it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping as MappingABC
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from sf_lifecycle.apply.records import KEPT
from sf_lifecycle.config.job import Job
from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.load_model import load_model
from sf_lifecycle.config.mapping import Capacity, Mapping, Voice, Withdraw
from sf_lifecycle.config.offline_schema import offline_schema
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.engine.definitions import field_type
from sf_lifecycle.lifecycle.keys import KEY_LENGTH
from sf_lifecycle.lifecycle.steady import Wanted
from sf_lifecycle.lifecycle.tombstones import STONE_COLUMNS
from sf_lifecycle.mirror.ours import ALL_OURS, Ours
from sf_lifecycle.plan.changes import Plan, Section, to_wire
from sf_lifecycle.plan.desired import Actual
from sf_lifecycle.stages import Ground, Prepared, Worked, make_plan, prepare, work_out

ROOT = Path(__file__).resolve().parents[2]
PAPER = Path(__file__).resolve().parent / "paper_firm" / "mappings"
ORG_ID = "00D000000000001AAA"
KEY = "Lifecycle_Key__c"
PREFIXES = {
    "Account": "001", "Contact": "003", "Lead": "00Q", "User": "005", "Opportunity": "006", "Task": "00T",
    "CampaignMember": "00v", "CampaignMemberStatus": "01Y", "Case": "500", "Campaign": "701", "Contract": "800",
    "Lifecycle_Provider_Contract__c": "a00",
}  # fmt: skip
USER_COLUMNS = ("Id", "Name", "Alias", "IsActive", "UserType", "ManagerId")
ARROW = {
    "BIGINT": pa.int64(), "VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
}  # fmt: skip

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A job compiled, and what is known of the org's objects: read once, for all worlds."""

    prepared: Prepared
    schema: OrgSchema

    def with_measures(
        self, capacity: Capacity | None = None, voice: Voice | None = None, withdraw: Withdraw | None = None
    ) -> Rules:
        """The same rules under other measures, which nothing compiled depends on."""
        mapping = self.prepared.mapping
        changes = {
            "capacity": capacity or mapping.capacity,
            "voice": mapping.voice.model_copy(update={"most": voice.most, "in_days": voice.in_days})
            if voice
            else mapping.voice,
            "withdraw": withdraw or mapping.withdraw,
        }
        return replace(self, prepared=replace(self.prepared, mapping=mapping.model_copy(update=changes)))

    @property
    def mapping(self) -> Mapping:
        return self.prepared.mapping


@cache
def rules(mapping: str = "telecom", model: str = "tele2") -> Rules:
    """The shipped rules, or those of the small firm on paper (`paper`, `tiny`)."""
    folder = ROOT / "mappings" if mapping == "telecom" else PAPER
    loaded = load_mapping(folder / mapping, shown=f"mappings/{mapping}")
    assert loaded.mapping is not None, loaded.problems
    schema = offline_schema(
        data_dir=ROOT / "none", sfdx=ROOT / "salesforce", sfdx_shown="salesforce", mapping=loaded.mapping
    )
    workspace = replace(
        load_workspace(ROOT / "config.example.toml", environ={}),
        mappings={mapping: loaded.mapping},
        models={model: load_model(folder / "models" / f"{model}.toml", shown=f"mappings/models/{model}.toml")},
        jobs={"paper": Job(name="paper", mapping=mapping, model=model)},
        files={"jobs.paper": "jobs/paper.toml", f"models.{model}": f"mappings/models/{model}.toml"},
    )
    return Rules(prepared=prepare(workspace, "paper", schema), schema=schema)


@dataclass(frozen=True, kw_only=True)
class Night:
    """What one night worked out and planned."""

    worked: Worked
    plan: Plan


class PaperOrg:
    """Records by object, as the org holds them. References are Ids; datetimes are naive and mean UTC.

    `records`: object → Id → fields. `ours`: Task, Campaign, CampaignMember, CampaignMemberStatus → Id → fields.
    """

    def __init__(self, firm: Rules, world: MappingABC[str, list[Record]]) -> None:
        self.rules = firm
        self.columns = _columns(firm.mapping.name)
        self.records: dict[str, dict[str, Record]] = {name: {} for name in self.columns}
        self.records |= {name: {row["Id"]: dict(row) for row in rows} for name, rows in world.items()}
        self.ours: dict[str, dict[str, Record]] = {ours.object: {} for ours in ALL_OURS}
        self.read_back: dict[str, Record] = {}
        self.history: dict[str, dict[dt.date, Record]] = defaultdict(dict)
        self.keys: dict[str, dict[str, str]] = defaultdict(dict)
        self.makers: dict[str, str] = {}
        self.stones: dict[tuple[str, str], Record] = {}
        self.merges: dict[str, str] = {}
        self.rewritten: dict[tuple[str, str], dict[str, tuple[Any, int]]] = {}
        self.last_as_of: dt.date | None = None
        self.wanted = Wanted()
        self._minted = 0
        self._keys: dict[str, int] = {}
        self._con = duckdb.connect(config={"threads": 1})
        self._con.execute("create schema mirror")
        self._stale = set(self.columns)

    def close(self) -> None:
        self._con.close()

    def __enter__(self) -> PaperOrg:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ a night

    def night(self, as_of: dt.date, *, shuffled: int | None = None) -> Night:
        """Work out a day and plan it; nothing is written. `shuffled`: a seed for the order of the rows everywhere."""
        ground = self._ground(as_of, shuffled)
        worked = work_out(self.rules.prepared, ground, as_of)
        return Night(worked=worked, plan=make_plan(self.rules.prepared, ground, self.rules.schema, worked))

    def run(self, as_of: dt.date) -> Night:
        """A night planned and carried out."""
        night = self.night(as_of)
        self.carry_out(night)
        return night

    def _ground(self, as_of: dt.date, shuffled: int | None) -> Ground:
        order = random.Random(shuffled) if shuffled is not None else None
        self._load(self._stale if order is None else set(self.columns), order)
        users = pd.DataFrame(list(self.records["User"].values()), columns=list(USER_COLUMNS)).astype(object)
        frames = {ours.object: _frame(self.ours[ours.object], ours, order) for ours in ALL_OURS}
        return Ground(
            mirror=self._con,
            org_id=ORG_ID,
            kind="local",
            users=users.where(users.notna(), None),
            actual=Actual(
                tasks=frames["Task"],
                campaigns=frames["Campaign"],
                members=frames["CampaignMember"],
                statuses=frames["CampaignMemberStatus"],
            ),
            history=self._words(as_of),
            read_back=dict(self.read_back),
            sizes={name: len(self.records[name]) for name in sorted(self.columns)},
            filled={},
            makers=dict(self.makers),
            tombstones=pd.DataFrame(list(self.stones.values()), columns=list(STONE_COLUMNS), dtype=object),
            merges=dict(self.merges),
            rewritten=dict(self.rewritten),
            last_as_of=self.last_as_of if self.last_as_of and self.last_as_of < as_of else None,
            wanted=self.wanted,
        )

    def _load(self, objects: set[str], order: random.Random | None) -> None:
        """The mirror's tables of these objects, made anew. A key once given stays; new ones follow the Ids."""
        every = {id_ for rows in self.records.values() for id_ in rows} | set(self._references())
        for id_ in sorted(every - set(self._keys)):
            self._keys[id_] = len(self._keys) + 1
        keys = self._keys
        pairs = list(keys.items())
        _shuffle(pairs, order)
        ids = pa.table({"id": [id_ for id_, _ in pairs], "key": [key for _, key in pairs]})
        self._table("_ids", ids)
        for name in sorted(objects):
            rows = [row for row in self.records[name].values() if not row.get("IsDeleted")]
            rows.sort(key=lambda row: row["Id"])
            _shuffle(rows, order)
            arrays: dict[str, pa.Array] = {
                "_key": pa.array([keys[row["Id"]] for row in rows], pa.int64()),
                "_id": pa.array([row["Id"] for row in rows], pa.string()),
            }
            for column, (kind, is_reference) in self.columns[name].items():
                values = [row.get(column) for row in rows]
                if is_reference:
                    values = [keys[value] if value else None for value in values]
                arrays[column] = pa.array(values, kind)
            self._table(name, pa.table(arrays))
        self._stale = set() if order is None else set(self.columns)

    def _table(self, name: str, rows: pa.Table) -> None:
        self._con.register("rows_given", rows)
        self._con.execute(f'create or replace table mirror."{name}" as select * from rows_given')
        self._con.unregister("rows_given")

    def _references(self) -> Iterator[str]:
        for name, columns in self.columns.items():
            named = [column for column, (_, is_reference) in columns.items() if is_reference]
            for row in self.records[name].values():
                yield from (row[column] for column in named if row.get(column))

    # ------------------------------------------------------------ what state remembers

    def _words(self, as_of: dt.date) -> pa.Table:
        rows = [
            {"id": id_, "since": day, **entries[day]}
            for id_, entries in sorted(self.history.items())
            if (day := max((entered for entered in entries if entered < as_of), default=None)) is not None
        ]
        texts = {name: pa.array([row[name] for row in rows], pa.string()) for name in ("set", "label", "id", "word")}
        since = pa.array([row["since"] for row in rows], pa.date32())
        rest = {name: pa.array([row[name] for row in rows], pa.string()) for name in ("highest", "previous")}
        return pa.table({**texts, "since": since, **rest})

    def _remember(self, plan: Plan) -> None:
        for entries in self.history.values():
            entries.pop(plan.header.as_of, None)
        for row in plan.labels.to_dict("records"):
            kept = {name: row[name] for name in ("set", "label", "word", "previous", "highest")}
            self.history[row["id"]][plan.header.as_of] = kept

    # ------------------------------------------------------------ what Salesforce does

    def carry_out(self, night: Night) -> None:
        """Apply a plan, row by row, as the org would; an order of sections that cannot work fails."""
        plan = night.plan
        self._now = dt.datetime.combine(plan.header.as_of, dt.time(5))
        self.last_as_of = plan.header.as_of
        self.wanted = night.worked.wanted
        self._bury_all(night.worked.to_bury.to_dict("records"))
        for section in plan.sections:
            rows = zip(section.records(0, len(section)), section.rows["cause"], strict=True)
            for (ref, values, before), cause in rows:
                if cause is not None:
                    self._bury(section.object, ref, before, cause)
                self._write(section, ref, {name: self._resolved(name, value) for name, value in values.items()})
        self._remember(plan)

    def _bury(self, kind: str, ref: str, before: Record, cause: str) -> None:
        key = before.get(KEY) or self.ours[kind][ref][KEY]
        stone = {"key": key, "object": kind, "cause": cause, "on": self._now.date(), "record_id": ref, "account": None}
        self._bury_all([stone])

    def _bury_all(self, stones: list[Record]) -> None:
        """The first cause stays, as state does."""
        for stone in stones:
            self.stones.setdefault((stone["object"], stone["key"]), stone)

    def _write(self, section: Section, ref: str, values: Record) -> None:
        kind, ours = section.object, self.ours.get(section.object)
        self._check_values(kind, values)
        if section.operation == "create":
            assert ours is not None, f"nobody creates a {kind}"
            self.stones.pop((kind, ref), None)
            new = self._mint(kind)
            self.makers[new] = "paper"
            getattr(self, f"_new_{kind}")(new, values)
        elif section.operation == "delete":
            assert ours is not None, f"nobody deletes a {kind}"
            assert not ours[ref]["IsDeleted"], "ENTITY_IS_DELETED"
            ours[ref]["IsDeleted"] = True
            self.keys[kind].pop(ours[ref][KEY])  # what the recycle bin holds stands in nobody's way
            if kind == "Task":
                self._mirror_task(ref)
        elif kind == "CampaignMember":
            member = ours[ref]
            assert set(values) == {"Status"}
            assert values["Status"].casefold() in self._labels(member["CampaignId"]), "the org would store its default"
            member |= values
        elif ours is not None:
            assert kind == "Task", f"nobody updates a {kind}"
            task = ours[ref]
            assert not task["IsDeleted"], "ENTITY_IS_DELETED"
            if values.get(KEY, task[KEY]) != task[KEY]:
                self.keys[kind].pop(task[KEY])
                self._check_key(kind, values[KEY], ref)
            task |= values
            task["IsClosed"] = task["Status"] in ("Completed", self.rules.mapping.withdraw.status)
            self._settle_task(ref)
        else:
            self.records[kind][ref] |= values
            self._stale |= {kind} & set(self.columns)

    def _check_values(self, kind: str, values: Record) -> None:
        for name, value in values.items():
            info = self.rules.schema.resolve(kind, name)
            assert info is not None, f"INVALID_FIELD {kind}.{name}"
            if isinstance(value, str):
                assert value == (value.strip() or None), f"{kind}.{name} would not be stored as sent: {value!r}"
                assert not info.length or len(value) <= info.length, f"STRING_TOO_LONG {kind}.{name}"
        assert not (values.get("WhatId") and str(values.get("WhoId")).startswith("00Q")), "FIELD_INTEGRITY_EXCEPTION"
        if values.get("OwnerId"):
            owner = self.records["User"][values["OwnerId"]]
            assert owner["IsActive"], "INACTIVE_OWNER_OR_USER"
            assert owner["UserType"] == "Standard"

    def _check_key(self, kind: str, key: str, id_: str) -> None:
        assert len(key) <= KEY_LENGTH
        assert key not in self.keys[kind], f"DUPLICATE_VALUE {kind} {key}"
        self.keys[kind][key] = id_

    def _new_Task(self, id_: str, values: Record) -> None:  # noqa: N802 (named after the object)
        self._check_key("Task", values[KEY], id_)
        usual = {"Status": "Not Started", "Priority": "Normal", "IsClosed": False, "IsDeleted": False}
        self.ours["Task"][id_] = {"Id": id_, "CreatedDate": self._now, **usual, **values}
        self._settle_task(id_)

    def _settle_task(self, id_: str) -> None:
        """What is read back after a write, and the Task as the mirror shows it among all Tasks."""
        task = self.ours["Task"][id_]
        self.read_back[id_] = {name: to_wire(task.get(name)) for name in KEPT["Task"]}
        self._mirror_task(id_)

    def _mirror_task(self, id_: str) -> None:
        if "Task" in self.columns:
            task = self.ours["Task"][id_]
            self.records["Task"][id_] = {**task, "AccountId": task.get("WhatId")}
            self._stale.add("Task")

    def _new_Campaign(self, id_: str, values: Record) -> None:  # noqa: N802
        self._check_key("Campaign", values[KEY], id_)
        self.ours["Campaign"][id_] = {"Id": id_, "IsDeleted": False, "IsActive": False, **values}
        for label, default, responded in (("Sent", True, False), ("Responded", False, True)):
            status = {"CampaignId": id_, "Label": label, "IsDefault": default, "HasResponded": responded}
            new = self._mint("CampaignMemberStatus")
            self.ours["CampaignMemberStatus"][new] = {"Id": new, **status}

    def _new_CampaignMemberStatus(self, id_: str, values: Record) -> None:  # noqa: N802
        if values["Label"].casefold() in self._labels(values["CampaignId"]):
            return  # as apply does: what a campaign is born with is read first, and left as it is
        if values.get("IsDefault"):
            for other in self.ours["CampaignMemberStatus"].values():
                other["IsDefault"] &= other["CampaignId"] != values["CampaignId"]
        usual = {"IsDefault": False, "HasResponded": False}
        self.ours["CampaignMemberStatus"][id_] = {"Id": id_, **usual, **values}

    def _labels(self, campaign: str) -> set[str]:
        statuses = self.ours["CampaignMemberStatus"].values()
        return {status["Label"].casefold() for status in statuses if status["CampaignId"] == campaign}

    def _new_CampaignMember(self, id_: str, values: Record) -> None:  # noqa: N802
        self._check_key("CampaignMember", values[KEY], id_)
        person, campaign = _person(values), values["CampaignId"]
        assert person in self.records["Lead" if person.startswith("00Q") else "Contact"]
        members = self.ours["CampaignMember"].values()
        there = {(m["CampaignId"], _person(m)) for m in members if not m["IsDeleted"]}
        assert (campaign, person) not in there, "DUPLICATE_VALUE: already a campaign member"
        assert values["Status"].casefold() in self._labels(campaign), "the org would store its default status"
        usual = {"IsDeleted": False, "HasResponded": False, "CreatedDate": self._now}
        self.ours["CampaignMember"][id_] = {"Id": id_, **usual, **values}

    def _resolved(self, name: str, value: Any) -> Any:
        """`@KEY` in a reference is the record of that key, which must have been made before."""
        if not (name.endswith("Id") and isinstance(value, str) and value.startswith("@")):
            return value
        (named,) = (id_ for id_, campaign in self.ours["Campaign"].items() if campaign[KEY] == value[1:])
        return named

    def _mint(self, kind: str) -> str:
        self._minted += 1
        return f"{PREFIXES[kind]}9{self._minted:014d}"

    # ------------------------------------------------------------ what people do

    def edit(self, kind: str, id_: str, **fields: Any) -> None:
        """Somebody changes a record of the firm."""
        self.records[kind][id_] |= fields
        self._stale |= {kind} & set(self.columns)

    def add(self, kind: str, record: Record) -> None:
        """Somebody enters a record."""
        self.records[kind][record["Id"]] = record
        self._stale |= {kind} & set(self.columns)

    def remove(self, kind: str, id_: str) -> None:
        """A record is deleted, or out of our sight."""
        del self.records[kind][id_]
        self._stale |= {kind} & set(self.columns)

    def touch(self, task: str, **fields: Any) -> None:
        """A rep changes one of our Tasks."""
        self.ours["Task"][task] |= fields
        self._mirror_task(task)

    def complete(self, task: str, on: dt.date) -> None:
        """A rep ticks one of our Tasks off."""
        when = dt.datetime.combine(on, dt.time(10))
        self.touch(task, Status="Completed", IsClosed=True, CompletedDateTime=when)
        who = self.ours["Task"][task].get("WhoId")
        if who in self.records["Contact"]:
            self.edit("Contact", who, LastActivityDate=self.ours["Task"][task]["ActivityDate"])

    def delete_task(self, task: str) -> None:
        """A person deletes one of our Tasks; it is in the recycle bin."""
        self.touch(task, IsDeleted=True)
        self.keys["Task"].pop(self.ours["Task"][task][KEY], None)

    def restore_task(self, task: str) -> None:
        """A person takes one of our Tasks back out of the recycle bin."""
        self.touch(task, IsDeleted=False)
        self.keys["Task"][self.ours["Task"][task][KEY]] = task

    def purge(self, kind: str, id_: str) -> None:
        """The recycle bin is emptied, or the record archived out of sight."""
        del self.ours[kind][id_]
        if kind == "Task" and "Task" in self.columns:
            self.records["Task"].pop(id_, None)
            self._stale.add("Task")

    def move_on(self, campaign: str, status: str = "In Progress") -> None:
        """Communications starts a campaign."""
        self.ours["Campaign"][campaign]["Status"] = status

    def merge(self, kind: str, survivor: str, loser: str) -> None:
        """A person merges two records: everything of the loser is the survivor's."""
        del self.records[kind][loser]
        tables = [*self.records.values(), *self.ours.values()]
        for row in (row for table in tables for row in table.values()):
            row |= {name: survivor for name, value in row.items() if value == loser and name != "Id"}
        self.merges = {was: survivor if now == loser else now for was, now in self.merges.items()} | {loser: survivor}
        self._stale |= set(self.columns)

    def open_tasks(self) -> dict[str, Record]:
        """Our Tasks that are open, by Id."""
        return {id_: t for id_, t in self.ours["Task"].items() if not (t["IsClosed"] or t["IsDeleted"])}


def document(plan: Plan) -> bytes:
    """The plan's document, whole."""
    from sf_lifecycle.plan.document import dump

    return b"".join(dump(plan))


def creates(plan: Plan, kind: str) -> list[Record]:
    """What a plan creates of one kind: API fields, nulls left out."""
    section = plan.section(kind, "create")
    return [values for _, values, _ in section.records(0, len(section))] if section else []


def deletes(plan: Plan, kind: str) -> dict[str, tuple[str, str, Record]]:
    """What a plan deletes of one kind: Id → (cause, why, the values that go)."""
    section = plan.section(kind, "delete")
    if section is None:
        return {}
    rows = zip(section.records(0, len(section)), section.rows["cause"], section.rows["why"], strict=True)
    return {ref: (cause, why, before) for (ref, _, before), cause, why in rows}


def updates(plan: Plan, kind: str) -> dict[str, tuple[Record, Record]]:
    """What a plan updates of one kind: Id → (after, before)."""
    section = plan.section(kind, "update")
    return {ref: (after, before) for ref, after, before in section.records(0, len(section))} if section else {}


def _person(member: Record) -> str:
    return str(member.get("ContactId") or member.get("LeadId"))


def _shuffle(rows: list[Any], order: random.Random | None) -> None:
    if order is not None:
        order.shuffle(rows)


def _frame(records: dict[str, Record], ours: Ours, order: random.Random | None) -> pd.DataFrame:
    """Our records as the mirror's reader gives them, sorted by Id unless an order is asked for."""
    rows = [records[id_] for id_ in sorted(records)]
    _shuffle(rows, order)
    names = [name for name, _ in (*ours.needed, *ours.wanted)]
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in names})


@cache
def _columns(mapping: str) -> dict[str, dict[str, tuple[pa.DataType, bool]]]:
    """Object → API field → its column's type, and whether it holds references: as the mirror would have them."""
    firm = rules() if mapping == "telecom" else rules("paper", "tiny")
    found: dict[str, dict[str, tuple[pa.DataType, bool]]] = defaultdict(dict)
    for role, sources in firm.mapping.roles.items():
        for source in sources:
            named = [ref.field for ref in source.fields.values()] + ([source.parent] if source.parent else [])
            info = firm.schema.objects[source.object]
            named += [name for name in firm.mapping.outputs.get(role, {}) if name in info.fields]
            for path in named:
                field = firm.schema.resolve(source.object, path)
                assert field is not None, f"{source.object}.{path}"
                sql = field_type(field).sql
                kind = ARROW.get(sql) or pa.decimal128(18, int(sql.split(",")[1].rstrip(" )")))
                found[source.object][path] = (kind, field.type in ("reference", "id"))
    return dict(found)

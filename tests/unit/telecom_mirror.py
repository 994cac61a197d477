"""A mirror made by hand: records as Salesforce has them, in the tables the engine reads."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.load_model import load_model
from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.config.offline_schema import offline_schema
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.engine import Program, Query, build
from sf_lifecycle.engine.definitions import field_type
from sf_lifecycle.lifecycle.queries import (
    PLAY,
    STANDING,
    TEXT,
    member_texts_query,
    members_query,
    play_query,
    play_texts,
    standing_query,
    texts_query,
)
from sf_lifecycle.lifecycle.wording import one_line

ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 11, 23)
ACCOUNT_QUERY = (
    "stage", "stage.because", "position", "position.because", "just_left_us", "locked_elsewhere", "can_end_soon",
    "can_end_soon.because", "content_there", "next_decision", "own_active", "known_lines", "early_cases", "market",
    "decision_maker.id", "technician.id", "mail_contact.id", "finance_contact.id", "reserved", "reserved.because",
    "approach", "approach.because", "next_change", "tier", "tier.because", "readiness", "referrals", "contact_last",
    "inbound_first", "inbound_last", "alike",
)  # fmt: skip
ROWS = {
    "account": ACCOUNT_QUERY,
    "other_contract": (
        "position", "position.because", "decision_date", "to_research", "house", "doubted", "old_research",
        "next_change",
    ),
    "own_contract": ("position", "position.because", "small", "next_change"),
    "contact": ("may_call", "may_call.because", "may_email", "may_email.because"),
    "opportunity": ("stuck", "alive", "step_since"),
    "park": ("business_park", "firms", "leaving", "anchor.id", "last_known"),
    "company_group": ("group_id", "firms", "leaving", "anchor.id", "head.id"),
}  # fmt: skip
MODELS = ("tele2", "efficy", "servicenow", "profit4sf", "flywheel")
STAGE = "stage:"


@cache
def shipped(model: str = "tele2") -> tuple[Mapping, Model, OrgSchema]:
    """The shipped mapping and a model, and the fields that ship or are standard."""
    loaded = load_mapping(ROOT / "mappings" / "telecom", shown="mappings/telecom")
    assert loaded.mapping is not None, loaded.problems
    found = load_model(ROOT / "mappings" / "models" / f"{model}.toml", shown=f"mappings/models/{model}.toml")
    salesforce = ROOT / "salesforce"
    schema = offline_schema(data_dir=ROOT / "none", sfdx=salesforce, sfdx_shown="salesforce", mapping=loaded.mapping)
    return loaded.mapping, found, schema


def _queries(name: str, mapping: Mapping) -> list[Query]:
    """Of a set of ROWS, a model's stages (STAGE), a play, or all plays' standing rows (STANDING)."""
    if name in ROWS:
        return [Query(name=name, set=name, select={text: text for text in ROWS[name]})]
    if name.startswith(STAGE):
        select = {"stage": "stage", "stage.because": "stage.because", "stage.rule": "stage.rule"}
        return [Query(name=name, set="account", select=select)]
    if name == STANDING:
        return [query for play in mapping.plays if (query := standing_query(mapping, play))]
    play = name.removeprefix(PLAY)
    texts = play_texts(mapping, play)
    found = [play_query(mapping, play), texts_query(mapping, play, texts), members_query(mapping, play)]
    return [query for query in [*found, member_texts_query(mapping, play, texts)] if query]


@cache
def program_of(name: str) -> Program:
    """The mapping compiled for the queries of a set of ROWS, a model's stages, a play, or all standing rows."""
    mapping, model, schema = shipped(name.removeprefix(STAGE) if name.startswith(STAGE) else "tele2")
    return build(mapping, model, schema, _queries(name, mapping), timezone="Europe/Amsterdam")


class Org:
    """Records added one by one; `values` and `outreaches` work them out."""

    def __init__(self) -> None:
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.ids: list[str] = []
        self._found: dict[tuple[str, dt.date, int], dict[str, list[dict[str, Any]]]] = {}

    def add(self, object_name: str, **fields: Any) -> str:
        """One record; gives its Id. References are Ids given before."""
        record_id = f"{object_name[:3]}{len(self.ids):015d}"
        self.ids.append(record_id)
        self.records[object_name].append({"Id": record_id, **fields})
        return record_id

    def account(self, name: str = "Bakker", **fields: Any) -> str:
        """A Dutch private company, unless said otherwise."""
        usual = {
            "BillingCountry": "Netherlands",
            "Lifecycle_Legal_Form__c": "BV",
            "CreatedDate": dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
        }
        return self.add("Account", **({"Name": name, "OwnerId": self._owner()} | usual | fields))

    def person(self, account: str, **fields: Any) -> str:
        """A contact with everything that allows a call and a mail."""
        usual = {"DoNotCall": False, "HasOptedOutOfEmail": False, "Phone": "+31 20 1", "Email": "a@b.example"}
        return self.add("Contact", **({"AccountId": account, "Name": "J. Vos", "Title": "Directeur"} | usual | fields))

    def there(self, account: str, end: dt.date | None, **fields: Any) -> str:
        """A contract elsewhere, its date exact, researched lately, notice 30 days."""
        usual = {"End_Date_Certainty__c": "exact", "Notice_Days__c": Decimal(30), "Provider__c": "Belnet"}
        usual |= {"Product_Line__c": "Mobile", "Researched_On__c": dt.date(2026, 10, 1)}
        record = {"Account__c": account, "End_Date__c": end} | usual | fields
        return self.add("Lifecycle_Provider_Contract__c", **record)

    def ours(self, account: str, start: dt.date, end: dt.date | None, **fields: Any) -> str:
        """A contract with us: Fixed, activated."""
        usual = {"Status": "Activated", "Lifecycle_Product_Line__c": "Fixed", "Lifecycle_Notice_Days__c": Decimal(30)}
        return self.add("Contract", **({"AccountId": account, "StartDate": start, "EndDate": end} | usual | fields))

    def deal(self, account: str, opened: dt.date, **fields: Any) -> str:
        """An opportunity, open unless said otherwise."""
        usual = {
            "IsClosed": False,
            "IsWon": False,
            "CreatedDate": _moment(opened),
            "Name": "Lines",
            "StageName": "Offer",
        }
        return self.add("Opportunity", **({"AccountId": account} | usual | fields))

    def answer(self, party: str, outcome: str, on: dt.date, **fields: Any) -> str:
        """A Task of ours that a rep closed with an answer; of a Lead by WhoId."""
        about = {"WhoId": party} if party.startswith("Lea") else {"AccountId": party}
        usual = {"IsClosed": True, "CompletedDateTime": _moment(on), "Lifecycle_Play__c": "switch-window"}
        usual |= {"Lifecycle_Outcome__c": outcome, "Subject": "Bakker: Mobile at Belnet", "CreatedDate": _moment(on)}
        return self.add("Task", **(about | usual | fields))

    def asked(self, account: str, on: dt.date) -> str:
        """They called us: a closed Task of a rep's own."""
        done: dict[str, Any] = {"IsClosed": True, "CallType": "Inbound", "CompletedDateTime": _moment(on)}
        return self.add("Task", AccountId=account, **done)

    def values(self, set_: str, record_id: str, today: dt.date = TODAY) -> dict[str, Any]:
        """What is worked out for one record."""
        return {row["_id"]: row for row in self._fetch(set_, today)}[record_id]

    def stage(self, model: str, account: str, today: dt.date = TODAY, history: pa.Table | None = None) -> str:
        """The stage that a model gives an account, and why: `word: reason`."""
        (found,) = [row for row in self._fetch(STAGE + model, today, history) if row["_id"] == account]
        return f"{found['stage']}: {found['stage.because']}"

    def outreaches(self, play: str, today: dt.date = TODAY) -> list[dict[str, Any]]:
        """The play's outreaches, best first, stage not asked: the leading row's values with subject, why and text."""
        mapping, _, _ = shipped()
        texts = play_texts(mapping, play)
        said = texts_query(mapping, play, texts)
        said_of = {row["_key"]: row for row in self._fetch(PLAY + play, today, query=said)}
        groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for row in self._fetch(PLAY + play, today):
            groups[row["key0"]].append(row)
        found = []
        for rows in groups.values():
            each = [_plain_names(said_of.get(row["_key"], {})) | {"wave": row.get("wave")} for row in rows]
            lead = dict(rows[0])
            lead["why"] = one_line(texts.because.render(each[0], each))
            lead["subject"] = one_line(texts.subject.render(each[0], each)) if texts.subject else ""
            lead["text"] = texts.text.render(each[0], each) if texts.text else ""
            script = texts.scripts.get(str(lead.get("script") or "").lower(), texts.scripts.get(""))
            lead["script_text"] = script.render(each[0], each) if script else ""
            lead["campaign"] = one_line(texts.campaign.render(each[0], each)) if texts.campaign else ""
            found.append(lead)
        return found

    def members(self, play: str, today: dt.date = TODAY) -> dict[str, str]:
        """Of a cluster's campaign: each firm and why it is a member."""
        mapping = shipped()[0]
        texts = play_texts(mapping, play)
        assert texts.member is not None
        reasons = self._fetch(PLAY + play, today, query=member_texts_query(mapping, play, texts))
        said_of = {row["_id"]: row for row in reasons}
        found = {}
        for row in self._fetch(PLAY + play, today, query=members_query(mapping, play)):
            said = _plain_names(said_of[row["_id"]])
            found[row["_id"]] = one_line(texts.member.render(said, [said])) or ""
        return found

    def standing(self, today: dt.date) -> dict[str, list[dict[str, Any]]]:
        """Play → each row's own occasion, whether or not the play's `when` holds."""
        con = self._mirror()
        try:
            with program_of(STANDING).run(con, as_of=today) as run:
                plays = [play for play in shipped()[0].plays if standing_query(shipped()[0], play)]
                return {play: run.fetch(STANDING + play).to_pylist() for play in plays}
        finally:
            con.close()

    def _owner(self) -> str:
        return "005000000000000001"

    def _fetch(
        self, name: str, today: dt.date, history: pa.Table | None = None, query: Query | None = None
    ) -> list[dict[str, Any]]:
        """Rows of one query of a program, of that which it is named after where none is given."""
        asked = (name, today, len(self.ids))
        if history is not None or asked not in self._found:
            con = self._mirror()
            try:
                with program_of(name).run(con, as_of=today, history=history) as run:
                    self._found[asked] = {
                        each.name: run.fetch(each.name).to_pylist() for each in _queries(name, shipped()[0])
                    }
            finally:
                con.close()
        return self._found[asked].get(query.name if query else name, [])

    def _mirror(self) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect(config={"threads": 1})
        con.execute("create schema mirror")
        con.execute("create table mirror._ids (id varchar, key bigint)")
        keys = {record_id: key for key, record_id in enumerate([self._owner(), *self.ids], 1)}
        con.executemany("insert into mirror._ids values (?, ?)", [list(pair) for pair in keys.items()])
        for object_name, types in shipped_columns().items():
            listed = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
            con.execute(f'create table mirror."{object_name}" (_key bigint, _id varchar, {listed})')
            for record in self.records.get(object_name, []):
                unknown = set(record) - set(types) - {"Id"}
                assert not unknown, f"{object_name} has no {unknown}"
                row = [_stored(record.get(name), keys) for name in types]
                marks = ", ".join("?" * (len(types) + 2))
                con.execute(
                    f'insert into mirror."{object_name}" values ({marks})', [keys[record["Id"]], record["Id"], *row]
                )
        return con


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 9, tzinfo=dt.UTC)


def _plain_names(row: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(TEXT): value for name, value in row.items()}


def _stored(value: Any, keys: dict[str, int]) -> Any:
    """A value as the mirror keeps it: an Id by its key, a moment naive and in UTC."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None)
    return keys.get(value, value) if isinstance(value, str) else value


@cache
def shipped_columns() -> dict[str, dict[str, str]]:
    """Object → API field → the type its column has."""
    mapping, _, schema = shipped()
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for sources in mapping.roles.values():
        for source in sources:
            parent = [source.parent] if source.parent and source.parent != "Id" else []
            for path in [ref.field for ref in source.fields.values()] + parent:
                info = schema.resolve(source.object, path)
                assert info is not None, f"{source.object}.{path}"
                columns[source.object][path] = field_type(info).sql
    return dict(columns)

"""Salesforce's door to the org on paper: what apply calls of it, and what goes wrong there when a test asks for it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, Literal

from paper_org import KEY, ORG_ID, PaperOrg, Record

from sf_lifecycle.errors import OrgUnavailable
from sf_lifecycle.plan.changes import to_wire
from sf_lifecycle.salesforce import Answer, Asked, OrgIdentity, RowOutcome

IDENTITY = OrgIdentity(
    org_id=ORG_ID,
    name="Paper",
    is_sandbox=False,
    kind="local",
    user_id="005000000000000AAA",
    username="w@paper.invalid",
)
QUERY = re.compile(r"SELECT (?P<fields>.+?) FROM (?P<object>\w+) WHERE (?P<where>.+)", re.DOTALL)
CONDITION = re.compile(
    r"(?P<field>\w+) (?:IN \((?P<many>(?:'(?:[^'\\]|\\.)*'(?:, )?)+)\)|= (?P<one>'(?:[^'\\]|\\.)*'|\w+))"
)
TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'")

Trouble = Literal["died", "died after", "request lost", "answer lost", "gone", "gone after", "locked", "refused"]
Wrote = Callable[[str, str, str, Mapping[str, Any]], None]  # operation, object, Id (or our key), values


class Died(BaseException):
    """The worker was killed: no handler of its own has a say."""


@dataclass(frozen=True)
class Mishap:
    """What goes wrong once, at the `at`th (from 0) request that writes, question, or transaction of state."""

    at: int
    where: Literal["writing", "asking", "remembering"] = "writing"
    kind: Trouble = "died"


class Door:
    """What apply calls of Salesforce's door. `wrote` hears of each row just before it is written."""

    def __init__(self, org: PaperOrg, wrote: Wrote) -> None:
        self.org, self.wrote = org, wrote
        self.identity, self.calls = IDENTITY, SimpleNamespace(spent=0)
        self.mishap: Mishap | None = None
        self._met = {"writing": 0, "asking": 0, "remembering": 0}

    def expect(self, mishap: Mishap | None) -> None:
        self.mishap = mishap
        self._met = dict.fromkeys(self._met, 0)

    def meets(self, where: str) -> bool:
        """Is it now?"""
        number, self._met[where] = self._met[where], self._met[where] + 1
        return self.mishap is not None and (self.mishap.where, self.mishap.at) == (where, number)

    # ---------------------------------------------------------------- asking

    def query(self, soql: str, *, all_rows: bool = False) -> list[Record]:
        assert all_rows
        if self.meets("asking"):
            raise Died
        asked = QUERY.fullmatch(soql)
        assert asked is not None, soql
        fields, rows = asked["fields"].split(", "), self._table(asked["object"])
        wanted = [_condition(text) for text in asked["where"].split(" AND ")]
        return [
            {name: _shown(row.get(name, False if name == "IsDeleted" else None)) for name in fields}
            for row in rows.values()
            if all(_shown(row.get(name, False)) in values for name, values in wanted)
        ]

    def query_many(self, queries: Sequence[Asked]) -> list[Answer]:
        found = [self.query(each.soql, all_rows=each.all_rows) for each in queries]
        return [Answer(rows=rows, total=len(rows)) for rows in found]

    def _table(self, name: str) -> dict[str, Record]:
        return self.org.ours[name] if name in self.org.ours else self.org.records[name]

    # ---------------------------------------------------------------- writing

    def create(self, name: str, records: Sequence[Mapping[str, Any]]) -> list[RowOutcome]:
        return self._write(records, lambda record: self._create(name, dict(record)))

    def update(self, name: str, records: Sequence[Mapping[str, Any]]) -> list[RowOutcome]:
        return self._write(records, lambda record: self._update(name, dict(record)))

    def delete(self, ids: Sequence[str]) -> list[RowOutcome]:
        return self._write([{"Id": id_} for id_ in ids], lambda record: self._delete(str(record["Id"])))

    def _write(
        self, records: Sequence[Mapping[str, Any]], write: Callable[[Mapping[str, Any]], RowOutcome]
    ) -> list[RowOutcome]:
        kind = self.mishap.kind if self.meets("writing") and self.mishap else None
        ids = [record.get("Id") for record in records]
        match kind:
            case "died":
                raise Died
            case "gone":
                raise OrgUnavailable("no answer")
            case "locked":
                return [_refused(id_, "UNABLE_TO_LOCK_ROW") for id_ in ids]
            case "request lost":
                return [_refused(id_, "UNKNOWN") for id_ in ids]
            case "refused":
                return [_refused(ids[0], "FIELD_CUSTOM_VALIDATION_EXCEPTION"), *map(write, records[1:])]
        outcomes = [write(record) for record in records]
        match kind:
            case "died after":
                raise Died
            case "gone after":
                raise OrgUnavailable("no answer")
            case "answer lost":
                return [_refused(id_, "UNKNOWN") for id_ in ids]
        return outcomes

    def _create(self, name: str, record: Record) -> RowOutcome:
        org, values = self.org, self._typed(name, record)
        self.wrote("create", name, str(values.get(KEY)), values)
        org._check_values(name, values)
        if values.get(KEY) in org.keys[name]:
            return _refused(None, "DUPLICATE_VALUE")
        if name == "CampaignMember" and self._is_member(values):
            return _refused(None, "DUPLICATE_VALUE")
        if name == "CampaignMemberStatus" and values["Label"].casefold() in org._labels(values["CampaignId"]):
            return _refused(None, "DUPLICATE_VALUE")
        self._substitute(name, values, values)
        id_ = org._mint(name)
        getattr(org, f"_new_{name}")(id_, values)
        return RowOutcome(ok=True, id=id_)

    def _substitute(self, name: str, values: Record, member: Record) -> None:
        """A status that the campaign does not have becomes its default one, in silence."""
        if name == "CampaignMember" and values["Status"].casefold() not in self.org._labels(member["CampaignId"]):
            every = self.org.ours["CampaignMemberStatus"].values()
            mine = (each for each in every if each["CampaignId"] == member["CampaignId"] and each["IsDefault"])
            values["Status"] = next(mine)["Label"]

    def _is_member(self, values: Record) -> bool:
        pair = (values["CampaignId"], values["ContactId"])
        there = self.org.ours["CampaignMember"].values()
        return any((each["CampaignId"], each["ContactId"]) == pair for each in there if not each["IsDeleted"])

    def _update(self, name: str, record: Record) -> RowOutcome:
        org, id_ = self.org, record.pop("Id")
        values, found = self._typed(name, record), self._table(name).get(id_)
        self.wrote("update", name, id_, values)
        org._check_values(name, values)
        if found is None or found.get("IsDeleted"):
            return _refused(id_, "ENTITY_IS_DELETED")
        key = values.get(KEY, found.get(KEY))
        if key != found.get(KEY):
            assert isinstance(key, str)
            if key in org.keys[name]:
                return _refused(id_, "DUPLICATE_VALUE")
            org.keys[name].pop(found[KEY])
            org.keys[name][key] = id_
        self._substitute(name, values, found)
        found |= values
        if name == "Task":
            found["IsClosed"] = found["Status"] in ("Completed", org.rules.mapping.withdraw.status)
            org._mirror_task(id_)
        org._stale |= {name} & set(org.columns)
        return RowOutcome(ok=True, id=id_)

    def _delete(self, id_: str) -> RowOutcome:
        org = self.org
        (name,) = (name for name, rows in org.ours.items() if id_ in rows)
        found = org.ours[name][id_]
        self.wrote("delete", name, id_, {})
        if found["IsDeleted"]:
            return _refused(id_, "ENTITY_IS_DELETED")
        found["IsDeleted"] = True
        org.keys[name].pop(found[KEY])
        if name == "Task":
            org._mirror_task(id_)
        return RowOutcome(ok=True, id=id_)

    def _typed(self, name: str, record: Record) -> Record:
        """From JSON to what the org on paper holds."""
        return {field: self._value(name, field, value) for field, value in record.items()}

    def _value(self, name: str, field: str, value: Any) -> Any:
        info = self.org.rules.schema.resolve(name, field)
        assert info is not None, f"INVALID_FIELD {name}.{field}"
        if isinstance(value, str) and info.type == "date":
            return dt.date.fromisoformat(value)
        if isinstance(value, (int, float)) and info.type in ("currency", "double", "percent"):
            return Decimal(str(value))
        return value


def _refused(id_: str | None, code: str) -> RowOutcome:
    return RowOutcome(ok=False, id=id_, code=code, message=code.lower())


def _condition(text: str) -> tuple[str, set[Any]]:
    """Field and the values it may have."""
    found = CONDITION.fullmatch(text.strip())
    assert found is not None, text
    if found["many"]:
        return found["field"], {re.sub(r"\\(.)", r"\1", each) for each in TEXT.findall(found["many"])}
    one = found["one"]
    return found["field"], {one[1:-1] if one.startswith("'") else {"TRUE": True, "FALSE": False}[one]}


def _shown(value: Any) -> Any:
    """A value as the org answers it."""
    return value.isoformat() if isinstance(value, dt.datetime) else to_wire(value)

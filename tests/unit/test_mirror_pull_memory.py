from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest
from test_mirror_plan import mapping_of, source

from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.errors import ConfigError, OrgError, OrgUnavailable
from sf_lifecycle.mirror import Mirror, MirrorReader, PullReport, open_mirror, pull_all, schema_for
from sf_lifecycle.mirror.ours import ALL_OURS, USER_NEEDED, USER_WANTED
from sf_lifecycle.salesforce import Answer, Asked, CallMeter, Org
from sf_lifecycle.salesforce.arrow import Fields, table_of_rows

NOW = dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)
MAPPING = mapping_of({"account": [source("Account", name="Name", boss="Owner.Name")]})


def thing(name: str, *fields: tuple[str, str]) -> ObjectInfo:
    infos = [FieldInfo(name="Id", type="id"), *(FieldInfo(name=n, type=t) for n, t in fields if n != "Id")]
    return ObjectInfo(name=name, fields={info.name: info for info in infos})


def objects() -> dict[str, ObjectInfo]:
    owner = FieldInfo(name="OwnerId", type="reference", relationship_name="Owner", reference_to=("User",))
    account = thing("Account", ("Name", "string"))
    found = {
        "Account": ObjectInfo(name="Account", fields={**account.fields, "OwnerId": owner}),
        "User": thing("User", *USER_NEEDED, *USER_WANTED),
    }
    return found | {ours.object: thing(ours.object, *ours.needed, *ours.wanted) for ours in ALL_OURS}


@dataclass
class MemoryOrg:
    """An org in memory: what the pull asks of one, nothing more. `asked`: (object, where, bulk) of each read."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    counts: dict[str, int] | OrgError = field(default_factory=dict)
    fails: dict[str, Exception] = field(default_factory=dict)
    asked: list[tuple[str, str, bool]] = field(default_factory=list)
    described: list[Collection[str]] = field(default_factory=list)
    calls: CallMeter = field(default_factory=CallMeter)
    server_time: dt.datetime | None = NOW
    batches: list[list[Asked]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def query_many(self, queries: Sequence[Asked]) -> list[Answer]:
        """Answers by the object asked; nothing changed where none was given."""
        self.batches.append(list(queries))
        for _ in range(0, len(queries), 25):
            self.calls.sent()
        return [self._answer(each.soql) for each in queries]

    def _answer(self, text: str) -> Answer:
        name = re.search(r"FROM (\w+)", text)
        what = f"COUNT {name[1]}" if name and "COUNT()" in text else name[1] if name else ""
        return self.answers.get(what, Answer(rows=[], total=0))

    def describe(self, names: Collection[str]) -> OrgSchema:
        self.described.append(names)
        return OrgSchema(objects={name: info for name, info in objects().items() if name in names}, source="memory")

    def record_counts(self, _: Collection[str]) -> dict[str, int]:
        self.calls.sent()
        if isinstance(self.counts, OrgError):
            raise self.counts
        return self.counts

    def count(self, name: str, where: str = "", *, all_rows: bool = False) -> int:
        self.calls.sent()
        return len(self.rows.get(name, []))

    def query_arrow(
        self, name: str, fields: Fields, where: str = "", *, all_rows: bool = False, bulk: bool
    ) -> Iterator[pa.Table]:
        self.calls.sent()
        self.asked.append((name, where, bulk))
        rows = self.rows.get(name, [])
        for start in range(0, len(rows), 2):
            yield table_of_rows(rows[start : start + 2], fields)
        if name in self.fails:
            raise self.fails[name]


def pull(org: MemoryOrg, mirror: Mirror, **more: Any) -> PullReport:
    real = cast("Org", org)
    schema = schema_for(real, MAPPING)
    return pull_all(real, mirror, MAPPING, schema, now=NOW, **({"bulk_from_rows": 3} | more))


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return open_mirror(tmp_path, org_id="00D000000000001AAA", kind="local")


def account(number: int) -> dict[str, Any]:
    return {"Id": f"001{number}", "Name": f"firm {number}", "Owner.Name": "Jo"}


def test_a_pull_reads_everything_and_notes_it(mirror: Mirror) -> None:
    org = MemoryOrg(
        rows={
            "Account": [account(n) for n in range(5)],
            "User": [{"Id": "005A", "Name": "Jo", "IsActive": True, "ManagerId": "005B"}],
            "Task": [{"Id": "00TA", "IsDeleted": True, "Lifecycle_Key__c": "k", "ActivityDate": "4000-12-31"}],
            "Campaign": [{"Id": "701A", "IsDeleted": False}, {"Id": "701B", "IsDeleted": True}],
            "CampaignMemberStatus": [{"Id": "01YA", "CampaignId": "701A", "Label": "Planned"}],
        },
        counts={"Account": 5, "User": 1, "Task": 9},
    )
    steps: list[tuple[str, int, int | None]] = []
    report = pull(org, mirror, progress=lambda *step: steps.append(step))
    assert org.asked == [
        ("Account", "", True),
        ("User", "", False),
        ("Task", "Lifecycle_Key__c >= '0'", False),
        ("Campaign", "Lifecycle_Key__c >= '0'", False),
        ("CampaignMember", "Lifecycle_Key__c >= '0'", False),
        ("CampaignMemberStatus", "CampaignId IN ('701A')", False),
    ]
    assert steps[:3] == [("Account", 2, 5), ("Account", 4, 5), ("Account", 5, 5)]
    assert [(each.table, each.rows, each.org_count) for each in report.objects][:3] == [
        ("Account", 5, 5),
        ("User", 1, 1),
        ("_our_tasks", 1, 9),
    ]
    assert report.rows == 10
    assert report.calls == org.calls.spent
    with mirror.connect() as con:
        reader = MirrorReader(con)
        assert reader.pulled_at == NOW
        assert reader.values("Account", ["Name"]).to_pylist()[0] == {"_id": "0010", "Name": "firm 0"}
        (user,) = reader.users().to_dict("records")
        assert (user["Id"], user["ManagerId"], user["UserRoleId"], user["IsActive"]) == ("005A", "005B", None, True)
        (task,) = reader.our_tasks().to_dict("records")
        assert (task["IsDeleted"], task["ActivityDate"], task["WhoId"]) == (True, dt.date(4000, 12, 31), None)
        assert list(reader.our_campaigns()["Id"]) == ["701A", "701B"]
        assert list(reader.our_statuses()["Label"]) == ["Planned"]
        assert reader.our_members().empty
        assert "Lifecycle_Key__c" in reader.our_members().columns
        assert set(reader.pulls()["object"]) == {each.table for each in report.objects}


def test_an_empty_org_gives_empty_tables(mirror: Mirror) -> None:
    report = pull(MemoryOrg(), mirror)
    assert report.rows == 0
    with mirror.connect() as con:
        assert con.execute('select count(*) from mirror."Account"').fetchone() == (0,)
        assert MirrorReader(con).users().empty


def test_rows_that_are_gone_leave_the_mirror(mirror: Mirror) -> None:
    org = MemoryOrg(rows={"Account": [account(1), account(2)]})
    pull(org, mirror)
    org.rows["Account"].pop(0)
    pull(org, mirror)
    with mirror.connect() as con:
        assert con.execute('select _id, _key from mirror."Account"').fetchall() == [("0012", 2)]


def test_a_pull_that_fails_leaves_the_mirror_as_it_was(mirror: Mirror) -> None:
    org = MemoryOrg(rows={"Account": [account(1)]})
    pull(org, mirror)
    org.rows["Account"].append(account(2))
    org.fails["Campaign"] = OrgUnavailable("gone")
    with pytest.raises(OrgUnavailable):
        pull(org, mirror)
    with mirror.connect() as con:
        assert con.execute('select _id from mirror."Account"').fetchall() == [("0011",)]


def test_an_org_that_tells_no_counts_is_counted(mirror: Mirror) -> None:
    refused = OrgError("Reading the org's record counts failed", code="INSUFFICIENT_ACCESS")
    org = MemoryOrg(rows={"Account": [account(n) for n in range(4)]}, counts=refused)
    report = pull(org, mirror)
    assert org.asked[0] == ("Account", "", True)
    assert report.objects[0].org_count is None
    assert "cannot be compared" in report.notes[0]


def test_an_org_that_is_down_is_not_counted_around(mirror: Mirror) -> None:
    with pytest.raises(OrgUnavailable):
        pull(MemoryOrg(counts=OrgUnavailable("down")), mirror)


def test_parents_on_paths_are_described_too() -> None:
    org = MemoryOrg()
    mapping = mapping_of({"x": [source("Account", a="Owner.Name")]})
    schema = schema_for(cast("Org", org), mapping)
    assert schema.resolve("Account", "Owner.Name") is not None


def test_nothing_is_read_where_the_mapping_does_not_fit(mirror: Mirror) -> None:
    org = MemoryOrg()
    wrong = mapping_of({"account": [source("Account", name="Nmae")]})
    schema = schema_for(cast("Org", org), wrong)
    with pytest.raises(ConfigError, match="did you mean `Name`"):
        pull_all(cast("Org", org), mirror, wrong, schema, now=NOW, bulk_from_rows=1)
    assert org.asked == []
    with pytest.raises(ValueError, match="zone"):
        pull_all(cast("Org", org), mirror, MAPPING, schema, now=NOW.replace(tzinfo=None), bulk_from_rows=1)

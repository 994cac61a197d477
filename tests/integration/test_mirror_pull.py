"""The mirror pulled from a local org over HTTP, as the least-privileged worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import ConfigError, LoginRefused
from sf_lifecycle.localorg import Fault, LocalOrg, serve_in_thread
from sf_lifecycle.mirror import Mirror, MirrorReader, PullReport, open_mirror, pull_all, schema_for
from sf_lifecycle.salesforce import Org, Patience, bulk, connect

AS_OF = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)
METADATA = Path(__file__).parents[2] / "salesforce"
QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=0.02, jitter=0.01)
BULK, REST = 0, 1_000_000
ROLES: dict[str, Any] = {
    "account": [
        {
            "object": "Account",
            "fields": {"name": "Name", "owner": "OwnerId", "created": "CreatedDate", "works": "Owner.IsActive"},
        },
        {"object": "Lead", "fields": {"name": "Company", "owner": "OwnerId"}},
    ],
    "other_contract": [
        {
            "object": "Lifecycle_Provider_Contract__c",
            "parent": "Account__c",
            "fields": {"end_date": "End_Date__c", "monthly": "Monthly_Value__c", "firm": "Account__r.Name"},
        }
    ],
    "contact": [{"object": "Contact", "parent": "AccountId", "fields": {"name": "Name", "email": "Email"}}],
    "task": [{"object": "Task", "parent": "AccountId", "fields": {"due": "ActivityDate", "is_closed": "IsClosed"}}],
}
ODD_NAMES = [
    'the "best" firm',
    "two\nlines, one comma",
    "Zażółć 😀",
    '=HYPERLINK("http://x")',
    "{{ 7*7 }}",
    "NA",
    "O'Neill \\",
]


def mapping_of(**more: Any) -> Mapping:
    return Mapping.model_validate({"name": "telecom", "roles": ROLES, "owners": {"fallback": "x"}} | more)


def login(server: LocalOrg, **changes: Any) -> Org:
    values: dict[str, Any] = {
        "instance_url": server.url,
        "kind": "local",
        "login": "client_credentials",
        "client_id": server.client_id,
        "client_secret": server.client_secret,
    }
    return connect(SalesforceSettings.model_validate(values | changes), patience=QUICK)


def administrator(server: LocalOrg) -> Org:
    return login(server, login="access_token", access_token=server.admin_token)


def pull(org: Org, folder: Path, bulk_from_rows: int, mapping: Mapping | None = None) -> tuple[Mirror, PullReport]:
    mirror = open_mirror(folder, org_id=org.identity.org_id, kind=org.identity.kind)
    chosen = mapping or mapping_of()
    schema = schema_for(org, chosen)
    return mirror, pull_all(org, mirror, chosen, schema, now=NOW, bulk_from_rows=bulk_from_rows)


def contents(mirror: Mirror, *, without: tuple[str, ...] = ("_pulls",)) -> dict[str, list[tuple[Any, ...]]]:
    with mirror.connect() as con:
        names = con.execute("select table_name from duckdb_tables() where schema_name = 'mirror' order by 1").fetchall()
        return {
            name: con.execute(f'select * from mirror."{name}" order by all').fetchall()
            for (name,) in names
            if name not in without
        }


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The local org's Bulk jobs are done at once."""
    monkeypatch.setattr(bulk, "_FIRST_POLL_SECONDS", 0.005)


@pytest.fixture(scope="module")
def sample() -> Iterator[LocalOrg]:
    with serve_in_thread(metadata=METADATA, sample=300, as_of=AS_OF) as server:
        yield server


@pytest.fixture
def empty() -> Iterator[LocalOrg]:
    with serve_in_thread(metadata=METADATA, as_of=AS_OF) as server:
        yield server


def test_bulk_and_rest_give_the_same_mirror(sample: LocalOrg, tmp_path: Path) -> None:
    with login(sample) as org:
        by_bulk, bulk_report = pull(org, tmp_path / "bulk", BULK)
        by_rest, rest_report = pull(org, tmp_path / "rest", REST)
    assert any(each.bulk for each in bulk_report.objects)
    assert not any(each.bulk for each in rest_report.objects)
    assert contents(by_bulk) == contents(by_rest)
    assert bulk_report.rows > 1000
    assert rest_report.calls < bulk_report.calls


def test_a_second_pull_changes_nothing(sample: LocalOrg, tmp_path: Path) -> None:
    with login(sample) as org:
        mirror, _ = pull(org, tmp_path, BULK)
        first = contents(mirror)
        pull(org, tmp_path, BULK)
    assert contents(mirror) == first


def test_the_mirror_holds_what_the_org_shows(sample: LocalOrg, tmp_path: Path) -> None:
    with login(sample) as org:
        mirror, report = pull(org, tmp_path, BULK)
        soql = (
            "SELECT Id, Account__c, End_Date__c, Monthly_Value__c, Account__r.Name FROM Lifecycle_Provider_Contract__c"
        )
        rows = org.query(soql)
    assert {each.table: each.rows == each.org_count for each in report.objects}["Account"]
    expected = sorted(
        (row["Id"], row["Account__c"], row["End_Date__c"], row["Monthly_Value__c"], row["Account__r.Name"])
        for row in rows
    )
    with mirror.connect() as con:
        found = con.execute(
            """
            select c._id, a.id, cast(c."End_Date__c" as varchar), c."Monthly_Value__c", c."Account__r.Name"
            from mirror."Lifecycle_Provider_Contract__c" c left join mirror._ids a on a.key = c."Account__c" order by 1
            """
        ).fetchall()
        joined = con.execute(
            'select count(*) from mirror."Contact" c join mirror."Account" a on a._key = c."AccountId"'
        ).fetchall()
        users = MirrorReader(con).users()
    assert found == expected
    assert joined[0][0] > 300
    assert users["IsActive"].map(type).eq(bool).all()
    assert users["ManagerId"].dropna().isin(users["Id"]).all()


@pytest.mark.parametrize("bulk_from_rows", [BULK, REST])
def test_odd_values_come_through(empty: LocalOrg, tmp_path: Path, bulk_from_rows: int) -> None:
    with administrator(empty) as admin:
        made = admin.create("Account", [{"Name": name} for name in ODD_NAMES])
        assert all(each.ok for each in made)
        ends = [dt.date(1900, 1, 1), dt.date(4000, 12, 31), None]
        contracts = [
            {"Account__c": made[0].id, "Provider__c": "Elsewhere", "Product_Line__c": "Mobile", "End_Date__c": end}
            for end in ends
        ]
        outcomes = admin.create("Lifecycle_Provider_Contract__c", contracts)
        assert [each.message for each in outcomes] == ["", "", ""]
        owner = admin.identity.user_id
    with login(empty) as org:
        mirror, _ = pull(org, tmp_path, bulk_from_rows)
    with mirror.connect() as con:
        names = con.execute('select "Name", "Owner.IsActive" from mirror."Account" order by _key').fetchall()
        dates = con.execute(
            'select "End_Date__c" from mirror."Lifecycle_Provider_Contract__c" order by _key'
        ).fetchall()
        owners = con.execute(
            'select distinct i.id from mirror."Account" a join mirror._ids i on i.key = a."OwnerId"'
        ).fetchall()
    assert sorted(names) == sorted((name, True) for name in ODD_NAMES)
    assert [day for (day,) in dates] == ends
    assert owners == [(owner,)]


def test_what_we_wrote_is_seen_also_when_it_was_deleted(empty: LocalOrg, tmp_path: Path) -> None:
    with login(empty) as org:
        base = {"Subject": "Call", "Lifecycle_Play__c": "p"}
        tasks = org.create(
            "Task", [{**base, "Lifecycle_Key__c": key} for key in ("a1", "b2")] + [{"Subject": "theirs"}]
        )
        campaign = org.create("Campaign", [{"Name": "Wave", "Lifecycle_Key__c": "w1"}])
        assert [each.message for each in tasks + campaign] == [""] * 4
        org.delete([str(tasks[0].id)])
        mirror, _ = pull(org, tmp_path, REST)
    with mirror.connect() as con:
        reader = MirrorReader(con)
        ours = reader.our_tasks().sort_values("Lifecycle_Key__c")
        assert list(zip(ours["Id"], ours["Lifecycle_Key__c"], ours["IsDeleted"], strict=True)) == [
            (tasks[0].id, "a1", True),
            (tasks[1].id, "b2", False),
        ]
        assert list(reader.our_campaigns()["Id"]) == [campaign[0].id]
        assert len(reader.our_statuses()) >= 2
        assert con.execute('select count(*) from mirror."Task"').fetchall() == [(2,)]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="expired_session", path="/results"),
        Fault(kind="unavailable", path="/jobs/query"),
        Fault(kind="lost_reply", path="/results"),
    ],
    ids=lambda fault: fault.kind,
)
def test_faults_on_the_way_do_no_harm(sample: LocalOrg, tmp_path: Path, fault: Fault) -> None:
    with login(sample) as org:
        before = contents(pull(org, tmp_path, BULK)[0])
        sample.org.faults.add(fault)
        try:
            assert contents(pull(org, tmp_path, BULK)[0]) == before
            assert sample.org.faults.listed() == []
        finally:
            sample.org.faults.clear()


def test_an_empty_org_has_an_empty_mirror(empty: LocalOrg, tmp_path: Path) -> None:
    with login(empty) as org:
        mirror, report = pull(org, tmp_path, BULK)
    assert contents(mirror)["Account"] == []
    assert {each.object for each in report.objects if each.rows} <= {"User"}


def test_an_org_without_the_custom_fields_is_told_all_that_is_missing(tmp_path: Path) -> None:
    play = {
        "title": "t",
        "purpose": "p",
        "for_each": "account",
        "when": "true",
        "rank": "1",
        "key": ["id"],
        "occasion": "1",
        "priority": 1,
        "because": "b",
        "task": {"subject": "s", "due": {"before": "created"}},
    }
    with serve_in_thread(as_of=AS_OF) as server, login(server) as org:
        calls = org.calls.spent
        with pytest.raises(ConfigError) as caught:
            pull(org, tmp_path, BULK, mapping_of(plays={"call": play}))
        assert org.calls.spent - calls <= 3
    found = {f"{problem.file}: {problem.place}" for problem in caught.value.problems}
    assert "mappings/telecom/objects.toml: other_contract.object" in found
    assert "the org: Task.Lifecycle_Key__c" in found
    assert "deploy salesforce/" in str(caught.value)


def test_wrong_credentials_are_refused_at_the_door(empty: LocalOrg) -> None:
    with pytest.raises(LoginRefused) as caught:
        login(empty, client_secret="wrong")
    assert "client_secret" in caught.value.way_out
    assert "wrong" not in str(caught.value)
    with pytest.raises(LoginRefused, match="access token"):
        login(empty, login="access_token", access_token="stale")

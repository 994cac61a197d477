"""What a nightly pull by changes costs and survives, over HTTP against a local org."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_mirror_pull import METADATA, administrator, contents, login, mapping_of

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.settings import PullSettings
from sf_lifecycle.errors import ConfigError, OrgError, OrgUnavailable
from sf_lifecycle.localorg import Fault, LocalOrg, serve_in_thread
from sf_lifecycle.localorg.clock import stamp
from sf_lifecycle.mirror import Mirror, MirrorReader, PullReport, open_mirror, pull, pull_all, schema_for
from sf_lifecycle.salesforce import Answer, Asked, Org, bulk

START = dt.datetime(2026, 11, 22, 2, 30, tzinfo=dt.UTC)
REST = 1_000_000
SETTINGS = PullSettings(overlap_minutes=1)
ROLES: dict[str, Any] = {
    "account": [
        {"object": "Account", "fields": {"name": "Name", "owner": "OwnerId"}},
        {"object": "Lead", "fields": {"name": "Company"}},
    ],
    "contact": [{"object": "Contact", "parent": "AccountId", "fields": {"name": "Name", "email": "Email"}}],
    "task": [{"object": "Task", "parent": "AccountId", "fields": {"due": "ActivityDate"}}],
}


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += dt.timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[LocalOrg]:
    with serve_in_thread(metadata=METADATA, sample=120, as_of=START.date(), now=clock) as found:
        clock.later(minutes=30)
        yield found


@pytest.fixture
def org(server: LocalOrg) -> Iterator[Org]:
    with login(server) as found:
        yield found


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_FIRST_POLL_SECONDS", 0.005)


class Nights:
    """A mirror pulled night after night; each pull moves the org's clock on by ten minutes."""

    def __init__(self, org: Org, clock: Clock, folder: Path) -> None:
        self.org, self.clock, self.folder = org, clock, folder
        self.mapping = mapping_of(roles=ROLES)

    def mirror(self, name: str = "mirror") -> Mirror:
        return open_mirror(self.folder / name, org_id=self.org.identity.org_id, kind=self.org.identity.kind)

    def pull(self, mapping: Mapping | None = None, **options: Any) -> PullReport:
        chosen = mapping or self.mapping
        arguments: dict[str, Any] = {"now": self.clock.now, "settings": SETTINGS, "bulk_from_rows": REST} | options
        report = pull(self.org, self.mirror(), chosen, schema_for(self.org, chosen), **arguments)
        self.clock.later(minutes=10)
        return report

    def truth(self, mapping: Mapping | None = None) -> dict[str, Any]:
        chosen = mapping or self.mapping
        fresh = self.mirror(f"fresh-{self.clock.now:%d%H%M%S}")
        pull_all(self.org, fresh, chosen, schema_for(self.org, chosen), now=START, bulk_from_rows=REST)
        return plain(fresh)


def plain(mirror: Mirror) -> dict[str, Any]:
    """The tables with Ids as text, so that two mirrors that met the Ids in another order compare."""
    found = {}
    with mirror.connect() as con:
        ids = dict(con.execute("select key, id from mirror._ids").fetchall())
        tables = con.execute("select table_name from duckdb_tables() where schema_name = 'mirror'").fetchall()
        for (name,) in tables:
            if name in ("_ids", "_meta", "_pulls"):
                continue
            result = con.execute(f'select * from mirror."{name}"')
            columns = [column for column, *_ in result.description or ()]
            rows = [
                tuple(
                    ids[value] if column == "_key" or (column.endswith("Id") and isinstance(value, int)) else value
                    for column, value in zip(columns, row, strict=True)
                )
                for row in result.fetchall()
            ]
            found[name] = sorted(rows, key=repr)
    return found


@pytest.fixture
def nights(org: Org, clock: Clock, tmp_path: Path) -> Nights:
    return Nights(org, clock, tmp_path)


def modes(report: PullReport) -> dict[str, str]:
    return {each.table: each.mode for each in report.objects}


def test_a_quiet_night_costs_two_calls(nights: Nights, clock: Clock) -> None:
    first = nights.pull()
    assert first.full
    assert first.watermark is not None
    assert abs((first.watermark - START).total_seconds()) < 3600, "the org's clock, not this machine's"
    spent = nights.org.calls.spent
    quiet = nights.pull()
    assert (quiet.full, quiet.calls, quiet.expected, quiet.rows) == (False, 2, 2, 0)
    assert nights.org.calls.spent - spent == 3, "the description of the org is one more"
    assert set(modes(quiet).values()) == {"unchanged"}
    assert {each.table: each.rows for each in quiet.objects} == {each.table: each.rows for each in first.objects}
    assert [each.org_count for each in quiet.objects] == [each.org_count for each in first.objects]


def test_the_connection_and_the_description_cost_three_calls(server: LocalOrg) -> None:
    with login(server) as org:
        schema_for(org, mapping_of(roles=ROLES))
        assert org.calls.spent == 3


def test_changes_are_taken_and_the_rest_is_left(nights: Nights, server: LocalOrg) -> None:
    nights.pull()
    with administrator(server) as admin:
        (made,) = admin.create("Account", [{"Name": "new"}])
        found = admin.query("SELECT Id FROM Contact ORDER BY Id LIMIT 2")
        admin.update("Contact", [{"Id": found[0]["Id"], "Email": "a@example.com"}])
        admin.delete([found[1]["Id"]])
    report = nights.pull()
    assert (modes(report)["Account"], modes(report)["Contact"], modes(report)["Lead"]) == (
        "changes",
        "changes",
        "unchanged",
    )
    assert plain(nights.mirror()) == nights.truth()
    assert made.ok


def test_a_large_change_is_read_by_pages_or_by_bulk_or_whole(nights: Nights, server: LocalOrg, clock: Clock) -> None:
    rows = [{"Name": f"firm {number}"} for number in range(30_000)]
    ids = server.org.store.insert_many("Account", rows)
    clock.later(minutes=10)
    nights.pull()

    def touch(number: int) -> None:
        with server.org.store.write() as con:
            con.execute(
                'UPDATE "Account" SET "SystemModstamp" = ?, "Name" = "Name" || "!" WHERE "Id" <= ?'.replace(
                    '"!"', "'!'"
                ),
                (stamp(clock.now), sorted(ids)[number - 1]),
            )

    touch(5000)
    pages = nights.pull()
    accounts = pages.objects[0]
    assert (accounts.mode, accounts.bulk, accounts.calls) == ("changes", False, 2)
    touch(8000)
    wide = PullSettings(overlap_minutes=1, full_from_share=1)
    assert nights.pull(settings=wide).objects[0].bulk is False, "three more pages are cheaper than a job"
    touch(20_000)
    by_bulk = nights.pull(settings=wide, bulk_from_rows=2000).objects[0]
    assert (by_bulk.mode, by_bulk.bulk) == ("changes", True)
    touch(20_000)
    much = nights.pull()
    assert much.objects[0].mode == "full"
    assert not much.full
    assert any("Account is read whole: 20" in note and "full_from_share" in note for note in much.notes)
    assert plain(nights.mirror()) == nights.truth()


def test_a_new_column_reads_its_object_whole(nights: Nights) -> None:
    nights.pull()
    roles = ROLES | {"contact": [{**ROLES["contact"][0], "fields": {"name": "Name", "phone": "Phone"}}]}
    report = nights.pull(mapping_of(roles=roles))
    assert (modes(report)["Contact"], modes(report)["Account"]) == ("full", "unchanged")
    assert plain(nights.mirror()) == nights.truth(mapping_of(roles=roles))


def test_a_path_is_read_whole_each_night_and_told(nights: Nights, server: LocalOrg) -> None:
    roles = ROLES | {"account": [{"object": "Account", "fields": {"works": "Owner.IsActive"}}]}
    mapping = mapping_of(roles=roles)
    nights.pull(mapping)
    with server.org.store.write() as con:
        con.execute('UPDATE "User" SET "IsActive" = 0, "SystemModstamp" = ?', (stamp(nights.clock.now),))
    with server.org.store.write() as con:
        con.execute('UPDATE "User" SET "IsActive" = 1 WHERE "Id" = ?', (server.org.worker_id,))
    report = nights.pull(mapping)
    assert modes(report)["Account"] == "full"
    assert any("Owner.IsActive stands in another record" in note for note in report.notes)
    assert plain(nights.mirror()) == nights.truth(mapping)


def test_what_cannot_be_followed_is_refused_where_the_mapping_insists(nights: Nights) -> None:
    source = {"object": "Account", "pull": "incremental", "fields": {"works": "Owner.IsActive", "name": "Name"}}
    with pytest.raises(ConfigError) as caught:
        nights.pull(mapping_of(roles=ROLES | {"account": [source]}))
    (problem,) = caught.value.problems
    assert (problem.file, problem.place) == ("mappings/telecom/objects.toml", "account.fields.works")
    assert "Owner.IsActive" in problem.message
    assert "role of its own" in problem.hint


def test_full_is_full(nights: Nights, clock: Clock) -> None:
    nights.pull()
    assert nights.pull(full=True).full
    wished = ROLES | {"contact": [{**ROLES["contact"][0], "pull": "full"}]}
    assert modes(nights.pull(mapping_of(roles=wished)))["Contact"] == "full"
    clock.later(days=7)
    assert nights.pull().full


def test_rows_purged_in_the_org_go_with_the_next_full_pull(nights: Nights, server: LocalOrg, clock: Clock) -> None:
    nights.pull()
    with server.org.store.write() as con:
        (gone,) = con.execute('SELECT "Id" FROM "Contact" WHERE "IsDeleted" = 0 ORDER BY "Id" LIMIT 1').fetchone()
        con.execute('DELETE FROM "Contact" WHERE "Id" = ?', (gone,))
    nights.pull()
    assert gone in {row[1] for row in plain(nights.mirror())["Contact"]}, "nothing in the org tells"
    clock.later(days=6, hours=23, minutes=30)
    assert nights.pull().full
    assert plain(nights.mirror()) == nights.truth()


def test_the_overlap_catches_what_was_saved_late(nights: Nights, server: LocalOrg, clock: Clock) -> None:
    with administrator(server) as admin:
        (made,) = admin.create("Account", [{"Name": "before"}])
    clock.later(minutes=1)
    report = nights.pull()
    assert report.watermark is not None
    late = report.watermark - dt.timedelta(seconds=50)
    with server.org.store.write() as con:
        con.execute(
            'UPDATE "Account" SET "Name" = ?, "SystemModstamp" = ? WHERE "Id" = ?', ("late", stamp(late), made.id)
        )
    nights.pull()
    assert plain(nights.mirror()) == nights.truth()


def test_stamps_in_the_future_hide_nothing(nights: Nights, server: LocalOrg, clock: Clock) -> None:
    nights.pull()
    with server.org.store.write() as con:
        con.execute(
            'UPDATE "Contact" SET "SystemModstamp" = ?, "Email" = ?', (stamp(START + dt.timedelta(days=900)), "f@x.nl")
        )
    nights.pull()
    with administrator(server) as admin:
        (found, *_) = admin.query("SELECT Id FROM Contact ORDER BY Id LIMIT 1")
        admin.update("Contact", [{"Id": found["Id"], "Email": "now@x.nl"}])
    nights.pull()
    assert plain(nights.mirror()) == nights.truth()


def test_a_clock_that_goes_back_reads_everything(nights: Nights, clock: Clock, server: LocalOrg) -> None:
    nights.pull()
    ours = clock.now
    clock.later(hours=-1)
    with administrator(server) as admin:
        (found, *_) = admin.query("SELECT Id FROM Contact ORDER BY Id LIMIT 1")
        admin.update("Contact", [{"Id": found["Id"], "Email": "back@x.nl"}])
    clock.later(minutes=55)
    report = nights.pull(now=ours)
    assert report.full
    assert any("clock went back" in note for note in report.notes)
    assert plain(nights.mirror()) == nights.truth()


@pytest.mark.parametrize("code", ["QUERY_TIMEOUT", "INVALID_QUERY_LOCATOR"])
def test_a_query_that_fails_reads_its_object_whole(
    nights: Nights, server: LocalOrg, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    nights.pull()
    with administrator(server) as admin:
        (found, *_) = admin.query("SELECT Id FROM Contact ORDER BY Id LIMIT 1")
        admin.update("Contact", [{"Id": found["Id"], "Email": "a@x.nl"}])
    usual = nights.org.query_many

    def query_many(queries: list[Asked]) -> list[Answer]:
        answers = usual(queries)
        error = OrgUnavailable("Your query request was running for too long.", code=code)
        return [
            Answer(rows=[], total=0, error=error) if "FROM Contact WHERE System" in asked.soql else answer
            for asked, answer in zip(queries, answers, strict=True)
        ]

    monkeypatch.setattr(nights.org, "query_many", query_many)
    report = nights.pull()
    assert modes(report)["Contact"] == "full"
    assert modes(report)["Account"] == "unchanged"
    assert any("Contact is read whole: asking for what changed failed" in note for note in report.notes)
    assert plain(nights.mirror()) == nights.truth()


def test_merges_that_fail_among_others_are_asked_by_themselves(
    nights: Nights, server: LocalOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.pull()
    with administrator(server) as admin:
        first, second = (row["Id"] for row in admin.query("SELECT Id FROM Account ORDER BY Id LIMIT 2"))
    server.org.store.merge("Account", first, [second])
    usual, error = nights.org.query_many, OrgUnavailable("slow", code="QUERY_TIMEOUT")

    def query_many(queries: list[Asked]) -> list[Answer]:
        answers = usual(queries)
        return [
            Answer(rows=[], total=0, error=error) if "MasterRecordId != null" in asked.soql else answer
            for asked, answer in zip(queries, answers, strict=True)
        ]

    monkeypatch.setattr(nights.org, "query_many", query_many)
    nights.pull()
    with nights.mirror().connect() as con:
        assert MirrorReader(con).merged()[second] == first
    assert plain(nights.mirror()) == nights.truth()


@pytest.mark.parametrize(("code", "survives"), [("INVALID_QUERY_LOCATOR", True), ("REQUEST_LIMIT_EXCEEDED", False)])
def test_pages_that_do_not_come(
    nights: Nights, server: LocalOrg, clock: Clock, monkeypatch: pytest.MonkeyPatch, code: str, survives: bool
) -> None:
    server.org.store.insert_many("Account", [{"Name": f"firm {number}"} for number in range(9000)])
    clock.later(minutes=10)
    nights.pull()
    with server.org.store.write() as con:
        con.execute('UPDATE "Account" SET "SystemModstamp" = ? WHERE rowid <= 2500', (stamp(clock.now),))

    def query_rest(_: str) -> list[dict[str, Any]]:
        raise OrgError("gone", code=code)

    monkeypatch.setattr(nights.org, "query_rest", query_rest)
    before = contents(nights.mirror(), without=())
    if survives:
        assert modes(nights.pull())["Account"] == "full"
    else:
        with pytest.raises(OrgError, match="gone"):
            nights.pull()
        assert contents(nights.mirror(), without=()) == before


@pytest.mark.parametrize("kind", ["expired_session", "unavailable", "lost_reply"])
def test_faults_on_the_way_do_no_harm_to_changes(nights: Nights, server: LocalOrg, kind: str) -> None:
    nights.pull()
    with administrator(server) as admin:
        admin.create("Account", [{"Name": "new"}])
    server.org.faults.add(Fault(kind=kind, path="/composite/batch"))
    nights.pull()
    assert server.org.faults.listed() == []
    assert plain(nights.mirror()) == nights.truth()


def test_a_failed_pull_leaves_mirror_and_watermark(
    nights: Nights, server: LocalOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights.pull()
    before = contents(nights.mirror(), without=())
    with administrator(server) as admin:
        admin.create("Account", [{"Name": "new"}])
    with monkeypatch.context() as patch:
        patch.setattr("sf_lifecycle.mirror.pulling.write_meta", _fail)
        with pytest.raises(OrgError, match="no more"):
            nights.pull()
    assert contents(nights.mirror(), without=()) == before
    nights.pull()
    assert plain(nights.mirror()) == nights.truth()


def _fail(*_: object) -> None:
    raise OrgError("no more")


KILLED = """
import datetime as dt, os, signal, sys, threading, time
from pathlib import Path
from test_mirror_changes import ROLES, SETTINGS, REST
from test_mirror_pull import mapping_of
from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.mirror import open_mirror, pull, schema_for
from sf_lifecycle.salesforce import connect
url, identifier, secret, folder, after = sys.argv[1:]
settings = SalesforceSettings.model_validate({"instance_url": url, "kind": "local", "login": "client_credentials",
    "client_id": identifier, "client_secret": secret})
org = connect(settings)
mapping = mapping_of(roles=ROLES)
schema = schema_for(org, mapping)
mirror = open_mirror(Path(folder), org_id=org.identity.org_id, kind=org.identity.kind)
def kill():
    time.sleep(float(after))
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=kill, daemon=True).start()
pull(org, mirror, mapping, schema, now=dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC), settings=SETTINGS,
     bulk_from_rows=REST)
"""


@pytest.mark.parametrize(
    "after", [0.03, *(pytest.param(moment, marks=pytest.mark.slow) for moment in (0.0, 0.06, 0.12))]
)
def test_a_pull_killed_at_any_moment_loses_nothing(nights: Nights, server: LocalOrg, after: float) -> None:
    nights.pull()
    before = contents(nights.mirror())
    with administrator(server) as admin:
        admin.create("Account", [{"Name": f"new {number}"} for number in range(50)])
    arguments = [server.url, server.client_id, server.client_secret, str(nights.mirror().path.parent), str(after)]
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], env={**os.environ, "PYTHONPATH": path}, check=False
    )
    assert done.returncode in (0, -signal.SIGKILL)
    if done.returncode:
        assert contents(nights.mirror()) in (before, _with_new(nights))
    nights.pull()
    assert plain(nights.mirror()) == nights.truth()


def _with_new(nights: Nights) -> dict[str, Any]:
    """Killed after the commit."""
    return contents(nights.mirror()) if plain(nights.mirror()) == nights.truth() else {}


def test_the_reader_tells_how_each_table_was_brought_up_to_date(nights: Nights) -> None:
    nights.pull()
    report = nights.pull()
    with nights.mirror().connect() as con:
        pulls = MirrorReader(con).pulls().set_index("object")
    assert pulls.loc["Account", "mode"] == "unchanged"
    assert report.watermark is not None
    assert dt.datetime.fromisoformat(str(pulls.loc["Account", "watermark"])) == report.watermark

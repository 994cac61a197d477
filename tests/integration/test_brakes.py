"""What people in Salesforce see of the worker, and how they stop it: the heartbeat and the pause switch; and holds."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Callable

import pytest
from firms import DAY, Firm

from sf_lifecycle import pipeline
from sf_lifecycle.decisions import Word, apply_plan_file
from sf_lifecycle.errors import Refused
from sf_lifecycle.localorg import Fault
from sf_lifecycle.plan.guards import OPEN_TASKS
from sf_lifecycle.request import Request, Unwatched
from sf_lifecycle.state import State, open_state

MakeFirm = Callable[..., Firm]
SETTINGS = "Lifecycle_Setting__c"


@pytest.fixture
def small(make_firm: MakeFirm) -> Firm:
    firm = make_firm(60)
    firm.only("research-dates")
    return firm


def tick(firm: Firm, paused: bool) -> None:
    if firm.rows(f"SELECT Id FROM {SETTINGS}"):
        firm.change(f"UPDATE {SETTINGS} SET Paused__c = ?", int(paused))
    else:
        firm.org.org.store.insert_many(SETTINGS, [{"Name": "Brake", "Paused__c": paused}])


def state_of(firm: Firm) -> State:
    return open_state(firm.workspace().settings.storage.state_url)


def heartbeat(firm: Firm) -> dict[str, object]:
    (record,) = firm.rows("SELECT * FROM Lifecycle_Job__c")
    return record


def test_a_job_has_one_record_in_salesforce_that_each_run_updates(small: Firm) -> None:
    first = small.run()
    record = heartbeat(small)
    assert (record["Job_Key__c"], record["Status__c"], record["Run_Id__c"]) == ("nightly", "done", first.run_id)
    assert record["Created__c"] == first.done()["create"]["Task"] > 0
    assert record["Last_Run__c"] == record["Last_Success__c"]

    second = small.run()
    record = heartbeat(small)
    assert (record["Status__c"], record["Run_Id__c"], record["Created__c"]) == ("nothing", second.run_id, 0)
    assert second.writes == 0


@pytest.mark.slow
def test_a_heartbeat_that_was_deleted_is_made_again(small: Firm) -> None:
    small.run()
    small.change("DELETE FROM Lifecycle_Job__c")
    report = small.run()
    assert heartbeat(small)["Run_Id__c"] == report.run_id
    assert report.notes == ()


@pytest.mark.slow
def test_an_org_without_the_heartbeats_object_is_served_all_the_same(make_firm: MakeFirm) -> None:
    firm = make_firm(60)
    firm.org.close()
    for name in ("Lifecycle_Job__c", SETTINGS):
        shutil.rmtree(firm.folder / "salesforce/force-app/main/default/objects" / name)
    bare = make_firm(60, metadata=firm.folder / "salesforce")
    bare.only("research-dates")
    assert bare.run().status == "done"
    assert bare.run().status == "nothing"


def test_a_ticked_switch_stops_a_run_before_it_writes(small: Firm) -> None:
    tick(small, paused=True)
    with pytest.raises(Refused) as refused:
        small.run(allow=frozenset({"rules_changed"}))
    assert [each.guard for each in refused.value.refusals] == ["paused"]
    assert small.rows("SELECT Id FROM Task WHERE Lifecycle_Key__c IS NOT NULL") == []
    assert heartbeat(small)["Status__c"] == "refused"

    tick(small, paused=False)
    assert small.run().status == "done"


@pytest.mark.slow
def test_a_switch_ticked_while_writing_stops_between_two_batches(make_firm: MakeFirm) -> None:
    firm = make_firm(300)

    class TicksAfterTheFirstBatch(Unwatched):
        def progress(self, what: str, done: int, total: int | None, /) -> None:
            if what == "create Task":
                tick(firm, paused=True)

    request = Request(job="nightly", as_of=DAY)
    report = pipeline.run(firm.workspace(), request, TicksAfterTheFirstBatch())
    assert report.status == "stopped"
    assert "Paused" in str(heartbeat(firm)["Message__c"])
    made = len(firm.rows("SELECT Id FROM Task WHERE Lifecycle_Key__c IS NOT NULL"))
    assert 0 < made <= 200
    tick(firm, paused=False)
    assert firm.run().status == "done"
    assert firm.run().writes == 0


def test_a_held_job_writes_nothing_until_it_is_released(small: Firm) -> None:
    first = small.run()
    with state_of(small) as state:
        state.hold(small.org.org_id, "nightly", str(first.run_id), who="ann", why="the wrong window")
    with pytest.raises(Refused, match=r"held since .* by ann: the wrong window; .*sf-lifecycle release nightly"):
        small.run()
    assert small.run(dry_run=True).status == "planned"
    with state_of(small) as state:
        assert state.release(small.org.org_id, "nightly", who="ann", why="mended")
    assert small.run().status == "nothing"


@pytest.mark.slow
def test_who_lifted_a_guard_and_why_is_recorded(small: Firm) -> None:
    small.edit("jobs/nightly.toml", "create_tasks      = { most = 8000 }", "create_tasks = { most = 0 }")
    with pytest.raises(Refused, match="create_tasks"):
        small.run()
    request = Request(
        job="nightly", as_of=DAY, allow=frozenset({"create_tasks", "clear_values"}), who="ann", why="checked by hand"
    )
    report = pipeline.run(small.workspace(), request, Unwatched())
    with state_of(small) as state:
        run = state.run(str(report.run_id))
    assert run is not None
    assert run.allowed == {"guards": ["create_tasks"], "who": "ann", "why": "checked by hand"}
    with pytest.raises(Refused, match="create_tasks"):  # for that run only
        small.run(DAY + dt.timedelta(days=14))


def test_changed_rules_need_a_persons_word_once(small: Firm) -> None:
    small.run()
    small.edit("mappings/telecom/lifecycle.toml", "in_days = 30", "in_days = 31")
    assert small.run().status == "nothing"  # other rules that change nothing ask for nothing
    small.edit("mappings/telecom/plays/research-dates.toml", 'subject.nl = "', 'subject.nl = "Graag: ')
    with pytest.raises(Refused, match="under rules that are not those of the last run is over 0"):
        small.run()
    assert small.run(allow=frozenset({"rules_changed", "update_tasks"})).done()["update"]["Task"] > 0
    assert small.run().status == "nothing"


@pytest.mark.slow
def test_values_are_forgotten_after_their_days(small: Firm) -> None:
    first = small.run()
    with state_of(small) as state:
        assert any(write.after for write in state.ledger(str(first.run_id)))
    old = small.folder / "var" / "plans" / "old.jsonl"
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_text("names")
    os.utime(old, (0, 0))
    with sqlite3.connect(small.folder / "var" / "state.db") as con:
        con.execute("UPDATE runs SET started = '2020-01-01 00:00:00'")
        con.execute("UPDATE writes SET sent_at = '2020-01-01 00:00:00', settled_at = '2020-01-01 00:00:00'")
    small.run()
    with state_of(small) as state:
        rows = list(state.ledger(str(first.run_id)))
    assert rows
    assert all(not write.after and not write.before and write.read_back is None for write in rows)
    assert not old.exists()


def test_a_day_whose_calls_are_spent_stops_between_two_batches(make_firm: MakeFirm) -> None:
    firm = make_firm(60)
    firm.only("research-dates")

    class OthersSpendThem(Unwatched):
        def progress(self, what: str, done: int, total: int | None, /) -> None:
            if what.startswith("create"):
                for _ in range(60_000):
                    firm.org.org.meter.count()

    request = Request(job="nightly", as_of=DAY)
    report = pipeline.run(firm.workspace(), request, OthersSpendThem())
    assert (report.status, report.exit_code) == ("stopped", 4)
    assert any("API calls a day are used" in note for note in report.notes)


@pytest.mark.slow
def test_maintenance_keeps_the_plan_for_when_the_org_is_writable(small: Firm) -> None:
    small.org.org.faults.add(Fault(kind="maintenance", times=None, path="composite/sobjects"))
    report = small.run()
    assert (report.status, report.exit_code) == ("failed", 5)
    assert report.waiting is not None
    assert report.waiting.exists()
    small.org.org.faults.clear()
    written = apply_plan_file(small.workspace(), report.waiting, Word(who="ann"), Unwatched())
    assert written.status in ("done", "nothing")
    assert small.rows("SELECT Id FROM Task WHERE Lifecycle_Key__c IS NOT NULL")
    assert small.run().status == "nothing"


@pytest.mark.slow
def test_another_jobs_tasks_do_not_dilute_a_guard(make_firm: MakeFirm) -> None:
    firm = make_firm(60)
    nightly = (firm.folder / "jobs/nightly.toml").read_text()
    firm.only("research-dates")
    firm.run()
    (firm.folder / "jobs/second.toml").write_text(nightly.replace("[guards]", 'plays = ["switch-window"]\n[guards]'))
    for job, plays in (("nightly", "research-dates"), ("second", "switch-window")):
        request = Request(job=job, as_of=DAY, dry_run=True)
        report = pipeline.run(firm.workspace(), request, Unwatched())
        ours = firm.rows("SELECT Id FROM Task WHERE IsClosed = 0 AND Lifecycle_Play__c = ?", plays)
        assert report.plan.sizes[OPEN_TASKS] == len(ours)

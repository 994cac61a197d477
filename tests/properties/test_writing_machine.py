"""Whatever happens to the worker, to the org and to its data, in whatever order: what must never be never is."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from paper_org import KEY, Night, Record, rules
from paper_worlds import DAY, World
from writing_door import Mishap
from writing_org import Worker
from writing_worlds import CONTRACT, ripe_worlds

from sf_lifecycle.apply import ApplyReport
from sf_lifecycle.lifecycle import keys

PICK = st.integers(0, 99)  # which of those there are
MISHAPS = st.builds(
    Mishap,
    at=st.sampled_from((0, 0, 1, 1, 2, 3, 4, 6)),
    where=st.sampled_from(("writing", "writing", "writing", "asking", "remembering")),
    kind=st.sampled_from(
        ("died", "died after", "request lost", "answer lost", "gone", "gone after", "locked", "refused")
    ),
)
FACTS = st.sampled_from(("date", "date", "provider", "provider", "renewal", "opt-out", "owner", "leaver", "merge"))
DAYS = st.one_of(st.none(), st.integers(-40, 160))
# Not "touch" and "complete": see the story of the Task worked on while the plan waited.
WHILE_WAITING = ("delete", "respond")
EDITS: tuple[Record, ...] = (
    {"Subject": "My own words"},
    {"Status": "In Progress"},
    {"Priority": "Low"},
    {"Description": None},
    {"ActivityDate": DAY + dt.timedelta(days=25)},
)


class Writing(RuleBasedStateMachine):
    """A small firm, people who work in it, and a worker to whom things happen."""

    @initialize(world=ripe_worlds(), mishap=st.one_of(st.none(), MISHAPS))
    def begin(self, world: World, mishap: Mishap | None) -> None:
        self.worker = Worker(rules("paper", "tiny"), world, self.wrote)
        self.org, self.day = self.worker.org, DAY
        self.theirs: dict[str, Record] = {}  # Tasks and members that people have worked on, as they left them
        self.over: set[str] = set()  # keys of Tasks that were done, deleted by people, or lapsed
        self._ended(*self.worker.night(self.day, mishap))

    def teardown(self) -> None:
        if hasattr(self, "worker"):
            self.worker.close()

    # ------------------------------------------------------------ nights

    @rule()
    def night(self) -> None:
        night, report = self.worker.night(self.day)
        assert night is not None
        assert report is not None
        self._ended(night, report)
        assert not any(section.failed or section.unknown for section in report.sections), report.troubles
        self._nobody_who_said_no()
        again = self.org.night(self.day).plan
        assert again.is_empty, [(s.object, s.operation, list(s.records(0, 3))) for s in again.sections]

    @rule(mishap=MISHAPS, what=FACTS, pick=PICK, days=DAYS)
    def night_with_a_mishap(self, mishap: Mishap, what: str, pick: int, days: int | None) -> None:
        """A night that has something to write."""
        self.a_fact_changes(what, pick, days)
        self._ended(*self.worker.night(self.day, mishap))

    @rule(pick=PICK, edit=st.sampled_from(EDITS), what=st.sampled_from(WHILE_WAITING), fact=FACTS, days=DAYS)
    def night_that_waited(self, pick: int, edit: Record, what: str, fact: str, days: int | None) -> None:
        """The plan waited for a person, and people went on working."""
        self.a_fact_changes(fact, pick, days)
        doing = {
            "touch": lambda: self.a_rep_edits(pick, edit),
            "complete": lambda: self.a_rep_completes(pick),
            "delete": lambda: self.a_rep_deletes(pick),
            "respond": lambda: self.a_member_responds(pick),
        }
        self._ended(*self.worker.night(self.day, meanwhile=doing[what]))

    def _ended(self, night: Night | None, report: ApplyReport | None) -> None:
        for section in report.sections if report else ():
            assert section.sent == section.done + section.exists + section.failed + section.unknown
        lapsed = night.plan.section("Task", "delete") if night else None
        for ref, cause in zip(lapsed.rows["ref"], lapsed.rows["cause"], strict=True) if lapsed else ():
            if cause == "lapsed" and self.org.ours["Task"][ref]["IsDeleted"]:
                self.over.add(self.org.ours["Task"][ref][KEY])

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.day += dt.timedelta(days=days)

    # ------------------------------------------------------------ people

    @rule(
        what=st.sampled_from(("edit", "complete", "delete", "hand over", "respond", "move on")),
        pick=PICK,
        edit=st.sampled_from(EDITS),
    )
    def somebody_works(self, what: str, pick: int, edit: Record) -> None:
        match what:
            case "edit":
                self.a_rep_edits(pick, edit)
            case "complete":
                self.a_rep_completes(pick)
            case "delete":
                self.a_rep_deletes(pick)
            case "hand over":
                self.a_task_is_handed_over(pick)
            case "respond":
                self.a_member_responds(pick)
            case "move on":
                self.a_campaign_moves_on(pick)

    @rule(what=FACTS, pick=PICK, days=DAYS)
    def a_fact_changes(self, what: str, pick: int, days: int | None) -> None:
        match what:
            case "date":
                self.a_date_is_corrected(pick, days)
            case "provider":
                self.a_provider_is_corrected(pick)
            case "renewal":
                self.an_account_renews(pick)
            case "opt-out":
                self.somebody_opts_out(pick)
            case "owner":
                self.an_account_is_handed_over(pick)
            case "leaver":
                self.a_rep_leaves(pick)
            case "merge":
                self.two_accounts_are_merged(pick)

    def _some(self, found: Mapping[str, Any], pick: int) -> str | None:
        ids = sorted(found)
        return ids[pick % len(ids)] if ids else None

    def _untouched(self) -> dict[str, Record]:
        return {id_: task for id_, task in self.org.open_tasks().items() if id_ not in self.theirs}

    def _is_theirs(self, kind: str, id_: str) -> None:
        self.theirs[id_] = dict(self.org.ours[kind][id_])

    def a_rep_edits(self, pick: int, edit: Record) -> None:
        task = self._some(self._untouched(), pick)
        if task and any(self.org.ours["Task"][task].get(name) != value for name, value in edit.items()):
            self.org.touch(task, **edit)
            self._is_theirs("Task", task)

    def a_rep_completes(self, pick: int) -> None:
        if task := self._some(self.org.open_tasks(), pick):
            self.org.complete(task, self.day)
            self._is_theirs("Task", task)
            self.over.add(self.org.ours["Task"][task][KEY])

    def a_rep_deletes(self, pick: int) -> None:
        if task := self._some(self.org.open_tasks(), pick):
            self.org.delete_task(task)
            self._is_theirs("Task", task)
            self.over.add(self.org.ours["Task"][task][KEY])

    def a_task_is_handed_over(self, pick: int) -> None:
        """Owner alone is no work."""
        active = {id_: user for id_, user in self.org.records["User"].items() if user["IsActive"]}
        if task := self._some(self._untouched(), pick):
            self.org.touch(task, OwnerId=self._some(active, pick // 7))

    def a_member_responds(self, pick: int) -> None:
        standing = {id_: m for id_, m in self.org.ours["CampaignMember"].items() if not m["IsDeleted"]}
        if member := self._some(standing, pick):
            self.org.ours["CampaignMember"][member] |= {"Status": "Responded", "HasResponded": True}
            self._is_theirs("CampaignMember", member)

    def a_campaign_moves_on(self, pick: int) -> None:
        if campaign := self._some(self.org.ours["Campaign"], pick):
            self.org.move_on(campaign)

    # ------------------------------------------------------------ facts

    def _contracts(self) -> dict[str, Record]:
        """Those that a Task of ours is about, where there are any."""
        about = {task["WhatId"] for task in self._untouched().values()}
        every = self.org.records[CONTRACT]
        return {id_: row for id_, row in every.items() if row["Account__c"] in about} or every

    def a_date_is_corrected(self, pick: int, days: int | None) -> None:
        if contract := self._some(self._contracts(), pick):
            self.org.edit(CONTRACT, contract, End_Date__c=None if days is None else self.day + dt.timedelta(days=days))

    def a_provider_is_corrected(self, pick: int) -> None:
        """What a Task says changes, and nothing else."""
        if contract := self._some(self._contracts(), pick):
            self.org.edit(CONTRACT, contract, Provider__c=f"Provider {pick}")

    def an_account_renews(self, pick: int) -> None:
        if contract := self._some(self._contracts(), pick):
            account, end = self.org.records[CONTRACT][contract]["Account__c"], self.day + dt.timedelta(days=800)
            for id_, row in self.org.records[CONTRACT].items():
                if row["Account__c"] == account:
                    self.org.edit(CONTRACT, id_, End_Date__c=end)

    def somebody_opts_out(self, pick: int) -> None:
        asked = {task.get("WhoId") for task in self._untouched().values()}
        asked |= {member["ContactId"] for member in self.org.ours["CampaignMember"].values()}
        contacts = self.org.records["Contact"]
        if contact := self._some({id_: row for id_, row in contacts.items() if id_ in asked} or contacts, pick):
            self.org.edit("Contact", contact, DoNotCall=True, HasOptedOutOfEmail=True)

    def an_account_is_handed_over(self, pick: int) -> None:
        if account := self._some(self.org.records["Account"], pick):
            self.org.edit("Account", account, OwnerId=self._some(self.org.records["User"], pick // 7))

    def a_rep_leaves(self, pick: int) -> None:
        reps = {id_: user for id_, user in self.org.records["User"].items() if user["Alias"] not in ("sdesk", "comms")}
        if rep := self._some(reps, pick):
            self.org.edit("User", rep, IsActive=False)

    def two_accounts_are_merged(self, pick: int) -> None:
        accounts = self.org.records["Account"]
        survivor = self._some(accounts, pick)
        loser = self._some({id_: row for id_, row in accounts.items() if id_ != survivor}, pick // 7)
        if survivor and loser:
            self.org.merge("Account", survivor, loser)
            for id_, left in self.theirs.items():  # the merge moved them, not we
                moved = {**self.org.ours["Task"], **self.org.ours["CampaignMember"]}[id_]
                self.theirs[id_] = left | {name: moved[name] for name in ("WhatId", "WhoId") if name in moved}

    # ------------------------------------------------------------ what must never be

    def wrote(self, operation: str, kind: str, ref: str, values: Mapping[str, Any]) -> None:
        """Asked of every row just before it is written."""
        assert ref not in self.theirs, f"a person has worked on it: {operation} {kind} {ref} {values}"
        if operation == "create" and kind == "Task":
            assert values["ActivityDate"] >= self.day, "due before the day it is made"
            assert values[KEY] not in self.over, "made again for an occasion that is over"

    @invariant()
    def what_people_left_is_as_they_left_it(self) -> None:
        for id_, left in getattr(self, "theirs", {}).items():
            found = {**self.org.ours["Task"], **self.org.ours["CampaignMember"]}[id_]
            assert found == left

    @invariant()
    def one_of_each(self) -> None:
        if not hasattr(self, "org"):
            return
        for kind in ("Task", "Campaign", "CampaignMember"):
            standing = Counter(row[KEY] for row in self.org.ours[kind].values() if not row["IsDeleted"])
            assert not [key for key, rows in standing.items() if rows > 1], kind
        about = Counter(keys.outreach_of(task[KEY]) for task in self.org.open_tasks().values())
        assert not [outreach for outreach, tasks in about.items() if tasks > 1], "two open Tasks for one outreach"

    def _nobody_who_said_no(self) -> None:
        """After a whole night: who may not be approached is not about to be."""
        plays, contacts = self.org.rules.mapping.plays, self.org.records["Contact"]
        for task in self._untouched().values():
            asked, who = plays[task["Lifecycle_Play__c"]].task, contacts.get(str(task.get("WhoId")))
            assert not (asked and asked.channel == "call" and who and who["DoNotCall"]), task
        for id_, member in self.org.ours["CampaignMember"].items():
            part = plays[member["Lifecycle_Play__c"]].campaign
            planned = part and member["Status"] == part.member.status and not member["IsDeleted"]
            if planned and id_ not in self.theirs:
                assert not contacts[member["ContactId"]]["HasOptedOutOfEmail"], member


few = settings(
    max_examples=2,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # looking for the shortest story takes too long here
    suppress_health_check=list(HealthCheck),
)


def test_a_short_life() -> None:
    run_state_machine_as_test(Writing, settings=few)


@pytest.mark.slow
def test_many_long_lives() -> None:
    many = settings(few, max_examples=30, stateful_step_count=30, phases=tuple(Phase), derandomize=False)
    run_state_machine_as_test(Writing, settings=many)

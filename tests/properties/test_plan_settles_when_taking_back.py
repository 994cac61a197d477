"""What is no longer true is taken back: each rule on a small firm, planned, carried out, and planned again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from paper_org import KEY, Night, PaperOrg, Record, Rules, creates, deletes, document, rules, updates
from paper_worlds import DAY, World, user_id

from sf_lifecycle.config.job import Job
from sf_lifecycle.config.mapping import Capacity, Withdraw
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.plan.document import load

TINY, TELECOM = ("paper", "tiny"), ()
ACCOUNT, OTHER = "001000000000000001", "001000000000000002"
JO, BO = "003000000000000001", "003000000000000002"
ANN, BOB, CAS = user_id(3), user_id(4), user_id(5)
CONTRACT, SECOND = "a00000000000000001", "a00000000000000002"
KIND = "Lifecycle_Provider_Contract__c"
NEXT = DAY + dt.timedelta(days=1)
AHEAD = Capacity(lead_days=90)  # every Task is made at once
NOTICE = 30


def user(number: int, alias: str) -> Record:
    who = {"Id": user_id(number), "Name": alias, "Alias": alias, "IsActive": True}
    return who | {"UserType": "Standard", "ManagerId": None}


def account(id_: str, **fields: Any) -> Record:
    created = dt.datetime.combine(dt.date(2020, 1, 1), dt.time(9))
    usual = {"Name": "Bakker", "OwnerId": ANN, "BillingCountry": "NL", "CreatedDate": created}
    return {"Id": id_, **usual, "Lifecycle_Legal_Form__c": "BV", **fields}


def contact(id_: str, account_id: str = ACCOUNT, **fields: Any) -> Record:
    """Somebody who may be called and wants no mail."""
    usual = {"Name": f"Jo {id_[-1]}", "Phone": "+31 20 1", "DoNotCall": False, "HasOptedOutOfEmail": True}
    return {"Id": id_, "AccountId": account_id, **usual, "Lifecycle_Call_Consent__c": "Given", **fields}


def contract(id_: str, ahead: int, account_id: str = ACCOUNT, **fields: Any) -> Record:
    """A contract elsewhere whose last day to decide is `ahead` days from the first night."""
    ends = DAY + dt.timedelta(days=ahead + NOTICE)
    usual = {"End_Date__c": ends, "Notice_Days__c": NOTICE, "End_Date_Certainty__c": "exact", "Provider__c": "Belnet"}
    return {"Id": id_, "Account__c": account_id, **usual, "Researched_On__c": DAY, **fields}


def firm(*records: tuple[str, Record], names: tuple[str, ...] = TINY, **measures: Any) -> PaperOrg:
    """One account of Ann's, with Jo, and what is given besides; the first night has passed."""
    below = (KIND, "Contact") if names else (KIND, "Contact", "Contract", "Opportunity", "Case", "Task", "Lead")
    world = World({name: [] for name in ("User", "Account", *below)})
    world["User"] = [user(1, "sdesk"), user(2, "comms"), user(3, "ann"), user(4, "bob"), user(5, "cas")]
    world["Account"], world["Contact"] = [account(ACCOUNT)], [contact(JO)]
    for kind, record in records:
        world[kind].append(record)
    org = PaperOrg(rules(*names).with_measures(capacity=AHEAD, **measures), world)
    org.run(DAY)
    return org


def only_task(org: PaperOrg) -> str:
    (task,) = org.open_tasks()
    return task


def key_of(account_id: str, ahead: int, play: str = "ending") -> str:
    return keys.full(keys.outreach(play, (account_id,)), DAY + dt.timedelta(days=ahead))


def settled(org: PaperOrg, day: dt.date) -> Night:
    """The night's run, after which nothing is left to do that day; its document can be saved and read."""
    night = org.run(day)
    written = document(night.plan)
    assert document(load(iter(written.splitlines(keepends=True)), name="plan")) == written
    again = org.night(day).plan
    assert again.is_empty, [(s.object, s.operation, list(s.records(0, 3))) for s in again.sections]
    return night


# ---------------------------------------------------------------- facts that are gone


def test_a_contract_that_is_gone_takes_its_task_along_and_brings_it_back() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        was = dict(org.ours["Task"][task])
        record = org.records[KIND][CONTRACT]
        org.remove(KIND, CONTRACT)
        plan = settled(org, NEXT).plan
        cause, why, before = deletes(plan, "Task")[task]
        assert cause == "withdrawn"
        assert why == "no longer on the list of Ends soon: the date it stood for is on no record any more"
        assert before == {name: value for name, value in was.items() if name in before}
        assert {"Subject", "Description", "WhoId", "WhatId", "OwnerId", "ActivityDate", "Status", KEY} <= set(before)
        org.add(KIND, record)
        (made,) = creates(settled(org, NEXT + dt.timedelta(days=1)).plan, "Task")
        assert made[KEY] == was[KEY]


@pytest.mark.slow
@pytest.mark.parametrize("corrected", [None, 400])
def test_a_corrected_date_that_is_no_reason_any_more_takes_the_task_back(corrected: int | None) -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        end = None if corrected is None else DAY + dt.timedelta(days=corrected)
        org.edit(KIND, CONTRACT, End_Date__c=end)
        assert len(deletes(settled(org, NEXT).plan, "Task")) == 1


@pytest.mark.slow
def test_a_stage_that_the_play_does_not_serve_takes_the_task_back_and_says_which() -> None:
    with firm((KIND, contract(CONTRACT, 40)), names=TELECOM) as org:
        task = only_task(org)
        talks = {"Id": "006000000000000001", "AccountId": ACCOUNT, "IsClosed": False}
        org.add("Opportunity", talks | {"CreatedDate": dt.datetime.combine(DAY, dt.time(9))})
        cause, why, _ = deletes(settled(org, NEXT).plan, "Task")[task]
        assert cause == "withdrawn"
        assert why.endswith("the stage is now in contract talks (Talks since 23 November 2026)")
        org.edit("Opportunity", talks["Id"], IsClosed=True)
        made = {made[KEY] for made in creates(settled(org, NEXT + dt.timedelta(days=9)).plan, "Task")}
        assert key_of(ACCOUNT, 40, "switch-window") in made


def of_job(*plays: str, others: tuple[str, ...] = ()) -> Callable[[Rules], Rules]:
    def change(firm_rules: Rules) -> Rules:
        job = Job(name="paper", mapping="paper", model="tiny", plays=plays)
        return replace(firm_rules, prepared=replace(firm_rules.prepared, job=job, other_jobs_plays=frozenset(others)))

    return change


@pytest.mark.slow
def test_a_play_that_no_job_runs_gives_its_tasks_back_and_another_jobs_are_left() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task, whole = only_task(org), org.rules
        org.rules = of_job("gone", others=("ending",))(whole)
        assert org.night(NEXT).plan.is_empty
        org.rules = of_job("gone")(whole)
        cause, why, _ = deletes(settled(org, NEXT).plan, "Task")[task]
        assert (cause, why) == ("withdrawn", "no job runs the play ending any more")


@pytest.mark.slow
def test_a_play_of_two_jobs_has_what_each_made() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        org.remove(KIND, CONTRACT)
        org.rules = of_job("ending", others=("ending",))(org.rules)
        org.makers[task] = "weekly"
        plan = org.night(NEXT).plan
        assert deletes(plan, "Task") == {}
        assert plan.notes == ()
        org.makers[task] = "paper"
        assert set(deletes(org.night(NEXT).plan, "Task")) == {task}


def test_what_people_work_on_and_what_nobody_remembers_writing_is_left_and_told() -> None:
    with firm((KIND, contract(CONTRACT, 40)), (KIND, contract(SECOND, 41, OTHER)), ("Account", account(OTHER)),
              ("Contact", contact(BO, OTHER))) as org:  # fmt: skip
        first, second = sorted(org.open_tasks())
        org.touch(first, Subject="My own words")
        del org.read_back[second]
        org.remove(KIND, CONTRACT)
        org.remove(KIND, SECOND)
        plan = settled(org, NEXT).plan
        assert deletes(plan, "Task") == {}
        assert updates(plan, "Task") == {}
        told = " | ".join(plan.notes)
        assert "open Tasks of ours that people have changed, and are theirs now: 1" in told
        assert "no record of writing, left as they are: 1" in told
        assert "facts that no longer hold, and are left as they are, because people have changed them: 2" in told


def test_an_account_out_of_sight_keeps_its_tasks() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        for kind, id_ in (("Account", ACCOUNT), (KIND, CONTRACT), ("Contact", JO)):
            org.remove(kind, id_)
        plan = settled(org, DAY + dt.timedelta(days=100)).plan
        assert deletes(plan, "Task") == {}
        assert f"left as they are: 1 ({task})" in " ".join(plan.notes)


@pytest.mark.slow
def test_a_deleted_account_took_its_tasks_along_and_nothing_is_left_to_do() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        org.delete_task(only_task(org))
        for kind, id_ in (("Account", ACCOUNT), (KIND, CONTRACT), ("Contact", JO)):
            org.remove(kind, id_)
        assert settled(org, NEXT).plan.is_empty


# ---------------------------------------------------------------- time


def test_what_time_alone_ended_has_lapsed_for_good() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        settled(org, DAY + dt.timedelta(days=40))
        cause, why, _ = deletes(settled(org, DAY + dt.timedelta(days=41)).plan, "Task")[task]
        assert cause == "lapsed"
        assert why == "no longer on the list of Ends soon: its time has passed"
        # The same occasion comes within reach again: nobody is asked a second time.
        assert creates(org.night(DAY + dt.timedelta(days=39)).plan, "Task") == []


def test_an_overdue_task_lapses_and_gives_the_turn_away() -> None:
    with firm((KIND, contract(CONTRACT, -60))) as org:  # ran out: the play asks until somebody calls
        task = only_task(org)
        due, key = org.ours["Task"][task]["ActivityDate"], org.ours["Task"][task][KEY]
        assert settled(org, due + dt.timedelta(days=30)).plan.is_empty
        org.add(KIND, contract(SECOND, 60))
        plan = settled(org, due + dt.timedelta(days=31)).plan
        cause, why, _ = deletes(plan, "Task")[task]
        assert cause == "lapsed"
        assert why == f"nobody did it: it was due {due}, more than 30 days ago"
        assert [made["Lifecycle_Play__c"] for made in creates(plan, "Task")] == ["ending"]
        org.purge("Task", task)
        later = org.night(due + dt.timedelta(days=200)).plan
        assert key not in {made[KEY] for made in creates(later, "Task")}


@pytest.mark.slow
def test_a_touched_task_never_lapses() -> None:
    with firm((KIND, contract(CONTRACT, -60))) as org:
        org.touch(only_task(org), Status="In Progress")
        assert deletes(org.night(DAY + dt.timedelta(days=300)).plan, "Task") == {}


# ---------------------------------------------------------------- people


def test_who_may_no_longer_be_called_is_not_and_comes_back() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        key = org.ours["Task"][task][KEY]
        org.edit("Contact", JO, DoNotCall=True)
        cause, why, _ = deletes(settled(org, NEXT).plan, "Task")[task]
        assert cause == "opted out"
        assert why == "the person may no longer be called, and nobody else there may be"
        org.edit("Contact", JO, DoNotCall=False)
        assert [made[KEY] for made in creates(settled(org, NEXT + dt.timedelta(days=1)).plan, "Task")] == [key]


@pytest.mark.slow
def test_another_person_who_may_be_called_gets_the_task() -> None:
    with firm((KIND, contract(CONTRACT, 40)), ("Contact", contact(BO))) as org:
        task = only_task(org)
        assert org.ours["Task"][task]["WhoId"] == JO
        org.edit("Contact", JO, DoNotCall=True)
        after, _ = updates(settled(org, NEXT).plan, "Task")[task]
        assert after["WhoId"] == BO


@pytest.mark.slow
def test_a_held_task_moves_on_when_its_person_may_no_longer_be_called() -> None:
    with firm((KIND, contract(CONTRACT, 20)), (KIND, contract(SECOND, 50)), ("Contact", contact(BO))) as org:
        task = only_task(org)
        late = DAY + dt.timedelta(days=21)  # the first date has passed; the Task stands for it still
        assert settled(org, late).plan.section("Task", "update") is None
        org.edit("Contact", JO, DoNotCall=True)
        after, _ = updates(settled(org, late).plan, "Task")[task]
        assert (after["WhoId"], after[KEY]) == (BO, key_of(ACCOUNT, 50))


@pytest.mark.slow
def test_a_touched_task_to_somebody_who_opted_out_is_told_loudly() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        org.touch(task, Subject="My own words")
        org.edit("Contact", JO, DoNotCall=True)
        plan = settled(org, NEXT).plan
        assert deletes(plan, "Task") == {}
        assert plan.notes[0].startswith("LOOK AT THESE")
        assert task in plan.notes[0]


# ---------------------------------------------------------------- owners


@pytest.mark.slow
def test_a_new_owner_by_api_gets_the_open_task() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        org.edit("Account", ACCOUNT, OwnerId=BOB)
        assert updates(settled(org, NEXT).plan, "Task")[task] == ({"OwnerId": BOB}, {"OwnerId": ANN})


def test_the_stand_in_of_an_owner_who_left_gets_the_open_task() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        org.edit("User", ANN, IsActive=False, ManagerId=CAS)
        assert updates(settled(org, NEXT).plan, "Task")[task][0] == {"OwnerId": CAS}


@pytest.mark.slow
def test_an_owner_chosen_by_a_person_stays() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        org.touch(task, OwnerId=BOB)
        assert org.night(NEXT).plan.is_empty
        org.edit("Account", ACCOUNT, OwnerId=CAS)
        assert org.night(NEXT).plan.is_empty
        assert org.ours["Task"][task]["OwnerId"] == BOB


@pytest.mark.slow
def test_a_task_handed_over_fills_its_new_owners_week() -> None:
    one = Capacity(lead_days=90, per_owner_per_week=1, kept_for_urgent=0)
    with firm((KIND, contract(CONTRACT, 40))) as org:
        day = org.ours["Task"][only_task(org)]["ActivityDate"]
        org.rules = org.rules.with_measures(capacity=one)
        org.edit("Account", ACCOUNT, OwnerId=BOB)
        for kind, record in (("Account", account(OTHER, OwnerId=BOB)), ("Contact", contact(BO, OTHER)),
                             (KIND, contract(SECOND, 40, OTHER))):  # fmt: skip
            org.add(kind, record)
        (made,) = creates(settled(org, NEXT).plan, "Task")
        assert made["ActivityDate"].isocalendar()[:2] < day.isocalendar()[:2]


# ---------------------------------------------------------------- merged records


def two_accounts(*records: tuple[str, Record]) -> PaperOrg:
    return firm(("Account", account(OTHER)), ("Contact", contact(BO, OTHER)), *records)


def test_the_survivor_adopts_the_losers_task() -> None:
    with two_accounts((KIND, contract(CONTRACT, 40, OTHER))) as org:
        task = only_task(org)
        org.merge("Account", ACCOUNT, OTHER)
        plan = settled(org, NEXT).plan
        after, before = updates(plan, "Task")[task]
        assert (after[KEY], before[KEY]) == (key_of(ACCOUNT, 40), key_of(OTHER, 40))
        assert creates(plan, "Task") == []
        assert deletes(plan, "Task") == {}


@pytest.mark.slow
def test_of_two_tasks_after_a_merge_one_stays() -> None:
    with two_accounts((KIND, contract(CONTRACT, 40)), (KIND, contract(SECOND, 45, OTHER))) as org:
        mine, losers = (id_ for id_, _ in sorted(org.open_tasks().items(), key=lambda each: each[1]["WhatId"]))
        org.merge("Account", ACCOUNT, OTHER)
        plan = settled(org, NEXT).plan
        assert {id_: cause for id_, (cause, _, _) in deletes(plan, "Task").items()} == {losers: "merged"}
        assert only_task(org) == mine


@pytest.mark.slow
def test_of_two_tasks_after_a_merge_the_one_people_work_on_stays() -> None:
    with two_accounts((KIND, contract(CONTRACT, 40)), (KIND, contract(SECOND, 45, OTHER))) as org:
        (losers,) = (id_ for id_, task in org.open_tasks().items() if task["WhatId"] == OTHER)
        org.touch(losers, Subject="My own words")
        org.merge("Account", ACCOUNT, OTHER)
        settled(org, NEXT)
        assert only_task(org) == losers


@pytest.mark.slow
@pytest.mark.parametrize("purged", [False, True])
def test_what_was_done_for_the_loser_is_done_for_the_survivor(purged: bool) -> None:
    with two_accounts((KIND, contract(CONTRACT, 40, OTHER))) as org:
        task = only_task(org)
        org.complete(task, DAY)
        settled(org, NEXT)
        if purged:
            org.purge("Task", task)
        org.merge("Account", ACCOUNT, OTHER)
        for days in (2, 35):
            assert creates(settled(org, DAY + dt.timedelta(days=days)).plan, "Task") == []


@pytest.mark.slow
def test_merged_contacts_are_nobodys_work_on_the_task() -> None:
    with firm((KIND, contract(CONTRACT, 40)), ("Contact", contact(BO, DoNotCall=True))) as org:
        task = only_task(org)
        org.merge("Contact", BO, JO)
        org.edit("Contact", BO, DoNotCall=False)
        plan = settled(org, NEXT).plan
        assert task in org.open_tasks()
        assert not any("people have changed" in note for note in plan.notes)


@pytest.mark.slow
def test_the_survivor_is_not_in_a_wave_twice() -> None:
    readers = [("Contact", contact(f"00300000000000001{i}", id_, HasOptedOutOfEmail=False)) for i, id_ in
               enumerate((ACCOUNT, OTHER))]  # fmt: skip
    with two_accounts((KIND, contract(CONTRACT, 40, OTHER)), *readers) as org:
        assert len(org.ours["CampaignMember"]) == 1
        org.merge("Account", ACCOUNT, OTHER)
        plan = settled(org, NEXT).plan
        assert creates(plan, "CampaignMember") == []
        assert deletes(plan, "CampaignMember") == {}


# ---------------------------------------------------------------- what state remembers


@pytest.mark.slow
@pytest.mark.parametrize("what", ["completed", "deleted"])
def test_what_people_finished_is_not_made_again_once_the_org_has_forgotten_it(what: str) -> None:
    with firm((KIND, contract(CONTRACT, -60))) as org:
        task = only_task(org)
        org.complete(task, DAY) if what == "completed" else org.delete_task(task)
        settled(org, NEXT)
        org.purge("Task", task)
        assert creates(org.night(DAY + dt.timedelta(days=400)).plan, "Task") == []


@pytest.mark.slow
def test_a_task_that_a_person_brought_back_is_theirs() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        task = only_task(org)
        org.remove(KIND, CONTRACT)
        settled(org, NEXT)
        org.restore_task(task)
        assert deletes(settled(org, NEXT + dt.timedelta(days=1)).plan, "Task") == {}


@pytest.mark.slow
def test_a_task_made_again_and_deleted_by_a_person_is_not_made_a_third_time() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        org.edit("Contact", JO, DoNotCall=True)
        settled(org, NEXT)
        org.edit("Contact", JO, DoNotCall=False)
        settled(org, NEXT + dt.timedelta(days=1))
        org.delete_task(only_task(org))
        assert settled(org, NEXT + dt.timedelta(days=2)).plan.is_empty


def test_closing_gives_the_key_away_and_counts_as_nothing_done() -> None:
    closing = Withdraw(tasks="close", status="Cancelled")
    with firm((KIND, contract(CONTRACT, 40)), withdraw=closing) as org:
        task = only_task(org)
        key = org.ours["Task"][task][KEY]
        org.edit("Contact", JO, DoNotCall=True)
        plan = settled(org, NEXT).plan
        after, _ = updates(plan, "Task")[task]
        assert after["Status"] == "Cancelled"
        assert plan.section("Task", "update").rows["cause"].tolist() == ["opted out"]
        assert org.ours["Task"][task]["IsClosed"]
        org.edit("Contact", JO, DoNotCall=False)
        assert [made[KEY] for made in creates(settled(org, NEXT + dt.timedelta(days=1)).plan, "Task")] == [key]
        org.edit("Contact", JO, DoNotCall=True)
        assert len(updates(settled(org, NEXT + dt.timedelta(days=2)).plan, "Task")) == 1


# ---------------------------------------------------------------- waves


def wave_firm(*records: tuple[str, Record]) -> PaperOrg:
    """As `firm`, with Bo, who reads mail: there is a member."""
    reader = contact(BO, HasOptedOutOfEmail=False, DoNotCall=True)
    return firm((KIND, contract(CONTRACT, 40)), ("Contact", reader), *records)


def only_member(org: PaperOrg) -> str:
    (member,) = (id_ for id_, member in org.ours["CampaignMember"].items() if not member["IsDeleted"])
    return member


@pytest.mark.slow
def test_a_planned_member_leaves_with_the_facts_and_comes_back_with_them() -> None:
    with wave_firm() as org:
        member, record = only_member(org), org.records[KIND][CONTRACT]
        org.remove(KIND, CONTRACT)
        cause, why, before = deletes(settled(org, NEXT).plan, "CampaignMember")[member]
        assert (cause, why) == ("withdrawn", "no longer on the list of Ends soon")
        assert before["ContactId"] == BO
        org.add(KIND, record)
        assert len(creates(settled(org, NEXT + dt.timedelta(days=1)).plan, "CampaignMember")) == 1


@pytest.mark.slow
def test_a_wave_that_moved_on_keeps_its_members() -> None:
    with wave_firm() as org:
        org.move_on(org.ours["CampaignMember"][only_member(org)]["CampaignId"])
        org.remove(KIND, CONTRACT)
        assert deletes(settled(org, NEXT).plan, "CampaignMember") == {}


def test_who_opts_out_of_a_wave_that_moved_on_gets_the_status_for_it() -> None:
    with wave_firm() as org:
        member = only_member(org)
        org.move_on(org.ours["CampaignMember"][member]["CampaignId"])
        org.edit("Contact", BO, HasOptedOutOfEmail=True)
        plan = settled(org, NEXT).plan
        assert [status["Label"] for status in creates(plan, "CampaignMemberStatus")] == ["Opted Out"]
        assert updates(plan, "CampaignMember") == {member: ({"Status": "Opted Out"}, {"Status": "Planned"})}
        section = plan.section("CampaignMember", "update")
        assert section.rows[["cause", "why"]].to_numpy().tolist() == [
            ["opted out", "the person may no longer be mailed: Ends soon"]
        ]


def test_who_opts_out_of_a_planned_wave_leaves_and_another_joins() -> None:
    other = "003000000000000003"
    with wave_firm(("Contact", contact(other, Name="Zoe", HasOptedOutOfEmail=True))) as org:
        member = only_member(org)
        org.edit("Contact", other, HasOptedOutOfEmail=False)
        assert org.night(NEXT).plan.is_empty  # who is in stays in
        org.edit("Contact", BO, HasOptedOutOfEmail=True)
        plan = settled(org, NEXT).plan
        assert deletes(plan, "CampaignMember")[member][0] == "opted out"
        assert [made["ContactId"] for made in creates(plan, "CampaignMember")] == [other]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed", [{"HasResponded": True}, {"Status": "Sent"}, {"Status": "Responded", "HasResponded": True}]
)
def test_a_member_that_was_moved_on_is_never_touched(changed: Record) -> None:
    with wave_firm() as org:
        org.ours["CampaignMember"][only_member(org)] |= changed
        org.edit("Contact", BO, HasOptedOutOfEmail=True)
        org.remove(KIND, CONTRACT)
        plan = settled(org, NEXT).plan
        assert deletes(plan, "CampaignMember") == {}
        assert updates(plan, "CampaignMember") == {}


@pytest.mark.slow
def test_a_member_that_we_did_not_make_is_never_touched() -> None:
    with wave_firm() as org:
        del org.makers[only_member(org)]
        org.remove(KIND, CONTRACT)
        assert deletes(settled(org, NEXT).plan, "CampaignMember") == {}


@pytest.mark.slow
def test_members_of_a_deleted_campaign_are_left() -> None:
    with wave_firm() as org:
        org.ours["Campaign"][org.ours["CampaignMember"][only_member(org)]["CampaignId"]]["IsDeleted"] = True
        org.remove(KIND, CONTRACT)
        assert deletes(settled(org, NEXT).plan, "CampaignMember") == {}


@pytest.mark.slow
def test_a_corrected_date_takes_the_member_to_its_new_wave_and_within_one_leaves_it() -> None:
    with wave_firm() as org:
        member = only_member(org)
        org.edit(KIND, CONTRACT, End_Date__c=contract(CONTRACT, 42)["End_Date__c"])
        plan = settled(org, NEXT).plan
        assert deletes(plan, "CampaignMember") == {}
        assert creates(plan, "CampaignMember") == []
        org.edit(KIND, CONTRACT, End_Date__c=contract(CONTRACT, 20)["End_Date__c"])
        plan = settled(org, NEXT).plan
        assert set(deletes(plan, "CampaignMember")) == {member}
        assert len(creates(plan, "CampaignMember")) == 1


@pytest.mark.slow
def test_a_person_whom_somebody_removed_from_a_wave_stays_out() -> None:
    with wave_firm() as org:
        member = only_member(org)
        org.ours["CampaignMember"][member]["IsDeleted"] = True
        settled(org, NEXT)
        org.purge("CampaignMember", member)
        assert creates(settled(org, NEXT).plan, "CampaignMember") == []


# ---------------------------------------------------------------- what each change says


@pytest.mark.slow
def test_what_is_made_says_what_it_rests_on() -> None:
    with wave_firm() as org:
        org.edit("Contact", JO, DoNotCall=True)
        org.run(NEXT)
        org.edit("Contact", JO, DoNotCall=False)
        org.edit("User", ANN, IsActive=False, ManagerId=CAS)
        plan = org.night(NEXT + dt.timedelta(days=1)).plan
        section = plan.section("Task", "create")
        assert section.rows["rests"].tolist() == [
            {
                "account": ACCOUNT, "stage": "bound", "occasion": DAY + dt.timedelta(days=40), "owner": ANN,
                "contact": JO, "contact_may": "yes",
            }
        ]  # fmt: skip
        assert plan.section("Task", "create").rows["after.OwnerId"].tolist() == [CAS]


def test_every_change_says_why() -> None:
    with wave_firm() as org:
        org.remove(KIND, CONTRACT)
        for section in org.night(NEXT).plan.sections:
            assert section.rows["why"].map(bool).all(), section.object


def test_a_field_that_the_org_overwrites_is_written_no_more() -> None:
    with firm((KIND, contract(CONTRACT, 40))) as org:
        org.edit("Account", ACCOUNT, Lifecycle_Stage__c="prospect")
        night = org.night(NEXT)
        assert updates(night.plan, "Account")[ACCOUNT][0] == {"Lifecycle_Stage__c": "bound"}
        org.rewritten = {("Account", ACCOUNT): {"Lifecycle_Stage__c": ("bound", 1)}}
        assert not org.night(NEXT).plan.is_empty
        org.rewritten = {("Account", ACCOUNT): {"Lifecycle_Stage__c": ("bound", 2)}}
        plan = org.night(NEXT).plan
        assert plan.is_empty
        assert plan.notes[-1].endswith(f"Account.Lifecycle_Stage__c on 1 record ({ACCOUNT})")

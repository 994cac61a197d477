"""One offer for a park, and who has the word at a firm: planned, carried out, and planned again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from paper_org import KEY, Night, PaperOrg, Record, creates, deletes, rules, updates
from paper_worlds import DAY, World, user_id

from sf_lifecycle.config.mapping import Capacity
from sf_lifecycle.lifecycle import keys

ANN, BOB, CAS = user_id(3), user_id(4), user_id(5)
KIND = "Lifecycle_Provider_Contract__c"
NEXT = DAY + dt.timedelta(days=1)
LATE = DAY + dt.timedelta(days=400)  # so late that nothing but the park's offer asks for anything
PARK = keys.full(keys.outreach("joint", ("East",)), LATE)


def id_of(prefix: str, number: int) -> str:
    return f"{prefix}{number:015d}"


def account(number: int) -> str:
    return id_of("001", number)


def member_key(number: int) -> str:
    return keys.full(keys.outreach("joint", ("East", account(number))), LATE)


def park(firms: int, *, mail: bool = False, **fields: dict[int, Record]) -> PaperOrg:
    """Firms on one park, owned by Ann, Bob and Cas in turn; the higher its number, the more a firm is worth.

    `fields`: `account` or `contact` → number → fields that are other than usual.
    """
    world = World({name: [] for name in ("User", "Account", KIND, "Contact")})
    who = {"IsActive": True, "UserType": "Standard", "ManagerId": None}
    users = [(1, "sdesk"), (2, "comms"), (3, "ann"), (4, "bob"), (5, "cas")]
    world["User"] = [{"Id": user_id(number), "Name": alias, "Alias": alias, **who} for number, alias in users]
    for number in range(1, firms + 1):
        created = dt.datetime.combine(dt.date(2020, 1, 1), dt.time(9))
        firm: Record = {"Id": account(number), "Name": f"Firm {number}", "OwnerId": (ANN, BOB, CAS)[(number - 1) % 3]}
        firm |= {"CreatedDate": created, "Lifecycle_Business_Park__c": "East"}
        world["Account"].append(firm | fields.get("account", {}).get(number, {}))
        person = {"Id": id_of("003", number), "AccountId": account(number), "Name": f"Jo {number}", "Phone": "+31 20 1"}
        may = {"DoNotCall": False, "HasOptedOutOfEmail": not mail}
        world["Contact"].append(person | may | fields.get("contact", {}).get(number, {}))
        contract = {"Id": id_of("a00", number), "Account__c": account(number), "End_Date__c": LATE}
        world[KIND].append({**contract, "Provider__c": "Belnet", "Monthly_Value__c": number * 100})
    return PaperOrg(rules("paper", "tiny").with_measures(capacity=Capacity(lead_days=90)), world)


def settled(org: PaperOrg, day: dt.date) -> Night:
    night = org.run(day)
    again = org.night(day).plan
    assert again.is_empty, [(s.object, s.operation, list(s.records(0, 3))) for s in again.sections]
    return night


def outreaches(night: Night, play: str = "joint") -> dict[str, tuple[str, str | None]]:
    """Name (a firm's, or the park's) → state and reason."""
    frame = night.worked.decision.outreaches
    mine = frame[frame["play"].eq(play)]
    return dict(zip(mine["name"], zip(mine["state"], mine["reason"], strict=True), strict=True))


def only_task(org: PaperOrg) -> Record:
    (task,) = org.open_tasks().values()
    return task


def test_one_firm_is_no_cluster() -> None:
    with park(1) as org:
        assert not creates(settled(org, DAY).plan, "Task")


def test_two_firms_are_one_call_at_the_one_worth_most_and_a_letter_to_the_other() -> None:
    with park(2, mail=True) as org:
        night = settled(org, DAY)
        (task,) = creates(night.plan, "Task")
        assert (task["WhatId"], task["WhoId"], task["OwnerId"]) == (account(2), id_of("003", 2), BOB)
        assert task["Subject"] == "East: begin with Firm 2"
        assert task["Lifecycle_Reason__c"] == "East: 2 firms"
        assert task[KEY] == PARK
        assert outreaches(night)["Firm 2"] == ("left out", "the account's turn goes to the joint Task of this play")
    with park(2, mail=True) as org:
        org.rules = org.rules.with_measures(voice=org.rules.mapping.voice.model_copy(update={"most": 2}))
        org.run(DAY)
        org.run(wave := dt.date(LATE.year, 1, 1))
        members = org.ours["CampaignMember"].values()
        assert {member["ContactId"] for member in members} == {id_of("003", 1), id_of("003", 2)}
        assert {member[KEY] for member in members} == {member_key(1), member_key(2)}
        assert {member["Lifecycle_Reason__c"] for member in members} == {
            "Firm 1 on East of 2", "Firm 2 on East of 2"
        }  # fmt: skip
        (campaign,) = org.ours["Campaign"].values()
        assert campaign["Name"] == f"Parks {wave:%B %Y}"


def test_of_three_firms_each_membership_passes_by_itself() -> None:
    refuses = {2: {"HasOptedOutOfEmail": True}}
    with park(3, mail=True, contact=refuses) as org:
        found = outreaches(settled(org, DAY))
        assert found["East"] == ("planned", "")
        assert found["Firm 1"][0] == "waiting"
        assert found["Firm 2"] == ("left out", "nobody may be mailed: Opted out")
        assert found["Firm 3"][0] == "left out"


def test_a_firm_that_drops_out_leaves_the_wave_and_the_call_stands() -> None:
    with park(3, mail=True) as org:
        org.run(DAY)
        day = dt.date(LATE.year, 1, 1) - dt.timedelta(days=40)
        org.touch(next(iter(org.open_tasks())), ActivityDate=day)  # a rep's own since, and so it stays open
        org.run(day)
        assert {member["ContactId"] for member in org.ours["CampaignMember"].values()} >= {id_of("003", 1)}
        org.edit("Account", account(1), Lifecycle_Business_Park__c=None)
        gone = deletes(settled(org, day + dt.timedelta(days=1)).plan, "CampaignMember")
        assert [why for _, why, _ in gone.values()] == ["no longer on the list of One offer for the park"]


def test_a_joint_task_stays_where_it_was_begun_while_that_firm_is_of_the_cluster() -> None:
    with park(3) as org:
        org.run(DAY)
        task = dict(only_task(org))
        org.edit(KIND, id_of("a00", 1), Monthly_Value__c=9000)
        assert not updates(settled(org, NEXT).plan, "Task")
        assert only_task(org)["WhatId"] == task["WhatId"] == account(3)


def test_the_anchor_that_leaves_hands_the_joint_task_on_and_its_key_stays() -> None:
    with park(3) as org:
        org.run(DAY)
        ((id_, task),) = org.open_tasks().items()
        org.edit("Account", account(3), Lifecycle_Business_Park__c="Elsewhere")
        after, before = updates(settled(org, NEXT).plan, "Task")[id_]
        assert (before["WhatId"], after["WhatId"]) == (account(3), account(2))
        assert (after["WhoId"], after["OwnerId"]) == (id_of("003", 2), BOB)
        assert KEY not in after
        assert only_task(org)[KEY] == task[KEY] == PARK
        assert only_task(org)["Subject"] == "East: begin with Firm 2"


def test_the_joint_task_moves_to_nobody_who_was_approached_already() -> None:
    with park(2) as org:
        soon = {"Id": id_of("a00", 9), "Account__c": account(1), "Provider__c": "Belnet", "Monthly_Value__c": 1}
        org.add(KIND, soon | {"End_Date__c": DAY + dt.timedelta(days=70), "Notice_Days__c": 30})
        org.run(DAY)
        assert {task["WhatId"] for task in org.open_tasks().values()} == {account(1), account(2)}
        third = dict(org.records["Account"][account(2)]) | {"Id": account(3), "Name": "Firm 3"}
        org.add("Account", third)
        org.edit("Account", account(2), Lifecycle_Business_Park__c=None)
        gone = deletes(settled(org, NEXT).plan, "Task")
        why = "it would move to another account: the account was approached lately"
        assert [(cause, said) for cause, said, _ in gone.values()] == [("withdrawn", why)]
        assert only_task(org)["WhatId"] == account(1)


def test_who_may_no_longer_be_called_hands_the_joint_task_on() -> None:
    with park(2) as org:
        org.run(DAY)
        (id_,) = org.open_tasks()
        org.edit("Contact", id_of("003", 2), DoNotCall=True)
        after, _ = updates(settled(org, NEXT).plan, "Task")[id_]
        assert (after["WhatId"], after["WhoId"]) == (account(1), id_of("003", 1))


def test_a_park_that_is_gone_takes_the_joint_task_back() -> None:
    with park(2) as org:
        org.run(DAY)
        org.edit("Account", account(1), Lifecycle_Business_Park__c=None)
        gone = deletes(settled(org, NEXT).plan, "Task")
        assert [cause for cause, _, _ in gone.values()] == ["withdrawn"]


def test_a_merged_firm_keeps_its_place_in_the_wave() -> None:
    with park(3, mail=True) as org:
        day = dt.date(LATE.year, 1, 1) - dt.timedelta(days=40)
        org.run(day)
        before = {member[KEY] for member in org.ours["CampaignMember"].values()}
        assert member_key(1) in before
        org.add("Account", dict(org.records["Account"][account(1)]) | {"Id": account(8)})
        org.merge("Account", account(8), account(1))
        plan = settled(org, day + dt.timedelta(days=1)).plan
        assert not deletes(plan, "CampaignMember")
        assert not creates(plan, "CampaignMember")


# ---------------------------------------------------------------- who has the word


def one_firm(source: str | None, **fields: Any) -> PaperOrg:
    org = park(1, account={1: {"AccountSource": source, **fields}})
    org.edit(KIND, id_of("a00", 1), End_Date__c=DAY + dt.timedelta(days=70), Notice_Days__c=30)
    return org


CREATED = dt.datetime.combine(DAY - dt.timedelta(days=1200), dt.time(9))


def test_while_somebody_has_the_word_only_what_the_word_allows_may_begin() -> None:
    with one_firm("Other", CreatedDate=CREATED) as org:
        org.add(KIND, {"Id": id_of("a00", 2), "Account__c": account(1), "Provider__c": "KabelNu"})
        night = settled(org, DAY)
        assert {task["Lifecycle_Play__c"] for task in creates(night.plan, "Task")} == {"look-up"}
        assert night.plan.counts["ending"] == {"reserved (later)": 1}
        later = settled(org, DAY + dt.timedelta(days=31))  # the day they named has come
        assert {task["Lifecycle_Play__c"] for task in creates(later.plan, "Task")} == {"ending"}


def test_a_word_that_comes_later_leaves_what_began() -> None:
    with one_firm(None, CreatedDate=CREATED) as org:
        org.run(DAY)
        (task,) = org.open_tasks()
        org.edit("Account", account(1), AccountSource="Other")
        assert not deletes(settled(org, NEXT).plan, "Task")
        assert list(org.open_tasks()) == [task]


def test_a_word_that_allows_nothing_takes_back_what_nobody_touched() -> None:
    with one_firm(None) as org:
        org.run(DAY)
        (task,) = org.open_tasks()
        org.edit("Account", account(1), AccountSource="Partner")
        cause, why, _ = deletes(settled(org, NEXT).plan, "Task")[task]
        assert (cause, why) == ("withdrawn", "reserved (shut): A partner looks after them")
        org.edit("Account", account(1), AccountSource=None)
        (again,) = creates(settled(org, NEXT + dt.timedelta(days=1)).plan, "Task")
        assert again["Lifecycle_Play__c"] == "ending"


def test_a_reps_own_task_is_left_alone_whoever_has_the_word() -> None:
    with one_firm(None) as org:
        org.run(DAY)
        (task,) = org.open_tasks()
        org.touch(task, Subject="Called them")
        org.edit("Account", account(1), AccountSource="Partner")
        assert not deletes(settled(org, NEXT).plan, "Task")

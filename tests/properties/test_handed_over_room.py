"""A rep who leaves: their open Tasks go to whoever has room for them, none is lost, and the next night changes none."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import Any

from paper_org import PaperOrg, Record, rules, updates
from paper_worlds import DAY, user_id

from sf_lifecycle.config.mapping import Capacity

REP, BOSS, TOP = 3, 4, 5


def _user(number: int, alias: str, manager: int | None = None) -> Record:
    who = {"Id": user_id(number), "Name": alias, "Alias": alias, "IsActive": True, "UserType": "Standard"}
    return who | {"ManagerId": user_id(manager) if manager else None}


def firm(*owners: int) -> dict[str, list[Record]]:
    """An account for each owner, with somebody to call and a contract that ran out."""
    world: dict[str, list[Any]] = defaultdict(list)
    world["User"] = [
        _user(1, "sdesk"), _user(2, "comms"), _user(REP, "rep", BOSS), _user(BOSS, "boss", TOP), _user(TOP, "top"),
    ]  # fmt: skip
    for number, owner in enumerate(owners, 1):
        account = f"001{number:015d}"
        created = dt.datetime.combine(dt.date(2020, 1, 1), dt.time(9))
        world["Account"].append(
            {"Id": account, "Name": f"Firm {number}", "OwnerId": user_id(owner), "CreatedDate": created}
        )
        world["Contact"].append(
            {"Id": f"003{number:015d}", "AccountId": account, "Name": "Jo", "Phone": "1", "DoNotCall": False}
        )
        ended = {"End_Date__c": DAY - dt.timedelta(days=40), "Notice_Days__c": 0, "Provider__c": "Belnet"}
        world["Lifecycle_Provider_Contract__c"].append(
            {"Id": f"a00{number:015d}", "Account__c": account, "Monthly_Value__c": number, **ended}
        )
    return world


def week_of(task: Record) -> tuple[str, dt.date]:
    day: dt.date = task["ActivityDate"]
    return task["OwnerId"], day - dt.timedelta(days=day.weekday())


def test_what_a_rep_leaves_behind_fills_nobody_s_week_over_its_measure() -> None:
    measured = rules("paper", "tiny").with_measures(Capacity(per_owner_per_week=20, kept_for_urgent=0))
    with PaperOrg(measured, firm(*[REP] * 24, *[BOSS] * 38, *[TOP] * 4)) as org:
        org.run(DAY)
        before = {id_: dict(task) for id_, task in org.open_tasks().items()}
        had = Counter(task["OwnerId"] for task in before.values())
        assert had == {user_id(REP): 24, user_id(BOSS): 38, user_id(TOP): 4}
        org.edit("User", user_id(REP), IsActive=False)
        night = DAY + dt.timedelta(days=1)
        changed = updates(org.run(night).plan, "Task")
        after = org.open_tasks()
        assert set(after) == set(before)
        assert set(changed) == {id_ for id_, task in before.items() if task["OwnerId"] == user_id(REP)}
        assert all(task["ActivityDate"] >= night for id_, task in after.items() if id_ in changed)
        assert max(Counter(week_of(task) for task in after.values()).values()) <= 20
        assert {after[id_]["OwnerId"] for id_ in changed} == {user_id(BOSS), user_id(TOP)}
        for later in (night, night + dt.timedelta(days=1), night + dt.timedelta(days=2)):
            assert not updates(org.run(later).plan, "Task")
        # The account gets an owner again, and its Tasks with it.
        for account in sorted(org.records["Account"])[:24]:
            org.edit("Account", account, OwnerId=user_id(1))
        org.run(night + dt.timedelta(days=3))
        assert {org.open_tasks()[id_]["OwnerId"] for id_ in changed} == {user_id(1)}

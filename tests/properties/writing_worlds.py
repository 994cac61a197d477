"""Firms in which a night has something to write."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st
from paper_worlds import DAY, World, user_id, worlds

CONTRACT = "Lifecycle_Provider_Contract__c"
ACCOUNT, FIRST, SECOND = "001800000000000001", "003800000000000001", "003800000000000002"


@st.composite
def ripe_worlds(draw: st.DrawFn) -> World:
    """A small firm with accounts that a play is about tonight: people one may approach, contracts that end soon."""
    world = draw(worlds(most=2, below=("Contact", CONTRACT), leads=0))
    rep = {"Name": "Ann", "Alias": "ann", "IsActive": True, "UserType": "Standard", "ManagerId": None}
    world["User"].append({"Id": user_id(9), **rep})
    for number in range(1, draw(st.integers(3, 6)) + 1):
        account = f"0018{number:014d}"
        created = dt.datetime.combine(dt.date(2020, 1, number), dt.time(9))
        world["Account"].append(
            {"Id": account, "Name": f"Firm {number}", "OwnerId": user_id(9), "CreatedDate": created}
        )
        for who in range(draw(st.integers(1, 2))):
            person = {"Name": f"Jo {who}", "Email": "a@b.example", "Phone": "+31 20 1"}
            free = {"DoNotCall": False, "HasOptedOutOfEmail": False}
            world["Contact"].append({"Id": f"0038{number:013d}{who}", "AccountId": account, **person, **free})
        for line in range(draw(st.integers(1, 2))):
            end = DAY + dt.timedelta(days=30 + draw(st.integers(1, 55)))
            facts = {"End_Date__c": end, "Notice_Days__c": 30, "Provider__c": "Belnet"}
            world[CONTRACT].append({"Id": f"a008{number:013d}{line}", "Account__c": account, **facts})
    return world


def a_firm() -> World:
    """One account whose contract ends soon, with two people who may be called and mailed."""
    users = {"sdesk": user_id(1), "comms": user_id(2), "ann": user_id(9)}
    working = {"IsActive": True, "UserType": "Standard", "ManagerId": None}
    people = ((FIRST, "Jo 1"), (SECOND, "Jo 2"))
    free = {
        "AccountId": ACCOUNT,
        "DoNotCall": False,
        "HasOptedOutOfEmail": False,
        "Phone": "+31 20 1",
        "Email": "a@b.c",
    }
    created = dt.datetime.combine(dt.date(2020, 1, 1), dt.time(9))
    end = DAY + dt.timedelta(days=44)
    return World(
        User=[{"Id": id_, "Name": alias, "Alias": alias, **working} for alias, id_ in users.items()],
        Account=[{"Id": ACCOUNT, "Name": "Firm", "OwnerId": users["ann"], "CreatedDate": created}],
        Contact=[{"Id": id_, "Name": name, **free} for id_, name in people],
        Lifecycle_Provider_Contract__c=[
            {"Id": "a00800000000000001", "Account__c": ACCOUNT, "End_Date__c": end, "Provider__c": "Belnet"}
        ],
    )

"""What is let go early is exactly what settling would leave out, for the same reasons; the rest stays as it is."""

import datetime as dt
from collections import Counter
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import given, strategies as st

from sf_lifecycle.config.mapping import Mapping, Play
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.nobody import why_nobody
from sf_lifecycle.lifecycle.outreach import LEFT_OUT, Keep, PlayList, play_list
from sf_lifecycle.lifecycle.past import Past, look_back
from sf_lifecycle.lifecycle.reserved import Reserved
from sf_lifecycle.lifecycle.thinning import Thinning
from sf_lifecycle.lifecycle.voice import settle

TODAY = dt.date(2026, 11, 23)
TASK_COLUMNS = (
    "Id", "Lifecycle_Key__c", "OwnerId", "WhatId", "WhoId", "IsClosed", "IsDeleted", "ActivityDate",
    "CompletedDateTime",
)  # fmt: skip
MEMBER_COLUMNS = ("Id", "Lifecycle_Key__c", "CampaignId", "ContactId", "LeadId", "Status", "IsDeleted", "CreatedDate")
RESERVED = Reserved(word={"001R": "talks", "001S": "talks"}, why={"001R": "a: b"}, barred=frozenset({("talks", "p")}))
PEOPLE = {
    "call": pa.table({"account": ["0010", "0011", "0011"], "word": ["yes", "no", "yes"], "why": [None, "x: y", None]})
}

may = st.sampled_from(["yes", "no", None])
row = st.fixed_dictionaries(
    {
        "account": st.sampled_from(["0010", "0011", "0012", "001R", "001S"]),
        "contact": st.sampled_from(["003", None]),
        "contact_may": may,
        "member": st.sampled_from(["003", None]),
        "member_may": may,
        "day": st.sampled_from([TODAY, None]),
        "owner": st.sampled_from(["0051", "0052", None]),
        "ours": st.sampled_from([None, None, None, "open", "done", "also"]),
    }
)


def rules(*, most: int | None, contact: bool, channel: str, task: bool) -> Mapping:
    campaign = {"wave": "day", "name": "n", "members": "mail", "channel": "email"}
    base: dict[str, Any] = {
        "title": "A play", "purpose": "win", "for_each": "account", "when": "true", "rank": "1", "key": ["id"],
        "occasion": "day", "priority": 50, "because": "b", "most": most, "campaign": campaign,
    }  # fmt: skip
    if contact:
        base["contact"] = "decision_maker"
    if task:
        base["task"] = {"subject": "s", "due": {"after": "day"}, "channel": channel}
    roles = {"account": [{"object": "Account", "fields": {"name": "Name"}}]}
    made = Mapping.model_validate({"name": "m", "roles": roles, "owners": {"fallback": "desk"}})
    return made.model_copy(update={"plays": {"p": Play.model_validate(base)}})


def rows_of(some: list[dict[str, Any]]) -> pa.Table:
    texts = ("account", "contact", "contact_may", "member", "member_may", "owner")
    columns = {name: pa.array([each[name] for each in some], pa.string()) for name in texts}
    numbers = range(len(some))
    return pa.table(
        {
            "_key": pa.array(numbers, pa.int64()), "_id": [f"001{n}" for n in numbers],
            "key0": [f"k{n}" for n in numbers], "occasion": [TODAY] * len(some),
            "day": pa.array([each["day"] for each in some], pa.date32()), **columns,
        }
    )  # fmt: skip


def past_of(some: list[dict[str, Any]]) -> Past:
    about = {n: keys.outreach("p", (f"k{n}",)) for n, each in enumerate(some) if each["ours"] in ("open", "done")}
    tasks = [
        dict.fromkeys(TASK_COLUMNS)
        | {
            "Id": f"00T{n}", "Lifecycle_Key__c": keys.full(name, TODAY), "WhatId": some[n]["account"], "OwnerId": "005",
            "IsClosed": some[n]["ours"] == "done", "IsDeleted": False, "ActivityDate": TODAY,
        }
        for n, name in about.items()
    ]  # fmt: skip
    made = pd.DataFrame(tasks, columns=list(TASK_COLUMNS)).astype(object)
    members = pd.DataFrame(columns=list(MEMBER_COLUMNS)).astype(object)
    return look_back(made.where(made.notna(), None), members, TODAY)


def told(mapping: Mapping, found: PlayList, past: Past) -> pd.DataFrame:
    reasons = partial(why_nobody, mapping=mapping, people=PEOPLE)
    return settle(found.outreaches, mapping, past, TODAY, reserved=RESERVED, why_nobody=reasons)


@given(
    st.lists(row, min_size=1, max_size=12), st.sampled_from([None, 1, 2]), st.booleans(),
    st.sampled_from(["call", "research"]), st.booleans(),
)  # fmt: skip
def test_what_is_let_go_is_what_would_be_left_out(
    some: list[dict[str, Any]], most: int | None, contact: bool, channel: str, task: bool
) -> None:
    mapping, table, past = rules(most=most, contact=contact, channel=channel, task=task), rows_of(some), past_of(some)
    records = pd.concat([past.open["outreach"], past.done["outreach"]])
    about = frozenset(records)
    shown = {each["account"] for each in some if each["ours"] == "also"}
    keep: Keep = Thinning(
        mapping, about=about, reserved=RESERVED, people=PEOPLE, also=lambda rows: rows["account"].isin(shown)
    ).keep
    whole, thin = (play_list("p", mapping, table, keep=each) for each in (None, keep))
    every, kept = (told(mapping, found, past).set_index("outreach") for found in (whole, thin))
    gone = every.drop(kept.index)

    pd.testing.assert_frame_equal(every.loc[kept.index], kept)
    assert set(gone["state"]) <= {LEFT_OUT}
    assert Counter(reason.partition(":")[0] for reason in gone["reason"]) == Counter(thin.left.reasons)
    assert Counter(gone["owner"]) == Counter(thin.left.owners)
    assert not set(gone["account"]) & shown
    assert not set(gone.index) & about

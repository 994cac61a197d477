"""One account, one voice: incumbents keep their turn, the best new one takes what is left, and the rest know why."""

import datetime as dt
from typing import Any

import pandas as pd
from hypothesis import given, strategies as st

from sf_lifecycle.config.mapping import Mapping, Play
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.outreach import COLUMNS, LEFT_OUT, OPEN, WAITING
from sf_lifecycle.lifecycle.past import Past, look_back
from sf_lifecycle.lifecycle.reserved import Reserved
from sf_lifecycle.lifecycle.voice import settle

TODAY = dt.date(2026, 11, 23)
TASK_COLUMNS = [
    "Id", "Lifecycle_Key__c", "OwnerId", "WhatId", "WhoId", "Status", "IsClosed", "IsDeleted", "ActivityDate",
    "CompletedDateTime",
]  # fmt: skip
MEMBER_COLUMNS = ["Id", "Lifecycle_Key__c", "CampaignId", "ContactId", "LeadId", "Status", "IsDeleted", "CreatedDate"]


def play(**keys_: Any) -> Play:
    base = {
        "title": "A play", "purpose": "win", "for_each": "account", "when": "true", "rank": "1", "key": ["id"],
        "occasion": "day", "priority": 50, "because": "b", "contact": "decision_maker",
        "task": {"subject": "s", "due": {"after": "day"}},
    }  # fmt: skip
    return Play.model_validate(base | keys_)


def mapping(**plays: Play) -> Mapping:
    roles = {"account": [{"object": "Account", "fields": {"name": "Name"}}]}
    return Mapping.model_validate(
        {"name": "m", "roles": roles, "owners": {"fallback": "desk"}, "voice": {"most": 1, "in_days": 30}}
    ).model_copy(update={"plays": plays})


def outreach(play_name: str, account: str, **columns: Any) -> dict[str, Any]:
    about = keys.outreach(play_name, (account,))
    base = {
        "play": play_name, "priority": 50, "position": 0, "outreach": about, "key": keys.full(about, TODAY),
        "account": account, "object": "Account", "name": account, "contact": "003", "contact_may": "yes",
        "day": pd.Timestamp(TODAY), "spoken": True, "occasion": TODAY, "owner": "005",
    }  # fmt: skip
    return dict.fromkeys(COLUMNS) | base | columns


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=list(COLUMNS)).astype(object)
    for name in ("day",):
        made[name] = pd.to_datetime(made[name]).astype("datetime64[s]")
    made = made.where(made.notna(), None)
    for name in ("day",):
        made[name] = pd.to_datetime(made[name]).astype("datetime64[s]")
    return made


def task(key: str, account: str, **columns: Any) -> dict[str, Any]:
    return dict.fromkeys(TASK_COLUMNS) | {
        "Id": "00T" + key[-6:], "Lifecycle_Key__c": key, "WhatId": account, "IsClosed": False, "IsDeleted": False,
        "Status": "Not Started", "OwnerId": "005", "ActivityDate": TODAY,
    } | columns  # fmt: skip


def past(*tasks: dict[str, Any]) -> Past:
    made = pd.DataFrame(list(tasks), columns=TASK_COLUMNS).astype(object)
    members = pd.DataFrame([], columns=MEMBER_COLUMNS).astype(object)
    return look_back(made.where(made.notna(), None), members, TODAY)


def states(settled: pd.DataFrame) -> list[str]:
    return settled["state"].tolist()


def test_the_higher_priority_speaks_and_the_other_says_for_whom() -> None:
    plays = mapping(low=play(priority=10), high=play(priority=90, title="The better one"))
    settled = settle(
        frame(outreach("low", "001", priority=10), outreach("high", "001", priority=90)), plays, past(), TODAY
    )
    assert states(settled) == [LEFT_OUT, WAITING]
    assert settled["reason"][0] == "the account's turn goes to another play: The better one"


def test_an_open_task_keeps_its_turn_against_a_higher_priority() -> None:
    plays = mapping(low=play(priority=10), high=play(priority=90))
    rows = frame(outreach("low", "001", priority=10), outreach("high", "001", priority=90))
    settled = settle(rows, plays, past(task(rows["key"][0], "001")), TODAY)
    assert states(settled) == [OPEN, LEFT_OUT]


def test_an_open_task_whose_facts_are_gone_still_holds_the_turn() -> None:
    plays = mapping(old=play(), new=play())
    rows = frame(outreach("new", "001"), outreach("old", "002"))
    gone = keys.full(keys.outreach("old", ("001",)), TODAY)
    settled = settle(rows, plays, past(task(gone, "001")), TODAY)
    assert settled["reason"][0] == "the account was approached lately"


def test_research_takes_no_turn() -> None:
    plays = mapping(
        research=play(contact=None, task={"channel": "research", "subject": "s", "due": {"after": "day"}}), call=play()
    )
    rows = frame(outreach("research", "001", spoken=False, contact=None, contact_may=None), outreach("call", "001"))
    assert states(settle(rows, plays, past(), TODAY)) == [WAITING, WAITING]


def test_done_is_done_for_this_occasion() -> None:
    plays = mapping(call=play())
    rows = frame(outreach("call", "001"))
    closed = task(rows["key"][0], "001", IsClosed=True, ActivityDate=dt.date(2020, 1, 1))
    settled = settle(rows, plays, past(closed), TODAY)
    assert settled["reason"].tolist() == ["done already for this occasion"]


def test_a_task_deleted_by_a_person_is_not_made_again() -> None:
    plays = mapping(call=play())
    rows = frame(outreach("call", "001"))
    settled = settle(rows, plays, past(task(rows["key"][0], "001", IsDeleted=True)), TODAY)
    assert states(settled) == [LEFT_OUT]


def test_another_occasion_waits_for_the_cooldown() -> None:
    plays = mapping(call=play(cooldown_days=90))
    rows = frame(outreach("call", "001"))
    earlier = keys.full(rows["outreach"][0], dt.date(2026, 1, 1))
    for days, state in ((89, LEFT_OUT), (90, WAITING)):
        closed = task(earlier, "001", IsClosed=True, ActivityDate=TODAY - dt.timedelta(days=days))
        assert states(settle(rows, plays, past(closed), TODAY)) == [state]


def test_nobody_who_may_be_called_is_left_out_with_the_reason() -> None:
    plays = mapping(call=play())
    rows = frame(outreach("call", "001", contact=None), outreach("call", "002", contact_may="no"))
    assert settle(rows, plays, past(), TODAY)["reason"].tolist() == ["no contact who may be approached"] * 2


def test_the_best_of_a_long_list_are_taken_on() -> None:
    plays = mapping(call=play(most=2))
    rows = frame(*(outreach("call", f"00{i}", position=i) for i in range(4)))
    assert states(settle(rows, plays, past(), TODAY)) == [WAITING, WAITING, LEFT_OUT, LEFT_OUT]


def test_a_member_of_a_wave_keeps_the_turn_and_still_gets_the_task() -> None:
    plays = mapping(low=play(priority=10), high=play(priority=90))
    rows = frame(outreach("low", "001", priority=10, member="003"), outreach("high", "001", priority=90))
    nothing = past()
    member = dict.fromkeys(MEMBER_COLUMNS) | {"Id": "00v", "Lifecycle_Key__c": rows["key"][0], "IsDeleted": False}
    standing = look_back(
        pd.DataFrame([], columns=TASK_COLUMNS).astype(object), pd.DataFrame([member]).astype(object), TODAY
    )
    assert states(settle(rows, plays, nothing, TODAY)) == [LEFT_OUT, WAITING]
    assert states(settle(rows, plays, standing, TODAY)) == [WAITING, LEFT_OUT]


def test_who_joined_a_wave_lately_was_approached_even_where_the_play_no_longer_asks() -> None:
    plays = mapping(wave=play(campaign={"wave": "day", "name": "w", "members": "mail_contact"}), call=play())
    rows = frame(outreach("call", "001"), outreach("call", "00Q"))
    for days, expected in ((29, [LEFT_OUT, LEFT_OUT]), (30, [WAITING, WAITING])):
        created = dt.datetime.combine(TODAY - dt.timedelta(days=days), dt.time(4))
        gone = [
            dict.fromkeys(MEMBER_COLUMNS)
            | {"Id": f"00v{name}", "Lifecycle_Key__c": key, "IsDeleted": False, "CreatedDate": created, field: name}
            for field, name, account in (("ContactId", "003", "001"), ("LeadId", "00Q", "00Q"))
            for key in [keys.full(keys.outreach("wave", (account,)), TODAY)]
        ]
        members = pd.DataFrame(gone).astype(object)
        tasks = pd.DataFrame([], columns=TASK_COLUMNS).astype(object)
        earlier = look_back(tasks, members.where(members.notna(), None), TODAY, people={"003": "001"})
        assert states(settle(rows, plays, earlier, TODAY)) == expected


def test_an_earlier_wave_keeps_no_turn_for_another_occasion_and_rests_for_the_cooldown() -> None:
    mail = play(task=None, contact=None, cooldown_days=60, campaign={"wave": "day", "name": "w", "members": "m"})
    plays = mapping(mail=mail, call=play(priority=90))
    new = outreach("mail", "001", member="003", day=None)
    tasks = pd.DataFrame([], columns=TASK_COLUMNS).astype(object)
    for days, expected in ((59, "approached lately, within the play's cooldown"), (60, "the account's turn goes to")):
        created = dt.datetime.combine(TODAY - dt.timedelta(days=days), dt.time(4))
        old = {"Id": "00v", "Lifecycle_Key__c": keys.full(new["outreach"], dt.date(2026, 1, 1)), "IsDeleted": False}
        members = pd.DataFrame([dict.fromkeys(MEMBER_COLUMNS) | old | {"CreatedDate": created}]).astype(object)
        settled = settle(
            frame(new, outreach("call", "001", priority=90)), plays, look_back(tasks, members, TODAY), TODAY
        )
        assert states(settled) == [LEFT_OUT, WAITING]
        assert settled["reason"][0].startswith(expected)


def test_a_lead_is_reached_like_any_contact() -> None:
    plays = mapping(wave=play(task=None, contact=None, campaign={"wave": "day", "name": "w", "members": "m"}))
    lead = outreach("wave", "00Q1", object="Lead", member="00Q1", contact=None, contact_may=None)
    assert states(settle(frame(lead), plays, past(), TODAY)) == [WAITING]


def reserving(word: str) -> Reserved:
    return Reserved(
        word={"001": word},
        why={"001": "Asked for time"},
        barred=frozenset({("later", "call"), ("gone", "call"), ("gone", "other")}),
        closed=frozenset({"gone"}),
    )


def test_who_has_the_word_says_what_may_begin_and_a_word_without_purposes_ends_what_waits() -> None:
    plays = mapping(call=play(), other=play(priority=10))
    rows = frame(outreach("call", "001"), outreach("other", "001", priority=10))
    settled = settle(rows, plays, past(), TODAY, reserved=reserving("later"))
    assert states(settled) == [LEFT_OUT, WAITING]
    assert settled["reason"][0] == "reserved (later): Asked for time"
    assert states(settle(rows, plays, past(), TODAY, reserved=reserving("gone"))) == [LEFT_OUT, LEFT_OUT]
    ours = past(task(rows["key"][0], "001"))
    assert states(settle(rows, plays, ours, TODAY, reserved=reserving("later")))[0] == OPEN


def test_a_task_needs_a_turn_where_it_moves_to_and_frees_the_one_it_had() -> None:
    plays = mapping(moving=play(), call=play(priority=90))
    rows = frame(outreach("moving", "001"), outreach("call", "001", priority=90), outreach("call", "002", priority=90))
    there = past(task(rows["key"][0], "002"))
    assert states(settle(rows, plays, there, TODAY)) == [OPEN, LEFT_OUT, WAITING]
    full = past(task(rows["key"][0], "002"), task(rows["key"][1], "001"))
    settled = settle(rows, plays, full, TODAY)
    assert states(settled) == [LEFT_OUT, OPEN, WAITING]
    assert settled["reason"][0] == "the account was approached lately"
    stays = {"00T" + rows["key"][0][-6:]}
    assert states(settle(rows, plays, there, TODAY, stay=stays)) == [OPEN, WAITING, LEFT_OUT]


def test_a_play_that_does_not_wait_is_made_whoever_has_the_turn_and_counts_for_the_others() -> None:
    plays = mapping(agreed=play(waits=False, priority=20, title="As agreed"), call=play(priority=90), old=play())
    agreed, call = outreach("agreed", "001", priority=20), outreach("call", "001", priority=90)
    settled = settle(frame(agreed, call), plays, past(), TODAY)
    assert states(settled) == [WAITING, LEFT_OUT]
    assert settled["reason"][1] == "the account's turn goes to another play: As agreed"
    lately = task(keys.full(keys.outreach("old", ("001",)), TODAY), "001", IsClosed=True)
    settled = settle(frame(agreed, call), plays, past(lately), TODAY)
    assert states(settled) == [WAITING, LEFT_OUT]
    assert states(settle(frame(agreed, outreach("old", "001")), plays, past(task(lately["Lifecycle_Key__c"], "001")),
                         TODAY)) == [WAITING, OPEN]  # fmt: skip
    after = settle(frame(agreed, call), plays, past(task(str(agreed["key"]), "001")), TODAY)
    assert states(after) == [OPEN, LEFT_OUT]
    assert after["reason"][1] == "the account was approached lately"


def test_a_play_that_does_not_wait_keeps_its_cooldown_and_is_not_made_twice() -> None:
    plays = mapping(agreed=play(waits=False, cooldown_days=10))
    rows = frame(outreach("agreed", "001"))
    done = settle(rows, plays, past(task(rows["key"][0], "001", IsClosed=True)), TODAY)
    assert done["reason"].tolist() == ["done already for this occasion"]
    earlier = keys.full(rows["outreach"][0], dt.date(2026, 1, 1))
    rested = settle(rows, plays, past(task(earlier, "001", IsClosed=True)), TODAY)
    assert rested["reason"].tolist() == ["approached lately, within the play's cooldown"]


def test_of_a_play_that_does_not_wait_an_account_has_one_task_at_a_time() -> None:
    plays = mapping(agreed=play(waits=False), asked=play(waits=False, priority=90))
    about = [keys.outreach("agreed", ("001", number)) for number in range(3)]
    rows = frame(
        *(
            outreach("agreed", "001", position=number, outreach=name, key=keys.full(name, TODAY))
            for number, name in enumerate(about)
        ),
        outreach("asked", "001", priority=90),
    )
    settled = settle(rows, plays, past(), TODAY)
    assert states(settled) == [WAITING, LEFT_OUT, LEFT_OUT, WAITING]
    assert settled["reason"].tolist()[1:3] == ["one Task of this play at a time for one account"] * 2
    again = settle(rows, plays, past(task(rows["key"][0], "001"), task(rows["key"][3], "001")), TODAY)
    assert states(again) == [OPEN, LEFT_OUT, LEFT_OUT, OPEN]


PLAYS = ("low", "mid", "high", "desk")
ACCOUNTS = ("001", "002", "003")


@given(
    wanted=st.sets(st.tuples(st.sampled_from(PLAYS), st.sampled_from(ACCOUNTS))),
    ours=st.lists(
        st.tuples(st.sampled_from(PLAYS), st.sampled_from(ACCOUNTS), st.sampled_from(ACCOUNTS), st.booleans()),
        unique_by=lambda each: each[:2],
        max_size=6,
    ),
    most=st.integers(1, 3),
    word=st.sampled_from(["nobody's", "later", "gone"]),
)
def test_nobody_hears_from_us_more_often_than_the_voice_allows(
    wanted: set[tuple[str, str]], ours: list[tuple[str, str, str, bool]], most: int, word: str
) -> None:
    """`ours`: play, whom it is about, where its Task is (it moves where that is another), and whether it is done.

    A Task that is to move and finds no turn is taken back: nobody has heard it.
    """
    desk = play(contact=None, task={"channel": "research", "subject": "s", "due": {"after": "day"}})
    plays = mapping(low=play(priority=10), mid=play(), high=play(priority=90), desk=desk)
    plays = plays.model_copy(update={"voice": plays.voice.model_copy(update={"most": most})})
    rows = frame(
        *(
            outreach(name, account, priority=plays.plays[name].priority, spoken=name != "desk")
            for name, account in sorted(wanted)
        )
    )
    tasks = []
    for number, (name, about, at, done) in enumerate(ours):
        key = keys.full(keys.outreach(name, (about,)), TODAY)
        tasks.append(task(key, at, Id=f"00T{number}", IsClosed=done, ActivityDate=TODAY))
    standing = past(*tasks)
    settled = settle(rows, plays, standing, TODAY, reserved=reserving(word))
    made = settled[settled["state"].isin([OPEN, WAITING]) & settled["spoken"].astype(bool)]
    listed = set(settled["outreach"])
    heard: dict[str, set[str]] = {account: set() for account in ACCOUNTS}
    before: dict[str, set[str]] = {account: set() for account in ACCOUNTS}
    for name, about, at, done in ours:
        if name != "desk":
            before[at].add(keys.outreach(name, (about,)))
            if done or keys.outreach(name, (about,)) not in listed:
                heard[at].add(keys.outreach(name, (about,)))
    for about, account in zip(made["outreach"], made["account"], strict=True):
        heard[account].add(about)
    for account in ACCOUNTS:
        assert len(heard[account]) <= max(most, len(before[account])), (account, heard, before)
        assert len(heard[account]) <= most or heard[account] <= before[account]

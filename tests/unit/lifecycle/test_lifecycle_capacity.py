"""Nobody's week is filled beyond its measure, and a cliff of end dates spreads over the weeks before it."""

import datetime as dt
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from sf_lifecycle.config.mapping import Calendar, Capacity, Owners
from sf_lifecycle.lifecycle.calendar import shift_by, working_days
from sf_lifecycle.lifecycle.capacity import AWAY, LATER, NO_ROOM, QUIET, SPOKEN, TOO_LATE, URGENT, Handed, spread
from sf_lifecycle.lifecycle.outreach import OPEN, PLANNED, WAITING
from sf_lifecycle.lifecycle.owners import open_desk

MONDAY = dt.date(2026, 11, 23)
DAYS = working_days(Calendar(country="NL"), MONDAY)


def outreaches(
    targets: list[dt.date], *, limits: list[dt.date | None] | None = None, owner: str = "rep", priority: int = 50
) -> pd.DataFrame:
    rows = len(targets)
    return pd.DataFrame(
        {
            "play": "switch",
            "priority": priority,
            "position": range(rows),
            "outreach": [f"switch:{i}" for i in range(rows)],
            "owner": owner,
            "target": pd.to_datetime(pd.Series(targets)).astype("datetime64[s]"),
            "limit": pd.to_datetime(pd.Series(limits or [None] * rows)).astype("datetime64[s]"),
            "state": WAITING,
            "moved": False,
            "reason": None,
        }
    )


def settle(frame, *, busy=(), as_of=MONDAY, per_week=20, lead_days=14, kept=0, kinds=None) -> pd.DataFrame:
    capacity = Capacity(per_owner_per_week=per_week, lead_days=lead_days, kept_for_urgent=kept)
    busy = [(*each, SPOKEN) for each in busy]
    return spread(frame, capacity, kinds or {"switch": SPOKEN}, busy, lambda _: DAYS, as_of)


def test_a_target_with_room_is_the_due_day() -> None:
    frame = settle(outreaches([dt.date(2026, 11, 27)]))
    assert frame["due"].tolist() == [dt.date(2026, 11, 27)]
    assert frame["state"].tolist() == [PLANNED]


def test_a_target_already_past_gets_the_first_free_slot() -> None:
    frame = settle(outreaches([dt.date(2026, 3, 1)]), as_of=dt.date(2026, 11, 22))
    assert frame["due"].tolist() == [MONDAY]


def test_no_week_holds_more_than_its_measure_and_no_day_all_of_it() -> None:
    frame = settle(outreaches([dt.date(2026, 1, 1)] * 200))
    due = [day for day in frame["due"] if day is not None]
    assert set(Counter(day.isocalendar().week for day in due).values()) <= {20, 4}
    assert max(Counter(due).values()) == 4
    assert frame.loc[frame["due"].isna(), "reason"].isin([NO_ROOM, LATER]).all()


def test_best_ranked_come_first() -> None:
    frame = settle(outreaches([dt.date(2026, 1, 1)] * 10), per_week=5, lead_days=1)
    assert [i for i, day in enumerate(frame["due"]) if day is not None] == [0, 1]


def test_open_tasks_count() -> None:
    busy = [("rep", dt.date(2026, 11, 27))] * 4
    frame = settle(outreaches([dt.date(2026, 11, 27)]), busy=busy)
    assert frame["due"].tolist() == [dt.date(2026, 11, 26)]


def test_not_created_before_it_is_near() -> None:
    frame = settle(outreaches([dt.date(2027, 1, 29)]))
    assert frame["due"].tolist() == [None]
    assert frame["reason"].tolist() == [LATER]


def test_no_room_before_the_limit_is_said() -> None:
    busy = [("rep", day) for day in DAYS.between(MONDAY, dt.date(2026, 11, 27)) for _ in range(4)]
    frame = settle(outreaches([dt.date(2026, 11, 26)], limits=[dt.date(2026, 11, 27)]), busy=busy)
    assert frame["reason"].tolist() == [NO_ROOM]


def test_an_expiry_cliff_spreads_over_the_weeks_before() -> None:
    cliff = dt.date(2026, 12, 17)  # ten working days before 31 December
    frame = outreaches([cliff] * 60)
    by_night: Counter[dt.date] = Counter()
    busy: list[tuple[str, dt.date]] = []
    as_of = MONDAY
    while as_of <= cliff:
        settled = settle(frame, busy=busy, as_of=as_of, per_week=20)
        made = settled[settled["state"].eq(PLANNED)]
        assert (made["due"] >= as_of).all()
        busy += [("rep", day) for day in made["due"]]
        frame = frame[~frame["outreach"].isin(set(made["outreach"]))]
        by_night.update(made["due"])
        as_of += dt.timedelta(days=1)
    weeks = Counter(day.isocalendar().week for day in by_night.elements())
    assert sum(weeks.values()) == 60
    assert max(weeks.values()) <= 20
    assert min(by_night) < dt.date(2026, 12, 7)


@pytest.mark.parametrize("day", [dt.date(2026, 12, 25), dt.date(2026, 12, 26), dt.date(2026, 4, 27)])
def test_public_holidays_are_not_worked(day: dt.date) -> None:
    assert day not in DAYS.between(day - dt.timedelta(days=3), day + dt.timedelta(days=3))


def test_no_task_is_due_after_its_last_day() -> None:
    """Found late: ten working days before the deadline is past, the deadline itself is not."""
    friday = dt.date(2026, 11, 27)
    full = [("rep", day) for day in DAYS.between(MONDAY, friday) for _ in range(4)]
    late = outreaches([dt.date(2026, 11, 13)], limits=[friday])
    assert settle(late)["due"].tolist() == [MONDAY]
    assert settle(late, busy=full[:4])["due"].tolist() == [dt.date(2026, 11, 24)]
    assert settle(late, busy=full)["reason"].tolist() == [NO_ROOM]
    assert settle(outreaches([dt.date(2026, 11, 2)], limits=[dt.date(2026, 11, 20)]))["reason"].tolist() == [TOO_LATE]


def test_a_task_that_moves_goes_to_its_new_day_however_far_and_before_new_work() -> None:
    far = dt.date(2027, 1, 29)
    frame = outreaches([far, far]).assign(moved=[False, True])
    frame.loc[1, ["state", "priority"]] = [OPEN, 10]
    made = settle(frame, per_week=1)
    assert made["due"].tolist() == [None, far]
    assert made["state"].tolist() == [WAITING, OPEN]


def test_what_is_urgent_finds_room_that_others_leave() -> None:
    frame = outreaches([dt.date(2026, 1, 1)] * 60)
    made = settle(frame, kept=4)
    busy = [("rep", day) for day in made["due"] if day is not None]
    assert max(Counter(day.isocalendar().week for _, day in busy).values()) == 16
    late = settle(outreaches([MONDAY]), busy=busy, kept=4)
    urgent = settle(outreaches([MONDAY]), busy=busy, kept=4, kinds={"switch": URGENT})
    assert late["due"].tolist() == [None]
    assert urgent["due"].tolist() == [MONDAY]


def test_research_fills_no_more_than_its_share() -> None:
    made = settle(outreaches([dt.date(2026, 1, 1)] * 60), kinds={"switch": QUIET})
    weeks = Counter(day.isocalendar().week for day in made["due"] if day is not None)
    assert max(weeks.values()) == 8


def test_research_is_spread_over_the_days_and_leaves_each_of_them_room_for_calls() -> None:
    made = settle(outreaches([dt.date(2026, 1, 1)] * 60), kinds={"switch": QUIET})
    assert max(Counter(made["due"].dropna()).values()) == 2
    busy = [("rep", day) for day in made["due"] if day is not None]
    calls = settle(outreaches([MONDAY] * 2), busy=busy)
    assert calls["due"].tolist() == [MONDAY] * 2


FRIDAY = dt.date(2026, 11, 27)


def test_a_deadline_that_is_near_takes_a_kept_place_before_it_is_missed() -> None:
    """Calls without a deadline, better by priority, have filled all but what is kept for urgent Tasks."""
    first = outreaches([dt.date(2026, 1, 1)] * 60, priority=90)
    late = outreaches([dt.date(2026, 11, 13)] * 6, limits=[FRIDAY] * 6, priority=10).assign(play="window")
    both = pd.concat([first, late], ignore_index=True)
    made = settle(both, kept=4, kinds={"switch": SPOKEN, "window": SPOKEN})
    windows = made[made["play"].eq("window")]
    assert windows["due"].notna().tolist() == [True] * 4 + [False] * 2
    assert (windows["due"].dropna() < FRIDAY).all()
    assert Counter(made["due"].dropna())[MONDAY] <= 5
    assert max(weeks_of(made["due"].dropna()).values()) == 20
    research = settle(both, kept=4, kinds={"switch": SPOKEN, "window": QUIET})
    assert research.loc[made["play"].eq("window"), "due"].isna().all()
    far = outreaches([FRIDAY], limits=[dt.date(2026, 12, 24)]).assign(play="window")
    waits = settle(pd.concat([first, far], ignore_index=True), kept=4, kinds={"switch": SPOKEN, "window": SPOKEN})
    assert waits["due"].iloc[-1] is None


def test_of_one_priority_what_would_be_missed_comes_first() -> None:
    frame = outreaches([MONDAY] * 5, limits=[None, None, None, None, dt.date(2026, 11, 24)])
    assert settle(frame, per_week=1, lead_days=1)["due"].notna().tolist() == [False] * 4 + [True]
    better = frame.assign(priority=[50, 50, 50, 90, 50])
    assert settle(better, per_week=1, lead_days=1)["due"].notna().tolist() == [False] * 3 + [True, False]


def test_the_last_day_itself_is_taken_only_where_no_earlier_one_is_free() -> None:
    wanted = outreaches([FRIDAY], limits=[FRIDAY])
    thursday = dt.date(2026, 11, 26)
    assert settle(wanted)["due"].tolist() == [thursday]
    before = [("rep", day) for day in DAYS.between(MONDAY, thursday) for _ in range(9)]
    assert settle(wanted, busy=before, per_week=40)["due"].tolist() == [FRIDAY]
    assert settle(wanted, as_of=FRIDAY)["due"].tolist() == [FRIDAY]


CLIFF = dt.date(2026, 12, 31)
SUMMER = dt.date(2026, 7, 1)


def nights(frame: pd.DataFrame, first: dt.date, last: dt.date, *, per_week: int = 20, kept: int = 0) -> pd.DataFrame:
    """Outreach, owner, position and due day of every Task made, night after night, and the night it was made on."""
    made: list[pd.DataFrame] = []
    busy: list[tuple[str, dt.date]] = []
    for ahead in range((last - first).days + 1):
        night = first + dt.timedelta(days=ahead)
        settled = settle(frame, busy=busy, as_of=night, per_week=per_week, kept=kept)
        new = settled[settled["state"].eq(PLANNED)]
        made.append(new.assign(night=night))
        busy += list(zip(new["owner"], new["due"], strict=True))
        frame = frame[~frame["outreach"].isin(set(new["outreach"]))]
    return pd.concat(made)


def weeks_of(due: "pd.Series[dt.date]") -> dict[dt.date, int]:
    """Monday → Tasks due in its week."""
    return Counter(day - dt.timedelta(days=day.weekday()) for day in due)


def cliff(contracts: int, owners: int = 1) -> pd.DataFrame:
    """Contracts that all end on 31 December, dealt out to their owners, best first."""
    target = DAYS.shift(np.array([CLIFF], dtype="datetime64[D]"), -10).astype(object)[0]
    frame = outreaches([target] * contracts, limits=[CLIFF] * contracts)
    return frame.assign(owner=[f"rep{number % owners}" for number in range(contracts)])


def test_one_rep_and_a_cliff_of_300_contracts() -> None:
    """Twenty a week fill the weeks back from the target, the best ranked nearest to it, none before its time."""
    made = nights(cliff(300), SUMMER, CLIFF)
    assert len(made) == 300
    assert ((made["due"] >= made["night"]) & (made["due"] <= CLIFF)).all()
    assert (made["due"] <= made["night"] + dt.timedelta(days=14)).all()
    weeks = weeks_of(made["due"])
    full = sorted(weeks)[1:-1]
    assert [monday for monday in weeks if weeks[monday] > 20] == []
    assert {weeks[monday] for monday in full} == {20}
    assert [b - a for a, b in pairwise(full)] == [dt.timedelta(days=7)] * (len(full) - 1)
    by_rank = made.sort_values("position")["due"]
    assert (by_rank.to_numpy()[:-1] >= by_rank.to_numpy()[1:]).all()


def test_twenty_reps_and_the_same_cliff() -> None:
    made = nights(cliff(300, owners=20), dt.date(2026, 11, 1), CLIFF)
    per_week = made.groupby("owner")["due"].apply(lambda due: max(weeks_of(due).values()))
    assert len(made) == 300
    assert per_week.max() <= 20
    assert made["due"].min() >= dt.date(2026, 12, 10)  # fifteen each: the last working days before the target do


def test_twenty_reps_with_300_contracts_each_settle_alike() -> None:
    made = nights(cliff(6000, owners=20), dt.date(2026, 12, 1), dt.date(2026, 12, 1))
    # Found too late for all of them: what there is room for, the best ranked, and no week over its measure.
    assert len(set(Counter(made["owner"]).values())) == 1
    assert made.groupby("owner")["due"].apply(lambda due: max(weeks_of(due).values())).max() <= 20
    assert made["due"].max() <= CLIFF


@pytest.mark.parametrize(("share", "a_week"), [(Fraction(1, 2), 10), (Fraction(3, 5), 12), (Fraction(1, 8), 3)])
def test_part_of_the_hours_is_part_of_the_week_rounded_half_up(share: Fraction, a_week: int) -> None:
    capacity = Capacity(per_owner_per_week=20, kept_for_urgent=0)
    frame = outreaches([dt.date(2026, 1, 1)] * 60)
    made = spread(frame, capacity, {"switch": SPOKEN}, [], lambda _: DAYS, MONDAY, share=lambda _: share)
    assert max(weeks_of(made["due"].dropna()).values()) == a_week


def test_whoever_works_at_all_has_one_task_a_week_and_research_too() -> None:
    capacity = Capacity(per_owner_per_week=20, kept_for_urgent=19, research_per_owner_per_week=8)
    frame = outreaches([dt.date(2026, 1, 1)] * 9)
    for kind in (SPOKEN, QUIET, URGENT):
        made = spread(frame, capacity, {"switch": kind}, [], lambda _: DAYS, MONDAY, share=lambda _: Fraction(1, 100))
        assert set(weeks_of(made["due"].dropna()).values()) == {1}
    none = spread(frame, capacity, {"switch": SPOKEN}, [], lambda _: DAYS, MONDAY, share=lambda _: Fraction(0))
    assert none["due"].dropna().empty
    no_research = Capacity(research_per_owner_per_week=0)
    quiet = spread(frame, no_research, {"switch": QUIET}, [], lambda _: DAYS, MONDAY, share=lambda _: Fraction(1, 2))
    assert quiet["due"].dropna().empty


def test_an_absence_ahead_is_worked_around() -> None:
    """Due before they leave, or after they are back; never in between."""
    away = DAYS.without([(dt.date(2026, 11, 30), dt.date(2026, 12, 11))], MONDAY)
    both = outreaches([dt.date(2026, 12, 8)] * 2, limits=[dt.date(2026, 12, 31)] * 2)
    capacity = Capacity(per_owner_per_week=1, kept_for_urgent=0, lead_days=60)
    made = spread(both, capacity, {"switch": SPOKEN}, [], lambda _: away, MONDAY)
    assert made["due"].tolist() == [dt.date(2026, 11, 27), dt.date(2026, 12, 14)]
    none_left = outreaches([dt.date(2026, 12, 8)], limits=[dt.date(2026, 12, 11)])
    late = spread(none_left, capacity, {"switch": SPOKEN}, [], lambda _: away, dt.date(2026, 11, 30))
    assert late["reason"].tolist() == [AWAY]
    gone = DAYS.without([(None, None)], MONDAY)
    never = spread(outreaches([dt.date(2026, 12, 8)]), capacity, {"switch": SPOKEN}, [], lambda _: gone, MONDAY)
    assert never["reason"].tolist() == [NO_ROOM]


def test_each_owner_has_their_own_calendar() -> None:
    polish = working_days(Calendar(country="PL"), MONDAY)
    calendars = {"rep0": DAYS, "rep1": polish}
    frame = outreaches([dt.date(2026, 11, 11)] * 2).assign(owner=["rep0", "rep1"])
    made = spread(frame, Capacity(), {"switch": SPOKEN}, [], calendars.__getitem__, dt.date(2026, 11, 9))
    assert made["due"].tolist() == [dt.date(2026, 11, 11), dt.date(2026, 11, 10)]


def test_ten_thousand_tasks_without_an_owner_fill_the_fallbacks_own_week_and_no_more() -> None:
    users = pd.DataFrame(
        {"Id": ["005d"], "Name": ["Desk"], "Alias": ["sdesk"], "IsActive": [True], "UserType": ["Standard"]}
        | {"ManagerId": pd.Series([None], dtype=object), "Hours__c": [50]}
    )
    owners = Owners.model_validate({"fallback": "sdesk", "user": {"hours_share": "Hours__c"}})
    desk = open_desk(owners, users, file="x", calendar=Calendar(), as_of=MONDAY)
    frame = outreaches([CLIFF] * 10_000, limits=[CLIFF] * 10_000)
    frame = frame.assign(owner=desk.resolve(pd.Series(["005gone", "00Gqueue", None, "x"] * 2_500, dtype=object)))
    target = shift_by(desk.days, frame["owner"], frame["limit"].to_numpy(), -10)
    frame["target"] = target.astype("datetime64[s]")
    capacity = Capacity(per_owner_per_week=20, kept_for_urgent=4)
    made = spread(frame, capacity, {"switch": SPOKEN}, [], desk.days, MONDAY, share=desk.share)
    weeks = weeks_of(made["due"].dropna())
    assert set(made["owner"]) == {"005d"}
    assert set(weeks.values()) <= {8, 2}  # half of twenty, two kept for what is urgent
    assert made["state"].eq(PLANNED).sum() == sum(weeks.values()) < 30


def handed(row: int, day: dt.date | None, *takers: str, limit: dt.date | None = None) -> Handed:
    return Handed(row=row, day=day, takers=takers, limit=limit)


def take_over(frame: pd.DataFrame, tasks: list[Handed], busy: list[tuple[str, dt.date, str]] | None = None):
    capacity = Capacity(per_owner_per_week=20, kept_for_urgent=0)
    frame = frame.assign(state=OPEN)
    return spread(frame, capacity, {"switch": SPOKEN}, busy or [], lambda _: DAYS, MONDAY, handed=tasks)


def test_a_task_that_is_handed_over_keeps_its_day_where_there_is_room() -> None:
    frame = outreaches([MONDAY] * 2)
    made = take_over(frame, [handed(0, FRIDAY, "boss"), handed(1, dt.date(2026, 11, 2), "boss")])
    assert made["due"].tolist() == [None, MONDAY]  # a day that is past becomes the first free one
    assert made["owner"].tolist() == ["boss", "boss"]
    assert made["state"].tolist() == [OPEN, OPEN]


def test_what_is_handed_over_fills_no_week_over_its_measure_and_goes_on_up() -> None:
    """Twenty-four Tasks of one week come to somebody with eight of their own, then to theirs, who have less room."""
    week = DAYS.between(MONDAY, FRIDAY)
    had = [week[number % 5] for number in range(24)]
    busy = [("boss", week[number % 4], SPOKEN) for number in range(8)]
    tasks = [handed(number, day, "boss", "top", "desk") for number, day in enumerate(had)]
    made = take_over(outreaches([MONDAY] * 24), tasks, busy)
    days = made["due"].where(made["due"].notna(), pd.Series(had, dtype=object))
    held = [*busy, *((owner, day, SPOKEN) for owner, day in zip(made["owner"], days, strict=True))]
    weeks = Counter((owner, day.isocalendar().week) for owner, day, _ in held)
    assert max(weeks.values()) <= 20
    assert sum(weeks.values()) == 32
    assert set(made["owner"]) == {"boss"}  # the weeks to come have room
    full = [("boss", day, SPOKEN) for day in DAYS.between(MONDAY, dt.date(2026, 12, 7)) for _ in range(4)]
    assert set(take_over(outreaches([MONDAY] * 24), tasks, full)["owner"]) == {"top"}
    every = [(owner, day, kind) for owner in ("boss", "top", "desk") for _, day, kind in full]
    lost = take_over(outreaches([MONDAY] * 24), tasks, every)
    assert lost["due"].isna().all()
    assert set(lost["owner"]) == {"boss"}


def test_what_is_handed_over_stays_within_its_limit() -> None:
    full = [("boss", day, SPOKEN) for day in DAYS.between(MONDAY, FRIDAY) for _ in range(4)]
    frame = outreaches([MONDAY])
    within = take_over(frame, [handed(0, FRIDAY, "boss", "top", limit=FRIDAY)], full)
    assert (within["owner"].tolist(), within["due"].tolist()) == (["top"], [None])
    after = take_over(frame, [handed(0, FRIDAY, "boss", "top")], full)
    assert (after["owner"].tolist(), after["due"].tolist()) == (["boss"], [dt.date(2026, 11, 30)])

"""Nobody's week is filled beyond its measure, and a cliff of end dates spreads over the weeks before it."""

import datetime as dt
from collections import Counter

import pandas as pd
import pytest

from sf_lifecycle.config.mapping import Calendar, Capacity
from sf_lifecycle.lifecycle.calendar import working_days
from sf_lifecycle.lifecycle.capacity import LATER, NO_ROOM, QUIET, SPOKEN, TOO_LATE, URGENT, spread
from sf_lifecycle.lifecycle.outreach import OPEN, PLANNED, WAITING

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
    return spread(frame, capacity, kinds or {"switch": SPOKEN}, busy, DAYS, as_of)


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

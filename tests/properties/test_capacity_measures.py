"""Whatever is asked of whomever: weeks keep their measure, days are worked, limits hold, and what stands stays."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd
from hypothesis import assume, given, strategies as st

from sf_lifecycle.config.mapping import Calendar, Capacity
from sf_lifecycle.lifecycle.calendar import AHEAD_DAYS, WorkingDays, working_days
from sf_lifecycle.lifecycle.capacity import QUIET, SPOKEN, URGENT, spread
from sf_lifecycle.lifecycle.outreach import LEFT_OUT, OPEN, PLANNED, WAITING

AS_OF = dt.date(2026, 11, 25)
MONDAY = dt.date(2026, 11, 23)
COUNTRIES = [working_days(Calendar(country=code), AS_OF) for code in ("NL", "PL", "IL")]
PLAYS = {"call": SPOKEN, "rescue": URGENT, "research": QUIET}
DAY = st.integers(-40, 240).map(lambda ahead: AS_OF + dt.timedelta(days=ahead))
NEAR = st.integers(0, 20).map(lambda ahead: MONDAY + dt.timedelta(days=ahead))
Busy = tuple[str, dt.date, str]


@dataclass(frozen=True, kw_only=True)
class Office:
    """Reps with their hours, what fills their weeks, and what is asked."""

    capacity: Capacity
    days: dict[str, WorkingDays]
    shares: dict[str, Fraction]
    busy: list[Busy]
    frame: pd.DataFrame

    def settled(self, frame: pd.DataFrame | None = None, more: list[Busy] | None = None) -> pd.DataFrame:
        busy = [*self.busy, *(more or [])]
        asked = self.frame if frame is None else frame
        return spread(asked, self.capacity, PLAYS, busy, self.days.__getitem__, AS_OF, share=self.shares.__getitem__)


@st.composite
def offices(draw: st.DrawFn) -> Office:
    reps = [f"rep{number}" for number in range(draw(st.integers(1, 3)))]
    days = {}
    for rep in reps:
        days[rep] = draw(st.sampled_from(COUNTRIES))
        if draw(st.booleans()):
            since, until = draw(st.none() | NEAR), draw(st.none() | NEAR)
            days[rep] = days[rep].without([(since, until)], AS_OF)
    a_week = draw(st.integers(1, 12))
    capacity = Capacity(
        per_owner_per_week=a_week,
        research_per_owner_per_week=draw(st.integers(0, 4)),
        kept_for_urgent=draw(st.integers(0, min(4, a_week - 1))),
        lead_days=draw(st.integers(1, 60)),
    )
    busy = draw(st.lists(st.tuples(st.sampled_from(reps), NEAR, st.sampled_from([SPOKEN, URGENT, QUIET])), max_size=8))
    rows = [_row(draw, reps, position) for position in range(draw(st.integers(1, 40)))]
    frame = pd.DataFrame(rows)
    for name in ("target", "limit"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    for name in ("owner", "state", "reason", "play"):
        frame[name] = frame[name].astype(object)
    shares = {rep: Fraction(draw(st.sampled_from([0, 1, 20, 50, 63, 100])), 100) for rep in reps}
    return Office(capacity=capacity, days=days, shares=shares, busy=busy, frame=frame)


def _row(draw: st.DrawFn, reps: list[str], position: int) -> dict[str, Any]:
    limit = draw(st.none() | DAY)
    # Half of all end on one day.
    limit = dt.date(2026, 12, 31) if draw(st.booleans()) else limit
    target = draw(st.none() | DAY) if limit is None else limit - dt.timedelta(days=draw(st.integers(0, 20)))
    state = draw(st.sampled_from([WAITING, WAITING, WAITING, OPEN, LEFT_OUT]))
    return {
        "play": draw(st.sampled_from(sorted(PLAYS))),
        "priority": draw(st.sampled_from([10, 50])),
        "position": position,
        "outreach": f"o{position}",
        "owner": draw(st.sampled_from(reps)),
        "target": target,
        "limit": limit,
        "state": state,
        "moved": state == OPEN and target is not None and draw(st.booleans()),
        "reason": "as it was" if state != WAITING else None,
    }


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def given_days(made: pd.DataFrame) -> list[Busy]:
    return [
        (owner, due, PLAYS[play]) for owner, due, play in zip(made["owner"], made["due"], made["play"], strict=True)
    ]


@given(offices())
def test_every_due_day_is_one_its_owner_works_and_within_its_bounds(office: Office) -> None:
    made = office.settled()
    made = made[made["due"].notna()]
    last = AS_OF + dt.timedelta(days=AHEAD_DAYS)
    worked = {rep: set(days.between(AS_OF, last)) for rep, days in office.days.items()}
    for owner, due, limit, moved in zip(made["owner"], made["due"], made["limit"], made["moved"], strict=True):
        assert due in worked[owner]
        assert pd.isna(limit) or due <= limit.date()
        assert moved or due <= AS_OF + dt.timedelta(days=office.capacity.lead_days)


@given(offices())
def test_no_week_is_filled_over_its_measure(office: Office) -> None:
    made = office.settled()
    soon = made["limit"].le(pd.Timestamp(AS_OF + dt.timedelta(days=office.capacity.lead_days)))
    soon &= made["due"].notna() & made["play"].eq("call")
    hurried = Counter(
        (owner, monday_of(day)) for owner, day in zip(made.loc[soon, "owner"], made.loc[soon, "due"], strict=True)
    )
    new = given_days(made[made["due"].notna()])
    before = Counter((owner, monday_of(day)) for owner, day, _ in office.busy)
    capacity = office.capacity
    for (owner, monday), number in Counter((owner, monday_of(day)) for owner, day, _ in new).items():
        share = office.shares[owner]
        whole = max(1, int(capacity.per_owner_per_week * share + Fraction(1, 2)))
        plain = max(1, whole - int(capacity.kept_for_urgent * share + Fraction(1, 2)))
        quiet = max(1, int(capacity.research_per_owner_per_week * share + Fraction(1, 2)))
        kinds = Counter(kind for who, day, kind in [*office.busy, *new] if (who, monday_of(day)) == (owner, monday))
        added = Counter(kind for who, day, kind in new if (who, monday_of(day)) == (owner, monday))
        assert share > 0
        assert number + before[owner, monday] <= whole
        # What cannot wait may take the places that are kept for urgent Tasks.
        plainly = added[SPOKEN] + added[QUIET] - hurried[owner, monday]
        assert not plainly or kinds[SPOKEN] + kinds[QUIET] - hurried[owner, monday] <= plain
        assert not added[QUIET] or kinds[QUIET] <= min(quiet, plain, capacity.research_per_owner_per_week)


@given(offices(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_of_what_is_busy_says_nothing(office: Office, random: Any) -> None:
    rows, busy = list(office.frame.index), list(office.busy)
    random.shuffle(rows)
    random.shuffle(busy)
    again = spread(
        office.frame.loc[rows], office.capacity, PLAYS, busy, office.days.__getitem__, AS_OF,
        share=office.shares.__getitem__,
    )  # fmt: skip
    pd.testing.assert_frame_equal(again.sort_index(), office.settled())


@given(offices())
def test_what_stands_and_what_is_left_out_stays_as_it_was(office: Office) -> None:
    made = office.settled()
    still = ~office.frame["state"].eq(WAITING) & ~office.frame["moved"]
    pd.testing.assert_frame_equal(made.loc[still, office.frame.columns], office.frame[still])
    assert made.loc[still, "due"].isna().all()
    assert made.loc[made["due"].notna() & ~made["moved"], "state"].eq(PLANNED).all()


@given(offices())
def test_a_second_look_on_the_same_night_makes_nothing_more(office: Office) -> None:
    first = office.settled()
    made = first["due"].notna()
    assume(made.any())
    second = office.settled(office.frame[~made], given_days(first[made]))
    assert second["due"].isna().all()
    assert second["reason"].tolist() == first.loc[~made, "reason"].tolist()

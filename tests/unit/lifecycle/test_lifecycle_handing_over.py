"""An open Task follows its work, never a person's choice; time alone hands nothing over."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from sf_lifecycle.lifecycle.calendar import WorkingDays
from sf_lifecycle.lifecycle.capacity import Handed
from sf_lifecycle.lifecycle.handing_over import handed_over, hands
from sf_lifecycle.lifecycle.hours import People, Person
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.scope import Scope
from sf_lifecycle.lifecycle.standing import Standing

ANN, BOB, CAS, DESK = "005a", "005b", "005c", "005d"
WORKING = Desk(stands_in={ANN: ANN, BOB: BOB, CAS: CAS}, fallback=DESK)


@dataclass(frozen=True, kw_only=True)
class Known:
    theirs: frozenset[str] = frozenset()
    read_back: dict[str, dict[str, Any]] = field(default_factory=lambda: {"1": {"OwnerId": ANN}})
    scope: Scope = field(default_factory=lambda: Scope(job="nightly", plays=frozenset({"call"})))


def owner(
    has: str | None,
    wished: str,
    known: Known | None = None,
    *,
    asked: tuple[str, ...] | None = (),
    desk: Desk = WORKING,
    due: dt.date | None = None,
) -> str:
    outreaches = pd.DataFrame({"outreach": ["call:x"], "owner": [wished]}, dtype=object)
    task = {"Id": "1", "key": "call:x:y", "outreach": "call:x", "OwnerId": has, "ActivityDate": due}
    tasks = pd.DataFrame([task], dtype=object)
    owners = {} if asked is None else {"call:x": frozenset(asked)}
    found = hands(outreaches, tasks if has else tasks.iloc[:0], known or Known(), desk, Standing(owners=owners))
    return str(found.iloc[0])


def test_a_new_task_goes_to_the_owner_wished() -> None:
    assert owner(None, BOB) == BOB


def test_an_open_task_follows_the_work_once_no_row_asks_for_its_owner() -> None:
    assert owner(ANN, BOB, asked=(BOB,)) == BOB


def test_another_leading_row_alone_hands_nothing_over() -> None:
    assert owner(ANN, BOB, asked=(ANN, BOB)) == ANN


def test_whom_a_person_chose_keeps_it() -> None:
    assert owner(CAS, BOB, asked=(BOB,)) == CAS


def test_what_people_work_on_and_what_is_another_jobs_stays() -> None:
    assert owner(ANN, BOB, Known(theirs=frozenset({"1"})), asked=(BOB,)) == ANN
    others = Scope(job="weekly", plays=frozenset({"mail"}), others=frozenset({"call"}))
    assert owner(ANN, BOB, Known(scope=others), asked=(BOB,)) == ANN


def test_who_stands_in_is_asked_for_by_those_they_stand_in_for() -> None:
    away = Desk(stands_in={ANN: ANN, CAS: ANN, BOB: BOB}, fallback=DESK)
    assert owner(ANN, BOB, asked=(CAS,), desk=away) == ANN


def test_where_no_row_has_an_owner_of_its_own_only_who_cannot_work_gives_it_away() -> None:
    assert owner(ANN, BOB, asked=None) == ANN
    left = Desk(stands_in={ANN: CAS, BOB: BOB}, fallback=DESK)
    assert owner(ANN, BOB, asked=None, desk=left) == BOB


def test_who_can_no_longer_work_keeps_no_task_whoever_gave_it_to_them() -> None:
    left = Desk(stands_in={ANN: ANN, BOB: BOB, CAS: ANN}, fallback=DESK)
    assert owner(CAS, BOB, asked=(BOB,), desk=left) == BOB
    unknown = Desk(stands_in={ANN: ANN, BOB: BOB}, fallback=DESK)
    assert owner(CAS, BOB, asked=None, desk=unknown) == BOB
    assert owner(CAS, BOB, Known(theirs=frozenset({"1"})), asked=(BOB,), desk=left) == CAS


def test_a_queue_that_a_person_gave_it_to_keeps_it() -> None:
    assert owner("00Gq", BOB, asked=(BOB,)) == "00Gq"


def test_who_is_away_keeps_theirs_and_who_stood_in_keeps_what_fell_into_the_absence() -> None:
    away = Person(days=WorkingDays(), away=((dt.date(2026, 12, 1), dt.date(2026, 12, 31)),))
    people = People(by_id={ANN: away}, everybody=WorkingDays())
    desk = Desk(stands_in={ANN: ANN, BOB: BOB, DESK: DESK}, fallback=DESK, above={ANN: BOB}, people=people)
    given_to_bob, given_to_desk = (Known(read_back={"1": {"OwnerId": who}}) for who in (BOB, DESK))
    assert owner(ANN, BOB, asked=(ANN,), desk=desk, due=dt.date(2026, 12, 10)) == ANN
    assert owner(BOB, ANN, given_to_bob, asked=(ANN,), desk=desk, due=dt.date(2026, 12, 10)) == BOB
    assert owner(BOB, ANN, given_to_bob, asked=(ANN,), desk=desk, due=dt.date(2027, 1, 11)) == ANN
    assert owner(BOB, ANN, given_to_bob, asked=(ANN,), desk=desk, due=None) == ANN
    assert owner(DESK, ANN, given_to_desk, asked=(ANN,), desk=desk, due=dt.date(2026, 12, 31)) == DESK


def test_who_has_it_for_want_of_room_below_keeps_it_until_the_work_has_an_owner_again() -> None:
    desk = Desk(stands_in={ANN: BOB, BOB: BOB, CAS: CAS, DESK: DESK}, fallback=DESK, above={BOB: CAS})
    given = Known(read_back={"1": {"OwnerId": CAS}})
    assert owner(CAS, BOB, given, asked=(ANN,), desk=desk) == CAS
    assert owner(CAS, BOB, given, asked=(BOB,), desk=desk) == BOB


def test_what_is_handed_over_needs_a_day_in_another_week() -> None:
    desk = Desk(stands_in={ANN: BOB, BOB: BOB, CAS: CAS, DESK: DESK}, fallback=DESK, above={BOB: CAS})
    day, limit = dt.date(2026, 12, 1), dt.date(2026, 12, 9)
    names = ["left", "held", "moved", "same", "new", "wave"]
    frame = pd.DataFrame(
        {
            "outreach": names,
            "owner": [BOB, BOB, BOB, BOB, BOB, BOB],
            "wished": [ANN, BOB, ANN, ANN, ANN, ANN],
            "target": pd.to_datetime([day] * 5 + [None]).astype("datetime64[s]"),
            "limit": pd.to_datetime([limit, limit, None, None, None, None]).astype("datetime64[s]"),
            "held": [False, True, False, False, False, False],
            "moved": [False, False, True, False, False, False],
        }
    )
    tasks = [
        {"outreach": name, "OwnerId": BOB if name == "same" else ANN, "ActivityDate": day}
        for name in names
        if name != "new"
    ]
    assert handed_over(frame, pd.DataFrame(tasks, dtype=object), desk) == [
        Handed(row=0, day=day, takers=(BOB, CAS, DESK), limit=limit),
        Handed(row=1, day=day, takers=(BOB,), limit=day),
    ]

"""Night after night: a Task is made once and stands still, and only facts that change move it."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from itertools import accumulate
from typing import Any

import holidays
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings, strategies as st
from paper_org import KEY, Night, PaperOrg, creates, deletes, rules, updates
from paper_worlds import DAY, ODD_NAMES, Record, World, user_id, worlds

from sf_lifecycle.config.mapping import Capacity, Voice
from sf_lifecycle.lifecycle import keys
from sf_lifecycle.lifecycle.outreach import speaks

TELECOM, TINY = (), ("paper", "tiny")
TINY_BELOW = ("Contact", "Lifecycle_Provider_Contract__c")
FREE_DAYS = holidays.country_holidays("NL", years=range(2026, 2029))
NIGHTS = 60

Measures = tuple[Capacity, Voice]

few = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # a night takes too long to look for the smallest firm here
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
many = settings(few, phases=tuple(Phase), max_examples=30, derandomize=False)


def firms(names: tuple[str, ...], least: int = 1, most: int = 15) -> st.SearchStrategy[World]:
    return worlds(most=most, least=least) if not names else worlds(most=most, least=least, below=TINY_BELOW, leads=0)


@st.composite
def measures(draw: st.DrawFn) -> Measures:
    """Measures that bind even a small firm."""
    capacity = Capacity(per_owner_per_week=draw(st.sampled_from((1, 2, 7, 20))), lead_days=draw(st.integers(1, 40)))
    voice = Voice(most=draw(st.integers(1, 2)), in_days=draw(st.sampled_from((1, 10, 30))))
    return capacity, voice


class Watch:
    """Sees every plan of a firm before it is carried out, and says what must never be."""

    def __init__(self, org: PaperOrg) -> None:
        self.org, self.mapping = org, org.rules.mapping
        self.spoken = {name for name, play in self.mapping.plays.items() if speaks(play)}
        self.agreed = {name for name, play in self.mapping.plays.items() if not play.waits}
        self.made: dict[str, set[str]] = defaultdict(set)
        self.taken: set[str] = set()
        self.heard: dict[str, dict[str, dt.date]] = defaultdict(dict)

    def night(self, as_of: dt.date, *, quiet: bool = True) -> Night:
        """One night, watched. `quiet`: nothing but time has passed since the last one."""
        night = self.org.night(as_of)
        tasks = creates(night.plan, "Task")
        moved = updates(night.plan, "Task")
        taken = self._taken_back(night, quiet=quiet)
        if quiet and self.made["Task"]:
            for id_, (after, before) in moved.items():
                assert id_ in taken or not after, (as_of, after, before)
        for kind in ("Task", "CampaignMember"):
            for record in creates(night.plan, kind):
                assert record[KEY] not in self.made[kind], "made twice"
                self.made[kind].add(record[KEY])
        for task in tasks:
            self._due_day(task["ActivityDate"], as_of)
        for after, _ in moved.values():
            if "ActivityDate" in after:
                self._due_day(after["ActivityDate"], as_of)
        self._voice(night, as_of, taken, quiet=quiet)
        self.org.carry_out(night)
        self._capacity(moved, tasks)
        return night

    def _taken_back(self, night: Night, *, quiet: bool) -> dict[str, str]:
        """Id → cause of what goes or is closed; once each, and by time alone for good."""
        found: dict[str, str] = {}
        for kind in ("Task", "CampaignMember"):
            for id_, (cause, why, before) in deletes(night.plan, kind).items():
                found[id_] = cause
                assert why
                assert self.org.ours[kind][id_] | before == self.org.ours[kind][id_], "not as it stands"
                if not quiet and cause != "lapsed":
                    self.made[kind].discard(before[KEY])
        section = night.plan.section("Task", "update")
        closed = section.rows.loc[section.rows["cause"].notna(), ["ref", "cause"]] if section else None
        for id_, cause in zip(closed["ref"], closed["cause"], strict=True) if closed is not None else ():
            found[id_] = cause
            if not quiet and cause != "lapsed":
                self.made["Task"].discard(self.org.ours["Task"][id_][KEY])
        assert not quiet or set(found.values()) <= {"lapsed"}, found
        assert not self.taken & set(found), "taken back twice"
        self.taken |= set(found)
        return found

    def _due_day(self, day: dt.date, as_of: dt.date) -> None:
        assert day >= as_of
        assert day.weekday() < 5, f"due on a weekend, {day}"
        assert day not in FREE_DAYS, f"due on {FREE_DAYS[day]}"

    def _voice(self, night: Night, as_of: dt.date, taken: dict[str, str], *, quiet: bool) -> None:
        """A corrected date may move somebody to another wave: that is the same outreach still.

        What was taken back was not heard.
        """
        about = str if quiet else keys.outreach_of
        stands = {
            about(record[KEY])
            for kind in ("Task", "CampaignMember")
            for id_, record in self.org.ours[kind].items()
            if id_ not in self.taken
        }
        gone = {about(record[KEY]) for id_ in taken for record in self._record(id_)} - stands
        for heard in self.heard.values():
            for outreach in gone & set(heard):
                del heard[outreach]
        new: dict[str, set[str]] = defaultdict(set)
        for kind in ("Task", "CampaignMember"):
            section = night.plan.section(kind, "create")
            rows = zip(section.rows["about"], section.records(0, len(section)), strict=True) if section else ()
            for account, (_, values, _) in rows:
                if values["Lifecycle_Play__c"] in self.spoken and about(values[KEY]) not in self.heard[account]:
                    new[account].add(about(values[KEY]))
        lately = as_of - dt.timedelta(days=self.mapping.voice.in_days)
        for account, outreaches in new.items():
            self.heard[account] |= dict.fromkeys(outreaches, as_of)
            within = {key: day for key, day in self.heard[account].items() if day > lately}
            if all(keys.play_of(key) in self.agreed for key in outreaches):
                continue  # they wait for no turn
            assert len(within) <= self.mapping.voice.most, (account, within)

    def _record(self, id_: str) -> list[Record]:
        return [self.org.ours[kind][id_] for kind in ("Task", "CampaignMember") if id_ in self.org.ours[kind]]

    def _capacity(self, moved: dict[str, Any], tasks: list[Record]) -> None:
        """Open Tasks in an owner's week; weeks that only people filled are theirs."""
        most = self.mapping.capacity.per_owner_per_week
        open_tasks = self.org.open_tasks()
        weeks = Counter(_week(task) for task in open_tasks.values())
        ours = {_week(task) for task in tasks}
        ours |= {_week(open_tasks[id_]) for id_, (after, _) in moved.items() if "ActivityDate" in after}
        assert all(weeks[week] <= most for week in ours), weeks


def _week(task: Record) -> tuple[str, int, int]:
    year, week, _ = task["ActivityDate"].isocalendar()
    return task["OwnerId"], year, week


def quiet_nights(names: tuple[str, ...], measured: Measures, world: World, days: list[int]) -> None:
    with PaperOrg(rules(*names).with_measures(*measured), world) as org:
        watch = Watch(org)
        for day in days:
            watch.night(DAY + dt.timedelta(days=day))


def some_nights(gaps: int) -> st.SearchStrategy[list[int]]:
    """The first two of sixty nights, and some of the others."""
    apart = st.lists(st.integers(1, 110 // gaps), min_size=gaps, max_size=gaps)
    return apart.map(lambda steps: [0, *(day for day in accumulate([1, *steps]) if day < NIGHTS)])


@few
@given(measured=measures(), world=firms(TELECOM, least=8), days=some_nights(3))
def test_without_a_change_each_task_is_made_once_and_none_is_moved(
    measured: Measures, world: World, days: list[int]
) -> None:
    quiet_nights(TELECOM, measured, world, days)


@few
@given(measured=measures(), world=firms(TINY, least=8), days=some_nights(5))
def test_several_rows_under_a_key_stand_still_as_well(measured: Measures, world: World, days: list[int]) -> None:
    quiet_nights(TINY, measured, world, days)


@pytest.mark.slow
@settings(many, max_examples=8)
@given(measured=measures(), world=firms(TELECOM))
def test_sixty_nights_of_many_firms(measured: Measures, world: World) -> None:
    quiet_nights(TELECOM, measured, world, list(range(NIGHTS)))


@pytest.mark.slow
@settings(many, max_examples=15)
@given(measured=measures(), world=firms(TINY))
def test_sixty_nights_of_many_firms_with_several_rows_under_a_key(measured: Measures, world: World) -> None:
    quiet_nights(TINY, measured, world, list(range(NIGHTS)))


# ---------------------------------------------------------------- life goes on


def live(names: tuple[str, ...], measured: Measures, world: World, data: st.DataObject, nights: int) -> None:
    """Between the nights people work and correct records. Whatever they do: what was applied is not planned again."""
    with PaperOrg(rules(*names).with_measures(*measured), world) as org:
        watch, day = Watch(org), DAY
        watch.night(day, quiet=False)
        for _ in range(nights):
            day += dt.timedelta(days=data.draw(st.integers(1, 12), label="days passed"))
            theirs = {id_: _live_a_little(org, data, day) for id_ in range(data.draw(st.integers(0, 4)))}
            before = {id_: dict(org.ours["Task"][id_]) for id_ in theirs.values() if id_}
            night = watch.night(day, quiet=False)
            changed = {**updates(night.plan, "Task"), **deletes(night.plan, "Task")}
            assert not set(before) & set(changed), "a rep's Task was changed"
            again = org.night(day).plan
            assert again.is_empty, [(s.object, s.operation, list(s.records(0, 3))) for s in again.sections]


WHAT_PEOPLE_DO = (
    "contract", "contract", "contract", "complete", "delete", "touch", "opt out", "rename", "hand over", "leave",
)  # fmt: skip


def _live_a_little(org: PaperOrg, data: st.DataObject, day: dt.date) -> str | None:
    """One thing that people do; the Id of a Task that is a rep's since."""
    tasks = sorted(org.open_tasks())
    what = data.draw(st.sampled_from(WHAT_PEOPLE_DO))
    if what in ("complete", "delete", "touch"):
        if not tasks:
            return None
        task = data.draw(st.sampled_from(tasks))
        if what == "complete":
            org.complete(task, day)
        elif what == "delete":
            org.delete_task(task)
        else:
            org.touch(task, Subject="My own words")
        return task
    if what == "leave":
        org.edit("User", data.draw(st.sampled_from(sorted(org.records["User"])[2:])), IsActive=False)
        return None
    kinds = {
        "contract": "Lifecycle_Provider_Contract__c",
        "opt out": "Contact",
        "rename": "Account",
        "hand over": "Account",
    }
    kind = kinds[what]
    if not org.records[kind]:
        return None
    record = data.draw(st.sampled_from(sorted(org.records[kind])))
    if what == "contract":
        shift = data.draw(st.one_of(st.none(), st.integers(-40, 160)))
        org.edit(kind, record, End_Date__c=day + dt.timedelta(days=shift) if shift is not None else None)
    elif what == "hand over":
        org.edit(kind, record, OwnerId=data.draw(st.sampled_from(sorted(org.records["User"]))))
    elif what == "opt out":
        org.edit(kind, record, DoNotCall=True, HasOptedOutOfEmail=True)
    else:
        org.edit(kind, record, Name=data.draw(st.sampled_from(ODD_NAMES)))
    return None


@pytest.mark.slow
@settings(few, max_examples=2)
@given(measured=measures(), world=firms(TINY, least=6), data=st.data())
def test_whatever_people_do_the_plan_settles(measured: Measures, world: World, data: st.DataObject) -> None:
    live(TINY, measured, world, data, 4)


@pytest.mark.slow
@many
@given(measured=measures(), world=firms(TINY), data=st.data())
def test_whatever_many_people_do_the_plan_settles(measured: Measures, world: World, data: st.DataObject) -> None:
    live(TINY, measured, world, data, 10)


@pytest.mark.slow
@settings(many, max_examples=20)
@given(measured=measures(), world=firms(TELECOM), data=st.data())
def test_whatever_people_do_the_shipped_plays_settle(measured: Measures, world: World, data: st.DataObject) -> None:
    live(TELECOM, measured, world, data, 6)


# ---------------------------------------------------------------- one Task, and what becomes of it

# The play that asks for contracts that can be ended, and how many days of notice make its occasion.
ENDING = {TELECOM: "switch-window", TINY: "ending"}
BUSINESS_DAYS = {TELECOM: 10, TINY: 5}  # before it, the Task is due
NOTICE = 30
AHEAD = st.integers(20, 55)  # days to the last day to decide: within the window, and the Task is made at once


@st.composite
def prospects(draw: st.DrawFn, names: tuple[str, ...]) -> tuple[World, list[int]]:
    """A small firm, and in it one more account (the last), with contracts that end on different days soon."""
    world = draw(firms(names, most=3))
    ends = draw(st.lists(AHEAD, min_size=1, max_size=3, unique=True))
    account = "001800000000000001"
    world["User"].append(
        {"Id": user_id(9), "Name": "Ann", "Alias": "ann", "IsActive": True, "UserType": "Standard", "ManagerId": None}
    )
    world["Account"].append(
        {
            "Id": account, "Name": draw(st.sampled_from(ODD_NAMES)), "OwnerId": user_id(9), "BillingCountry": "NL",
            "CreatedDate": dt.datetime.combine(dt.date(2020, 1, 1), dt.time(9)), "Lifecycle_Legal_Form__c": "BV",
        }
    )  # fmt: skip
    world["Contact"].append(
        {
            "Id": "003800000000000001", "AccountId": account, "Name": "Jo", "Phone": "+31 20 3", "DoNotCall": False,
            "HasOptedOutOfEmail": True, "Lifecycle_Call_Consent__c": "Given",
        }
    )  # fmt: skip
    for number, days in enumerate(ends, 1):
        world["Lifecycle_Provider_Contract__c"].append(
            {
                "Id": f"a008{number:014d}", "Account__c": account, "End_Date__c": end_for(DAY, days),
                "Notice_Days__c": NOTICE, "End_Date_Certainty__c": "exact", "Provider__c": "Belnet",
                "Researched_On__c": DAY,
            }
        )  # fmt: skip
    return world, ends


def end_for(day: dt.date, ahead: int) -> dt.date:
    """The end date whose last day to decide is `ahead` days after `day`."""
    return day + dt.timedelta(days=ahead + NOTICE)


def key_for(names: tuple[str, ...], day: dt.date) -> str:
    return keys.full(keys.outreach(ENDING[names], ("001800000000000001",)), day)


def the_task(org: PaperOrg, names: tuple[str, ...]) -> str:
    """The one Task of the account's outreach."""
    outreach = keys.outreach(ENDING[names], ("001800000000000001",))
    (task,) = (id_ for id_, t in org.ours["Task"].items() if keys.outreach_of(t[KEY]) == outreach)
    return task


def first_night(names: tuple[str, ...], world: World) -> PaperOrg:
    lenient = rules(*names).with_measures(capacity=Capacity(lead_days=90))
    org = PaperOrg(lenient, world)
    org.run(DAY)
    return org


def a_corrected_date_moves(names: tuple[str, ...], case: tuple[World, list[int]], corrected: int, later: int) -> None:
    world, ends = case
    assume(corrected not in ends)
    with first_night(names, world) as org:
        task = the_task(org, names)
        old = dict(org.ours["Task"][task])
        assert old[KEY] == key_for(names, DAY + dt.timedelta(days=min(ends)))
        first = f"a008{ends.index(min(ends)) + 1:014d}"
        org.edit("Lifecycle_Provider_Contract__c", first, End_Date__c=end_for(DAY, corrected))
        others = [end for end in ends if end != min(ends)]
        new_first = min(corrected, *others, 10**6)
        org.rules = rules(*names)  # where a new Task would wait for its day, one that is made moves at once
        night = org.run(DAY + dt.timedelta(days=later))
        after, _ = updates(night.plan, "Task")[task]
        assert after[KEY] == key_for(names, DAY + dt.timedelta(days=new_first))
        now = org.ours["Task"][the_task(org, names)]
        assert now["ActivityDate"] >= DAY + dt.timedelta(days=later)
        assert now["ActivityDate"] <= DAY + dt.timedelta(days=max(corrected, *others, 0))
        if not others:
            # Weekends double the working days; the holidays around the year's end add a few more.
            target = DAY + dt.timedelta(days=corrected - BUSINESS_DAYS[names] * 2 - 4)
            assert now["ActivityDate"] >= target, "it stays on a day that means nothing any more"
        assert org.night(DAY + dt.timedelta(days=later)).plan.is_empty


@settings(few, max_examples=3)
@given(case=prospects(TINY), corrected=AHEAD, later=st.integers(0, 10))
def test_a_corrected_date_moves_the_same_task(case: tuple[World, list[int]], corrected: int, later: int) -> None:
    a_corrected_date_moves(TINY, case, corrected, later)


@pytest.mark.slow
@few
@given(case=prospects(TELECOM), corrected=AHEAD, later=st.integers(0, 10))
def test_a_corrected_date_moves_the_shipped_task(case: tuple[World, list[int]], corrected: int, later: int) -> None:
    a_corrected_date_moves(TELECOM, case, corrected, later)


def is_left_alone(names: tuple[str, ...], case: tuple[World, list[int]], what: str, corrected: int | None) -> None:
    world, ends = case
    with first_night(names, world) as org:
        task = the_task(org, names)
        {
            "touched": lambda: org.touch(task, Subject="Called, wants an offer"),
            "completed": lambda: org.complete(task, DAY),
            "deleted": lambda: org.delete_task(task),
        }[what]()
        theirs = dict(org.ours["Task"][task])
        if corrected is not None:
            first = f"a008{ends.index(min(ends)) + 1:014d}"
            org.edit("Lifecycle_Provider_Contract__c", first, End_Date__c=end_for(DAY, corrected))
        for days in (0, 1, 20):
            org.run(DAY + dt.timedelta(days=days))
            assert the_task(org, names) == task, "made again"
        assert org.ours["Task"][task] == theirs


WHAT = st.sampled_from(("touched", "completed", "deleted"))


@settings(few, max_examples=3)
@given(case=prospects(TINY), what=WHAT, corrected=st.one_of(st.none(), AHEAD))
def test_a_task_that_is_the_reps_is_left_alone(case: tuple[World, list[int]], what: str, corrected: int | None) -> None:
    is_left_alone(TINY, case, what, corrected)


@pytest.mark.slow
@few
@given(case=prospects(TELECOM), what=WHAT, corrected=st.one_of(st.none(), AHEAD))
def test_a_shipped_task_that_is_the_reps_is_left_alone(
    case: tuple[World, list[int]], what: str, corrected: int | None
) -> None:
    is_left_alone(TELECOM, case, what, corrected)


@pytest.mark.slow
@many
@given(
    names=st.sampled_from((TELECOM, TINY)), what=WHAT, corrected=st.one_of(st.none(), AHEAD), later=st.integers(0, 10),
    data=st.data(),
)  # fmt: skip
def test_many_corrections(
    names: tuple[str, ...], what: str, corrected: int | None, later: int, data: st.DataObject
) -> None:
    case = data.draw(prospects(names))
    is_left_alone(names, data.draw(prospects(names)), what, corrected)
    if corrected is not None:
        a_corrected_date_moves(names, case, corrected, later)

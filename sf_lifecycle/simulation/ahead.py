"""Week after week: the same rooms as on a night, and the ground moved on by what they decided."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping

import pandas as pd
import pyarrow.compute as pc

from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.lifecycle.decide import Decision
from sf_lifecycle.lifecycle.keys import PLAY_LENGTH, play_of
from sf_lifecycle.lifecycle.outreach import LEFT_OUT as NOT_APPROACHED, OPEN, PLANNED, WAITING as WAITS
from sf_lifecycle.plan.changes import AFTER, Plan
from sf_lifecycle.plan.desired import Actual
from sf_lifecycle.simulation.figures import LEFT_OUT, MADE, WAITING, Simulation, Week
from sf_lifecycle.simulation.ground import KEY, Minted, carried_out, done_by
from sf_lifecycle.simulation.lean import A_WEEK, by_the_week
from sf_lifecycle.simulation.shadow import shadowed
from sf_lifecycle.stages import Ground, Prepared, Worked, make_plan, work_out

ASSUMPTION = "every Task is done on its day, nobody answers, no record changes"
STAGE = "stage"
ON_LIST = {OPEN: MADE, PLANNED: MADE, WAITS: WAITING, NOT_APPROACHED: LEFT_OUT}
Told = Callable[[int, int], None]


def simulate(
    prepared: Prepared,
    ground: Ground,
    schema: OrgSchema,
    *,
    as_of: dt.date,
    months: int,
    told: Told = lambda _done, _total: None,
) -> Simulation:
    """The weeks that begin within so many months from `as_of`. `told`: weeks done, weeks in all."""
    days = mondays(as_of, months_later(as_of, months))
    until = days[-1] + dt.timedelta(days=A_WEEK - days[-1].weekday())
    weekly = by_the_week(prepared)
    minted = Minted()
    standing = _standing(ground.actual)
    weeks = []
    told(0, len(days))
    with shadowed(ground.mirror) as shadow:
        for first, after in zip(days, [*days[1:], until], strict=True):
            worked = work_out(weekly, ground, first)
            plan = make_plan(weekly, ground, schema, worked)
            moved = carried_out(ground, worked, plan, minted, closed=weekly.mapping.withdraw.status or "")
            ground, done = done_by(moved, first, after)
            shadow.show(ground.actual.tasks)
            weeks.append(_week(weekly, worked, moved, plan, done, first, after))
            told(len(weeks), len(days))
    label = prepared.model.labels["account"][STAGE]
    return Simulation(
        job=prepared.job.name,
        as_of=as_of,
        until=until,
        assumption=ASSUMPTION,
        order=tuple(label.order),
        plays={name: prepared.mapping.plays[name].title for name in prepared.plays},
        standing=standing,
        weeks=tuple(weeks),
    )


def mondays(first: dt.date, until: dt.date) -> list[dt.date]:
    """`first`, and the Mondays after it before `until`."""
    monday = first + dt.timedelta(days=A_WEEK - first.weekday())
    later = range(max(0, -(-(until - monday).days // A_WEEK)))
    return [first, *(monday + dt.timedelta(weeks=number) for number in later)]


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the month's last where it has none such. OverflowError past the year 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > dt.MAXYEAR:
        raise OverflowError(f"{months} months after {day} is past the year {dt.MAXYEAR}")
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _week(
    prepared: Prepared,
    worked: Worked,
    moved: Ground,
    plan: Plan,
    done: pd.DataFrame,
    first: dt.date,
    until: dt.date,
) -> Week:
    return Week(
        first=first,
        until=until,
        stages=_stages(worked, prepared.model.labels["account"][STAGE].order),
        lists=_lists(prepared, worked.decision),
        tasks=_tasks(prepared, worked, done),
        waves=_joined(plan, moved.actual),
    )


def _stages(worked: Worked, order: tuple[str, ...]) -> dict[str, int]:
    counts = pc.value_counts(worked.computed.stages["word"])
    found = Counter(dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)))
    return {word: found[word] for word in order} | {str(w): n for w, n in found.items() if w and w not in order}


def _lists(prepared: Prepared, decision: Decision) -> dict[str, dict[str, int]]:
    outreaches = decision.outreaches
    tally = Counter(zip(outreaches["play"], outreaches["state"].map(ON_LIST), strict=True))
    tally.update({(play, LEFT_OUT): sum(some.values()) for play, some in decision.left.items()})
    return {play: {state: tally[play, state] for state in (MADE, WAITING, LEFT_OUT)} for play in prepared.plays}


def _tasks(prepared: Prepared, worked: Worked, done: pd.DataFrame) -> dict[tuple[str, str], int]:
    names = {name[:PLAY_LENGTH]: name for name in prepared.mapping.plays}
    rep = _reps(worked.desk.names)
    pairs = zip(done[KEY].map(play_of), done["OwnerId"], strict=True)
    return dict(Counter((names.get(play, play), rep.get(owner, owner)) for play, owner in pairs))


def _reps(names: Mapping[str, str]) -> dict[str, str]:
    """User Id → name, with the Id where two have the same."""
    times = Counter(names.values())
    return {id_: name if times[name] == 1 else f"{name} ({id_})" for id_, name in names.items()}


def _joined(plan: Plan, actual: Actual) -> dict[str, int]:
    """Campaign → people who join it."""
    section = plan.section("CampaignMember", "create")
    if section is None:
        return {}
    names = _names(actual)
    by_key = dict(zip(actual.campaigns[KEY], actual.campaigns["Id"], strict=True))
    into = section.rows[AFTER + "CampaignId"]
    return dict(Counter(names[by_key.get(str(id_).removeprefix("@"), id_)] for id_ in into))


def _standing(actual: Actual) -> dict[str, int]:
    members = actual.members[~actual.members["IsDeleted"].eq(True)]
    names = _names(actual)
    return dict(Counter(names[id_] for id_ in members["CampaignId"] if id_ in names))


def _names(actual: Actual) -> dict[str, str]:
    """Campaign Id → its name; its key where two share a name."""
    campaigns = actual.campaigns
    twice = campaigns["Name"].duplicated(keep=False)
    shown = campaigns["Name"].where(~twice, campaigns["Name"] + " (" + campaigns[KEY] + ")")
    return dict(zip(campaigns["Id"], shown, strict=True))

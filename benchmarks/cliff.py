"""Half of 3,000 contracts end on 31 December: Tasks due per week for 20 reps, spread and as they fall.

    python benchmarks/cliff.py [--svg docs/guide/cliff.svg]

Prints a table; with --svg also draws it. Night after night as in a job, from 1 July to 30 June: each night's new Tasks
fill the weeks of the nights before. Nothing random but a fixed seed.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from pathlib import Path
from random import Random

import pandas as pd

from sf_lifecycle.config.mapping import Calendar, Capacity
from sf_lifecycle.lifecycle.calendar import shift_by, working_days
from sf_lifecycle.lifecycle.capacity import SPOKEN, spread
from sf_lifecycle.lifecycle.outreach import PLANNED, WAITING

FIRST, LAST = dt.date(2026, 7, 1), dt.date(2027, 6, 30)
CLIFF = dt.date(2026, 12, 31)
CONTRACTS, REPS, DAYS_BEFORE = 3_000, 20, 10
CAPACITY = Capacity(per_owner_per_week=20, kept_for_urgent=4)
Weeks = dict[dt.date, int]


def contracts() -> pd.DataFrame:
    """Outreaches about contracts, best first: half end on the cliff, the rest on any day of the year around it."""
    random = Random(20261231)
    days = working_days(Calendar(country="NL"), FIRST)
    spare = (LAST - FIRST).days - 60
    ends = [
        CLIFF if number % 2 == 0 else FIRST + dt.timedelta(days=60 + random.randrange(spare))
        for number in range(CONTRACTS)
    ]
    limit = pd.Series(pd.to_datetime(pd.Series(ends))).astype("datetime64[s]")
    owner = pd.Series([f"rep {random.randrange(REPS):02d}" for _ in ends], dtype=object)
    target = shift_by(lambda _: days, owner, limit.to_numpy(), -DAYS_BEFORE)
    return pd.DataFrame(
        {
            "play": "switch-window",
            "priority": 50,
            "position": range(CONTRACTS),
            "outreach": [f"switch-window:{number}" for number in range(CONTRACTS)],
            "owner": owner,
            "target": target.astype("datetime64[s]"),
            "limit": limit,
            "state": WAITING,
            "moved": False,
            "reason": None,
        }
    )


def made_by_night(frame: pd.DataFrame) -> pd.DataFrame:
    """Owner and due day of all Tasks that the nights from FIRST to LAST make."""
    days = working_days(Calendar(country="NL"), FIRST)
    made: list[pd.DataFrame] = []
    busy: list[tuple[str, dt.date, str]] = []
    for ahead in range((LAST - FIRST).days + 1):
        night = FIRST + dt.timedelta(days=ahead)
        settled = spread(frame, CAPACITY, {"switch-window": SPOKEN}, busy, lambda _: days, night)
        new = settled[settled["state"].eq(PLANNED)]
        busy += [(owner, due, SPOKEN) for owner, due in zip(new["owner"], new["due"], strict=True)]
        frame = frame[~frame["outreach"].isin(set(new["outreach"]))]
        made.append(new[["outreach", "owner", "due"]])
    return pd.concat(made)


def by_week(days: pd.Series[dt.date]) -> Weeks:
    """Monday → Tasks due in its week."""
    return Counter(day - dt.timedelta(days=day.weekday()) for day in days)


def busiest(frame: pd.DataFrame) -> int:
    """The most Tasks due in one week for one rep."""
    weeks = Counter(
        (owner, day - dt.timedelta(days=day.weekday())) for owner, day in zip(frame["owner"], frame["due"], strict=True)
    )
    return max(weeks.values())


def mondays(*all_weeks: Weeks) -> list[dt.date]:
    """Every week from the first to the last in which anything is due."""
    first, last = (choose(monday for weeks in all_weeks for monday in weeks) for choose in (min, max))
    return [first + dt.timedelta(days=7 * number) for number in range((last - first).days // 7 + 1)]


def table(fallen: Weeks, spread_out: Weeks) -> str:
    """The weeks around the cliff as text."""
    lines = ["week of     as they fall  spread"]
    lines += [
        f"{monday}  {fallen.get(monday, 0):12,}  {spread_out.get(monday, 0):6,}"
        for monday in mondays(fallen, spread_out)
    ]
    return "\n".join(lines)


WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 860, 380, 56, 64, 44
GREY, BLUE, INK = "#b9bfc7", "#1f6fb2", "#222222"


def picture(fallen: Weeks, spread_out: Weeks, measure: int) -> str:
    """Two bars a week and a line at the measure of all reps together, as SVG."""
    weeks = mondays(fallen, spread_out)
    top = -(-max(*fallen.values(), *spread_out.values()) // 200) * 200
    high, step = HEIGHT - TOP - BOTTOM, (WIDTH - LEFT - 16) / len(weeks)

    def y(number: float) -> float:
        return TOP + high * (1 - number / top)

    parts = [_text(LEFT, 24, "Tasks due per week: 20 reps, 3,000 contracts, half of them end on 31 December", size=15)]
    for number, (colour, what) in enumerate(((GREY, "as they fall"), (BLUE, "spread by rank"))):
        parts.append(_bar(LEFT + 130 * number, 38, 12, 12, colour))
        parts.append(_text(LEFT + 130 * number + 18, 48, what))
    for mark in range(0, top + 1, 200):
        parts.append(_line(LEFT, y(mark), WIDTH - 16, y(mark), "#e6e8eb"))
        parts.append(_text(LEFT - 8, y(mark) + 4, f"{mark:,}", anchor="end"))
    for number, monday in enumerate(weeks):
        x = LEFT + number * step
        for place, (count, colour) in enumerate(((fallen.get(monday, 0), GREY), (spread_out.get(monday, 0), BLUE))):
            if count:
                parts.append(_bar(x + place * step * 0.45, y(count), step * 0.42, y(0) - y(count), colour))
        if monday.day <= 7:
            parts.append(
                _text(x, HEIGHT - BOTTOM + 18, f"{monday:%b %Y}" if monday.month in (1, 7) else f"{monday:%b}")
            )
    parts.append(_line(LEFT, y(measure), WIDTH - 16, y(measure), INK, dashes="5 4"))
    parts.append(
        _text(WIDTH - 16, y(measure) - 6, f"what {REPS} reps take besides urgent work: {measure}", anchor="end")
    )
    said = "Bars per week: as they fall, one week towers over the others; spread, no week is above the dashed line."
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    return "\n".join([head, ground, *parts, "</svg>", ""])


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dashed}/>'


def _text(x: float, y: float, words: str, *, size: int = 12, anchor: str = "start") -> str:
    style = f'font-family="sans-serif" font-size="{size}" fill="{INK}" text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{words}</text>'


def main() -> None:
    """The table, and the picture where it is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--svg", type=Path, help="draw it into this file")
    options = parser.parse_args()
    frame = contracts()
    made = made_by_night(frame)
    fallen = frame.assign(due=[stamp.date() for stamp in frame["target"]])
    weeks, unspread = by_week(made["due"]), by_week(fallen["due"])
    print(table(unspread, weeks))
    print(
        f"\n{len(made):,} of {len(frame):,} Tasks made; one rep's busiest week: "
        f"{busiest(fallen)} as they fall, {busiest(made)} spread"
    )
    if options.svg:
        measure = REPS * (CAPACITY.per_owner_per_week - CAPACITY.kept_for_urgent)
        options.svg.write_text(picture(unspread, weeks, measure), encoding="utf-8")


if __name__ == "__main__":
    main()

"""The weeks ahead for people to read: totals by month, the busiest reps, the waves."""

from __future__ import annotations

from collections.abc import Sequence

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.simulation.figures import ON_LIST, Simulation, Week

BUSIEST = 10


def show_simulation(found: Simulation) -> None:
    """The whole page."""
    weeks = len(found.weeks)
    say((f"Look ahead of job {found.job}: {weeks} weeks, {found.as_of} to {found.until}", "bold"))
    say(f"Assumed: {found.assumption}. Nothing was written.")
    months = found.months()
    columns = ("Stage", *(month for month, _ in months))
    rows = [
        (word, *(part[0].stages.get(word, 0) for _, part in months))
        for word in dict.fromkeys([*found.order, *(word for week in found.weeks for word in week.stages)])
    ]
    table(columns, rows, right=columns[1:], title="Accounts in each stage, as each month begins")
    _show_tasks(found, months)
    _show_lists(found)
    waves = found.waves()
    if waves:
        table(("Wave", "Planned members"), list(waves.items()), right=("Planned members",), title="Campaign waves")


def _show_tasks(found: Simulation, months: Sequence[tuple[str, list[Week]]]) -> None:
    if not found.tasks_by_play():
        say("No Task is due.")
        return
    columns = ("Play", *(month for month, _ in months), "All")
    by_play = found.tasks_by_play()
    rows = [(play, *(_sum(part, play) for _, part in months), sum(each)) for play, each in by_play.items()]
    rows.append(("all", *(_sum(part) for _, part in months), sum(map(sum, by_play.values()))))
    table(columns, rows, right=columns[1:], title="Tasks due, by month")
    busiest = [
        (rep, sum(numbers), max(numbers), found.weeks[numbers.index(max(numbers))].first)
        for rep, numbers in list(found.tasks_by_rep().items())[:BUSIEST]
    ]
    reps = ("Rep", "Tasks", "Most in a week", "In the week of")
    table(reps, busiest, right=reps[1:], title="The busiest reps")


def _show_lists(found: Simulation) -> None:
    first, last = found.weeks[0], found.weeks[-1]
    columns = ("Play", *(f"{state}, {week.first}" for week in (first, last) for state in ON_LIST))
    rows = [
        (play, *(week.lists.get(play, {}).get(state, 0) for week in (first, last) for state in ON_LIST))
        for play in found.plays
    ]
    table(columns, rows, right=columns[1:], title="Lists, in the first and the last week")


def _sum(weeks: Sequence[Week], play: str | None = None) -> int:
    return sum(number for week in weeks for (of, _), number in week.tasks.items() if play in (None, of))

"""A simulation as one page that stands by itself: opened from a disk or a mail, it asks for nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from sf_lifecycle.simulation import charts
from sf_lifecycle.simulation.figures import ON_LIST, Simulation

MOST_REPS = 40
LAYERS = len(charts.PALETTE)
STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1f2933; background: #fff;
  max-width: 1000px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
p { margin: .4rem 0; } .quiet { color: #52606d; }
.assumed { border-left: 4px solid #d95f02; padding: .3rem .8rem; background: #fdf3ea; }
.panels { display: flex; flex-wrap: wrap; gap: .5rem 1rem; } figure { margin: 0; }
figcaption { font-weight: 600; } svg { max-width: 100%; height: auto; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; }
.legend span { display: inline-block; width: .9em; height: .9em; margin-right: .4em; vertical-align: -.1em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; }
th, td { padding: .15rem .45rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #e4e7eb; }
th:first-child { text-align: left; position: sticky; left: 0; background: #fff; font-weight: 500; }
.heat td { min-width: 1.7em; text-align: center; border: 1px solid #fff; padding: .1rem; }
.heat thead th { font-weight: 500; color: #52606d; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
SHADES = ("#ffffff", "#e3eef9", "#c3dbf1", "#93bfe4", "#5b9bd0", "#2b73b3", "#0b4a86")
LIGHT_ON = 4  # from this shade on, light letters


def page(simulation: Simulation) -> str:
    """The whole page, UTF-8."""
    title = f"Simulation of {simulation.job}, {simulation.as_of} to {simulation.until}"
    body = "\n".join(_sections(simulation))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _sections(simulation: Simulation) -> Iterator[str]:
    yield '<p class="quiet">A look ahead, worked out week by week. Nothing was written.</p>'
    yield f'<p class="assumed">Assumed: {escape(simulation.assumption)}.</p>'
    yield "<h2>Stages over time</h2>"
    yield f'<div class="panels">{"".join(_panels(simulation))}</div>'
    yield "<h2>Tasks due a week, by play</h2>"
    yield from _tasks(simulation)
    yield "<h2>Tasks due a week, by rep</h2>"
    yield from _reps(simulation)
    yield "<h2>Campaign waves: planned members</h2>"
    waves = simulation.waves()
    yield charts.lying_bars(waves, what="Planned members") if waves else "<p>No wave is filled.</p>"
    yield "<h2>Lists, in the first week of each month</h2>"
    yield '<p class="quiet">Made: a Task is open or planned. Waiting: later, or no room yet. Left out: not now.</p>'
    yield _lists(simulation)


def _panels(simulation: Simulation) -> Iterator[str]:
    days = [week.first for week in simulation.weeks]
    every = dict.fromkeys([*simulation.order, *(word for week in simulation.weeks for word in week.stages)])
    for number, word in enumerate(every):
        numbers = [week.stages.get(word, 0) for week in simulation.weeks]
        chart = charts.line_panel(word, days, numbers, number=number)
        yield f"<figure><figcaption>{escape(word)}: {numbers[0]:,} → {numbers[-1]:,}</figcaption>{chart}</figure>"


def _tasks(simulation: Simulation) -> Iterator[str]:
    found = simulation.tasks_by_play()
    layers: dict[str, Sequence[int]] = dict(list(found.items())[:LAYERS])
    rest = list(found.values())[LAYERS:]
    if rest:
        layers["other plays"] = [sum(values) for values in zip(*rest, strict=True)]
    if not layers:
        yield "<p>No Task is due.</p>"
        return
    yield charts.stacked_bars([week.first for week in simulation.weeks], layers, what="Tasks due")
    named = [
        f'<li><span style="background:{colour}"></span>{escape(simulation.plays.get(name, name))}: '
        f"{sum(layers[name]):,}</li>"
        for name, colour in zip(layers, charts.colours(layers), strict=True)
    ]
    yield f'<ul class="legend">{"".join(named)}</ul>'


def _reps(simulation: Simulation) -> Iterator[str]:
    found = simulation.tasks_by_rep()
    if not found:
        yield "<p>No Task is due.</p>"
        return
    shown = dict(list(found.items())[:MOST_REPS])
    if len(found) > len(shown):
        yield f'<p class="quiet">The busiest {len(shown)} of {len(found):,} reps.</p>'
    most = max(max(numbers) for numbers in shown.values())
    months = "".join(
        f'<th scope="colgroup" colspan="{len(weeks)}">{weeks[0].first:%b %y}</th>' for _, weeks in simulation.months()
    )
    days = "".join(
        f'<th scope="col"><abbr title="week of {week.first}">{week.first.day}</abbr></th>' for week in simulation.weeks
    )
    rows = "".join(_heat_row(name, numbers, most) for name, numbers in shown.items())
    yield (
        '<div class="wide"><table class="heat"><caption class="quiet">Tasks due in the week that begins on the day '
        f"named; the darker, the more (most: {most:,})</caption>"
        f'<thead><tr><th></th>{months}<th></th></tr><tr><th scope="col">Rep</th>{days}<th scope="col">All</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _heat_row(name: str, numbers: Sequence[int], most: int) -> str:
    cells = "".join(_heat_cell(number, most) for number in numbers)
    return f'<tr><th scope="row">{escape(name)}</th>{cells}<td>{sum(numbers):,}</td></tr>'


def _heat_cell(number: int, most: int) -> str:
    shade = -(-number * (len(SHADES) - 1) // most) if number else 0
    ink = "#fff" if shade >= LIGHT_ON else "#1f2933"
    return f'<td style="background:{SHADES[shade]};color:{ink}">{number or ""}</td>'


def _lists(simulation: Simulation) -> str:
    firsts = [(month, weeks[0]) for month, weeks in simulation.months()]
    rows = [
        (title, *(" / ".join(f"{week.lists.get(play, {}).get(state, 0):,}" for state in ON_LIST) for _, week in firsts))
        for play, title in simulation.plays.items()
    ]
    return _table(("Play (made / waiting / left out)", *(month for month, _ in firsts)), rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'

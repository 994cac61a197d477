"""Charts as SVG that stands inside a page: no script, no outside file, every name escaped, numbers readable aloud."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from html import escape

# Told apart by people who see colours differently, and when printed in grey.
PALETTE = ("#0b5394", "#d95f02", "#1b9e77", "#7b3294", "#c51b7d", "#8c6d1f", "#2b8cbe")
OTHER = "#9aa5b1"
INK, QUIET, GRID = "#1f2933", "#52606d", "#d9dee4"
PANEL_WIDTH, PANEL_HEIGHT = 300, 120
BARS_WIDTH, BARS_HEIGHT = 960, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 14, 26
ROW = 24
NAME_WIDTH = 330
MONTH_WIDTH = 62


def line_panel(name: str, days: Sequence[dt.date], numbers: Sequence[int], *, number: int) -> str:
    """One stage over time, from zero up, with the first and the last number."""
    most = max(1, *numbers)
    wide, high = PANEL_WIDTH - LEFT - RIGHT, PANEL_HEIGHT - TOP - BOTTOM
    step = wide / max(1, len(numbers) - 1)
    points = [(LEFT + index * step, TOP + high * (1 - value / most)) for index, value in enumerate(numbers)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    floor = TOP + high
    area = f"{LEFT},{floor} {line} {points[-1][0]:.1f},{floor}"
    colour = PALETTE[number % len(PALETTE)]
    said = f"{name}: {numbers[0]:,} on {days[0]}, {numbers[-1]:,} on {days[-1]}, at most {most:,}"
    body = [
        _line(LEFT, TOP, PANEL_WIDTH - RIGHT, TOP),
        _line(LEFT, floor, PANEL_WIDTH - RIGHT, floor),
        f'<polygon points="{area}" fill="{colour}" fill-opacity="0.15"/>',
        f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>',
        _text(LEFT - 6, TOP + 4, f"{most:,}", anchor="end"),
        _text(LEFT - 6, floor + 4, "0", anchor="end"),
        _text(LEFT, PANEL_HEIGHT - 8, f"{days[0]:%b %Y}"),
        _text(PANEL_WIDTH - RIGHT, PANEL_HEIGHT - 8, f"{days[-1]:%b %Y}", anchor="end"),
    ]
    return _svg(PANEL_WIDTH, PANEL_HEIGHT, f"stage-{number}", said, body)


def stacked_bars(days: Sequence[dt.date], layers: Mapping[str, Sequence[int]], *, what: str) -> str:
    """A bar a week, a layer a name, the first at the bottom; a colour each in the order of `colours`."""
    totals = [sum(values) for values in zip(*layers.values(), strict=True)] or [0] * len(days)
    most = _round_up(max([1, *totals]))
    wide, high = BARS_WIDTH - LEFT - RIGHT, BARS_HEIGHT - TOP - BOTTOM
    step = wide / max(1, len(days))
    busiest = max(range(len(days)), key=lambda index: totals[index])
    said = f"{what}: {sum(totals):,} in {len(days)} weeks, most in the week of {days[busiest]}: {totals[busiest]:,}"
    body = [part for tick in range(5) for part in _tick(tick * most / 4, TOP + high * (1 - tick / 4))]
    base = [0.0] * len(days)
    for (name, values), colour in zip(layers.items(), colours(layers), strict=True):
        for index, value in enumerate(values):
            if value:
                tall = high * value / most
                y = TOP + high - base[index] - tall
                base[index] += tall
                body.append(
                    f'<rect x="{LEFT + index * step + step * 0.1:.1f}" y="{y:.1f}" width="{step * 0.8:.1f}" '
                    f'height="{tall:.1f}" fill="{colour}"><title>{escape(name)}, week of {days[index]}: {value:,}'
                    "</title></rect>"
                )
    body += [_text(LEFT + index * step, BARS_HEIGHT - 8, f"{days[index]:%b %Y}") for index in _named(days, step)]
    return _svg(BARS_WIDTH, BARS_HEIGHT, "tasks", said, body)


def colours(layers: Mapping[str, object]) -> list[str]:
    """A colour for each name; those beyond the palette share one."""
    return [PALETTE[index] if index < len(PALETTE) else OTHER for index, _ in enumerate(layers)]


def lying_bars(numbers: Mapping[str, int], *, what: str) -> str:
    """A bar a name, in the order given."""
    most = max([1, *numbers.values()])
    wide = BARS_WIDTH - NAME_WIDTH - 60
    said = f"{what}: " + ", ".join(f"{name}: {value:,}" for name, value in numbers.items())
    body = []
    for index, (name, value) in enumerate(numbers.items()):
        y = index * ROW
        long = wide * value / most
        body += [
            _text(NAME_WIDTH - 8, y + 16, _cut(name), anchor="end", colour=INK),
            f'<rect x="{NAME_WIDTH}" y="{y + 4}" width="{max(long, 1):.1f}" height="{ROW - 8}" fill="{PALETTE[0]}"/>',
            _text(NAME_WIDTH + long + 6, y + 16, f"{value:,}", colour=INK),
        ]
    return _svg(BARS_WIDTH, max(ROW, len(numbers) * ROW), "waves", said, body)


def _svg(width: int, height: int, name: str, said: str, body: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{name}-said"><title id="{name}-said">{escape(said)}</title>{"".join(body)}</svg>'
    )


def _tick(value: float, y: float) -> Iterator[str]:
    yield _line(LEFT, y, BARS_WIDTH - RIGHT, y)
    yield _text(LEFT - 6, y + 4, f"{value:,.0f}", anchor="end")


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{GRID}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = QUIET) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="12">{escape(text)}</text>'


def _named(days: Sequence[dt.date], step: float) -> list[int]:
    """Weeks whose month is named: the first of a month, where there is room for it."""
    named: list[int] = []
    for index, day in enumerate(days):
        begins = index == 0 or day.month != days[index - 1].month
        if begins and (not named or (index - named[-1]) * step >= MONTH_WIDTH):
            named.append(index)
    return named


def _cut(name: str, most: int = 48) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _round_up(number: int) -> int:
    """The next number whose quarters are whole and plain: 4, 8, 12, 20, 40, 60, 80, 100 …"""
    scale = 1
    while True:
        for times in (4, 5, 6, 8, 10, 12, 20, 30, 40):
            if number <= scale * times and scale * times % 4 == 0:
                return scale * times
        scale *= 10

"""Occasions and keys in which the day has a say further below: time alone makes another outreach of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.engine import Program, way_to_today
from sf_lifecycle.lifecycle.queries import play_file


def day_notes(mapping: Mapping, plays: Collection[str], program: Program) -> Iterator[str]:
    """A sentence for each occasion and key part of these plays that rests on `today()`, with the way to it."""
    for name in plays:
        play, file = mapping.plays[name], play_file(mapping, name)
        parts = {"occasion": play.occasion} | {f"key[{i}]": key for i, key in enumerate(play.key)}
        for place, expression in parts.items():
            if way := way_to_today(program, play.for_each, expression):
                yield (
                    f"{file}: {place}: the day has a say in it ({' → '.join(way)}): "
                    "time alone can make another outreach of it"
                )

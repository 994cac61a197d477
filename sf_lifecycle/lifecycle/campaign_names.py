"""A campaign's name: one for each wave, whatever rows it is made from, so it says the wave and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes
from jinja2.sandbox import SandboxedEnvironment

from sf_lifecycle.config.found import one_of
from sf_lifecycle.config.mapping import CampaignPart
from sf_lifecycle.engine import TextTemplate
from sf_lifecycle.errors import Problem

WAVE = "wave"
# Two Octobers have one name.
_WITHOUT_YEAR = ("month",)
_FORMS = "write {{ wave | month_year }}, {{ wave | date }}, {{ wave | date_short }} or {{ wave | year }}"


def name_problems(part: CampaignPart, text: TextTemplate) -> Iterator[Problem]:
    """What the name reads beside the wave, and waves that would share one name."""
    file, place = text.place
    others = sorted((text.names | text.row_names) - {WAVE})
    if others or text.uses_rows:
        got = one_of(others) if others else "rows"
        message = f"expected a name made of `wave` alone, got {got}"
        hint = "all rows of a wave share one campaign; what differs among them stands in the member's reason"
        yield Problem(file=file, place=place, message=message, hint=hint)
    elif not part.wave.strip().startswith("'") and not _tells_waves_apart(text.source):
        yield Problem(file=file, place=place, message="two waves would have this name", hint=_FORMS)


def _tells_waves_apart(source: str) -> bool:
    """Is the wave shown, and not by its month alone?"""
    shown = [name for output in SandboxedEnvironment().parse(source).find_all(nodes.Output) for name in _waves(output)]
    return any(shown)


def _waves(node: nodes.Node) -> Iterator[bool]:
    """For each place that shows the wave, whether two of them differ there."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Name):
            yield child.name == WAVE
        elif not (isinstance(child, nodes.Filter) and child.name in _WITHOUT_YEAR):
            yield from _waves(child)

"""One account, explained: its stage and other labels, rule by rule, then each play."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sf_lifecycle.cli.output import say, table
from sf_lifecycle.engine.explain import LabelTrial, RuleTrial
from sf_lifecycle.whys import STAGE, Why

FIRST = (STAGE, "position")
ANSWERS: Mapping[bool | None, str] = {True: "true", False: "false", None: "unknown"}


def show_why(answer: Why) -> None:
    """The whole page."""
    say((f"{answer.name or answer.account}", "bold"), f" ({answer.account}) on {answer.as_of}")
    labels = {label.name: label for label in answer.explanation.labels}
    for name in (*FIRST, *(name for name in labels if name not in FIRST)):
        if name in labels:
            _show_label(labels[name])
    rows = [(play.title, play.state, play.due, play.reason or play.why) for play in answer.plays]
    if rows:
        table(("Play", "State", "Due", "Why"), rows, title="Outreach")
    if answer.not_served:
        plays = ", ".join(f"{play} ({purpose})" for play, purpose in answer.not_served.items())
        say(f"The stage {answer.stage} does not serve: {plays}.")
    if answer.not_for:
        say(f"Their condition does not hold: {', '.join(answer.not_for)}.")
    values = [(name, value) for name, value in sorted(answer.explanation.values.items()) if value is not None]
    table(("Value", "Is"), values, title="Everything known or worked out")


def _show_label(label: LabelTrial) -> None:
    since = f" since {label.since}" if label.since and label.name == STAGE else ""  # the others keep no history
    kept = "; it would have changed, but has not stood long enough" if label.kept else ""
    say((f"{label.name}: {label.word}", "bold"), since, f": {label.because}" if label.because else "", kept)
    for rule in label.rules:
        for line in _lines(rule):
            say(line)


def _lines(rule: RuleTrial) -> Iterator[str]:
    """The rules tried, up to the one that decided: those after it were never looked at."""
    if not rule.in_force:
        yield f"  {rule.number}. {rule.word}: not in force on this day"
        return
    mark = "→" if rule.decided else " "
    holds = ANSWERS[rule.holds] if rule.conjuncts else "whatever is left"
    yield f" {mark}{rule.number}. {rule.word}: {holds}"
    for part in rule.conjuncts:
        values = ", ".join(f"{name} = {_shown(value)}" for name, value in part.values.items())
        yield f"       {ANSWERS[part.holds]:<8}{part.text}" + (f"   ({values})" if values else "")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)

"""One account, explained: its stage and other labels, rule by rule, then each play."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sf_lifecycle.around import Below
from sf_lifecycle.cli.output import lines, say, table
from sf_lifecycle.courses import Course
from sf_lifecycle.engine.explain import LabelTrial, RuleTrial
from sf_lifecycle.whys import STAGE, Why
from sf_lifecycle.whys_past import PastWhy

FIRST = (STAGE, "position")
MOST_BELOW = 25
CHANNEL = "may_"
ANSWERS: Mapping[bool | None, str] = {True: "true", False: "false", None: "unknown"}


def show_why(answer: Why) -> None:
    """The whole page."""
    if answer.ahead:
        say((answer.ahead, "bold"))
    say((f"{answer.name or answer.account}", "bold"), f" ({answer.account}) on {answer.as_of}")
    labels = {label.name: label for label in answer.explanation.labels}
    for name in (*FIRST, *(name for name in labels if name not in FIRST)):
        if name in labels:
            _show_label(labels[name])
    if answer.next_change:
        say(("Next change by itself: ", "bold"), f"{answer.next_change}: {', '.join(answer.changes)}")
    _show_course(answer.course)
    _show_contracts(answer)
    _show_people(answer)
    rows = [(play.title, play.state, play.due, play.reason or play.why) for play in answer.plays]
    if rows:
        table(("Play", "State", "Due", "Why"), rows, title="Outreach")
    if answer.not_served:
        plays = ", ".join(f"{play} ({purpose})" for play, purpose in answer.not_served.items())
        say(f"The stage {answer.stage} does not serve: {plays}.")
    if answer.not_for:
        say(f"Their condition does not hold: {', '.join(answer.not_for)}.")
    held = [(each.name, each.play, each.status, each.due, each.owner, each.id) for each in answer.ours]
    if held:
        table(("Ours", "Play", "Status", "Due", "Owner", "Id"), held, title="Open Tasks and memberships of ours")
    values = [(name, value) for name, value in sorted(answer.explanation.values.items()) if value is not None]
    table(("Value", "Is"), values, title="Everything known or worked out")


def show_past(answer: PastWhy) -> None:
    """What was known on a day that is past."""
    say((answer.said, "bold"))
    say((f"{answer.name or answer.account}", "bold"), f" ({answer.account}) on {answer.as_of}")
    if answer.stage is None:
        say("No stage is known for that day.")
    else:
        say((f"{STAGE}: {answer.stage}", "bold"), f": {answer.why}" if answer.why else "")
    _show_course(answer.course)
    rows = [
        (
            each.values.get("Subject") or each.values.get("Lifecycle_Play__c") or each.object,
            each.day,
            each.values.get("ActivityDate"),
            each.taken_back,
            each.values.get("Lifecycle_Reason__c"),
        )
        for each in answer.made
    ]
    if rows:
        table(("Made by us", "On", "Due", "Taken back", "Why"), rows, title="Tasks and memberships made until then")
    else:
        say("We had made no Task and no membership by then.")


def _show_course(course: Course) -> None:
    if not course.passages:
        return
    rows = [
        (each.word, each.entered, each.left, each.days, each.previous, each.time if each.time > 1 else None, each.why)
        for each in course.passages
    ]
    columns = ("Stage", "Entered", "Left", "Days", "From", "Time", "Why")
    table(columns, rows, title="Stages until now", right=("Days", "Time"), whole=("Entered", "Left"))
    back = f"; came back {course.returns} times" if course.returns else ""
    days = ", ".join(f"{word} {number:,}" for word, number in course.days_in.items())
    say(f"Highest reached: {course.highest or 'unknown'}{back}. Days in each: {days}.")


def _show_contracts(answer: Why) -> None:
    shown = answer.contracts[:MOST_BELOW]
    rows = [
        (each.set, f"{name}: {word}", because or each.name, each.id)
        for each in shown
        for name, (word, because) in each.labels.items()
    ]
    if rows:
        table(("Record", "Label", "Why", "Id"), rows, title=_titled("Contracts", answer.contracts, shown))


def _show_people(answer: Why) -> None:
    shown = answer.people[:MOST_BELOW]
    channels = list(dict.fromkeys(name for each in shown for name in each.labels if name.startswith(CHANNEL)))
    rows = [
        (
            each.name or each.id,
            *(lines(*each.labels.get(name, (None, None))) for name in channels),
            ", ".join(answer.chosen.get(each.id, ())) or "no play",
        )
        for each in shown
    ]
    if rows:
        columns = ("Person", *(name.removeprefix(CHANNEL) for name in channels), "Chosen by")
        table(columns, rows, title=_titled("Who could be spoken to", answer.people, shown))
    else:
        say("No person is known there.")


def _titled(title: str, every: Sequence[Below], shown: Sequence[Below]) -> str:
    return f"{title} (the first {len(shown)} of {len(every):,})" if len(every) > len(shown) else title


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
    if isinstance(value, Decimal):
        return format(value, "f") if value else "0"
    return "unknown" if value is None else str(value)

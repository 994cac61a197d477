"""Filters against types: a text that would show a name as an amount, or a word as a date, is refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping as MappingABC
from functools import partial

from sf_lifecycle.engine import Program, TextTemplate
from sf_lifecycle.engine.labels import Reason
from sf_lifecycle.engine.query import Asked
from sf_lifecycle.errors import Problem
from sf_lifecycle.lifecycle.queries import FIRM_TEXTS, PLAY, TEXT, TEXTS, PlayTexts
from sf_lifecycle.lifecycle.speech import Said

_DATE = ("a date", frozenset({"date", "datetime"}))
_NUMBER = ("a number", frozenset({"number"}))
# Filter → what it needs, in words and as kinds of values; the others take anything.
NEEDS: MappingABC[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(("date", "date_short", "month", "month_year", "year"), _DATE),
    **dict.fromkeys(("money", "number"), _NUMBER),
    "join": ("a text", frozenset({"text"})),
}
_SHOWN = {"date": "a date", "datetime": "a date with time", "boolean": "true or false", "id": "an id"}
KindOf = Callable[[str], str | None]


def filter_problems(texts: MappingABC[str, PlayTexts], program: Program) -> Iterator[Problem]:
    """Texts of plays, and reasons of labels, with a filter on what it cannot show."""
    for play, found in texts.items():
        said = [found.because, found.subject, found.text, found.campaign, *found.scripts.values()]
        yield from _of(_each(said), _kinds(program.asked, TEXTS + play, wave=PLAY + play))
        yield from _of(_each([found.member]), _kinds(program.asked, FIRM_TEXTS + play))
    for reason in program.reasons.values():
        yield from _of(reason.templates.values(), partial(_kind_in, program, reason))


def _kind_in(program: Program, reason: Reason, name: str) -> str | None:
    made = program.made.get((reason.set, reason.inputs[name])) if name in reason.inputs else None
    return made.value.kind if made else None


def _each(said: Collection[Said | None]) -> list[TextTemplate]:
    return [text for each in said if each for text in each.by_language.values()]


def _kinds(asked: MappingABC[str, Asked], query: str, *, wave: str = "") -> KindOf:
    """What kind of value a text's name has; None where it is not known, or never has one."""
    values, told = (asked[query].values, asked[query].told) if query in asked else ({}, {})
    waves = asked[wave].values if wave in asked else {}

    def kind_of(name: str) -> str | None:
        if TEXT + name in told:
            return "text"
        found = values.get(TEXT + name) or (waves.get(name) if name == "wave" else None)
        return found.kind if found else None

    return kind_of


def _of(texts: Iterable[TextTemplate], kind_of: KindOf) -> Iterator[Problem]:
    for text in texts:
        for each in text.filtered:
            needs, kinds = NEEDS.get(each.filter, ("", frozenset()))
            kind = kind_of(each.name)
            if needs and kind is not None and kind not in kinds:
                file, place = text.place
                is_ = _SHOWN.get(kind, f"a {kind}")
                message = f"line {each.line}: `{each.filter}` shows {needs}, and {each.name} is {is_}"
                hint = "leave the filter out, or name another value"
                yield Problem(file=file, place=place, message=message, hint=hint)

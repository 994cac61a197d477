"""Amounts in texts: one in the record's own currency is never shown with the code of the firm's.

`{{ monthly | money }}` shows the corporate code where the org has several currencies. That is right for amounts that
were brought into the corporate currency, and wrong for those of a field declared `currency = "own"`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping as MappingABC

from sf_lifecycle.config.mapping import Mapping, Members
from sf_lifecycle.engine import TextTemplate, compile_text
from sf_lifecycle.errors import ConfigError, Problem
from sf_lifecycle.lifecycle.queries import PlayTexts
from sf_lifecycle.lifecycle.speech import Said

ACCOUNT = "account"
_NAME = re.compile(r"[a-z_]\w*(?:\.[a-z_]\w*)*", re.IGNORECASE)
# What gives an amount out of amounts.
_SAME_MONEY = re.compile(
    r"(?:coalesce|least|greatest|round|abs|sum|min|max|avg|median|first|last)\s*\((.*)\)", re.IGNORECASE | re.DOTALL
)
_DEEP = 20  # columns of columns


def money_problems(mapping: Mapping, texts: MappingABC[str, PlayTexts]) -> Iterator[Problem]:
    """Texts of plays, and reasons of labels, that would show an amount with another currency's code."""
    if not any(
        ref.currency == "own" for role in mapping.roles.values() for each in role for ref in each.fields.values()
    ):
        return
    for name, found in texts.items():
        play = mapping.plays[name]
        said = [found.because, found.subject, found.text, found.campaign, *found.scripts.values()]
        yield from _of(mapping, play.for_each, _each(said))
        if play.campaign and isinstance(play.campaign.members, Members):
            yield from _of(mapping, play.campaign.members.from_, _each([found.member]))
    for set_, labels in mapping.labels.items():
        yield from _of(mapping, set_, _reasons(mapping, set_, labels))


def _each(said: Collection[Said | None]) -> Iterator[TextTemplate]:
    return (text for each in said if each for text in each.by_language.values())


def _reasons(mapping: Mapping, set_: str, labels: Collection[str]) -> Iterator[TextTemplate]:
    file = mapping.files.get("labels", f"mappings/{mapping.name}/lifecycle.toml")
    for label in labels:
        for number, rule in enumerate(mapping.labels[set_][label].rules):
            try:
                if rule.because:
                    yield compile_text(rule.because, (file, f"labels.{set_}.{label}.rules[{number}].because"))
            except ConfigError:
                continue  # told where labels are compiled


def _of(mapping: Mapping, set_: str, texts: Iterator[TextTemplate]) -> Iterator[Problem]:
    for text in texts:
        for name in sorted(text.money | text.row_money):
            if _own(mapping, set_, name):
                file, place = text.place
                yield Problem(
                    file=file,
                    place=place,
                    message=f"{name} is in its record's own currency, and `| money` would show it in the firm's",
                    hint='write money(currency), with currency = "CurrencyIsoCode" among its fields, or leave out '
                    'currency = "own"',
                )


def _own(mapping: Mapping, set_: str, name: str, deep: int = 0) -> bool:
    """Is what a dotted name means in a row of the set an amount in its record's own currency?"""
    here, parts = set_, name.split(".")
    while len(parts) > 1:
        there = _row(mapping, here, parts[0])
        if there is None:
            return False
        here, parts = there, parts[1:]
    last = parts[0]
    if any(last in source.fields and source.fields[last].currency == "own" for source in mapping.roles.get(here, ())):
        return True
    feature = mapping.features.get(here, {}).get(last)
    if feature is not None:
        return bool(feature.value) and _worth(mapping, feature.from_, feature.value or "", deep)
    column = mapping.columns.get(here, {}).get(last)
    return column is not None and _worth(mapping, here, column, deep)


def _worth(mapping: Mapping, set_: str, expression: str, deep: int) -> bool:
    """Is an expression such an amount: a name alone, or the sum, the least … of one?"""
    given = expression.strip()
    if deep > _DEEP:  # a cycle, told elsewhere
        return False
    if _NAME.fullmatch(given):
        return _own(mapping, set_, given, deep + 1)
    inner = _SAME_MONEY.fullmatch(given)
    return inner is not None and any(_worth(mapping, set_, part, deep + 1) for part in inner[1].split(","))


def _row(mapping: Mapping, here: str, name: str) -> str | None:
    """The set of the row that a name before a dot stands for."""
    feature = mapping.features.get(here, {}).get(name)
    if feature is not None and feature.pick:
        return feature.from_
    if name == here or (name in mapping.clusters and mapping.clusters[name].of == here):
        return name
    return ACCOUNT if name == ACCOUNT and here in mapping.roles else None

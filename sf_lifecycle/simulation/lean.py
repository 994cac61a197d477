"""A job without what a simulation does not read: words for reps, and values written back to records."""

from __future__ import annotations

from dataclasses import replace

from sf_lifecycle.lifecycle.queries import FIRM_TEXTS, OUTPUT, TEXTS, PlayTexts
from sf_lifecycle.lifecycle.speech import say
from sf_lifecycle.prepared import Prepared

A_WEEK = 7
OF_CAMPAIGNS = {"wave"}  # what a campaign's name has anyway


def by_the_week(prepared: Prepared) -> Prepared:
    """The same lists, Tasks and waves, worked out once a week.

    A Task must then be made a week ahead at least, or its day is past before it is made.
    """
    capacity = prepared.mapping.capacity
    longer = capacity.model_copy(update={"lead_days": max(capacity.lead_days, A_WEEK)})
    mapping = prepared.mapping.model_copy(update={"capacity": longer, "outputs": {}})
    texts = {play: _names_only(each, mapping.locale) for play, each in prepared.texts.items()}
    unread = {kind + play for play, each in texts.items() if not _asks(each) for kind in (TEXTS, FIRM_TEXTS)}
    program = prepared.program
    asked = {name: query for name, query in program.asked.items() if name not in unread and not name.startswith(OUTPUT)}
    lean = replace(program, asked=asked, compiled=program.compile(asked.values()))
    return replace(prepared, mapping=mapping, texts=texts, program=lean)


def _names_only(texts: PlayTexts, locale: str) -> PlayTexts:
    nothing = say("-", ("", ""), locale)
    return replace(texts, because=nothing, subject=None, text=None, scripts={}, member=None)


def _asks(texts: PlayTexts) -> bool:
    """Does the campaign's name say more than its wave?"""
    return bool((texts.names() | texts.row_names()) - OF_CAMPAIGNS)

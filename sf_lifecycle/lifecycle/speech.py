"""Whose language a text is said in: the words of one language, with dates and numbers as that reader writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError

from sf_lifecycle.config.mapping import Words
from sf_lifecycle.config.text_languages import home_language
from sf_lifecycle.engine import TextTemplate, compile_text
from sf_lifecycle.errors import ConfigError, Problem

# A user's Id → their language and their locale as Salesforce names them (`nl_NL`, `en_US`, `pl`); None: not known.
Reads = Callable[[str], tuple[str | None, str | None]]
_OLD = {"iw": "he", "in": "id", "ji": "yi"}  # Java's names of languages, which Salesforce keeps


def _unknown(_: str) -> tuple[None, None]:
    return None, None


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """One reader. `home`: the mapping's locale, for whatever their own says nothing about."""

    home: str
    language: str | None = None
    locale: str | None = None
    currency: str | None = None

    def language_among(self, languages: Collection[str]) -> str:
        """The reader's own language where a text has it, else the mapping's."""
        own, home = language_of(self.language), home_language(self.home)
        return own if own and own in languages else home if home in languages else min(languages)

    def form(self, language: str) -> str:
        """The Babel locale that a text of that language is written in."""
        return _form(language, self.locale, self.home)


@dataclass(frozen=True, kw_only=True)
class Speech:
    """How everybody is spoken to. `home`: the mapping's locale; `currency`: the code of the firm's own, where known."""

    home: str
    reads: Reads = _unknown
    currency: str | None = None
    _known: dict[str, Tongue] = field(default_factory=dict, repr=False, compare=False)

    def at_home(self) -> Tongue:
        """For what is nobody's own: campaigns, their members, lists."""
        return Tongue(home=self.home, currency=self.currency)

    def to(self, user: object) -> Tongue:
        """For a user's Id; anything else is spoken to as at home."""
        if not isinstance(user, str) or not user:
            return self.at_home()
        if user not in self._known:
            language, locale = self.reads(user)
            self._known[user] = Tongue(home=self.home, language=language, locale=locale, currency=self.currency)
        return self._known[user]


@dataclass(frozen=True, kw_only=True)
class Said:
    """One text in its languages, each compiled. `home`: the mapping's locale."""

    by_language: Mapping[str, TextTemplate]
    home: str
    _known: dict[Tongue, tuple[TextTemplate, str]] = field(default_factory=dict, repr=False, compare=False)

    def render(
        self, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]] = (), tongue: Tongue | None = None
    ) -> str:
        """The text for one reader; without one, in the mapping's own language."""
        tongue = tongue or Tongue(home=self.home)
        if tongue not in self._known:
            language = tongue.language_among(self.by_language)
            self._known[tongue] = self.by_language[language], tongue.form(language)
        template, form = self._known[tongue]
        return template.render(values, rows, form, tongue.currency)


def say(words: Words, place: tuple[str, str], home: str) -> Said:
    """Compile a play's text. `place`: (file, key path). Raises ConfigError with the problems of every language."""
    if isinstance(words, str):
        return compiled({home_language(home): (words, place)}, home)
    file, key = place
    return compiled({language: (text, (file, f"{key}.{language}")) for language, text in words.items()}, home)


def compiled(sources: Mapping[str, tuple[str, tuple[str, str]]], home: str) -> Said:
    """Compile one text: language → its source and where that stands. ConfigError has every language's problems."""
    found: dict[str, TextTemplate] = {}
    problems: list[Problem] = []
    for language, (source, place) in sources.items():
        try:
            found[language] = compile_text(source, place)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return Said(by_language=found, home=home)


def language_of(name: str | None) -> str | None:
    """The language of a Salesforce language or locale: `nl` of `nl_NL`, `he` of `iw_IL`."""
    language = home_language(name) if name else ""
    return _OLD.get(language, language) or None


@lru_cache(maxsize=2_000)
def _form(language: str, own: str | None, home: str) -> str:
    for name in (own, home):
        if name and language_of(name) == language and (found := _locale(name)):
            return found
    return language if _locale(language) else "en"


@lru_cache(maxsize=2_000)
def _locale(name: str) -> str | None:
    """Salesforce's name of a locale as Babel writes it; what it adds (`nl_NL_EURO`) is left off; None where unknown."""
    language, *rest = re.split(r"[-_@.]", name)
    territory = next((part.upper() for part in rest if re.fullmatch(r"[A-Za-z]{2}|\d{3}", part)), None)
    script = next((part.title() for part in rest if re.fullmatch(r"[A-Za-z]{4}", part)), None)
    for with_script in (script, None):
        try:
            return str(Locale.parse("_".join(filter(None, (language_of(language), with_script, territory)))))
        except (UnknownLocaleError, ValueError):
            continue
    return None

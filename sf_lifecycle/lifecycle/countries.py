"""Countries as people write them in a text field: an ISO code, the English name, or the country's own."""

from __future__ import annotations

import unicodedata
from functools import cache

import holidays
from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

# What people write besides the names that Unicode keeps.
_ALSO = {
    "america": "US",
    "czechia": "CZ",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "scotland": "GB",
    "the netherlands": "NL",
    "uk": "GB",
    "united states of america": "US",
    "usa": "US",
    "wales": "GB",
}


@cache
def country_code(text: str | None) -> str | None:
    """The two-letter code of a country whose public holidays are known; None where there is none such."""
    said = _plain(text or "")
    code = _codes().get(said) or _english().get(said)
    return code or (_own_names().get(said) if said else None)


def _plain(text: str) -> str:
    """Letters only, without accents and case, one space between words."""
    letters = "".join(
        letter if letter.isalnum() else " "
        for letter in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(letter)
    )
    return " ".join(letters.casefold().split())


@cache
def _supported() -> tuple[str, ...]:
    return tuple(sorted(holidays.list_supported_countries(include_aliases=False)))


@cache
def _codes() -> dict[str, str]:
    """Two-letter and three-letter codes."""
    known = _supported()
    codes = {code.casefold(): code for code in known}
    for alias in holidays.list_supported_countries():
        if len(alias) == 3:
            two = getattr(holidays, alias).country
            if two in known:
                codes[alias.casefold()] = two
    return codes


@cache
def _english() -> dict[str, str]:
    names = Locale("en").territories
    found = {_plain(names[code]): code for code in _supported() if code in names}
    return found | {name: code for name, code in _ALSO.items() if code in _supported()}


@cache
def _own_names() -> dict[str, str]:
    """Each country's name in the languages that are spoken there by law or in fact; a name of two is no name."""
    found: dict[str, set[str]] = {}
    for code in _supported():
        for language in get_official_languages(code, de_facto=True):
            try:
                name = Locale.parse(language).territories.get(code)
            except UnknownLocaleError:
                continue
            if name:
                found.setdefault(_plain(name), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}

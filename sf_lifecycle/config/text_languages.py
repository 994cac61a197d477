"""Texts in several languages: which files are one script's, and that each language is one people speak."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from babel import Locale, UnknownLocaleError

from sf_lifecycle.config.found import dotted, found, nearest, one_of
from sf_lifecycle.config.mapping import Members, Play, Words
from sf_lifecycle.errors import Problem

_VARIANT = re.compile(r"(?P<name>.+)\.(?P<language>[^./]+)(?P<ending>\.md\.j2)")


def script_of(path: str) -> tuple[str, str | None]:
    """A file's script and language: `scripts/compare.nl.md.j2` is (`scripts/compare.md.j2`, `nl`)."""
    variant = _VARIANT.fullmatch(path)
    return (variant["name"] + variant["ending"], variant["language"]) if variant else (path, None)


def languages_of(path: str, sources: Mapping[str, str], home: str) -> dict[str, str]:
    """Language → file of one script; the file without a language is in `home`, the mapping's own."""
    others = {language: file for file in sorted(sources) if (language := _language_of(file, path))}
    return {home: path} | others


def home_language(locale: str) -> str:
    """The language of a locale: `nl` of nl_NL."""
    return locale.replace("-", "_").partition("_")[0].lower()


def play_language_problems(play: Play, *, file: str, home: str | None) -> list[Problem]:
    """Languages nobody knows, and texts that the mapping's own language is missing from. `home`: None, not known."""
    problems = []
    for place, words in _texts(play):
        if isinstance(words, str):
            continue
        problems += [_unknown(language, file, dotted((*place, language))) for language in words if not _known(language)]
        if home is not None and home not in words:
            message = f"expected the language of `locale` ({home}) among {one_of(words)}"
            hint = "whoever reads none of a text's languages reads this one"
            problems.append(Problem(file=file, place=dotted(place), message=message, hint=hint))
    return problems


def script_problems(scripts: Mapping[str, str], *, shown: str, home: str | None) -> list[Problem]:
    """Files in a language nobody knows, of a script that is not there, or of the language that it is in already."""
    problems = []
    for path in scripts:
        script, language = script_of(path)
        file = f"{shown}/{path}"
        if language is None:
            continue
        if not _known(language):
            problems.append(_unknown(language, file, ""))
        elif script not in scripts:
            whole = [each for each in scripts if script_of(each)[1] is None]
            message = f"expected a script that this is the {language} text of, {script}; there is none"
            problems.append(Problem(file=file, place="", message=message, hint=nearest(script, whole)))
        elif language == home:
            message = f"{script} is in {language} already, the language of `locale`"
            problems.append(Problem(file=file, place="", message=message, hint="keep one of the two"))
    return problems


def _language_of(file: str, path: str) -> str | None:
    script, language = script_of(file)
    return language if script == path else None


def _texts(play: Play) -> Iterator[tuple[tuple[str, ...], Words]]:
    yield ("because",), play.because
    if play.task:
        yield ("task", "subject"), play.task.subject
        if play.task.text:
            yield ("task", "text"), play.task.text
    if play.campaign and isinstance(play.campaign.members, Members) and play.campaign.members.because:
        yield ("campaign", "members", "because"), play.campaign.members.because


def _known(language: str) -> bool:
    try:
        return Locale.parse(language).language == language
    except (UnknownLocaleError, ValueError):
        return False


def _unknown(language: str, file: str, place: str) -> Problem:
    short = home_language(language)
    hint = f"did you mean `{short}`?" if short != language and _known(short) else ""
    message = f"expected a language such as en, nl or pl, got {found(language)}"
    return Problem(file=file, place=place, message=message, hint=hint)

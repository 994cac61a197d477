"""The shipped texts are in English, Dutch and Polish: each says the same of a record, with the same names."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache

import pytest
from telecom_mirror import ROOT, shipped

from sf_lifecycle.lifecycle.plain_text import length_of, one_line
from sf_lifecycle.lifecycle.queries import PlayTexts, play_texts
from sf_lifecycle.lifecycle.speech import Said, Tongue

PLAYS = sorted(path.stem for path in (ROOT / "mappings" / "telecom" / "plays").glob("*.toml"))
LANGUAGES = {"en": "en_GB", "nl": "nl_NL", "pl": "pl_PL"}
ENGLISH = (
    "another provider",
    "date not sure",
    "a contract",
    "contract at",
    "unknown",
    "researched",
    " a month",
    "None",
)


@cache
def texts_of(play: str) -> PlayTexts:
    return play_texts(shipped()[0], play)


def said(play: str) -> list[tuple[str, Said]]:
    """Every text that a rep reads, with what it is."""
    texts = texts_of(play)
    named = [("because", texts.because), ("subject", texts.subject), ("text", texts.text)]
    return [(name, text) for name, text in named if text] + [(f"script {key}", s) for key, s in texts.scripts.items()]


def example(name: str, *, full: bool) -> object:
    """A value for a name in a text; where not `full`, whatever may be missing is."""
    last = name.rpartition(".")[2]
    if last in ("name", "area", "business_park", "industry", "step", "subject"):
        return "Bakker & Zn"
    if last.endswith(("_on", "_date", "_since", "_ended", "_end", "_last", "_decision", "_won")):
        return dt.date(2026, 12, 31) if full or last in ("end_date", "decision_date", "own_ended") else None
    if last in ("just_left_us", "locked_elsewhere", "can_end_soon", "content_there"):
        return "yes" if full else "unknown"
    if last in ("provider", "product_line", "certainty", "urgent_provider", "urgent_line", "urgent_position"):
        return {"certainty": "exact", "urgent_position": "window"}.get(last, "KabelNu") if full else None
    if last in ("rough", "old_research"):
        return not full
    return Decimal(2) if full else None


@pytest.mark.parametrize("play", PLAYS)
def test_every_text_is_in_every_language(play: str) -> None:
    for name, text in said(play):
        assert set(text.by_language) == set(LANGUAGES), name
        english = text.by_language["en"]
        for other in text.by_language.values():
            assert (other.names, other.row_names) == (english.names, english.row_names), name


@pytest.mark.parametrize("full", [True, False], ids=["all known", "nothing known"])
@pytest.mark.parametrize("play", PLAYS)
def test_no_word_of_another_language_stands_in_a_text(play: str, *, full: bool) -> None:
    for name, text in said(play):
        names, row_names = text.by_language["en"].names, text.by_language["en"].row_names
        values = {each: example(each, full=full) for each in names}
        rows = [{each: example(each, full=full) for each in row_names}] * 2
        for language, locale in LANGUAGES.items():
            shown = text.render(values, rows, Tongue(home="en_GB", language=language, locale=locale, currency="EUR"))
            assert shown, name
            if language != "en":
                assert not [word for word in ENGLISH if word in shown], (name, language, shown)
            if name == "subject":
                assert length_of(one_line(shown) or "") <= 255


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "KabelNu at KabelNu can be ended until 31 December 2026; more lines too"),
        ("nl", "KabelNu bij KabelNu kan tot 31 december 2026 worden opgezegd; ook andere lijnen"),
        ("pl", "Umowa KabelNu u operatora KabelNu może zostać wypowiedziana do 31 grudnia 2026; są też inne linie"),
    ],
)
def test_a_reason_in_three_languages(language: str, expected: str) -> None:
    text = texts_of("switch-window").because
    values = {name: example(name, full=True) for name in text.by_language["en"].names}
    assert (
        text.render(values, [{}, {}], Tongue(home="en_GB", language=language, locale=LANGUAGES[language])) == expected
    )

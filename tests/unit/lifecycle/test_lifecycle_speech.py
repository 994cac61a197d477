"""Each rep reads their own language where a text has it, with dates and numbers in its form; lists are the firm's."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.lifecycle.outreach import JOINT, MEMBER, Behind, PlayList
from sf_lifecycle.lifecycle.queries import PlayTexts, play_texts
from sf_lifecycle.lifecycle.speech import Speech, Tongue
from sf_lifecycle.lifecycle.wording import DESCRIPTION, WORDS, words

DECEMBER = dt.date(2026, 12, 1)
NONE = Behind(keys=np.empty(0, dtype=np.int64), of=np.empty(0, dtype=np.int64))
REPS = {"005NL": ("nl_NL", "nl_NL"), "005EN": ("en_US", "nl_NL"), "005PL": ("pl", "pl"), "005DE": ("de", "de_DE")}
PLAY: dict[str, Any] = {
    "title": "T",
    "purpose": "win",
    "for_each": "account",
    "when": "x",
    "rank": "x",
    "key": ["id"],
    "occasion": "end",
    "priority": 1,
    "because": {"en": "Ends {{ end }}", "nl": "Eindigt {{ end }}", "pl": "Kończy się {{ end }}"},
    "task": {
        "subject": {"en": "{{ name }}: {{ end | month_year }}", "nl": "{{ name }}: {{ end | month_year }}!"},
        "text": {"en": "{{ worth | money }}", "nl": "{{ worth | money }}", "pl": "{{ worth | money }}"},
        "script": "scripts/compare.md.j2",
        "due": {"before": "end"},
    },
    "campaign": {"wave": "end", "name": "Wave {{ wave | month_year }}", "members": "mail_contact"},
}
SCRIPTS = {"scripts/compare.md.j2": "Compare", "scripts/compare.nl.md.j2": "Vergelijk"}


def mapping(**changes: Any) -> Mapping:
    roles = {"account": [{"object": "Account", "fields": {"name": "Name"}}]}
    whole = {"name": "m", "roles": roles, "owners": {"fallback": "x"}, "scripts": SCRIPTS, "plays": {"p": PLAY}}
    return Mapping.model_validate(whole | changes)


def worded(texts: PlayTexts, speech: Speech | str, *owners: str | None) -> pd.DataFrame:
    outreaches = [f"o{i}" for i in range(len(owners))]
    rows = pd.DataFrame({"outreach": outreaches, "t.name": "Bakker", "t.end": dt.date(2026, 12, 31)}, dtype=object)
    rows["t.worth"] = pd.Series([Decimal("1234.50")] * len(owners), dtype=object)
    chosen = pd.DataFrame(
        {"play": "p", "part": None, "outreach": outreaches, "script": None, "wave": DECEMBER, "owner": list(owners)},
        dtype=object,
    )
    return words(chosen, {"p": PlayList(play="p", outreaches=chosen, behind=NONE, rows=rows)}, {"p": texts}, speech)


def speech(**changes: Any) -> Speech:
    return Speech(home="en_GB", reads=lambda user: REPS.get(user, (None, None)), currency="EUR", **changes)


@pytest.mark.parametrize(
    ("owner", "subject", "description"),
    [
        ("005NL", "Bakker: december 2026!", "Eindigt 31 december 2026\n\n€ 1.234,50\n\nVergelijk"),
        ("005EN", "Bakker: December 2026", "Ends 31 December 2026\n\n€1,234.50\n\nCompare"),
        ("005PL", "Bakker: December 2026", "Kończy się 31 grudnia 2026\n\n1 234,50 €\n\nCompare"),
        ("005DE", "Bakker: December 2026", "Ends 31 December 2026\n\n€1,234.50\n\nCompare"),
        ("005XX", "Bakker: December 2026", "Ends 31 December 2026\n\n€1,234.50\n\nCompare"),
        (None, "Bakker: December 2026", "Ends 31 December 2026\n\n€1,234.50\n\nCompare"),
    ],
)
def test_a_task_is_in_its_rep_s_language(owner: str | None, subject: str, description: str) -> None:
    said = worded(play_texts(mapping(), "p"), speech(), owner).iloc[0]
    assert (said["subject"], said["description"]) == (subject, description)
    assert said["why"] == description.split("\n")[0]
    assert (said["member_why"], said["campaign"]) == ("Ends 31 December 2026", "Wave December 2026")


def test_reps_of_three_languages_in_one_play() -> None:
    said = worded(play_texts(mapping(), "p"), speech(), "005PL", "005NL", "005EN", "005NL")
    assert list(said["why"]) == [
        "Kończy się 31 grudnia 2026",
        "Eindigt 31 december 2026",
        "Ends 31 December 2026",
        "Eindigt 31 december 2026",
    ]


def test_a_mapping_s_own_language_is_that_of_texts_without_one() -> None:
    play = PLAY | {"because": "Eindigt {{ end }}", "task": PLAY["task"] | {"subject": "{{ name }}", "text": "tekst"}}
    scripts = {"scripts/compare.md.j2": "Vergelijk", "scripts/compare.en.md.j2": "Compare"}
    dutch = mapping(locale="nl_NL", plays={"p": play}, scripts=scripts)
    said = worded(play_texts(dutch, "p"), Speech(home="nl_NL", reads=lambda user: REPS[user]), "005EN", "005PL")
    assert list(said["description"]) == [
        "Eindigt 31 december 2026\n\ntekst\n\nCompare",
        "Eindigt 31 december 2026\n\ntekst\n\nVergelijk",
    ]


def test_a_locale_alone_speaks_to_everybody() -> None:
    said = worded(play_texts(mapping(), "p"), "nl_NL", "005PL")
    assert said.loc[0, "why"] == "Eindigt 31 december 2026"


def test_a_play_without_a_campaign_has_no_words_for_one() -> None:
    play = {name: value for name, value in PLAY.items() if name != "campaign"}
    said = worded(play_texts(mapping(plays={"p": play}), "p"), speech(), "005NL")
    assert (said.loc[0, "member_why"], said.loc[0, "campaign"]) == (None, None)
    assert list(worded(play_texts(mapping(), "p"), speech())[list(WORDS)].columns) == list(WORDS)


def test_a_cluster_s_task_is_its_rep_s_and_its_members_reasons_are_the_firm_s() -> None:
    members = {"contact": "x", "because": {"en": "{{ city }} is in the park", "nl": "{{ city }} ligt in het park"}}
    campaign = {"wave": "end", "name": "Park {{ wave | month_year }}", "members": members}
    texts = play_texts(mapping(plays={"p": PLAY | {"campaign": campaign}}), "p")
    chosen = pd.DataFrame(
        {"play": "p", "part": [JOINT, MEMBER], "outreach": ["o0", "o1"], "script": None, "wave": DECEMBER,
         "owner": ["005NL", None]},
        dtype=object,
    )  # fmt: skip
    rows = pd.DataFrame({"outreach": ["o0", "o1"], "t.name": "A", "t.end": DECEMBER, "t.worth": 1}, dtype=object)
    firms = pd.DataFrame({"outreach": ["o1"], "t.city": ["Ede"]}, dtype=object)
    found = PlayList(play="p", outreaches=chosen, behind=NONE, rows=rows, firms=firms)
    said = words(chosen, {"p": found}, {"p": texts}, speech())
    assert said[list(WORDS)].to_numpy().tolist()[0] == [
        "A: december 2026!", "Eindigt 1 december 2026\n\n€ 1,00\n\nVergelijk", "Eindigt 1 december 2026", None, None,
    ]  # fmt: skip
    assert said[list(WORDS)].to_numpy().tolist()[1] == [
        None,
        None,
        "Ede is in the park",
        "Ede is in the park",
        "Park December 2026",
    ]
    assert texts.member_names() == {"city"}


def test_texts_that_name_nothing_need_no_rows() -> None:
    play = {**PLAY, "because": "Now", "task": {"subject": "Call", "due": {"before": "end"}}}
    del play["campaign"]
    chosen = pd.DataFrame(
        {"play": "p", "part": None, "outreach": ["o"], "script": None, "wave": None, "owner": "005NL"}, dtype=object
    )
    texts = play_texts(mapping(plays={"p": play}), "p")
    said = words(chosen, {"p": PlayList(play="p", outreaches=chosen, behind=NONE)}, {"p": texts}, speech())
    assert (said.loc[0, "subject"], said.loc[0, "description"]) == ("Call", "Now")


@pytest.mark.parametrize(
    ("language", "locale", "home", "expected"),
    [
        ("nl_NL", "nl_BE", "en_GB", ("nl", "nl_BE")),
        ("nl", "en_US", "nl_NL", ("nl", "nl_NL")),
        ("nl", "en_US", "en_GB", ("nl", "nl")),
        ("nl_NL", "nl_NL_EURO", "en_GB", ("nl", "nl_NL")),
        ("en_US", "en_US", "nl_NL", ("en", "en_US")),
        ("pl", "pl_PL", "nl_NL", ("nl", "nl_NL")),
        ("iw", "iw_IL", "en_GB", ("he", "he_IL")),
        ("zh_CN", "zh_CN", "en_GB", ("zh", "zh_Hans_CN")),
        ("nl", "nl_XX", "en_GB", ("nl", "nl")),
        ("../../x", "?", "en_GB", ("en", "en_GB")),
        ("", "", "en_GB", ("en", "en_GB")),
    ],
)
def test_which_text_and_which_form(language: str, locale: str, home: str, expected: tuple[str, str]) -> None:
    tongue = Tongue(home=home, language=language, locale=locale)
    chosen = tongue.language_among(["en", "he", "nl", "zh"])
    assert (chosen, tongue.form(chosen)) == expected


@given(st.text(max_size=12) | st.from_regex(r"[a-z]{2,3}([_-][A-Za-z]{2,5}){0,2}", fullmatch=True), st.text(max_size=8))
def test_whatever_a_user_s_language_is_called_a_text_is_found_and_formed(language: str, locale: str) -> None:
    tongue = Tongue(home="en_GB", language=language, locale=locale or language)
    chosen = tongue.language_among(["en", "nl", "pl"])
    assert chosen in ("en", "nl", "pl")
    assert tongue.form(chosen).split("_")[0] == chosen


def test_every_user_is_asked_for_once() -> None:
    asked: list[str] = []

    def reads(user: str) -> tuple[str, str]:
        asked.append(user)
        return ("nl", "nl_NL")

    said = worded(play_texts(mapping(), "p"), Speech(home="en_GB", reads=reads), *["005NL"] * 5)
    assert (len(said), asked) == (5, ["005NL"])


def test_of_thousands_of_rows_the_best_are_told_and_the_script_is_never_cut() -> None:
    text = "{{ rows | length }} of them:{% for row in rows %} {{ row.name }}{% endfor %}"
    task = PLAY["task"] | {"text": {"en": text}}
    chosen = pd.DataFrame(
        {"play": "p", "part": None, "outreach": ["o"], "script": None, "wave": DECEMBER, "owner": None}, dtype=object
    )
    texts = play_texts(mapping(plays={"p": PLAY | {"task": task}}), "p")

    def said(names: list[str]) -> str:
        rows = pd.DataFrame({"outreach": "o", "t.name": names, "t.end": DECEMBER, "t.worth": 1}, dtype=object)
        return str(words(chosen, {"p": PlayList(play="p", outreaches=chosen, behind=NONE, rows=rows)}, {"p": texts},
                         speech()).loc[0, "description"])  # fmt: skip

    best = " ".join(f"N{number}" for number in range(25))
    assert said([f"N{number}" for number in range(3_000)]) == f"Ends 1 December 2026\n\n3000 of them: {best}\n\nCompare"
    long = said(["word " * 500] * 40)
    assert len(long) <= DESCRIPTION
    assert long.endswith("word…\n\nCompare")

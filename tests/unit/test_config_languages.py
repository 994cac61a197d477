"""Texts and scripts in several languages: each language is known, whole, and checked like the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_samples import LIFECYCLE, PLAY, write_workspace

from sf_lifecycle.config.text_languages import languages_of, script_of
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.lifecycle.queries import play_texts

PLAYFILE, SCRIPTS = "mappings/telecom/plays/switch-window.toml", "mappings/telecom/scripts"
SUBJECT = 'subject = "{{ account.name }}"'


def problems(tmp_path: Path, changes: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_workspace(write_workspace(tmp_path, dict(changes)), environ={})
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("3", ": expected a text or a table of texts by language, got 3"),
        ('{ nl_NL = "x" }', ".nl_NL: expected as key a language such as en, nl or pl, got"),
        ('{ nl = "x", qq = "y" }', '.qq: expected a language such as en, nl or pl, got "qq"'),
        ('{ nl = "" }', '.nl: expected a text that is not empty, got ""'),
        ('{ nl = 3 }', ".nl: expected a text, got 3"),
        ('{ en = "x", pl = "y" }', ": expected the language of `locale` (nl) among en or pl; whoever reads none"),
    ],
)  # fmt: skip
def test_a_text_s_languages(tmp_path: Path, subject: str, told: str) -> None:
    lines = problems(tmp_path, {PLAYFILE: PLAY.replace(SUBJECT, f"subject = {subject}")})
    assert len(lines) == 1
    assert lines[0].startswith(f"{PLAYFILE}: task.subject{told}")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("compare.qq", 'compare.qq.md.j2: expected a language such as en, nl or pl, got "qq"'),
        (
            "compare.en_US",
            'compare.en_US.md.j2: expected a language such as en, nl or pl, got "en_US"; did you mean `en`',
        ),
        ("compare.nl", "compare.nl.md.j2: scripts/compare.md.j2 is in nl already, the language of `locale`; keep one"),
        ("compar.en", "of, scripts/compar.md.j2; there is none; did you mean `scripts/compare.md.j2`?"),
    ],
)
def test_a_script_s_languages(tmp_path: Path, script: str, told: str) -> None:
    lines = problems(tmp_path, {f"{SCRIPTS}/{script}.md.j2": "x"})
    assert len(lines) == 1
    assert lines[0].startswith(f"{SCRIPTS}/{script}.md.j2: ")
    assert told in lines[0]


def test_a_play_names_a_script_and_not_one_of_its_languages(tmp_path: Path) -> None:
    changes = {PLAYFILE: PLAY.replace("compare.md.j2", "compare.en.md.j2"), f"{SCRIPTS}/compare.en.md.j2": "x"}
    lines = problems(tmp_path, changes)
    assert lines == [
        f"{PLAYFILE}: task.script: expected a file in the mapping's scripts folder, "
        'got "scripts/compare.en.md.j2"; did you mean `scripts/compare.md.j2`?'
    ]


def test_an_unknown_locale_is_told_once(tmp_path: Path) -> None:
    changes = {
        PLAYFILE: PLAY.replace(SUBJECT, 'subject = { en = "x" }'),
        "mappings/telecom/lifecycle.toml": LIFECYCLE.replace("nl_NL", "xx_YY"),
    }
    assert len(problems(tmp_path, changes)) == 1


def test_files_of_a_script() -> None:
    assert script_of("scripts/a/compare.nl.md.j2") == ("scripts/a/compare.md.j2", "nl")
    assert script_of("scripts/compare.md.j2") == ("scripts/compare.md.j2", None)
    assert script_of("scripts/v1.2/compare.md.j2") == ("scripts/v1.2/compare.md.j2", None)
    sources = dict.fromkeys(["scripts/a.md.j2", "scripts/a.pl.md.j2", "scripts/b.md.j2", "scripts/b.en.md.j2"], "")
    assert languages_of("scripts/a.md.j2", sources, "nl") == {"nl": "scripts/a.md.j2", "pl": "scripts/a.pl.md.j2"}


def test_every_language_of_every_text_is_compiled_and_every_mistake_told(tmp_path: Path) -> None:
    play = PLAY.replace(SUBJECT, 'subject = { nl = "{{ x", en = "a", pl = "{{ y() }}" }')
    changes = {PLAYFILE: play, f"{SCRIPTS}/compare.en.md.j2": "one\n{% include 'x' %}"}
    workspace = load_workspace(write_workspace(tmp_path, dict(changes)), environ={})
    with pytest.raises(ConfigError) as raised:
        play_texts(workspace.mappings["telecom"], "switch-window")
    told = [str(problem) for problem in raised.value.problems]
    assert [line.split(": ")[:2] for line in told] == [
        [PLAYFILE, "task.subject.nl"],
        [PLAYFILE, "task.subject.pl"],
        [f"{SCRIPTS}/compare.en.md.j2", "line 2"],
    ]

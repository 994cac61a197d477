"""Plays for a cluster, and who has the word at an account: each mistake at its place, with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_samples import LIFECYCLE, MODEL, PLAY, write_workspace

from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import ConfigError

LIFE, PLAYFILE = "mappings/telecom/lifecycle.toml", "mappings/telecom/plays/switch-window.toml"
CLUSTERS = """
[clusters.street]
of = "account"
by = ["name"]
[features.street]
anchor = { from = "account", pick = "own_active desc" }
[[labels.account.reserved.rules]]
label = "later"
when  = "own_active = 7"
[[labels.account.reserved.rules]]
label = "nobody's"
"""
JOINT = (
    PLAY.replace('"other_contract"', '"street"')
    .replace('key = ["account.id"]', 'key = ["name"]\ncontact = "anchor.boss"')
    .replace("[task]", '[task]\naccount = "anchor"')
    .replace('members = "account.mail_contact"', 'members = { from = "account", contact = "mail_contact" }')
)
MEMBERS = '{ from = "account", contact = "mail_contact" }'


def problems(tmp_path: Path, *, play: str = JOINT, life: str = "", model: str = MODEL) -> list[str]:
    files = {LIFE: LIFECYCLE + CLUSTERS + life, PLAYFILE: play, "mappings/models/plain.toml": model}
    try:
        load_workspace(write_workspace(tmp_path, dict(files)), environ={})
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_a_joint_offer_that_fits(tmp_path: Path) -> None:
    assert problems(tmp_path, life='[voice]\nlabel = "reserved"\nwords = { later = ["win"] }') == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('account = "anchor"\n', "", "task.account: expected the account of the joint Task, a row picked on street"),
        ('account = "anchor"', 'account = "ancor"', 'task.account: expected a row picked on street, got "ancor"; did'),
        ('"anchor.boss"', '"account.boss"', "contact: expected a person at anchor, whose Task it is, got"),
        (MEMBERS, '"anchor.boss"', "campaign.members: a campaign for street needs to know which of its firms"),
        ('from = "account"', 'from = "case"', 'campaign.members.from: expected "account", which street groups, got'),
        ('key = ["name"]', 'key = ["upper(name)"]', "key[0]: expected the name of a value of street, by which"),
        ('"street"', '"account"', "task.account: expected none: rows of account have an account of their own"),
        ('"street"', '"account"', "campaign.members: expected the path of a person, such as `account.mail_contact`"),
    ],
)
def test_what_a_clusters_play_lacks(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert JOINT.count(old) == 1
    lines = problems(tmp_path, play=JOINT.replace(old, new))
    assert any(line.startswith(f"{PLAYFILE}: {told}") for line in lines), lines


@pytest.mark.parametrize(
    ("voice", "told"),
    [
        ('words = { later = ["win"] }', "voice.words: expected none without `label`"),
        ('label = "reservd"', 'voice.label: expected a label of account (reserved), got "reservd"; did you mean'),
        (
            'label = "reserved"\nwords = { latr = [] }',
            'voice.words.latr: expected a word of labels.account.reserved (later or nobody\'s), got "latr"; did you',
        ),
        (
            'label = "reserved"\nwords = { later = ["keep", "wn"] }',
            "voice.words.later[1]: expected a purpose of the model plain, which job nightly uses (keep or win), got",
        ),
    ],
)
def test_who_has_the_word_is_said_in_words_that_exist(tmp_path: Path, voice: str, told: str) -> None:
    lines = problems(tmp_path, life="[voice]\n" + voice)
    assert any(line.startswith(f"{LIFE}: {told}") for line in lines), lines


def test_a_stage_without_purposes_says_that_no_play_can_serve_it(tmp_path: Path) -> None:
    files = {"mappings/models/plain.toml": MODEL.replace('["keep"]', "[]")}
    assert load_workspace(write_workspace(tmp_path, dict(files)), environ={}).notes == (
        'job nightly: no play serves the stage "customer" of the model plain; '
        "the model gives it no purposes, so none can",
    )

"""Mappings and models: each mistake is told once, at the place where it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_samples import LIFECYCLE, MODEL, OBJECTS, PLAY, replaced, write_workspace

from sf_lifecycle.config.names import why_reserved
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import ConfigError

LIFE = "mappings/telecom/lifecycle.toml"
OBJ = "mappings/telecom/objects.toml"
PLAYFILE = "mappings/telecom/plays/switch-window.toml"
MODELFILE = "mappings/models/plain.toml"


def problems(tmp_path: Path, changes: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_workspace(write_workspace(tmp_path, dict(changes)), environ={})
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (LIFE, 'value = "count(*)"', 'pick = "x", value = "y"', "features.account.own_active: expected either `value`"),
        (LIFE, "{ from =", "{ fron =", "features.account.own_active.from: expected a value, got nothing"),
        (LIFE, "default = 1.5", "defualt = 1.5", "slack_days.defualt: expected one of by, values, default, got"),
        (LIFE, "{ Belnet = 0 }", "{}", "parameters.slack_days.values: expected at least 1, got an empty table"),
        (
            LIFE,
            "window_days = 90",
            "window_days = 06:00:00",
            "parameters.window_days: expected true or false, a number",
        ),
        (LIFE, '"Expired"]', "[1]]", "parameters.running[1]: expected true or false, a number, a text or a date, got"),
        (LIFE, "window_days =", "Window_days =", "parameters.Window_days: expected as key a name of small letters"),
        (LIFE, '"nl_NL"', '"nl-NL"', 'locale: expected a locale such as nl_NL, got "nl-NL"; did you mean `nl_NL`?'),
        (LIFE, "[outputs.account]", "[outputs.acount]", "outputs.acount: expected one of the roles account, case or"),
        (LIFE, '"other_contract", value', '"other_contrct", value', "did you mean `other_contract`?"),
        (LIFE, "decision_date =", "end_date =", "columns.other_contract.end_date: other_contract has a field of this"),
        (LIFE, "decision_date =", "select =", "columns.other_contract.select: the name cannot be used: SQL reserves"),
        (LIFE, "[owners]", "[owner]", "owners: expected a value, got nothing"),
        (LIFE, "[owners]", "[plays]\n[owners]", "plays: unknown key; each play is a file of its own in plays/"),
        (LIFE, "[owners]", '[calendar]\ncountry = "XX"\n[owners]', "calendar.country: expected a country whose"),
        (LIFE, "[owners]", '[calendar]\nsubdivision = "XX"\n[owners]', "calendar.subdivision: expected one of"),
        (
            LIFE,
            "[owners]",
            "[capacity]\nper_owner_per_week = 4\nkept_for_urgent = 4\n[owners]",
            "capacity.kept_for_urgent: expected less than per_owner_per_week (4): nothing else would ever be made",
        ),
        (
            LIFE,
            "[owners]",
            "[capacity]\nkept_for_urgent = 20\n[owners]",
            "capacity.kept_for_urgent: expected less than per_owner_per_week (20)",
        ),
        (
            PLAYFILE,
            "priority = 60",
            "priority = 60\ncooldown_days = 4000000",
            "cooldown_days: expected a number of at most 3650, got 4000000",
        ),
        (OBJ, "[account", "[acount", "account: expected this role, got nothing"),
        (OBJ, 'name = "Name"', "name = 3", "account.fields.name: expected a table, got 3"),
        (OBJ, 'type = "date"', 'type = "dat"', "other_contract[0].fields.end_date.type: expected text, number"),
        (OBJ, "provider =", "desc =", "other_contract.fields.desc: the name cannot be used: SQL reserves the word"),
        (OBJ, "provider =", "id =", "other_contract.fields.id: the name cannot be used: every row has its `id`"),
        (PLAYFILE, "for_each =", "foreach =", "foreach: expected one of title, asks, purpose, for_each"),
        (PLAYFILE, '"other_contract"', '"other"', "for_each: expected one of the roles and clusters account, case or"),
        (PLAYFILE, "compare.md.j2", "compar.md.j2", "did you mean `scripts/compare.md.j2`?"),
        (PLAYFILE, '"communications"', '"comms"', "campaign.owner: expected one of owners.named in lifecycle.toml"),
        (PLAYFILE, '"win"', '"wim"', "purpose: expected a purpose of the model plain, which job nightly uses (keep or"),
        (PLAYFILE, "before =", "befor =", "task.due.befor: expected one of before, after, business_days"),
        (PLAYFILE, '"account.mail_contact"', '"Mail Contact"', "campaign.members: expected names joined by dots"),
        (PLAYFILE, "priority = 60", 'priority = "high"', 'priority: expected a whole number, got "high"'),
        (PLAYFILE, "priority = 60", "priority = 6000", "priority: expected a number of at most 1000, got 6000"),
        (MODELFILE, "customer = [", "custmer = [", "stages.custmer: expected one of the stages customer or prospect"),
        (MODELFILE, '["prospect", "customer"]', '["prospct"]', "labels.account.stage.order[0]: expected one of"),
        (MODELFILE, 'when = "own_active > 0"', "", "labels.account.stage.rules[0]: expected a `when`, got none"),
        (MODELFILE, "account.stage", "contact.stage", "labels.account.stage: expected the label that gives each"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    source = {OBJ: OBJECTS, LIFE: LIFECYCLE, PLAYFILE: PLAY, MODELFILE: MODEL}.get(file)
    changes = {file: source.replace(old, new)} if source and source.count(old) > 1 else replaced(file, old, new)
    lines = problems(tmp_path, changes)
    assert any(told in line for line in lines), lines
    assert all(line.startswith(("mappings/", "jobs/")) for line in lines)


def test_a_union_is_told_in_one_sentence(tmp_path: Path) -> None:
    assert problems(tmp_path, replaced(PLAYFILE, '"scripts/compare.md.j2"', "3")) == [
        f"{PLAYFILE}: task.script: expected a text or a lookup {{ by, values, default }}, got 3"
    ]


def test_a_role_may_be_called_case_and_a_name_may_not(tmp_path: Path) -> None:
    load_workspace(write_workspace(tmp_path), environ={})
    for word in ("case", "desc", "set", "show", "use", "load", "call", "from", "select", "if", "rows"):
        assert why_reserved(word), word
    for word in ("name", "date", "owner", "status", "values", "month", "left", "function", "language", "stage"):
        assert not why_reserved(word), word


def test_problems_of_all_files_come_at_once_sorted(tmp_path: Path) -> None:
    changes = {
        "config.toml": 'timezone = "Nowhere"\n',
        "jobs/broken.toml": "x = ",
        **replaced("jobs/nightly.toml", '"plain"', '"plane"'),
        **replaced(LIFE, '"nl_NL"', '"xx_YY"'),
        **replaced(OBJ, 'type = "date"', 'type = "dat"'),
        **replaced(PLAYFILE, "compare.md.j2", "no.md.j2"),
        **replaced(MODELFILE, "customer = [", "custmer = ["),
    }
    lines = problems(tmp_path, changes)
    files = [line.partition(":")[0] for line in lines]
    assert files == sorted(files)
    assert set(files) == {*changes} - {LIFE}


def test_a_broken_play_does_not_hide_another(tmp_path: Path) -> None:
    second = PLAY.replace("compare.md.j2", "no.md.j2")
    lines = problems(tmp_path, {PLAYFILE: PLAY.replace("title", "titel"), PLAYFILE.replace("switch", "b"): second})
    assert len({line.partition(":")[0] for line in lines}) == 2


def test_a_play_with_another_ending_is_not_passed_over(tmp_path: Path) -> None:
    lines = problems(tmp_path, {"mappings/telecom/plays/renewal.tml": PLAY})
    assert lines == ["mappings/telecom/plays/renewal.tml: expected only plays, files that end in .toml"]

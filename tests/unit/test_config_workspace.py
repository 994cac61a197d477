"""A working folder as a whole."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from config_samples import JOB, PLAY, replaced, write_workspace

from sf_lifecycle.config.mapping import Lookup
from sf_lifecycle.config.shipped import shipped_root
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import ConfigError, UsageError


def problems(config: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_workspace(config, environ={})
    return [str(problem) for problem in raised.value.problems]


def test_a_folder_loads_whole(tmp_path: Path) -> None:
    workspace = load_workspace(write_workspace(tmp_path), environ={})
    mapping = workspace.mappings["telecom"]
    assert workspace.root == tmp_path
    assert list(workspace.jobs) == ["nightly"]
    assert list(mapping.roles) == ["account", "other_contract", "case"]
    assert mapping.scripts == {"scripts/compare.md.j2": "Compare us with {{ provider }}.\n"}
    assert mapping.parameters["running"] == ("Activated", "Expired")
    assert mapping.parameters["slack_days"] == Lookup(by="provider", values={"Belnet": 0}, default=Decimal("1.5"))
    assert mapping.files["plays.switch-window"] == "mappings/telecom/plays/switch-window.toml"
    assert mapping.files["roles"] == "mappings/telecom/objects.toml"
    assert mapping.files["features"] == "mappings/telecom/lifecycle.toml"
    assert workspace.files == {"jobs.nightly": "jobs/nightly.toml", "models.plain": "mappings/models/plain.toml"}


def test_a_stage_that_no_play_serves_is_a_note(tmp_path: Path) -> None:
    config = write_workspace(tmp_path)
    assert load_workspace(config, environ={}).notes == (
        'job nightly: no play serves the stage "customer" of the model plain; a play with the purpose keep would',
    )
    write_workspace(tmp_path, {"mappings/telecom/plays/renewal.toml": PLAY.replace('"win"', '"keep"')})
    assert load_workspace(config, environ={}).notes == ()


def test_a_job_chooses_its_plays(tmp_path: Path) -> None:
    changes = {"mappings/telecom/plays/other.toml": PLAY, "jobs/one.toml": 'plays = ["other"]\n' + JOB}
    workspace = load_workspace(write_workspace(tmp_path, changes), environ={})
    assert list(workspace.plays_of("nightly")) == ["other", "switch-window"]
    assert list(workspace.plays_of("one")) == ["other"]


def test_an_unknown_job_is_answered_with_the_nearest(tmp_path: Path) -> None:
    workspace = load_workspace(write_workspace(tmp_path), environ={})
    with pytest.raises(UsageError, match='there is no job "nightli" in jobs; did you mean `nightly`'):
        workspace.job("nightli")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('mapping = "telecom"', 'mapping = "telekom"', 'mapping: expected one of telecom, got "telekom"; did you mean'),
        ('model = "plain"', 'model = "plane"', 'model: expected one of plain, got "plane"; did you mean `plain`?'),
        ('model = "plain"', 'model = "plain"\nplays = ["switch"]', "plays[0]: expected one of the plays switch-window"),
    ],
)
def test_a_job_names_what_exists(tmp_path: Path, old: str, new: str, told: str) -> None:
    (line,) = problems(write_workspace(tmp_path, replaced("jobs/nightly.toml", old, new)))
    assert line.startswith("jobs/nightly.toml: ")
    assert told in line


def test_missing_folders_are_told(tmp_path: Path) -> None:
    config = write_workspace(tmp_path, {"jobs/nightly.toml": None})
    assert problems(config) == ["jobs: expected a folder with at least one file for a job, got nothing"]


def test_what_is_shipped_loads() -> None:
    workspace = load_workspace(shipped_root() / "config.example.toml", environ={})
    assert "nightly" in workspace.jobs


def test_two_mappings_may_not_run_plays_of_one_name(tmp_path: Path) -> None:
    config = write_workspace(tmp_path)
    shutil.copytree(tmp_path / "mappings/telecom", tmp_path / "mappings/energy")
    load_workspace(config, environ={})  # a mapping that no job runs is in nobody's way
    write_workspace(tmp_path, {"jobs/weekly.toml": JOB.replace("telecom", "energy")})
    assert problems(config) == [
        "jobs/weekly.toml: mapping: the play switch-window of energy has the name of one of telecom, which another "
        "job runs; rename one of the two files"
    ]
    other = tmp_path / "mappings/energy/plays"
    (other / "switch-window.toml").rename(other / "energy-window.toml")
    assert load_workspace(config, environ={}).jobs["weekly"].mapping == "energy"


def test_members_are_never_written_by_bulk(tmp_path: Path) -> None:
    job = JOB.replace("[guards]", '[transport]\nTask = "bulk"\nCampaignMember = "bulk"\n[guards]')
    (problem,) = problems(write_workspace(tmp_path, {"jobs/nightly.toml": job}))
    misspelt = JOB.replace("[guards]", '[transport]\nAcount = "bulk"\n[guards]')
    (nearest,) = problems(write_workspace(tmp_path, {"jobs/nightly.toml": misspelt}))
    assert nearest.startswith("jobs/nightly.toml: transport.Acount: expected one of")
    assert "did you mean `Account`" in nearest
    assert problem.startswith("jobs/nightly.toml: transport.CampaignMember: expected rest")

"""The commands that need no org, and how a process ends."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from config_samples import replaced, write_workspace

from sf_lifecycle.cli import main
from sf_lifecycle.cli.wording import ExitCode, word
from sf_lifecycle.cli.working_folder import COPIED
from sf_lifecycle.config.load_settings import load_settings
from sf_lifecycle.errors import ConfigError, LoginRefused, Problem, Refusal, Refused, UsageError


def ended(*argv: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(argv)
    return int(end.value.code or 0)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from the checkout, with a wide terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")


@pytest.mark.parametrize("command", [[], ["init"], ["check"], ["org"], ["org", "serve"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*command, "--help") == 0
    assert "Usage:" in capsys.readouterr().out


@pytest.mark.parametrize("argv", [["chek"], ["check", "--no-such"], ["init"], ["org", "serve", "--port", "x"]])
def test_a_wrong_use_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*argv) == 2
    captured = capsys.readouterr()
    assert "Error" in captured.err
    assert not captured.out


def test_init_makes_a_folder_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("init", "work") == 0
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == sorted(COPIED.values())
    assert load_settings(tmp_path / "work/config.toml", environ={}).salesforce.kind == "local"
    assert stat.S_IMODE((tmp_path / "work/config.toml").stat().st_mode) == 0o600
    assert "sf-lifecycle check" in capsys.readouterr().out


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "work/jobs").mkdir(parents=True)
    (tmp_path / "work/notes.txt").write_text("mine")
    assert ended("init", "work") == 2
    assert "work already has jobs; nothing was written" in capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == ["jobs", "notes.txt"]
    assert ended("init", "work/notes.txt") == 2


def test_no_config_says_how_to_make_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("check") == 2
    told = capsys.readouterr().err
    assert told.startswith("config.toml: there is no such file; make a working folder with `sf-lifecycle init DIR`")


def test_check_tells_all_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = replaced("jobs/nightly.toml", '"plain"', '"plane"') | replaced("config.toml", '"local"', '"locl"')
    write_workspace(tmp_path, changes)
    assert ended("check") == 2
    assert capsys.readouterr().err.splitlines() == [
        'config.toml: salesforce.kind: expected production, sandbox or local, got "locl"; did you mean `local`?',
        'jobs/nightly.toml: model: expected one of plain, got "plane"; did you mean `plain`?',
        "2 problems in 2 files",
    ]
    assert ended("check", "--json") == 2
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert [problem["place"] for problem in told["problems"]] == ["salesforce.kind", "model"]


def test_errors_end_with_their_code_and_are_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "[red]x[/red] [link=http://x] \x1b[31m {{ 7*7 }} :smile:"
    problem = Problem(file="a.toml", place="b", message=hostile, excerpt="[x\n  ^")
    refused = Refused([Refusal(guard="create_tasks", message="412 is over 200", way_out="raise it")])
    assert word(ConfigError([problem])) == ExitCode.CONFIGURATION
    assert word(UsageError(hostile)) == ExitCode.CONFIGURATION
    assert word(refused) == ExitCode.REFUSED
    assert word(LoginRefused("no", code="invalid_grant", way_out="ask")) == ExitCode.ORG
    told = capsys.readouterr().err
    assert told.count("[red]x[/red] [link=http://x] \ufffd[31m {{ 7*7 }} :smile:") == 2
    assert "create_tasks: 412 is over 200; raise it" in told
    assert "Salesforce: no (invalid_grant)\nask\n" in told


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_path: Path) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr("sf_lifecycle.cli.configure.load_workspace", broken)
    with pytest.raises(RuntimeError, match="bug"):
        main(["check"])


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sf_lifecycle.cli.configure.load_workspace", interrupted)
    assert ended("check") == ExitCode.INTERRUPTED


@pytest.mark.parametrize(("written", "why"), [(None, "No such file"), ("no key", "is no certificate or public key")])
def test_a_public_key_that_is_none(written: str | None, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    if written is not None:
        Path("key.pem").write_text(written)
    assert ended("org", "serve", "--port", "0", "--data", ":memory:", "--public-key", "key.pem") == 2
    told = capsys.readouterr().err
    assert "key.pem" in told
    assert why in told


def test_check_names_rules_that_have_run_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("init", str(tmp_path / "work")) == 0
    lifecycle = tmp_path / "work" / "mappings" / "telecom" / "lifecycle.toml"
    law = 'when    = "phone is null"\n'
    text = lifecycle.read_text(encoding="utf-8")
    lifecycle.write_text(text.replace(law, law + "until   = 2024-01-01\n", 1), encoding="utf-8")
    capsys.readouterr()
    assert ended("check", "--config", str(tmp_path / "work" / "config.toml")) == 0
    told = capsys.readouterr().out
    assert 'mappings/telecom/lifecycle.toml: labels.contact.may_call.rules[2] (label "no") is out of force' in told


def test_check_looks_at_mappings_that_no_job_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("init", str(tmp_path / "work")) == 0
    config = ("--config", str(tmp_path / "work" / "config.toml"))
    lifecycle = tmp_path / "work" / "mappings" / "saas" / "lifecycle.toml"
    lifecycle.write_text(lifecycle.read_text(encoding="utf-8").replace("end_date", "end_dat", 1), encoding="utf-8")
    assert ended("check", *config) == 2
    assert "mappings/saas/lifecycle.toml" in capsys.readouterr().err

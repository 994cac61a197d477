"""`doctor` as people and programs call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from firms import SECRET, Firm
from typer.testing import CliRunner, Result

from sf_lifecycle.cli import doctor
from sf_lifecycle.errors import ConfigError, UsageError

MakeFirm = Callable[..., Firm]


@pytest.fixture
def small(make_firm: MakeFirm, monkeypatch: pytest.MonkeyPatch) -> Firm:
    monkeypatch.setenv("SF_LIFECYCLE_TIMEZONE", "Europe/Amsterdam")
    return make_firm(30)


def call(config: Path, *argv: str) -> Result:
    app = typer.Typer()
    doctor.register(app)
    return CliRunner().invoke(app, [*argv, "--config", str(config)])


def as_json(config: Path, *argv: str) -> tuple[int, Any]:
    result = call(config, *argv, "--json")
    return result.exit_code, json.loads(result.stdout)


def test_a_line_a_finding_by_area(small: Firm) -> None:
    result = call(small.config, "nightly")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "Login and org"
    assert lines[1].startswith("  ok       logged in by client_credentials as worker@local.invalid")
    assert any(
        line.startswith("  warning  Campaign.Type does not know 'Lifecycle'") and " → " in line for line in lines
    )
    assert lines[-1].startswith("0 wrong, ")
    assert "API calls spent: 8." in lines[-1]
    assert SECRET not in result.output


def test_what_is_wrong_ends_with_2(small: Firm) -> None:
    small.change('UPDATE "User" SET "UserPermissionsMarketingUser" = 0 WHERE "Id" = ?', small.org.org.worker_id)
    result = call(small.config)
    assert result.exit_code == 2
    (line,) = [line for line in result.output.splitlines() if "Marketing User is not ticked" in line]
    assert line.startswith("  error    ")
    assert "→ tick it: Setup > Users" in line


def test_json_has_everything(small: Firm) -> None:
    code, facts = as_json(small.config)
    assert (code, facts["ok"], facts["exit_code"]) == (0, True, 0)
    assert facts["org"]["id"] == small.org.org_id
    assert facts["jobs"] == ["nightly"]
    assert facts["counts"]["error"] == 0
    assert sum(facts["counts"].values()) == len(facts["findings"])
    assert set(facts["findings"][0]) == {"level", "area", "what", "fix"}
    assert facts["api_calls"] > 0


def test_a_refused_login_ends_with_5(small: Firm) -> None:
    small.edit("config.toml", SECRET, "another-secret")
    code, facts = as_json(small.config)
    assert (code, facts["ok"], facts["org"]) == (5, False, None)
    (found,) = facts["findings"]
    assert (found["level"], found["area"]) == ("error", "Login and org")
    assert "consumer key and secret" in found["fix"]
    assert "another-secret" not in json.dumps(facts)


def test_wrong_files_are_findings_in_json_and_the_usual_error_in_text(small: Firm) -> None:
    small.edit("jobs/nightly.toml", 'mapping       = "telecom"', 'mapping       = "telecon"')
    code, facts = as_json(small.config)
    assert (code, facts["findings"][0]["area"]) == (2, "Configuration")
    assert "did you mean" in facts["findings"][0]["fix"]
    assert isinstance(call(small.config).exception, ConfigError)


def test_a_job_that_there_is_not(small: Firm) -> None:
    assert isinstance(call(small.config, "nightli").exception, UsageError)


def test_the_probe_says_first_that_it_writes(small: Firm) -> None:
    result = call(small.config, "--probe")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[0].endswith("triggers and flows of your org run.")
    assert "nothing is left of it" in result.output
    code, facts = as_json(small.config, "--probe")
    assert (code, [each["level"] for each in facts["findings"] if each["area"] == "Probe"]) == (0, ["ok", "ok"])

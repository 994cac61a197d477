"""The command of the guide, and what the shipped mapping reads there: permission sets for what only some orgs have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sf_lifecycle import pipeline
from sf_lifecycle.cli.demo_folder import make_demo_folder, point_at
from sf_lifecycle.config.workspace import load_workspace
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.localorg import LocalOrg, serve_in_thread
from sf_lifecycle.request import Unwatched

FEATURES = {"currencies": {"EUR": "1", "PLN": "4.3"}, "person_accounts": True, "individuals": True}


def served(folder: Path) -> LocalOrg:
    org = serve_in_thread(
        metadata=folder / "salesforce", sample=30, client_id="local-worker", client_secret="local-secret", **FEATURES
    )
    point_at(folder, url=org.url, org_id=org.org_id, listen="127.0.0.1:0")
    return org


def with_individuals(folder: Path) -> None:
    """Take the # off the lines that read Individuals."""
    path = folder / "mappings/telecom/objects.toml"
    text = path.read_text(encoding="utf-8")
    assert "# individual_forget" in text
    path.write_text(text.replace("# individual_", "individual_"), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_demo_folder(tmp_path / "folder")
    return tmp_path / "folder"


def pulled(folder: Path) -> dict[str, int]:
    report = pipeline.pull(load_workspace(folder / "config.toml", environ={}), "nightly", Unwatched())
    return {each.table: each.rows for each in report.objects}


def test_the_shipped_mapping_can_be_pulled_individuals_too(folder: Path) -> None:
    with_individuals(folder)
    with served(folder):
        assert pulled(folder)["Lead"] > 0


def test_without_the_sets_both_are_hidden_and_the_way_out_names_them(folder: Path) -> None:
    shutil.rmtree(folder / "salesforce/optional")
    with_individuals(folder)
    with served(folder), pytest.raises(ConfigError) as raised:
        pulled(folder)
    said = [str(each) for each in raised.value.problems]
    company = [each for each in said if "field Company on Lead" in each]
    assert company
    assert all(
        "assign Lifecycle_Worker_Person_Accounts (salesforce/optional/person-accounts)" in each for each in company
    )
    hidden = [each for each in said if "field Individual." in each]
    assert len(hidden) == 4
    assert all("assign Lifecycle_Worker_Individuals (salesforce/optional/individuals)" in each for each in hidden)

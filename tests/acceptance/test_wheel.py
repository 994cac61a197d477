"""The wheel alone: installed somewhere else, it does all that the checkout does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def done(*command: str | Path, cwd: Path) -> str:
    """Run it without the checkout anywhere near."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    ended = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the source distribution; the wheel is made from the latter."""
    folder = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


def files_of(source: Path) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != ".DS_Store"
    }


def test_the_wheel_holds_all_there_is(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        inside = set(wheel.namelist())
    assert files_of(ROOT / "sf_lifecycle") <= inside
    shipped = {"config.example.toml"}.union(*(files_of(ROOT / name) for name in ("jobs", "mappings", "salesforce")))
    assert {f"sf_lifecycle/shipped/{name}" for name in shipped} <= inside
    assert all(re.match(r"sf_lifecycle(-[\d.]+\.dist-info)?/", name) for name in inside)
    for name in ("py.typed", "state/migrations/versions/v0001_first.py", "standard_objects/Account.json"):
        assert f"sf_lifecycle/{name}" in inside
    assert any(name.endswith(".lark") for name in inside)


def test_the_source_distribution_holds_what_the_wheel_is_made_of(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    made_of = files_of(ROOT / "sf_lifecycle").union(*(files_of(ROOT / name) for name in ("jobs", "mappings", "docs")))
    assert made_of | {"README.md", "CHANGELOG.md", "config.example.toml", "pyproject.toml"} <= names
    assert {name.partition("/")[0] for name in names} & {"var", ".venv", "tests", "sf-lifecycle-demo"} == set()


@pytest.fixture(scope="module")
def program(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from the wheel into an environment of its own."""
    folder = tmp_path_factory.mktemp("installed")
    done(sys.executable, ROOT / "tools/make_venv.py", folder / "venv", cwd=folder)
    wheel = next(built.glob("*.whl"))
    done(folder / "venv/bin/python", "-m", "pip", "install", "--quiet", "--no-input", wheel, cwd=folder)
    done(folder / "venv/bin/python", "-m", "pip", "check", cwd=folder)
    return folder / "venv/bin/sf-lifecycle"


def test_the_demo_runs_from_an_empty_folder(program: Path, tmp_path: Path) -> None:
    told = json.loads(done(program, "demo", "--accounts", "200", "--json", cwd=tmp_path))
    assert told["accounts"] == 200
    assert told["first_run"]["status"] == "done"
    assert all(told["first_run"]["created"][name] > 0 for name in ("Task", "CampaignMember", "Campaign"))
    assert told["first_run"]["updated"]["Account"] > 0
    assert told["second_run"]["writes"] == 0
    assert done(program, "init", "mine", cwd=tmp_path)
    assert "The configuration is right" in done(program, "check", "--config", "mine/config.toml", cwd=tmp_path)
    assert done(program, "--version", cwd=tmp_path).startswith("sf-lifecycle 0.")

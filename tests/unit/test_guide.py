"""The guide tells every key and every function there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.core import TyperGroup
from typer.main import get_command

from sf_lifecycle.cli.app import app
from sf_lifecycle.config import job, mapping
from sf_lifecycle.engine.functions import AGGREGATES, FUNCTIONS

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
LANGUAGE = (GUIDE / "mapping-language.md").read_text(encoding="utf-8")
JOBS = (GUIDE / "jobs.md").read_text(encoding="utf-8")
PARTS = (
    mapping.Source, mapping.FieldRef, mapping.Lookup, mapping.Feature, mapping.Rule, mapping.Label, mapping.Cluster,
    mapping.Voice, mapping.Capacity, mapping.Calendar, mapping.Withdraw, mapping.UserFields, mapping.Owners,
    mapping.Due, mapping.TaskPart, mapping.MemberPart, mapping.Members, mapping.CampaignPart, mapping.Play,
    mapping.Model,
)  # fmt: skip


def _keys(part: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in part.model_fields.items()]


def _told(key: str, text: str) -> bool:
    return re.search(rf"(`|\[|\.|^){key}(`|\]| *=)", text, re.MULTILINE) is not None


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_of_a_mapping_is_told(part: type[BaseModel]) -> None:
    assert [key for key in _keys(part) if not _told(key, LANGUAGE)] == []


@pytest.mark.parametrize("part", [job.Job, job.Guards, job.Ramp], ids=lambda part: part.__name__)
def test_every_key_of_a_job_is_told(part: type[BaseModel]) -> None:
    assert [key for key in _keys(part) if key != "name" and not _told(key, JOBS)] == []


@pytest.mark.parametrize("name", [name for name in job.Guards.model_fields if name != "api_calls"])
def test_a_guards_default_is_told_as_it_is(name: str) -> None:
    row = re.search(rf"^\| `{name}` \|[^|]*\| ([^|]*) \|", JOBS, re.MULTILINE)
    limit = getattr(job.Guards(), name)
    assert row is not None
    if isinstance(limit, job.AgeLimit):
        assert row[1] == f"{limit.most_hours:g}"
        return
    assert row[1] == (str(limit.most) if limit.most is not None else f"share {limit.most_share}")


def test_every_function_is_told() -> None:
    known = {*FUNCTIONS, *AGGREGATES}
    assert [name for name in sorted(known) if not re.search(rf"`{name}(\(|`)", LANGUAGE)] == []


def test_no_function_is_told_that_does_not_exist() -> None:
    table = LANGUAGE.partition("### Functions")[2].partition("###")[0]
    told = {name for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)", row)}
    assert told - {*FUNCTIONS, *AGGREGATES} == set()


def test_every_command_told_exists() -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    known = set(group.commands)
    for page in GUIDE.glob("*.md"):
        told = set(
            re.findall(r"^(?:`?)sf-lifecycle ([a-z]+)|`sf-lifecycle ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
        )
        assert {one or other for one, other in told} <= known, page.name


def test_links_between_pages_lead_somewhere() -> None:
    for page in GUIDE.glob("*.md"):
        for target in re.findall(r"\]\(([a-z-]+\.md)", page.read_text(encoding="utf-8")):
            assert (GUIDE / target).is_file(), f"{page.name} → {target}"

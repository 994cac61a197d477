"""The packaged descriptions of standard objects keep to their own README."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "sf_lifecycle" / "standard_objects"
FILES = sorted(FOLDER.glob("*.json"))
EXPLAINED = set(re.findall(r"`([A-Za-z]+)`", (FOLDER / "README.md").read_text(encoding="utf-8")))
NEEDED = {
    "Account", "Contact", "Lead", "Opportunity", "Case", "Contract", "Task", "Event", "Campaign", "CampaignMember",
    "CampaignMemberStatus", "User", "UserRole", "UserLogin", "Profile", "PermissionSet", "PermissionSetAssignment",
    "Organization", "TaskStatus", "ContractStatus", "CaseStatus", "LeadStatus", "OpportunityStage",
}  # fmt: skip


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_objects_that_are_used_are_there() -> None:
    assert {p.stem for p in FILES} >= NEEDED


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_description(path: Path) -> None:
    data = read(path)
    assert data["name"] == path.stem
    names = [f["name"] for f in data["fields"]]
    assert names[0] == "Id"
    assert len(names) == len(set(names))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith('{"name":') for line in lines) == len(names), "one field per line"
    assert set(data) <= EXPLAINED | {"unverified"}
    for field in data["fields"]:
        assert set(field) <= EXPLAINED, field["name"]
        assert bool(field.get("referenceTo")) == (field["type"] == "reference"), field["name"]
        assert set(field.get("unverified", ())) <= EXPLAINED, field["name"]


def test_key_prefixes_are_not_shared_but_by_picklist_entries() -> None:
    prefixes = [p for p in (read(f).get("keyPrefix") for f in FILES) if p and p != "01J"]
    assert len(prefixes) == len(set(prefixes))

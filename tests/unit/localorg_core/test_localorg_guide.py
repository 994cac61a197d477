"""docs/guide/local-org.md tells every fault, switch and deed there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from sf_lifecycle.localorg import Switches
from sf_lifecycle.localorg.fault import KINDS, Fault
from sf_lifecycle.localorg.people import People
from sf_lifecycle.localorg.server.switchboard import DEEDS

GUIDE = (Path(__file__).resolve().parents[3] / "docs/guide/local-org.md").read_text(encoding="utf-8")


def first_cells(title: str) -> set[str]:
    """The words in the first column of the table with this head."""
    table = GUIDE.partition(title)[2].partition("\n\n")[0]
    return {word for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)}


def test_faults() -> None:
    assert first_cells("| kind | strikes |") == KINDS


def test_keys_of_faults() -> None:
    assert [name for name in Fault.__dataclass_fields__ if name != "kind" and f"`{name}`" not in GUIDE] == []


def test_deeds() -> None:
    assert first_cells("| `do` | with |") == set(DEEDS)
    assert all(callable(getattr(People, deed)) for deed in DEEDS)


def test_switches() -> None:
    assert first_cells("| switch | from the start |") == set(Switches.__dataclass_fields__)

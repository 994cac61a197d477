"""Forgetting an account after a run: nothing that it held can be read from any file below `var`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from firms import Firm
from shell import Shell

from sf_lifecycle.mirror import open_mirror
from sf_lifecycle.state import open_state

_OF_ACCOUNT = """
SELECT c."AccountId" AS account, count(DISTINCT m."Id") AS members, count(DISTINCT t."Id") AS tasks
FROM "Contact" AS c
JOIN "CampaignMember" AS m ON m."ContactId" = c."Id"
JOIN "Task" AS t ON t."WhatId" = c."AccountId" AND t."Lifecycle_Key__c" IS NOT NULL
JOIN "Lifecycle_Provider_Contract__c" AS p ON p."Account__c" = c."AccountId"
GROUP BY 1 ORDER BY members DESC, 1
"""


@pytest.fixture
def planted(firm: Firm) -> Firm:
    """Every contact has a name and a phone, and every account providers, that nobody else has."""
    firm.change(
        """UPDATE "Contact" SET "LastName" = printf('Zonderling%06dx', rowid), "Phone" = printf('+3199%07d', rowid),
        "MobilePhone" = printf('+3198%07d', rowid), "Name" = printf('Wilhelmina Zonderling%06dx', rowid)"""
    )
    firm.change(
        """UPDATE "Lifecycle_Provider_Contract__c" SET "Provider__c" = printf('Provider%06dx',
        (SELECT a.rowid FROM "Account" AS a WHERE a."Id" = "Account__c"))"""
    )
    assert firm.run().exit_code == 0
    return firm


def files(firm: Firm) -> list[Path]:
    var = firm.workspace().settings.storage.data_dir
    return [path for path in var.rglob("*") if path.is_file()]


def holding(firm: Firm, words: list[str]) -> set[tuple[str, str]]:
    """(file, word) of what can be read below `var`."""
    found = {path.name: path.read_bytes() for path in files(firm)}
    return {(name, word) for name, text in found.items() for word in words if word.encode() in text}


def account_of(firm: Firm) -> str:
    return str(firm.rows(_OF_ACCOUNT)[0]["account"])


def words_of(firm: Firm, account: str) -> list[str]:
    """What was planted with an account."""
    people = firm.rows("""SELECT * FROM "Contact" WHERE "AccountId" = ?""", account)
    lines = firm.rows("""SELECT * FROM "Lifecycle_Provider_Contract__c" WHERE "Account__c" = ?""", account)
    names: list[Any] = [each[name] for each in people for name in ("LastName", "Phone", "MobilePhone")]
    return sorted({str(each) for each in [*names, *(each["Provider__c"] for each in lines)]})


def test_what_a_run_leaves_is_nobody_elses(planted: Firm) -> None:
    var = planted.workspace().settings.storage.data_dir
    with open_state(planted.workspace().settings.storage.state_url) as state:
        assert state.runs(limit=1)  # open: the files beside it are there as well
        modes = {path.name: oct(path.stat().st_mode & 0o077) for path in [var, *var.rglob("*")]}
    assert {"state.db", "state.db-wal", "state.db-shm", "mirror.duckdb"} <= set(modes)
    del modes["schema.json"]  # what the org is made of, no record of it
    assert {name: mode for name, mode in modes.items() if mode != oct(0)} == {}


def test_nothing_of_an_account_can_be_read_afterwards(planted: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    account = account_of(planted)
    others = [each["account"] for each in planted.rows(_OF_ACCOUNT) if each["account"] != account]
    words = words_of(planted, account)
    assert {name for name, _ in holding(planted, words)} >= {"state.db", "mirror.duckdb"}
    said = Shell(capsys, planted.config).wants(0, "forget", account, "--yes", "--json").json
    assert holding(planted, words) == set()
    contacts = {each["Id"] for each in planted.rows("""SELECT "Id" FROM "Contact" WHERE "AccountId" = ?""", account)}
    assert contacts <= set(said["theirs"])
    assert said["gone"]["ledger"] > 0
    assert holding(planted, words_of(planted, others[0])), "nobody else is forgotten"


def test_a_mirror_in_use_is_told_before_anything_is_forgotten(
    planted: Firm, capsys: pytest.CaptureFixture[str]
) -> None:
    account = account_of(planted)
    words = words_of(planted, account)
    before = holding(planted, words)
    storage = planted.workspace().settings.storage
    mirror = open_mirror(storage.data_dir, org_id=planted.org.org_id, kind="local")
    with mirror.connect():
        ended = Shell(capsys, planted.config).wants(2, "forget", account, "--yes")
    assert "in use" in ended.said
    assert holding(planted, words) == before


def test_what_ends_half_way_says_so(planted: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    account = account_of(planted)
    stuck = planted.workspace().settings.storage.data_dir / "mirror.unusable"
    stuck.mkdir()  # cannot be deleted as a file
    shell = Shell(capsys, planted.config)
    ended = shell.wants(2, "forget", account, "--yes")
    assert "state has forgotten them, the mirror and saved plans have not" in ended.said
    assert f"sf-lifecycle forget {account}" in ended.said.replace("` ", "")
    stuck.rmdir()
    shell.wants(0, "forget", account, "--yes")
    assert holding(planted, words_of(planted, account)) == set()

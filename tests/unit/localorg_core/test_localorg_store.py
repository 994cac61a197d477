from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sf_lifecycle.localorg.standard import load_standard
from sf_lifecycle.localorg.store import Store

NOW = datetime(2026, 5, 1, 10, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store(":memory:", load_standard(), now=lambda: NOW)
    made.set_setting("admin_id", "005Lo0000000001IAA")
    yield made
    made.close()


def test_seeded_rows_are_filled(store: Store) -> None:
    (first, second) = store.insert_many(
        "Contact",
        [
            {"FirstName": "Jo", "LastName": "Bos", "Birthdate": date(1990, 1, 2), "CreatedDate": NOW},
            {"LastName": "Vos", "Id": "003Lo0zzzzzzzzzIAP"},
        ],
    )
    assert second == "003Lo0zzzzzzzzzIAP"
    row = store.get("contact", first)
    assert row is not None
    assert (row["Name"], row["Birthdate"], row["CreatedDate"]) == ("Jo Bos", "1990-01-02", "2026-05-01T10:00:00.000Z")
    assert (row["IsDeleted"], row["OwnerId"], row["SystemModstamp"]) == (0, "005Lo0000000001IAA", row["CreatedDate"])
    other = store.get("Contact", second)
    assert other is not None
    assert (other["Name"], other["CreatedDate"]) == ("Vos", "2026-05-01T10:00:00.000Z")


def test_defaults_and_numbers(store: Store) -> None:
    ids = store.insert_many("Case", [{"Subject": "a"}, {"Subject": "b", "Status": "Closed"}])
    rows = [store.get("Case", i) or {} for i in ids]
    assert [r["CaseNumber"] for r in rows] == ["00000001", "00000002"]
    assert [r["Status"] for r in rows] == ["New", "Closed"]
    (campaign,) = store.insert_many("Campaign", [{"Name": "C"}])
    assert (store.get("Campaign", campaign) or {})["NumberOfLeads"] == 0


def test_unknown_fields_are_refused(store: Store) -> None:
    with pytest.raises(KeyError, match="Account has no field Nope"):
        store.insert_many("Account", [{"Name": "x", "Nope": 1}])


def test_users_get_a_login_row(store: Store) -> None:
    (user,) = store.insert_many("User", [{"LastName": "U", "IsActive": True}])
    with store.read() as con:
        assert con.execute("SELECT IsFrozen FROM UserLogin WHERE UserId = ?", (user,)).fetchone()[0] == 0


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.write():
            store.insert_many("Account", [{"Name": "x"}])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read() as con:
        assert con.execute("SELECT count(*) FROM Account").fetchone()[0] == 0


def test_a_transaction_sees_itself_and_others_do_not(store: Store) -> None:
    seen: list[int] = []

    def count() -> None:
        with store.read() as con:
            seen.append(con.execute("SELECT count(*) FROM Account").fetchone()[0])

    with store.write():
        store.insert_many("Account", [{"Name": "x"}])
        count()
        other = threading.Thread(target=count)
        other.start()
        other.join()
    count()
    assert seen == [1, 0, 1]


def test_writers_take_turns(store: Store) -> None:
    def work() -> None:
        for _ in range(20):
            store.insert_many("Account", [{"Name": "x"}] * 5)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as con:
        assert con.execute("SELECT count(*), count(DISTINCT Id) FROM Account").fetchone()[:] == (400, 400)


def test_merge(store: Store) -> None:
    master, loser = store.insert_many("Account", [{"Name": "M"}, {"Name": "L"}])
    (contact,) = store.insert_many("Contact", [{"LastName": "x", "AccountId": loser}])
    (task,) = store.insert_many("Task", [{"WhatId": loser, "AccountId": loser}])
    store.merge("Account", master, [loser])
    gone = store.get("Account", loser) or {}
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == (1, master)
    assert (store.get("Contact", contact) or {})["AccountId"] == master
    moved = store.get("Task", task) or {}
    assert (moved["WhatId"], moved["AccountId"]) == (master, master)


def test_a_store_in_memory_leaves_no_file() -> None:
    made = Store(":memory:", load_standard())
    folder = made.path.parent
    assert folder.exists()
    made.close()
    assert not folder.exists()


def test_a_store_in_a_file_is_read_again(tmp_path: Path) -> None:
    first = Store(tmp_path / "deep" / "org.db", load_standard())
    (account,) = first.insert_many("Account", [{"Name": "Lasting", "OwnerId": "x", "CreatedById": "x"}])
    first.close()
    second = Store(tmp_path / "deep" / "org.db", load_standard())
    assert (second.get("Account", account) or {})["Name"] == "Lasting"
    assert second.allot("Account") != [account]
    second.close()


def test_seeding_is_fast(store: Store) -> None:
    rows = [{"Name": f"Firm {i}", "Phone": "1", "Industry": "x", "BillingCity": "Gent"} for i in range(20_000)]
    begun = time.perf_counter()
    store.insert_many("Account", rows)
    assert time.perf_counter() - begun < 2  # 0.15 s on an idle machine


def test_unique_values_are_found_by_index(store: Store) -> None:
    with store.read() as con:
        plan = con.execute(
            'EXPLAIN QUERY PLAN SELECT "Id" FROM "Contact" WHERE "Email" = \'x\' COLLATE NOCASE'
        ).fetchall()
    assert "USING INDEX" in plan[0][3]

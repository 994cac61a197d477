"""The org's door against a local org: logins, writes and what faults make of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sf_lifecycle.config.settings import SalesforceSettings
from sf_lifecycle.errors import OrgUnavailable
from sf_lifecycle.localorg import Fault, LocalOrg, serve_in_thread
from sf_lifecycle.salesforce import UNKNOWN, Org, Patience, check_identity, connect, row_is_transient, soql

AS_OF = dt.date(2026, 11, 22)
METADATA = Path(__file__).parents[2] / "salesforce"
QUICK = Patience(attempts=3, first_wait=0.01, longest_wait=0.02, jitter=0.01)


def settings(server: LocalOrg, **changes: Any) -> SalesforceSettings:
    values = {
        "instance_url": server.url,
        "kind": "local",
        "login": "client_credentials",
        "client_id": server.client_id,
        "client_secret": server.client_secret,
    }
    return SalesforceSettings.model_validate(values | changes)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalOrg]:
    with serve_in_thread(metadata=METADATA, sample=20, as_of=AS_OF) as found:
        yield found


@pytest.fixture
def org(server: LocalOrg) -> Iterator[Org]:
    with connect(settings(server), patience=QUICK) as found:
        yield found
    server.org.faults.clear()


def by_key(org: Org, key: str, fields: list[str]) -> list[dict[str, Any]]:
    where = soql.compare("Lifecycle_Key__c", "=", key)
    return org.query(soql.select("Task", ["Id", *fields], where=where), all_rows=True)


def test_a_jwt_logs_in(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path / "key.pem"
    plain, pem = serialization.NoEncryption(), serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    with serve_in_thread(metadata=METADATA, as_of=AS_OF, public_key=public) as server:
        with connect(settings(server), patience=QUICK) as org:
            name = org.identity.username
        chosen = settings(server, login="jwt", username=name, private_key_file=path)
        with connect(chosen, patience=QUICK) as org:
            assert org.identity.username == name


def test_the_org_is_known_by_its_id_and_kind(server: LocalOrg, org: Org) -> None:
    assert (org.identity.org_id, org.identity.kind) == (server.org_id, "local")
    check_identity(settings(server, org_id=server.org_id), org.identity)
    assert org.calls.used is not None
    assert org.limits()["DailyApiRequests"][0] == org.calls.limit
    assert org.record_counts(["Account"]) == {"Account": 20}


def test_values_are_set_cleared_and_left_alone(org: Org) -> None:
    text = 'it\'s "quoted" 😀\nsecond line \\'
    values = {"Subject": "Call", "Description": text, "ActivityDate": dt.date(4000, 12, 31), "Lifecycle_Key__c": "set"}
    (made,) = org.create("Task", [values])
    assert made.ok
    (changed,) = org.update("Task", [{"Id": made.id, "ActivityDate": None}])
    assert changed.ok
    (row,) = by_key(org, "set", ["Subject", "Description", "ActivityDate"])
    assert (row["Subject"], row["Description"], row["ActivityDate"]) == ("Call", text, None)
    (gone,) = org.delete([str(made.id)])
    assert gone.ok
    assert by_key(org, "set", ["IsDeleted"])[0]["IsDeleted"] is True


def test_numbers_come_back_exact(server: LocalOrg, org: Org) -> None:
    (account,) = org.query("SELECT Id FROM Account LIMIT 1")
    admin = connect(settings(server, login="access_token", access_token=server.admin_token), patience=QUICK)
    with admin:
        row = {
            "Account__c": account["Id"],
            "Provider__c": "X",
            "Product_Line__c": "Mobile",
            "Monthly_Value__c": Decimal("0.1"),
        }
        (made,) = admin.create("Lifecycle_Provider_Contract__c", [row])
    where = soql.compare("Id", "=", made.id)
    (found,) = org.query(soql.select("Lifecycle_Provider_Contract__c", ["Monthly_Value__c"], where=where))
    assert found["Monthly_Value__c"] == Decimal("0.1")


def test_a_key_used_twice_is_refused_and_the_other_row_stands(org: Org) -> None:
    rows = [{"Subject": "a", "Lifecycle_Key__c": "twice"}, {"Subject": "b", "Lifecycle_Key__c": "twice"}]
    first, second = org.create("Task", rows)
    assert first.ok
    assert (second.ok, second.code) == (False, "DUPLICATE_VALUE")


def test_two_hundred_rows_are_one_call(org: Org) -> None:
    before = org.calls.spent
    outcomes = org.create("Task", [{"Subject": str(n), "Lifecycle_Key__c": f"many{n}"} for n in range(200)])
    assert all(each.ok for each in outcomes)
    assert org.calls.spent == before + 1


def test_a_lost_reply_is_unknown_though_it_was_done(server: LocalOrg, org: Org) -> None:
    server.org.faults.add(Fault(kind="lost_reply", path="composite/sobjects"))
    (outcome,) = org.create("Task", [{"Subject": "x", "Lifecycle_Key__c": "lost"}])
    assert (outcome.ok, outcome.code) == (False, UNKNOWN)
    assert len(by_key(org, "lost", [])) == 1


def test_a_lost_request_is_unknown_too_and_was_not_done(server: LocalOrg, org: Org) -> None:
    server.org.faults.add(Fault(kind="lost_request", path="composite/sobjects"))
    (outcome,) = org.create("Task", [{"Subject": "x", "Lifecycle_Key__c": "never"}])
    assert outcome.code == UNKNOWN
    assert by_key(org, "never", []) == []


def test_an_expired_session_is_renewed_within_a_write(server: LocalOrg, org: Org) -> None:
    server.org.faults.add(Fault(kind="expired_session", path="composite/sobjects"))
    (outcome,) = org.create("Task", [{"Subject": "x", "Lifecycle_Key__c": "renewed"}])
    assert outcome.ok
    assert len(by_key(org, "renewed", [])) == 1


def test_a_locked_row_is_left_to_the_caller(server: LocalOrg, org: Org) -> None:
    server.org.faults.add(Fault(kind="row_error", object="Task"))
    (outcome,) = org.create("Task", [{"Subject": "x", "Lifecycle_Key__c": "locked"}])
    assert row_is_transient(outcome.code, outcome.message)


@pytest.mark.parametrize("kind", ["limit_exceeded", "maintenance"])
def test_an_org_that_refuses_everything_stops_us(server: LocalOrg, org: Org, kind: str) -> None:
    server.org.faults.add(Fault(kind=kind, times=None, path="composite/sobjects"))
    with pytest.raises(OrgUnavailable) as caught:
        org.create("Task", [{"Subject": "x"}])
    assert caught.value.way_out

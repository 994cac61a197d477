"""Amounts of an org with several currencies, pulled over HTTP as the worker and worked out in the corporate one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from test_mirror_pull import BULK, METADATA, NOW, REST, administrator, login, mapping_of

from sf_lifecycle.config.mapping import Model
from sf_lifecycle.engine import Query, build, corporate_currency
from sf_lifecycle.localorg import serve_in_thread
from sf_lifecycle.mirror import MirrorReader, money_without_rate, open_mirror, pull_all, schema_for

FEATURES = {"account": {"worth": {"from": "other_contract", "value": "sum(monthly)"}}}


@pytest.mark.parametrize("bulk_from_rows", [BULK, REST])
def test_amounts_in_the_corporate_currency(tmp_path: Path, bulk_from_rows: int) -> None:
    with serve_in_thread(metadata=METADATA, currencies={"EUR": "1", "PLN": "4.30", "JPY": "162.5"}) as server:
        admin = administrator(server)
        (firm,) = admin.create("Account", [{"Name": "Firm", "CurrencyIsoCode": "PLN"}])
        amounts = [("10.75", "PLN"), ("325", "JPY"), ("4", "EUR")]
        made = admin.create(
            "Lifecycle_Provider_Contract__c",
            [{"Account__c": firm.id, "Monthly_Value__c": float(a), "CurrencyIsoCode": code} for a, code in amounts],
        )
        assert all(each.ok for each in [firm, *made]), made
        org, mapping = login(server), mapping_of(features=FEATURES)
        mirror = open_mirror(tmp_path, org_id=org.identity.org_id, kind=org.identity.kind)
        schema = schema_for(org, mapping)
        report = pull_all(org, mirror, mapping, schema, now=NOW, bulk_from_rows=bulk_from_rows)
        assert report.rows
        admin.close()
        org.close()
    model = Model.model_validate(
        {"title": "T", "labels": {"account": {"stage": {"rules": [{"label": "a"}]}}}, "stages": {}}
    )
    query = Query(name="q", set="account", select={"worth": "worth"}, where="object = 'Account'")
    with mirror.connect() as con:
        with build(mapping, model, schema, [query]).run(con, as_of=dt.date(2026, 11, 22)) as run:
            (row,) = run.fetch("q").to_pylist()
        assert row["worth"] == Decimal("8.50")  # 2.50 + 2.00 + 4.00
        assert corporate_currency(con) == "EUR"
        assert money_without_rate(con, mapping) == {}


def test_a_lead_that_is_converted_lives_on_as_its_account(tmp_path: Path) -> None:
    with serve_in_thread(metadata=METADATA) as server:
        admin, org, mapping = administrator(server), login(server), mapping_of()
        (lead,) = admin.create("Lead", [{"LastName": "Bakker", "Company": "Bakkerij BV"}])
        mirror = open_mirror(tmp_path, org_id=org.identity.org_id, kind=org.identity.kind)
        schema = schema_for(org, mapping)
        found = []
        for _ in range(2):
            pull_all(org, mirror, mapping, schema, now=NOW, bulk_from_rows=REST)
            with mirror.connect() as con:
                found.append(MirrorReader(con).merged())
            if len(found) == 1:
                account = server.org.people.convert_lead(str(lead.id), opportunity=False)["account"]
        admin.close()
        org.close()
    assert found == [{}, {lead.id: account}]

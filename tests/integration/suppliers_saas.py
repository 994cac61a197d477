"""A software vendor of sixteen firms, one for each thing that can be the case; filled over the API."""

from __future__ import annotations

from typing import Any

from suppliers import Supplier, add_firms

# Account → its stage in tele2, efficy, servicenow, profit4sf, flywheel.
STAGES = {
    "Acorn Analytics": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Birch Books": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Cedar Care": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Dune Design": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Elm Energy": ("renewal due", "Retentie", "Retentie", "Loyalty", "Utrzymanie"),
    "Fern Foods": ("renewal due", "Retentie", "Retentie", "Retentie", "Utrzymanie"),
    "Grove Group": ("onboarding", "Groei", "Retentie", "Loyalty", "Konwersja"),
    "Heath Hotels": ("onboarding", "Groei", "Retentie", "Retentie", "Konwersja"),
    "Iris Insurance": ("customer", "Retentie", "Retentie", "Retentie", "Utrzymanie"),
    "Jade Jewels": ("lost (win-back)", "Herovering", "Bewustwording", "Bereik", "Dotarcie"),
    "Kelp Kitchens": ("customer", "Retentie", "Retentie", "Loyalty", "Utrzymanie"),
    "Lark Labs": ("in contract talks", "Conversie", "Conversie", "Conversie", "Pozyskanie"),
    "Moss Media": ("suspect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Nest News": ("promoter", "Retentie", "Aanbeveling", "Retentie", "Utrzymanie"),
    "Oak Office": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Pine Press": ("suspect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
}
# Play, subject and day of the Tasks of the first night.
TASKS = (
    ("champion", "Nest News: gives us 10 of 10, ask for a reference", "2026-11-30"),
    ("competitor-window", "Acorn Analytics: Nimbus is up around January 2027", "2026-11-23"),
    ("competitor-window", "Birch Books: Cloudy is up on 10 February 2027", "2026-11-27"),
    ("first-months", "Grove Group: customer since 2 November 2026, write and offer a session", "2026-11-23"),
    ("late-booking", "Iris Insurance: Ledger ended 10 November 2026, book the renewal or close it", "2026-11-23"),
    ("quiet-customer", "Iris Insurance: no contact on record, write", "2026-11-30"),
    ("quiet-customer", "Kelp Kitchens: no contact on record, write", "2026-11-30"),
    ("rough-start", "Heath Hotels: new customer with an open ticket since 23 November 2026", "2026-11-24"),
    ("said-later", "Moss Media: asked to be called again on 3 December 2026", "2026-12-03"),
    ("small-renewal", "Fern Foods: write about the renewal on 10 February 2027", "2026-11-27"),
    ("software-unknown", "Dune Design: find out what they use, and until when", "2026-11-30"),
    ("software-unknown", "Jade Jewels: find out what they use, and until when", "2026-11-30"),
    ("software-unknown", "Moss Media: find out what they use, and until when", "2026-11-27"),
    ("software-unknown", "Pine Press: find out what they use, and until when", "2026-11-27"),
    ("subscription-renewal", "Elm Energy: Planner can be ended until 17 December 2026", "2026-11-23"),
    ("win-again", "Jade Jewels: left us on 30 September 2026, ask why", "2026-11-25"),
)


def fill(supplier: Supplier) -> dict[str, str]:
    """Name → account Id."""
    supplier.staff(inside="en_GB", mktg="en_GB", ruby="en_GB")
    ruby = supplier.users["ruby"]
    made = add_firms(supplier, "ruby", tuple(STAGES), BillingCountry="United Kingdom", Lifecycle_Legal_Form__c="BV")
    supplier.add(
        "Opportunity",
        _lost(made["Acorn Analytics"], ruby, "Nimbus", "2024-01-10", worth=24_000),
        _lost(made["Birch Books"], ruby, "Cloudy", "2025-03-01", worth=9_000, told="2027-02-10"),
        _lost(made["Cedar Care"], ruby, "Nimbus", "2026-05-01", worth=12_000),
        _lost(made["Dune Design"], ruby, "Cloudy", "2015-01-01", worth=12_000),
        _lost(made["Oak Office"], ruby, "Nimbus", "2024-01-20", worth=12_000),
        _lost(made["Oak Office"], ruby, "Cloudy", "2026-02-01", worth=14_000),
        _won(made["Fern Foods"], ruby, "Planner", "2026-02-11", "2027-02-10", annual=3_000, seats=5),
        _won(made["Grove Group"], ruby, "Planner", "2026-11-02", "2027-11-01", annual=9_000, seats=30),
        {"AccountId": made["Lark Labs"], "Name": "Planner", "StageName": "Qualification", "CloseDate": "2027-01-31",
         "OwnerId": ruby},
    )  # fmt: skip
    supplier.add(
        "Asset",
        _asset(made["Elm Energy"], "Planner", "2025-02-16", "2027-02-15", annual=40_000, seats=80),
        _asset(made["Elm Energy"], "Ledger", "2025-02-16", "2027-02-28", annual=20_000, seats=40),
        _asset(made["Heath Hotels"], "Ledger", "2026-11-09", "2027-11-08", annual=8_000, seats=10),
        _asset(made["Iris Insurance"], "Ledger", "2025-11-11", "2026-11-10", annual=8_000, seats=10),
        _asset(made["Jade Jewels"], "Ledger", "2024-10-01", "2026-09-30", annual=8_000, seats=10),
        _asset(made["Kelp Kitchens"], "Ledger", "2025-02-01", "2029-01-31", annual=15_000, seats=20),
        _asset(made["Nest News"], "Planner", "2025-06-01", "2029-05-31", annual=6_000, seats=8),
        _asset(made["Pine Press"], "Old", "2019-01-01", "2020-01-01", annual=1, seats=1) | {"Status": "Obsolete"},
    )
    supplier.ticket(made["Heath Hotels"], "Import fails")
    supplier.update("Account", {"Id": made["Nest News"], "Lifecycle_Satisfaction__c": 10})
    done = {"Status": "Completed", "OwnerId": ruby, "ActivityDate": "2026-11-20"}
    supplier.add(
        "Task",
        {**done, "WhatId": made["Nest News"], "Subject": "Coffee"},
        {
            **done,
            "WhatId": made["Moss Media"],
            "Subject": "Moss Media: first talk",
            "Lifecycle_Play__c": "competitor-window",
            "Lifecycle_Outcome__c": "Later",
            "Lifecycle_Next_Date__c": "2026-12-03",
        },
    )
    return made


def _lost(account: str, owner: str, competitor: str, on: str, *, worth: int, told: str | None = None) -> dict[str, Any]:
    return {
        "AccountId": account,
        "OwnerId": owner,
        "Name": "First seats",
        "StageName": "Closed Lost",
        "CloseDate": on,
        "Amount": worth,
        "MainCompetitors__c": competitor,
        "Competitor_End__c": told,
    }


def _won(account: str, owner: str, product: str, start: str, end: str, *, annual: int, seats: int) -> dict[str, Any]:
    return {
        "AccountId": account,
        "OwnerId": owner,
        "Name": product,
        "StageName": "Closed Won",
        "CloseDate": start,
        "Amount": annual,
        "Product__c": product,
        "Subscription_Start__c": start,
        "Subscription_End__c": end,
        "Seats__c": seats,
    }


def _asset(account: str, product: str, start: str, end: str, *, annual: int, seats: int) -> dict[str, Any]:
    return {
        "AccountId": account,
        "Name": product,
        "Status": "Installed",
        "InstallDate": start,
        "UsageEndDate": end,
        "Price": annual,
        "Quantity": seats,
    }

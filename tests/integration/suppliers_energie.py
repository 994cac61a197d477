"""An energy supplier of sixteen firms, one for each thing that can be the case; filled over the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

from suppliers import Supplier, add_firms

# Account → its stage in tele2, efficy, servicenow, profit4sf, flywheel.
STAGES = {
    "Bakkerij Vonk": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Cartonnage Dijk": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Drukkerij Eems": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Etiket Fabriek": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Garage Heide": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Hotel IJzer": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Installatie Jans": ("renewal due", "Retentie", "Retentie", "Loyalty", "Utrzymanie"),
    "Kaas Lek": ("customer", "Retentie", "Retentie", "Loyalty", "Utrzymanie"),
    "Linnen Maas": ("onboarding", "Groei", "Retentie", "Retentie", "Konwersja"),
    "Molen Noord": ("onboarding", "Groei", "Retentie", "Retentie", "Konwersja"),
    "Notaris Oost": ("customer", "Retentie", "Retentie", "Loyalty", "Utrzymanie"),
    "Pension Quist": ("lost (win-back)", "Herovering", "Bewustwording", "Bereik", "Dotarcie"),
    "Rijwiel Schans": ("promoter", "Retentie", "Aanbeveling", "Loyalty", "Lojalność"),
    "Slager Twente": ("suspect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
    "Timmer Utrecht": ("in contract talks", "Conversie", "Conversie", "Conversie", "Pozyskanie"),
    "Verf Waal": ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie"),
}
# Play, subject and day of the Tasks of the first night.
TASKS = (
    ("aanbeveling", "Rijwiel Schans: geeft ons een 9, vraag om een aanbeveling", "2026-11-30"),
    ("datum-klopt-niet", "Verf Waal: de einddatum bij Noordstroom klopt niet, vul 30 september 2027 in", "2026-11-27"),
    ("einddatum-onbekend", "Etiket Fabriek: zoek uit wanneer Gas bij Zuidgas eindigt", "2026-11-27"),
    ("einddatum-onbekend", "Hotel IJzer: zoek uit wanneer Elektriciteit bij Zuidgas eindigt", "2026-11-26"),
    ("leverancier-onbekend", "Pension Quist: zoek uit van wie ze stroom en gas hebben", "2026-11-26"),
    ("leverancier-onbekend", "Slager Twente: zoek uit van wie ze stroom en gas hebben", "2026-11-25"),
    (
        "nieuw-vast-contract",
        "Kaas Lek: Elektriciteit bij ons is variabel sinds 30 april 2026, bied een vast contract",
        "2026-11-30",
    ),
    ("opvolgen", "Slager Twente: vroeg om op 3 december 2026 weer gebeld te worden", "2026-12-03"),
    ("overstap-venster", "Bakkerij Vonk: Elektriciteit bij Noordstroom opzegbaar tot 15 december 2026", "2026-12-01"),
    ("overstap-vrij", "Drukkerij Eems: Elektriciteit bij Waterkracht is variabel sinds 31 mei 2026", "2026-11-30"),
    ("stille-klant", "Notaris Oost: geen contact bekend, bel ze", "2026-11-30"),
    ("storing-vroeg", "Molen Noord: nieuwe klant met een open melding sinds 23 november 2026", "2026-11-24"),
    ("terugwinnen", "Pension Quist: ging op 31 oktober 2026 bij ons weg, vraag waarom", "2026-11-23"),
    ("verlenging", "Installatie Jans: ons contract Elektriciteit is opzegbaar tot 15 december 2026", "2026-11-23"),
    ("welkom", "Linnen Maas: klant sinds 26 oktober 2026, bedank ze en vraag hoe het gaat", "2026-11-23"),
)


def fill(supplier: Supplier) -> dict[str, str]:
    """Name → account Id."""
    supplier.staff(verkoop="nl_NL", comm="nl_NL", jansen="nl_NL")
    made = add_firms(supplier, "jansen", tuple(STAGES), BillingCountry="Nederland", Lifecycle_Legal_Form__c="BV")
    elsewhere = [
        # opzegbaar tot 15 december: begin en looptijd bekend; het gas een maand later
        _there(made["Bakkerij Vonk"], "Noordstroom", "Elektriciteit", start="2024-01-15", months=36, value=450),
        _there(made["Bakkerij Vonk"], "Noordstroom", "Gas", start="2024-02-15", months=36, value=300),
        # alleen gehoord: rond 1 maart 2027
        _there(made["Cartonnage Dijk"], "Waterkracht", "Gas", heard="2027-03-01", value=900),
        # afgelopen: variabel
        _there(made["Drukkerij Eems"], "Waterkracht", "Elektriciteit", heard="2026-05-31", value=700),
        # grootverbruik: afgelopen en stilzwijgend verlengd, nieuw einde onbekend
        _there(made["Etiket Fabriek"], "Zuidgas", "Gas", heard="2026-06-30", large=True),
        # ligt vast
        _there(made["Garage Heide"], "Zuidgas", "Elektriciteit", start="2026-02-01", months=60),
        # geen einddatum
        _there(made["Hotel IJzer"], "Zuidgas", "Elektriciteit"),
        # een vertegenwoordiger zei dat de datum niet klopt
        _there(made["Verf Waal"], "Noordstroom", "Gas", heard="2027-02-15", looked=None),
    ]
    supplier.add("Contract", *elsewhere)
    ours = [
        _ours(made["Installatie Jans"], "Elektriciteit", "2024-01-15", 36, value=800),  # opzegbaar
        _ours(made["Kaas Lek"], "Elektriciteit", "2023-05-01", 36, value=500),  # variabel geworden
        _ours(made["Kaas Lek"], "Gas", "2023-05-01", 60, value=200),
        _ours(made["Linnen Maas"], "Elektriciteit", "2026-10-26", 36, value=350),  # nieuw, alles rustig
        _ours(made["Molen Noord"], "Gas", "2026-11-02", 36, value=350),  # nieuw, met een melding
        _ours(made["Notaris Oost"], "Elektriciteit", "2025-06-01", 60, value=150),  # stil
        _ours(made["Pension Quist"], "Gas", "2023-01-01", 36, ended="2026-10-31"),  # net weg
        _ours(made["Rijwiel Schans"], "Gas", "2022-06-01", 120, value=90),
        _ours(made["Rijwiel Schans"], "Elektriciteit", "2022-06-01", 120, value=90),
    ]
    ids = supplier.add("Contract", *ours)
    supplier.update("Contract", *({"Id": each, "Status": "Activated"} for each in ids))
    supplier.ticket(made["Molen Noord"], "Meterstand klopt niet")
    supplier.add(
        "Opportunity",
        {
            "AccountId": made["Timmer Utrecht"],
            "Name": "Stroom voor drie panden",
            "StageName": "Qualification",
            "CloseDate": "2027-01-31",
            "OwnerId": supplier.users["jansen"],
        },
    )
    people = {row["AccountId"]: row["Id"] for row in supplier.rows("SELECT Id, AccountId FROM Contact")}
    supplier.update("Contact", {"Id": people[made["Garage Heide"]], "DoNotCall": True})
    supplier.update("Account", {"Id": made["Rijwiel Schans"], "Lifecycle_Satisfaction__c": 9})
    jansen = supplier.users["jansen"]
    done = {"Status": "Completed", "OwnerId": jansen, "ActivityDate": "2026-11-20"}
    supplier.add(
        "Task",
        {**done, "WhatId": made["Rijwiel Schans"], "Subject": "Koffie"},
        {**done, "WhatId": made["Kaas Lek"], "Subject": "Nota besproken"},
        _answer(made["Slager Twente"], jansen, "Later", "2026-12-03"),
        _answer(made["Verf Waal"], jansen, "Wrong date", "2027-09-30"),
    )
    return made


def _there(
    account: str,
    supplier: str,
    energy: str,
    *,
    start: str | None = None,
    months: int | None = None,
    heard: str | None = None,
    value: int | None = None,
    large: bool = False,
    looked: str | None = "2026-09-01",
) -> dict[str, Any]:
    return {
        "AccountId": account,
        "Soort__c": "Elders",
        "Status": "Draft",
        "Leverancier__c": supplier,
        "Energie__c": energy,
        "StartDate": start,
        "ContractTerm": months,
        "Einddatum__c": heard,
        "Lifecycle_Monthly_Value__c": value,
        "Aansluiting__c": "Grootverbruik" if large else "Kleinverbruik",
        "Uitgezocht_op__c": looked,
    }


def _ours(
    account: str, energy: str, start: str, months: int, *, value: int | None = None, ended: str | None = None
) -> dict[str, Any]:
    return {
        "AccountId": account,
        "Soort__c": "Eigen",
        "Status": "Draft",
        "Energie__c": energy,
        "StartDate": start,
        "ContractTerm": months,
        "Lifecycle_Monthly_Value__c": value,
        "Opgezegd_per__c": ended,
    }


def _answer(account: str, owner: str, outcome: str, day: str | None) -> dict[str, Any]:
    return {
        "WhatId": account,
        "OwnerId": owner,
        "Subject": "Eerder gesprek",
        "Status": "Completed",
        "ActivityDate": dt.date(2026, 11, 20).isoformat(),
        "Lifecycle_Play__c": "overstap-venster",
        "Lifecycle_Outcome__c": outcome,
        "Lifecycle_Next_Date__c": day,
    }

"""Five stage models on one business: which firm stands where, and how it comes back to an earlier stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pytest
from telecom_mirror import MODELS, TODAY, Org, shipped

DAY = dt.date
LONG_AGO = DAY(2022, 3, 1)
HISTORY = pa.schema(
    {"set": pa.string(), "label": pa.string(), "id": pa.string(), "word": pa.string(), "since": pa.date32(),
     "highest": pa.string(), "previous": pa.string()}
)  # fmt: skip


@pytest.fixture
def org() -> Org:
    return Org()


def unknown(org: Org) -> str:
    return org.account()


def known(org: Org) -> str:
    account = org.account()
    org.person(account)
    org.there(account, DAY(2028, 6, 30))
    return account


def asked(org: Org) -> str:
    account = known(org)
    org.asked(account, DAY(2026, 9, 1))
    return account


def asked_long_ago(org: Org) -> str:
    account = known(org)
    org.asked(account, DAY(2024, 9, 1))
    return account


def in_talks(org: Org) -> str:
    account = asked(org)
    org.deal(account, DAY(2026, 11, 2))
    return account


def just_bought(org: Org) -> str:
    account = org.account()
    org.ours(account, DAY(2026, 10, 15), DAY(2028, 10, 14))
    return account


def settled(org: Org) -> str:
    account = org.account()
    org.ours(account, DAY(2026, 6, 1), DAY(2029, 5, 31))
    return account


def old_customer(org: Org) -> str:
    account = org.account()
    org.ours(account, LONG_AGO, None)
    return account


def near_the_end(org: Org) -> str:
    account = org.account()
    org.ours(account, DAY(2026, 3, 1), DAY(2027, 2, 28))
    return account


def content(org: Org) -> str:
    account = org.account(Lifecycle_Satisfaction__c=Decimal(9))
    org.ours(account, LONG_AGO, None)
    return account


def refers(org: Org) -> str:
    account = settled(org)
    org.account("Sent", Lifecycle_Referred_By__c=account)
    return account


def loyal(org: Org) -> str:
    account = old_customer(org)
    org.ours(account, LONG_AGO, None, Lifecycle_Product_Line__c="Mobile")
    return account


def customer_in_talks(org: Org) -> str:
    account = settled(org)
    org.deal(account, DAY(2026, 11, 2))
    return account


def lost_lately(org: Org) -> str:
    account = org.account()
    org.ours(account, DAY(2025, 10, 1), DAY(2026, 9, 30), Status="Terminated")
    return account


def lost_long_ago(org: Org) -> str:
    account = org.account()
    org.ours(account, DAY(2019, 1, 1), DAY(2022, 12, 31), Status="Terminated")
    return account


def lost_and_asked(org: Org) -> str:
    account = lost_lately(org)
    org.asked(account, DAY(2026, 11, 2))
    return account


Firm = Callable[[Org], str]
# firm → its stage in tele2, efficy, servicenow, profit4sf, flywheel
STAGES: list[tuple[Firm, tuple[str, str, str, str, str]]] = [
    (unknown, ("suspect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie")),
    (known, ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Dotarcie")),
    (asked, ("prospect", "Acquisitie", "Acquisitie", "Acquisitie", "Pozyskanie")),
    (asked_long_ago, ("prospect", "Acquisitie", "Bewustwording", "Bereik", "Pozyskanie")),
    (in_talks, ("in contract talks", "Conversie", "Conversie", "Conversie", "Pozyskanie")),
    (just_bought, ("onboarding", "Groei", "Retentie", "Retentie", "Konwersja")),
    (settled, ("customer", "Groei", "Retentie", "Retentie", "Utrzymanie")),
    (old_customer, ("customer", "Retentie", "Retentie", "Retentie", "Utrzymanie")),
    (near_the_end, ("renewal due", "Retentie", "Retentie", "Retentie", "Utrzymanie")),
    (content, ("promoter", "Retentie", "Aanbeveling", "Retentie", "Lojalność")),
    (refers, ("customer", "Groei", "Aanbeveling", "Retentie", "Lojalność")),
    (loyal, ("customer", "Retentie", "Retentie", "Loyalty", "Utrzymanie")),
    (customer_in_talks, ("customer", "Groei", "Conversie", "Retentie", "Utrzymanie")),
    (lost_lately, ("lost (win-back)", "Retentie", "Bewustwording", "Bereik", "Dotarcie")),
    (lost_long_ago, ("lost (win-back)", "Herovering", "Bewustwording", "Bereik", "Dotarcie")),
    (lost_and_asked, ("lost (win-back)", "Retentie", "Acquisitie", "Acquisitie", "Pozyskanie")),
]


def test_every_stage_of_every_model_is_entered(org: Org) -> None:
    for number, model in enumerate(MODELS):
        entered = {stages[number] for _, stages in STAGES}
        assert entered == set(shipped(model)[1].labels["account"]["stage"].order), model


@pytest.mark.parametrize("model", MODELS)
def test_a_firm_stands_in_the_stage_that_the_model_means(org: Org, model: str) -> None:
    firms = [(firm(org), firm.__name__, stages[MODELS.index(model)]) for firm, stages in STAGES]
    found = [(name, org.stage(model, account).partition(":")[0]) for account, name, _ in firms]
    assert found == [(name, stage) for _, name, stage in firms]


REASONS: list[tuple[str, Firm, str]] = [
    ("efficy", in_talks, "Conversie: Heeft een project: in gesprek sinds 2 november 2026"),
    ("efficy", lost_long_ago, "Herovering: Geen lopend contract en niets meer gekocht sinds 1 januari 2019"),
    ("efficy", near_the_end, "Retentie: Een contract bij ons is op te zeggen tot 29 januari 2027"),
    ("servicenow", lost_lately, "Bewustwording: Was klant tot 30 september 2026; begint weer vooraan"),
    ("servicenow", refers, "Aanbeveling: Bracht ons 1 bedrijf aan"),
    ("servicenow", customer_in_talks, "Conversie: In gesprek sinds 2 november 2026; is al klant en begint opnieuw"),
    ("profit4sf", loyal, "Loyalty: Status silver"),
    ("profit4sf", asked, "Acquisitie: Reageerde op 1 september 2026"),
    ("flywheel", unknown, "Dotarcie: Jeszcze o nic nie zapytał"),
    ("flywheel", lost_lately, "Dotarcie: Był klientem do 30 września 2026; docieramy na nowo"),
    ("flywheel", refers, "Lojalność: Poleca nas: przysłanych firm: 1 (reguła nasza, źródło nie opisuje tego etapu)"),
]


@pytest.mark.parametrize(("model", "firm", "said"), REASONS)
def test_the_reason_is_in_the_models_language_and_has_its_dates(org: Org, model: str, firm: Firm, said: str) -> None:
    assert org.stage(model, firm(org)) == said


# ------------------------------------------------------------------------------------- back, and round again


def test_the_cycle_of_servicenow_goes_round_and_begins_again(org: Org) -> None:
    account = org.account()
    seen = []

    def look(day: dt.date) -> None:
        seen.append((day.year, org.stage("servicenow", account, day).partition(":")[0]))

    look(DAY(2021, 1, 5))
    org.asked(account, DAY(2021, 2, 1))
    look(DAY(2021, 2, 20))
    org.ours(account, DAY(2021, 4, 1), DAY(2023, 3, 31), Status="Terminated")
    look(DAY(2024, 6, 1))
    org.asked(account, DAY(2025, 2, 1))
    look(DAY(2025, 3, 1))
    org.deal(account, DAY(2025, 4, 1))
    look(DAY(2025, 4, 2))
    org.ours(account, DAY(2025, 6, 1), None)
    org.records["Opportunity"][0] |= {"IsClosed": True, "IsWon": True}
    look(DAY(2026, 6, 2))
    assert seen == [
        (2021, "Bewustwording"), (2021, "Acquisitie"), (2024, "Bewustwording"), (2025, "Acquisitie"),
        (2025, "Conversie"), (2026, "Retentie"),
    ]  # fmt: skip


def _past(account: str, word: str, since: dt.date) -> pa.Table:
    row = {"set": "account", "label": "stage", "id": account, "word": word, "since": since, "highest": word}
    return pa.Table.from_pylist([row | {"previous": None}], schema=HISTORY)


@pytest.mark.parametrize(
    ("score", "was", "stage"),
    [(9, "Retentie", "Aanbeveling"), (8, "Aanbeveling", "Aanbeveling"), (8, "Retentie", "Retentie"),
     (7, "Aanbeveling", "Retentie")],
)  # fmt: skip
def test_who_recommends_us_stays_through_a_small_fall(org: Org, score: int, was: str, stage: str) -> None:
    account = org.account(Lifecycle_Satisfaction__c=Decimal(score))
    org.ours(account, LONG_AGO, None)
    found = org.stage("servicenow", account, history=_past(account, was, DAY(2026, 1, 1)))
    assert found.partition(":")[0] == stage


@pytest.mark.parametrize("model", MODELS)
def test_a_stage_stays_for_a_week_unless_something_happened(org: Org, model: str) -> None:
    bought, low = just_bought(org), unknown(org)
    stages = tuple(shipped(model)[1].stages)
    lately = TODAY - dt.timedelta(days=3)
    assert org.stage(model, bought, history=_past(bought, stages[0], lately)).partition(":")[0] not in (stages[0], "")
    kept, left = (_past(low, stages[1], day) for day in (lately, TODAY - dt.timedelta(days=8)))
    assert org.stage(model, low, history=kept).partition(":")[0] == stages[1]
    assert org.stage(model, low, history=left).partition(":")[0] == stages[0]

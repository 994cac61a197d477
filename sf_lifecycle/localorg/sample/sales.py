"""Leads, opportunities and cases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from . import words
from .contacts import ContactDraw
from .draws import blank, days_before, flags, generator, office_hour, pick, stamped
from .firms import Firms
from .people import Team, plain
from .statuses import STAGES

_LEAD_STATUS = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
_CONVERTED = "Closed - Converted"
_ODD_LEADS = ("=1+1", "{{ company }}", "Fietsen 🚲 & \"Zo\"")  # fmt: skip
_OPEN_STAGES = [s for s in STAGES if not s[3]]
_WON, _LOST = STAGES[-2], STAGES[-1]
_LOSS = ("Not yet", "Price", "Competitor", "No answer", None)
_LOSS_WEIGHTS = (35, 20, 20, 15, 10)


def lead_rows(
    team: Team,
    draw: ContactDraw,
    account_ids: list[str],
    contact_ids: list[str],
    *,
    senders: list[str],
    seed: int,
    as_of: date,
) -> list[dict[str, Any]]:
    """One Lead per ten accounts; 15 % converted into an account that is there. `senders`: customers who refer."""
    rng = generator(seed, "leads")
    n = max(1, len(account_ids) // 10)
    company = [a + b for a, b in zip(pick(rng, words.FIRM_STARTS, n), pick(rng, words.FIRM_ENDS, n), strict=True)]
    company[: len(_ODD_LEADS)] = _ODD_LEADS[:n]
    first = blank(rng, pick(rng, words.FIRST_NAMES, n), 0.15)
    last = pick(rng, words.LAST_NAMES, n)
    title = pick(rng, ("Decision maker", "Technical", *words.FREE_TITLES, None), n)
    status = pick(rng, _LEAD_STATUS, n, (55, 30, 15))
    converted = flags(rng, n, 0.15).tolist()
    no_calls, no_mail = flags(rng, n, 0.10).tolist(), flags(rng, n, 0.12).tolist()
    has_email, has_phone = flags(rng, n, 0.7).tolist(), flags(rng, n, 0.7).tolist()
    country = pick(rng, ("NL", "BE", "DE", None), n, (85, 8, 3, 4))
    source, industry = pick(rng, words.SOURCES, n), blank(rng, pick(rng, words.INDUSTRIES, n), 0.3)
    owner = pick(rng, (*team.reps, team.sales_desk), n)
    staff = blank(rng, pick(rng, words.HEADCOUNTS, n), 0.4)
    into = rng.integers(0, len(account_ids), n).tolist()
    digits, days = rng.integers(1_000_000, 9_999_999, n).tolist(), rng.integers(1, 700, n)
    lately = flags(rng, n, 0.06)
    days[lately] = rng.integers(1, 12, n)[lately]
    created = days_before(as_of, days)
    consent = pick(rng, ("Given", "Refused", None), n, (30, 5, 65))
    mail_consent = pick(generator(seed, "lead mail consent"), ("Given", "Refused", None), n, (20, 3, 77))
    sent = flags(rng, n, 0.04).tolist()
    found = []
    for i in range(n):
        contacts = int(draw.per_account[into[i]])
        row = {
            "Company": company[i],
            "FirstName": first[i],
            "LastName": last[i],
            "Title": title[i],
            "Status": _CONVERTED if converted[i] else status[i],
            "LeadSource": source[i],
            "Industry": industry[i],
            "NumberOfEmployees": staff[i],
            "Country": country[i],
            "PostalCode": words.CITIES[into[i] % len(words.CITIES)][1],
            "City": words.CITIES[into[i] % len(words.CITIES)][0],
            "Email": f"{plain(last[i])}{i}@{plain(company[i]) or 'lead'}.example" if has_email[i] else None,
            "Phone": f"+31 30 {digits[i]}" if has_phone[i] else None,
            "DoNotCall": no_calls[i],
            "HasOptedOutOfEmail": no_mail[i],
            "Lifecycle_Call_Consent__c": consent[i],
            "Lifecycle_Email_Consent__c": mail_consent[i],
            "Lifecycle_Referred_By__c": senders[i % len(senders)] if sent[i] and senders else None,
            "OwnerId": owner[i],
            "IsConverted": converted[i],
            "ConvertedDate": created[i] + timedelta(days=1) if converted[i] else None,
            "ConvertedAccountId": account_ids[into[i]] if converted[i] else None,
            "ConvertedContactId": contact_ids[int(draw.first[into[i]])] if converted[i] and contacts else None,
        }
        found.append(stamped(row, created[i], owner[i]))
    return found


def opportunity_rows(
    firms: Firms, account_ids: list[str], own_contracts: list[dict[str, Any]], *, seed: int, as_of: date
) -> list[dict[str, Any]]:
    """Won where a contract of ours began, open with 4 % of the others and of customers, lost with 6 %."""
    rng = generator(seed, "opportunities")
    place = {account: i for i, account in enumerate(account_ids)}
    found: list[dict[str, Any]] = []
    for contract, kept in zip(own_contracts, flags(rng, len(own_contracts), 0.7).tolist(), strict=True):
        if kept and contract["Status"] != "Draft":
            closed = contract["StartDate"] - timedelta(days=int(rng.integers(5, 40)))
            found.append(_opportunity(rng, firms, account_ids, place[contract["AccountId"]], _WON, closed, closed))
    others = ~firms.customer
    for a in np.flatnonzero(flags(rng, firms.count, 0.04)).tolist():
        stage = _OPEN_STAGES[int(rng.integers(0, len(_OPEN_STAGES)))]
        closes = as_of + timedelta(days=int(rng.integers(-25, 120)))
        since = as_of - timedelta(days=int(rng.integers(1, 150)))
        found.append(_opportunity(rng, firms, account_ids, a, stage, closes, since))
    for a in np.flatnonzero(others & flags(rng, firms.count, 0.06)).tolist():
        closed = as_of - timedelta(days=int(rng.integers(20, 800)))
        found.append(_opportunity(rng, firms, account_ids, a, _LOST, closed, closed))
    return found


def _opportunity(
    rng: np.random.Generator,
    firms: Firms,
    account_ids: list[str],
    account: int,
    stage: tuple[str, int, str, bool, bool],
    closes: date,
    since: date,
) -> dict[str, Any]:
    name, probability, forecast, closed, won = stage
    amount = None if rng.random() < 0.1 else round(float(rng.lognormal(7.6, 0.9)), 2)
    product = words.PRODUCT_LINES[int(rng.integers(0, 4))]
    row = {
        "AccountId": account_ids[account],
        "Name": f"{firms.name[account][:100]} {product}",
        "StageName": name,
        "Probability": probability,
        "ForecastCategory": forecast,
        "ForecastCategoryName": forecast,
        "IsClosed": closed,
        "IsWon": won,
        "CloseDate": closes,
        "Amount": amount,
        "ExpectedRevenue": None if amount is None else round(amount * probability / 100, 2),
        "Type": "New Customer",
        "Lifecycle_Loss_Reason__c": pick(rng, _LOSS, 1, _LOSS_WEIGHTS)[0] if closed and not won else None,
        "OwnerId": firms.owner[account],
        "LastStageChangeDate": office_hour(since),
    }
    return stamped(row, min(since, closes) - timedelta(days=int(rng.integers(5, 90))), firms.owner[account], since)


def case_rows(
    team: Team, firms: Firms, own_contracts: list[dict[str, Any]], account_ids: list[str], *, seed: int, as_of: date
) -> list[dict[str, Any]]:
    """Cases of customers; more than half of those who just began have one or two open."""
    rng = generator(seed, "cases")
    started: dict[str, date] = {}
    for contract in own_contracts:
        if contract["Status"] in ("Activated", "Expired"):
            account = contract["AccountId"]
            started[account] = min(contract["StartDate"], started.get(account, contract["StartDate"]))
    found: list[dict[str, Any]] = []
    for a in np.flatnonzero(firms.customer).tolist():
        began = started[account_ids[a]]
        days = (as_of - began).days
        early = days < 90 and rng.random() < 0.55
        count = int(rng.integers(1, 3)) if early else int(rng.choice([0, 1, 2, 3], p=(0.55, 0.25, 0.13, 0.07)))
        for _ in range(count):
            opened = began + timedelta(days=int(rng.integers(0, max(1, days))))
            closed = not early and rng.random() < 0.92
            over = min(as_of, opened + timedelta(days=int(rng.integers(0, 20)))) if closed else None
            found.append(_case(rng, team, account_ids[a], opened, over))
    return found


def _case(rng: np.random.Generator, team: Team, account: str, opened: date, over: date | None) -> dict[str, Any]:
    owner = team.service[int(rng.integers(0, len(team.service)))]
    row = {
        "AccountId": account,
        "Subject": words.CASE_SUBJECTS[int(rng.integers(0, len(words.CASE_SUBJECTS)))],
        "Status": ("New", "Working", "Escalated")[int(rng.integers(0, 3))] if over is None else "Closed",
        "IsClosed": over is not None,
        "ClosedDate": None if over is None else office_hour(over, 60),
        "Priority": ("High", "Medium", "Low")[int(rng.integers(0, 3))],
        "Origin": ("Phone", "Email", "Web")[int(rng.integers(0, 3))],
        "OwnerId": owner,
    }
    return stamped(row, opened, owner, over)

"""Contracts: our own with customers and lost customers, and those that firms have with other providers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np

from . import words
from .draws import add_months, flags, generator, office_hour, pick, stamped
from .firms import Firms
from .statuses import CONTRACT_CATEGORY

_TERMS = (12, 24, 36)
_DAY = timedelta(days=1)
_MONTHLY = {"Mobile": 140.0, "Fixed": 60.0, "Internet": 75.0, "Fibre": 190.0}
# What a customer's contract is like. An end long past or none at all is a customer all the same.
_OWN_KINDS = ("running", "renewed tacitly", "no end", "new")
_OWN_WEIGHTS = (52, 22, 13, 13)


def own_rows(firms: Firms, account_ids: list[str], *, seed: int, as_of: date) -> list[dict[str, Any]]:
    """Contract rows: customers have one to three that count, lost customers only terminated ones, some are drafts."""
    rng = generator(seed, "own contracts")
    found: list[dict[str, Any]] = []
    for a in np.flatnonzero(firms.customer).tolist():
        lines = rng.permutation(len(words.PRODUCT_LINES))[: int(rng.choice([1, 2, 3], p=[0.48, 0.30, 0.22]))]
        kind = _OWN_KINDS[int(rng.choice(len(_OWN_KINDS), p=np.array(_OWN_WEIGHTS) / 100))]
        for k, line in enumerate(lines.tolist()):
            row = _running(rng, kind if k == 0 or kind == "new" else "running", as_of)
            found.append(_own(rng, firms, account_ids, a, line, row))
        if rng.random() < 0.15:
            found.append(_own(rng, firms, account_ids, a, int(lines[0]), _terminated(rng, as_of)))
    for a in np.flatnonzero(firms.lost).tolist():
        for line in rng.permutation(len(words.PRODUCT_LINES))[: int(rng.integers(1, 3))].tolist():
            found.append(_own(rng, firms, account_ids, a, line, _terminated(rng, as_of)))
    for a in np.flatnonzero(firms.prospect & flags(rng, firms.count, 0.01)).tolist():
        start = as_of + timedelta(days=int(rng.integers(5, 60)))
        found.append(_own(rng, firms, account_ids, a, int(rng.integers(0, 4)), ("Draft", start, 24)))
    return found


def _running(rng: np.random.Generator, kind: str, as_of: date) -> tuple[str, date, int | None]:
    term = int(rng.choice(_TERMS))
    if kind == "renewed tacitly":
        end = as_of - timedelta(days=int(rng.integers(5, 900)))
        return ("Expired" if rng.random() < 0.75 else "Activated"), add_months(end + _DAY, -term), term
    if kind == "no end":
        return "Activated", as_of - timedelta(days=int(rng.integers(200, 2000))), None
    if kind == "new":
        return "Activated", as_of - timedelta(days=int(rng.integers(1, 88))), term
    started = as_of - timedelta(days=int(rng.integers(100, term * 30 - 5)))
    return "Activated", started, term


def _terminated(rng: np.random.Generator, as_of: date) -> tuple[str, date, int | None]:
    term = int(rng.choice(_TERMS))
    days = int(rng.integers(1, 180)) if rng.random() < 0.25 else int(rng.integers(180, 1500))
    if rng.random() < 0.08:
        days = -days  # ended before its term was over: the end date lies ahead
    return "Terminated", add_months(as_of - timedelta(days=days), -term), term


def _own(
    rng: np.random.Generator,
    firms: Firms,
    account_ids: list[str],
    account: int,
    line: int,
    shape: tuple[str, date, int | None],
) -> dict[str, Any]:
    status, start, term = shape
    product, owner = words.PRODUCT_LINES[line], firms.owner[account]
    notice, unknown_notice, unknown_value = (
        (30, 60, 90)[int(rng.integers(0, 3))],
        rng.random() < 0.2,
        rng.random() < 0.05,
    )
    monthly = round(float(_MONTHLY[product] * rng.lognormal(0.2, 0.7)), 2)
    if rng.random() < 0.12:
        monthly = round(monthly / 4, 2)
    signed = None if status == "Draft" else start - timedelta(days=int(rng.integers(2, 40)))
    row = {
        "AccountId": account_ids[account],
        "Status": status,
        "StatusCode": CONTRACT_CATEGORY[status],
        "StartDate": start,
        "ContractTerm": term,
        "EndDate": None if term is None else add_months(start, term) - _DAY,
        "OwnerId": owner,
        "CustomerSignedDate": signed,
        "ActivatedById": None if signed is None else owner,
        "ActivatedDate": None if signed is None else office_hour(signed),
        "Lifecycle_Product_Line__c": product,
        "Lifecycle_Monthly_Value__c": None if unknown_value else monthly,
        "Lifecycle_Notice_Days__c": None if unknown_notice else notice,
    }
    return stamped(row, start - timedelta(days=45), owner, signed)


# -- contracts with other providers --------------------------------------------------------------------------------

_ELSEWHERE = {"prospect": (0.25, 0.35, 0.28, 0.10, 0.02), "customer": (0.80, 0.15, 0.05, 0, 0)}
_YEARS = (-3, -2, -1, 0, 1, 2, 3, 4)
_YEAR_WEIGHTS = (4, 8, 14, 26, 24, 13, 8, 3)
_UNKNOWN_END = 0.18
_CERTAINTY = ("exact", "month", "quarter", "estimate", None)
_CERTAINTY_WEIGHTS = (40, 28, 14, 12, 6)
_NOTICE = (0, 30, 60, 90, 180, None)
_NOTICE_WEIGHTS = (6, 34, 12, 14, 4, 30)
IMPOSSIBLE_ENDS = (date(1900, 1, 1), date(4000, 12, 31))


def provider_rows(firms: Firms, account_ids: list[str], *, seed: int, as_of: date) -> Iterator[dict[str, Any]]:
    """Rows of Lifecycle_Provider_Contract__c: about 1.3 per prospect; a few customers have another line elsewhere."""
    rng = generator(seed, "provider contracts")
    count = rng.choice(5, size=firms.count, p=_ELSEWHERE["prospect"])
    there = rng.choice(5, size=firms.count, p=_ELSEWHERE["customer"])
    per_account = np.where(firms.customer, there, count)
    account = np.repeat(np.arange(firms.count), per_account)
    n = len(account)
    nth = np.arange(n) - np.repeat(np.cumsum(per_account) - per_account, per_account)
    line = ((np.repeat(rng.integers(0, 4, firms.count), per_account) + nth) % 4).tolist()
    provider = pick(rng, (*words.PROVIDERS, *words.PROVIDERS_AS_TYPED, None), n, (*(12,) * 7, *(1.5,) * 6, 2))
    ends = _ends(rng, n, as_of)
    certainty = pick(rng, _CERTAINTY, n, _CERTAINTY_WEIGHTS)
    notice = pick(rng, _NOTICE, n, _NOTICE_WEIGHTS)
    amount = rng.lognormal(0, 0.8, n).tolist()
    has_amount, has_score, has_line, has_key, has_date = (
        flags(rng, n, share).tolist() for share in (0.75, 0.4, 0.97, 0.6, 0.88)
    )
    score = rng.integers(1, 11, n).tolist()
    source = pick(rng, (*words.RESEARCH_SOURCES, None), n)
    researched = rng.integers(1, 900, n).tolist()
    for i, a in enumerate(account.tolist()):
        product = words.PRODUCT_LINES[line[i]]
        found_on = as_of - timedelta(days=researched[i])
        row = {
            "Account__c": account_ids[a],
            "Provider__c": provider[i],
            "Product_Line__c": product if has_line[i] else None,
            "End_Date__c": ends[i],
            "End_Date_Certainty__c": None if ends[i] is None else certainty[i],
            "Notice_Days__c": notice[i],
            "Monthly_Value__c": round(_MONTHLY[product] * amount[i], 2) if has_amount[i] else None,
            "Satisfaction__c": score[i] if has_score[i] else None,
            "Source__c": source[i],
            "Researched_On__c": found_on if has_date[i] else None,
            "External_Key__c": f"R-{i + 1:06d}" if has_key[i] else None,
        }
        yield stamped(row, found_on, firms.owner[a])


def _ends(rng: np.random.Generator, n: int, as_of: date) -> list[date | None]:
    """End dates from three years back to four ahead, half of them 31 December; some unknown, four impossible."""
    years = pick(rng, [as_of.year + y for y in _YEARS], n, _YEAR_WEIGHTS)
    kind = rng.choice(3, size=n, p=(0.48, 0.22, 0.30)).tolist()
    months, days = rng.integers(1, 13, n).tolist(), rng.integers(1, 29, n).tolist()
    low, high = add_months(as_of, -36), add_months(as_of, 48)
    found: list[date | None] = []
    for year, how, month, day in zip(years, kind, months, days, strict=True):
        if how == 0:
            end = date(year, 12, 31)
        elif how == 1:
            end = add_months(date(year, month, 1), 1) - _DAY
        else:
            end = date(year, month, day)
        found.append(add_months(end, 12) if end < low else add_months(end, -12) if end > high else end)
    order = rng.permutation(n).tolist()
    unknown = round(n * _UNKNOWN_END)
    for i in order[:unknown]:
        found[i] = None
    for k, i in enumerate(order[unknown : unknown + 4]):
        found[i] = IMPOSSIBLE_ENDS[k % 2]
    return found

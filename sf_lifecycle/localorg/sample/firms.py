"""Accounts: prospects, customers and lost customers, with the oddities that real lists have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from . import words
from .draws import Bools, Ints, blank, days_before, exactly, flags, generator, pick, stamped
from .people import Team, plain

CUSTOMER_SHARE = 0.08
LOST_SHARE = 0.05
PARK_SHARE = 0.15
MERGED_SHARE = 0.01
_COUNTRIES = (("NL", 86), ("Nederland", 2), ("BE", 6), ("PL", 3), ("DE", 2), (None, 1))
_DIAL = {"NL": "+31", "Nederland": "+31", "BE": "+32", "PL": "+48", "DE": "+49", None: "+31"}
_LEGAL = (*words.LEGAL_FORMS, None)
_LEGAL_WEIGHTS = (48, 4, 4, 12, 7, 25)


@dataclass(frozen=True, kw_only=True)
class Firms:
    """What the other parts need to know, by position of the account."""

    customer: Bools
    lost: Bools
    created: list[date]
    owner: list[str]
    name: list[str]
    country: list[str | None]
    slug: list[str]

    @property
    def count(self) -> int:
        return len(self.name)

    @property
    def prospect(self) -> Bools:
        return ~(self.customer | self.lost)


def draw_firms(team: Team, *, accounts: int, seed: int, as_of: date) -> Firms:
    rng = generator(seed, "firms")
    order = rng.permutation(accounts)
    customers, lost = round(accounts * CUSTOMER_SHARE), round(accounts * LOST_SHARE)
    customer, gone = np.zeros(accounts, dtype=np.bool_), np.zeros(accounts, dtype=np.bool_)
    customer[order[:customers]] = True
    gone[order[customers : customers + lost]] = True
    names = [
        f"{a}{b}{form}"
        for a, b, form in zip(
            pick(rng, words.FIRM_STARTS, accounts),
            pick(rng, words.FIRM_ENDS, accounts),
            pick(rng, words.FIRM_FORMS, accounts),
            strict=True,
        )
    ]
    for place, odd in zip(order[::-1].tolist(), words.ODD_NAMES, strict=False):
        names[place] = odd
    owners = pick(rng, team.reps, accounts)
    for place in np.flatnonzero(flags(rng, accounts, 0.02)).tolist():
        owners[place] = team.sales_desk
    return Firms(
        customer=customer,
        lost=gone,
        created=days_before(as_of, _ages(rng, accounts)),
        owner=owners,
        name=names,
        country=pick(rng, [c for c, _ in _COUNTRIES], accounts, [w for _, w in _COUNTRIES]),
        slug=[f"{plain(name)[:24] or 'firma'}{i}" for i, name in enumerate(names, 1)],
    )


def _ages(rng: np.random.Generator, count: int) -> Ints:
    """Days that accounts have been on record; one in fifty came within the last two weeks."""
    days: Ints = rng.integers(15, 2200, count)
    lately = flags(rng, count, 0.02)
    days[lately] = rng.integers(1, 14, count)[lately]
    return days


def account_rows(firms: Firms, last_activity: list[date | None], *, seed: int, as_of: date) -> list[dict[str, Any]]:
    """One row per account, without ParentId (that takes Ids)."""
    rng = generator(seed, "accounts")
    n = firms.count
    place = rng.integers(0, len(words.CITIES), n).tolist()
    letters = rng.integers(0, 26, (n, 2)).tolist()
    streets = [
        f"{s} {number}" for s, number in zip(pick(rng, words.STREETS, n), rng.integers(1, 240, n).tolist(), strict=True)
    ]
    for i in np.flatnonzero(exactly(rng, n, max(1, n // 100))).tolist():
        streets[i] = words.ODD_STREET
    headcount = blank(rng, pick(rng, words.HEADCOUNTS, n), 0.2)
    legal = pick(rng, _LEGAL, n, _LEGAL_WEIGHTS)
    parks = words.PARKS[: max(1, min(len(words.PARKS), round(n * PARK_SHARE / 12)))]
    park = blank(rng, pick(rng, parks, n), 1 - PARK_SHARE)
    industry = blank(rng, pick(rng, words.INDUSTRIES, n), 0.1)
    segment = blank(rng, pick(rng, words.SEGMENTS, n), 0.3)
    source = blank(rng, pick(rng, words.SOURCES, n), 0.15)
    description = blank(rng, pick(rng, words.DESCRIPTIONS, n), 0.9)
    numbers = rng.integers(10_000_000, 99_999_999, n).tolist()
    silent = flags(rng, n, 0.12).tolist()
    score = np.clip(np.round(rng.normal(7.3, 1.6, n)), 1, 10).astype(int).tolist()
    scored = (firms.customer & flags(rng, n, 0.7)).tolist()
    changed = rng.integers(0, 400, n).tolist()
    customer = firms.customer.tolist()
    found = []
    for i in range(n):
        city, postcode = words.CITIES[place[i]]
        staff, number, dial = headcount[i], numbers[i], _DIAL[firms.country[i]]
        row = {
            "Name": firms.name[i],
            "Type": "Customer - Direct" if customer[i] else "Prospect",
            "AccountNumber": f"K{number % 1_000_000:06d}" if customer[i] else None,
            "Industry": industry[i],
            "BillingStreet": streets[i],
            "BillingCity": city,
            "BillingPostalCode": f"{postcode} {chr(65 + letters[i][0])}{chr(65 + letters[i][1])}",
            "BillingCountry": firms.country[i],
            "Phone": None if silent[i] else f"{dial} {number % 90 + 10} {number % 9_000_000:07d}",
            "Website": f"https://www.{firms.slug[i]}.example",
            "NumberOfEmployees": staff,
            "AnnualRevenue": None if staff is None else 90_000 * staff,
            "AccountSource": source[i],
            "Description": description[i],
            "OwnerId": firms.owner[i],
            "LastActivityDate": last_activity[i],
            "Lifecycle_Legal_Form__c": legal[i],
            "Lifecycle_Business_Park__c": park[i],
            "Lifecycle_Segment__c": segment[i],
            "Lifecycle_Satisfaction__c": score[i] if scored[i] else None,
            "Lifecycle_Registration_Number__c": None if silent[i] else str(number),
        }
        found.append(stamped(row, firms.created[i], firms.owner[i], as_of - timedelta(days=changed[i])))
    return found


def parents(count: int, seed: int) -> list[tuple[int, int]]:
    """(child, parent) positions of accounts: about one in thirty belongs to a group; a parent has no parent."""
    rng = generator(seed, "parents")
    order: Ints = rng.permutation(count)
    heads = max(1, count // 120)
    children = order[heads : heads + count // 30].tolist()
    return [(child, int(order[k % heads])) for k, child in enumerate(children)]


def referred(firms: Firms, seed: int) -> list[tuple[int, int]]:
    """(firm, who sent it) positions of accounts: of the newest firms one in ten was sent by a customer."""
    rng = generator(seed, "referred")
    customers = np.flatnonzero(firms.customer).tolist()
    if not customers:
        return []
    senders = customers[: max(1, len(customers) // 6)]
    newest = sorted(range(firms.count), key=lambda i: (firms.created[i], i), reverse=True)[: max(1, firms.count // 6)]
    sent = [child for child, flag in zip(newest, flags(rng, len(newest), 0.1).tolist(), strict=True) if flag]
    found = [(child, senders[k % len(senders)]) for k, child in enumerate(sent or newest[:1])]
    return [(child, sender) for child, sender in found if child != sender]


def merged_rows(firms: Firms, account_ids: list[str], *, seed: int, as_of: date) -> list[dict[str, Any]]:
    """Accounts that were merged into another: in the recycle bin, pointing to the survivor."""
    rng = generator(seed, "merged")
    survivors = rng.permutation(firms.count)[: max(1, round(firms.count * MERGED_SHARE))].tolist()
    found = []
    for survivor, days in zip(survivors, rng.integers(1, 300, len(survivors)).tolist(), strict=True):
        row = {
            "Name": f"{firms.name[survivor]} (duplicate)"[:255],
            "Type": "Prospect",
            "BillingCountry": firms.country[survivor],
            "OwnerId": firms.owner[survivor],
            "IsDeleted": True,
            "MasterRecordId": account_ids[survivor],
        }
        found.append(stamped(row, firms.created[survivor], firms.owner[survivor], as_of - timedelta(days=days)))
    return found

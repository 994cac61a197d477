"""Contacts of the accounts: none to four each, functions in the title, consent mostly not on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from . import words
from .draws import Ints, blank, flags, generator, pick, stamped
from .firms import Firms
from .people import plain

_PER_ACCOUNT = (0.15, 0.35, 0.27, 0.15, 0.08)
_TITLES = ("Decision maker", "Technical", "Finance", *words.FREE_TITLES, None)
_TITLE_WEIGHTS = (22, 12, 12, *(44 / len(words.FREE_TITLES),) * len(words.FREE_TITLES), 10)


@dataclass(frozen=True, kw_only=True)
class ContactDraw:
    """`account`: position of the account, per contact, rising. `first`: of each account, the position of its first."""

    account: Ints
    first: Ints
    per_account: Ints


def draw_contacts(firms: Firms, seed: int) -> ContactDraw:
    rng = generator(seed, "contacts")
    per_account: Ints = rng.choice(5, size=firms.count, p=_PER_ACCOUNT).astype(np.int64)
    per_account[firms.customer & (per_account == 0) & flags(rng, firms.count, 0.9)] = 1
    return ContactDraw(
        account=np.repeat(np.arange(firms.count, dtype=np.int64), per_account),
        first=np.cumsum(per_account) - per_account,
        per_account=per_account,
    )


def contact_rows(
    firms: Firms,
    draw: ContactDraw,
    account_ids: list[str],
    last_activity: list[date | None],
    *,
    seed: int,
    as_of: date,
) -> list[dict[str, Any]]:
    rng = generator(seed, "contact values")
    n = len(draw.account)
    first = blank(rng, pick(rng, words.FIRST_NAMES, n), 0.05)
    last = pick(rng, words.LAST_NAMES, n)
    title = pick(rng, _TITLES, n, _TITLE_WEIGHTS)
    department = blank(rng, pick(rng, words.DEPARTMENTS, n), 0.7)
    consent = pick(rng, ("Given", "Refused", None), n, (8, 4, 88))
    no_calls, no_mail = flags(rng, n, 0.08).tolist(), flags(rng, n, 0.10).tolist()
    has_email, has_phone, has_mobile = (flags(rng, n, share).tolist() for share in (0.8, 0.75, 0.45))
    mail_consent = pick(generator(seed, "contact mail consent"), ("Given", "Refused", None), n, (6, 2, 92))
    source = blank(rng, pick(rng, words.SOURCES, n), 0.5)
    digits = rng.integers(1_000_000, 9_999_999, n).tolist()
    days = rng.integers(1, 2200, n).tolist()
    found = []
    for i, a in enumerate(draw.account.tolist()):
        local = ".".join(filter(None, (plain(first[i] or "")[:1], plain(last[i]))))
        row = {
            "AccountId": account_ids[a],
            "FirstName": first[i],
            "LastName": last[i],
            "Title": title[i],
            "Department": department[i],
            "Email": f"{local}{i % 10}@{firms.slug[a]}.example" if has_email[i] else None,
            "Phone": f"+31 20 {digits[i]}" if has_phone[i] else None,
            "MobilePhone": f"+31 6 1{digits[i]}" if has_mobile[i] else None,
            "MailingCountry": firms.country[a],
            "LeadSource": source[i],
            "DoNotCall": no_calls[i],
            "HasOptedOutOfEmail": no_mail[i],
            "Lifecycle_Call_Consent__c": consent[i],
            "Lifecycle_Email_Consent__c": mail_consent[i],
            "OwnerId": firms.owner[a],
            "LastActivityDate": last_activity[i],
        }
        created = max(firms.created[a], as_of - timedelta(days=days[i]))
        found.append(stamped(row, created, firms.owner[a]))
    return found

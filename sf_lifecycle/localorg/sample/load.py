"""The sample firm, put together: a supplier of telephony and internet to small firms in the Netherlands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from .activities import draw_tasks, lead_task_rows, task_rows
from .campaigns import load_campaigns
from .contacts import contact_rows, draw_contacts
from .contracts import own_rows, provider_rows
from .firms import account_rows, draw_firms, merged_rows, parents, referred
from .people import load_team
from .sales import case_rows, lead_rows, opportunity_rows
from .statuses import load_statuses

if TYPE_CHECKING:
    from ..store import Store

Progress = Callable[[int, int], None]
_STEPS = 9


def load_sample(
    store: Store, *, accounts: int, seed: int = 7, as_of: date, progress: Progress | None = None
) -> dict[str, int]:
    """Fill an org with the sample firm, whole or not at all, and return how many live records each object got.

    The same `accounts`, `seed` and `as_of` give the same records with the same Ids in an org that was empty before.
    Dates lie around `as_of`, never around the clock. `progress` is called with steps done and steps in all.
    Raises ValueError where `accounts` is not positive.
    """
    if accounts < 1:
        raise ValueError(f"accounts: expected at least 1, got {accounts}")

    def done(step: int) -> None:
        if progress is not None:
            progress(step, _STEPS)

    with store.write():
        load_statuses(store, as_of)
        team = load_team(store, accounts=accounts, seed=seed, as_of=as_of)
        firms = draw_firms(team, accounts=accounts, seed=seed, as_of=as_of)
        contacts = draw_contacts(firms, seed)
        tasks = draw_tasks(firms, contacts, seed)
        done(1)

        activity = tasks.last_activity(tasks.account, accounts, as_of)
        account_ids = store.insert_many("Account", account_rows(firms, activity, seed=seed, as_of=as_of))
        groups, sent = parents(accounts, seed), referred(firms, seed)
        with store.write() as con:
            con.executemany(
                'UPDATE "Account" SET "ParentId" = ? WHERE "Id" = ?',
                [(account_ids[head], account_ids[child]) for child, head in groups],
            )
            con.executemany(
                'UPDATE "Account" SET "Lifecycle_Referred_By__c" = ? WHERE "Id" = ?',
                [(account_ids[sender], account_ids[child]) for child, sender in sent],
            )
        store.insert_many("Account", merged_rows(firms, account_ids, seed=seed, as_of=as_of))
        done(2)

        activity = tasks.last_activity(tasks.contact, len(contacts.account), as_of)
        people = contact_rows(firms, contacts, account_ids, activity, seed=seed, as_of=as_of)
        contact_ids = store.insert_many("Contact", people)
        done(3)

        own = own_rows(firms, account_ids, seed=seed, as_of=as_of)
        store.insert_many("Contract", own)
        done(4)

        elsewhere = store.insert_many(
            "Lifecycle_Provider_Contract__c", provider_rows(firms, account_ids, seed=seed, as_of=as_of)
        )
        done(5)

        senders = [account_ids[sender] for _, sender in sent]
        leads = lead_rows(team, contacts, account_ids, contact_ids, senders=senders, seed=seed, as_of=as_of)
        lead_ids = store.insert_many("Lead", leads)
        done(6)

        deals = store.insert_many("Opportunity", opportunity_rows(firms, account_ids, own, seed=seed, as_of=as_of))
        cases = store.insert_many("Case", case_rows(team, firms, own, account_ids, seed=seed, as_of=as_of))
        done(7)

        rows = task_rows(firms, tasks, account_ids, contact_ids, seed=seed, as_of=as_of)
        rows += lead_task_rows(lead_ids, leads, seed=seed, as_of=as_of)
        store.insert_many("Task", rows)
        done(8)

        marketing = load_campaigns(
            store,
            team,
            contacts=people,
            contact_ids=contact_ids,
            leads=leads,
            lead_ids=lead_ids,
            seed=seed,
            as_of=as_of,
        )
        done(_STEPS)
    return {
        "User": team.users,
        "Account": accounts,
        "Contact": len(contact_ids),
        "Contract": len(own),
        "Lifecycle_Provider_Contract__c": len(elsewhere),
        "Lead": len(lead_ids),
        "Opportunity": len(deals),
        "Case": len(cases),
        "Task": len(rows),
        **marketing,
    }

"""What people do between two nights, so that the second has something to move, to take back and to leave alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from firms import Firm

KEY = "Lifecycle_Key__c"
OPEN = f"SELECT * FROM Task WHERE {KEY} IS NOT NULL AND NOT IsClosed AND NOT IsDeleted"


def a_busy_day(firm: Firm, day: dt.date) -> None:
    """Dates corrected, contracts renewed, people opted out, owners changed, accounts merged, Tasks worked on."""
    accounts = [row["WhatId"] for row in firm.rows(f"{OPEN} AND WhatId IS NOT NULL GROUP BY WhatId ORDER BY WhatId")]
    corrected, renewed, handed, opted, merged, theirs = (accounts[i::6] for i in range(6))
    _correct(firm, corrected)
    _renew(firm, renewed, day)
    _hand_over(firm, handed)
    _opt_out(firm, opted)
    _merge(firm, merged)
    _work(firm, theirs)


def _correct(firm: Firm, accounts: Sequence[str]) -> None:
    later = "date(End_Date__c, '+9 days')"
    _set(firm, "Lifecycle_Provider_Contract__c", {"End_Date__c": later}, "Account__c", accounts)
    _set(firm, "Contract", {"EndDate": "date(EndDate, '+9 days')"}, "AccountId", accounts)


def _renew(firm: Firm, accounts: Sequence[str], day: dt.date) -> None:
    until = f"'{day + dt.timedelta(days=900)}'"
    _set(firm, "Contract", {"EndDate": until}, "AccountId", accounts)
    _set(firm, "Lifecycle_Provider_Contract__c", {"End_Date__c": until}, "Account__c", accounts)


def _hand_over(firm: Firm, accounts: Sequence[str]) -> None:
    (rep,) = firm.rows("SELECT OwnerId AS Id FROM Account GROUP BY OwnerId ORDER BY count(*) DESC, OwnerId LIMIT 1")
    _set(firm, "Account", {"OwnerId": f"'{rep['Id']}'"}, "Id", accounts)


def _opt_out(firm: Firm, accounts: Sequence[str]) -> None:
    _set(firm, "Contact", {"DoNotCall": "1", "HasOptedOutOfEmail": "1"}, "AccountId", accounts)
    members = firm.rows(f"SELECT ContactId FROM CampaignMember WHERE {KEY} IS NOT NULL ORDER BY ContactId")
    _set(firm, "Contact", {"HasOptedOutOfEmail": "1"}, "Id", [row["ContactId"] for row in members][::3])


def _merge(firm: Firm, accounts: Sequence[str]) -> None:
    for survivor, loser in zip(accounts[::2], accounts[1::2], strict=False):
        firm.org.org.store.merge("Account", survivor, [loser])


def _work(firm: Firm, accounts: Sequence[str]) -> None:
    tasks = [row["Id"] for row in firm.rows(f"{OPEN} ORDER BY {KEY}") if row["WhatId"] in set(accounts)]
    _set(firm, "Task", {"Subject": "'Called, wants an offer'"}, "Id", tasks[::3])
    done = {"Status": "'Completed'", "IsClosed": "1", "CompletedDateTime": NOW}
    _set(firm, "Task", done, "Id", tasks[1::3])
    _set(firm, "Task", {"IsDeleted": "1"}, "Id", tasks[2::3])


NOW = "strftime('%Y-%m-%dT%H:%M:%S.000Z', 'now')"


def _set(firm: Firm, name: str, values: dict[str, str], field: str, ids: Sequence[Any]) -> None:
    """SQL expressions into the records whose `field` is one of `ids`, with the time, as Salesforce keeps it."""
    stamped = {**values, "SystemModstamp": NOW, "LastModifiedDate": NOW}
    listed = ", ".join(f'"{column}" = {value}' for column, value in stamped.items())
    marks = ", ".join("?" * len(ids))
    firm.change(f'UPDATE "{name}" SET {listed} WHERE "{field}" IN ({marks}) AND NOT "IsDeleted"', *ids)

"""Which days can be worked out: the mirror knows its own day, and what lies ahead as far as the rules tell.

What the records were on an earlier day nobody kept; only label history and the ledger remember it. In a real org the
records' day is the day of the pull, in the configured zone. A local org may be seeded for any day, whatever the clock
says, so its records' day is that of the last run that state knows; before the first run every day is as good as any.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

LOCAL = "local"
Tense = Literal["past", "present", "future"]


def records_day(kind: str, pulled_at: dt.datetime | None, last_run: dt.date | None, timezone: str) -> dt.date | None:
    """The day that the records stand for; None where they may stand for any.

    `pulled_at`: aware, None where the pull is about to be. `last_run`: the as-of day of the org's last run.
    """
    if kind == LOCAL:
        return last_run
    moment = pulled_at or dt.datetime.now(dt.UTC)
    return moment.astimezone(ZoneInfo(timezone)).date()


def tense(as_of: dt.date, records: dt.date | None) -> Tense:
    """How a day lies to the records."""
    if records is None or as_of == records:
        return "present"
    return "past" if as_of < records else "future"


def refusal(what: str, as_of: dt.date, records: dt.date) -> str:
    """Why a day that is past is not worked out, and what to do instead."""
    return (
        f"{what}: {as_of} is past; the records are those of {records}, and what they were before nobody kept. "
        f"Leave --as-of out, or ask for {records} or later; `sf-lifecycle why ACCOUNT --as-of {as_of}` tells what was "
        "known of one account then, and `sf-lifecycle runs` what was written"
    )


def look_ahead(as_of: dt.date, records: dt.date) -> str:
    """The first line of what is worked out for a day to come."""
    return f"A look ahead to {as_of}, over the records of {records}: no record changes until then."

"""What stops a run between two batches: the pause switch in Salesforce, the day's API calls, a claim that was lost."""

from __future__ import annotations

from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce import Org, soql

SETTING, PAUSED = "Lifecycle_Setting__c", "Paused__c"
NOT_DEPLOYED = frozenset({"INVALID_TYPE", "NOT_FOUND"})
HIDDEN = NOT_DEPLOYED | {"INVALID_FIELD"}
TICKED = "somebody ticked Paused on a Lifecycle Setting in Salesforce"
LOST = f"the pause switch can no longer be read ({SETTING}.{PAUSED})"


class Brake:
    """The checkbox by which anybody in the org stops us: ticked on any record of Lifecycle_Setting__c.

    An org where the object was never deployed has no brake, which `doctor` says; it is then not asked for again. One
    that was read before, and is hidden now, counts as pulled. `seen`: was it read, now or in an earlier run?
    """

    def __init__(self, org: Org, *, seen: bool = False) -> None:
        self._org, self.seen, self._there = org, seen, True

    def pulled(self) -> str:
        """Why nothing may be written now, or an empty text. OrgError where the org cannot be asked at all."""
        if not self._there:
            return ""
        ticked = soql.compare(PAUSED, "=", True)
        try:
            rows = self._org.query(soql.select(SETTING, ["Id"], where=ticked) + " LIMIT 1")
        except OrgError as error:
            if error.code not in HIDDEN:
                raise
            if self.seen or error.code not in NOT_DEPLOYED:
                return LOST
            self._there = False
            return ""
        self.seen = True
        return TICKED if rows else ""


def way_out(pulled: str) -> str:
    """What a person does about it."""
    if pulled == LOST:
        return (
            "grant the worker's user read access to it again; if it was taken out for good, run once with --allow brake"
        )
    return "untick it, then run again"


def calls_spent(org: Org, most_share: float) -> str:
    """Why no more API calls may be spent today, or an empty text. By the org's own figure, which lags a little."""
    used, limit = org.calls.used, org.calls.limit
    if not used or not limit or used <= most_share * limit:
        return ""
    return f"{used:,} of the org's {limit:,} API calls a day are used, over guards.api_calls ({most_share:.0%})"

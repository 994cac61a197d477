"""What stops a run between two batches: the pause switch in Salesforce, the day's API calls, a claim that was lost."""

from __future__ import annotations

from sf_lifecycle.errors import OrgError
from sf_lifecycle.salesforce import Org, soql

SETTING, PAUSED = "Lifecycle_Setting__c", "Paused__c"
NOT_THERE = frozenset({"INVALID_TYPE", "INVALID_FIELD", "NOT_FOUND"})


class Brake:
    """The checkbox by which anybody in the org stops us: ticked on any record of Lifecycle_Setting__c.

    An org where the object is not deployed has no brake, which `doctor` says; it is then not asked for again.
    """

    def __init__(self, org: Org) -> None:
        self._org, self._there = org, True

    def pulled(self) -> str:
        """Why nothing may be written now, or an empty text. A brake that cannot be read counts as pulled."""
        if not self._there:
            return ""
        ticked = soql.compare(PAUSED, "=", True)
        try:
            rows = self._org.query(soql.select(SETTING, ["Id"], where=ticked) + " LIMIT 1")
        except OrgError as error:
            if error.code in NOT_THERE:
                self._there = False
                return ""
            return f"the pause switch cannot be read: {error.message}"
        return "somebody ticked Paused on a Lifecycle Setting in Salesforce" if rows else ""


def calls_spent(org: Org, most_share: float) -> str:
    """Why no more API calls may be spent today, or an empty text. By the org's own figure, which lags a little."""
    used, limit = org.calls.used, org.calls.limit
    if not used or not limit or used <= most_share * limit:
        return ""
    return f"{used:,} of the org's {limit:,} API calls a day are used, over guards.api_calls ({most_share:.0%})"

"""The only room that talks to an org."""

from sf_lifecycle.salesforce.batch import Answer, Asked
from sf_lifecycle.salesforce.decide import row_is_transient, row_wants_smaller_batch
from sf_lifecycle.salesforce.identity import OrgIdentity, check_identity
from sf_lifecycle.salesforce.meter import CallMeter
from sf_lifecycle.salesforce.org import Org, connect
from sf_lifecycle.salesforce.retry import Patience
from sf_lifecycle.salesforce.write import UNKNOWN, RowOutcome

__all__ = [
    "UNKNOWN",
    "Answer",
    "Asked",
    "CallMeter",
    "Org",
    "OrgIdentity",
    "Patience",
    "RowOutcome",
    "check_identity",
    "connect",
    "row_is_transient",
    "row_wants_smaller_batch",
]

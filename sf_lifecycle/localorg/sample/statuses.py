"""The values of status fields, as an org keeps them. Set-up data: left alone where the org has them already."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from .draws import office_hour

if TYPE_CHECKING:
    from ..store import Store

# value, and what else each kind of status says
_TASK = (
    ("Not Started", False), ("In Progress", False), ("Completed", True), ("Waiting on someone else", False),
    ("Deferred", False),
)  # fmt: skip
_CASE = (("New", False), ("Working", False), ("Escalated", False), ("Closed", True))
_LEAD = (
    ("Open - Not Contacted", False), ("Working - Contacted", False), ("Closed - Converted", True),
    ("Closed - Not Converted", False),
)  # fmt: skip
# Orgs add values such as Expired and Terminated; those can only stand in the category Activated.
CONTRACT_CATEGORY = {
    "In Approval Process": "InApproval",
    "Activated": "Activated",
    "Draft": "Draft",
    "Expired": "Activated",
    "Terminated": "Activated",
}
# value, probability, forecast category, closed, won
STAGES = (
    ("Prospecting", 10, "Pipeline", False, False), ("Qualification", 10, "Pipeline", False, False),
    ("Needs Analysis", 20, "Pipeline", False, False), ("Value Proposition", 50, "Pipeline", False, False),
    ("Id. Decision Makers", 60, "Pipeline", False, False), ("Perception Analysis", 70, "Pipeline", False, False),
    ("Proposal/Price Quote", 75, "Pipeline", False, False), ("Negotiation/Review", 90, "Pipeline", False, False),
    ("Closed Won", 100, "Closed", True, True), ("Closed Lost", 0, "Omitted", True, False),
)  # fmt: skip


def load_statuses(store: Store, as_of: date) -> None:
    moment = office_hour(as_of.replace(year=as_of.year - 6, day=1))
    audit = {"CreatedDate": moment, "LastModifiedDate": moment, "SystemModstamp": moment}
    tables: dict[str, list[dict[str, Any]]] = {
        "TaskStatus": [_value(n, v, "Not Started", IsClosed=c) for n, (v, c) in enumerate(_TASK, 1)],
        "CaseStatus": [_value(n, v, "New", IsClosed=c) for n, (v, c) in enumerate(_CASE, 1)],
        "LeadStatus": [_value(n, v, "Open - Not Contacted", IsConverted=c) for n, (v, c) in enumerate(_LEAD, 1)],
        "OpportunityStage": [
            {
                "MasterLabel": v, "ApiName": v, "SortOrder": n, "IsActive": True, "IsClosed": closed, "IsWon": won,
                "ForecastCategory": forecast, "ForecastCategoryName": forecast, "DefaultProbability": probability,
            }
            for n, (v, probability, forecast, closed, won) in enumerate(STAGES, 1)
        ],
    }  # fmt: skip
    for name, rows in tables.items():
        if not _known(store, name):
            store.insert_many(name, [row | audit for row in rows])
    known = _known(store, "ContractStatus")
    missing = [
        _value(n, v, "Draft", StatusCode=code) | audit
        for n, (v, code) in enumerate(CONTRACT_CATEGORY.items(), 1)
        if v not in known
    ]
    if missing:
        store.insert_many("ContractStatus", missing)


def _value(order: int, value: str, default: str, **more: Any) -> dict[str, Any]:
    return {"MasterLabel": value, "ApiName": value, "SortOrder": order, "IsDefault": value == default, **more}


def _known(store: Store, name: str) -> set[str]:
    with store.read() as con:
        return {str(row[0]) for row in con.execute(f'SELECT "ApiName" FROM "{name}"')}

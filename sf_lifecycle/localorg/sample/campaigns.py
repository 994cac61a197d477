"""Two campaigns of the marketing department, with members. None of it is the worker's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from .draws import generator, stamped
from .people import Team

if TYPE_CHECKING:
    from ..store import Store

_MOST_MEMBERS = 400


def load_campaigns(
    store: Store,
    team: Team,
    *,
    contacts: list[dict[str, Any]],
    contact_ids: list[str],
    leads: list[dict[str, Any]],
    lead_ids: list[str],
    seed: int,
    as_of: date,
) -> dict[str, int]:
    """Rows written per object. Members are contacts with an e-mail address, and a few Leads."""
    rng = generator(seed, "campaigns")
    mailable = [i for i, c in enumerate(contacts) if c["Email"] and not c["HasOptedOutOfEmail"]]
    wanted = min(_MOST_MEMBERS, max(1, len(mailable) // 10))
    people = [
        [("Contact", contact_ids[mailable[i]], contacts[mailable[i]]) for i in rng.permutation(len(mailable))[:wanted]]
        for _ in range(2)
    ]
    open_leads = [i for i, lead in enumerate(leads) if lead["Email"] and not lead["IsConverted"]]
    people[1] += [("Lead", lead_ids[i], leads[i]) for i in open_leads[: max(1, wanted // 10)]]
    answers = [rng.random(len(p)) < share for p, share in zip(people, (0.05, 0.3), strict=True)]
    shapes = (
        (f"Newsletter spring {as_of.year}", "Email", "Completed", 200),
        (f"Trade fair Duinstad {as_of.year}", "Trade Show", "In Progress", 25),
    )
    campaigns = [
        stamped(
            {
                "Name": name,
                "Type": kind,
                "Status": status,
                "IsActive": status == "In Progress",
                "StartDate": as_of - timedelta(days=days),
                "EndDate": as_of - timedelta(days=days - 30),
                "BudgetedCost": 2500.0,
                "OwnerId": team.communications,
                "NumberOfContacts": sum(kind == "Contact" for kind, _, _ in members),
                "NumberOfLeads": sum(kind == "Lead" for kind, _, _ in members),
                "NumberOfResponses": int(np.count_nonzero(answered)),
            },
            as_of - timedelta(days=days + 10),
            team.communications,
        )
        for (name, kind, status, days), members, answered in zip(shapes, people, answers, strict=True)
    ]
    campaign_ids = store.insert_many("Campaign", campaigns)
    statuses = [
        stamped(
            {"CampaignId": c, "Label": label, "SortOrder": n, "IsDefault": n == 1, "HasResponded": n == 2},
            as_of - timedelta(days=shape[3] + 10),
            team.communications,
        )
        for c, shape in zip(campaign_ids, shapes, strict=True)
        for n, label in enumerate(("Sent", "Responded"), start=1)
    ]
    store.insert_many("CampaignMemberStatus", statuses)
    rows = [
        _member(campaign, kind, person_id, person, bool(yes), as_of - timedelta(days=shape[3]), team)
        for campaign, shape, members, answered in zip(campaign_ids, shapes, people, answers, strict=True)
        for (kind, person_id, person), yes in zip(members, answered.tolist(), strict=True)
    ]
    store.insert_many("CampaignMember", rows)
    return {"Campaign": len(campaigns), "CampaignMemberStatus": len(statuses), "CampaignMember": len(rows)}


def _member(
    campaign: str, kind: str, person_id: str, person: dict[str, Any], responded: bool, sent: date, team: Team
) -> dict[str, Any]:
    row = {
        "CampaignId": campaign,
        "ContactId": person_id if kind == "Contact" else None,
        "LeadId": person_id if kind == "Lead" else None,
        "Status": "Responded" if responded else "Sent",
        "HasResponded": responded,
        "FirstRespondedDate": sent + timedelta(days=4) if responded else None,
        "Type": kind,
        "LeadOrContactId": person_id,
        "LeadOrContactOwnerId": person["OwnerId"],
        "FirstName": person["FirstName"],
        "LastName": person["LastName"],
        "Title": person["Title"],
        "Email": person["Email"],
        "Phone": person["Phone"],
        "DoNotCall": person["DoNotCall"],
        "HasOptedOutOfEmail": person["HasOptedOutOfEmail"],
    }
    return stamped(row, sent, team.communications, sent + timedelta(days=4) if responded else None)

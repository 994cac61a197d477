"""What single objects do beyond the rules that hold for all: one small file each."""

from __future__ import annotations

from .account import AccountRule
from .base import Rule
from .campaign import CampaignRule
from .campaign_member import CampaignMemberRule
from .campaign_member_status import CampaignMemberStatusRule
from .contact import AssetRule, ContactRule, PersonRule
from .contract import ContractRule
from .event import EventRule
from .lead import LeadRule
from .opportunity import OpportunityRule
from .task import TaskRule
from .user import UserRule

_RULES: dict[str, Rule] = {
    "account": AccountRule(),
    "asset": AssetRule(),
    "campaign": CampaignRule(),
    "campaignmember": CampaignMemberRule(),
    "campaignmemberstatus": CampaignMemberStatusRule(),
    "contact": ContactRule(),
    "contract": ContractRule(),
    "event": EventRule(),
    "individual": PersonRule(),
    "lead": LeadRule(),
    "opportunity": OpportunityRule(),
    "task": TaskRule(),
    "user": UserRule(),
}
_NONE = Rule()


def rule_for(object_name: str) -> Rule:
    return _RULES.get(object_name.lower(), _NONE)

"""What plays write on records that they make or change: facts about our own doing, from where it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sf_lifecycle.config.mapping import FieldValues, Play
from sf_lifecycle.doctor.facts import Setup
from sf_lifecycle.plan.desired import CONTENT

_SET = "grant create, edit and delete by a permission set of the worker (Lifecycle_Worker does)"
_CAMPAIGNS = "tick Marketing User on the worker's user, and grant create, edit and delete on Campaign"


@dataclass(frozen=True, kw_only=True)
class Written:
    """One kind of record of ours. `create`: set on every new one; `update`: what may change later. `place`: where a
    play gives further constants.
    """

    object: str
    part: Literal["task", "campaign"]
    place: str
    create: tuple[str, ...]
    update: tuple[str, ...] = ()
    operations: frozenset[str] = frozenset({"create"})
    fix: str = _CAMPAIGNS

    def given(self, setup: Setup) -> Mapping[str, FieldValues]:
        """Play → the constants it gives such a record."""
        return {name: self._constants(play) for name, play in setup.plays.items() if self.used_by(play)}

    def used_by(self, play: Play) -> bool:
        """Whether the play makes such records."""
        return getattr(play, self.part) is not None

    def _constants(self, play: Play) -> FieldValues:
        if self.object == "Task" and play.task:
            return play.task.fields
        if self.object == "Campaign" and play.campaign:
            return play.campaign.fields
        return play.campaign.member.fields if self.object == "CampaignMember" and play.campaign else {}


TASK = Written(
    object="Task",
    part="task",
    place="task.fields",
    create=(*CONTENT, "ActivityDate", "OwnerId", "Lifecycle_Play__c"),
    update=(*CONTENT, "ActivityDate", "OwnerId", "Status"),
    operations=frozenset({"create", "update", "delete"}),
    fix=f"{_SET}; Edit Tasks and Access Activities are among its rights",
)
CAMPAIGN = Written(
    object="Campaign",
    part="campaign",
    place="campaign.fields",
    create=("Name", "Status", "Type", "IsActive", "OwnerId", "StartDate", "Lifecycle_Key__c", "Lifecycle_Play__c"),
)
STATUS = Written(
    object="CampaignMemberStatus",
    part="campaign",
    place="campaign",
    create=("CampaignId", "Label", "IsDefault", "HasResponded"),
)
MEMBER = Written(
    object="CampaignMember",
    part="campaign",
    place="campaign.member.fields",
    create=(
        *("CampaignId", "ContactId", "Status", "Lifecycle_Key__c", "Lifecycle_Play__c", "Lifecycle_Reason__c"),
        "Lifecycle_Decision_Date__c",
    ),
    update=("Status",),
    operations=frozenset({"create", "update", "delete"}),
)
WRITTEN = (TASK, CAMPAIGN, STATUS, MEMBER)


def in_use(written: Written, setup: Setup) -> bool:
    """Whether any play of the job makes such records."""
    return any(written.used_by(play) for play in setup.plays.values())


def constants(written: Written, setup: Setup) -> Iterator[str]:
    """The further fields that plays set."""
    for given in written.given(setup).values():
        yield from given

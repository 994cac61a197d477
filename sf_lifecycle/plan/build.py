"""From what was worked out and decided to the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as MappingABC, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sf_lifecycle.config.mapping import Mapping
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.lifecycle.decide import Decision
from sf_lifecycle.lifecycle.frames import object_frame
from sf_lifecycle.lifecycle.owners import Desk
from sf_lifecycle.lifecycle.writing_back import output_file
from sf_lifecycle.plan.changes import LABEL_COLUMNS, Header, Plan, Section, arrange
from sf_lifecycle.plan.contested import Rewritten, without_contested
from sf_lifecycle.plan.desired import Actual, task_sections
from sf_lifecycle.plan.document import seal
from sf_lifecycle.plan.notes import notes
from sf_lifecycle.plan.outputs import output_sections
from sf_lifecycle.plan.removals import removal_sections, together
from sf_lifecycle.plan.waves import campaign_sections

BATCH = 200  # rows of one collections call
NOTHING: Rewritten = MappingProxyType({})
READ_BACK = ("Task", "CampaignMember", "CampaignMemberStatus")


@dataclass(frozen=True, kw_only=True)
class Computed:
    """What is written back. `outputs`: set → desired values that are not there yet; `now`: set → object → the values
    that stand in those records; `words`: `set.label` → word → records, where the word is written back.
    """

    stages: pa.Table
    outputs: MappingABC[str, pa.Table]
    now: MappingABC[str, MappingABC[str, pa.Table]]
    words: MappingABC[str, MappingABC[str, int]] = field(default_factory=dict)


def build_plan(
    header: Header,
    mapping: Mapping,
    schema: OrgSchema,
    computed: Computed,
    decision: Decision,
    worded: pd.DataFrame,
    actual: Actual,
    desk: Desk,
    sizes: MappingABC[str, int],
    rewritten: Rewritten = NOTHING,
) -> Plan:
    """The plan of one job for one day: sorted, counted, sealed with its digest.

    `rewritten`: what we wrote to the same records time and again; that is not written once more.
    """
    sections = [
        *removal_sections(decision.taken, mapping, actual),
        *campaign_sections(worded, mapping, actual, decision.past, desk, schema, header.as_of),
        *task_sections(worded, decision, mapping, schema),
        *(
            section
            for set_name, desired in sorted(computed.outputs.items())
            for section in output_sections(
                desired, computed.now[set_name], schema.objects, (output_file(mapping), f"outputs.{set_name}")
            )
        ),
    ]
    kept, contested = without_contested(together(sections), rewritten)
    arranged = arrange(kept)
    labels = stage_changes(computed.stages, header.as_of)
    new = int(labels["previous"].isna().sum())
    plan = Plan(
        header=replace(header, expected_calls=expected_calls(arranged)),
        sections=arranged,
        labels=labels,
        counts=decision.counts(),
        sizes={**sizes, "stage": len(computed.stages) - new},
        notes=(*notes(decision, desk, actual.unrated), *contested),
    )
    return seal(plan)


def stage_changes(stages: pa.Table, as_of: dt.date) -> pd.DataFrame:
    """Accounts whose stage is another than when the day began (or is known for the first time), as LABEL_COLUMNS."""
    moved = stages.filter(pc.equal(stages["since"], pa.scalar(as_of, pa.date32())))
    frame = object_frame(moved).rename(columns={"_id": "id"}).assign(set="account", label="stage")
    return frame[list(LABEL_COLUMNS)].astype(object).sort_values("id", ignore_index=True)


def expected_calls(sections: Sequence[Section]) -> int:
    """HTTP requests apply will send: a call per batch, one to look at the pause switch before it, and another to read
    back what people may touch, or to look at what goes before it is deleted; for members one more, whether their
    campaign has moved on.
    """
    calls = 0
    for section in sections:
        batches = -(-len(section) // BATCH)
        looks = section.object in READ_BACK or section.operation == "delete"
        calls += batches * (2 + looks + (section.object == "CampaignMember"))
    return calls

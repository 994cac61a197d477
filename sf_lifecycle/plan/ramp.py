"""The first runs in an org write a part of their plan: flows, syncs and people meet a few thousand records, not all."""

from __future__ import annotations

from dataclasses import replace

from sf_lifecycle.plan.changes import AFTER, Plan, Section
from sf_lifecycle.plan.document import seal

DUE = AFTER + "ActivityDate"
# Few, and what the others hang on: a campaign that waits would make its members wait without a word.
WHOLE = ("Campaign", "CampaignMemberStatus")


def ramped(plan: Plan, rows: int) -> Plan:
    """The plan with at most `rows` of each kind of change; the others come with the next runs. What goes is not cut.

    Words of accounts whose fields wait are not remembered yet either: history says what people could see.
    """
    cut = [section for section in plan.sections if _is_cut(section, rows)]
    if not cut:
        return plan
    sections = tuple(_first(section, rows) if _is_cut(section, rows) else section for section in plan.sections)
    waiting = {
        ref
        for section in cut
        if section.operation == "update"
        for ref in set(section.rows["ref"]) - set(_first(section, rows).rows["ref"])
    }
    parts = ", ".join(f"{len(each) - rows:,} of {len(each):,} ({each.operation} {each.object})" for each in cut)
    note = f"one of this job's first runs here: {parts} wait for the next ones (ramp.rows_per_run = {rows:,})"
    labels = plan.labels[~plan.labels["id"].isin(waiting)].reset_index(drop=True)
    return seal(replace(plan, sections=sections, labels=labels, notes=(*plan.notes, note)))


def _is_cut(section: Section, rows: int) -> bool:
    return section.operation != "delete" and section.object not in WHOLE and len(section) > rows


def _first(section: Section, rows: int) -> Section:
    """The rows that go now: Tasks that are due first, anything else in its order."""
    order = section.rows
    if DUE in order and section.operation == "create":
        order = order.sort_values(DUE, kind="stable")
    return replace(section, rows=section.rows.loc[order.index[:rows].sort_values()].reset_index(drop=True))

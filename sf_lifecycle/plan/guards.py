"""Guards: limits on a plan that only a person may lift. Creates count too, and small sets are not exempt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping as MappingABC
from dataclasses import dataclass, field

from sf_lifecycle.config.job import Guards, Job, Limit
from sf_lifecycle.errors import Refusal
from sf_lifecycle.plan.changes import AFTER, Plan

# A field that few records fill loses half its values when one person tidies up: that is no lost permission.
FEWEST_VANISHED = 10
RECORDS_OF_OURS = ("Task", "Campaign", "CampaignMember", "CampaignMemberStatus")


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What this run saw, and what the last one remembered.

    `rows`: object → rows; `filled`: object.field → rows with a value; `visible`: object → (rows seen, counted).

    `calls_used`/`calls_limit` are the org's day of API calls, 0 where unknown. `owners`/`unresolved` count outreaches.
    """

    rows: MappingABC[str, int] = field(default_factory=dict)
    filled: MappingABC[str, int] = field(default_factory=dict)
    rows_before: MappingABC[str, int] = field(default_factory=dict)
    filled_before: MappingABC[str, int] = field(default_factory=dict)
    visible: MappingABC[str, tuple[int, int]] = field(default_factory=dict)
    owners: int = 0
    unresolved: int = 0
    calls_used: int = 0
    calls_limit: int = 0


def check(plan: Plan, job: Job, observed: Observed) -> tuple[Refusal, ...]:
    """Every guard that says no to this plan, in a fixed order; an empty tuple lets it pass."""
    return (*_writes(plan, job), *_mirror(job, observed), *_org(plan, job, observed))


def _writes(plan: Plan, job: Job) -> Iterator[Refusal]:
    guards = job.guards
    accounts = plan.sizes.get("Account", 0)
    created, updated = plan.totals("create"), plan.totals("update")
    yield from _over(job, "create_tasks", created.get("Task", 0), accounts, "Tasks to create", guards.create_tasks)
    members = created.get("CampaignMember", 0)
    yield from _over(job, "create_members", members, accounts, "campaign members to add", guards.create_members)
    campaigns = created.get("Campaign", 0)
    yield from _over(job, "create_campaigns", campaigns, accounts, "campaigns to create", guards.create_campaigns)
    for name, number in updated.items():
        size = plan.sizes.get(name, number)
        yield from _over(job, "update_records", number, size, f"{name} records to update", guards.update_records)
        cleared = _cleared(plan, name)
        yield from _over(job, "clear_values", cleared, size, f"{name} values to clear", guards.clear_values)
    moved = int(plan.labels["previous"].notna().sum())
    staged = plan.sizes.get("stage", 0)
    yield from _over(job, "stage_changes", moved, staged, "accounts to change stage", guards.stage_changes)


def _cleared(plan: Plan, object_name: str) -> int:
    section = plan.section(object_name, "update")
    if section is None or object_name in RECORDS_OF_OURS:
        return 0
    return sum(int((section.changed(name) & section.rows[AFTER + name].isna()).sum()) for name in section.fields)


def _over(job: Job, guard: str, number: int, size: int, what: str, limit: Limit) -> Iterator[Refusal]:
    """A refusal where `number` is over either limit. A share of nothing refuses as soon as there is anything."""
    way_out = f"look at the plan, then raise guards.{guard} in jobs/{job.name}.toml or run once with --allow {guard}"
    if limit.most is not None and number > limit.most:
        yield Refusal(guard=guard, message=f"{number:,} {what} is over {limit.most:,}", way_out=way_out)
    elif limit.most_share is not None and number > limit.most_share * size:
        share = f"{number / size:.1%}" if size else "all"
        message = f"{number:,} {what} is {share} of {size:,}, over {limit.most_share:.0%}"
        yield Refusal(guard=guard, message=message, way_out=way_out)


def _mirror(job: Job, observed: Observed) -> Iterator[Refusal]:
    guards: Guards = job.guards
    for name, before in sorted(observed.rows_before.items()):
        now = observed.rows.get(name, 0)
        lost = before - now
        what = f"{name} rows gone since the last run ({before:,} then, {now:,} now)"
        yield from _over(job, "shrunk_roles", lost, before, what, guards.shrunk_roles)
    for name, (seen, counted) in sorted(observed.visible.items()):
        what = f"{name} rows the org counts that its user cannot see ({seen:,} seen of {counted:,})"
        yield from _over(job, "hidden_rows", counted - seen, counted, what, guards.hidden_rows)
    for name, before in sorted(observed.filled_before.items()):
        left = observed.filled.get(name)
        if left is not None and before - left >= FEWEST_VANISHED:
            what = f"values of {name} gone since the last run, as when a field permission is lost ({left:,} left)"
            yield from _over(job, "vanished_values", before - left, before, what, guards.vanished_values)


def _org(plan: Plan, job: Job, observed: Observed) -> Iterator[Refusal]:
    what = "outreaches whose owner is nobody who can work"
    yield from _over(job, "unresolved_owners", observed.unresolved, observed.owners, what, job.guards.unresolved_owners)
    if not observed.calls_limit:
        return
    after = observed.calls_used + plan.header.expected_calls
    most = job.guards.api_calls.most_share_of_day
    if after > most * observed.calls_limit:
        message = (
            f"about {plan.header.expected_calls:,} API calls more would make {after:,} "
            f"of the org's {observed.calls_limit:,} a day, over {most:.0%}"
        )
        way_out = f"wait, or raise guards.api_calls in jobs/{job.name}.toml or run once with --allow api_calls"
        yield Refusal(guard="api_calls", message=message, way_out=way_out)

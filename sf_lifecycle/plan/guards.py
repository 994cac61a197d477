"""Guards: limits on a plan that only a person may lift. Creates count too, and small sets are not exempt."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping as MappingABC
from dataclasses import dataclass, field

from sf_lifecycle.config.job import Guards, Job, Limit
from sf_lifecycle.errors import Refusal
from sf_lifecycle.plan.changes import AFTER, BEFORE, Plan

# Of a handful half goes when one person tidies up, or three firms move on: that is no lost permission and no jump. But
# where nothing at all is left, a few are enough.
FEW, FEW_OF_ALL = 10, 3
RECORDS_OF_OURS = ("Task", "Campaign", "CampaignMember", "CampaignMemberStatus")
OPEN_TASKS, MEMBERS = "open Tasks of ours", "members of ours"  # in Plan.sizes
KB_PER_RECORD = 2  # what Salesforce counts for most records (see the storage limits of an org)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What this run saw, and what the last one remembered.

    `rows`: object → rows; `filled`: object.field → rows with a value; `visible`: object → (rows seen, counted).
    `dawn`: stage → accounts that began the day in it. `words`: label → word → rows. `rules`: the digest of mapping and
    model. `whole_runs`: runs of this job in this org that ended well. `mirror_hours`: how old the mirror is.

    `calls_used`/`calls_limit` are the org's day of API calls, 0 where unknown; `storage_mb` is (most, left), None where
    nobody asked. `owners`/`unresolved` count outreaches.
    """

    rows: MappingABC[str, int] = field(default_factory=dict)
    filled: MappingABC[str, int] = field(default_factory=dict)
    rows_before: MappingABC[str, int] = field(default_factory=dict)
    filled_before: MappingABC[str, int] = field(default_factory=dict)
    visible: MappingABC[str, tuple[int, int]] = field(default_factory=dict)
    dawn: MappingABC[str, int] = field(default_factory=dict)
    words: MappingABC[str, MappingABC[str, int]] = field(default_factory=dict)
    words_before: MappingABC[str, MappingABC[str, int]] = field(default_factory=dict)
    rules_before: str = ""
    whole_runs: int | None = None
    owners: int = 0
    unresolved: int = 0
    calls_used: int = 0
    calls_limit: int = 0
    storage_mb: tuple[int, int] | None = None
    mirror_hours: float = 0


def check(plan: Plan, job: Job, observed: Observed) -> tuple[Refusal, ...]:
    """Every guard that says no to this plan, in a fixed order; an empty tuple lets it pass."""
    return (
        *_first(plan, job, observed),
        *_creates(plan, job),
        *_changes(plan, job),
        *_taken_back(plan, job),
        *_labels(plan, job, observed),
        *_mirror(job, observed),
        *_org(plan, job, observed),
    )


def changes(plan: Plan) -> int:
    """Records written and stages moved: what people mean by a plan's size."""
    return sum(len(section) for section in plan.sections) + int(plan.labels["previous"].notna().sum())


def _first(plan: Plan, job: Job, observed: Observed) -> Iterator[Refusal]:
    number, head = changes(plan), plan.header
    if observed.whole_runs == 0 and head.kind in job.ramp.kinds:
        what = f"changes on the first run of this job in the {head.kind} org"
        yield from _over(job, "first_run", number, number, what, job.guards.first_run)
    if observed.rules_before not in ("", head.rules_digest):
        what = "changes under rules that are not those of the last run"
        yield from _over(job, "rules_changed", number, number, what, job.guards.rules_changed)


def _creates(plan: Plan, job: Job) -> Iterator[Refusal]:
    guards = job.guards
    accounts = plan.sizes.get("Account", 0)
    created = plan.totals("create")
    yield from _over(job, "create_tasks", created.get("Task", 0), accounts, "Tasks to create", guards.create_tasks)
    members = created.get("CampaignMember", 0)
    yield from _over(job, "create_members", members, accounts, "campaign members to add", guards.create_members)
    campaigns = created.get("Campaign", 0)
    yield from _over(job, "create_campaigns", campaigns, accounts, "campaigns to create", guards.create_campaigns)


def _changes(plan: Plan, job: Job) -> Iterator[Refusal]:
    guards = job.guards
    open_tasks = plan.sizes.get(OPEN_TASKS, 0)
    changed = _tasks_updated(plan, taken_back=False)
    yield from _over(job, "update_tasks", changed, open_tasks, "open Tasks to change", guards.update_tasks)
    for name, number in plan.totals("update").items():
        if name in RECORDS_OF_OURS:
            continue
        size = plan.sizes.get(name, number)
        yield from _over(job, "update_records", number, size, f"{name} records to update", guards.update_records)
        cleared = _cleared(plan, name)
        yield from _over(job, "clear_values", cleared, size, f"{name} values to clear", guards.clear_values)


def _taken_back(plan: Plan, job: Job) -> Iterator[Refusal]:
    guards, removed = job.guards, plan.totals("delete")
    open_tasks, members = plan.sizes.get(OPEN_TASKS, 0), plan.sizes.get(MEMBERS, 0)
    closed = _tasks_updated(plan, taken_back=True)
    yield from _over(job, "close_tasks", closed, open_tasks, "open Tasks to close", guards.close_tasks)
    deleted = removed.get("Task", 0)
    yield from _over(job, "remove_tasks", deleted, open_tasks, "open Tasks to take back", guards.remove_tasks)
    changed = plan.totals("update").get("CampaignMember", 0)
    yield from _over(job, "update_members", changed, members, "campaign members to change", guards.update_members)
    gone = removed.get("CampaignMember", 0)
    yield from _over(job, "remove_members", gone, members, "campaign members to remove", guards.remove_members)


def _tasks_updated(plan: Plan, *, taken_back: bool) -> int:
    section = plan.section("Task", "update")
    return 0 if section is None else int(section.rows["cause"].notna().eq(taken_back).sum())


def _cleared(plan: Plan, object_name: str) -> int:
    """Values that would be emptied. A date that has passed is none: dates run out by themselves, many on one day."""
    section = plan.section(object_name, "update")
    if section is None:
        return 0
    today, cleared = plan.header.as_of, 0
    for name in section.fields:
        before = section.rows.loc[section.changed(name) & section.rows[AFTER + name].isna(), BEFORE + name]
        cleared += sum(not (isinstance(value, dt.date) and value < today) for value in before)
    return cleared


def _labels(plan: Plan, job: Job, observed: Observed) -> Iterator[Refusal]:
    guards = job.guards
    left = Counter(word for word in plan.labels["previous"] if word is not None)
    staged = plan.sizes.get("stage", 0)
    yield from _over(job, "stage_changes", left.total(), staged, "accounts to change stage", guards.stage_changes)
    for word, number in sorted(left.items()):
        if word in observed.dawn and _is_many(number, observed.dawn[word] - number):
            what = f"accounts to leave the stage {word}"
            yield from _over(job, "label_jump", number, observed.dawn[word], what, guards.label_jump)
    for label, before in sorted(observed.words_before.items()):
        now, size = observed.words.get(label), sum(before.values())
        for word in sorted({*before, *(now or {})} if now is not None else ()):
            was, became = before.get(word, 0), (now or {}).get(word, 0)
            if _is_many(abs(became - was), became):
                what = f"rows' difference in {label} = {word} since the last run ({was:,} then, {became:,} now)"
                yield from _over(job, "label_jump", abs(became - was), size, what, guards.label_jump)


def _is_many(gone: int, left: int) -> bool:
    return gone >= (FEW if left else FEW_OF_ALL)


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
        if left is not None and _is_many(before - left, left):
            what = f"values of {name} gone since the last run, as when a field permission is lost ({left:,} left)"
            yield from _over(job, "vanished_values", before - left, before, what, guards.vanished_values)
    if observed.mirror_hours > guards.old_mirror.most_hours:
        message = f"the plan rests on what was read {observed.mirror_hours:.0f} hours ago, over "
        message += f"{guards.old_mirror.most_hours:g}"
        way_out = "plan again, or run once with --allow old_mirror"
        yield Refusal(guard="old_mirror", message=message, way_out=way_out)


def _org(plan: Plan, job: Job, observed: Observed) -> Iterator[Refusal]:
    what = "outreaches whose owner is nobody who can work"
    yield from _over(job, "unresolved_owners", observed.unresolved, observed.owners, what, job.guards.unresolved_owners)
    yield from _storage(plan, job, observed)
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


def _storage(plan: Plan, job: Job, observed: Observed) -> Iterator[Refusal]:
    if observed.storage_mb is None:
        return
    most, left = observed.storage_mb
    used = most - left + storage_needed(plan)
    yield from _over(job, "storage", used, most, "MB of data storage used once this is written", job.guards.storage)


def storage_needed(plan: Plan) -> int:
    """MB of the org's data storage that the records to be created take, rounded up."""
    return -(-sum(plan.totals("create").values()) * KB_PER_RECORD // 1024)

"""What people in Salesforce see and steer: fields on layouts, the brake, the heartbeat, activities caught elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from sf_lifecycle.brakes import PAUSED, SETTING
from sf_lifecycle.doctor.facts import Facts, Setup, Untold
from sf_lifecycle.doctor.findings import PEOPLE, Finding, ok, untold, warning
from sf_lifecycle.heartbeat import KEY, OBJECT

OUR_KEY = "Lifecycle_Key__c"
ON_TASKS = ("Lifecycle_Reason__c", "Lifecycle_Outcome__c", "Lifecycle_Next_Date__c")
CAPTURE = "ActivityMetric"
_DEPLOY = "deploy salesforce/ and assign Lifecycle_Worker"


def shown_fields(setup: Setup) -> dict[str, tuple[str, ...]]:
    """Object → fields of ours that people should find on its page."""
    wanted: dict[str, tuple[str, ...]] = {}
    for set_name, outputs in setup.mapping.outputs.items():
        for source in setup.mapping.roles.get(set_name, ()):
            wanted[source.object] = tuple(dict.fromkeys((*wanted.get(source.object, ()), *outputs)))
    if any(play.task for play in setup.plays.values()):
        wanted["Task"] = tuple(dict.fromkeys((*wanted.get("Task", ()), *ON_TASKS)))
    return wanted


def layouts(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """A deployed field is on no layout, and people see nothing of what is written to it."""
    silent: dict[str, list[str]] = {}
    for name, fields in sorted(shown_fields(setup).items()):
        info, on_page = facts.schema.objects.get(name), facts.layouts.get(name)
        there = [field for field in fields if info is not None and field in info.fields]
        if not there or on_page is None:
            continue
        if isinstance(on_page, Untold):
            silent.setdefault(on_page.why, []).append(name)
            continue
        absent = [field for field in there if field not in on_page]
        if absent:
            yield warning(
                PEOPLE,
                f"{name}: {', '.join(absent)} {'are' if len(absent) > 1 else 'is'} on no page layout that the worker's "
                f"profile is given: people may not see {'them' if len(absent) > 1 else 'it'}",
                f"add them in Setup > Object Manager > {name} > Page Layouts (or Dynamic Forms, which are not told)",
            )
        else:
            yield ok(PEOPLE, f"{name}: all our fields are on a page layout")
        if OUR_KEY in on_page:
            what = f"{name}: {OUR_KEY} is on a page layout: a copied record would copy the key, and be refused"
            yield warning(PEOPLE, what, "take it off the layout")
    for why, names in silent.items():
        yield untold(PEOPLE, f"which fields stand on the pages of {', '.join(names)}", why, "look at a record's page")


def brake(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """The checkbox by which anybody in the org stops us."""
    info = facts.schema.objects.get(SETTING)
    if info is None or PAUSED not in info.fields:
        what = f"{SETTING}.{PAUSED} is not there: nobody in Salesforce can stop the worker"
        yield warning(PEOPLE, what, _DEPLOY)
    elif isinstance(facts.paused, Untold):
        fix = f"grant read on {SETTING}: a brake that cannot be read counts as pulled"
        yield untold(PEOPLE, "whether somebody pulled the brake", facts.paused.why, fix)
    elif facts.paused:
        what = f"the brake is pulled ({PAUSED} on {', '.join(facts.paused)}): nothing is written"
        yield warning(PEOPLE, what, "ask who ticked it and why; untick it")
    else:
        yield ok(PEOPLE, f"the brake ({SETTING}) is there, and not pulled")


def heartbeat(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """The record by which people see when the job last ran."""
    info = facts.schema.objects.get(OBJECT)
    if info is None or KEY not in info.fields:
        what = f"{OBJECT} is not there: people in Salesforce cannot see when a job last ran"
        yield warning(PEOPLE, what, _DEPLOY)
        return
    fixed = [name for name, field in info.fields.items() if name.endswith("__c") and not field.updateable]
    if not info.createable or not info.updateable or fixed:
        what = f"{OBJECT} may not be written{': ' + ', '.join(fixed) if fixed else ''}"
        yield warning(PEOPLE, what, _DEPLOY)
    else:
        yield ok(PEOPLE, f"the heartbeat ({OBJECT}) is there")


def activity_capture(facts: Facts, setup: Setup) -> Iterator[Finding]:
    """What Einstein Activity Capture catches is in no Task and no Event. No description says surely that it is on."""
    if CAPTURE in facts.schema.objects:
        yield warning(
            PEOPLE,
            f"Einstein Activity Capture seems to be on ({CAPTURE} is there): mails and meetings it catches are in no "
            f"Task, so an account can look neglected that is not",
            "do not rest a play on silence alone, or map what your firm keeps of those mails",
        )
    else:
        why = f"no description says so; there is no {CAPTURE}"
        fix = "look in Setup > Einstein Activity Capture; what it catches is in no Task, and not counted as contact"
        yield untold(PEOPLE, "whether Einstein Activity Capture is on", why, fix)

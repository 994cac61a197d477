"""A small working folder as text, to be written to disk whole or with one thing changed."""

from __future__ import annotations

from pathlib import Path

CONFIG = """
timezone = "Europe/Amsterdam"
[salesforce]
instance_url = "http://127.0.0.1:8890"
kind = "local"
login = "client_credentials"
client_id = "id"
client_secret = "hush-hush"
"""

JOB = """
description = "Every night"
schedule = "30 3 * * mon-fri"
write_between = ["06:00", "07:30"]
mapping = "telecom"
model = "plain"
[guards]
create_tasks = { most = 500 }
stage_changes = { most_share = 0.2 }
"""

MODEL = """
title = "Two stages"
[needs]
own_active = "number"
[labels.account.stage]
order = ["prospect", "customer"]
[[labels.account.stage.rules]]
label = "customer"
when = "own_active > 0"
[[labels.account.stage.rules]]
label = "prospect"
[stages]
prospect = ["win"]
customer = ["keep"]
"""

OBJECTS = """
[account]
object = "Account"
[account.fields]
name = "Name"
owner = "OwnerId"
[[other_contract]]
object = "Lifecycle_Provider_Contract__c"
parent = "Account__c"
[other_contract.fields]
provider = "Provider__c"
end_date = { field = "End_Date__c", type = "date" }
[case]
object = "Case"
parent = "AccountId"
[case.fields]
created = "CreatedDate"
"""

LIFECYCLE = """
locale = "nl_NL"
[parameters]
window_days = 90
running = ["Activated", "Expired"]
slack_days = { by = "provider", values = { Belnet = 0 }, default = 1.5 }
[columns.other_contract]
decision_date = "add_days(end_date, -30)"
[features.account]
own_active = { from = "other_contract", value = "count(*)" }
[outputs.account]
Lifecycle_Stage__c = "stage"
[owners]
fallback = "desk"
named = { communications = "comms" }
"""

PLAY = """
title = "Contract elsewhere can be ended"
purpose = "win"
for_each = "other_contract"
when = "end_date is not null"
rank = "1"
key = ["account.id"]
occasion = "min(decision_date)"
priority = 60
because = "Ends {{ end_date | date }}"
[task]
subject = "{{ account.name }}"
script = "scripts/compare.md.j2"
due = { before = "decision_date", business_days = 10 }
[campaign]
wave = "date_trunc('month', decision_date)"
name = "Wave {{ wave | month_year }}"
members = "account.mail_contact"
owner = "communications"
"""

FILES = {
    "config.toml": CONFIG,
    "jobs/nightly.toml": JOB,
    "mappings/models/plain.toml": MODEL,
    "mappings/telecom/objects.toml": OBJECTS,
    "mappings/telecom/lifecycle.toml": LIFECYCLE,
    "mappings/telecom/plays/switch-window.toml": PLAY,
    "mappings/telecom/scripts/compare.md.j2": "Compare us with {{ provider }}.\n",
}


def write_workspace(root: Path, changes: dict[str, str | bytes | None] | None = None) -> Path:
    """Write the folder, with `changes` (file to new content, None to leave it out); returns the config file."""
    for name, content in {**FILES, **(changes or {})}.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root / "config.toml"


def replaced(name: str, old: str, new: str) -> dict[str, str]:
    """The change of `old` to `new` in one of the files."""
    assert FILES[name].count(old) == 1, f"{old!r} stands {FILES[name].count(old)} times in {name}"
    return {name: FILES[name].replace(old, new)}

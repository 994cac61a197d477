"""Hours, absence and country of users, from fields of the org to who has which Task when."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from firms import DAY, Firm
from shell import Shell

from sf_lifecycle.config.mapping import Calendar, Owners
from sf_lifecycle.lifecycle.owners import open_desk
from sf_lifecycle.mirror import MirrorReader, open_mirror

HOURS, SINCE, UNTIL = "Lifecycle_Hours_Share__c", "Lifecycle_Away_From__c", "Lifecycle_Away_Until__c"
USER = {"country": "Country", "hours_share": HOURS, "away_from": SINCE, "away_until": UNTIL}
OURS = '"Lifecycle_Key__c" IS NOT NULL'


@pytest.fixture
def staffed(make_firm: Callable[..., Firm]) -> Firm:
    """A firm whose mapping reads how its users work."""
    firm = make_firm(400)
    firm.only("switch-window")
    file = firm.folder / "mappings/telecom/lifecycle.toml"
    text = file.read_text(encoding="utf-8")
    if "[owners.user]" not in text:
        keys = "".join(f'{key} = "{field}"\n' for key, field in USER.items())
        file.write_text(f"{text}\n[owners.user]\n{keys}", encoding="utf-8")
    return firm


def owners(firm: Firm) -> list[str]:
    """Active reps who own accounts, those with most accounts first."""
    rows = firm.rows(
        'SELECT u.Id FROM "Account" a JOIN "User" u ON u.Id = a.OwnerId WHERE u.IsActive = 1 AND u.Alias LIKE ? '
        "GROUP BY u.Id ORDER BY count(*) DESC, u.Id",
        "rep%",
    )
    return [row["Id"] for row in rows]


def say(firm: Firm, user: str, **values: Any) -> None:
    sets = ", ".join(f'"{name}" = ?' for name in values)
    firm.change(f'UPDATE "User" SET {sets} WHERE "Id" = ?', *values.values(), user)


def made(firm: Firm) -> list[tuple[str, dt.date]]:
    """Owner and due day of our Tasks."""
    rows = firm.rows(f'SELECT OwnerId, ActivityDate FROM "Task" WHERE {OURS}')
    return [(row["OwnerId"], dt.date.fromisoformat(row["ActivityDate"])) for row in rows]


def test_the_mirror_reads_what_users_say_of_themselves(staffed: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    half, away = owners(staffed)[:2]
    say(staffed, half, **{HOURS: 50, "Country": "Polska", "LanguageLocaleKey": "pl"})
    say(staffed, away, **{SINCE: "2026-12-01", UNTIL: "2026-12-24"})
    ended = Shell(capsys, staffed.config)("pull")
    assert ended.code == 0, ended.err
    mirror = open_mirror(staffed.workspace().settings.storage.data_dir, org_id=staffed.org.org_id, kind="local")
    with mirror.connect() as con:
        users = MirrorReader(con).users()
    found = Owners.model_validate({"fallback": "sdesk", "user": USER})
    desk = open_desk(found, users, file="lifecycle.toml", calendar=Calendar(), as_of=DAY)
    assert (desk.share(half), desk.language(half)) == (Fraction(1, 2), "pl")
    assert not desk.days(half).works(dt.date(2026, 11, 11), dt.date(2026, 11, 11))
    assert desk.away(away) == ((dt.date(2026, 12, 1), dt.date(2026, 12, 24)),)


def test_a_field_that_is_hidden_is_told_with_the_way_out(staffed: Firm, capsys: pytest.CaptureFixture[str]) -> None:
    staffed.edit("mappings/telecom/lifecycle.toml", HOURS, "Lifecycle_Hours__c")
    for command in ("pull", "doctor"):
        ended = Shell(capsys, staffed.config)(command)
        assert ended.code != 0
        assert "owners.user.hours_share" in ended.said
        assert "Lifecycle_Hours_Share__c" in ended.said


def test_a_night_keeps_to_everybodys_hours(staffed: Firm) -> None:
    none, away, leaves = owners(staffed)[:3]
    say(staffed, none, **{HOURS: 0})
    say(staffed, away, **{SINCE: "2026-11-01", UNTIL: "2028-01-01"})
    say(staffed, leaves, **{SINCE: "2026-12-01"})
    assert staffed.run().status == "done"
    tasks = made(staffed)
    assert tasks
    assert {none, away}.isdisjoint({owner for owner, _ in tasks})
    assert all(due < dt.date(2026, 12, 1) for owner, due in tasks if owner == leaves)
    weeks = Counter((owner, due.isocalendar()[:2]) for owner, due in tasks)
    assert max(weeks.values()) <= 20


def test_who_is_away_keeps_theirs_and_who_stands_in_keeps_what_they_got(staffed: Firm) -> None:
    one = owners(staffed)[0]
    say(staffed, one, **{SINCE: "2026-11-01", UNTIL: "2028-01-01"})
    assert staffed.run().status == "done"
    before = sorted(made(staffed))
    assert {owner for owner, _ in before}.isdisjoint({one})
    assert staffed.run().status == "nothing"
    say(staffed, before[0][0], **{SINCE: "2026-11-24"})
    staffed.run()
    assert set(before) <= set(made(staffed))

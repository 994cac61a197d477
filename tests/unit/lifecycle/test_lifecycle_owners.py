"""Owners who cannot work are replaced through their managers; nobody's Tasks vanish."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from sf_lifecycle.config.mapping import Calendar, Owners
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.lifecycle.owners import Desk, open_desk

AS_OF = dt.date(2026, 11, 23)
USERS = pd.DataFrame(
    [
        ("rep", "Rep", True, "Standard", "boss", "rep"),
        ("gone", "Gone", False, "Standard", "boss", "gone"),
        ("orphan", "Orphan", False, "Standard", None, "orphan"),
        ("loop1", "Loop", False, "Standard", "loop2", "l1"),
        ("loop2", "Loop", False, "Standard", "loop1", "l2"),
        ("chat", "Chatter", True, "CsnOnly", "boss", "chat"),
        ("boss", "Boss", True, "Standard", None, "boss"),
        ("desk", "Desk", True, "Standard", None, "sdesk"),
    ],
    columns=["Id", "Name", "IsActive", "UserType", "ManagerId", "Alias"],
)


def desk(**keys: object) -> Desk:
    owners = Owners.model_validate({"fallback": "sdesk"} | keys)
    return open_desk(owners, USERS, file="lifecycle.toml", calendar=Calendar(), as_of=AS_OF)


def test_who_takes_the_work() -> None:
    owners = pd.Series(["rep", "gone", "chat", "orphan", "loop1", "00Gqueue", None], dtype=object)
    assert desk().resolve(owners).tolist() == ["rep", "boss", "boss", "desk", "desk", "desk", "desk"]
    assert desk().unresolved(owners) == 4


@pytest.mark.parametrize(
    ("keys", "place", "says"),
    [
        ({"fallback": "nobody"}, "owners.fallback", "no user of the org has Alias 'nobody'"),
        ({"fallback": "gone"}, "owners.fallback", "inactive"),
        ({"named": {"communications": "chat"}}, "owners.named.communications", "no full user"),
    ],
)
def test_a_name_that_cannot_work_is_said(keys: dict[str, object], place: str, says: str) -> None:
    with pytest.raises(ConfigError) as raised:
        desk(**keys)
    (problem,) = raised.value.problems
    assert (problem.file, problem.place) == ("lifecycle.toml", place)
    assert says in problem.message


FIELDS = {
    "country": "Land__c",
    "hours_share": "Lifecycle_Hours_Share__c",
    "away_from": "Lifecycle_Away_From__c",
    "away_until": "Lifecycle_Away_Until__c",
}


def staffed(said: dict[str, dict[str, Any]], **keys: Any) -> Desk:
    """The desk of USERS, some of whom say how they work: Id → field of `[owners.user]` → value."""
    columns = {field: [said.get(user, {}).get(name) for user in USERS["Id"]] for name, field in FIELDS.items()}
    words = {
        "LanguageLocaleKey": [said.get(user, {}).get("language") for user in USERS["Id"]],
        "LocaleSidKey": [said.get(user, {}).get("locale") for user in USERS["Id"]],
    }
    users = USERS.assign(**{name: pd.Series(values, dtype=object) for name, values in (columns | words).items()})
    owners = Owners.model_validate({"fallback": "sdesk", "user": FIELDS} | keys)
    return open_desk(owners, users, file="lifecycle.toml", calendar=Calendar(country="NL"), as_of=AS_OF)


def ids(*users: str | None) -> "pd.Series[str]":
    return pd.Series(list(users), dtype=object)


def test_what_users_say_of_themselves() -> None:
    found = staffed({"rep": {"language": "pl", "locale": "pl_PL", "country": "Polska", "hours_share": Decimal("60")}})
    assert (found.language("rep"), found.locale("rep"), found.share("rep")) == ("pl", "pl_PL", Fraction(3, 5))
    independence, kings_day = dt.date(2026, 11, 11), dt.date(2026, 4, 27)
    assert not found.days("rep").works(independence, independence)
    assert found.days("rep").works(kings_day, kings_day)
    assert not found.days("boss").works(kings_day, kings_day)
    assert found.days("boss") is found.days("nobody we know")
    assert (found.language("boss"), found.locale("boss"), found.share("boss"), found.away("boss")) == (
        None,
        None,
        1,
        (),
    )


def test_a_country_nobody_knows_is_the_mappings_and_is_told() -> None:
    found = staffed({"rep": {"country": "Atlantis"}, "boss": {"country": "Nederland"}, "desk": {"hours_share": 140}})
    assert found.days("rep") is found.days("boss") is found.days("desk")
    assert found.share("desk") == 1
    assert found.notes == (
        "users whose Land__c is no country that we know ('Atlantis'): 1; their working days are those of NL",
        "users whose Lifecycle_Hours_Share__c is not between 0 and 100, read as the nearer: 1",
    )
    assert staffed({}).notes == ()


def test_who_has_no_hours_takes_no_tasks() -> None:
    found = staffed({"rep": {"hours_share": 0}, "boss": {"hours_share": Decimal("0.5")}})
    assert found.resolve(ids("rep", "boss")).tolist() == ["boss", "boss"]
    assert found.gone("005x")
    assert found.unresolved(ids("rep")) == 0
    both = staffed({"rep": {"hours_share": 0}, "boss": {"hours_share": 0}}, named={"communications": "rep"})
    assert both.resolve(ids("rep", "gone")).tolist() == ["desk", "desk"]
    assert both.named == {"communications": "rep"}
    with pytest.raises(ConfigError, match="takes no Tasks: their Lifecycle_Hours_Share__c is 0"):
        staffed({"desk": {"hours_share": 0}})


@pytest.mark.parametrize(
    ("since", "until", "limit", "who"),
    [
        (dt.date(2026, 11, 1), dt.date(2026, 12, 31), dt.date(2026, 12, 15), "boss"),
        (dt.date(2026, 11, 1), dt.date(2026, 12, 15), dt.date(2026, 12, 15), "boss"),  # both days included
        (dt.date(2026, 11, 1), dt.date(2026, 12, 14), dt.date(2026, 12, 15), "rep"),  # waits for them
        (dt.date(2026, 11, 24), dt.date(2026, 12, 31), dt.date(2026, 12, 15), "rep"),  # due before they leave
        (dt.date(2026, 11, 23), dt.date(2026, 11, 27), dt.date(2026, 11, 29), "boss"),  # only a weekend is left
        (None, dt.date(2026, 12, 31), dt.date(2026, 12, 15), "boss"),
        (dt.date(2026, 11, 23), None, dt.date(2026, 12, 15), "boss"),
        (dt.date(2026, 11, 23), None, None, "boss"),
        (dt.date(2026, 11, 1), dt.date(2026, 12, 31), None, "rep"),
        (dt.date(2026, 11, 1), dt.date(2026, 12, 31), dt.date(2026, 11, 20), "rep"),  # too late for anybody
        (dt.date(2026, 12, 31), dt.date(2026, 11, 1), dt.date(2026, 12, 15), "rep"),  # nobody can mean that
    ],
)
def test_who_is_away_as_long_as_it_makes_sense_hands_it_over(
    since: dt.date | None, until: dt.date | None, limit: dt.date | None, who: str
) -> None:
    found = staffed({"rep": {"away_from": since, "away_until": until}})
    limits = pd.Series(pd.to_datetime([limit, limit]))
    assert found.present(ids("rep", "desk"), limits, AS_OF).tolist() == [who, "desk"]


def test_nobody_and_nothing_asked() -> None:
    found = staffed({"rep": {"away_from": AS_OF}})
    nothing = found.present(ids(), pd.Series([], dtype="datetime64[s]"), AS_OF)
    assert nothing.tolist() == []
    limits = pd.Series(pd.to_datetime([None, "2026-12-31", "2026-12-31"]), index=[7, 3, 5])
    owners = pd.Series(["boss", "rep", "desk"], index=[7, 3, 5], dtype=object)
    assert found.present(owners, limits, AS_OF).to_dict() == {7: "boss", 3: "boss", 5: "desk"}
    assert staffed({}).present(owners, limits, AS_OF).to_dict() == owners.to_dict()


def test_who_may_have_what_somebody_left_behind() -> None:
    found = staffed({"rep": {"hours_share": 0}})
    assert found.takers("rep", "boss") == ("boss", "desk")
    assert found.takers(None, "desk") == ("desk",)
    assert found.takers("boss", "boss") == ("boss",)


def test_where_all_above_are_away_the_fallback_has_it() -> None:
    month = {"away_from": dt.date(2026, 11, 1), "away_until": dt.date(2026, 11, 30)}
    found = staffed({"rep": month, "boss": month, "desk": month})
    limits = pd.Series(pd.to_datetime(["2026-11-27"]))
    assert found.present(ids("rep"), limits, AS_OF).tolist() == ["desk"]
    assert found.stood_in("desk", "rep", dt.date(2026, 11, 27))
    assert found.stood_in("boss", "rep", dt.date(2026, 11, 27))
    assert not found.stood_in("boss", "rep", dt.date(2026, 12, 1))
    assert not found.stood_in("rep", "rep", dt.date(2026, 11, 27))
    assert not found.stood_in("boss", "rep", None)


def test_a_field_that_is_not_named_says_nothing() -> None:
    users = USERS.assign(Lifecycle_Hours_Share__c=0, LanguageLocaleKey="nl")
    found = open_desk(Owners(fallback="sdesk"), users, file="x", calendar=Calendar(), as_of=AS_OF)
    assert found.share("rep") == 1
    assert found.language("rep") == "nl"

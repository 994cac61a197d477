"""The mappings of an energy supplier and a software vendor: whole, fit for every model, right on days that count."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sf_lifecycle.config.load_mapping import load_mapping
from sf_lifecycle.config.load_model import load_model
from sf_lifecycle.config.mapping import Mapping, Model, Play, Words
from sf_lifecycle.config.offline_schema import offline_schema
from sf_lifecycle.config.schema import OrgSchema
from sf_lifecycle.engine import Program, Query, build
from sf_lifecycle.engine.definitions import field_type
from sf_lifecycle.lifecycle.queries import output_query, play_query, play_texts, standing_query, texts_query

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("energie", "saas")
MODELS = ("tele2", "efficy", "servicenow", "profit4sf", "flywheel")
PLAYS = [(name, path.stem) for name in NAMES for path in sorted((ROOT / "mappings" / name / "plays").glob("*.toml"))]
DAY = dt.date(2026, 11, 23)
# In [voice]: the word of somebody who is gone, and of somebody in talks.
VOICE = {"energie": ("gereserveerd", "weg", "in gesprek"), "saas": ("reserved", "gone", "in talks")}


@cache
def shipped(name: str) -> tuple[Mapping, OrgSchema]:
    """A mapping as it ships, and the fields known without its own org: what ships, and the types it gives itself."""
    loaded = load_mapping(ROOT / "mappings" / name, shown=f"mappings/{name}")
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.mapping is not None
    salesforce = ROOT / "salesforce"
    schema = offline_schema(data_dir=ROOT / "none", sfdx=salesforce, sfdx_shown="salesforce", mapping=loaded.mapping)
    return loaded.mapping, schema


@cache
def model_named(name: str) -> Model:
    return load_model(ROOT / "mappings" / "models" / f"{name}.toml", shown=f"mappings/models/{name}.toml")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("model", MODELS)
def test_every_model_compiles_and_every_stage_is_served(name: str, model: str) -> None:
    mapping, schema = shipped(name)
    chosen = model_named(model)
    queries = [output_query(mapping, each) for each in mapping.outputs]
    for play in mapping.plays:
        texts = play_texts(mapping, play)
        found = (play_query(mapping, play), texts_query(mapping, play, texts), standing_query(mapping, play))
        queries += [query for query in found if query]
    build(mapping, chosen, schema, queries, timezone="Europe/Amsterdam")
    purposes = {play.purpose for play in mapping.plays.values()}
    assert [stage for stage, served in chosen.stages.items() if not purposes & set(served)] == []
    assert purposes <= {purpose for served in chosen.stages.values() for purpose in served}


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_says_why_but_the_one_that_stops_nobody(name: str) -> None:
    labels = [
        (label, rule) for named in shipped(name)[0].labels.values() for label in named.values() for rule in label.rules
    ]
    assert [rule.label for _, rule in labels if not rule.because] == ["open"]


@pytest.mark.parametrize("name", NAMES)
def test_compliance_fails_closed(name: str) -> None:
    for label in ("may_call", "may_email"):
        found = shipped(name)[0].labels["contact"][label]
        assert (found.unknown, found.rules[-1].label) == ("no", "no")


@pytest.mark.parametrize("name", NAMES)
def test_who_has_the_word_is_left_to_it(name: str) -> None:
    mapping, (label, gone, talks) = shipped(name)[0], VOICE[name]
    assert mapping.voice.label == label
    assert mapping.voice.words[gone] == ()
    assert set(mapping.voice.words[talks]) == {"close", "follow", "welcome", "help"}
    assert all("follow" in purposes for word, purposes in mapping.voice.words.items() if word != gone)
    assert set(mapping.voice.words) < {rule.label for rule in mapping.labels["account"][label].rules}


def test_no_two_mappings_share_a_play_or_a_priority_within_one() -> None:
    """Jobs of two mappings may run in one org only where their plays are called differently."""
    telecom = {path.stem for path in (ROOT / "mappings/telecom/plays").glob("*.toml")}
    energie, saas = (set(shipped(name)[0].plays) for name in NAMES)
    assert not telecom & (energie | saas)
    assert not energie & saas
    for name in NAMES:
        priorities = [play.priority for play in shipped(name)[0].plays.values()]
        assert len(set(priorities)) == len(priorities)


@pytest.mark.parametrize("name", NAMES)
def test_every_script_is_used_and_ends_in_what_to_enter(name: str) -> None:
    mapping = shipped(name)[0]
    used: set[str] = set()
    for play in mapping.plays.values():
        script = play.task.script if play.task else None
        if isinstance(script, str):
            used.add(script)
        elif script is not None:
            used |= {str(path) for path in (*script.values.values(), script.default)}
    assert used == set(mapping.scripts)
    assert all("Outcome" in text for text in mapping.scripts.values())


@pytest.mark.parametrize(("name", "play"), PLAYS)
def test_a_play_keeps_to_what_stands_still_and_names_whom(name: str, play: str) -> None:
    mapping = shipped(name)[0]
    found = mapping.plays[play]
    assert "today()" not in found.occasion
    for text in _texts(found):
        assert not re.search(r"\btoday|\bdays_(since|until)|handel_(op|voor)|act_by", text)
    assert found.task is not None
    assert bool(found.contact) == (found.task.channel in ("call", "email"))
    assert found.purpose != "find" or found.task.channel == "research"
    if found.task.due.after and "today()" in found.task.due.after:
        assert found.task.due.business_days <= mapping.capacity.lead_days / 2
    assert all(key.rpartition(".")[2] == "id" for key in found.key)


def _texts(play: Play) -> list[str]:
    words: list[Words | None] = [play.because]
    words += [play.task.subject, play.task.text] if play.task else []
    assert all(each is None or isinstance(each, str) for each in words)  # one language each
    return [each for each in words if isinstance(each, str)]


# ---------------------------------------------------------------- right on the days that count


class World:
    """Records of one firm's org, worked out without an org."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.ids = ["005000000000000001"]
        usual = {"Name": "Bakker", "OwnerId": self.ids[0], "CreatedDate": dt.datetime(2020, 1, 2, 9, tzinfo=dt.UTC)}
        self.account = self.add("Account", Lifecycle_Legal_Form__c="BV", **usual)

    def add(self, object_name: str, **fields: Any) -> str:
        made = f"{object_name[:3]}{len(self.ids):015d}"
        self.ids.append(made)
        below = {} if object_name == "Account" else {"AccountId": self.account}
        self.records[object_name].append({"Id": made, **below, **fields})
        return made

    def said(self, set_: str, record: str, value: str, day: dt.date = DAY) -> Any:
        """A value of one record on one day."""
        columns = _columns(self.name)
        keys = {each: number for number, each in enumerate(self.ids, 1)}
        with duckdb.connect(config={"threads": 1}) as con:
            con.execute("create schema mirror")
            con.execute("create table mirror._ids (id varchar, key bigint)")
            con.executemany("insert into mirror._ids values (?, ?)", [list(pair) for pair in keys.items()])
            for object_name, types in columns.items():
                listed = ", ".join(f'"{field}" {type_}' for field, type_ in types.items())
                con.execute(f'create table mirror."{object_name}" (_key bigint, _id varchar, {listed})')
                for row in self.records[object_name]:
                    assert set(row) <= {"Id", *types}, object_name
                    values = [_stored(row.get(field), keys) for field in types]
                    marks = ", ".join("?" * (len(types) + 2))
                    into = f'insert into mirror."{object_name}" values ({marks})'
                    con.execute(into, [keys[row["Id"]], row["Id"], *values])
            with _program(self.name, set_, value).run(con, as_of=day) as run:
                rows = run.fetch("asked").to_pylist()
        return {row["_id"]: row["value"] for row in rows}[record]


def _stored(value: Any, keys: dict[str, int]) -> Any:
    """A value as the mirror keeps it: an Id by its key, a moment naive and in UTC."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None)
    return keys.get(value, value) if isinstance(value, str) else value


@cache
def _program(name: str, set_: str, value: str) -> Program:
    mapping, schema = shipped(name)
    asked = Query(name="asked", set=set_, select={"value": value})
    return build(mapping, model_named("tele2"), schema, [asked], timezone="Europe/Amsterdam")


@cache
def _columns(name: str) -> dict[str, dict[str, str]]:
    """Object → API field → the type its column has."""
    mapping, schema = shipped(name)
    columns: dict[str, dict[str, str]] = defaultdict(dict)
    for source in (source for sources in mapping.roles.values() for source in sources):
        for path in [ref.field for ref in source.fields.values()] + ([source.parent] if source.parent else []):
            info = schema.resolve(source.object, path)
            assert info is not None, f"{source.object}.{path}"
            columns[source.object][path] = field_type(info).sql
    return dict(columns)


@pytest.mark.parametrize(
    ("day", "positie"),
    [
        (dt.date(2026, 9, 1), "vast"),
        (dt.date(2026, 9, 16), "venster"),  # 90 days before the last day to give notice
        (dt.date(2026, 12, 15), "venster"),
        (dt.date(2026, 12, 16), "opzegdag voorbij"),
        (dt.date(2027, 1, 14), "opzegdag voorbij"),
        (dt.date(2027, 1, 15), "vrij"),  # variable from the day after its end: any month
    ],
)
def test_energie_a_contract_elsewhere_goes_through_its_year(day: dt.date, positie: str) -> None:
    world = World("energie")
    contract = world.add("Contract", Soort__c="Elders", Status="Draft", EndDate=dt.date(2027, 1, 14))
    assert world.said("elders", contract, "positie", day) == positie


def test_energie_a_date_that_was_only_heard_opens_its_window_sooner_and_closes_it_later() -> None:
    world = World("energie")
    contract = world.add("Contract", Soort__c="Elders", Einddatum__c=dt.date(2027, 1, 14))
    assert world.said("elders", contract, "positie", dt.date(2026, 8, 2)) == "venster"
    assert world.said("elders", contract, "positie", dt.date(2026, 12, 20)) == "venster"
    assert world.said("account", world.account, "urgent_position", dt.date(2026, 12, 20)) == "window"


def test_energie_a_large_contract_renews_itself_and_its_end_is_not_known() -> None:
    world = World("energie")
    large = {"Aansluiting__c": "Grootverbruik", "EndDate": dt.date(2026, 6, 30)}
    there = world.add("Contract", Soort__c="Elders", **large)
    ours = world.add("Contract", Soort__c="Eigen", Status="Activated", **large)
    assert world.said("elders", there, "positie") == "onbekend"
    assert world.said("elders", there, "beslisdatum") == dt.date(2026, 4, 1)  # ninety days
    assert world.said("levering", ours, "positie") == "verlengd"
    assert world.said("account", world.account, "own_active") == 1


@pytest.mark.parametrize(
    ("fields", "positie"),
    [
        ({"Status": "Draft"}, "concept"),
        ({"Status": "Activated", "Opgezegd_per__c": dt.date(2026, 11, 22)}, "beëindigd"),
        ({"Status": "Activated", "Opgezegd_per__c": dt.date(2026, 11, 23)}, "opgezegd"),
        ({"Status": "Activated"}, "onbepaalde tijd"),
        ({"Status": "Activated", "EndDate": dt.date(2026, 11, 22)}, "variabel"),
        ({"Status": "Activated", "EndDate": dt.date(2026, 12, 1)}, "opzegdag voorbij"),
        ({"Status": "Activated", "EndDate": dt.date(2027, 3, 1)}, "opzegbaar"),
        ({"Status": "Activated", "EndDate": dt.date(2029, 3, 1)}, "vast"),
    ],
)
def test_energie_our_own_contract_is_one_of_these(fields: dict[str, Any], positie: str) -> None:
    """A contract without a kind is our own."""
    world = World("energie")
    assert world.said("levering", world.add("Contract", **fields), "positie") == positie


PERSON = {
    "Name": "J. Vos",
    "Phone": "+31 20 1",
    "Email": "a@b.example",
    "DoNotCall": False,
    "HasOptedOutOfEmail": False,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("form", "hidden", "may"),
    [("BV", False, "yes"), ("Sole trader", False, "no"), (None, False, "no"), ("BV", True, "no")],
)
def test_who_may_be_called_and_mailed(name: str, form: str | None, hidden: bool, may: str) -> None:
    """A field that the worker may not see reads as null, and unknown is no."""
    world = World(name)
    world.records["Account"][0]["Lifecycle_Legal_Form__c"] = form
    person = world.add("Contact", **PERSON | ({"DoNotCall": None, "HasOptedOutOfEmail": None} if hidden else {}))
    assert world.said("contact", person, "may_call") == may
    assert world.said("contact", person, "may_email") == may


def test_energie_a_customer_who_is_a_natural_person_could_be_called_until_the_law_changed() -> None:
    world = World("energie")
    world.records["Account"][0]["Lifecycle_Legal_Form__c"] = "Partnership"
    world.add("Contract", Status="Activated", StartDate=dt.date(2025, 1, 1))
    person = world.add("Contact", **PERSON)
    assert world.said("contact", person, "may_call", dt.date(2026, 6, 30)) == "yes"
    assert world.said("contact", person, "may_call", dt.date(2026, 7, 1)) == "no"


def lost(world: World, on: dt.date, **fields: Any) -> str:
    usual = {"MainCompetitors__c": "Nimbus", "CloseDate": on, "IsClosed": True, "IsWon": False, "Amount": Decimal(9000)}
    return world.add("Opportunity", **usual | fields)


@pytest.mark.parametrize(
    ("day", "end", "position"),
    [
        (dt.date(2024, 2, 1), dt.date(2027, 1, 10), "locked"),
        (dt.date(2026, 11, 23), dt.date(2027, 1, 10), "window"),
        (dt.date(2026, 12, 27), dt.date(2027, 1, 10), "missed"),
        (dt.date(2027, 1, 11), dt.date(2028, 1, 10), "locked"),  # nobody stopped it: another year
        (dt.date(2029, 12, 1), dt.date(2030, 1, 10), "window"),
        (dt.date(2030, 1, 11), None, "unknown"),
    ],
)
def test_saas_a_deal_lost_comes_up_every_time_it_renews(day: dt.date, end: dt.date | None, position: str) -> None:
    world = World("saas")
    deal = lost(world, dt.date(2024, 1, 10))
    assert world.said("lost_deal", deal, "end_date", day) == end
    assert world.said("lost_deal", deal, "position", day) == position


def test_saas_only_the_last_deal_lost_counts() -> None:
    world = World("saas")
    first, last = lost(world, dt.date(2024, 1, 10)), lost(world, dt.date(2026, 2, 1), MainCompetitors__c="Cloudy")
    assert world.said("lost_deal", first, "position") == "superseded"
    assert world.said("lost_deal", last, "position") == "locked"
    assert world.said("account", world.account, "urgent_provider") == "Cloudy"
    assert world.said("account", world.account, "known_lines") == 1


def test_saas_a_wrong_date_is_unknown_until_the_end_is_entered() -> None:
    world = World("saas")
    deal = lost(world, dt.date(2024, 1, 10))
    told = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
    world.add("Task", IsClosed=True, CompletedDateTime=told, Lifecycle_Outcome__c="Wrong date")
    assert world.said("lost_deal", deal, "position") == "unknown"
    world.records["Opportunity"][0]["Competitor_End__c"] = dt.date(2027, 2, 1)
    assert world.said("lost_deal", deal, "position") == "window"


def test_saas_subscriptions_of_two_objects_are_one_customer() -> None:
    world = World("saas")
    world.add("Asset", Name="Ledger", UsageEndDate=dt.date(2027, 6, 1), Price=Decimal(30_000), Quantity=Decimal(40),
              Status="Installed", IsCompetitorProduct=False)  # fmt: skip
    world.add("Asset", Name="Theirs", UsageEndDate=dt.date(2027, 6, 1), IsCompetitorProduct=True)
    world.add("Opportunity", Product__c="Planner", IsClosed=True, IsWon=True, Amount=Decimal(25_000),
              Seats__c=Decimal(70), Subscription_Start__c=dt.date(2026, 1, 1),
              Subscription_End__c=dt.date(2026, 12, 31))  # fmt: skip
    account = world.account
    assert world.said("account", account, "own_active") == 2
    assert world.said("account", account, "own_products") == "Ledger;Planner"
    assert (world.said("account", account, "annual"), world.said("account", account, "seats")) == (55_000, 110)
    assert world.said("account", account, "tier") == "gold"
    assert world.said("account", account, "own_active", dt.date(2027, 1, 30)) == 2  # renewals are booked late
    assert world.said("account", account, "own_active", dt.date(2027, 1, 31)) == 1

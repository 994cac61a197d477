"""Labels: rules in order, unknown, dated rules, history, staying, reasons; and one row explained."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from engine_world import SCHEMA, TODAY, A, account, deal, mapping, mirror, model, read, record_id, select

from sf_lifecycle.engine import build
from sf_lifecycle.errors import ConfigError, UsageError

FIRMS = {"Account": [account(1, Hidden__c=True), account(2, Hidden__c=False), account(3, Hidden__c=None)]}


def words(rules: list[dict[str, Any]], *, rows: Any = FIRMS, as_of: dt.date = TODAY, **label: Any) -> list[Any]:
    of = mapping(labels={"account": {"may": {"rules": rules, **label}}})
    return [row["x"] for row in read(rows, select(x="may"), of=of, as_of=as_of)]


def test_rules_in_order() -> None:
    assert words([{"label": "a", "when": "hidden"}, {"label": "b"}]) == ["a", "b", "b"]


def test_unknown_decides_where_the_label_says_so() -> None:
    rules = [{"label": "no", "when": "hidden"}, {"label": "yes"}]
    assert words(rules, unknown="no") == ["no", "yes", "no"]
    assert words(rules, unknown="who knows") == ["no", "yes", "who knows"]


def test_a_true_rule_before_the_unknown_one_wins() -> None:
    rules = [{"label": "x", "when": "name = 'firm 3'"}, {"label": "no", "when": "hidden"}, {"label": "yes"}]
    assert words(rules, unknown="no") == ["no", "yes", "x"]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (dt.date(2026, 6, 30), "old"),
        (dt.date(2026, 7, 1), "new"),
        (dt.date(2027, 6, 30), "new"),
        (dt.date(2027, 7, 1), "-"),
    ],
)
def test_dated_rules(as_of: dt.date, expected: str) -> None:
    rules = [
        {"label": "old", "when": "hidden is null", "until": dt.date(2026, 7, 1)},
        {"label": "new", "from": dt.date(2026, 7, 1), "until": dt.date(2027, 7, 1)},
        {"label": "-"},
    ]
    assert words(rules, as_of=as_of)[2] == expected


def test_an_unknown_rule_that_is_not_in_force_does_not_decide() -> None:
    rules = [{"label": "no", "when": "hidden", "until": dt.date(2020, 1, 1)}, {"label": "yes"}]
    assert words(rules, unknown="no") == ["yes", "yes", "yes"]


HISTORY = pa.table(
    {
        "set": ["account"] * 3,
        "label": ["stage"] * 3,
        "id": [record_id(A, n) for n in (1, 2, 3)],
        "word": ["Customer", "prospect", "gone from the model"],
        "since": [dt.date(2026, 11, 20), dt.date(2026, 11, 1), dt.date(2026, 11, 20)],
        "highest": ["promoter", None, None],
    }
)
STAGES = [
    {"label": "promoter", "when": "satisfaction > 8", "now": True},
    {"label": "customer", "when": "revenue > 0", "because": "Pays {{ revenue | money }}"},
    {"label": "prospect"},
]
ORDER = ["prospect", "customer", "promoter"]


def stages(*firms: dict[str, Any], stage: Any = None, history: pa.Table | None = HISTORY, **columns: str) -> list[Any]:
    query = select(**(columns or {"x": "stage"}))
    under = model(STAGES, stage={"order": ORDER, **(stage or {})})
    rows = read({"Account": list(firms)}, query, under=under, history=history)
    return [tuple(row.values())[2:] for row in rows]


PAYS = {"Revenue__c": Decimal(5)}


def test_since_previous_and_highest_come_from_history_and_today() -> None:
    found = stages(
        account(1, **PAYS),
        account(2, **PAYS),
        account(3),
        account(4),
        word="stage",
        since="stage.since",
        previous="stage.previous",
        highest="stage.highest",
        rule="stage.rule",
    )
    assert found == [
        ("customer", dt.date(2026, 11, 20), None, "promoter", 2),
        ("customer", TODAY, "prospect", "customer", 2),
        ("prospect", TODAY, "gone from the model", "prospect", 3),
        ("prospect", TODAY, None, "prospect", 3),
    ]


def test_previous_is_kept_where_history_knows_it() -> None:
    history = HISTORY.append_column("previous", pa.array(["prospect", None, None]))
    assert stages(account(1, **PAYS), history=history, x="stage.previous") == [("prospect",)]


def test_a_word_stays_some_days() -> None:
    firms = (account(1), account(2, **PAYS), account(3), account(4))
    assert stages(*firms, stage={"stay_days": 7}, word="stage", why="stage.because", since="stage.since") == [
        ("customer", "Changed 20 November 2026; kept for 7 days", dt.date(2026, 11, 20)),
        ("customer", "Pays 5.00", TODAY),
        ("prospect", None, TODAY),
        ("prospect", None, TODAY),
    ]
    assert stages(account(1), stage={"stay_days": 2}) == [("prospect",)]
    assert stages(account(1, Satisfaction__c=Decimal(9)), stage={"stay_days": 7}) == [("promoter",)]
    assert stages(account(1), stage={"stay_days": 7}, history=None) == [("prospect",)]


def test_previous_label_is_the_one_the_day_began_with() -> None:
    rules = [
        {"label": "lost", "when": "previous_label = 'customer' and days_in_label >= 2"},
        {"label": "customer", "when": "revenue > 0"},
        {"label": "prospect"},
    ]
    rows = {"Account": [account(1, **PAYS), account(2, **PAYS)]}
    found = read(rows, select(x="stage"), under=model(rules), history=HISTORY)
    assert [row["x"] for row in found] == ["lost", "customer"]


def test_reasons_say_what_the_rule_rests_on() -> None:
    rules = [
        {
            "label": "a",
            "when": "revenue > 1",
            "because": "{{ name }} pays {{ revenue | money('EUR') }}{% if hidden %}!{% endif %}",
        },
        {"label": "b", "when": "hidden", "because": "Since {{ founded | date }} {{ account.industry or 'unknown' }}"},
        {"label": "c"},
    ]
    firms = [
        account(1, Revenue__c=Decimal("1234.5"), Name="{{ 7*7 }} =HYPERLINK('x')"),
        account(2, Hidden__c=True, Founded__c=dt.date(2020, 2, 3)),
        account(3, Hidden__c=None),
        account(4, Hidden__c=False),
    ]
    under = model(rules, stage={"unknown": "b"}, language="nl")
    query = select("account", why="stage.because", rule="stage.rule")
    found = read({"Account": firms}, query, under=under, of=mapping(locale="nl_NL"))
    assert [(row["why"], row["rule"]) for row in found] == [
        ("{{ 7*7 }} =HYPERLINK('x') pays €\xa01.234,50", 1),
        ("Niet bekend: revenue", -1),
        ("Niet bekend: revenue", -1),
        ("Niet bekend: revenue", -1),
    ]
    found = read({"Account": firms}, query, under=model(rules, language="nl"), of=mapping(locale="nl_NL"))
    assert [row["why"] for row in found] == [
        "{{ 7*7 }} =HYPERLINK('x') pays €\xa01.234,50",
        "Since 3 februari 2020 unknown",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("locale", "language", "models", "mappings"),
    [
        ("nl_NL", "nl", "3 februari 2020, € 1.234,50", "3 februari 2020, € 1.234,50"),
        ("nl_NL", "en", "February 3, 2020, €1,234.50", "3 februari 2020, € 1.234,50"),
        ("en_GB", "en", "3 February 2020, €1,234.50", "3 February 2020, €1,234.50"),
        ("en_GB", "pl", "3 lutego 2020, 1 234,50 €", "3 February 2020, €1,234.50"),
    ],
)
def test_a_model_speaks_its_own_language(locale: str, language: str, models: str, mappings: str) -> None:
    because = "{{ founded | date }}, {{ revenue | money('EUR') }}"
    rules = [{"label": "a", "when": "revenue > 1", "because": because}, {"label": "b"}]
    of = mapping(locale=locale, labels={"account": {"own": {"rules": rules}}})
    rows = {"Account": [account(1, Founded__c=dt.date(2020, 2, 3), Revenue__c=Decimal("1234.5"))]}
    found = read(rows, select(model="stage.because", own="own.because"), under=model(rules, language=language), of=of)
    assert [found[0][name].replace("\xa0", " ") for name in ("model", "own")] == [models, mappings]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Changed November 20, 2026; kept for 10 days"),
        ("nl", "Veranderd op 20 november 2026; blijft 10 dagen staan"),
        ("pl", "Zmieniono 20 listopada 2026; pozostaje przez 10 dni"),
        ("de", "Changed 20. November 2026; kept for 10 days"),
    ],
)
def test_why_a_word_is_kept_is_said_in_the_model_s_language(language: str, expected: str) -> None:
    of_label = {"stage": {"stay_days": 10}, "language": language}
    since = pa.table(
        {
            "set": ["account"],
            "label": ["stage"],
            "id": [record_id(A, 1)],
            "word": ["prospect"],
            "since": [dt.date(2026, 11, 20)],
            "highest": pa.array([None], pa.string()),
        }
    )
    rows = {"Account": [account(1, **PAYS)]}
    found = read(rows, select(why="stage.because"), under=model(**of_label), of=mapping(locale="fr_FR"), history=since)
    assert found[0]["why"] == expected


def test_a_reason_is_read_from_below_too() -> None:
    rows = {"Account": [account(1, **PAYS), account(2)], "Deal__c": [deal(1, 1), deal(2, 2), deal(3, None)]}
    found = read(rows, select("deal", why="account.stage.because"), under=model(STAGES))
    assert [row["why"] for row in found] == ["Pays 5.00", None, None]


@pytest.mark.parametrize(
    ("because", "message"),
    [
        ("{{ days_since(founded) }}", "`call` cannot stand in a text"),
        ("{{ age }} days", "age changes by itself from day to day"),
        ("{{ fonded | date }}", "account has no fonded"),
        ("{{ owner }}", "owner is a record's id"),
        ("{% for row in rows %}{% endfor %}", "a label's reason has no `rows`"),
        ("{{ name | dat }}", "there is no filter dat"),
        ("{{ name", "unexpected end of template"),
    ],
)
def test_reasons_that_cannot_be(because: str, message: str) -> None:
    rules = [{"label": "a", "when": "hidden", "because": because}, {"label": "b"}]
    of = mapping(columns={"account": {"age": "days_since(founded)"}}, labels={"account": {"x": {"rules": rules}}})
    with pytest.raises(ConfigError) as caught:
        build(of, model(), SCHEMA)
    (problem,) = caught.value.problems
    assert problem.place == "labels.account.x.rules[0].because"
    assert message in problem.message


@pytest.mark.parametrize(
    ("label", "place", "message"),
    [
        ({"rules": [{"label": "a", "when": "hidden"}]}, "rules[0]", "the last rule has no `when`"),
        ({"rules": [{"label": "a"}, {"label": "b"}]}, "rules[0]", "later ones are never tried"),
        ({"rules": [{"label": "a"}], "order": ["b"]}, "order[0]", "no rule gives 'b'"),
        (
            {"rules": [{"label": "a", "from": dt.date(2026, 2, 1), "until": dt.date(2026, 1, 1)}, {"label": "b"}]},
            "rules[0].until",
            "never in force",
        ),
        ({"rules": [{"label": "a", "when": "previous_label = 'x'"}, {"label": "b"}]}, "", ""),
    ],
)
def test_labels_that_cannot_be(label: Any, place: str, message: str) -> None:
    of = mapping(labels={"account": {"may": label}})
    if not message:
        build(of, model(), SCHEMA)
        return
    with pytest.raises(ConfigError) as caught:
        build(of, model(), SCHEMA)
    (problem,) = caught.value.problems
    assert problem.place == f"labels.account.may.{place}"
    assert message in problem.message


def test_the_same_label_in_mapping_and_model() -> None:
    with pytest.raises(ConfigError, match="both the mapping and the model Test have this label"):
        build(mapping(labels={"account": {"stage": {"rules": [{"label": "a"}]}}}), model(), SCHEMA)


def test_one_row_is_explained() -> None:
    rules = [
        {"label": "a", "when": "revenue > floor and (hidden or deals > 1)", "until": dt.date(2026, 1, 1)},
        {"label": "b", "when": "revenue > floor and hidden", "because": "It is hidden"},
        {"label": "c", "when": "deals = 1", "because": "One deal"},
        {"label": "d"},
    ]
    of = mapping(parameters={"floor": 3}, features={"account": {"deals": {"from": "deal", "value": "count(*)"}}})
    program = build(of, model(rules), SCHEMA)
    rows = {"Account": [account(1, **PAYS), account(2)], "Deal__c": [deal(1, 1), deal(2, 2), deal(3, 2)]}
    with mirror(rows) as con:
        found = program.explain(con, as_of=TODAY, history=None, set="account", id=record_id(A, 1))
        below = program.explain(con, as_of=TODAY, history=None, set="deal", id=record_id("a01", 3))
        with pytest.raises(UsageError, match="no record has the Id nonsense"):
            program.explain(con, as_of=TODAY, history=None, set="account", id="nonsense")
        with pytest.raises(UsageError, match="account has no record a01"):
            program.explain(con, as_of=TODAY, history=None, set="account", id=record_id("a01", 3))
        with pytest.raises(UsageError, match="did you mean `deal`"):
            program.explain(con, as_of=TODAY, history=None, set="deals", id=record_id("a01", 3))
    assert (found.values["deals"], found.values["name"], found.values["id"]) == (1, "Firm 1", record_id(A, 1))
    (stage,) = found.labels
    assert (stage.word, stage.because, stage.since, stage.kept) == ("c", "One deal", TODAY, False)
    assert [(r.in_force, r.holds, r.decided) for r in stage.rules] == [
        (False, None, False),
        (True, None, False),
        (True, True, True),
        (True, True, False),
    ]
    second = stage.rules[1].conjuncts
    assert [(c.text, c.holds, dict(c.values)) for c in second] == [
        ("revenue > floor", True, {"revenue": Decimal(5), "floor": 3}),
        ("hidden", None, {"hidden": None}),
    ]
    assert below.labels == ()
    assert below.values["id"] == record_id("a01", 3)

"""What expressions may not say, and what a person is told instead."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from engine_world import SCHEMA, mapping, model, select

from sf_lifecycle.engine import build
from sf_lifecycle.engine.parse import Fault, parse
from sf_lifecycle.errors import ConfigError, Problem


def problems(**sections: Any) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        build(mapping(**sections), model(), SCHEMA)
    return caught.value.problems


def refused(expression: str) -> Problem:
    (problem,) = problems(columns={"deal": {"x": expression}})
    assert (problem.file, problem.place) == ("lifecycle.toml", "columns.deal.x")
    return problem


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("pg_read_file('x')", "there is no function pg_read_file", ""),
        ("read_csv('x')", "there is no function read_csv", ""),
        ("getenv('HOME')", "there is no function getenv", ""),
        ("monthy > 1", "deal has no monthy", "did you mean `monthly`?"),
        ("stage = 'customer'", "deal has no stage; account has", "write account.stage"),
        ("account.stag = 'customer'", "account has no stag", "did you mean `stage`?"),
        ("acount.stage = 'customer'", "deal has no acount to read from", "did you mean `account`?"),
        ("contact.name = 'x'", "contact.name cannot be read from deal", ""),
        ("provider.name = 'x'", "provider of deal is a field: nothing can be read from it by a dot", ""),
        ("end_date = null", "nothing ever equals null", "write … is null"),
        ("end_date <> null", "nothing ever equals null", "write … is not null"),
        ("end_date in (null)", "nothing ever equals null", "write … is null or …"),
        ("end_date > 2026-01-01", "a date stands in quotes", "write '2026-01-01'"),
        ("end_date > '2026-1-1'", "expected a date, got '2026-1-1'", "a date is written '2026-01-31'"),
        ("end_date > '2026-02-30'", "expected a date, got '2026-02-30'", "a date is written '2026-01-31'"),
        ("end_date > 5", "expected a date, got a number", "a date is written '2026-01-31', in quotes"),
        ("end_date > today", "deal has no today", "write today()"),
        ("end_date > LAST_N_DAYS:30", "`LAST_N_DAYS:30` is a date literal of SOQL", "add_days(today(), -30)"),
        ("end_date = THIS_MONTH", "THIS_MONTH is a date literal of SOQL", "add_days(today(), -30)"),
        ('provider = "Belnet"', '"Belnet" is in double quotes', "write a text as 'Belnet'"),
        ("provider includes ('x')", "did not expect `(` here", "write includes(field, 'word')"),
        ("monthly = 'x'", "expected a number, got a text", "numbers stand without quotes"),
        ("id = 'a01000000000000001'", "expected an id, got a text", "an id compares only with ids"),
        ("id > account.id", "an id has no order", "compare with = or <>"),
        ("account.class = 'Gld'", "nothing is ever 'Gld' here; expected Gold or Silver", "did you mean `Gold`?"),
        ("account.stage in ('customr')", "nothing is ever 'customr' here", "did you mean `customer`?"),
        ("includes(account.products, 'TVs')", "nothing is ever 'TVs' here", "did you mean `TV`?"),
        ("account.object = 'Leed'", "nothing is ever 'Leed' here", ""),
        ("monthly = 1 = true", "comparisons do not follow one another", "join them with `and`"),
        ("monthly is null is null", "comparisons do not follow one another", "join them with `and`"),
        ("monthly and provider = 'x'", "expected a condition, got a number", "compare it: … > 0"),
        ("not provider", "expected a condition, got a text", "compare it: … = 'word'"),
        ("if(monthly, 1, 2)", "expected a condition, got a number", "compare it: … > 0"),
        ("if(monthly > 1, 1, 'x')", "expected a number, got a text", ""),
        ("coalesce(monthly, end_date)", "expected a number, got a date", ""),
        ("coalesce(null, null)", "expected a value, got only null", ""),
        ("end_date + 30", "expected a number, got a date", "write add_days(…)"),
        ("end_date - today()", "expected a number, got a date", "days_since(…)"),
        ("count(*)", "count gathers rows below and cannot stand here", "make it a feature's value"),
        ("monthly % 2", "`%` is not part of the language", "see the list of functions in the guide"),
        ("provider || 'x'", "`||` is not part of the language", "texts are joined in templates"),
        ("monthly::int", "`::` is not part of the language", "types are known"),
        ("monthly[1]", "`[` is not part of the language", ""),
        ("monthly & 1", "`&` is not part of the language", ""),
        ("monthly -> 3", "`->` is not part of the language", ""),
        ("monthly ? 1", "`?` is not part of the language", ""),
        ("{'a':1}.a", "`{` is not part of the language", ""),
        ("`monthly`", "` is not part of the language", ""),
        ("N'x' = provider", "`N'x'` is not part of the language", ""),
        ("'a' 'b'", "two texts follow one another", "texts are joined in templates"),
        ("monthly is distinct from 3", "this is not part of the language", ""),
        ("account.stage() = 'x'", "this is not a name", ""),
        ("'x'.y", "this is not a name", ""),
        ("account.*", "this is not a name", ""),
        ("náme > 1", "`á` cannot stand here", "names are written with a-z, 0-9 and _"),
        ("monthly＞0", "`＞` cannot stand here", "write >"),
        ("monthly ≥ 3", "`≥` cannot stand here", "write >="),
        ("provider = ‘x’", "`‘` cannot stand here", "write a text as 'word'"),
        ("monthly > 1\u200b", "the character U+200B cannot stand here", "delete it"),
        ("end_date > current_date", "deal has no current_date", "write today()"),
        ("end_date > current_date()", "there is no function current_date", "write today()"),
        ("account.created > current_timestamp", "deal has no current_timestamp", "write today()"),
        ("monthly, provider", "did not expect `,` here", ""),
        ("monthly as x", "did not expect `x` here", ""),
        ("monthly x", "what follows the expression is not part of the language", ""),
        ("(select 1)", "did not expect `1` here", "no statements, no subqueries"),
        ("monthly; drop table x", "expected one expression, got a statement", ""),
        ("monthly > 0 -- and so on", "comments cannot stand in an expression", "write them in the file after #"),
        ("/*+ hint */ monthly", "comments cannot stand in an expression", ""),
        ("monthly /* x */ > 1", "comments cannot stand in an expression", ""),
        (".5.5 > monthly", "a number is written 12 or 0.5", ""),
        (".5 > monthly", "a number is written 12 or 0.5", ""),
        ("1e400 > monthly", "a number is written 12 or 12.5", ""),
        ("1234567890123456789 > monthly", "a number has at most 18 digits", ""),
        ("!(monthly > 1)", "`!` is not known here", "write `not`"),
        ("monthly > $1", "`$` cannot stand here", ""),
        ("@monthly", "`@` is not part of the language", ""),
        ("?", "`?` is not part of the language", ""),
        ("coalesce(monthly,)", "expected a value after the comma", ""),
        ("coalesce(, monthly)", "expected a value before the comma", ""),
        ("provider = 'x", "a quote is opened and not closed", ""),
        ("monthly +", "did not expect", ""),
        ("round(monthly, 2.5)", "expected a whole number from 0 to 10, written out", ""),
        ("round(monthly, 1, 2)", "round is given 3 values", "write round(n, decimals)"),
        ("add_days('x', 1)", "expected a date, got 'x'", ""),
        (
            "add_days(account.created, 1)",
            "add_days takes a date here, got a date with time",
            "write date(…) for its day",
        ),
        ("date_trunc('day', end_date)", "expected 'week', 'month', 'quarter' or 'year'", ""),
        ("adddays(end_date, 1)", "there is no function adddays", "did you mean `add_days`?"),
        ("now() > end_date", "there is no function now", "write today()"),
        ("case provider when 'x' then 1 end", "`case` compares nothing here", "write case when"),
        ("provider like monthly", "expected a pattern in quotes", ""),
        ("previous_label = 'x'", "previous_label is known only in the rules of a label", ""),
        ("account.stage.becaus = 'x'", "a label has no becaus", "did you mean `because`?"),
        ("account.stage.because = 'x'", "account.stage.because is for reading only", ""),
        ("null", "the column is always null", ""),
        ("not " * 300 + "(monthly > 1)", "nested too deep", ""),
        ("(" * 25 + "monthly" + ")" * 25, "nested too deep", ""),
        ("abs(" * 25 + "monthly" + ")" * 25, "nested too deep", ""),
        ("+".join(["monthly"] * 150), "too many terms", ""),
        ("monthly > 1\x00", "a control character cannot stand here", ""),
        ("provider = 'a\x00b'", "a control character cannot stand here", ""),
    ],
)
def test_refused(expression: str, message: str, hint: str) -> None:
    problem = refused(expression)
    assert message in problem.message
    assert hint in problem.hint


def test_the_caret_stands_under_the_place() -> None:
    problem = refused("monthly > 1\n  and provder = 'x'")
    assert problem.excerpt == "  and provder = 'x'\n      ^^^^^^^"


@pytest.mark.parametrize(
    ("expression", "caret"),
    [
        ("monthly > 1 and náme > 1", "                 ^"),
        ("monthly＞0", "       ^"),
        ("@monthly", "^"),
        ("{'a':1}.a", "^"),
        ("null", "^^^^"),
    ],
)
def test_the_caret_stands_under_what_is_not_the_language(expression: str, caret: str) -> None:
    assert refused(expression).excerpt == f"{expression}\n{caret}"


def test_a_long_line_is_cut_around_the_place() -> None:
    problem = refused(" or ".join(["monthly > 1"] * 40) + " or monthy > 1")
    line, caret = problem.excerpt.split("\n")
    assert len(line) <= 160
    assert line[caret.index("^") :].startswith("monthy")


def test_a_long_chain_is_fine() -> None:
    build(mapping(columns={"deal": {"x": " or ".join(["monthly > 1"] * 130)}}), model(), SCHEMA)


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(
        columns={"deal": {"x": "monthy", "y": "provder", "z": "x"}, "nothing": {"x": "1"}},
        features={"account": {"n": {"from": "deal", "value": "count(*)", "where": "monthy > 1"}}},
        labels={"deal": {"state": {"rules": [{"label": "a", "when": "monthy > 1"}, {"label": "b", "when": "x"}]}}},
    )
    assert [problem.place for problem in found] == [
        "columns.deal.x",
        "columns.deal.y",
        "columns.nothing",
        "features.account.n.where",
        "labels.deal.state.rules[1]",
    ]


CONSTANT = ["true", "1 = 1", "'a' in ('a')", "not false", "use", "use and word = 'a'", "'a' in several", "level > 1"]
PARAMETERS = {"use": True, "word": "a", "several": ["a", "b"], "level": 2}


def the_same(problem: Problem, condition: str) -> None:
    assert problem.message == "this is always the same"
    assert problem.excerpt == f"{condition}\n{'^' * len(condition)}"


@pytest.mark.parametrize("condition", CONSTANT)
def test_a_condition_that_is_a_constant(condition: str) -> None:
    label = {"rules": [{"label": "a", "when": condition}, {"label": "b"}]}
    (problem,) = problems(labels={"deal": {"state": label}}, parameters=PARAMETERS)
    the_same(problem, condition)
    assert problem.hint == "leave `when` out of the last rule, or compare with a value"
    for way in ({"value": "count(*)"}, {"pick": "end_date"}):
        feature = {"from": "deal", "where": condition} | way
        (problem,) = problems(features={"account": {"n": feature}}, parameters=PARAMETERS)
        the_same(problem, condition)
        assert problem.hint == "leave `where` out, or compare with a value"
    roles = json.loads(mapping().model_dump_json(by_alias=True))["roles"]
    roles["deal"][0]["where"] = condition
    (problem,) = problems(roles=roles, parameters=PARAMETERS)
    the_same(problem, condition)
    asked = replace(select("deal", x="monthly"), where=condition)
    with pytest.raises(ConfigError) as caught:
        build(mapping(parameters=PARAMETERS), model(), SCHEMA, [asked])
    (problem,) = caught.value.problems
    the_same(problem, condition)
    assert problem.hint == "compare with a value; for every row write `id is not null`"


def test_null_is_null_is_no_condition() -> None:
    label = {"rules": [{"label": "a", "when": "null is null"}, {"label": "b"}]}
    (problem,) = problems(labels={"deal": {"state": label}})
    assert problem.message == "null is always null"


def test_a_parameter_may_switch_a_condition() -> None:
    label = {"rules": [{"label": "a", "when": "use and today() > '2026-01-01'"}, {"label": "b"}]}
    build(mapping(labels={"deal": {"state": label}}, parameters={"use": True}), model(), SCHEMA)


def test_texts_with_a_control_character() -> None:
    label: dict[str, Any] = {"rules": [{"label": "a", "when": "provider = word"}, {"label": "b"}]}
    (problem,) = problems(labels={"deal": {"state": label}}, parameters={"word": "a\x00b"})
    assert problem.message == "the parameter word holds the character U+0000"
    (problem,) = problems(labels={"deal": {"state": {"rules": [{"label": "a\x00b"}]}}})
    assert problem.message == "the word holds the character U+0000"
    for word in ("a\x00b", "a\x01today"):
        label = {"rules": [{"label": "a", "when": "monthly > 1", "because": word}, {"label": "b"}]}
        (problem,) = problems(labels={"deal": {"state": label}})
        assert problem.message.endswith("a control character cannot stand here")


@pytest.mark.parametrize(
    ("parameters", "expression", "message"),
    [
        ({"x": ["a", "b"]}, "x = 'a'", "a list stands only after `in`"),
        ({"x": ["a", 1]}, "provider in x", "mixes kinds"),
        ({"x": []}, "provider in x", "is an empty list"),
        ({"provider": 1}, "provider = 'a'", "provider is both a parameter and a field of deal"),
        ({"x": {"by": "nothing", "values": {"a": 1}}}, "x = 1", "deal has no nothing"),
        ({"x": {"by": "provider", "values": {"a": 1, "b": "c"}}}, "x = 1", "expected a number, got a text"),
        ({"x": {"by": "monthly", "values": {"a": 1}}}, "x = 1", "expected numbers as keys, got a"),
        ({"x": {"by": "account.class", "values": {"Gld": 1}}}, "x = 1", "nothing is ever 'Gld'"),
        ({"x": {"by": "monthly >", "values": {"a": 1}}}, "x = 1", "did not expect `>` here"),
        ({"x": ["Gld", "Slver"]}, "account.class in x", "nothing is ever 'Gld'"),
    ],
)
def test_parameters(parameters: Any, expression: str, message: str) -> None:
    (problem,) = problems(columns={"deal": {"y": expression}}, parameters=parameters)
    assert message in problem.message


@pytest.mark.parametrize(("by", "caret"), [("nosuch", "^^^^^^"), ("if(monthly > 1, nosuch, 'b')", " " * 16 + "^^^^^^")])
def test_what_a_parameter_looks_up_by_is_told_there_and_once(by: str, caret: str) -> None:
    parameters = {"x": {"by": by, "values": {"a": 1}}, "z": {"by": "if(x = 1, 'a', 'b')", "values": {"a": 1}}}
    columns = {"deal": {"y": "1 + x", "w": "x > 1", "v": "z + 1"}}
    (problem,) = problems(columns=columns, parameters=parameters)
    assert (problem.file, problem.place, problem.message) == (
        "lifecycle.toml", "parameters.x.by", "deal has no nosuch"
    )  # fmt: skip
    assert problem.excerpt == f"{by}\n{caret}"


def test_a_parameter_that_looks_up_by_itself() -> None:
    (problem,) = problems(columns={"deal": {"y": "x"}}, parameters={"x": {"by": "x", "values": {"a": "b"}}})
    assert (problem.place, problem.message) == ("parameters.x.by", "x looks itself up")


def test_only_money_has_a_currency_of_its_own() -> None:
    roles = mapping().model_dump()["roles"]
    roles["account"][0]["fields"]["employees"] = {"field": "Employees__c", "currency": "own"}
    roles["account"][0]["fields"]["revenue"] = {"field": "Revenue__c", "currency": "own"}
    (problem,) = problems(roles=roles)
    assert problem.place == "account.fields.employees.currency"
    assert problem.message == "Employees__c is of type int, which is no money"


def test_one_word_of_a_list_that_exists_is_enough() -> None:
    columns = {"deal": {"y": "account.class in x"}}
    build(mapping(columns=columns, parameters={"x": ["Gold", "Platinum"]}), model(), SCHEMA)


@pytest.mark.parametrize(
    ("sections", "place", "message"),
    [
        ({"columns": {"deal": {"provider": "1"}}}, "columns.deal.provider", "deal has a field provider already"),
        ({"columns": {"deal": {"id": "1"}}}, "columns.deal.id", "has a meaning of its own"),
        (
            {"features": {"deal": {"n": {"from": "contact", "value": "count(*)"}}}},
            "features.deal.n.from",
            "deal does not gather rows of contact",
        ),
        (
            {"features": {"account": {"n": {"from": "deals", "value": "count(*)"}}}},
            "features.account.n.from",
            "there is no set deals",
        ),
        (
            {"features": {"account": {"n": {"from": "account", "value": "count(*)"}}}},
            "features.account.n.from",
            "account has no `parent`",
        ),
        (
            {"features": {"account": {"n": {"from": "deal", "value": "monthly"}}}},
            "features.account.n.value",
            "monthly has a value per row; here rows are gathered",
        ),
        (
            {"features": {"account": {"n": {"from": "deal", "value": "5"}}}},
            "features.account.n.value",
            "expected an aggregate",
        ),
        (
            {"features": {"account": {"n": {"from": "deal", "value": "sum(provider)"}}}},
            "features.account.n.value",
            "sum takes a number, got a text",
        ),
        (
            {"features": {"account": {"n": {"from": "deal", "pick": "end_date, monthy desc"}}}},
            "features.account.n.pick",
            "deal has no monthy",
        ),
        (
            {"features": {"account": {"deal": {"from": "deal", "pick": "end_date"}}}},
            "features.account.deal",
            "is a set",
        ),
        ({"clusters": {"deal": {"of": "account", "by": ["park"]}}}, "clusters.deal", "deal is a role already"),
        ({"clusters": {"p": {"of": "acount", "by": ["park"]}}}, "clusters.p.of", "there is no role acount"),
        ({"clusters": {"p": {"of": "account", "by": ["prk"]}}}, "clusters.p.by[0]", "account has no prk"),
    ],
)
def test_definitions(sections: Any, place: str, message: str) -> None:
    (problem,) = problems(**sections)
    assert problem.place == place
    assert message in problem.message


def test_the_excerpt_of_an_ordering_counts_from_its_start() -> None:
    (problem,) = problems(features={"account": {"n": {"from": "deal", "pick": "end_date, monthy desc"}}})
    assert problem.excerpt == "end_date, monthy desc\n          ^^^^^^"


def test_fields_the_org_does_not_have() -> None:
    roles = json.loads(mapping().model_dump_json(by_alias=True))["roles"]
    roles["deal"][0]["fields"] |= {"x": {"field": "End_Dat__c"}, "y": {"field": "Z__c", "type": "date"}}
    roles["contact"][0] |= {"object": "Contract"}
    (wrong, *others) = problems(roles=roles)
    assert wrong.file == "objects.toml"
    assert "the object Contract is not known (the tests' org)" in wrong.message
    assert others[-1].place == "deal.fields.x"
    assert others[-1].hint == "did you mean `End_Date__c`?"


def test_a_source_is_narrowed_by_its_own_fields() -> None:
    roles = json.loads(mapping().model_dump_json(by_alias=True))["roles"]
    roles["deal"][0]["where"] = "account.name = 'x'"
    (problem,) = problems(roles=roles)
    assert problem.place == "deal.where"


def test_needs_are_verified_by_name_and_type() -> None:
    needs = {"revenue": "number", "founded": "number", "own_active": "number", "employes": "number"}
    with pytest.raises(ConfigError) as caught:
        build(mapping(), model(needs=needs), SCHEMA)
    assert [(p.place, p.hint) for p in caught.value.problems] == [
        ("needs.employes", "did you mean `employees`?"),
        ("needs.founded", ""),
        ("needs.own_active", "add it as a field, column or feature of account"),
    ]


def test_a_query_is_checked_too() -> None:
    with pytest.raises(ConfigError) as caught:
        build(mapping(), model(), SCHEMA, [select(x="nme", y="revenu")])
    assert [p.place for p in caught.value.problems] == ["query q: x", "query q: y"]


def test_the_length_is_limited() -> None:
    with pytest.raises(Fault, match="at most 2,000 characters"):
        parse("monthly > 1 or " * 200 + "monthly > 1")

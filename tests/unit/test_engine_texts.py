"""Texts: what templates may say, how values read in them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from sf_lifecycle.engine import compile_text
from sf_lifecycle.engine.texts import MOST_CHARACTERS
from sf_lifecycle.errors import ConfigError

PLACE = ("plays/x.toml", "task.subject")
VALUES = {
    "name": "{{ 7*7 }}",
    "account.name": "Firm & Sons",
    "end": dt.date(2027, 3, 14),
    "n": 2,
    "money": Decimal("1234.50"),
    "none": None,
    "nothing": None,
    "code": "PLN",
    "unknown": "W€N",
    "yes": True,
    "lines": "Fixed;Mobile",
}


def shown(source: str, *, locale: str = "en_GB", rows: Any = ()) -> str:
    template = compile_text(source, PLACE)
    return template.render({name: VALUES[name] for name in template.names}, rows, locale)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("plain", "plain"),
        ("{{ name }}", "{{ 7*7 }}"),
        ("{{ account.name }}", "Firm & Sons"),
        ("{{ end }}", "14 March 2027"),
        ("{{ end | date }}", "14 March 2027"),
        ("{{ end | date_short }}", "14 Mar 2027"),
        ("{{ end | month }}", "March"),
        ("{{ end | month_year }}", "March 2027"),
        ("{{ end | year }}", "2027"),
        ("{{ money }}", "1234.5"),
        ("{{ money | number }}", "1,234.5"),
        ("{{ money | number(0) }}", "1,234"),
        ("{{ money | money }}", "1,234.50"),
        ("{{ money | money('EUR') }}", "€1,234.50"),
        ("{{ n | money(code) }} {{ n | money(unknown) }} {{ n | money(nothing) }}", "PLN\xa02.00 W€N 2.00 2.00"),
        ("[{{ none }}{{ none | date }}{{ none | money }}]", "[]"),
        ("{{ none | default('never') }}{{ none or 'never' }}", "nevernever"),
        ("{{ yes }}", "yes"),
        ("{{ lines | join }}", "Fixed, Mobile"),
        ("{{ name | upper | length }}", "9"),
        ("{{ account.name ~ '!' }}", "Firm & Sons!"),
        ("{{ n + 1 }}{{ n - 1 }}{{ none - 1 }}{{ name + 1 }}", "31"),
        ("{% if n > 1 %}many{% elif n == 1 %}one{% else %}none{% endif %}", "many"),
        ("{% if none > 1 %}a{% else %}b{% endif %}{% if name > 1 %}a{% else %}b{% endif %}", "bb"),
        ("{% if account.name == 'FIRM & SONS' %}same{% endif %}", "same"),
        ("{% if end > '2027-01-01' %}later{% endif %}", "later"),
        ("{% if none is none and not none and (yes or none) %}x{% endif %}", "x"),
        ("{{ 'a' if n > 1 else 'b' }}{{ 'a' if n > 5 }}", "a"),
        ("{# aside #}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_a_text(source: str, expected: str) -> None:
    assert shown(source) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("nl_NL", "14 maart 2027, maart 2027, 1.234,50"), ("pl", "14 marca 2027, marzec 2027, 1\xa0234,50")],
)
def test_the_reader_s_language(locale: str, expected: str) -> None:
    assert shown("{{ end | date }}, {{ end | month_year }}, {{ money | money }}", locale=locale) == expected


@pytest.mark.parametrize(
    ("locale", "currency", "expected"),
    [
        ("nl_NL", "EUR", "€\xa01.234,50 PLN\xa01.234,50"),
        ("pl", "EUR", "1\xa0234,50\xa0€ 1\xa0234,50\xa0zł"),
        ("en_GB", None, "1,234.50 PLN\xa01,234.50"),
        ("en_GB", "ABC", "ABC 1,234.50 PLN\xa01,234.50"),
    ],
)
def test_amounts_are_in_the_firm_s_currency_or_in_their_own(locale: str, currency: str | None, expected: str) -> None:
    template = compile_text("{{ money | money }} {{ money | money(code) }}", PLACE)
    assert template.render(VALUES, locale=locale, currency=currency) == expected


@pytest.mark.parametrize(("locale", "expected"), [("nl", "ja nee"), ("pl_PL", "tak nie"), ("ja", "yes no")])
def test_yes_and_no(locale: str, expected: str) -> None:
    assert compile_text("{{ a }} {{ b }}", PLACE).render({"a": True, "b": False}, locale=locale) == expected


def test_each_row_has_its_own_currency() -> None:
    source = "{% for r in rows %}{{ r.worth | money(r.currency) }}{% if not loop.last %}, {% endif %}{% endfor %}"
    template = compile_text(source, PLACE)
    assert template.row_names == {"worth", "currency"}
    rows = [{"worth": Decimal(5), "currency": code} for code in ("EUR", "usd", "???", None)]
    assert template.render({}, rows, "nl_NL", "GBP") == "€\xa05,00, US$\xa05,00, ??? 5,00, 5,00"


def test_a_text_that_grows_and_grows_ends() -> None:
    template = compile_text("{% for r in rows %}{{ r.name }}{% endfor %}", PLACE)
    assert len(template.render({}, [{"name": "x" * 10_000}] * 100_000)) == MOST_CHARACTERS


def test_the_best_rows_are_looped_over_and_all_are_counted() -> None:
    source = (
        "{% for r in rows %}{{ r.name }}{% if not loop.last %} {% endif %}{% endfor %}"
        "{% if rows | length > 25 %} of {{ rows | length }}{% endif %}"
    )
    rows = [{"name": number} for number in range(3_000)]
    assert shown(source, rows=rows[:25]) == " ".join(str(number) for number in range(25))
    assert shown(source, rows=rows) == " ".join(str(number) for number in range(25)) + " of 3000"


def test_rows() -> None:
    one = "{{ r.a.b }} {{ r.d | date }}{% if not loop.last %}; {% endif %}"
    source = "{% for r in rows %}" + one + "{% endfor %} ({{ rows | length }})"
    template = compile_text(source, PLACE)
    assert (template.names, template.row_names, template.uses_rows) == (frozenset(), frozenset({"a.b", "d"}), True)
    rows = [{"a.b": "x", "d": dt.date(2026, 1, 2)}, {"a.b": "{% for %}", "d": None}]
    assert shown(source, rows=rows) == "x 2 January 2026; {% for %}  (2)"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{ x", "unexpected end of template"),
        ("{{ x | dat }}", "there is no filter dat"),
        ("{{ x.y() }}", "`call` cannot stand in a text"),
        ("{{ range(10) }}", "`call` cannot stand in a text"),
        ("{{ x['y'] }}", "`getitem` cannot stand in a text"),
        ("{{ ''.__class__ }}", "only names are read from by a dot"),
        ("{{ 'a' * 100000 }}", "`mul` cannot stand in a text"),
        ("{% for i in range(10) %}{% endfor %}", "a loop is written {% for row in rows %}"),
        ("{% for a in rows %}{% for b in rows %}{% endfor %}{% endfor %}", "one at a time"),
        ("{% for a in rows recursive %}{% endfor %}", "one at a time"),
        ("{% set x = 1 %}", "`assign` cannot stand in a text"),
        ("{% macro m() %}{% endmacro %}", "`macro` cannot stand in a text"),
        ("{% include 'x' %}", "`include` cannot stand in a text"),
        ("{% import 'x' as y %}", "`import` cannot stand in a text"),
        ("{% extends 'x' %}", "`extends` cannot stand in a text"),
        ("{{ rows }}", "`rows` is looped over or counted"),
        ("{{ rows.pop }}", "`rows` is looped over or counted"),
        ("{% for r in rows %}{{ r }}{% endfor %}", "r is a row; write r.name"),
        ("{% for r in rows %}{{ loop.cycle }}{% endfor %}", "loop has first"),
        ("{{ x in y }}", "one comparison at a time"),
        ("{{ x is divisibleby(2) }}", "there is no test divisibleby"),
        ("{{ x | money(currency='EUR') }}", "money takes values written out"),
        ("{{ x | money('WON') }}", "`WON` is no currency"),
        ("{{ x | date('short') }}", "date is given too many values"),
        ("{{ " + "(" * 500 + "x" + ")" * 500 + " }}", "nested too deep"),
        ("{% if x %}" * 150 + "{% endif %}" * 150, "nested too deep"),
        ("{{ " + "a if b else " * 800 + "c }}", "nested too deep"),
        ("{{ " + "not " * 5000 + "a }}", "nested too deep"),
        ("a\n{% for i in range(10**9) %}{% endfor %}", "line 2: a loop is written"),
        ("{% for r in rows if r.x %}{% endfor %}", "a loop is written"),
        ("{% for r in rows %}{% break %}{% endfor %}", "line 1: Encountered unknown tag 'break'"),
        ("{% call f() %}{% endcall %}", "`callblock` cannot stand in a text"),
        ("{% filter upper %}x{% endfilter %}", "`filterblock` cannot stand in a text"),
        ("{% autoescape true %}x{% endautoescape %}", "line 1: `scope` cannot stand in a text"),
        ("{% block x %}{% endblock %}", "`block` cannot stand in a text"),
        ("{{ self._TemplateReference__context }}", "is no name; names begin with a letter"),
        ("{{ x.__class__.__mro__ }}", "`x.__class__.__mro__` is no name"),
        ("{{ _rows }}", "`_rows` is no name"),
        ("{{ cycler('a') }}", "`call` cannot stand in a text"),
        ("{{ x | attr('y') }}", "there is no filter attr"),
        ("{{ 9 ** 9 ** 9 }}", "`pow` cannot stand in a text"),
        ("\n{{ " + "9" * 5000 + " }}", "line 2: a number is too large"),
        ("{{ 1e999 }}", "a number is too large"),
        ("a\nb\x00", "line 2: a control character cannot stand here"),
        ("{{ '\\ud800' }}", "a control character cannot stand here"),
        ("{{ x | default(y) }}", "default takes values written out"),
        ("{{ x | money(1) }}", "`1` is no currency"),
    ],
)
def test_refused(source: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compile_text(source, PLACE)
    problem = caught.value.problems[0]
    assert (problem.file, problem.place) == PLACE
    assert message in problem.message

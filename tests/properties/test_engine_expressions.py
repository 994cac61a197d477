"""Expressions nobody thought of: refused with a message or run without an error, and worth what SQL's logic says."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from sf_lifecycle.config.mapping import Mapping, Model
from sf_lifecycle.config.schema import FieldInfo, ObjectInfo, OrgSchema
from sf_lifecycle.engine import Query, build, compile_text, harden
from sf_lifecycle.engine.definitions import field_type
from sf_lifecycle.errors import ConfigError

FIELDS = {
    "whole": FieldInfo(name="Whole", type="int"),
    "money": FieldInfo(name="Money", type="currency", scale=2),
    "flag": FieldInfo(name="Flag", type="boolean"),
    "other": FieldInfo(name="Other", type="boolean"),
    "day": FieldInfo(name="Day", type="date"),
    "moment": FieldInfo(name="Moment", type="datetime"),
    "text": FieldInfo(name="Text", type="string"),
}
ROWS: list[dict[str, Any]] = [
    {"whole": None, "money": None, "flag": None, "other": None, "day": None, "moment": None, "text": None},
    {"whole": 0, "money": Decimal("0.00"), "flag": True, "other": None, "day": dt.date(2026, 2, 28), "text": ""},
    {"whole": 3, "money": Decimal("-2.50"), "flag": False, "other": True, "day": dt.date(4000, 12, 31), "text": "Aé"},
    {"whole": -7, "money": Decimal("3.00"), "flag": True, "other": False, "day": dt.date(1700, 1, 1), "text": "a'é"},
    {"whole": 2147483647, "money": Decimal("9999999999999999.99"), "flag": None, "other": True, "text": "😀" * 9},
    {"whole": 4, "money": None, "flag": False, "other": False, "day": dt.date(2024, 2, 29), "text": "%_\\"},
]
SCHEMA = OrgSchema(
    objects={"Account": ObjectInfo(name="Account", fields={f.name: f for f in FIELDS.values()})}, source="this test"
)
MODEL = Model.model_validate({"title": "t", "labels": {}, "stages": {}})
TODAY = dt.date(2026, 11, 22)


def mapping(**sections: Any) -> Mapping:
    roles = {"account": [{"object": "Account", "fields": {name: f.name for name, f in FIELDS.items()}}]}
    return Mapping.model_validate({"name": "t", "owners": {"fallback": "x"}, "roles": roles, **sections})


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA mirror")
        opened.execute("CREATE TABLE mirror._ids (id VARCHAR, key BIGINT)")
        columns = ", ".join(f'"{f.name}" {field_type(f).sql}' for f in FIELDS.values())
        opened.execute(f'CREATE TABLE mirror."Account" (_key BIGINT, _id VARCHAR, {columns})')
        for key, row in enumerate(ROWS):
            opened.execute("INSERT INTO mirror._ids VALUES (?, ?)", [f"{key:018d}", key])
            values = [key, f"{key:018d}", *(row.get(name) for name in FIELDS)]
            opened.execute(f'INSERT INTO mirror."Account" VALUES ({", ".join("?" * len(values))})', values)
        harden(opened)
        yield opened


def worth(con: duckdb.DuckDBPyConnection, expression: str) -> list[Any]:
    """Its value on each row. Raises ConfigError where the language refuses it, and nothing else."""
    program = build(mapping(), MODEL, SCHEMA, [Query(name="q", set="account", select={"x": expression})])
    with program.run(con, as_of=TODAY) as run:
        return list(run.fetch("q").column("x").to_pylist())


Evaluate = Callable[[dict[str, Any]], Any]
Case = tuple[str, Evaluate]
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def known(work: Callable[..., Any], *cases: Case) -> Evaluate:
    """Null as soon as one operand is."""

    def evaluate(row: dict[str, Any]) -> Any:
        values = [case[1](row) for case in cases]
        return None if any(value is None for value in values) else work(*values)

    return evaluate


def both(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def negated(a: bool | None) -> bool | None:
    return None if a is None else not a


def field(name: str) -> Case:
    return name, lambda row: row.get(name)


def literal(value: Decimal) -> Case:
    return format(value, "f"), lambda _: value


LITERALS = st.decimals(min_value=0, max_value=99, places=1).map(literal) | st.integers(0, 99).map(Decimal).map(literal)


def combined_numbers(inner: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    def two(pair: tuple[Case, Case, str]) -> Case:
        (a, b, sign) = pair
        plus = sign == "+"
        return f"({a[0]} {sign} {b[0]})", known(lambda x, y: x + y if plus else x - y, a, b)

    def times(pair: tuple[Case, Case]) -> Case:
        a, b = pair
        return f"({a[0]} * {b[0]})", known(lambda x, y: x * y, a, b)

    def first(pair: tuple[Case, Case]) -> Case:
        a, b = pair
        return f"coalesce({a[0]}, {b[0]})", lambda row: a[1](row) if a[1](row) is not None else b[1](row)

    def least(pair: tuple[Case, Case, str]) -> Case:
        a, b, name = pair

        def evaluate(row: dict[str, Any]) -> Any:
            values = [v for v in (a[1](row), b[1](row)) if v is not None]
            return (min(values) if name == "least" else max(values)) if values else None

        return f"{name}({a[0]}, {b[0]})", evaluate

    def rounded(case: Case) -> Case:
        def work(x: Any) -> Decimal:
            return Decimal(x).quantize(Decimal("0.1"), ROUND_HALF_UP)

        return f"round({case[0]}, 1)", known(work, case)

    pairs = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, inner, st.sampled_from("+-")).map(two),
        st.tuples(inner, LITERALS).map(times),
        pairs.map(first),
        st.tuples(inner, inner, st.sampled_from(["least", "greatest"])).map(least),
        inner.map(lambda c: (f"(- {c[0]})", known(lambda x: -x, c))),
        inner.map(lambda c: (f"abs({c[0]})", known(abs, c))),
        inner.map(rounded),
        st.tuples(CONDITIONS_SEED, inner, inner).map(
            lambda t: (f"if({t[0][0]}, {t[1][0]}, {t[2][0]})", lambda row: (t[1] if t[0][1](row) else t[2])[1](row))
        ),
    )


CONDITIONS_SEED = st.sampled_from([field("flag"), field("other")])
NUMBERS = st.recursive(st.sampled_from([field("whole"), field("money")]) | LITERALS, combined_numbers, max_leaves=4)


def compared(triple: tuple[Case, Case, str]) -> Case:
    a, b, sign = triple
    return f"({a[0]} {sign} {b[0]})", known(_SIGNS[sign], a, b)


def between(triple: tuple[Case, Case, Case]) -> Case:
    a, low, high = triple

    def evaluate(row: dict[str, Any]) -> bool | None:
        return both(known(_SIGNS[">="], a, low)(row), known(_SIGNS["<="], a, high)(row))

    return f"({a[0]} between {low[0]} and {high[0]})", evaluate


def combined_conditions(inner: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    def joined(pair: tuple[Case, Case]) -> Case:
        a, b = pair
        return f"({a[0]} and {b[0]})", lambda row: both(a[1](row), b[1](row))

    def either(pair: tuple[Case, Case]) -> Case:
        a, b = pair
        return f"({a[0]} or {b[0]})", lambda row: negated(both(negated(a[1](row)), negated(b[1](row))))

    pairs = st.tuples(inner, inner)
    return st.one_of(
        pairs.map(joined),
        pairs.map(either),
        inner.map(lambda c: (f"(not {c[0]})", lambda row: negated(c[1](row)))),
        inner.map(lambda c: (f"({c[0]} is null)", lambda row: c[1](row) is None)),
        inner.map(lambda c: (f"({c[0]} is not true)", lambda row: c[1](row) is not True)),
        st.tuples(inner, inner, st.sampled_from(["=", "<>"])).map(compared),
    )


CONDITIONS = st.recursive(
    CONDITIONS_SEED
    | st.tuples(NUMBERS, NUMBERS, st.sampled_from(sorted(_SIGNS))).map(compared)
    | st.tuples(NUMBERS, NUMBERS, NUMBERS).map(between),
    combined_conditions,
    max_leaves=5,
)


@settings(max_examples=120, deadline=None)
@given(case=NUMBERS)
def test_numbers_are_exact(con: duckdb.DuckDBPyConnection, case: Case) -> None:
    source, evaluate = case
    found = worth(con, source)
    expected = [evaluate(row) for row in ROWS]
    assert not any(isinstance(value, float) for value in found)
    assert found == expected


@settings(max_examples=150, deadline=None)
@given(case=CONDITIONS)
def test_conditions_have_three_values(con: duckdb.DuckDBPyConnection, case: Case) -> None:
    source, evaluate = case
    assert worth(con, source) == [evaluate(row) for row in ROWS]


_WORDS = st.sampled_from(
    [
        *FIELDS,
        *(
            "today()",
            "and",
            "or",
            "not",
            "in",
            "between",
            "like",
            "is",
            "null",
            "true",
            "case",
            "when",
            "then",
            "else",
            "end",
        ),
        *(
            "(",
            ")",
            ",",
            "=",
            "<>",
            "<",
            "+",
            "-",
            "*",
            "/",
            "'x'",
            "'2026-01-31'",
            "1",
            "0",
            "2.5",
            "99999999999",
            "%",
            ";",
        ),
        *(
            "add_days(",
            "add_months(",
            "if(",
            "coalesce(",
            "nullif(",
            "round(",
            "date(",
            "year(",
            "lower(",
            "left(",
            "length(",
        ),
        *(
            "includes(",
            "date_trunc('month',",
            "months_between(",
            "least(",
            "abs(",
            "count(*)",
            "min(",
            "date",
            "distinct",
        ),
    ]
)


@settings(max_examples=250, deadline=None)
@given(words=st.lists(_WORDS, min_size=1, max_size=14))
def test_any_words_are_refused_or_run(con: duckdb.DuckDBPyConnection, words: list[str]) -> None:
    _refused_or_run(con, " ".join(words))


_CALLS = ["add_days({d}, {n})", "add_months({d}, {n})", "greatest({d}, today())", "date_trunc('year', {d})"]
_COUNTS = [
    "days_since({d})",
    "months_between({d}, today())",
    "{n} * {n}",
    "{n} / {n}",
    "{n} + {n}",
    "year({d})",
    "round({n})",
]


@st.composite
def _typed(draw: st.DrawFn, kind: str = "n", depth: int = 4) -> str:
    """Well-typed and wild: days and numbers of any size."""
    if depth == 0 or draw(st.booleans()):
        leaves = (
            ["day", "'2026-01-31'", "date(moment)"] if kind == "d" else ["whole", "money", "9" * 18, "0.0000000001"]
        )
        return draw(st.sampled_from(leaves))
    template = draw(st.sampled_from(_CALLS if kind == "d" else _COUNTS))
    while "{" in template:
        inner = "d" if template.find("{d}") >= 0 else "n"
        template = template.replace(f"{{{inner}}}", draw(_typed(inner, depth - 1)), 1)
    return f"({template})" if kind == "n" else template


@settings(max_examples=150, deadline=None)
@given(source=_typed())
def test_wild_numbers_never_fail_while_they_run(con: duckdb.DuckDBPyConnection, source: str) -> None:
    _refused_or_run(con, source)
    _refused_or_run(con, f"{source} > whole")


@settings(max_examples=150, deadline=None)
@given(source=_typed("d"))
def test_wild_dates_never_fail_while_they_run(con: duckdb.DuckDBPyConnection, source: str) -> None:
    _refused_or_run(con, source)


def _refused_or_run(con: duckdb.DuckDBPyConnection, source: str) -> None:
    with contextlib.suppress(ConfigError):
        worth(con, source)


@settings(max_examples=300, deadline=None)
@given(source=st.text(max_size=60) | st.text(alphabet="()'\"\\/*-+.,;:%{}[]<>=!ab1 \n", max_size=60))
def test_any_text_is_refused_or_read(source: str) -> None:
    columns = {"account": {"x": source or "1"}}
    # A pydantic ValueError is the configuration's own refusal: too long, or nothing but blanks.
    with contextlib.suppress(ConfigError, ValidationError):
        build(mapping(columns=columns), MODEL, SCHEMA)


@settings(max_examples=200, deadline=None)
@given(source=st.text(alphabet="{}%|.()'\"abrows fointends-~=<>1\n", max_size=60))
def test_any_template_is_refused_or_rendered(source: str) -> None:
    try:
        template = compile_text(source, ("f", "p"))
    except ConfigError:
        return
    template.render(dict.fromkeys(template.names), [dict.fromkeys(template.row_names)])

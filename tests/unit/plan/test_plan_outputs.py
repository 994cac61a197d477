"""What is written back: only values that differ from what the org will keep, per object, with the values before."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from sf_lifecycle.config.schema import FieldInfo, ObjectInfo
from sf_lifecycle.errors import ConfigError
from sf_lifecycle.plan.changes import Section
from sf_lifecycle.plan.outputs import output_sections


def fields(*names: str) -> dict[str, FieldInfo]:
    return {name: FieldInfo(name=name, type="string", length=20) for name in names}


OBJECTS = {
    "Account": ObjectInfo(name="Account", fields=fields("Stage__c", "Reason__c", "Since__c")),
    "Lead": ObjectInfo(name="Lead", fields=fields("Stage__c")),
}


def desired(*rows: tuple[str, str, str | None, str | None, dt.date | None]) -> pa.Table:
    names = ["_id", "object", "about", "Stage__c", "Reason__c", "Since__c"]
    values = [(id_, object_, id_, stage, reason, since) for id_, object_, stage, reason, since in rows]
    columns = list(zip(*values, strict=True)) or [[] for _ in names]
    types = [pa.string()] * 5 + [pa.date32()]
    return pa.table(
        {name: pa.array(list(column), type_) for name, column, type_ in zip(names, columns, types, strict=True)}
    )


def now(object_name: str, *rows: tuple[str | dt.date | None, ...]) -> pa.Table:
    names = ["_id", "Stage__c", "Reason__c", "Since__c"] if object_name == "Account" else ["_id", "Stage__c"]
    types = [pa.string(), pa.string(), pa.string(), pa.date32()]
    columns = list(zip(*rows, strict=True)) or [[] for _ in names]
    return pa.table({n: pa.array(list(c), t) for n, c, t in zip(names, columns, types, strict=False)})


def changes(sections: list[Section]) -> dict[str, tuple[dict[str, object], dict[str, object]]]:
    return {ref: (after, before) for section in sections for ref, after, before in section.records(0, 99)}


def test_only_what_differs_is_written() -> None:
    day = dt.date(2026, 11, 23)
    made = output_sections(
        desired(("1", "Account", "customer", "why", day), ("2", "Account", "lost", "why", day)),
        {"Account": now("Account", ("1", "customer", "why", day), ("2", "customer", "why", day))},
        OBJECTS,
    )
    assert changes(made) == {"2": ({"Stage__c": "lost"}, {"Stage__c": "customer"})}


def test_a_text_is_compared_as_the_org_keeps_it() -> None:
    long = "a reason that is longer than twenty characters"
    made = output_sections(
        desired(
            ("1", "Account", "x", long, None), ("2", "Account", "x", "  spaced ", None), ("3", "Account", "x", "", None)
        ),
        {
            "Account": now(
                "Account", ("1", "x", "a reason that is…", None), ("2", "x", "spaced", None), ("3", "x", None, None)
            )
        },
        OBJECTS,
    )
    assert changes(made) == {}


def test_a_value_that_is_gone_is_cleared() -> None:
    day = dt.date(2026, 1, 1)
    made = output_sections(
        desired(("1", "Account", "x", None, None)), {"Account": now("Account", ("1", "x", "old", day))}, OBJECTS
    )
    assert changes(made) == {"1": ({"Reason__c": None, "Since__c": None}, {"Reason__c": "old", "Since__c": day})}


def test_an_object_gets_only_the_fields_it_has() -> None:
    made = output_sections(
        desired(("1", "Lead", "suspect", "why", None)),
        {"Account": now("Account"), "Lead": now("Lead", ("1", None))},
        OBJECTS,
    )
    assert changes(made) == {"1": ({"Stage__c": "suspect"}, {"Stage__c": None})}


def test_an_empty_org_has_nothing_to_write() -> None:
    assert changes(output_sections(desired(), {"Account": now("Account")}, OBJECTS)) == {}


def numbers(kind: pa.DataType, wanted: list[Any], stands: list[Any], type_: pa.DataType) -> list[Section]:
    ids = [str(place) for place in range(len(wanted))]
    whole = {"_id": ids, "object": ["Account"] * len(ids), "about": ids, "N__c": pa.array(wanted, type_)}
    info = ObjectInfo(name="Account", fields={"N__c": FieldInfo(name="N__c", type="double")})
    actual = pa.table({"_id": ids, "N__c": pa.array(stands, kind)})
    place = ("lifecycle.toml", "outputs.account")
    return output_sections(pa.table(whole), {"Account": actual}, {"Account": info}, place)


@pytest.mark.parametrize("type_", [pa.decimal128(38, 10), pa.float64()])
def test_a_number_is_rounded_as_its_field_keeps_it(type_: pa.DataType) -> None:
    wanted = [Decimal("3.3333333333"), Decimal("0.125"), Decimal("0.375"), None]
    values = wanted if type_ == pa.decimal128(38, 10) else [float(v) if v is not None else None for v in wanted]
    kept = [Decimal("3.33"), Decimal("0.12"), Decimal("0.38"), None]
    assert changes(numbers(pa.decimal128(18, 2), values, kept, type_)) == {}
    made = changes(numbers(pa.decimal128(18, 2), values, [None] * 4, type_))
    assert [after["N__c"] for after, _ in made.values()] == kept[:3]


def test_a_whole_number_has_no_decimals() -> None:
    halves = [Decimal("2.5"), Decimal("3.5")]
    assert changes(numbers(pa.int64(), halves, [2, 4], pa.decimal128(38, 10))) == {}
    assert changes(numbers(pa.decimal128(18, 2), [7], [Decimal("7.00")], pa.int64())) == {}


@pytest.mark.parametrize("type_", [pa.decimal128(38, 10), pa.float64(), pa.int64()])
def test_a_number_that_fits_no_field_says_where(type_: pa.DataType) -> None:
    large: Any = float(10**17) if type_ == pa.float64() else 10**17
    with pytest.raises(ConfigError) as refused:
        numbers(pa.decimal128(18, 2), [1, large], [None, None], type_)
    (problem,) = refused.value.problems
    assert problem.place == "outputs.account.N__c"
    assert "16 digits" in problem.message
    assert "as on 1" in problem.message

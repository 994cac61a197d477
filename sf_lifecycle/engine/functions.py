"""The functions of the language, one table. What is not in it does not exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from sf_lifecycle.engine import coerce, numbers, sql
from sf_lifecycle.engine.parse import Fault, fault_at
from sf_lifecycle.engine.types import BOOLEAN, DATE, DAYS, MOST_SCALE, TEXT, Type, Typed, made, number

TRUNC_UNITS = ("week", "month", "quarter", "year")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: the arguments translated, their places, and the configured time zone."""

    name: str
    node: exp.Expression
    values: tuple[Typed, ...]
    nodes: tuple[exp.Expression, ...]
    zone: str

    def fault(self, index: int, message: str, *, hint: str = "") -> Fault:
        """A mistake in one argument."""
        return fault_at(self.nodes[index], message, hint=hint)


@dataclass(frozen=True, kw_only=True)
class Function:
    """`takes`: a kind per argument (`any`, or kinds joined by `|`); the last repeats up to `most` arguments in all.

    `emit` gets the checked call and gives the value. A literal text where a date is taken is read as ISO.
    """

    takes: tuple[str, ...]
    least: int
    most: int
    shown: str
    emit: Callable[[Call], Typed]


def check(function: Function, call: Call) -> Call:
    """The call with its arguments in the kinds the function takes. Raises Fault."""
    if not function.least <= len(call.values) <= function.most:
        raise fault_at(call.node, f"{call.name} is given {len(call.values)} values", hint=f"write {function.shown}")
    values = []
    for index, value in enumerate(call.values):
        takes = function.takes[min(index, len(function.takes) - 1)]
        kinds = takes.split("|")
        if takes == "any" or value.kind in kinds:
            values.append(value)
        elif value.kind == "text" and value.is_literal and "date" in kinds:
            values.append(coerce.day(value, call.nodes[index]))
        elif value.kind is None:
            raise call.fault(index, f"expected {_wanted(kinds)}, got null")
        else:
            hint = "write date(…) for its day" if value.kind == "datetime" else f"write {function.shown}"
            raise call.fault(
                index, f"{call.name} takes {_wanted(kinds)} here, got {coerce.noun(value.type)}", hint=hint
            )
    return Call(name=call.name, node=call.node, values=tuple(values), nodes=call.nodes, zone=call.zone)


def _wanted(kinds: list[str]) -> str:
    return " or ".join(coerce.noun(Type(kind=kind)) for kind in kinds)  # type: ignore[arg-type]  # kinds are ours


def _plain(takes: str, result: Type, template: str, shown: str) -> Function:
    kinds = tuple(takes.split())

    def emit(call: Call) -> Typed:
        return made(result, template.format(*(value.sql for value in call.values)), *call.values)

    return Function(takes=kinds, least=len(kinds), most=len(kinds), shown=shown, emit=emit)


def _today(_: Call) -> Typed:
    return Typed(type=DATE, sql=sql.TODAY, moving=True, constant=False)


def _days_until(call: Call) -> Typed:
    return made(DAYS, sql.days_from(sql.TODAY, call.values[0].sql), _today(call), *call.values)


def _days_since(call: Call) -> Typed:
    return made(DAYS, sql.days_from(call.values[0].sql, sql.TODAY), _today(call), *call.values)


def _add_days(call: Call) -> Typed:
    date, days = call.values
    return made(DATE, sql.add_days(date.sql, days.sql, small=days.type.whole <= 4), date, days)


def _add_months(call: Call) -> Typed:
    date, months = call.values
    return made(DATE, sql.add_months(date.sql, months.sql), date, months)


def _months_between(call: Call) -> Typed:
    first, last = call.values
    return made(DAYS, sql.months_between(first.sql, last.sql), first, last)


def _date(call: Call) -> Typed:
    (value,) = call.values
    if value.kind == "datetime":
        return coerce.day_of(value, call.zone)
    return value


def _date_trunc(call: Call) -> Typed:
    unit, date = call.values
    if not unit.is_literal or str(unit.literal).lower() not in TRUNC_UNITS:
        raise call.fault(0, "expected 'week', 'month', 'quarter' or 'year'")
    return made(DATE, sql.date_trunc(str(unit.literal).lower(), date.sql), date)


def _if(call: Call) -> Typed:
    condition = coerce.condition(call.values[0], call.nodes[0])
    type_, branches = coerce.one_type(call.values[1:], call.nodes[1:], call.zone)
    otherwise = f" ELSE {branches[1]}" if len(branches) > 1 else ""
    said = f"CASE WHEN {condition.sql} THEN {branches[0]}{otherwise} END"
    moving = any(value.moving for value in call.values[1:])
    return made(type_, said, *call.values, moving=moving)


def _of_one_type(function: str) -> Callable[[Call], Typed]:
    def emit(call: Call) -> Typed:
        type_, said = coerce.one_type(call.values, call.nodes, call.zone)
        if function != "coalesce" and type_.kind not in ("number", "date", "datetime"):
            raise call.fault(0, f"{function} takes numbers or dates, got {coerce.noun(type_)}")
        return made(type_, f"{function}({', '.join(said)})", *call.values)

    return emit


def _nullif(call: Call) -> Typed:
    type_, said = coerce.one_type(call.values, call.nodes, call.zone)
    value, other = said
    if type_.kind == "text":
        coerce.word(call.values[1], call.values[0].type, call.nodes[1])
        test = f"{sql.folded(value)} = {sql.folded(other)}"
        return made(call.values[0].type, f"CASE WHEN {test} THEN NULL ELSE {value} END", *call.values)
    return made(type_, f"nullif({value}, {other})", *call.values, moving=call.values[0].moving)


def _round(call: Call) -> Typed:
    decimals = _small(call, 1, MOST_SCALE) if len(call.values) > 1 else 0
    return numbers.rounded(call.values[0], decimals)


def _small(call: Call, index: int, most: int) -> int:
    value = call.values[index]
    if not value.is_literal or not isinstance(value.literal, int) or not 0 <= value.literal <= most:
        raise call.fault(index, f"expected a whole number from 0 to {most}, written out")
    return value.literal


def _part(function: str) -> Callable[[Call], Typed]:
    def emit(call: Call) -> Typed:
        return made(TEXT, f"{function}({call.values[0].sql}, {_small(call, 1, 255)})", *call.values)

    return emit


def _search(function: str) -> Callable[[Call], Typed]:
    def emit(call: Call) -> Typed:
        said = ", ".join(sql.folded(value.sql) for value in call.values)
        return made(BOOLEAN, f"{function}({said})", *call.values, moving=False)

    return emit


def _includes(call: Call) -> Typed:
    several, *words = call.values
    tests = []
    for word, node in zip(words, call.nodes[1:], strict=True):
        if not word.is_literal:
            raise fault_at(node, "expected a word in quotes")
        checked = coerce.word(word, several.type, node)
        wanted = sql.joined_words(checked.sql)
        tests.append(f"contains({sql.joined_words(several.sql)}, {wanted})")
    # concat() skips nulls; an unknown list includes nothing known.
    said = f"CASE WHEN {several.sql} IS NULL THEN NULL ELSE {' OR '.join(tests)} END"
    return made(BOOLEAN, said, *call.values, moving=False)


_NUMBER_OF_DAYS = number(8)
_ANY = ("any",)

FUNCTIONS: Mapping[str, Function] = {
    "today": Function(takes=(), least=0, most=0, shown="today()", emit=_today),
    "days_until": Function(takes=("date",), least=1, most=1, shown="days_until(date)", emit=_days_until),
    "days_since": Function(takes=("date",), least=1, most=1, shown="days_since(date)", emit=_days_since),
    "add_days": Function(takes=("date", "number"), least=2, most=2, shown="add_days(date, days)", emit=_add_days),
    "add_months": Function(
        takes=("date", "number"), least=2, most=2, shown="add_months(date, months)", emit=_add_months
    ),
    "months_between": Function(
        takes=("date",), least=2, most=2, shown="months_between(first, last)", emit=_months_between
    ),
    "date": Function(takes=("date|datetime",), least=1, most=1, shown="date(moment)", emit=_date),
    "date_trunc": Function(
        takes=("text", "date"), least=2, most=2, shown="date_trunc('month', date)", emit=_date_trunc
    ),
    "year": _plain("date", _NUMBER_OF_DAYS, "year({0})", "year(date)"),
    "quarter": _plain("date", _NUMBER_OF_DAYS, "quarter({0})", "quarter(date)"),
    "month": _plain("date", _NUMBER_OF_DAYS, "month({0})", "month(date)"),
    "day": _plain("date", _NUMBER_OF_DAYS, "day({0})", "day(date)"),
    "if": Function(takes=_ANY, least=2, most=3, shown="if(condition, value, otherwise)", emit=_if),
    "coalesce": Function(takes=_ANY, least=2, most=20, shown="coalesce(a, b)", emit=_of_one_type("coalesce")),
    "nullif": Function(takes=_ANY, least=2, most=2, shown="nullif(a, b)", emit=_nullif),
    "least": Function(takes=_ANY, least=2, most=20, shown="least(a, b)", emit=_of_one_type("least")),
    "greatest": Function(takes=_ANY, least=2, most=20, shown="greatest(a, b)", emit=_of_one_type("greatest")),
    "abs": Function(takes=("number",), least=1, most=1, shown="abs(n)", emit=lambda c: numbers.absolute(c.values[0])),
    "round": Function(takes=("number",), least=1, most=2, shown="round(n, decimals)", emit=_round),
    "floor": Function(
        takes=("number",), least=1, most=1, shown="floor(n)", emit=lambda c: numbers.to_whole(c.values[0], "floor")
    ),
    "ceil": Function(
        takes=("number",), least=1, most=1, shown="ceil(n)", emit=lambda c: numbers.to_whole(c.values[0], "ceil")
    ),
    "lower": _plain("text", TEXT, "lower({0})", "lower(text)"),
    "upper": _plain("text", TEXT, "upper({0})", "upper(text)"),
    "trim": _plain("text", TEXT, "trim({0})", "trim(text)"),
    "left": Function(takes=("text", "number"), least=2, most=2, shown="left(text, 4)", emit=_part("left")),
    "right": Function(takes=("text", "number"), least=2, most=2, shown="right(text, 4)", emit=_part("right")),
    "length": _plain("text", _NUMBER_OF_DAYS, "length({0})", "length(text)"),
    "contains": Function(takes=("text",), least=2, most=2, shown="contains(text, 'part')", emit=_search("contains")),
    "starts_with": Function(
        takes=("text",), least=2, most=2, shown="starts_with(text, 'part')", emit=_search("starts_with")
    ),
    "includes": Function(takes=("text",), least=2, most=20, shown="includes(field, 'word')", emit=_includes),
}

AGGREGATES = ("count", "sum", "min", "max", "avg", "list")

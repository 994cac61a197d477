"""Trees to typed SQL, node by node. A node without a case is refused: nothing passes through unread."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from sf_lifecycle.config.found import nearest
from sf_lifecycle.engine import coerce, compare, numbers, sql
from sf_lifecycle.engine.aggregates import Collector, no_aggregate
from sf_lifecycle.engine.functions import AGGREGATES, FUNCTIONS, Call, check
from sf_lifecycle.engine.parse import MOST_CHARACTERS, Fault, chain, fault_at
from sf_lifecycle.engine.types import AND, ATOM, BOOLEAN, MOST_SCALE, NOT, NULL, OR, TEXT, Type, Typed, made, number

MOST_SQL = 60_000
"""Characters of SQL one expression may become."""

NameReader = Callable[[tuple[str, ...], exp.Expression], Typed]
_ALLOWED_ARGS = {
    exp.Column: {"this", "table", "db", "catalog"},
    exp.Anonymous: {"this", "expressions"},
    exp.Literal: {"this", "is_string"},
    exp.In: {"this", "expressions", "field"},
    exp.Like: {"this", "expression", "negate"},
    exp.Case: {"this", "ifs", "default"},
    exp.Between: {"this", "low", "high"},
    exp.Distinct: {"expressions"},
}


@dataclass(frozen=True, kw_only=True)
class Translator:
    """Reads expressions of one set. `read` gives a name's value or raises Fault; `collector` where rows are gathered"""

    read: NameReader
    zone: str
    collector: Collector | None = None
    below: NameReader | None = None
    """Reads names inside an aggregate, where `read` is for what stands around it."""

    def value(self, node: exp.Expression) -> Typed:
        """The expression's value. Raises Fault."""
        extra = {key for key, arg in node.args.items() if arg} - _ALLOWED_ARGS.get(type(node), _BINARY)
        translate = _CASES.get(type(node))
        if translate is None or extra:
            raise fault_at(node, f"{_said(node)} is not part of the language", hint=_HINTS.get(type(node), ""))
        found = translate(self, node)
        if found.choices is not None and not (isinstance(node.parent, exp.In) and node.arg_key != "this"):
            raise fault_at(node, "a list stands only after `in`", hint="write … in NAME")
        if len(found.sql) > MOST_SQL:
            raise fault_at(node, "the expression is too complicated", hint="give parts of it names as columns")
        return found

    def condition(self, node: exp.Expression, way_out: str = "leave `where` out, or compare with a value") -> Typed:
        """The expression as a whole condition, not a constant one: parameters alone are constant too. Raises Fault."""
        found = coerce.condition(self.value(node), node)
        if found.constant:
            raise Fault("this is always the same", hint=way_out, start=0, end=MOST_CHARACTERS)
        return found

    def parts(self, node: exp.Expression, kind: type[exp.Expression]) -> list[Typed]:
        """The operands of a chain of `and` or `or`, each a condition."""
        return [coerce.condition(self.value(part), part) for part in chain(node, kind)]

    def logic(self, node: exp.Expression) -> Typed:
        kind, word, binds = (exp.And, " AND ", AND) if isinstance(node, exp.And) else (exp.Or, " OR ", OR)
        parts = self.parts(node, kind)
        return made(BOOLEAN, word.join(part.within(binds + 1) for part in parts), *parts, binds=binds, moving=False)

    def negation(self, node: exp.Expression) -> Typed:
        inner = node.this
        if isinstance(inner, exp.Is):
            return compare.is_(self, inner, negated=True)
        value = coerce.condition(self.value(inner), inner)
        return made(BOOLEAN, f"NOT {value.within(ATOM)}", value, binds=NOT, moving=False)

    def paren(self, node: exp.Expression) -> Typed:
        return self.value(node.this)

    def arithmetic(self, node: exp.Expression) -> Typed:
        left, right = self.value(node.this), self.value(node.expression)
        for value, at in ((left, node.this), (right, node.expression)):
            if value.kind != "number":
                raise fault_at(
                    at, f"expected a number, got {coerce.noun(value.type)}", hint=_ARITHMETIC.get(str(value.kind), "")
                )
        if isinstance(node, exp.Mul):
            return numbers.multiply(left, right)
        if isinstance(node, exp.Div):
            return numbers.divide(left, right)
        return numbers.add(left, right, "+" if isinstance(node, exp.Add) else "-")

    def sign(self, node: exp.Expression) -> Typed:
        value = self.value(node.this)
        if value.kind != "number":
            raise fault_at(node, f"expected a number, got {coerce.noun(value.type)}")
        return numbers.negate(value)

    def literal(self, node: exp.Expression) -> Typed:
        written = str(node.this)
        if node.args.get("is_string"):
            return Typed(type=TEXT, sql=sql.text(written), is_literal=True, literal=written)
        return number_literal(Decimal(written), node)

    def boolean(self, node: exp.Expression) -> Typed:
        return Typed(type=BOOLEAN, sql=sql.literal(bool(node.this)), is_literal=True, literal=bool(node.this))

    def null(self, _: exp.Expression) -> Typed:
        return Typed(type=NULL, sql="NULL", is_literal=True)

    def name(self, node: exp.Expression) -> Typed:
        parts = name_parts(node)
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier) and node.this.quoted:
            raise fault_at(node, f'"{node.this.name}" is in double quotes', hint=f"write a text as '{node.this.name}'")
        if parts is None:
            raise fault_at(node, "this is not a name", hint="a name is written stage or account.stage")
        return self.read(parts, node)

    def case(self, node: exp.Expression) -> Typed:
        if node.this is not None:
            raise fault_at(node, "`case` compares nothing here", hint="write case when … then … else … end")
        branches = node.args["ifs"]
        tests = [coerce.condition(self.value(branch.this), branch.this) for branch in branches]
        nodes = [branch.args["true"] for branch in branches]
        if node.args.get("default") is not None:
            nodes.append(node.args["default"])
        values = [self.value(each) for each in nodes]
        type_, said = coerce.one_type(values, nodes, self.zone)
        text = " ".join(f"WHEN {test.sql} THEN {then}" for test, then in zip(tests, said, strict=False))
        otherwise = f" ELSE {said[-1]}" if len(said) > len(tests) else ""
        return made(type_, f"CASE {text}{otherwise} END", *tests, *values, moving=any(v.moving for v in values))

    def call(self, node: exp.Expression) -> Typed:
        name = str(node.this).lower()
        if name in AGGREGATES:
            return self._aggregate(node, name)
        function = FUNCTIONS.get(name)
        if function is None:
            known = (*FUNCTIONS, *AGGREGATES)
            raise fault_at(
                node, f"there is no function {node.this}", hint=_NO_FUNCTION.get(name) or nearest(name, known)
            )
        values = tuple(self.value(each) for each in node.expressions)
        call = Call(name=name, node=node, values=values, nodes=tuple(node.expressions), zone=self.zone)
        return function.emit(check(function, call))

    def _aggregate(self, node: exp.Expression, name: str) -> Typed:
        if self.collector is None:
            raise no_aggregate(node, name)
        arguments: Sequence[exp.Expression] = node.expressions
        distinct = False
        if len(arguments) == 1 and isinstance(arguments[0], exp.Distinct):
            distinct, arguments = True, arguments[0].expressions
        if name == "count" and len(arguments) == 1 and isinstance(arguments[0], exp.Star) and not distinct:
            return self.collector.add(node, name, (), distinct=False)
        if len(arguments) != 1:
            raise fault_at(node, f"{name} takes one value", hint="write count(*)" if name == "count" else "")
        below = Translator(read=self.below or self.read, zone=self.zone)
        return self.collector.add(node, name, tuple(below.value(each) for each in arguments), distinct=distinct)


def number_literal(value: Decimal | int, node: exp.Expression | None = None) -> Typed:
    """A number written out. Raises Fault where it has too many digits."""
    decimal = Decimal(value)
    exponent = decimal.as_tuple().exponent
    scale = max(0, -exponent) if isinstance(exponent, int) else 0
    whole = len(str(abs(int(decimal)))) if abs(decimal) >= 1 else 0
    if whole > 18 or scale > MOST_SCALE:
        message = f"a number has at most 18 digits before the point and {MOST_SCALE} behind it"
        raise fault_at(node, message) if node is not None else Fault(message)
    literal = decimal if scale else int(decimal)
    return Typed(type=number(whole + scale, scale), sql=sql.literal(literal), is_literal=True, literal=literal)


def name_parts(node: exp.Expression) -> tuple[str, ...] | None:
    """`a.b.c` as its parts, or None where the node is no plain name."""
    if isinstance(node, exp.Dot):
        left, right = name_parts(node.this), node.expression
        if left is None or not isinstance(right, exp.Identifier) or right.quoted:
            return None
        return (*left, right.name)
    if isinstance(node, exp.Column) and all(isinstance(part, exp.Identifier) for part in node.parts):
        parts = tuple(part.name for part in node.parts)
        return parts if all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", part) for part in parts) else None
    return None


def _said(node: exp.Expression) -> str:
    names = {exp.Alias: "what follows the expression", exp.Star: "`*`", exp.Tuple: "a list in parentheses"}
    return names.get(type(node), "this")


_BINARY = {"this", "expression"}
_NOT_YET = "see the list of functions in the guide"
CLOCKS = dict.fromkeys(
    ("now", "current_date", "current_time", "current_timestamp", "getdate", "sysdate", "localtime", "localtimestamp"),
    "write today()",
)
"""What other languages call the day."""
_NO_FUNCTION = {"dateadd": "write add_days(…)", "concat": _NOT_YET, "isnull": "write … is null"} | CLOCKS
_ARITHMETIC = {
    "date": "write add_days(…), days_since(…), days_until(…) or months_between(…)",
    "text": "numbers stand without quotes",
}
_HINTS: dict[type[exp.Expression], str] = {
    exp.Alias: "one expression; join two with `and`",
    exp.Tuple: "one value",
}

_CASES: dict[type[exp.Expression], Callable[[Translator, exp.Expression], Typed]] = {
    exp.And: Translator.logic,
    exp.Or: Translator.logic,
    exp.Not: Translator.negation,
    exp.Paren: Translator.paren,
    exp.Add: Translator.arithmetic,
    exp.Sub: Translator.arithmetic,
    exp.Mul: Translator.arithmetic,
    exp.Div: Translator.arithmetic,
    exp.Neg: Translator.sign,
    exp.Literal: Translator.literal,
    exp.Boolean: Translator.boolean,
    exp.Null: Translator.null,
    exp.Column: Translator.name,
    exp.Dot: Translator.name,
    exp.Case: Translator.case,
    exp.Anonymous: Translator.call,
    exp.EQ: compare.two,
    exp.NEQ: compare.two,
    exp.LT: compare.two,
    exp.LTE: compare.two,
    exp.GT: compare.two,
    exp.GTE: compare.two,
    exp.Between: compare.between,
    exp.In: compare.in_,
    exp.Like: compare.like,
    exp.Is: compare.is_,
}

__all__ = ["Translator", "Type", "name_parts", "number_literal"]

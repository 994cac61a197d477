"""Conditions that can never hold, as far as that can be told from their words alone.

Only what is certain is said. A condition is taken apart at its `and`s; of each value that is compared with constants,
what all the comparisons leave of it is worked out. Two texts are different only where no rule of spelling makes them
the same.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from sf_lifecycle.engine.coerce import DAY, MOMENT
from sf_lifecycle.engine.parse import chain
from sf_lifecycle.engine.types import Scalar

Constant = bool | Decimal | dt.date | str
Parameter = Callable[[str], Scalar | tuple[Scalar, ...] | None]
_MIRRORED: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
_DENIED: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.LT: exp.GTE,
    exp.LTE: exp.GT,
    exp.GT: exp.LTE,
    exp.GTE: exp.LT,
}
_WORDS = re.compile(r"('(?:[^']|'')*')|\b(AND|OR|NOT|IN|BETWEEN|LIKE|IS|NULL|TRUE|FALSE|CASE|WHEN|THEN|ELSE|END)\b")


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """What one part of a condition says of `of`, where the condition holds. `null`: that it is null.

    `among`: one of these; `but`: none of these; `low` and `high`: a bound, and whether it is included.
    """

    part: exp.Expression
    of: exp.Expression
    null: bool = False
    among: frozenset[Constant] | None = None
    but: frozenset[Constant] = frozenset()
    low: tuple[Constant, bool] | None = None
    high: tuple[Constant, bool] | None = None


def contradiction(tree: exp.Expression, parameter: Parameter) -> tuple[exp.Expression, ...] | None:
    """The two parts of a condition that are never true together (one: that is never true by itself), if there are any.

    `parameter`: the value of a name that is a constant of the configuration, None for every other name.
    """
    parts = parts_of(tree)
    for part in parts:
        if isinstance(part, exp.Or) and all(contradiction(each, parameter) for each in chain(part, exp.Or)):
            return (part,)
    for index, part in enumerate(parts):
        for other in parts[:index]:
            if _opposite(part, other):
                return other, part
    claims = [claim for part in parts for claim in _claims(part, parameter)]
    for index, claim in enumerate(claims):
        if _empty(claim):
            return (claim.part,)
        for earlier in claims[:index]:
            if claim.of == earlier.of and _empty(_both(earlier, claim)):
                return (claim.part,) if claim.part is earlier.part else (earlier.part, claim.part)
    of_one: dict[exp.Expression, _Claim] = {}
    for claim in claims:
        known = of_one.get(claim.of)
        of_one[claim.of] = claim if known is None else _both(known, claim)
        if _empty(of_one[claim.of]):
            return (tree,)
    return None


def told(node: exp.Expression) -> str:
    """A part of a condition as a person writes it."""
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        return told(node.this).replace(" is ", " is not ", 1)
    return _WORDS.sub(lambda found: found[1] or found[2].lower(), node.sql())


def parts_of(tree: exp.Expression) -> list[exp.Expression]:
    """What must all hold for the whole to hold."""
    bare = _bare(tree)
    if not isinstance(bare, exp.And):
        return [bare]
    return [part for each in chain(bare, exp.And) for part in parts_of(each)]


def _bare(node: exp.Expression) -> exp.Expression:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _opposite(one: exp.Expression, other: exp.Expression) -> bool:
    return any(isinstance(a, exp.Not) and _bare(a.this) == b for a, b in ((one, other), (other, one)))


def _claims(part: exp.Expression, parameter: Parameter) -> Iterator[_Claim]:
    """What a part says of a value; nothing where it is not of a simple form."""
    denied = isinstance(part, exp.Not)
    inner = _bare(part.this) if denied else part
    kind = type(inner)
    if kind in _MIRRORED:
        yield from _compared(part, inner, denied=denied, parameter=parameter)
    elif isinstance(inner, exp.Between) and not denied:
        for bound, sign in (("low", exp.GTE), ("high", exp.LTE)):
            yield from _bounded(part, inner.this, sign, inner.args[bound], parameter)
    elif isinstance(inner, exp.In):
        found = _options(inner, parameter)
        if found is not None:
            of = _bare(inner.this)
            yield _Claim(part=part, of=of, but=found) if denied else _Claim(part=part, of=of, among=found)
    elif isinstance(inner, exp.Is):
        if isinstance(inner.expression, exp.Null):
            yield _Claim(part=part, of=_bare(inner.this), null=not denied)
        elif isinstance(inner.expression, exp.Boolean) and not denied:
            yield _Claim(part=part, of=_bare(inner.this), among=frozenset([bool(inner.expression.this)]))
    elif isinstance(inner, exp.Column | exp.Dot | exp.Anonymous):
        yield _Claim(part=part, of=inner, among=frozenset([not denied]))


def _compared(part: exp.Expression, inner: exp.Expression, *, denied: bool, parameter: Parameter) -> Iterator[_Claim]:
    sign = _DENIED[type(inner)] if denied else type(inner)
    yield from _bounded(part, inner.this, sign, inner.expression, parameter)
    yield from _bounded(part, inner.expression, _MIRRORED[sign], inner.this, parameter)


def _bounded(
    part: exp.Expression, of: exp.Expression, sign: type[exp.Expression], by: exp.Expression, parameter: Parameter
) -> Iterator[_Claim]:
    of, value = _bare(of), _constant(by, parameter)
    if value is None or _constant(of, parameter) is not None:
        return
    if sign is exp.EQ:
        yield _Claim(part=part, of=of, among=frozenset([value]))
    elif sign is exp.NEQ:
        yield _Claim(part=part, of=of, but=frozenset([value]))
    elif isinstance(value, Decimal | dt.date):
        bound = value, sign in (exp.LTE, exp.GTE)
        is_low = sign in (exp.GT, exp.GTE)
        yield _Claim(part=part, of=of, low=bound) if is_low else _Claim(part=part, of=of, high=bound)


def _options(node: exp.In, parameter: Parameter) -> frozenset[Constant] | None:
    listed = node.args.get("field")
    if listed is not None:
        choices = parameter(listed.name) if isinstance(listed, exp.Column) and len(listed.parts) == 1 else None
        found = [_known(each) for each in choices] if isinstance(choices, tuple) else [None]
    else:
        found = [_constant(each, parameter) for each in node.expressions]
    known = [each for each in found if each is not None]
    return frozenset(known) if known and len(known) == len(found) else None


def _constant(node: exp.Expression, parameter: Parameter) -> Constant | None:
    node = _bare(node)
    if isinstance(node, exp.Neg):
        value = _constant(node.this, parameter)
        return -value if isinstance(value, Decimal) else None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Literal):
        return _known(str(node.this) if node.is_string else Decimal(str(node.this)))
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        found = parameter(node.name)
        return None if found is None or isinstance(found, tuple) else _known(found)
    return None


def _known(value: Scalar) -> Constant | None:
    """A constant to be compared; None for a moment, which is worth a day beside days."""
    if isinstance(value, bool | dt.date):
        return value
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if MOMENT.fullmatch(value):
        return None
    if DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return None
    plain = unicodedata.normalize("NFKD", value.casefold())
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


def _both(one: _Claim, other: _Claim) -> _Claim:
    if one.null or other.null:
        null = one.null and other.null
        # One says that it is null, the other that it is not: nothing is left.
        return _Claim(part=other.part, of=one.of, null=null, among=None if null else frozenset())
    among = other.among if one.among is None else one.among if other.among is None else _common(one.among, other.among)
    lows = [each.low for each in (one, other) if each.low]
    highs = [each.high for each in (one, other) if each.high]
    return _Claim(
        part=other.part,
        of=one.of,
        among=among,
        but=one.but | other.but,
        low=lows[0] if len(lows) == 1 else _tighter(lows, most=True) if lows else None,
        high=highs[0] if len(highs) == 1 else _tighter(highs, most=False) if highs else None,
    )


def _common(one: frozenset[Constant], other: frozenset[Constant]) -> frozenset[Constant]:
    """What is in both; values of other kinds than the other's (a day written as a text) are kept, to be sure."""
    kinds = {type(each) for each in one}, {type(each) for each in other}
    return one & other if kinds[0] == kinds[1] and len(kinds[0]) == 1 else one | other


def _tighter(bounds: Sequence[tuple[Constant, bool]], *, most: bool) -> tuple[Constant, bool] | None:
    if len({type(value) for value, _ in bounds}) > 1:
        return None
    best = bounds[0]
    for value, included in bounds[1:]:
        beyond = _less(best[0], value) if most else _less(value, best[0])
        if beyond or (value == best[0] and not included):
            best = value, included
    return best


def _less(one: Constant, other: Constant) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one < other
    return isinstance(one, dt.date) and isinstance(other, dt.date) and one < other


def _empty(claim: _Claim) -> bool:
    """Whether no value is left."""
    low, high = claim.low, claim.high
    if claim.among is not None:
        return not any(_fits(value, claim) for value in claim.among)
    if low is None or high is None:
        return False
    return _less(high[0], low[0]) or (
        low[0] == high[0] and (not (low[1] and high[1]) or any(low[0] == each for each in claim.but))
    )


def _fits(value: Constant, claim: _Claim) -> bool:
    if value in claim.but:
        return False
    for bound, is_low in ((claim.low, True), (claim.high, False)):
        if bound is not None and type(bound[0]) is type(value):
            beyond = _less(value, bound[0]) if is_low else _less(bound[0], value)
            if beyond or (value == bound[0] and not bound[1]):
                return False
    return True

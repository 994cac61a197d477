"""Reading one expression of one set: first what it names, then, when that is known, what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

from sqlglot import exp

from sf_lifecycle.config.mapping import Lookup
from sf_lifecycle.engine import coerce, compare, sql
from sf_lifecycle.engine.aggregates import Collector
from sf_lifecycle.engine.definitions import ACCOUNT, Definitions
from sf_lifecycle.engine.parse import Fault, Parsed, fault_at, parse, problem
from sf_lifecycle.engine.scope import KEY, PARENT, Target, at, names_in, resolve
from sf_lifecycle.engine.translate import Translator, number_literal
from sf_lifecycle.engine.types import ID, TEXT, Ref, Scalar, Type, Typed, made

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Unknowable(Exception):
    """Something read was itself mistaken; that mistake is reported, not this one."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """An expression or text as written, and where."""

    text: str
    file: str
    place: str


@dataclass(frozen=True, order=True)
class Needs:
    """A value another one needs. `cross`: of another row, so that it must stand in a finished table."""

    set: str
    name: str
    cross: bool


@dataclass(kw_only=True)
class Reading:
    """Reads expressions against the definitions. `typed`: the values known so far; mistakes go to the definitions."""

    found: Definitions
    zone: str
    typed: dict[tuple[str, str], Typed] = field(default_factory=dict)
    _lookups: dict[str, Parsed] = field(default_factory=dict)
    _within: list[str] = field(default_factory=list)  # lookups being read

    def attempt(self, source: Source, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        """What `work` gives; a Fault is noted at the source's place and gives None."""
        try:
            return work(*args, **kwargs)
        except Unknowable:
            return None
        except Fault as fault:
            self.found.problems.append(problem(fault, source=source.text, file=source.file, place=source.place))
            return None

    def source(self, place: str, text: str) -> Source:
        """A source at a key path of the mapping or model."""
        return Source(text=text, file=self.found.file(place), place=place)

    def needs_of(self, tree: exp.Expression, set_: str, *, label: str | None = None) -> set[Needs]:
        """What must be known before the tree can be translated. Raises Fault at the first name that means nothing."""
        needs: set[Needs] = set()
        for parts, node in names_in(tree):
            if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier) and node.this.quoted:
                raise fault_at(node, f'"{node.name}" is in double quotes', hint=f"write a text as '{node.name}'")
            needs |= self.needs_of_name(parts, set_, node=node, label=label)
        return needs

    def needs_of_name(
        self, parts: tuple[str, ...], set_: str, *, node: exp.Expression | None = None, label: str | None = None
    ) -> set[Needs]:
        """The same for one name."""
        try:
            target = resolve(self.found, set_, parts, label=label)
            if target.parameter is not None:
                value = self.found.parameters[target.parameter]
                if not isinstance(value, Lookup):
                    return set()
                return self._in_lookup(target.parameter, value, lambda tree: self.needs_of(tree, set_, label=label))
            if target.because is not None:
                raise Fault(f"{'.'.join(parts)} is for reading only and cannot be worked with")
        except Fault as fault:
            raise at(fault, node) from fault
        return needs_of_refs((*target.links, *((target.ref,) if target.ref else ())))

    def translator(self, set_: str, *, label: str | None = None, collector: Collector | None = None) -> Translator:
        """A translator of expressions over rows of `set_`."""

        def read(parts: tuple[str, ...], node: exp.Expression) -> Typed:
            try:
                return self.name(parts, set_, node=node, label=label)
            except Fault as fault:
                raise at(fault, node) from fault

        def no_bare_name(parts: tuple[str, ...], node: exp.Expression) -> Typed:
            value = read(parts, node)
            if value.refs and collector is not None:
                name = ".".join(parts)
                raise fault_at(node, f"{name} has a value per row; here rows are gathered", hint=f"write max({name})")
            return value

        if collector is None:
            return Translator(read=read, zone=self.zone)
        return Translator(read=no_bare_name, zone=self.zone, collector=collector, below=read)

    def name(
        self, parts: tuple[str, ...], set_: str, *, node: exp.Expression | None = None, label: str | None = None
    ) -> Typed:
        """A name's value in a row of `set_`. Raises Fault, Unknowable."""
        target = resolve(self.found, set_, parts, label=label)
        if target.parameter is not None:
            return self._parameter(target.parameter, set_, label=label, node=node)
        if target.ref is None:
            raise Fault(f"{'.'.join(parts)} is for reading only and cannot be worked with")
        return self.ref(target.ref, target.links)

    def ref(self, ref: Ref, links: tuple[Ref, ...] = ()) -> Typed:
        """A value of a row as an expression. Raises Unknowable where it is not known."""
        of = self.found.sets.get(ACCOUNT if ref.name == PARENT else ref.set)
        type_, moving = of.row if of else ID, False
        if ref.name not in (KEY, PARENT):
            known = self.typed.get((ref.set, ref.name))
            if known is None:
                raise Unknowable
            type_, moving = known.type, known.moving
        refs = frozenset((ref, *links))
        return Typed(type=type_, sql=sql.quoted(ref.column), refs=refs, moving=moving, constant=False)

    def target(self, set_: str, parts: tuple[str, ...]) -> Target:
        """What a name means. Raises Fault."""
        return resolve(self.found, set_, parts)

    def _in_lookup(self, name: str, lookup: Lookup, work: Callable[[exp.Expression], _T]) -> _T:
        """What `work` gives of the expression that a parameter looks up by. Raises a Fault that is in that one."""
        try:
            if name in self._within:
                raise Fault(f"{name} looks itself up")
            if name not in self._lookups:
                self._lookups[name] = parse(lookup.by)
            self._within.append(name)
            try:
                return work(self._lookups[name].tree)
            finally:
                self._within.pop()
        except Fault as fault:
            if fault.elsewhere is not None:  # one parameter may look up by another
                raise
            place = f"parameters.{name}.by"
            elsewhere = (lookup.by, self.found.file(place), place)
            raise Fault(
                fault.message, hint=fault.hint, start=fault.start, end=fault.end, elsewhere=elsewhere
            ) from fault

    def _parameter(self, name: str, set_: str, *, label: str | None, node: exp.Expression | None) -> Typed:
        value = self.found.parameters[name]
        texts = value.values.values() if isinstance(value, Lookup) else value if isinstance(value, tuple) else (value,)
        if any(isinstance(each, str) and "\0" in each for each in texts):
            raise Fault(f"the parameter {name} holds the character U+0000", hint="no text in a database can")
        if isinstance(value, Lookup):
            return self._looked_up(name, value, set_, label=label)
        if isinstance(value, tuple):
            values = [constant(each) for each in value]
            if not values:
                raise Fault(f"the parameter {name} is an empty list")
            if len({each.kind for each in values}) > 1:
                raise Fault(f"the parameter {name} mixes kinds of values")
            return replace(values[0], choices=value, is_literal=False, literal=None, sql="NULL")
        return constant(value)

    def _looked_up(self, name: str, lookup: Lookup, set_: str, *, label: str | None) -> Typed:
        by = self._in_lookup(name, lookup, lambda tree: self.translator(set_, label=label).value(tree))
        tree = self._lookups[name].tree
        try:
            keys = [coerce.word(_key(key, by), by.type, tree) for key in lookup.values]
            results = [constant(value) for value in lookup.values.values()]
            if lookup.default is not None:
                results.append(constant(lookup.default))
            type_, said = coerce.one_type(results, [tree] * len(results), self.zone)
        except Fault as fault:
            raise Fault(f"the parameter {name}: {fault.message}", hint=fault.hint) from fault
        whens = " ".join(f"WHEN {compare.equal(by, key)} THEN {then}" for key, then in zip(keys, said, strict=False))
        otherwise = f" ELSE {said[-1]}" if lookup.default is not None else ""
        return made(type_, f"CASE {whens}{otherwise} END", by, moving=False)


def _key(key: str, by: Typed) -> Typed:
    """A lookup's key, written as text, in the kind of what it is looked up by. Raises Fault."""
    if by.kind in ("text", "date", "datetime"):
        literal = Typed(type=TEXT, sql=sql.text(key), is_literal=True, literal=key)
        return literal if by.kind == "text" else coerce.day(literal, exp.Literal.string(key))
    if by.kind == "number":
        try:
            return number_literal(coerce.decimal(key))
        except ValueError:
            raise Fault(f"expected numbers as keys, got {key}") from None
    if by.kind == "boolean" and key in ("true", "false"):
        return constant(key == "true")
    raise Fault(f"the key {key} is nothing that `by` can be")


def constant(value: Scalar) -> Typed:
    """A constant of the configuration as a literal. Raises Fault where a number has too many digits."""
    if isinstance(value, bool):
        return Typed(type=Type(kind="boolean"), sql=sql.literal(value), is_literal=True, literal=value)
    if isinstance(value, str):
        return Typed(type=TEXT, sql=sql.text(value), is_literal=True, literal=value)
    if isinstance(value, int) or coerce.is_decimal(value):
        return number_literal(value)  # type: ignore[arg-type]  # narrowed by is_decimal
    return Typed(type=Type(kind="date"), sql=sql.literal(value), is_literal=True, literal=value)


def needs_of_refs(refs: Iterable[Ref]) -> set[Needs]:
    """What a row needs before these can be read. A cluster's key is worked out last, so it must stand in a table."""
    return {
        Needs(ref.set, ref.name, bool(ref.path) or ref.name.endswith("#key"))
        for ref in refs
        if ref.name not in (KEY, PARENT)
    }

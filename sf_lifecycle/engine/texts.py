"""Texts people write in TOML: Jinja, cut down to names, filters, conditions and loops over rows.

The template is checked node by node like expressions are, and every name in it becomes one flat value. Values are data:
nothing in them is ever read as a template.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Template, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from sf_lifecycle.config.found import nearest, one_of
from sf_lifecycle.engine.parse import control_character
from sf_lifecycle.engine.text_filters import CURRENCIES, FILTERS, Filtered, locale_named
from sf_lifecycle.errors import ConfigError, Problem

ROWS = "rows"
_LOOP = ("first", "last", "index", "length")
_NAME = re.compile(r"[^\W_]\w*")
_LONG_NUMBER = re.compile(r"\d{1000,}")
# The longest text Salesforce keeps in any field. A text that would be longer ends there: rows may be many.
MOST_CHARACTERS = 131_072
# A reader needs the best of them and their number, not three thousand lines.
MOST_ROWS = 25


@dataclass(frozen=True, kw_only=True)
class TextTemplate:
    """A text ready to be rendered. `names`: dotted names used; `row_names`: those used of each of `rows`.

    `money` and `row_money`: those of them that are shown as money without saying in which currency.
    `filtered`: the filters on names, in order.
    `place`: (file, key path) where it is written, for messages about what its names turn out to be.
    """

    source: str
    place: tuple[str, str] = field(compare=False)
    names: frozenset[str]
    row_names: frozenset[str]
    uses_rows: bool
    money: frozenset[str] = frozenset()
    row_money: frozenset[str] = frozenset()
    filtered: tuple[Filtered, ...] = field(default=(), compare=False)
    _template: Template = field(repr=False, compare=False)
    _slots: Mapping[str, str] = field(repr=False, compare=False)

    def render(
        self,
        values: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]] = (),
        locale: str = "en_GB",
        currency: str | None = None,
    ) -> str:
        """The text, at most MOST_CHARACTERS. `values` and each of `rows` by dotted name (all of `names` and
        `row_names`); null is empty text. `rows` are best first: MOST_ROWS of them are looped over, all are counted.
        `currency`: what amounts are in where the text names no other.
        """
        said = {slot: values[name] for name, slot in self._slots.items()}
        said |= {"_rows": rows[:MOST_ROWS], "_all_rows": rows, "_locale": locale_named(locale), "_currency": currency}
        pieces, left = [], MOST_CHARACTERS
        for piece in self._template.root_render_func(self._template.new_context(said)):
            pieces.append(piece)
            left -= len(piece)
            if left <= 0:
                break
        return "".join(pieces)[:MOST_CHARACTERS].strip()


def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(autoescape=False, trim_blocks=True, lstrip_blocks=True, finalize=None)
    environment.filters.clear()
    environment.filters.update(FILTERS)
    environment.globals.clear()
    environment.tests.clear()
    environment.tests.update({"none": lambda value: value is None, "defined": lambda value: value is not None})
    return environment


_ENVIRONMENT = _environment()


def compile_text(source: str, place: tuple[str, str]) -> TextTemplate:
    """Read a text. `place`: (file, key path) for messages. Raises ConfigError with every mistake found."""
    if (bad := _not_plain(source)) is not None:
        raise ConfigError([_problem(place, f"{_line(source, bad)}a control character cannot stand here")])
    try:
        tree = _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise ConfigError([_problem(place, f"line {error.lineno}: {error.message}")]) from error
    except RecursionError as error:
        raise ConfigError([_problem(place, "nested too deep")]) from error
    except ValueError as error:  # Python reads no number of thousands of digits
        at = _LONG_NUMBER.search(source)
        raise ConfigError(
            [_problem(place, f"{_line(source, at.start() if at else 0)}a number is too large")]
        ) from error
    checker = _Checker(place=place)
    try:
        body = [checker.statement(node, frozenset()) for node in tree.body]
    except RecursionError as error:
        raise ConfigError([_problem(place, "nested too deep")]) from error
    if checker.problems:
        raise ConfigError(checker.problems)
    tree.body = body
    try:
        template = Template.from_code(_ENVIRONMENT, _compiled(tree), {}, None)
    except (RecursionError, MemoryError, SyntaxError) as error:  # Python's own limits on blocks within blocks
        raise ConfigError([_problem(place, "nested too deep")]) from error
    return TextTemplate(
        source=source,
        place=place,
        names=frozenset(checker.slots),
        row_names=frozenset(checker.row_names),
        uses_rows=checker.uses_rows,
        money=frozenset(checker.money),
        row_money=frozenset(checker.row_money),
        filtered=tuple(sorted(checker.filtered)),
        _template=template,
        _slots=dict(checker.slots),
    )


def _compiled(tree: nodes.Template) -> Any:
    tree.set_environment(_ENVIRONMENT)
    generated = _ENVIRONMENT._generate(tree, None, None)  # the public compile() takes text only
    return _ENVIRONMENT._compile(generated, "<text>")


def _not_plain(text: str) -> int | None:
    """Where the first control character or half of a character stands: what nobody means to write."""
    halves = (i for i, character in enumerate(text) if "\ud800" <= character <= "\udfff")
    return min((at for at in (control_character(text), next(halves, None)) if at is not None), default=None)


def _line(source: str, at: int) -> str:
    return f"line {source.count(chr(10), 0, at) + 1}: "


def _problem(place: tuple[str, str], message: str, hint: str = "") -> Problem:
    return Problem(file=place[0], place=place[1], message=message, hint=hint)


def _dotted(node: nodes.Node) -> str:
    return f"{_dotted(node.node)}.{node.attr}" if isinstance(node, nodes.Getattr) else getattr(node, "name", "")


@dataclass(kw_only=True)
class _Checker:
    """Rewrites a tree so that each dotted name is one value; what has no case is refused."""

    place: tuple[str, str]
    slots: dict[str, str] = field(default_factory=dict)
    row_names: set[str] = field(default_factory=set)
    uses_rows: bool = False
    money: set[str] = field(default_factory=set)
    row_money: set[str] = field(default_factory=set)
    filtered: set[Filtered] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def statement(self, node: nodes.Node, local: frozenset[str]) -> Any:
        if isinstance(node, nodes.TemplateData):
            return node
        if isinstance(node, nodes.Output):
            node.nodes = [self._shown(each, local) for each in node.nodes]
            return node
        if isinstance(node, nodes.If):
            if isinstance(node.test, nodes.Expr):
                node.test = self.value(node.test, local)
            for part in (node.body, node.elif_, node.else_):
                part[:] = [self.statement(each, local) for each in part]
            return node
        if isinstance(node, nodes.For):
            return self._loop(node, local)
        self._refuse(node, f"`{type(node).__name__.lower()}` cannot stand in a text")
        return node

    def _shown(self, node: nodes.Expr, local: frozenset[str]) -> nodes.Expr:
        if isinstance(node, nodes.TemplateData):
            return node
        return nodes.Filter(self.value(node, local), "_plain", [], [], None, None, lineno=node.lineno)

    def _loop(self, node: nodes.For, local: frozenset[str]) -> nodes.Node:
        named = isinstance(node.target, nodes.Name) and isinstance(node.iter, nodes.Name) and node.iter.name == ROWS
        if not named or local or node.recursive or node.test is not None:
            self._refuse(node, "a loop is written {% for row in rows %}, one at a time")
            return node
        assert isinstance(node.target, nodes.Name)
        self.uses_rows = True
        node.iter = nodes.Name("_rows", "load", lineno=node.lineno)
        inner = frozenset([node.target.name, "loop"])
        node.body = [self.statement(each, inner) for each in node.body]
        node.else_ = [self.statement(each, local) for each in node.else_]
        return node

    def value(self, node: nodes.Expr, local: frozenset[str]) -> Any:
        if isinstance(node, nodes.Name | nodes.Getattr):
            return self._name(node, local)
        if isinstance(node, nodes.Const):
            return self._const(node)
        if isinstance(node, nodes.Filter):
            return self._filter(node, local)
        if isinstance(node, nodes.Test):
            return self._test(node, local)
        if isinstance(node, nodes.Compare):
            return self._compare(node, local)
        if isinstance(node, nodes.CondExpr):
            node.test, node.expr1 = self.value(node.test, local), self.value(node.expr1, local)
            node.expr2 = self.value(node.expr2, local) if node.expr2 is not None else nodes.Const("")
            return node
        if isinstance(node, nodes.And | nodes.Or):
            node.left, node.right = self.value(node.left, local), self.value(node.right, local)
            return node
        if isinstance(node, nodes.Not):
            node.node = self.value(node.node, local)
            return node
        if isinstance(node, nodes.Add | nodes.Sub):
            how = nodes.Const("+" if isinstance(node, nodes.Add) else "-")
            sides = self.value(node.left, local), self.value(node.right, local)
            return nodes.Filter(sides[0], "_sum", [how, sides[1]], [], None, None, lineno=node.lineno)
        if isinstance(node, nodes.Concat):
            node.nodes = [self._shown(each, local) for each in node.nodes]
            return node
        self._refuse(node, f"`{type(node).__name__.lower()}` cannot stand in a text", "work it out as a column")
        return node

    def _const(self, node: nodes.Const) -> nodes.Expr:
        if isinstance(node.value, float) and not math.isfinite(node.value):
            self._refuse(node, "a number is too large")
        if isinstance(node.value, str) and _not_plain(node.value) is not None:
            self._refuse(node, "a control character cannot stand here")
        return node

    def _name(self, node: nodes.Expr, local: frozenset[str]) -> nodes.Expr:
        parts: list[str] = []
        inner: nodes.Expr = node
        while isinstance(inner, nodes.Getattr):
            parts.insert(0, inner.attr)
            inner = inner.node
        if not isinstance(inner, nodes.Name):
            self._refuse(node, "only names are read from by a dot")
            return node
        root = inner.name
        if root in local:
            return self._of_row(node, root, parts)
        if root == ROWS:
            self._refuse(node, "`rows` is looped over or counted", "write {% for row in rows %} or {{ rows | length }}")
            return node
        name = ".".join([root, *parts])
        if not all(_NAME.fullmatch(part) for part in (root, *parts)):
            self._refuse(node, f"`{name}` is no name; names begin with a letter")
            return node
        slot = self.slots.setdefault(name, f"_v{len(self.slots)}")
        return nodes.Name(slot, "load", lineno=node.lineno)

    def _of_row(self, node: nodes.Expr, root: str, parts: list[str]) -> nodes.Expr:
        if root == "loop":
            if len(parts) != 1 or parts[0] not in _LOOP:
                self._refuse(node, f"loop has {one_of(_LOOP)}")
            return node
        if not parts:
            self._refuse(node, f"{root} is a row; write {root}.name")
            return node
        name = ".".join(parts)
        self.row_names.add(name)
        return nodes.Getitem(nodes.Name(root, "load"), nodes.Const(name), "load", lineno=node.lineno)

    def _filter(self, node: nodes.Filter, local: frozenset[str]) -> nodes.Expr:
        known = [name for name in FILTERS if not name.startswith("_")]
        if node.name not in known or node.node is None:
            self._refuse(
                node, f"there is no filter {node.name}", nearest(node.name, known) or f"there are {one_of(known)}"
            )
            return node
        self._note_filtered(node.node, node.name, local)
        if node.name == "money" and not node.args:
            self._note_money(node.node, local)
        self._filter_values(node, local)
        of_rows = isinstance(node.node, nodes.Name) and node.node.name == ROWS and ROWS not in local
        if of_rows and node.name == "length":
            self.uses_rows = True
            node.node = nodes.Name("_all_rows", "load", lineno=node.lineno)
        else:
            node.node = self.value(node.node, local)
        return node

    def _note_money(self, shown: nodes.Node, local: frozenset[str]) -> None:
        """The names an amount is taken from: `monthly`, or each of them in `monthly or 0`."""
        if isinstance(shown, nodes.Name | nodes.Getattr):
            root, _, rest = _dotted(shown).partition(".")
            (self.row_money if root in local else self.money).add(rest if root in local else _dotted(shown))
            return
        for child in shown.iter_child_nodes():
            self._note_money(child, local)

    def _note_filtered(self, shown: nodes.Node, name: str, local: frozenset[str]) -> None:
        """The names a filter is put on: `monthly`, or each of them in `monthly or 0`; not what another one made."""
        if isinstance(shown, nodes.Name | nodes.Getattr):
            root, _, rest = _dotted(shown).partition(".")
            of_row = root in local
            if rest or not of_row:
                self.filtered.add(Filtered(rest if of_row else _dotted(shown), name, of_row, shown.lineno or 1))
        elif isinstance(shown, nodes.Or | nodes.And):
            self._note_filtered(shown.left, name, local)
            self._note_filtered(shown.right, name, local)

    def _filter_values(self, node: nodes.Filter, local: frozenset[str]) -> None:
        """What a filter is given in parentheses: written out, or for money the name of a currency's code."""
        of_record = node.name == "money" and all(isinstance(each, nodes.Name | nodes.Getattr) for each in node.args)
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            self._refuse(node, f"{node.name} takes values written out")
        elif len(node.args) > (1 if node.name in ("default", "money", "number", "join") else 0):
            self._refuse(node, f"{node.name} is given too many values")
        elif of_record:
            node.args = [self.value(each, local) for each in node.args]
        elif any(not isinstance(each, nodes.Const) for each in node.args):
            self._refuse(node, f"{node.name} takes values written out")
        elif node.name == "money" and node.args[0].as_const() not in CURRENCIES:
            self._refuse(node, f"`{node.args[0].as_const()}` is no currency", "write a code such as 'EUR'")
        else:
            node.args = [self.value(each, local) for each in node.args]

    def _test(self, node: nodes.Test, local: frozenset[str]) -> nodes.Expr:
        if node.name not in ("none", "defined") or node.args:
            self._refuse(node, f"there is no test {node.name}", "write `is none` or compare with ==")
            return node
        node.node = self.value(node.node, local)
        return node

    def _compare(self, node: nodes.Compare, local: frozenset[str]) -> nodes.Expr:
        if len(node.ops) != 1 or node.ops[0].op in ("in", "notin"):
            self._refuse(node, "one comparison at a time: ==, !=, <, <=, > or >=")
            return node
        sides = [self.value(node.expr, local), self.value(node.ops[0].expr, local)]
        how = nodes.Const(node.ops[0].op)
        return nodes.Filter(sides[0], "_compare", [how, sides[1]], [], None, None, lineno=node.lineno)

    def _refuse(self, node: nodes.Node, message: str, hint: str = "") -> None:
        self.problems.append(_problem(self.place, f"line {node.lineno or 1}: {message}", hint))

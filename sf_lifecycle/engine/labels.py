"""Labels as nodes: the rule that decides, the word, what it was when the day began, and what its reason rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sf_lifecycle.config.found import nearest
from sf_lifecycle.config.mapping import Label, Rule
from sf_lifecycle.engine import sql
from sf_lifecycle.engine.dead_rules import note_dead
from sf_lifecycle.engine.nodes import Made, Node, parsed
from sf_lifecycle.engine.parse import Fault, Parsed
from sf_lifecycle.engine.reading import Needs, Reading, Source, Unknowable
from sf_lifecycle.engine.texts import TextTemplate, compile_text
from sf_lifecycle.engine.types import DATE, DAYS, TEXT, Ref, Type, Typed, made, number
from sf_lifecycle.errors import ConfigError

MOST_RULES = 100
HISTORY = {"was": "word", "was_since": "since", "was_highest": "highest", "was_previous": "previous"}
"""A label's hidden values that come from its past, and the history table's column of each."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """What a label's reason needs: a template per rule, and the column of each name used (null where not used)."""

    set: str
    label: str
    templates: dict[int, TextTemplate]
    inputs: dict[str, str]
    types: dict[str, Type]


@dataclass(frozen=True, kw_only=True)
class Names:
    """The columns of one label."""

    set: str
    label: str

    def part(self, part: str) -> str:
        """`stage#rule` and its kin."""
        return f"{self.label}#{part}" if part else self.label

    def ref(self, part: str) -> Ref:
        """The same as a value of the row."""
        return Ref((), self.set, self.part(part))

    def column(self, part: str) -> str:
        """The same in SQL."""
        return sql.quoted(self.part(part))


def words_of(label: Label) -> tuple[str, ...]:
    """The words a label can give, in the order of its rules."""
    words = [rule.label for rule in label.rules]
    return tuple(dict.fromkeys([*words, label.unknown] if label.unknown else words))


def label_nodes(reading: Reading, set_: str, name: str, label: Label) -> tuple[list[Node], Reason | None]:
    """The nodes of one label, hidden ones included; mistakes are noted."""
    place = f"labels.{set_}.{name}"
    source = reading.source(place, "")
    if not _sound(reading, label, place, set_):
        return [], None
    names = Names(set=set_, label=name)
    rules = _rules(reading, label, place, names)
    if rules is None:
        return [], None
    note_dead(reading, set_, [(rule, source, tree) for rule, source, tree, _ in rules], place)
    type_ = replace(TEXT, words=words_of(label), closed=True, spelled=True)
    nodes = list(_past(names, label, source, type_))
    nodes.append(_tried(reading, names, label, rules, source))
    nodes += _decided(names, label, source, type_)
    inputs, reason = _inputs(reading, names, label, place)
    return nodes + inputs, reason


def _sound(reading: Reading, label: Label, place: str, set_: str) -> bool:
    found, before = reading.found, len(reading.found.problems)
    words = {rule.label.casefold() for rule in label.rules}
    if len(label.rules) > MOST_RULES:
        found.complain(f"{place}.rules", f"expected at most {MOST_RULES} rules, got {len(label.rules)}")
    for index, rule in enumerate(label.rules):
        last = index == len(label.rules) - 1
        if "\0" in rule.label:
            hint = "no text in a database can"
            found.complain(f"{place}.rules[{index}].label", "the word holds the character U+0000", hint=hint)
        dated = rule.from_ is not None or rule.until is not None
        if last and (rule.when is not None or dated):
            hint = "add a last rule that always holds: only a `label`"
            found.complain(f"{place}.rules[{index}]", "the last rule has no `when`, `from` or `until`", hint=hint)
        elif not last and rule.when is None and not dated:
            found.complain(f"{place}.rules[{index}]", "only the last rule has no `when`: later ones are never tried")
        if rule.from_ and rule.until and rule.from_ >= rule.until:
            found.complain(f"{place}.rules[{index}].until", "the rule is never in force: `until` is not after `from`")
    for index, word in enumerate(label.order):
        if word.casefold() not in words:
            hint = nearest(word, words_of(label))
            found.complain(f"{place}.order[{index}]", f"no rule gives '{word}'", hint=hint)
    if label.stay_days and found.sets[set_].cluster is not None:
        found.complain(f"{place}.stay_days", "a cluster has no past: `stay_days` stands on labels of records")
    return len(found.problems) == before


def _rules(
    reading: Reading, label: Label, place: str, names: Names
) -> list[tuple[Rule, Source, Parsed | None, set[Needs]]] | None:
    rules: list[tuple[Rule, Source, Parsed | None, set[Needs]]] = []
    whole = True
    for index, rule in enumerate(label.rules):
        source = reading.source(f"{place}.rules[{index}].when", rule.when or "")
        if rule.when is None:
            rules.append((rule, source, None, set()))
            continue
        read = parsed(reading, source, names.set, label=names.label)
        if read is None:
            whole = False
        else:
            rules.append((rule, source, *read))
    return rules if whole else None


def _past(names: Names, label: Label, source: Source, type_: Type) -> Iterable[Node]:
    """What history says of the row when the day began."""
    types = {"was": replace(type_, closed=False, spelled=False), "was_since": DATE}
    for part in HISTORY:
        value = Typed(type=types.get(part, TEXT), sql=names.column(part), constant=False)
        yield _node(names, part, source, [], lambda v=value: Made(value=v, history=names.label))
    days = made(DAYS, sql.days_from(names.column("was_since"), sql.TODAY), moving=True)
    days = replace(days, refs=frozenset([names.ref("was_since")]), constant=False)
    yield _node(names, "days", source, ["was_since"], lambda: Made(value=days))


def _tried(
    reading: Reading,
    names: Names,
    label: Label,
    rules: Sequence[tuple[Rule, Source, Parsed | None, set[Needs]]],
    source: Source,
) -> Node:
    """The first rule that holds; negative where an unknown condition comes first and the label says what that means."""

    def make() -> Made:
        whens, conditions = [], []
        whole = True
        for index, (rule, at, tree, _) in enumerate(rules, start=1):
            if tree is None:
                test = in_force(rule)
                whens.append(f"WHEN {test} THEN {index}" if test else f"ELSE {index}")
                continue
            work = reading.translator(names.set, label=names.label)
            way_out = "leave `when` out of the last rule, or compare with a value"
            value = reading.attempt(at, work.condition, tree.tree, way_out)
            if value is None:
                whole = False
                continue
            conditions.append(value)
            force = f"{test} AND " if (test := in_force(rule)) else ""
            whens.append(f"WHEN {force}({value.sql}) THEN {index}")
            if label.unknown is not None:
                whens.append(f"WHEN {force}({value.sql}) IS NULL THEN -{index}")
        if not whole:
            raise Unknowable
        said = f"CASE {' '.join(whens)} END" if whens[0].startswith("WHEN") else whens[0].removeprefix("ELSE ")
        said = f"CAST({said} AS TINYINT)"
        return Made(value=replace(made(number(3), said, *conditions, moving=False), constant=False))

    needs = set[Needs]().union(*(needs for _, _, _, needs in rules))
    return Node(
        set=names.set, name=names.part("tried"), kind="hidden", source=source, needs=needs, make=make, shown=names.label
    )


def in_force(rule: Rule) -> str:
    """SQL for the rule's dates allowing it on the as-of date; empty where it has none."""
    tests = []
    if rule.from_ is not None:
        tests.append(f"{sql.TODAY} >= {sql.literal(rule.from_)}")
    if rule.until is not None:
        tests.append(f"{sql.TODAY} < {sql.literal(rule.until)}")
    return " AND ".join(tests)


def _word(label: Label, rule: str) -> str:
    """SQL for the word of a rule number above 0 (or below, where unknown conditions have a word)."""
    whens = " ".join(f"WHEN {n} THEN {sql.text(each.label)}" for n, each in enumerate(label.rules, start=1))
    chosen = f"CASE {rule} {whens} END"
    if label.unknown is None:
        return chosen
    return f"CASE WHEN {rule} < 0 THEN {sql.text(label.unknown)} ELSE {chosen} END"


def _same(left: str, right: str) -> str:
    return f"{sql.folded(left)} = {sql.folded(right)}"


def _spelled(words: Sequence[str], value: str) -> str:
    """A word of history in today's spelling; null where the label has it no more."""
    whens = " ".join(f"WHEN {sql.folded(sql.text(word))} THEN {sql.text(word)}" for word in words)
    return f"CASE {sql.folded(value)} {whens} END"


def _decided(names: Names, label: Label, source: Source, type_: Type) -> Iterable[Node]:
    words = words_of(label)
    was, since = names.column("was"), names.column("was_since")
    tried = names.column("tried")
    if label.stay_days:
        now = [str(number_) for number_, rule in enumerate(label.rules, start=1) if rule.now]
        impatient = f" AND {tried} NOT IN ({', '.join(now)})" if now else ""
        stays = (
            f"{_spelled(words, was)} IS NOT NULL AND {_spelled(words, was)} <> {_word(label, tried)} "
            f"AND {sql.days_from(since, sql.TODAY)} < {label.stay_days}{impatient}"
        )
        rule = f"CAST(CASE WHEN {stays} THEN 0 ELSE {tried} END AS TINYINT)"
        decided = names.column("rule")
        word = f"CASE WHEN {decided} = 0 THEN {_spelled(words, was)} ELSE {_word(label, decided)} END"
        rule_needs, word_needs = ["tried", "was", "was_since"], ["rule", "was"]
    else:
        rule, word, rule_needs, word_needs = tried, _word(label, names.column("rule")), ["tried"], ["rule"]
    yield _row(names, "rule", source, number(3), rule, rule_needs)
    yield _row(names, "", source, type_, word, word_needs)
    held = _same(was, names.column(""))
    said = f"CASE WHEN {held} THEN {since} ELSE {sql.TODAY} END"
    yield _row(names, "since", source, DATE, said, ["was", "was_since", ""])
    said = f"CASE WHEN {held} THEN {names.column('was_previous')} ELSE {was} END"
    yield _row(names, "previous", source, TEXT, said, ["was", "was_previous", ""])
    if label.order:
        yield _row(
            names,
            "highest",
            source,
            replace(type_, words=label.order),
            _highest(names, label),
            ["was", "was_highest", ""],
        )


def _highest(names: Names, label: Label) -> str:
    climb = [word for word in label.order if word not in label.aside]

    def place(column: str) -> str:
        whens = " ".join(f"WHEN {sql.folded(sql.text(w))} THEN {i}" for i, w in enumerate(climb))
        return f"CASE {sql.folded(column)} {whens} END"

    columns = (names.column("was_highest"), names.column("was"), names.column(""))
    whens = " ".join(f"WHEN {i} THEN {sql.text(w)}" for i, w in enumerate(climb))
    return f"CASE greatest({', '.join(map(place, columns))}) {whens} END"


def _row(names: Names, part: str, source: Source, type_: Type, said: str, needs: Sequence[str]) -> Node:
    refs = frozenset(names.ref(need) for need in needs)
    value = Typed(type=type_, sql=said, refs=refs, constant=False)
    return _node(names, part, source, needs, lambda: Made(value=value))


def _node(names: Names, part: str, source: Source, needs: Sequence[str], make: object) -> Node:
    wanted = {Needs(names.set, names.part(need), False) for need in needs}
    return Node(
        set=names.set,
        name=names.part(part),
        kind="hidden" if part else "label",
        source=source,
        needs=wanted,
        make=make,  # type: ignore[arg-type]  # every caller gives a function without arguments
        shown=names.label,
    )


def _inputs(reading: Reading, names: Names, label: Label, place: str) -> tuple[list[Node], Reason | None]:
    """The values each rule's reason uses, each a column that is null where another rule decided."""
    templates: dict[int, TextTemplate] = {}
    rules_of: dict[str, list[int]] = {}
    for index, rule in enumerate(label.rules):
        if rule.because is None:
            continue
        at = f"{place}.rules[{index}].because"
        source = reading.source(at, rule.because)
        try:
            template = compile_text(rule.because, (source.file, source.place))
        except ConfigError as error:
            reading.found.problems.extend(error.problems)
            continue
        if template.uses_rows:
            reading.found.complain(at, "a label's reason has no `rows`: only an outreach has")
            continue
        templates[index + 1] = template
        for name in template.names:
            rules_of.setdefault(name, []).append(index + 1)
    nodes: list[Node] = []
    inputs: dict[str, str] = {}
    for name, rules in sorted(rules_of.items()):
        inputs[name] = names.part(f"in{len(inputs)}")
        source = reading.source(f"{place}.rules[{rules[0] - 1}].because", label.rules[rules[0] - 1].because or "")
        node = reading.attempt(source, _input, reading, names, name, tuple(rules), source, inputs[name])
        if node is not None:
            nodes.append(node)
    if label.stay_days:
        # What "kept" says: until when, and which word.
        inputs["#since"] = names.part("in_since")
        said = f"CASE WHEN {names.column('rule')} = 0 THEN {names.column('was_since')} END"
        nodes.append(_row(names, "in_since", reading.source(place, ""), DATE, said, ["rule", "was_since"]))
    return nodes, Reason(set=names.set, label=names.label, templates=templates, inputs=inputs, types={})


def _input(reading: Reading, names: Names, name: str, rules: tuple[int, ...], source: Source, column: str) -> Node:
    parts = tuple(name.split("."))
    needs = reading.needs_of_name(parts, names.set, label=names.label)

    def make() -> Made:
        value = reading.name(parts, names.set, label=names.label)
        refuse_in_text(value, name)
        test = f"{names.column('rule')} IN ({', '.join(map(str, rules))})"
        said = made(value.type, f"CASE WHEN {test} THEN {value.sql} END", value)
        return Made(value=replace(said, refs=said.refs | {names.ref("rule")}, constant=False))

    own = Needs(names.set, names.part("rule"), False)
    return Node(
        set=names.set, name=column, kind="hidden", source=source, needs=needs | {own}, make=make, shown=names.label
    )


def refuse_in_text(value: Typed, name: str) -> None:
    """Raises Fault where a value cannot stand in a text that is kept."""
    if value.moving:
        message = f"{name} changes by itself from day to day, so the text would be written anew every night"
        raise Fault(message, hint="name the date it is counted from")
    if value.type.kind == "id":
        raise Fault(f"{name} is a record's id and says nothing to a reader")
    if value.choices is not None:
        raise Fault(f"{name} is a list")

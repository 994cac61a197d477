"""Columns, features and clusters as nodes: what each needs, and how it is made once that is known."""

from __future__ import annotations

from collections.abc import Callable, Set as AbstractSet
from dataclasses import dataclass, field

from sf_lifecycle.config.found import nearest, one_of
from sf_lifecycle.config.mapping import Feature
from sf_lifecycle.engine import sql
from sf_lifecycle.engine.aggregates import Collector, Leaf
from sf_lifecycle.engine.definitions import ACCOUNT, Definitions
from sf_lifecycle.engine.parse import Fault, Parsed, parse, parse_order, shifted
from sf_lifecycle.engine.reading import Needs, Reading, Source, Unknowable, needs_of_refs
from sf_lifecycle.engine.scope import KEY, PARENT, link_column
from sf_lifecycle.engine.types import ID, Ref, Typed, made


@dataclass(frozen=True, kw_only=True)
class Made:
    """How a value is made. `value`: in a row of the set; what else is filled says from where.

    `leaves`: aggregates over rows of `below`, reached by `link` in their scope, reading `below_refs`.
    `order`: the row picked from `below`, among those where `where`. `history`: the label whose past is
    read, `value` being its column there.
    """

    value: Typed
    below: str = ""
    link: Ref | None = None
    below_refs: frozenset[Ref] = frozenset()
    leaves: tuple[Leaf, ...] = ()
    order: tuple[tuple[Typed, bool], ...] = ()
    where: Typed | None = None
    history: str = ""


@dataclass(kw_only=True)
class Node:
    """A value to be worked out: `kind` column, feature, pick, label, by, or hidden (parts of labels)."""

    set: str
    name: str
    kind: str
    source: Source
    needs: AbstractSet[Needs]
    make: Callable[[], Made]
    shown: str = field(default="")

    @property
    def key(self) -> tuple[str, str]:
        """How other values refer to it."""
        return self.set, self.name


def all_nodes(reading: Reading) -> list[Node]:
    """Every node of columns, features and clusters that can be read; the others' mistakes are noted."""
    found = reading.found
    nodes: list[Node | None] = []
    for set_, columns in found.mapping.columns.items():
        for name, text in columns.items():
            if found.kinds.get(set_, {}).get(name) == "column":
                source = reading.source(f"columns.{set_}.{name}", text)
                nodes.append(reading.attempt(source, _column, reading, source, set_, name))
    for set_, features in found.mapping.features.items():
        for name, feature in features.items():
            if found.kinds.get(set_, {}).get(name) in ("feature", "pick"):
                place = f"features.{set_}.{name}"
                source = reading.source(place, "")
                nodes.append(reading.attempt(source, _feature, reading, feature, set_, name, place))
    for info in found.sets.values():
        if info.cluster is not None:
            place = f"clusters.{info.name}"
            nodes.append(reading.attempt(reading.source(place, ""), _link, reading, info.name))
            for index, by in enumerate(info.by_names):
                if by is not None:
                    source = reading.source(f"{place}.by[{index}]", info.cluster.by[index])
                    nodes.append(reading.attempt(source, _by, reading, source, info.name, by))
    return [node for node in nodes if node is not None]


def parsed(
    reading: Reading, source: Source, set_: str, *, label: str | None = None
) -> tuple[Parsed, set[Needs]] | None:
    """An expression and what it needs; None with the mistake noted."""

    def work() -> tuple[Parsed, set[Needs]]:
        tree = parse(source.text)
        return tree, reading.needs_of(tree.tree, set_, label=label)

    return reading.attempt(source, work)


def _column(reading: Reading, source: Source, set_: str, name: str) -> Node:
    tree = parse(source.text).tree

    def make() -> Made:
        value = reading.translator(set_).value(tree)
        if value.kind is None:
            raise Fault("the column is always null", start=0, end=len(source.text))
        return Made(value=value)

    return Node(set=set_, name=name, kind="column", source=source, needs=reading.needs_of(tree, set_), make=make)


def _feature(reading: Reading, feature: Feature, set_: str, name: str, place: str) -> Node | None:
    found = reading.found
    try:
        link = child_link(found, set_, feature.from_)
    except Fault as fault:
        found.complain(f"{place}.from", fault.message, hint=fault.hint)
        return None
    needs = {Needs(n.set, n.name, True) for n in needs_of_refs([link])}
    where = None
    if feature.where is not None:
        where_source = reading.source(f"{place}.where", feature.where)
        read = parsed(reading, where_source, feature.from_)
        if read is None:
            return None
        where = (where_source, read[0])
        needs |= {Needs(n.set, n.name, True) for n in read[1]}
    if feature.pick is not None:
        return _pick(reading, feature, set_, name, place, link, needs, where)
    source = reading.source(f"{place}.value", feature.value or "")
    read = parsed(reading, source, feature.from_)
    if read is None:
        return None
    needs |= {Needs(n.set, n.name, True) for n in read[1]}

    def make() -> Made:
        kept = _where(reading, where, feature.from_)
        collector = Collector(prefix=name, where=kept)
        value = reading.translator(feature.from_, collector=collector).value(read[0].tree)
        if not collector.leaves:
            raise Fault("expected an aggregate", hint="write count(*), sum(…), min(…), max(…), avg(…) or list(…)")
        return Made(
            value=value,
            below=feature.from_,
            link=link,
            below_refs=frozenset(collector.refs),
            leaves=tuple(collector.leaves),
        )

    return Node(set=set_, name=name, kind="feature", source=source, needs=needs, make=make)


def _pick(
    reading: Reading,
    feature: Feature,
    set_: str,
    name: str,
    place: str,
    link: Ref,
    needs: set[Needs],
    where: tuple[Source, Parsed] | None,
) -> Node:
    source = reading.source(f"{place}.pick", feature.pick or "")

    def work() -> list[tuple[Parsed, bool, int]]:
        items = parse_order(source.text)
        for each, _, offset in items:
            try:
                wanted = reading.needs_of(each.tree, feature.from_)
            except Fault as fault:
                raise shifted(fault, offset) from fault
            needs.update(Needs(n.set, n.name, True) for n in wanted)
        return items

    items = reading.attempt(source, work)

    def make() -> Made:
        kept = _where(reading, where, feature.from_)
        order = []
        for each, descending, offset in items or []:
            try:
                order.append((reading.translator(feature.from_).value(each.tree), descending))
            except Fault as fault:
                raise shifted(fault, offset) from fault
        refs = frozenset().union(*(value.refs for value, _ in order), kept.refs if kept else frozenset())
        return Made(
            value=Typed(type=reading.found.sets[feature.from_].row, sql="", constant=False),
            below=feature.from_,
            link=link,
            below_refs=refs,
            order=tuple(order),
            where=kept,
        )

    return Node(set=set_, name=name, kind="pick", source=source, needs=needs, make=make)


def _where(reading: Reading, where: tuple[Source, Parsed] | None, set_: str) -> Typed | None:
    """The condition, or None where there is none; a mistake in it is noted at its own place."""
    if where is None:
        return None
    source, tree = where
    kept = reading.attempt(source, reading.translator(set_).condition, tree.tree)
    if kept is None:
        raise Unknowable
    return kept


def child_link(found: Definitions, set_: str, below: str) -> Ref:
    """How rows of `below` name the row of `set_` that gathers them. Raises Fault where they do not."""
    if below not in found.sets:
        children = [name for name, info in found.sets.items() if info.child]
        raise Fault(f"there is no set {below}", hint=nearest(below, found.sets) or f"there are {one_of(children)}")
    info, cluster = found.sets[below], found.sets[set_].cluster
    if set_ == ACCOUNT and info.child:
        return Ref((), below, PARENT)
    if cluster is not None and cluster.of == below:
        return Ref((), below, link_column(set_))
    if cluster is not None and cluster.of == ACCOUNT and info.child:
        return Ref((ACCOUNT,), ACCOUNT, link_column(set_))
    if set_ == ACCOUNT:
        raise Fault(
            f"{below} has no `parent`, so no account gathers its rows", hint="name the reference in objects.toml"
        )
    raise Fault(f"{set_} does not gather rows of {below}", hint="only accounts and clusters gather rows")


def _link(reading: Reading, cluster: str) -> Node:
    """The hidden value of a gathered row: its cluster's key, null where it is in none."""
    info = reading.found.sets[cluster]
    assert info.cluster is not None
    of, place = info.cluster.of, f"clusters.{cluster}.by"
    trees, needs = [], set[Needs]()
    for index, text in enumerate(info.cluster.by):
        source = reading.source(f"{place}[{index}]", text)
        read = parsed(reading, source, of)
        if read is None:
            raise Unknowable
        trees.append((source, read[0]))
        needs |= read[1]

    def make() -> Made:
        values = []
        for source, tree in trees:
            value = reading.attempt(source, reading.translator(of).value, tree.tree)
            if value is None:
                raise Unknowable
            values.append(value)
        said = sql.shared_key(sql.quoted(KEY), [sql.sortable(value.sql, value.kind) for value in values])
        return Made(value=made(ID, said, *values, moving=False))

    source = reading.source(place, "")
    return Node(set=of, name=link_column(cluster), kind="hidden", source=source, needs=needs, make=make, shown=cluster)


def _by(reading: Reading, source: Source, cluster: str, name: str) -> Node:
    """A shared value as a value of the cluster itself."""
    info = reading.found.sets[cluster]
    assert info.cluster is not None
    of = info.cluster.of
    tree = parse(source.text).tree
    needs = {Needs(n.set, n.name, True) for n in reading.needs_of(tree, of)} | {Needs(of, link_column(cluster), True)}

    def make() -> Made:
        shared = reading.translator(of).value(tree)
        leaf = Leaf(column=f"{name}#0", sql=f"min({shared.sql})")
        value = Typed(type=shared.type, sql=sql.quoted(leaf.column), moving=shared.moving, constant=False)
        link = Ref((), of, link_column(cluster))
        return Made(value=value, below=of, link=link, below_refs=shared.refs, leaves=(leaf,))

    return Node(set=cluster, name=name, kind="by", source=source, needs=needs, make=make)

"""Names: what `stage`, `account.name`, `decision_maker.email` mean in a set, and what is nearest if nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from sf_lifecycle.config.found import nearest, one_of
from sf_lifecycle.engine.definitions import ACCOUNT, Definitions
from sf_lifecycle.engine.functions import FUNCTIONS
from sf_lifecycle.engine.parse import Fault, fault_at
from sf_lifecycle.engine.translate import CLOCKS, name_parts
from sf_lifecycle.engine.types import Ref

KEY, PARENT = "_key", "_parent"
LABEL_PARTS = ("because", "rule", "since", "previous", "highest")
_SOQL_DATE = re.compile(r"(LAST|NEXT|THIS)_[A-Z_]+|TODAY|YESTERDAY|TOMORROW")


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a name means: a value (`ref`), a `parameter`, or a label's reason (`because`: path, set, label)."""

    ref: Ref | None = None
    parameter: str | None = None
    because: tuple[tuple[str, ...], str, str] | None = None
    links: tuple[Ref, ...] = field(default=())
    """The picks and clusters followed on the way: each must be known before the joins can be made."""


def link_column(cluster: str) -> str:
    """The column of the gathered rows that holds their cluster's key."""
    return f"{cluster}#key"


def resolve(found: Definitions, set_: str, parts: tuple[str, ...], *, label: str | None = None) -> Target:
    """The meaning of a dotted name in a row of `set_`. `label`: the label whose rules are read. Raises Fault."""
    walked = _walk(found, set_, parts)
    path, here, rest, links = walked
    if len(rest) == 2 and found.kinds[here].get(rest[0]) == "label":
        return _label_part(path, here, rest, links)
    if len(rest) != 1:
        raise _no_qualifier(found, here, rest[0], whole=".".join(parts))
    name = rest[0]
    if name in found.kinds[here]:
        if not path and name in found.parameters:
            message = f"{name} is both a parameter and a {found.kinds[here][name]} of {here}"
            raise Fault(message, hint="give the parameter another name")
        return Target(ref=Ref(path, here, name), links=links)
    if name == "id" and found.sets[here].cluster is None:
        return Target(ref=Ref(path, here, KEY), links=links)
    if not path and name in ("previous_label", "days_in_label") and label is not None:
        return Target(ref=Ref((), here, f"{label}#{'was' if name == 'previous_label' else 'days'}"))
    if not path and len(parts) == 1 and name in found.parameters:
        return Target(parameter=name)
    raise _unknown(found, here, name, bare=len(parts) == 1)


def _walk(
    found: Definitions, set_: str, parts: tuple[str, ...]
) -> tuple[tuple[str, ...], str, tuple[str, ...], tuple[Ref, ...]]:
    path: tuple[str, ...] = ()
    links: tuple[Ref, ...] = ()
    here, rest = set_, parts
    while len(rest) > 1:
        first = rest[0]
        info = found.sets[here]
        if first == here == set_ and not path and len(rest) == len(parts):
            rest = rest[1:]
            continue
        if first == ACCOUNT and info.child and ACCOUNT in found.sets:
            target = ACCOUNT
        elif found.kinds[here].get(first) == "pick" and found.feature(here, first).from_ in found.sets:
            target = found.feature(here, first).from_
            links = (*links, Ref(path, here, first))
        elif first in found.clusters_of(here):
            target = first
            links = (*links, Ref(path, here, link_column(first)))
        else:
            break
        path, here, rest = (*path, first), target, rest[1:]
    return path, here, rest, links


def _label_part(path: tuple[str, ...], here: str, rest: tuple[str, ...], links: tuple[Ref, ...]) -> Target:
    label, part = rest
    if part not in LABEL_PARTS:
        raise Fault(f"a label has no {part}", hint=nearest(part, LABEL_PARTS) or f"it has {one_of(LABEL_PARTS)}")
    if part == "because":
        return Target(because=(path, here, label), links=links)
    return Target(ref=Ref(path, here, f"{label}#{part}"), links=links)


def _no_qualifier(found: Definitions, here: str, first: str, *, whole: str) -> Fault:
    known = [name for name, kind in found.kinds[here].items() if kind in ("pick", "label")]
    known += found.clusters_of(here)
    if found.sets[here].child:
        known.append(ACCOUNT)
    if first in found.kinds[here]:
        return Fault(f"{first} of {here} is a {found.kinds[here][first]}: nothing can be read from it by a dot")
    if first in found.sets:
        hint = f"a feature of {here} can gather or pick its rows" if found.sets[first].child else ""
        return Fault(f"{whole} cannot be read from {here}", hint=hint)
    return Fault(f"{here} has no {first} to read from", hint=nearest(first, known))


def _unknown(found: Definitions, here: str, name: str, *, bare: bool) -> Fault:
    said = f"{here} has no {name}"
    if _SOQL_DATE.fullmatch(name):
        return Fault(
            f"{name} is a date literal of SOQL, not known here", hint="write today(), add_days(today(), -30) …"
        )
    if name.lower() in CLOCKS:
        return Fault(said, hint=CLOCKS[name.lower()])
    if name.lower() in FUNCTIONS and name.lower() not in ("if", "left", "right"):
        return Fault(said, hint=f"write {FUNCTIONS[name.lower()].shown}")
    if name in ("previous_label", "days_in_label"):
        return Fault(f"{name} is known only in the rules of a label")
    account = found.kinds.get(ACCOUNT, {})
    if bare and found.sets[here].child and name in account:
        return Fault(f"{said}; account has", hint=f"write account.{name}")
    for cluster in found.clusters_of(here) if bare else ():
        if name in found.kinds[cluster]:
            return Fault(f"{said}; {cluster} has", hint=f"write {cluster}.{name}")
    known = list(found.kinds[here]) + (list(found.parameters) if bare else [])
    hint = nearest(name, known)
    if not hint and bare and found.sets[here].child:
        close = nearest(name, account).replace("`", "`account.", 1)
        hint = close
    return Fault(said, hint=hint)


def names_in(tree: exp.Expression) -> list[tuple[tuple[str, ...], exp.Expression]]:
    """Every name read in a tree, with its node; nothing below a name is a name."""
    names: list[tuple[tuple[str, ...], exp.Expression]] = []
    pending: list[exp.Expression] = [tree]
    while pending:
        node = pending.pop()
        parts = name_parts(node) if isinstance(node, exp.Column | exp.Dot) else None
        if parts is not None:
            names.append((parts, node))
            continue
        pending.extend(node.iter_expressions())
    return names


def at(fault: Fault, node: exp.Expression | None) -> Fault:
    """The fault with the place of a node."""
    known = fault.start >= 0 or fault.elsewhere is not None
    return fault if node is None or known else fault_at(node, fault.message, hint=fault.hint)


def names_of_set(found: Definitions, set_: str) -> Mapping[str, str]:
    """The set's own names and their kinds, `id` included."""
    names = dict(found.kinds[set_])
    if found.sets[set_].cluster is None:
        names["id"] = "field"
    return names

"""Whether today has a say in an expression's value, however far below: with it time alone changes the value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sf_lifecycle.engine import sql
from sf_lifecycle.engine.graph import Key
from sf_lifecycle.engine.nodes import Made
from sf_lifecycle.engine.parse import parse

if TYPE_CHECKING:
    from sf_lifecycle.engine.program import Program


def way_to_today(program: Program, set_: str, expression: str) -> tuple[str, ...]:
    """The values by which an expression of the program comes to depend on the day (`account.talks_since`,
    `opportunity.alive`), nearest first and as few as can be; none where it does not.
    """
    needs = program.reading.needs_of(parse(expression).tree, set_)
    pending: list[tuple[Key, tuple[str, ...]]] = [((n.set, n.name), ()) for n in sorted(needs)]
    seen = {key for key, _ in pending}
    for key, before in pending:
        node, made = program.nodes.get(key), program.made.get(key)
        if node is None or made is None:
            continue
        way = before if "#" in key[1] else (*before, f"{key[0]}.{key[1]}")
        if any(sql.TODAY in text for text in texts_of(made)):
            return way
        below = [(n.set, n.name) for n in sorted(node.needs) if (n.set, n.name) not in seen]
        seen |= set(below)
        pending += [(each, way) for each in below]
    return ()


def texts_of(made: Made) -> Iterator[str]:
    """All the SQL that a value is made with."""
    yield made.value.sql
    yield from (leaf.sql for leaf in made.leaves)
    yield from (value.sql for value, _ in made.order)
    if made.where is not None:
        yield made.where.sql

"""The order of evaluation: which values need which, cycles with their path, and in which phase a value is worked out.

A phase is one reading of finished tables. Values of one row that need only each other share a phase; a value of
another row must have been finished in an earlier one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sf_lifecycle.engine.reading import Needs

Key = tuple[str, str]
FIELDS = -1
"""The phase of fields: they stand in the mirror."""


def ordered(needs: Mapping[Key, Collection[Needs]]) -> tuple[list[Key], list[list[Key]]]:
    """Keys so that each comes after what it needs, and the cycles (each a path that ends where it began).

    Keys in or behind a cycle are left out of the order. What is needed but has no entry is a field.
    """
    order: list[Key] = []
    done: dict[Key, bool] = {}
    cycles: list[list[Key]] = []
    for start in sorted(needs):
        _visit(start, needs, done, order, cycles)
    good = {key for key in order if not _behind(key, needs, cycles)}
    return [key for key in order if key in good], cycles


def _visit(
    start: Key,
    needs: Mapping[Key, Collection[Needs]],
    done: dict[Key, bool],
    order: list[Key],
    cycles: list[list[Key]],
) -> None:
    """Depth first with its own stack: chains of columns may be longer than Python's. `done`: False on the path."""
    if start in done:
        return
    path = [(start, iter(_sorted(needs[start])))]
    done[start] = False
    while path:
        key, rest = path[-1]
        following = next(rest, None)
        if following is None:
            done[key] = True
            order.append(key)
            path.pop()
        elif following not in needs:
            continue
        elif following not in done:
            done[following] = False
            path.append((following, iter(_sorted(needs[following]))))
        elif not done[following]:
            keys = [each for each, _ in path]
            cycles.append([*keys[keys.index(following) :], following])


def _sorted(needs: Iterable[Needs]) -> list[Key]:
    return sorted({(need.set, need.name) for need in needs})


def _behind(start: Key, needs: Mapping[Key, Collection[Needs]], cycles: list[list[Key]]) -> bool:
    bad = {key for cycle in cycles for key in cycle}
    if not bad:
        return False
    seen, pending = {start}, [start]
    while pending:
        key = pending.pop()
        if key in bad:
            return True
        new = {(n.set, n.name) for n in needs.get(key, ())} - seen
        seen |= new
        pending.extend(new)
    return False


def reachable(needs: Mapping[Key, Collection[Needs]], wanted: Iterable[Key]) -> set[Key]:
    """What must be worked out for the wanted values; fields are left out."""
    seen: set[Key] = set()
    pending = [key for key in wanted if key in needs]
    while pending:
        key = pending.pop()
        if key in seen:
            continue
        seen.add(key)
        pending.extend((n.set, n.name) for n in needs[key] if (n.set, n.name) in needs)
    return seen


def phases(order: Iterable[Key], needs: Mapping[Key, Collection[Needs]]) -> dict[Key, int]:
    """The phase of each value: as few phases per set as that allows, the later the better (less is carried along).

    `order` holds only values that are wanted, each after what it needs.
    """
    keys = list(order)
    soonest: dict[Key, int] = {}
    for key in keys:
        soonest[key] = _ready(key, needs, soonest)
    last = max(soonest.values(), default=0)
    latest = dict.fromkeys(keys, last)
    for key in reversed(keys):
        for need in needs[key]:
            other = (need.set, need.name)
            if other in latest:
                latest[other] = min(latest[other], latest[key] - need.cross)
    place = {key: index for index, key in enumerate(keys)}
    found: dict[Key, int] = {}
    used: dict[str, set[int]] = {}
    for key in sorted(keys, key=lambda k: (latest[k], place[k])):
        ready = _ready(key, needs, found)
        shared = [phase for phase in used.get(key[0], ()) if ready <= phase <= latest[key]]
        found[key] = max(shared, default=latest[key])
        used.setdefault(key[0], set()).add(found[key])
    return found


def _ready(key: Key, needs: Mapping[Key, Collection[Needs]], known: Mapping[Key, int]) -> int:
    """The first phase in which all that `key` needs is there."""
    return max([0, *(known.get((n.set, n.name), FIELDS) + n.cross for n in needs[key])])

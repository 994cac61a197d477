"""From typed values to steps: which columns each step works out, which it carries, and what it reads them from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sf_lifecycle.engine import sql
from sf_lifecycle.engine.definitions import ACCOUNT, Definitions
from sf_lifecycle.engine.graph import FIELDS, Key
from sf_lifecycle.engine.nodes import Made
from sf_lifecycle.engine.scope import KEY, PARENT, link_column
from sf_lifecycle.engine.sources import ID_TEXT, Copies, Only, Origin
from sf_lifecycle.engine.steps import Script, Step, reading, script
from sf_lifecycle.engine.types import Ref

_BASE = frozenset({KEY, PARENT, ID_TEXT})


@dataclass(kw_only=True)
class Compiler:
    """Makes steps on demand: a table is asked for by set, phase and columns, the columns gather until all have asked.

    `phase`: of each value to be worked out. Steps are made from the last phase to the first, so that each knows all
    the columns its readers want.
    """

    found: Definitions
    origins: Mapping[str, Origin]
    made: Mapping[Key, Made]
    phase: Mapping[Key, int]
    only: Only | Copies | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    history: set[Key] = field(default_factory=set)
    _wanted: dict[tuple[int, str], set[str]] = field(default_factory=dict)

    def finish(self) -> list[str]:
        """Make every step asked for; the tables' names, readers after what they read."""
        order: list[str] = []
        while self._wanted:
            phase, set_ = max(self._wanted)
            columns = self._wanted.pop((phase, set_))
            table = self.table(set_, phase)
            text, reads = self._step(set_, phase, columns)
            self.steps[table] = Step(table=table, text=text, reads=reads)
            order.append(table)
        return order[::-1]

    def table(self, set_: str, phase: int) -> str:
        """A step's name."""
        return f"{set_}@{phase}"

    def rows(self, set_: str, refs: Iterable[Ref], *, before: int | None = None, extra: Iterable[str] = ()) -> Rows:
        """SQL for a set's rows with every value in `refs`, each under its dotted name.

        `before`: the phase in which it is read; only for checking. `extra`: `_id`, `_parent` where wanted.
        """
        own = {ref.name for ref in refs if not ref.path} | {KEY, *extra}
        reads: list[str] = []
        far = self._far(set_, {ref for ref in refs if ref.path}, reads, before)
        own |= far.own
        text = self._from(set_, own, reads, before)
        if far.columns:
            said = [f'"_".{sql.quoted(name)}' for name in sorted(own)] + list(far.columns)
            text = f'SELECT {", ".join(said)} FROM ({text}) AS "_"{far.joins}'
        return Rows(text=text, reads=tuple(reads))

    def _far(self, set_: str, refs: Collection[Ref], reads: list[str], before: int | None) -> Far:
        """Joins onto the row `_` that bring values of other rows, each under its dotted name."""
        paths = self._paths(set_, refs)
        tail, columns = "", []
        for path in sorted(paths):
            target, column = paths[path]
            wanted = {ref.name for ref in refs if ref.path == path} | {KEY}
            wanted |= {c for longer, (_, c) in paths.items() if longer[:-1] == path}
            alias = sql.quoted(".".join(path))
            above = '"_"' if len(path) == 1 else sql.quoted(".".join(path[:-1]))
            tail += f" LEFT JOIN ({self._from(target, wanted, reads, before)}) AS {alias}"
            tail += f" ON {alias}.{sql.quoted(KEY)} = {above}.{sql.quoted(column)}"
            columns += [
                f"{alias}.{sql.quoted(r.name)} AS {sql.quoted(r.column)}" for r in sorted(refs) if r.path == path
            ]
        own = frozenset(column for path, (_, column) in paths.items() if len(path) == 1)
        return Far(own=own, columns=tuple(columns), joins=tail)

    def _paths(self, set_: str, refs: Iterable[Ref]) -> dict[tuple[str, ...], tuple[str, str]]:
        """Each path and the shorter ones it goes over: the set at its end and the column above that leads there."""
        joins: dict[tuple[str, ...], tuple[str, str]] = {}
        for ref in refs:
            here = set_
            for length, part in enumerate(ref.path, start=1):
                target, column = self._link(here, part)
                joins[ref.path[:length]] = (target, column)
                here = target
        return joins

    def _link(self, here: str, part: str) -> tuple[str, str]:
        if part == ACCOUNT and self.found.sets[here].child:
            return ACCOUNT, PARENT
        if self.found.kinds[here].get(part) == "pick":
            return self.found.feature(here, part).from_, part
        return part, link_column(part)

    def _from(self, set_: str, columns: set[str], reads: list[str], before: int | None) -> str:
        """A set's own columns, from the last step that works one of them out, or from the mirror."""
        phase = max((self.phase.get((set_, name), FIELDS) for name in columns), default=FIELDS)
        cluster = self.found.sets[set_].cluster
        if phase == FIELDS and cluster is None:
            return self.origins[set_].select(columns, only=self.only)
        if phase == FIELDS:
            assert cluster is not None
            link = link_column(set_)
            text = self._from(cluster.of, {link}, reads, before)
            column = sql.quoted(link)
            return f"SELECT DISTINCT {column} AS {sql.quoted(KEY)} FROM ({text}) WHERE {column} IS NOT NULL"
        if before is None:
            # The last step of all, so that earlier ones can be dropped before anything is fetched.
            phase = max(at for (of, _), at in self.phase.items() if of == set_)
        assert before is None or phase < before, (set_, sorted(columns), phase, before)
        self._wanted.setdefault((phase, set_), set()).update(columns)
        table = self.table(set_, phase)
        reads.append(table)
        return f"SELECT {', '.join(sql.quoted(name) for name in sorted(columns))} FROM {reading(table)}"

    def _step(self, set_: str, phase: int, columns: set[str]) -> tuple[str, tuple[str, ...]]:
        """One SELECT: the rows before, joined with what is gathered below, then the row's own values in layers."""
        new = self._closure(set_, phase, columns)
        carried = {name for name in columns if name not in new}
        refs = {Ref((), set_, name) for name in carried if name not in (KEY,)}
        for name in new:
            refs |= {ref for ref in self.made[set_, name].value.refs if ref.path or ref.name not in new}
        extra = {name for name in carried if name in _BASE}
        # A row picked in this very step is joined after the pick.
        late = {ref for ref in refs if ref.path and ref.path[0] in new}
        early = {ref for ref in refs - late if ref.name not in _BASE or ref.path}
        rows = self.rows(set_, early, before=phase, extra=extra)
        reads = list(rows.reads)
        text = self._joined(set_, phase, rows.text, sorted(new), reads)
        if late:
            far = self._far(set_, late, reads, phase)
            text = f'SELECT "_".*, {", ".join(far.columns)} FROM ({text}) AS "_"{far.joins}'
        for layer in self._layers(set_, new):
            said = ", ".join(f"{self.made[set_, n].value.sql} AS {sql.quoted(n)}" for n in layer)
            text = f"SELECT *, {said} FROM ({text})"
        kept = ", ".join(sql.quoted(name) for name in sorted(columns))
        return f"SELECT {kept} FROM ({text})", tuple(reads)

    def _closure(self, set_: str, phase: int, columns: Iterable[str]) -> set[str]:
        new: set[str] = set()
        pending = [name for name in columns if self.phase.get((set_, name)) == phase]
        while pending:
            name = pending.pop()
            if name in new:
                continue
            new.add(name)
            refs = self.made[set_, name].value.refs
            pending += [r.name for r in refs if not r.path and self.phase.get((set_, r.name)) == phase]
        return new

    def _layers(self, set_: str, new: set[str]) -> list[list[str]]:
        """The row's own values, each layer reading the ones before; picks, links and history are joined already."""
        depth: dict[str, int] = {}

        def of(name: str) -> int:
            if name not in depth:
                refs = self.made[set_, name].value.refs
                own = [r.name for r in refs if not r.path and r.name in new and r.name != name]
                lift = 0 if _joined_in(self.made[set_, name]) else 1
                depth[name] = lift + max((of(each) for each in own), default=0)
            return depth[name]

        for name in sorted(new):
            of(name)
        rows = [name for name in sorted(new) if not _joined_in(self.made[set_, name])]
        return [[n for n in rows if depth[n] == d] for d in sorted({depth[n] for n in rows})]

    def _joined(self, set_: str, phase: int, text: str, new: list[str], reads: list[str]) -> str:
        made = {name: self.made[set_, name] for name in new}
        said, tail = ['"_".*'], ""
        for alias, part in self._gathered(made, phase, reads):
            tail += f' LEFT JOIN ({part.text}) AS "{alias}" ON "{alias}"."#of" = "_"."{KEY}"'
            said += [f'"{alias}".{sql.quoted(column)}' for column in part.columns]
        for label in sorted({m.history for m in made.values() if m.history}):
            alias = f"history {label}"
            self.history.add((set_, label))
            tail += f' LEFT JOIN {history_table(set_, label)} AS "{alias}" ON "{alias}"."{KEY}" = "_"."{KEY}"'
            said += [f'"{alias}".{sql.quoted(n)}' for n in new if made[n].history == label]
        return f'SELECT {", ".join(said)} FROM ({text}) AS "_"{tail}' if tail else text

    def _gathered(self, made: Mapping[str, Made], phase: int, reads: list[str]) -> Iterable[tuple[str, Part]]:
        groups: dict[tuple[str, Ref], list[str]] = {}
        for name in sorted(made):
            below, link = made[name].below, made[name].link
            if not below or link is None:
                continue
            if made[name].order:
                refs = made[name].below_refs | {link}
                rows = self.rows(below, refs, before=phase, extra=(ID_TEXT,))
                reads += rows.reads
                yield f"pick {name}", Part(text=_picked(rows.text, link, name, made[name]), columns=(name,))
            else:
                groups.setdefault((below, link), []).append(name)
        for (below, link), names in sorted(groups.items()):
            wanted = frozenset([link]).union(*(made[name].below_refs for name in names))
            rows = self.rows(below, wanted, before=phase)
            reads += rows.reads
            leaves = [leaf for name in names for leaf in made[name].leaves]
            said = ", ".join(f"{leaf.sql} AS {sql.quoted(leaf.column)}" for leaf in leaves)
            of = sql.quoted(link.column)
            text = f'SELECT {of} AS "#of", {said} FROM ({rows.text}) WHERE {of} IS NOT NULL GROUP BY {of}'
            yield f"of {below} {link.name}", Part(text=text, columns=tuple(leaf.column for leaf in leaves))


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """Statements, and the labels whose history they read."""

    script: Script
    history: frozenset[Key]


def compiled_of(compiler: Compiler) -> Compiled:
    """All statements, once everything asked for from outside is among the compiler's steps."""
    roots = list(compiler.steps)
    order = [*compiler.finish(), *roots]
    return Compiled(script=script(compiler.steps, order), history=frozenset(compiler.history))


@dataclass(frozen=True, kw_only=True)
class Far:
    """Values of other rows: the row's own columns that lead there, the columns brought, and the joins."""

    own: frozenset[str]
    columns: tuple[str, ...]
    joins: str


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A subquery and the steps it reads."""

    text: str
    reads: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A subquery joined to a set's rows, and the columns it brings."""

    text: str
    columns: tuple[str, ...]


def history_table(set_: str, label: str) -> str:
    """Where the run puts what history says of a label."""
    return f"\x01history:{set_}.{label}\x01"


def _joined_in(made: Made) -> bool:
    """Whether the value comes by a join, not by an expression over the row."""
    return bool(made.order or made.history)


def _picked(rows: str, link: Ref, name: str, made: Made) -> str:
    """One row of those below each: the first by the ordering, unknown last, the record's id last of all."""
    of = sql.quoted(link.column)
    order = [
        f"{sql.sortable(value.sql, value.kind)} {'DESC' if desc else 'ASC'} NULLS LAST" for value, desc in made.order
    ]
    order.append(f'"{ID_TEXT}" ASC')
    where = f"{of} IS NOT NULL" + (f" AND ({made.where.sql})" if made.where else "")
    ranked = f'row_number() OVER (PARTITION BY {of} ORDER BY {", ".join(order)}) AS "#place"'
    inner = f'SELECT {of} AS "#of", "{KEY}" AS {sql.quoted(name)}, {ranked} FROM ({rows}) WHERE {where}'
    return f'SELECT "#of", {sql.quoted(name)} FROM ({inner}) WHERE "#place" = 1'
